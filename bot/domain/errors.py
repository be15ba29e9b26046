"""Every error of the program, in one tree.

* BotError
  + TryAgain        the world may change: the worker retries (after `after` seconds, if we were told)
    - Unreachable   no answer, or an answer that is none
    - Throttled     the other side asked us to slow down
  + GiveUp          it will not change by itself: staff is told
    - Refused       the other side understood and said no
    - Blocked       the client has blocked the bot or closed the chat, or has left Telegram
    - NoSuchAddress the client's e-mail address is refused for good
    - InDoubt       nobody knows whether it left, and it must not leave twice
    - NotSigned     a request that pretends to come from a partner
    - NotTaken      a secret that was to be used did not reach the bank
  + BadInput        somebody gave us something we cannot use; the message says what to do instead
    - KeyGone       what was sealed can no longer be opened, or was never what it says
  + OurBug          this cannot happen: log loudly, stop the job
"""

from bot.domain.away import Away


class BotError(Exception):
    """Something went wrong in Resync."""


class TryAgain(BotError):
    """The other side could not answer; the same call may work later."""

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after
        """Seconds to wait, where the other side said so."""


class Unreachable(TryAgain):
    """No usable answer came back."""


class Throttled(TryAgain):
    """The other side asked us to slow down."""


class GiveUp(BotError):
    """The other side will keep saying no; a person must look at it."""


class Refused(GiveUp):
    """The other side understood the call and refused it."""


class Blocked(GiveUp):
    """The client has blocked the bot, has closed the chat, or has no account any more."""

    def __init__(self, message: str, why: Away = Away.LOST) -> None:
        super().__init__(message)
        self.why = why


class NoSuchAddress(GiveUp):
    """The mail server refuses the client's address for good: it is to be corrected in the firm's list."""


class InDoubt(GiveUp):
    """The line broke before the last answer: it may have left, so it is not repeated."""


class NotSigned(GiveUp):
    """The signature of an incoming request is missing or wrong."""


class NotTaken(GiveUp):
    """What the client typed was not used: his bank has not seen it, and he may be asked again."""


class BadInput(BotError):
    """What we were given cannot be used; the message says what to write instead."""


class KeyGone(BadInput):
    """The key is gone to which something was sealed, or something else was sealed to it: it is to be typed again."""


class OurBug(BotError):
    """This cannot happen: look at the code, not at the world."""
