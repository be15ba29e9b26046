"""Erasure: the client wants his data deleted. That is a person's task, and the law gives a month for it.

Nothing is deleted by the bot: the books have to be kept, and what may go is for the firm to say.
"""

from flows.effects import RelayToStaff, Say, TellStaff
from flows.endings import Closed
from flows.escalation import WithStaff
from flows.events import Event, Intent, Wrote
from flows.opt_out import OptedOut
from flows.state import Enter, Next, State, Stay


def follow(state: State, event: Event) -> Next:
    """What follows a request to erase, wherever it is made."""
    # One row, one line: the table is meant to be read aloud.
    # fmt: off
    match state, event:
        case WithStaff(), Wrote(Intent.ERASE, text):              return Stay((TellStaff("erasure-asked"), RelayToStaff(text=text)))
        case (OptedOut() | Closed()), Wrote(Intent.ERASE, text):  return Stay((Say("erasure-noted"), TellStaff("erasure-asked"), RelayToStaff(text=text)))
        case _, Wrote(Intent.ERASE, text):                        return Enter(WithStaff("erase", resume=state), after=(RelayToStaff(text=text),))
    # fmt: on
    return None
