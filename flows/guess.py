"""Not sure: what the client typed may mean this, and may not; so he is asked, once.

The question lies over the place where he is: whatever else happens, happens there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flows.effects import Say
from flows.events import Intent, Wrote
from flows.state import Patience, Quiet, State, Waiting

PARTS: Mapping[Intent, str] = {
    Intent.DONE: "done",
    Intent.PASSWORD_CHANGED: "password-changed",
    Intent.STUCK: "stuck",
    Intent.LATER: "later",
    Intent.AWAY: "away",
    Intent.HUMAN: "human-wanted",
    Intent.WHY: "why",
    Intent.BANK_PROBLEM: "bank-problem",
    Intent.SECURITY_DOUBT: "security-doubt",
    Intent.STOP: "stop",
}
"""« Vous voulez dire … ? », an attribute of the message for each meaning that is worth asking for."""
AGREED = ("oui", "ouais", "oui c est ca", "c est ca", "exactement", "voila", "ok", "yes")
DENIED = ("non", "non pas du tout", "pas du tout", "non merci", "nan")


@dataclass(frozen=True, kw_only=True)
class Guess(Waiting):
    """The client's turn: is that what he meant?"""

    resume: State
    meant: str = Intent.DONE.value
    when: str = ""

    says = "meant"
    choices = ("yes", "no", "human")

    def wait(self) -> Patience:
        return self.resume.wait()


def beneath(state: State) -> State:
    """The place where the client is, whether he was asked what he means or not."""
    return state.resume if isinstance(state, Guess) else state


def can_be_asked(state: State, wrote: Wrote) -> bool:
    """Is there a place to come back to, where he was not asked before? Never twice in a row: then a person."""
    rests = isinstance(state, Quiet) or bool(state.text())
    return isinstance(state, Waiting) and not state.puzzled and rests and wrote.intent in PARTS


def guess(state: State, wrote: Wrote) -> Guess:
    """What he may have meant."""
    return Guess(resume=state, meant=wrote.intent.value, when=wrote.when)


def question(state: Guess) -> Say:
    """« Vous voulez dire … ? », with its buttons."""
    return Say(state.says, part=PARTS[Intent(state.meant)], choices=state.choices)


def meaning(state: Guess) -> Wrote:
    """What he has now said for sure."""
    return Wrote(Intent(state.meant), when=state.when)


def asked_already(state: Guess) -> State:
    """Where he was; what is not understood there now goes to a person."""
    return replace(state.resume, puzzled=1) if isinstance(state.resume, Waiting) else state.resume


def answer(text: str) -> str:
    """The button that a typed « oui » or « non » means; empty for all other words."""
    plain = " ".join(text.casefold().translate(str.maketrans("’'àâçé.,!", "  aace   ")).split())
    return "yes" if plain in AGREED else "no" if plain in DENIED else ""
