"""States: where a conversation rests. A state is a card; what follows it is a row in its flow's table.

Law: a state is a value. It holds no clock, no id of a channel, and never a secret. Names of states and of
their fields are stored: rename one only together with `tests/flows/past_states.json`.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from flows.effects import Effect, ReadBank, Say


@dataclass(frozen=True)
class Patience:
    """How long a state waits before `Overdue`."""


@dataclass(frozen=True)
class Forever(Patience):
    """Nothing is due: a person has it."""


@dataclass(frozen=True)
class After(Patience):
    """After this much time, whatever the hour: nobody is disturbed by what follows."""

    delay: timedelta


@dataclass(frozen=True)
class Soon(Patience):
    """After this much time if a person who cooks may be disturbed then, else at the first slot after it."""

    delay: timedelta


@dataclass(frozen=True)
class DecentlyAfter(Patience):
    """After this much time, then at the first decent hour for a person who cooks."""

    delay: timedelta


@dataclass(frozen=True)
class NextRung(Patience):
    """At the next rung of the nudge ladder, counted from the day the bank lapses."""

    without_a_day: bool = False
    """Where that day is not known: as after the last rung, or never."""
    ahead: int = 0
    """The last rung came so many days too early, to go with another bank; the next one is counted from its own day."""


@dataclass(frozen=True)
class UntilSaid(Patience):
    """At the moment the client named: `this-evening`, `tomorrow`, `next-week`, or once he is not `away` any more.

    Or at that very moment, in ISO.
    """

    moment: str


MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class State:
    """A card: what is said, offered and shown on entering. Subclasses say whose turn it is."""

    says: ClassVar[str] = ""
    """The key of the message that the client reads on entering; empty for a silent state."""
    choices: ClassVar[tuple[str, ...]] = ()
    """The buttons under that message, which are also its attributes."""
    picture: ClassVar[str] = ""
    link: ClassVar[str] = ""
    """The attribute that labels the button to the secure page."""
    new_secret: ClassVar[bool] = False
    """Does the secure page ask for a new password?"""
    nudges: ClassVar[bool] = False
    """Does entering disturb a client who did not ask? Then it is said at most once."""
    does: ClassVar[tuple[Effect, ...]] = ()
    """What entering the state sets going, after its message has left."""
    patience: ClassVar[Patience] = Forever()
    """How long until something else has to happen."""

    def text(self) -> str:
        """`says`, where it depends on the state's fields."""
        return self.says

    def orders(self) -> tuple[Effect, ...]:
        """`does`, where it depends on the state's fields."""
        return self.does

    def wait(self) -> Patience:
        """`patience`, where it depends on the state's fields."""
        return self.patience


@dataclass(frozen=True)
class Waiting(State):
    """The client's turn. Counts what was tried with him, so that each of these ends with a person."""

    nudged: int = 0
    puzzled: int = 0
    helped: int = 0


WORDS = (DAY, 2 * DAY, 4 * DAY)
"""Before each word to a client who has begun a first synchronisation and says nothing: J+1, J+3, J+7."""
AT_LAST = 3 * DAY
"""After the last one; then a person takes over."""


@dataclass(frozen=True)
class FirstStep(Waiting):
    """The client's turn, in a first synchronisation: a few calm words, further and further apart, then a person."""

    def wait(self) -> Patience:
        return DecentlyAfter(WORDS[self.nudged] if self.nudged < len(WORDS) else AT_LAST)


@dataclass(frozen=True)
class UnderWay(Waiting):
    """The client's turn, in the middle of something: one friendly word, and then the nudge ladder goes on.

    He is left where he is until its next rung, so that his buttons are good for as long.
    """

    patience = Soon(HOUR)

    def wait(self) -> Patience:
        return NextRung(without_a_day=True) if self.nudged else self.patience


def ask(state: State, part: str = "") -> tuple[Say, ...]:
    """The message of a state, or an attribute of it, with the buttons and the link that go with it."""
    key = state.text()
    if not key:
        return ()
    nudge = state.nudges or part == "nudge"
    return (
        Say(
            key,
            part=part,
            choices=state.choices,
            picture="" if part == "nudge" else state.picture,
            link=state.link,
            new_secret=state.new_secret,
            nudge=nudge,
        ),
    )


@dataclass(frozen=True)
class Quiet(Waiting):
    """Nobody's turn: the bank works. Sleeps until the next rung of the nudge ladder."""

    patience = NextRung()


@dataclass(frozen=True)
class Asking(Waiting):
    """The bank's turn: the aggregator was asked.

    `tries` bounds the asking, `refused` the passwords, `strayed` the wrong logins, `detours` what else the bank wanted.
    """

    tries: int = 0
    refused: int = 0
    strayed: int = 0
    detours: int = 0

    does = (ReadBank(),)

    def again(self, *, refused: int = 0, strayed: int = 0, detours: int = 0) -> "Asking":
        """The same asking from its beginning, with so much more counted of what was tried with him."""
        return type(self)(
            refused=self.refused + refused, strayed=self.strayed + strayed, detours=self.detours + detours
        )


@dataclass(frozen=True)
class Enter:
    """Go to a state, do what it does and say what it says; with something before, or after."""

    state: State
    before: tuple[Effect, ...] = ()
    after: tuple[Effect, ...] = ()


@dataclass(frozen=True)
class Become:
    """Go to a state without a word of its own: only these effects."""

    state: State
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True)
class Stay:
    """Rest where we are, deadline included, and do only this."""

    effects: tuple[Effect, ...] = ()


Next = State | Enter | Become | Stay | None
"""What a row answers: a state alone means `Enter`; None means that the row is not concerned."""
