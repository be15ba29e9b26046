"""The playbook of a bank: traps that colleagues have met there, each told at the step where it lies. Pure."""

from dataclasses import dataclass

STEPS: dict[str, tuple[str, ...]] = {
    "opening": ("renewal-step-a",),
    "renewing": ("renewal-step-b",),
    "agreement": ("agree-in-one-up", "agree-at-bank", "approve-in-app", "type-code"),
    "password": ("new-password", "password-in-one-up", "password-expired"),
    "first": ("first-connect-bank",),
}
"""Where a trap may lie, and the messages that clients read there."""
LONGEST = 160
MOST = 2
"""At one step of a bank: the message has to stay short."""


@dataclass(frozen=True)
class Trap:
    """What a client of the bank should know at a step, in a colleague's words."""

    id: int
    step: str
    words: str
    who: str


def step_of_text(text: str) -> str:
    """The step at which a message is read; empty for all others."""
    return next((step for step, texts in STEPS.items() if text in texts), "")
