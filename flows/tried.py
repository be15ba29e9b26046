"""What was tried with a client until now, as far as the place where he is tells it; for staff who take over. Pure."""

from flows.at_the_bank import ActAtBank, AgreeInOneUp, ApproveInApp, OtherAccounts, TypeCode
from flows.escalation import WithStaff
from flows.first_sync import ConnectBank, FirstChecking, NotSeen
from flows.on_our_page import Submitted
from flows.password_change import NewPassword, PasswordInOneUp
from flows.renewal import Checking, StepB
from flows.state import State

DONE = (
    "step-a",
    "step-b",
    "connected",
    "bank-asked",
    "password-asked",
    "page",
    "nudged",
    "helped",
    "refused",
    "strayed",
)
"""All that can be told."""
BEFORE: dict[type[State], tuple[str, ...]] = {
    StepB: ("step-a",),
    Checking: ("step-a", "step-b"),
    AgreeInOneUp: ("step-a", "step-b"),
    ApproveInApp: ("bank-asked",),
    TypeCode: ("bank-asked",),
    ActAtBank: ("bank-asked",),
    OtherAccounts: ("step-a", "step-b"),
    NewPassword: ("password-asked",),
    PasswordInOneUp: ("password-asked",),
    Submitted: ("page",),
    ConnectBank: ("step-a",),
    FirstChecking: ("step-a", "connected"),
    NotSeen: ("step-a", "connected"),
}
"""What lies behind a client who has come to a place, by his own word or the bank's."""
COUNTED = {"nudged": "nudged", "helped": "helped", "refused": "refused", "strayed": "strayed"}


def tried(state: State) -> tuple[tuple[str, int], ...]:
    """(what, how often) of each, the steps first; nothing where nobody has begun."""
    here = state.resume if isinstance(state, WithStaff) else state
    behind = next((steps for kind, steps in BEFORE.items() if isinstance(here, kind)), ())
    inner = getattr(here, "resume", None)
    counts = {name: max(getattr(here, name, 0), getattr(inner, name, 0)) for name in COUNTED}
    return (*((step, 1) for step in behind), *((COUNTED[name], count) for name, count in counts.items() if count))
