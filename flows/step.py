"""One step of a conversation: a state and an event in, the next state and its effects out. Pure.

The flows' tables come first; then what every flow shares: words that mean a button, help, silence, files,
and a client whom we do not understand. Every pair of a state and an event has an answer.
"""

from dataclasses import dataclass, replace

from flows import (
    at_the_bank,
    endings,
    erasure,
    escalation,
    first_sync,
    handover,
    incident,
    on_our_page,
    opt_out,
    out_of_reach,
    password_change,
    renewal,
)
from flows.at_the_bank import Agree
from flows.effects import Effect, GoAway, ReadBank, RelayToStaff, Say, TellStaff, Transcribe
from flows.escalation import WithStaff
from flows.events import (
    Act,
    BankSaid,
    Chose,
    ChoseOld,
    Event,
    Gathered,
    Hinted,
    Intent,
    Linked,
    LinkFilled,
    LinkRefused,
    NoPage,
    Overdue,
    SentFile,
    StaffDid,
    TooManyPages,
    TooSoon,
    Wrote,
)  # fmt: skip
from flows.first_sync import FirstChecking
from flows.guess import Guess, answer, asked_already, can_be_asked, guess, meaning, question
from flows.password_change import NewPassword
from flows.renewal import AWAY, BROKEN, Checking, HowLong, Offered, Renewed, Snoozed, StepA, When, climb, promised
from flows.state import Asking, Become, Enter, Next, Quiet, State, Stay, UnderWay, Waiting, ask

TABLES = (
    erasure.follow,
    endings.follow,
    opt_out.follow,
    incident.follow,
    handover.follow,
    first_sync.follow,
    renewal.follow,
    on_our_page.follow,
    password_change.follow,
    at_the_bank.follow,
    out_of_reach.follow,
    escalation.follow,
)

BUTTON_FOR = {
    Intent.DONE: "done",
    Intent.PASSWORD_CHANGED: "password-changed",
    Intent.STUCK: "stuck",
}
ANSWERS = {
    Intent.WHY: "why-renew",
    Intent.SECURITY_DOUBT: "is-it-safe",
    Intent.THANKS: "you-are-welcome",
    Intent.GREETING: "hello",
    Intent.HELP: "help",
    Intent.BANKS: "banks",
}
TOLD_OF = {Intent.SECURITY_DOUBT: (TellStaff("security-doubt"),)}
"""Whoever takes the firm's telephone should know why the client calls."""
READABLE = ("photo", "document")


@dataclass(frozen=True)
class Step:
    """Where we are now, and what has to be done for it."""

    state: State
    effects: tuple[Effect, ...] = ()
    moved: bool = True
    """False where the conversation rests where it was, deadline included."""


def step(state: State, event: Event) -> Step:
    """What follows an event. A button that is not under the message where we are is one of an earlier message."""
    if isinstance(event, Chose) and event.choice not in state.choices:
        event = ChoseOld()
    if isinstance(state, Guess):
        return step_under(state, event)
    if isinstance(event, Wrote) and event.unsure:
        if can_be_asked(state, event):
            asked = guess(state, event)
            return Step(asked, (question(asked),))
        event = Wrote(Intent.OTHER, event.text)
    for table in TABLES:
        following = table(state, event)
        if following is not None:
            return carry_out(state, following)
    return carry_out(state, common(state, event) or Stay())


def step_under(state: Guess, event: Event) -> Step:
    """He was asked what he means: his answer, or else what happens where he is; the question is over with it."""
    choice = event.choice if isinstance(event, Chose) else answer(event.text) if isinstance(event, Wrote) else ""
    match choice, event:
        case "yes", _:
            took = step(state.resume, meaning(state))
        case "no", _:
            before = asked_already(state)
            return Step(before, (say(before, "not-understood"),))
        case "human", _:
            took = step(state.resume, Wrote(Intent.HUMAN))
        case _, ChoseOld():
            return Step(state, (question(state),), moved=False)
        case _:
            took = step(asked_already(state), event)
    heard = choice or took.moved or any(isinstance(effect, Say) for effect in took.effects)
    return replace(took, moved=True) if heard else Step(state, took.effects, moved=False)


def carry_out(state: State, following: State | Enter | Become | Stay) -> Step:
    """Turn a row's answer into the state and the effects, in the order in which they leave."""
    match following:
        case Stay(effects):
            return Step(state, effects, moved=False)
        case Become(after, effects):
            return Step(after, effects)
        case Enter(after, before, behind):
            return Step(after, (*before, *ask(after), *after.orders(), *behind))
    return Step(following, (*ask(following), *following.orders()))


def say(state: State, text: str) -> Say:
    """An answer by the way, with the buttons of the place where we are, so that the next move stays at hand."""
    return Say(text, choices=state.choices, labels=state.text(), link=state.link, new_secret=state.new_secret)


def common(state: State, event: Event) -> Next:
    """What every flow shares."""
    # One row, one line: the table is meant to be read aloud.
    # fmt: off
    match event:
        case Wrote():                                       return understand(state, event)
        case Chose("why"):                                  return Stay((say(state, "why-renew"),))
        case Chose("stuck") if isinstance(state, Waiting):  return help_out(state)
        case Overdue() if isinstance(state, Waiting):       return silence(state, event)
        case SentFile():                                    return take_file(state, event)
        case ChoseOld():                                    return Stay(ask(state) or (Say("nothing-to-do"),))
        case Linked():                                      return Stay((Say("linked-again"), *ask(state)))
        case Hinted() | LinkFilled():                       return Stay((ReadBank(),))
        case LinkRefused():                                 return Stay((Say("link-refused"), TellStaff("link-refused")))
        case StaffDid(Act.NUDGED):                          return nudge_now(state)
        case StaffDid(Act.SENT_PAGE):                       return send_page(state, Agree(resume=Checking()))
        case StaffDid(Act.ASKED_PASSWORD):                  return send_page(state, NewPassword(resume=Checking(refused=1)))
        case StaffDid(Act.CLOSED_PAGE, who):                return Stay((Say("page-closed-by-staff", choices=state.choices, labels=state.text(), who=who),))
        case TooManyPages() if state.link:                  return Enter(WithStaff("too-many-pages", resume=state), before=(Say("too-many-pages"),))
        case BankSaid() | NoPage() | TooManyPages():        return Stay()
        case TooSoon() | Gathered():                        return Stay()
    # fmt: on
    return None


def understand(state: State, wrote: Wrote) -> Next:
    """Typed words: a button's meaning where there is such a button, else an answer, else a person."""
    intent, text = wrote.intent, wrote.text
    if intent in (Intent.LATER, Intent.AWAY):
        return postpone(state, wrote)
    button = BUTTON_FOR.get(intent)
    if button in state.choices:
        return follow_button(state, button)
    if intent in ANSWERS:
        return Stay((say(state, ANSWERS[intent]), *TOLD_OF.get(intent, ())))
    match intent:
        case Intent.SECRET:
            return Stay((secret_removed(state), TellStaff("secret-removed")))
        case Intent.DONE if "there" in state.choices:
            return follow_button(state, "there")
        case Intent.DONE if isinstance(state, Asking) and state.text():
            return Stay(ask(state, "nudge"))
        case Intent.DONE if isinstance(state, Renewed):  # he says so just after we did
            return Stay((*ask(state), ReadBank()))
        case Intent.DONE:
            return FirstChecking() if first_sync.is_first(state) else Checking()
        case Intent.PASSWORD_CHANGED if not first_sync.is_first(state):
            return NewPassword(resume=Checking(refused=1))
        case Intent.HUMAN | Intent.STUCK:
            return Enter(WithStaff(intent.value, resume=state), after=relayed(text))
        case Intent.BANK_PROBLEM:
            known = (Say("bank-as-known"),)
            return Enter(WithStaff("bank-problem", resume=state), before=known, after=relayed(text))
    return not_understood(state, text)


def relayed(text: str) -> tuple[Effect, ...]:
    """His own words to the person who takes over; none where he pressed a button."""
    return (RelayToStaff(text=text),) if text else ()


def postpone(state: State, wrote: Wrote) -> Next:
    """« Plus tard », or away: until the moment that he names, else he is asked when; where nothing is due, so it is said."""
    away = wrote.intent is Intent.AWAY or isinstance(state, HowLong)
    if isinstance(state, Quiet) or not state.choices:
        return put_aside(state, wrote)
    if wrote.when:
        return away_until(state, wrote.when) if away else snooze_until(state, wrote.when)
    if isinstance(state, HowLong) or (isinstance(state, When) and not away):
        return Stay(ask(state, "nudge"))
    if away:
        return HowLong(resume=come_back_to(state), promises=promised(state))
    if "later" in state.choices:
        return follow_button(state, "later")
    return When(resume=come_back_to(state), promises=promised(state))


def put_aside(state: State, wrote: Wrote) -> Next:
    """Nothing is asked of him now: his holidays are noted, and all else can wait anyway."""
    if wrote.intent is Intent.AWAY and wrote.when:
        return Stay((GoAway(0, until=wrote.when), say(state, "away-noted")))
    if wrote.intent is Intent.AWAY:
        return Stay((say(state, "away-until-when"),))
    return Stay(ask(state, "nudge") if isinstance(state, Asking) and state.text() else (say(state, "nothing-due"),))


def snooze_until(state: State, moment: str) -> Next:
    """Until that very moment; naming another one before the first has come breaks no promise."""
    if not isinstance(state, Snoozed):
        promises = min(promised(state) + 1, BROKEN)
        return Snoozed(moment=moment, resume=come_back_to(state), promises=promises)
    back = (GoAway(0),) if state.moment == AWAY else ()
    return Enter(replace(state, moment=moment, nudged=0, puzzled=0, helped=0), before=back)


def away_until(state: State, moment: str) -> Enter:
    """He is on holidays, and tells until when."""
    return Enter(Snoozed(moment=AWAY, resume=come_back_to(state)), before=(GoAway(0, until=moment),))


def secret_removed(state: State) -> Say:
    """In the middle of a renewal with the page where it belongs; the buttons of the step stay good above it."""
    if state.link or not isinstance(state, UnderWay) or first_sync.is_first(state):
        return say(state, "secret-removed")
    return Say("secret-removed", labels="secret-removed", link="open", new_secret=True)


def come_back_to(state: State) -> State:
    """Where "later" leads on: a first synchronisation goes on where it was, a renewal from its first step."""
    if not first_sync.is_first(state):
        return StepA()
    resume = getattr(state, "resume", state)
    assert isinstance(resume, State)
    return resume


def follow_button(state: State, button: str) -> Next:
    following = step(state, Chose(button))
    return Become(following.state, following.effects) if following.moved else Stay(following.effects)


def not_understood(state: State, text: str) -> Next:
    """Once with the buttons, then a person: nobody is asked the same thing twice."""
    if isinstance(state, Waiting) and not state.puzzled:
        return Become(replace(state, puzzled=1), (say(state, "not-understood"),))
    return Enter(WithStaff("question", resume=state), after=(RelayToStaff(text=text),))


def help_out(state: Waiting) -> Next:
    """The help of the very step he is on, then the same in another way, then a person."""
    if not state.helped and state.text():
        return Become(replace(state, helped=1), ask(state, "help"))
    if state.helped == 1:
        again = replace(say(state, "help-in-one-up" if state.picture else "help-once-more"), picture=state.picture)
        return Become(replace(state, helped=2), (again,))
    return WithStaff("stuck", resume=replace(state, helped=0))


def silence(state: Waiting, silent: Overdue) -> Next:
    """Nobody answers: one friendly word, then the ladder goes on, that of nudges or that of a first time."""
    if not state.nudged:
        return Become(replace(state, nudged=1), ask(state, "nudge"))
    if first_sync.is_first(state):
        return first_sync.another_word(state)
    return climb(state, silent, resume=replace(state, nudged=0))


def take_file(state: State, sent: SentFile) -> Next:
    """A photo or a document goes to a person; what we can neither see nor hear gets an honest word."""
    if sent.kind == "spoken":
        return Stay((Transcribe(sent.file, sent.message),))
    if sent.kind in READABLE:
        relay = RelayToStaff(text=sent.caption, kind=sent.kind, file=sent.file)
        return Enter(WithStaff("file", resume=state), before=(Say("file-passed-on"),), after=(relay,))
    return Stay((say(state, "voice-not-heard" if sent.kind == "voice" else "cannot-read"),))


def send_page(state: State, page: State) -> Next:
    """Staff want the client on the secure page now: the step where he is, if it has that page, else a detour."""
    if first_sync.is_first(state):
        return Stay((TellStaff("cannot-nudge"),))
    return state if state.link and state.new_secret == page.new_secret else page


def nudge_now(state: State) -> Next:
    """Staff want the client reminded now: where he is, or with a new offer."""
    if isinstance(state, Snoozed) and first_sync.is_first(state):
        return state.resume
    if isinstance(state, Quiet | Snoozed):
        return Offered()
    return Stay(ask(state) or (TellStaff("cannot-nudge"),))
