"""The renewal, as the firm's procedure has it: an offer, step A, step B, the proof.

The order is not fixed: a client may renew by himself at any time, and good news ends the renewal from any state.
"""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from flows.at_the_bank import HOURS_DOWN, WAITS, WRITTEN_OFF, ActAtBank, BankDown, BankIsBack, OtherAccounts, stray
from flows.effects import Effect, GoAway, ReadBank, Say, TellStaff, UpdateCase
from flows.escalation import WithStaff
from flows.events import Act, Bank, BankSaid, Chose, Event, Gathered, Overdue, StaffDid, TooSoon
from flows.password_change import NewPassword, PasswordExpired
from flows.state import (
    HOUR,
    MINUTE,
    After,
    Asking,
    Become,
    DecentlyAfter,
    Enter,
    Next,
    NextRung,
    Patience,
    Quiet,
    Soon,
    State,
    Stay,
    UnderWay,
    UntilSaid,
    Waiting,
    ask,
)  # fmt: skip

BROKEN = 2  # promises: the first is recalled without blame, the second goes to a person
AWAY = "away"
WEEKS_AWAY = {"one-week": 1, "two-weeks": 2, "three-weeks": 3, "four-weeks": 4}
CLIENTS_TURN = (Bank.WRONG_PASSWORD, Bank.PASSWORD_EXPIRED, Bank.WANTS_ACTION, Bank.OTHER_ACCOUNTS)
STILL_DOWN = (Bank.DOWN, Bank.PROCESSING, Bank.CANNOT_TELL)


@dataclass(frozen=True)
class Looking(Asking):
    """The bank's turn: before the client is disturbed, is there still something to repair?

    `promised`: he named this moment, so that he hears of us whatever the bank says.
    `ahead`: it was not its turn yet by so many days; another bank of his is spoken of now.
    """

    asked: int = 0
    promised: bool = False
    ahead: int = 0
    newcomer: bool = False
    """Somebody who has not heard of it yet is asked: first the offer, whatever the bank wants."""
    promises: int = 0
    """Moments that he has named in a row, and let pass."""

    patience = After(5 * MINUTE)


@dataclass(frozen=True)
class Alerted(State):
    """Nobody's turn: something is wrong, and the client will hear of it at a decent hour, if it is his to mend."""

    asked: int = 0
    ahead: int = 0
    newcomer: bool = False
    """As in `Looking`."""

    patience = DecentlyAfter(timedelta(0))


@dataclass(frozen=True, kw_only=True)
class Ready(Waiting):
    """Nobody's turn: the bank was just read, and what there is to say leaves with what his other banks want."""

    to: Waiting
    ahead: int = 0

    patience = Soon(timedelta(0))


@dataclass(frozen=True)
class OutOfOrder(State):
    """The bank's turn: it does not answer, and the client was not asked for anything. It is read every hour.

    He hears nothing of it: there is nothing for him in it.
    """

    asked: int = 0
    hours: int = 0

    patience = After(HOUR)


@dataclass(frozen=True)
class Offered(Waiting):
    """The client's turn: his bank is about to lapse; shall we renew it?"""

    ahead: int = 0

    says = "renewal-offered"
    choices = ("start", "later", "why", "not-me", "other")
    nudges = True

    def wait(self) -> Patience:
        return NextRung(without_a_day=True, ahead=self.ahead)


@dataclass(frozen=True)
class OfferedAsPromised(Offered):
    """The client's turn: the moment that he named has come, and the bank still waits for him."""

    promises: int = 1

    says = "renewal-offered-as-promised"


@dataclass(frozen=True)
class OfferedInstead(Offered):
    """The client's turn: the same, for somebody of his file who is asked now and has not heard of it yet."""

    says = "renewal-offered-instead"


@dataclass(frozen=True)
class StepA(UnderWay):
    """The client's turn, in One up: module COMPTABILITÉ, open the synchronised bank."""

    promises: int = 0

    says = "renewal-step-a"
    choices = ("there", "later", "stuck")
    picture = "step-a"


@dataclass(frozen=True)
class StepB(UnderWay):
    """The client's turn: press the blue button « Synchronisation avec la banque », top right."""

    says = "renewal-step-b"
    choices = ("done", "password-changed", "stuck")
    picture = "step-b"


@dataclass(frozen=True)
class When(Waiting):
    """The client's turn: when shall we come back?"""

    resume: State = field(default_factory=StepA)
    promises: int = 0

    says = "renewal-when"
    choices = ("this-evening", "tomorrow", "next-week", "away", "start")
    patience = Soon(HOUR)


@dataclass(frozen=True)
class HowLong(Waiting):
    """The client's turn: he is away, and says for how long."""

    resume: State = field(default_factory=StepA)
    promises: int = 0

    says = "renewal-how-long"
    choices = (*WEEKS_AWAY, "start")
    patience = Soon(HOUR)


@dataclass(frozen=True)
class Snoozed(Waiting):
    """Nobody's turn until the moment that the client named."""

    moment: str = "tomorrow"
    resume: State = field(default_factory=StepA)
    promises: int = 0

    says = "renewal-snoozed"
    choices = ("start",)

    def text(self) -> str:
        return "renewal-away" if self.moment == AWAY else self.says

    def wait(self) -> Patience:
        return UntilSaid(self.moment)


@dataclass(frozen=True)
class Checking(Asking):
    """The bank's turn: the client says that it is done; the aggregator proves it."""

    says = "renewal-checking"

    def wait(self) -> Patience:
        return After(WAITS[self.tries])


@dataclass(frozen=True)
class Renewed(Quiet):
    """Proven: the receipt says until when it is good. Then quiet until the next time."""

    says = "renewal-done"
    does = (TellStaff("renewed"),)


def climb(state: Waiting, overdue: Overdue, resume: State) -> Next:
    """Silence: the next rung, and after the last one a person, who hands back to `resume`."""
    late = overdue.days_left is not None and overdue.days_left <= -overdue.ladder.late
    if late or state.nudged + 1 >= overdue.ladder.most:
        return WithStaff("silent", resume=resume)
    return Looking(asked=state.nudged + 1, ahead=overdue.ahead)


def find(looking: Looking, to: Waiting, also: tuple[Effect, ...] = ()) -> Next:
    """There is something for the client: he reads of all of his banks at once. A moment that he named is kept alone."""
    if not looking.promised:
        return Become(Ready(to=to, ahead=looking.ahead), also)
    return Become(to, (*(as_promised(effect) for effect in (*ask(to), *to.orders())), *also))


def as_promised(effect: Effect) -> Effect:
    """He asked for it, so it is no nudge: it must reach him, however short a while ago he was reminded."""
    return replace(effect, nudge=False) if isinstance(effect, Say) else effect


def wait_for_peace(ready: Ready) -> Alerted:
    """He was reminded of something a while ago: the bank is read anew when he may be reminded again."""
    return Alerted(asked=ready.to.nudged, ahead=ready.ahead, newcomer=isinstance(ready.to, OfferedInstead))


def remind(ready: Ready) -> Become:
    """Whatever the bank wants, he did not ask for this message."""
    said = (replace(effect, nudge=True) for effect in ask(ready.to))
    return Become(ready.to, (*said, *ready.to.orders()))


def look_again(looking: Looking) -> Next:
    """The vendor does not answer: after three readings the client is asked all the same, he may have to act."""
    if looking.tries < 3:
        return Become(replace(looking, tries=looking.tries + 1), (ReadBank(),))
    return offer(looking)


def offer(looking: Looking) -> Next:
    """The offer, in the words for whom it is made to; who has let two promises in a row pass hears a person."""
    if looking.promises >= BROKEN:
        return WithStaff("promise", resume=StepA())
    if looking.promises:
        return find(looking, OfferedAsPromised(nudged=looking.asked, ahead=looking.ahead, promises=looking.promises))
    kind = OfferedInstead if looking.newcomer else Offered
    return find(looking, kind(nudged=looking.asked, ahead=looking.ahead))


def promised(state: State) -> int:
    """How many moments he has named, and let pass, on the way here."""
    return int(getattr(state, "promises", 0))


def begin_now(state: When | HowLong | Snoozed) -> Next:
    """He takes the time after all; a new « later » is one promise more, and who was away is back."""
    resume = replace(state.resume, promises=state.promises) if isinstance(state.resume, StepA) else state.resume
    back = isinstance(state, Snoozed) and state.moment == AWAY
    return Enter(resume, before=(GoAway(0),)) if back else resume


def wait_unseen(down: OutOfOrder) -> Next:
    """As long as for a client who was told; then staff have it, still without a word to him."""
    if down.hours + 1 >= HOURS_DOWN:
        return WithStaff("bank-down", resume=Looking(asked=down.asked), discreet=True)
    return Become(replace(down, hours=down.hours + 1), (ReadBank(),))


def answers_again(case: WithStaff, answer: Bank) -> Next:
    """Nobody had to look after an outage of which the client knows nothing: the bot goes on where it was."""
    asked = case.resume.asked if isinstance(case.resume, Looking) else 0
    after = Quiet() if answer is Bank.HEALTHY else Alerted(asked=asked)
    return Become(after, (UpdateCase("bank-back"),))


def receipt(state: State, who: str = "") -> Enter:
    """Good news, wherever we are; an open case is closed with it."""
    closed = (UpdateCase("renewed", who),) if isinstance(state, WithStaff) else ()
    return Enter(Renewed(), before=closed)


def follow(state: State, event: Event) -> Next:
    """What follows in a renewal. The first rows are about what the bank shows before anybody is disturbed."""
    # One row, one line: the table is meant to be read aloud.
    # fmt: off
    match state, event:
        case _, BankSaid(Bank.RENEWED):                                        return receipt(state)
        case _, StaffDid(Act.CONFIRMED, who):                                  return receipt(state, who)
        case Looking(), BankSaid(Bank.HEALTHY):                                return Become(Quiet())
        case Looking(), BankSaid(Bank.EXPIRING | Bank.NOT_YET | Bank.WANTS_CONSENT):  return offer(state)
        case Looking(), BankSaid(Bank.WANTS_APPROVAL | Bank.WANTS_CODE | Bank.CANNOT_TELL):  return offer(state)
        case Looking(), BankSaid(answer) if answer in CLIENTS_TURN and (state.newcomer or state.promises >= BROKEN):  return offer(state)
        case Looking(), BankSaid(Bank.WRONG_PASSWORD):                         return find(state, NewPassword(resume=Checking(refused=1), nudged=state.asked))
        case Looking(), BankSaid(Bank.PASSWORD_EXPIRED):                       return find(state, PasswordExpired(resume=Checking(refused=1), nudged=state.asked))
        case Looking(), BankSaid(Bank.WANTS_ACTION):                           return find(state, ActAtBank(resume=Checking(), nudged=state.asked))
        case Looking(), BankSaid(Bank.OTHER_ACCOUNTS):                         return find(state, OtherAccounts(resume=Checking(strayed=1), nudged=state.asked), also=(TellStaff("other-accounts"),))
        case Looking(promised=True), BankSaid(Bank.DOWN):                      return BankDown(resume=StepA())
        case Looking(), BankSaid(Bank.DOWN):                                   return Become(OutOfOrder(asked=state.asked))
        case Looking(promised=False), BankSaid(answer) if answer in WRITTEN_OFF:  return WithStaff(f"bank-{answer.value}", resume=Looking(), discreet=True)
        case Looking(), Overdue():                                             return look_again(state)
        case Ready(), Overdue():                                               return remind(state)
        case Ready(), Gathered():                                              return Become(state.to, state.to.orders())
        case Ready(), TooSoon():                                               return Become(wait_for_peace(state))
        case Ready(), BankSaid(Bank.HEALTHY):                                  return Become(Quiet())
        case Ready(), BankSaid(Bank.DOWN):                                     return Become(OutOfOrder(asked=state.to.nudged))
        case Alerted(), Overdue():                                             return Looking(asked=state.asked, ahead=state.ahead, newcomer=state.newcomer)
        case OutOfOrder(), Overdue():                                          return wait_unseen(state)
        case OutOfOrder(), BankSaid(Bank.DOWN | Bank.PROCESSING):              return Stay()
        case OutOfOrder(), BankSaid(Bank.HEALTHY):                             return Become(Quiet())
        case OutOfOrder(), BankSaid():                                         return Become(Alerted(asked=state.asked))
        case Quiet(), Overdue():                                               return Looking(ahead=event.ahead)
        case WithStaff("bank-down", taken_by="", discreet=True), BankSaid(answer) if answer not in STILL_DOWN:  return answers_again(state, answer)
        case Checking(), BankSaid(Bank.HEALTHY):                               return receipt(state)
        case Checking(), BankSaid(Bank.EXPIRING):                              return Offered()
        case Checking(), BankSaid(Bank.CANNOT_TELL):                           return WithStaff("confirm", resume=StepA())
        case Quiet(), BankSaid(Bank.HEALTHY | Bank.EXPIRING | Bank.NOT_YET | Bank.PROCESSING | Bank.CANNOT_TELL):  return Stay()
        case Quiet(), BankSaid(Bank.DOWN):                                     return Become(OutOfOrder())
        case Quiet(), BankSaid():                                              return Become(Alerted())
        case (Offered() | BankIsBack()), Chose("start"):                       return StepA(promises=promised(state))
        case (When() | HowLong() | Snoozed()), Chose("start"):                 return begin_now(state)
        case (Offered() | StepA() | BankIsBack()), Chose("later"):             return When(promises=promised(state))
        case When(), Chose("away"):                                            return HowLong(resume=state.resume, promises=state.promises)
        case HowLong(), Chose(weeks):                                          return Enter(Snoozed(moment=AWAY, resume=state.resume), before=(GoAway(7 * WEEKS_AWAY[weeks]),))
        case Offered(), Overdue():                                             return climb(state, event, StepA())
        case When(), Chose(moment):                                            return Snoozed(moment=moment, resume=state.resume, promises=min(state.promises + 1, BROKEN))
        case (When() | HowLong()), Overdue():                                  return Snoozed(resume=state.resume)
        case Snoozed(), Overdue():                                             return Looking(promised=True, promises=state.promises)
        case StepA(), Chose("there"):                                          return StepB()
        case StepB(), Chose("done"):                                           return Checking()
        case StepB(), Chose("password-changed"):                               return NewPassword(resume=Checking(refused=1))
        case (StepA() | StepB()), BankSaid(Bank.WRONG_PASSWORD):               return NewPassword(resume=Checking(refused=1))
        case (StepA() | StepB()), BankSaid(Bank.OTHER_ACCOUNTS):               return stray(Checking(strayed=1))
    # fmt: on
    return None
