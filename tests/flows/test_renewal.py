"""The renewal: what follows, row by row."""

from dataclasses import replace

import pytest

from bot.domain.ladder import LADDER, Ladder
from flows.at_the_bank import HOURS_DOWN, ActAtBank, BankDown, BankIsBack
from flows.effects import GoAway, OpenCase, ReadBank, RevokeLinks, Say, TellStaff, UpdateCase
from flows.escalation import WithStaff
from flows.events import Act, Bank, BankSaid, Chose, Event, Gathered, Intent, Overdue, StaffDid, TooSoon, Wrote
from flows.password_change import NewPassword, PasswordExpired
from flows.renewal import (
    Alerted,
    Checking,
    HowLong,
    Looking,
    Offered,
    OfferedAsPromised,
    OutOfOrder,
    Ready,
    Renewed,
    Snoozed,
    StepA,
    StepB,
    When,
)
from flows.state import Quiet, State, UntilSaid
from flows.step import step

OUTAGE = WithStaff("bank-down", resume=Looking(asked=2), discreet=True)

# fmt: off
ROWS: list[tuple[State, Event, State]] = [
    (Quiet(),                   Overdue(14),                       Looking()),
    (Renewed(),                 Overdue(14),                       Looking()),
    (Quiet(),                   BankSaid(Bank.WANTS_CONSENT),      Alerted()),
    (Quiet(),                   BankSaid(Bank.WRONG_PASSWORD),     Alerted()),
    (Quiet(),                   BankSaid(Bank.GONE),               Alerted()),
    (Quiet(),                   BankSaid(Bank.HEALTHY),            Quiet()),
    (Quiet(),                   BankSaid(Bank.EXPIRING),           Quiet()),
    (Checking(refused=1),       BankSaid(Bank.HEALTHY),            Renewed()),
    (Checking(refused=1),       BankSaid(Bank.EXPIRING),           Offered()),
    (Quiet(),                   BankSaid(Bank.PROCESSING),         Quiet()),
    (Quiet(),                   BankSaid(Bank.DOWN),               OutOfOrder()),
    (Quiet(),                   BankSaid(Bank.CANNOT_TELL),        Quiet()),
    (Alerted(),                 Overdue(),                         Looking()),
    (Alerted(asked=2),          Overdue(),                         Looking(asked=2)),
    (OutOfOrder(asked=2),       Overdue(),                         OutOfOrder(asked=2, hours=1)),
    (OutOfOrder(asked=2, hours=47), Overdue(),                     WithStaff("bank-down", resume=Looking(asked=2), discreet=True)),
    (OutOfOrder(hours=9),       BankSaid(Bank.DOWN),               OutOfOrder(hours=9)),
    (OutOfOrder(hours=9),       BankSaid(Bank.PROCESSING),         OutOfOrder(hours=9)),
    (OutOfOrder(asked=2),       BankSaid(Bank.HEALTHY),            Quiet()),
    (OutOfOrder(asked=2),       BankSaid(Bank.RENEWED),            Renewed()),
    (OutOfOrder(asked=2),       BankSaid(Bank.EXPIRING),           Alerted(asked=2)),
    (OutOfOrder(asked=2),       BankSaid(Bank.WANTS_CONSENT),      Alerted(asked=2)),
    (OutOfOrder(asked=2),       BankSaid(Bank.GONE),               Alerted(asked=2)),
    (Looking(asked=2),          BankSaid(Bank.HEALTHY),            Quiet()),
    (Looking(asked=2),          BankSaid(Bank.RENEWED),            Renewed()),
    (Looking(asked=2),          BankSaid(Bank.EXPIRING),           Ready(to=Offered(nudged=2))),
    (Looking(asked=2),          BankSaid(Bank.WANTS_CONSENT),      Ready(to=Offered(nudged=2))),
    (Looking(asked=2),          BankSaid(Bank.WANTS_APPROVAL),     Ready(to=Offered(nudged=2))),
    (Looking(asked=2),          BankSaid(Bank.WANTS_CODE),         Ready(to=Offered(nudged=2))),
    (Looking(asked=2),          BankSaid(Bank.CANNOT_TELL),        Ready(to=Offered(nudged=2))),
    (Looking(asked=2),          BankSaid(Bank.WRONG_PASSWORD),     Ready(to=NewPassword(resume=Checking(refused=1), nudged=2))),
    (Looking(asked=2),          BankSaid(Bank.PASSWORD_EXPIRED),   Ready(to=PasswordExpired(resume=Checking(refused=1), nudged=2))),
    (Looking(asked=2),          BankSaid(Bank.WANTS_ACTION),       Ready(to=ActAtBank(resume=Checking(), nudged=2))),
    (Looking(asked=2),          BankSaid(Bank.DOWN),               OutOfOrder(asked=2)),
    (Looking(asked=2),          BankSaid(Bank.GONE),               WithStaff("bank-gone", resume=Looking(), discreet=True)),
    (Looking(asked=2),          BankSaid(Bank.UNKNOWN),            WithStaff("bank-unknown", resume=Looking(), discreet=True)),
    (Looking(asked=2),          BankSaid(Bank.UNSUPPORTED),        WithStaff("bank-unsupported", resume=Looking(), discreet=True)),
    (Looking(asked=2),          BankSaid(Bank.PROCESSING),         Looking(asked=2)),
    (Looking(asked=2),          Overdue(),                         Looking(asked=2, tries=1)),
    (Looking(asked=2, tries=3), Overdue(),                         Ready(to=Offered(nudged=2))),
    (Looking(ahead=2),          BankSaid(Bank.EXPIRING),           Ready(to=Offered(ahead=2), ahead=2)),
    (Looking(promised=True),    BankSaid(Bank.EXPIRING),           Offered()),
    (Ready(to=Offered(nudged=2)), Overdue(),                       Offered(nudged=2)),
    (Ready(to=Offered(nudged=2)), Gathered(),                      Offered(nudged=2)),
    (Ready(to=Offered(nudged=2)), TooSoon(),                       Alerted(asked=2)),
    (Ready(to=Offered(ahead=2), ahead=2), TooSoon(),               Alerted(ahead=2)),
    (Ready(to=Offered()),       BankSaid(Bank.HEALTHY),            Quiet()),
    (Ready(to=Offered(nudged=2)), BankSaid(Bank.DOWN),             OutOfOrder(asked=2)),
    (Ready(to=Offered()),       BankSaid(Bank.RENEWED),            Renewed()),
    (Alerted(asked=2, ahead=1), Overdue(),                         Looking(asked=2, ahead=1)),
    (Quiet(),                   Overdue(10, ahead=3),              Looking(ahead=3)),
    (Offered(nudged=1),         Overdue(10, ahead=3),              Looking(asked=2, ahead=3)),
    (Offered(),                 Chose("start"),                    StepA()),
    (Offered(),                 Chose("later"),                    When()),
    (Offered(nudged=3),         BankSaid(Bank.WANTS_CONSENT),      Offered(nudged=3)),
    (Offered(nudged=3),         Overdue(3),                        Looking(asked=4)),
    (Offered(nudged=3),         Overdue(None),                     Looking(asked=4)),
    (Offered(nudged=7),         Overdue(None),                     WithStaff("silent", resume=StepA())),
    (Offered(),                 Overdue(-6),                       WithStaff("silent", resume=StepA())),
    (BankIsBack(resume=Checking()), Chose("start"),                StepA()),
    (BankIsBack(resume=Checking()), Chose("later"),                When()),
    (StepA(),                   Chose("later"),                    When()),
    (StepA(),                   Chose("there"),                    StepB()),
    (StepA(),                   BankSaid(Bank.WRONG_PASSWORD),     NewPassword(resume=Checking(refused=1))),
    (StepB(),                   BankSaid(Bank.WRONG_PASSWORD),     NewPassword(resume=Checking(refused=1))),
    (StepB(),                   Chose("done"),                     Checking()),
    (StepB(),                   Chose("password-changed"),         NewPassword(resume=Checking(refused=1))),
    (StepB(),                   BankSaid(Bank.RENEWED),            Renewed()),
    (When(),                    Chose("start"),                    StepA()),
    (When(),                    Chose("this-evening"),             Snoozed(moment="this-evening", promises=1)),
    (When(),                    Chose("next-week"),                Snoozed(moment="next-week", promises=1)),
    (When(),                    Overdue(),                         Snoozed(moment="tomorrow")),
    (Snoozed(),                 Chose("start"),                    StepA()),
    (Snoozed(),                 Overdue(),                         Looking(promised=True)),
    (Looking(promised=True),    BankSaid(Bank.DOWN),               BankDown(resume=StepA())),
    (Looking(promised=True),    BankSaid(Bank.GONE),               WithStaff("bank-gone", resume=Looking())),
    (Snoozed(),                 BankSaid(Bank.WANTS_CONSENT),      Snoozed()),
    (Checking(tries=4),         BankSaid(Bank.RENEWED),            Renewed()),
    (Checking(),                BankSaid(Bank.CANNOT_TELL),        WithStaff("confirm", resume=StepA())),
    (Alerted(),                 BankSaid(Bank.RENEWED),            Renewed()),
    (OUTAGE,                    BankSaid(Bank.DOWN),               OUTAGE),
    (OUTAGE,                    BankSaid(Bank.PROCESSING),         OUTAGE),
    (OUTAGE,                    BankSaid(Bank.HEALTHY),            Quiet()),
    (OUTAGE,                    BankSaid(Bank.RENEWED),            Renewed()),
    (OUTAGE,                    BankSaid(Bank.EXPIRING),           Alerted(asked=2)),
    (replace(OUTAGE, taken_by="Anne"), BankSaid(Bank.HEALTHY),     replace(OUTAGE, taken_by="Anne")),
    (replace(OUTAGE, discreet=False),  BankSaid(Bank.HEALTHY),     replace(OUTAGE, discreet=False)),
    (Snoozed(promises=1),          Overdue(),                      Looking(promised=True, promises=1)),
    (Looking(promised=True, promises=1),          BankSaid(Bank.EXPIRING),        OfferedAsPromised(promises=1)),
    (OfferedAsPromised(),          Chose("later"),                 When(promises=1)),
    (OfferedAsPromised(),          Chose("start"),                 StepA(promises=1)),
    (StepA(promises=1),            Chose("later"),                 When(promises=1)),
    (StepA(promises=1),            Wrote(Intent.LATER),            When(promises=1)),
    (When(promises=1),             Chose("tomorrow"),              Snoozed(promises=2)),
    (When(promises=2),             Chose("tomorrow"),              Snoozed(promises=2)),
    (When(promises=1),             Chose("start"),                 StepA(promises=1)),
    (When(promises=1),             Overdue(),                      Snoozed()),
    (Looking(promises=2),          BankSaid(Bank.EXPIRING),        WithStaff("promise", resume=StepA())),
    (Looking(promises=2),          BankSaid(Bank.WRONG_PASSWORD),  WithStaff("promise", resume=StepA())),
    (Looking(promises=2),          BankSaid(Bank.HEALTHY),         Quiet()),
    (When(promises=1),             Chose("away"),                  HowLong(promises=1)),
    (HowLong(promises=1),          Chose("two-weeks"),             Snoozed(moment="away")),
    (HowLong(promises=1),          Chose("start"),                 StepA(promises=1)),
    (Offered(),                    Wrote(Intent.AWAY),             HowLong()),
    (Snoozed(moment="away"),       Chose("start"),                 StepA()),
    (WithStaff("confirm", resume=StepA()), StaffDid(Act.CONFIRMED, "Anne"),      Renewed()),
    (WithStaff("confirm", resume=StepA()), StaffDid(Act.NOT_CONFIRMED, "Anne"),  StepA()),
]
# fmt: on


@pytest.mark.parametrize(("state", "event", "after"), ROWS)
def test_what_follows(state: State, event: Event, after: State) -> None:
    assert step(state, event).state == after


def test_the_bank_is_read_before_the_client_is_disturbed() -> None:
    assert step(Quiet(), Overdue(14)).effects == (ReadBank(),)
    assert step(Alerted(), Overdue()).effects == (ReadBank(),)
    assert step(Offered(), Overdue(7)).effects == (ReadBank(),)


def test_a_bank_that_needs_nothing_disturbs_nobody() -> None:
    assert step(Looking(), BankSaid(Bank.HEALTHY)).effects == ()
    assert step(Looking(), BankSaid(Bank.DOWN)).effects == ()
    assert step(Quiet(), BankSaid(Bank.DOWN)).effects == ()
    assert step(OutOfOrder(), Overdue()).effects == (ReadBank(),)
    assert step(OutOfOrder(), BankSaid(Bank.HEALTHY)).effects == ()


def test_an_outage_that_staff_left_alone_ends_by_itself() -> None:
    assert step(OUTAGE, BankSaid(Bank.HEALTHY)).effects == (UpdateCase("bank-back"),)


def test_who_named_the_moment_hears_that_his_bank_is_down() -> None:
    assert step(Looking(promised=True), BankSaid(Bank.DOWN)).effects == (Say("bank-down"),)


def test_who_is_away_is_left_in_peace_for_as_long_as_he_says_and_who_begins_is_back() -> None:
    assert step(HowLong(), Chose("two-weeks")).effects[0] == GoAway(14)
    assert step(Snoozed(moment="away"), Chose("start")).effects[0] == GoAway(0)
    assert GoAway(0) not in step(Snoozed(), Chose("start")).effects


@pytest.mark.parametrize("answer", [Bank.UNSUPPORTED, Bank.GONE, Bank.UNKNOWN])
def test_what_only_staff_can_mend_is_told_to_staff_only(answer: Bank) -> None:
    state: State = Quiet()
    for event in (BankSaid(answer), Overdue()):
        state = step(state, event).state
    assert step(state, BankSaid(answer)).effects == (OpenCase(f"bank-{answer.value}"), RevokeLinks())


def test_a_bank_that_stays_down_while_nobody_waits_for_it_is_told_to_staff_only() -> None:
    state, effects = step(Quiet(), BankSaid(Bank.DOWN)).state, []
    for _ in range(HOURS_DOWN):
        taken = step(state, Overdue())
        state = taken.state
        effects += taken.effects
    assert effects == [ReadBank()] * (HOURS_DOWN - 1) + [OpenCase("bank-down"), RevokeLinks()]


def test_an_offer_is_unasked_for_and_so_leaves_at_most_once() -> None:
    assert step(Looking(), BankSaid(Bank.EXPIRING)).effects == ()
    assert step(Ready(to=Offered()), Overdue()).effects == (
        Say("renewal-offered", choices=("start", "later", "why", "not-me", "other"), nudge=True),
    )


def test_whatever_the_bank_wants_he_is_told_of_it_unasked() -> None:
    ready = step(Looking(), BankSaid(Bank.WRONG_PASSWORD)).state
    (told,) = step(ready, Overdue()).effects
    assert isinstance(told, Say)
    assert (told.text, told.link, told.nudge) == ("new-password", "open", True)


def test_a_moment_that_he_named_is_no_nudge_and_waits_for_no_other_bank() -> None:
    assert step(Looking(promised=True), BankSaid(Bank.EXPIRING)).effects == (
        Say("renewal-offered", choices=("start", "later", "why", "not-me", "other")),
    )


def test_of_a_bank_that_goes_into_one_message_with_others_nothing_is_said_by_itself() -> None:
    assert step(Ready(to=Offered()), Gathered()).effects == ()
    assert step(Ready(to=Offered()), TooSoon()).effects == ()


def test_the_steps_show_their_pictures() -> None:
    assert step(Offered(), Chose("start")).effects == (
        Say("renewal-step-a", choices=("there", "later", "stuck"), picture="step-a"),
    )
    assert step(StepA(), Chose("there")).effects == (
        Say("renewal-step-b", choices=("done", "password-changed", "stuck"), picture="step-b"),
    )


def test_done_is_a_claim_and_the_bank_proves_it() -> None:
    assert step(StepB(), Chose("done")).effects == (Say("renewal-checking"), ReadBank())


def test_the_receipt_goes_to_the_client_and_staff_hear_of_it() -> None:
    assert step(Checking(), BankSaid(Bank.RENEWED)).effects == (Say("renewal-done"), TellStaff("renewed"))


def test_staff_who_confirm_close_the_case_in_their_name() -> None:
    confirmed = step(WithStaff("confirm", resume=StepA()), StaffDid(Act.CONFIRMED, "Anne"))
    assert confirmed.effects == (UpdateCase("renewed", "Anne"), Say("renewal-done"), TellStaff("renewed"))


def test_without_a_view_of_the_bank_a_person_confirms() -> None:
    assert step(Checking(), BankSaid(Bank.CANNOT_TELL)).effects == (
        Say("waiting-for-confirmation"), OpenCase("confirm"), RevokeLinks(),
    )  # fmt: skip


def test_a_client_whose_renewal_staff_cannot_see_starts_again_and_can_still_succeed() -> None:
    state = step(WithStaff("confirm", resume=StepA()), StaffDid(Act.NOT_CONFIRMED, "Anne")).state
    for event in (Chose("there"), Chose("done"), BankSaid(Bank.RENEWED)):
        state = step(state, event).state
    assert state == Renewed()


def test_the_ladder_has_as_many_rungs_as_promised() -> None:
    state: State = Looking()
    offers = 0
    while not isinstance(state, WithStaff):
        taken = step(state, BankSaid(Bank.EXPIRING) if isinstance(state, Looking) else Overdue(None))
        offers += sum(isinstance(effect, Say) and effect.nudge for effect in taken.effects)
        state = taken.state
    assert offers == LADDER.most == 8


@pytest.mark.parametrize(
    ("ladder", "asked"),
    [
        (Ladder((10, 5), every=3, late=7), 2 + 4),  # J-10, J-5, J-2, J+1, J+4, J+7
        (Ladder((0,), every=1, late=1), 2),
        (Ladder((21, 14, 7, 3, 1, 0), every=7, late=14), 8),
    ],
)
def test_a_firm_climbs_its_own_ladder(ladder: Ladder, asked: int) -> None:
    assert ladder.most == asked
    last = Offered(nudged=asked - 1)
    assert step(last, Overdue(None, ladder)).state == WithStaff("silent", resume=StepA())
    assert step(Offered(), Overdue(-ladder.late, ladder)).state == WithStaff("silent", resume=StepA())
    assert step(Offered(), Overdue(1 - ladder.late, ladder)).state == (
        Looking(asked=1) if asked > 1 else WithStaff("silent", resume=StepA())
    )


def test_a_wrong_password_does_not_start_the_ladder_anew() -> None:
    state = step(step(Looking(asked=5), BankSaid(Bank.WRONG_PASSWORD)).state, Overdue(None)).state
    assert step(state, Overdue(None)).state == Looking(asked=6)


@pytest.mark.parametrize("moment", ["this-evening", "tomorrow", "next-week"])
def test_the_client_is_left_in_peace_until_the_moment_he_named(moment: str) -> None:
    snoozed = step(When(), Chose(moment)).state
    assert snoozed.wait() == UntilSaid(moment)


def test_a_bank_we_are_not_asking_disturbs_no_offer() -> None:
    for answer in set(Bank) - {Bank.RENEWED}:
        assert not step(Offered(nudged=2), BankSaid(answer)).moved
        assert not step(Snoozed(), BankSaid(answer)).moved
