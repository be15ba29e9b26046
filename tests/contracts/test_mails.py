"""The letters' book on both databases: each is claimed once, a person gets few, and a kill repeats none."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
import sqlalchemy as sa

from bot.adapters.calendars import FrenchCalendars
from bot.adapters.database.board import case_view
from bot.adapters.database.mails import Mails
from bot.adapters.database.tables import contact, conversation, invitation, mail
from bot.adapters.texts import Texts
from bot.domain.errors import BotError, InDoubt, NoSuchAddress, Refused, TryAgain
from bot.domain.mailing import CYCLE, MOST, MailProgress, Post, Recipient, masked
from bot.domain.secret import Secret
from bot.mailing import Mailing
from bot.ports import Job, Letter, MailBook
from flows.deadline import APART
from flows.effects import SendMail
from flows.escalation import WithStaff
from flows.renewal import StepB
from tests.firm import NOW, ODETTE, Firm, founded

ADDRESS = "odette@bouchon.example"
NUDGE = SendMail("renewal-offered")


@pytest.fixture
async def firm(database_url: str) -> AsyncIterator[Firm]:
    async with founded(database_url) as firm:
        yield firm


async def away(firm: Firm, *banks: str, email: str = ADDRESS) -> list[int]:
    """Odette's banks; she has blocked the bot."""
    odette = await firm.contact(chat=ODETTE)
    await firm.database.write(lambda sql: sql.execute(sa.update(contact).values(email=email)))
    file = await firm.file("Chez Odette", odette)
    return [
        await firm.bank(file, WithStaff("blocked", resume=StepB()), bank, who=odette)
        for bank in banks or ("Crédit Rural",)
    ]


def job(talk: int, number: int = 1, sequence: int = 0) -> Job:
    return Job(f"due:{talk}:{number}/0", talk, ODETTE, NUDGE, sequence=sequence)


def book(firm: Firm) -> MailBook:
    return Mails(firm.database)


async def test_a_letter_is_claimed_once_and_told_as_it_ended(firm: Firm) -> None:
    [talk] = await away(firm)
    begun = await book(firm).begin(job(talk), NOW)
    assert isinstance(begun, Recipient)
    assert begun.address == ADDRESS
    await book(firm).end(job(talk), Post.SENT)
    assert await book(firm).begin(job(talk), NOW) is Post.SENT


async def test_of_two_processes_that_ask_for_one_person_one_gets_it(firm: Firm) -> None:
    first, second = await away(firm, "Crédit Rural", "Banque Mistral")
    both = await asyncio.gather(book(firm).begin(job(first), NOW), book(firm).begin(job(second), NOW))
    assert sorted(isinstance(each, Recipient) for each in both) == [False, True]
    assert Post.TOO_SOON in both


async def test_a_process_that_died_on_the_way_leaves_a_doubt_that_nobody_repeats(firm: Firm) -> None:
    [talk] = await away(firm)
    await book(firm).begin(job(talk), NOW)
    assert await book(firm).begin(job(talk), NOW) is Post.DOUBTFUL
    assert await book(firm).begin(job(talk), NOW) is Post.DOUBTFUL
    assert await book(firm).begin(job(talk, 2), NOW + timedelta(hours=1)) is Post.TOO_SOON, "it may have arrived"


async def test_a_letter_that_waits_keeps_its_place(firm: Firm) -> None:
    first, second = await away(firm, "Crédit Rural", "Banque Mistral")
    await book(firm).begin(job(first), NOW)
    await book(firm).end(job(first), Post.WAITING)
    assert await book(firm).begin(job(second), NOW) is Post.TOO_SOON
    assert isinstance(await book(firm).begin(job(first), NOW), Recipient)


async def test_two_letters_to_one_person_are_never_closer_than_two_nudges(firm: Firm) -> None:
    [talk] = await away(firm)
    await book(firm).begin(job(talk), NOW)
    await book(firm).end(job(talk), Post.SENT)
    assert await book(firm).begin(job(talk, 2), NOW + APART - timedelta(seconds=1)) is Post.TOO_SOON
    assert isinstance(await book(firm).begin(job(talk, 2), NOW + APART), Recipient)


async def test_a_few_letters_are_enough_until_the_next_cycle(firm: Firm) -> None:
    [talk] = await away(firm)
    for number in range(MOST):
        assert isinstance(await book(firm).begin(job(talk, number), NOW + number * timedelta(days=3)), Recipient)
        await book(firm).end(job(talk, number), Post.SENT)
    assert await book(firm).begin(job(talk, 8), NOW + timedelta(days=20)) is Post.ENOUGH
    assert isinstance(await book(firm).begin(job(talk, 9), NOW + CYCLE + timedelta(days=1)), Recipient)


async def test_a_letter_that_did_not_leave_takes_no_place(firm: Firm) -> None:
    [talk] = await away(firm)
    await book(firm).begin(job(talk), NOW)
    await book(firm).end(job(talk), Post.FAILED)
    assert isinstance(await book(firm).begin(job(talk, 2), NOW), Recipient)


async def test_who_came_back_or_has_no_address_gets_no_letter(firm: Firm) -> None:
    [talk] = await away(firm)
    moved = sa.update(conversation).values(sequence=1)
    await firm.database.write(lambda sql: sql.execute(moved))
    assert await book(firm).begin(job(talk), NOW) is Post.OVER
    emptied = sa.update(contact).values(email="")
    await firm.database.write(lambda sql: sql.execute(emptied))
    assert await book(firm).begin(job(talk, 2, sequence=1), NOW) is Post.NO_ADDRESS


async def test_an_address_that_was_refused_is_left_alone_until_another_one_comes(firm: Firm) -> None:
    [talk] = await away(firm)
    await book(firm).begin(job(talk), NOW)
    await book(firm).end(job(talk), Post.REFUSED)
    assert await book(firm).begin(job(talk, 2), NOW) is Post.BAD_ADDRESS
    await firm.database.write(lambda sql: sql.execute(sa.update(contact).values(email="odette@zinc.example")))
    assert isinstance(await book(firm).begin(job(talk, 3), NOW), Recipient)


@pytest.mark.parametrize(("post", "opens"), [(Post.SENT, True), (Post.DOUBTFUL, True), (Post.WAITING, False)])
async def test_the_invitation_of_a_letter_that_did_not_leave_opens_nothing(
    firm: Firm, post: Post, opens: bool
) -> None:
    [talk] = await away(firm)
    begun = await book(firm).begin(job(talk), NOW)
    assert isinstance(begun, Recipient)
    token = await book(firm).invite(begun.contact_id, NOW)
    await book(firm).end(job(talk), post, token)
    [row] = await firm.rows(invitation)
    assert row.token_hash == sha256(token.reveal().encode()).hexdigest()
    assert (row.expires_at > NOW.timestamp()) is opens


@pytest.mark.parametrize("cause", ["blocked", "stuck"])
async def test_the_card_of_whoever_is_out_of_reach_tells_of_the_letter(firm: Firm, cause: str) -> None:
    [talk] = await away(firm)
    case = await firm.store.transact(lambda tx: tx.open_case(talk, cause, NOW))

    async def shown() -> MailProgress | None:
        view = await firm.database.read(lambda sql: case_view(sql, case))
        assert view is not None
        return view.mail

    before = await shown()
    later = NOW + timedelta(hours=3)
    await book(firm).begin(job(talk), later)
    await book(firm).end(job(talk), Post.SENT)
    after = await shown()
    if cause == "stuck":
        assert (before, after) == (None, None)
    else:
        assert (before, after) == (MailProgress(Post.PLANNED, ADDRESS), MailProgress(Post.SENT, ADDRESS, later))


# From the book to the letter


class Carrier:
    """A mail server that answers what it is told to."""

    def __init__(self, *answers: BotError | None) -> None:
        self.answers = list(answers)
        self.letters: list[Letter] = []

    async def send(self, letter: Letter, job: str, now: object) -> None:
        self.letters.append(letter)
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer


def mailing(firm: Firm, carrier: Carrier, **more: bool) -> Mailing:
    def link(token: Secret) -> Secret:
        return Secret(f"https://t.me/resync_bot?start={token.reveal()}")

    return Mailing(
        carrier, book(firm), Texts(), firm.clock, FrenchCalendars("Europe/Paris"), link,  # type: ignore[arg-type]
        invitations=more.get("invitations", True),
    )  # fmt: skip


FACTS: dict[str, str | int] = {
    "first_name": "Odette", "client": "Chez <Odette> & Cie", "bank": "Crédit Rural", "firm": "Le cabinet",
    "due": "4 décembre 2026", "rung": "early", "days_left": 10, "accountant": "Julie", "asked": 0,
}  # fmt: skip


async def test_names_are_names_in_the_page_and_in_the_subject(firm: Firm) -> None:
    [talk] = await away(firm)
    carrier = Carrier()
    posted = await mailing(firm, carrier).post(job(talk), NUDGE, FACTS)
    assert (posted.post, masked(posted.address)) == (Post.SENT, "o•••@bouchon.example")
    [letter] = carrier.letters
    assert letter.subject == "Chez <Odette> & Cie\N{NO-BREAK SPACE}: votre banque Crédit Rural"
    await mailing(firm, carrier).post(
        replace(job(talk, 2), effect=SendMail("mail-reminder")), SendMail("mail-reminder"), FACTS
    )
    assert len(carrier.letters) == 1, "within the same 20 hours"
    firm.clock.pass_(days=1)
    await mailing(firm, carrier).post(job(talk, 3), SendMail("mail-reminder"), FACTS)
    assert "Chez &lt;Odette&gt; &amp; Cie" in carrier.letters[-1].before


@pytest.mark.parametrize(
    ("answer", "post"),
    [
        (InDoubt("the line broke"), Post.DOUBTFUL),
        (NoSuchAddress("nobody there"), Post.REFUSED),
        (Refused("the password"), Post.FAILED),
    ],
)
async def test_what_went_wrong_for_good_is_told_again_and_never_sent_again(
    firm: Firm, answer: BotError, post: Post
) -> None:
    [talk] = await away(firm)
    carrier = Carrier(answer)
    for _ in range(3):
        assert (await mailing(firm, carrier).post(job(talk), NUDGE, FACTS)).post is post
    assert len(carrier.letters) == 1


async def test_a_letter_that_has_to_wait_is_sent_once_the_server_is_back(firm: Firm) -> None:
    [talk] = await away(firm)
    carrier = Carrier(TryAgain("away"), TryAgain("away"))
    for _ in range(2):
        with pytest.raises(TryAgain):
            await mailing(firm, carrier).post(job(talk), NUDGE, FACTS)
    assert (await mailing(firm, carrier).post(job(talk), NUDGE, FACTS)).post is Post.SENT
    links = [letter.link.reveal() for letter in carrier.letters]
    assert len(set(links)) == 3
    good = [row for row in await firm.rows(invitation) if row.expires_at > NOW.timestamp()]
    assert len(good) == 1, "only the one that left"


async def test_a_server_that_is_back_in_the_night_sends_nothing_then(firm: Firm) -> None:
    [talk] = await away(firm)
    carrier = Carrier(TryAgain("away"))
    with pytest.raises(TryAgain):
        await mailing(firm, carrier).post(job(talk), NUDGE, FACTS)
    firm.clock.pass_(hours=14)
    assert (await mailing(firm, carrier).post(job(talk), NUDGE, FACTS)).post is Post.FAILED
    assert len(carrier.letters) == 1


async def test_a_house_that_is_closed_today_gets_no_letter_today(firm: Firm) -> None:
    [talk] = await away(firm)
    await firm.database.write(lambda sql: sql.execute(sa.text("UPDATE client_file SET closing_day = 'mardi'")))
    carrier = Carrier()
    assert (await mailing(firm, carrier).post(job(talk), NUDGE, FACTS)).post is Post.FAILED
    assert carrier.letters == []


async def test_before_telegram_tells_the_name_of_the_bot_nothing_is_claimed(firm: Firm) -> None:
    [talk] = await away(firm)

    def nameless(_: Secret) -> Secret:
        raise TryAgain("no name yet")

    writes = mailing(firm, Carrier())
    writes.link = nameless
    with pytest.raises(TryAgain):
        await writes.post(job(talk), NUDGE, FACTS)
    assert await firm.rows(mail) == []


async def test_invitations_are_not_mailed_by_a_firm_that_does_not_want_it(firm: Firm) -> None:
    [talk] = await away(firm)
    carrier = Carrier()
    posted = await mailing(firm, carrier, invitations=False).post(job(talk), SendMail("mail-reminder"), FACTS)
    assert (posted.post, carrier.letters) == (Post.OVER, [])
