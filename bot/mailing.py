"""Letters to clients whom no message reaches: the words of the nudge, and one button that leads back into the chat.

Law: a letter is claimed before it leaves, and left alone where nobody knows whether it has. The button is an
invitation and never the secure page, and no address is logged.
"""

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from bot.domain.errors import InDoubt, NoSuchAddress, Refused, TryAgain
from bot.domain.mailing import Post, Recipient
from bot.domain.secret import Secret
from bot.engine import Calendars
from bot.ports import Clock, Job, Letter, Mail, MailBook, Texts
from flows.effects import SendMail

log = structlog.get_logger(__name__)
REMINDER = "mail-reminder"
"""The words for an invitation that nobody opened: the firm says whether it wants them."""
TOLD = {
    Post.SENT: "staff-mail-sent",
    Post.REFUSED: "staff-mail-refused",
    Post.DOUBTFUL: "staff-mail-doubtful",
    Post.FAILED: "staff-mail-failed",
}
"""What staff hear of a letter; of one that was never begun the card tells."""

Facts = Mapping[str, str | int]


@dataclass(frozen=True)
class Posted:
    """What became of a letter, and to which address it was."""

    post: Post
    address: str = ""


class Mailing:
    """Writes letters. `link` makes the address of the firm's bot with an invitation, once Telegram told its name."""

    def __init__(
        self,
        mail: Mail,
        book: MailBook,
        texts: Texts,
        clock: Clock,
        calendars: Calendars,
        link: Callable[[Secret], Secret],
        *,
        invitations: bool,
    ) -> None:
        self.mail = mail
        self.book = book
        self.texts = texts
        self.clock = clock
        self.calendars = calendars
        self.link = link
        self.invitations = invitations

    async def post(self, job: Job, effect: SendMail, facts: Facts) -> Posted:
        """Send a letter, once. Raises `TryAgain` where it has not left and may leave later."""
        if effect.text == REMINDER and not self.invitations:
            return Posted(Post.OVER)
        self.link(Secret(""))  # before anything is claimed: a bot without a name leads nowhere
        begun = await self.book.begin(job, self.clock.now())
        if isinstance(begun, Post):
            return Posted(begun)
        if not self._is_decent(begun):  # the server was away for too long: the next rung comes
            await self.book.end(job, Post.FAILED)
            return Posted(Post.FAILED, begun.address)
        return Posted(await self._send(job, effect, facts, begun), begun.address)

    async def _send(self, job: Job, effect: SendMail, facts: Facts, to: Recipient) -> Post:
        token = await self.book.invite(to.contact_id, self.clock.now())
        try:
            await self.mail.send(self._letter(effect, facts, to, token), job.id, self.clock.now())
            post = Post.SENT
        except TryAgain:
            await self.book.end(job, Post.WAITING, token)
            raise
        except InDoubt:
            post = Post.DOUBTFUL
        except NoSuchAddress:
            post = Post.REFUSED
        except Refused as error:
            log.error("no e-mail leaves: see « resync doctor »", reason=str(error))
            post = Post.FAILED
        await self.book.end(job, post, token)
        return post

    def _letter(self, effect: SendMail, facts: Facts, to: Recipient, token: Secret) -> Letter:
        shown = {name: escaped(fact) for name, fact in facts.items()}
        words = self.texts.say(effect.text, effect.part, **shown)
        subject, label = "mail-invitation-subject", "mail-reminder-button"
        if effect.text != REMINDER:
            words += f"\n\n{self.texts.say('mail-nudge-why')}"
            subject, label = "mail-nudge-subject", "mail-nudge-button"
        return Letter(
            to=to.address,
            subject=" ".join(self.texts.say(subject, "", **facts).splitlines()),
            before=words,
            label=self.texts.say(label),
            link=self.link(token),
            after=self.texts.say("mail-end", "", **shown),
        )

    def _is_decent(self, to: Recipient) -> bool:
        hours, now = self.calendars.hours(to.timezone, to.closing_day, to.away_until), self.clock.now()
        return hours.soon(now) <= now


def escaped(fact: str | int) -> str | int:
    """As HTML shows it."""
    return html.escape(fact, quote=False) if isinstance(fact, str) else fact
