"""The rehearsal: what would be said, and why then. The journeys hold it to what the program really does."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.calendars import FrenchCalendars
from bot.domain.calendar import Hours, Rest
from bot.domain.client import ClientFile, Connection, Contact
from bot.domain.ladder import Ladder
from bot.ports import Conversation
from bot.rehearsal import rehearse, why
from flows.deadline import deadline
from flows.effects import OpenCase, Say
from flows.first_sync import Invited, Welcome
from flows.renewal import Offered
from flows.state import NextRung, Quiet, State

PARIS = ZoneInfo("Europe/Paris")
CALENDARS = FrenchCalendars("Europe/Paris")
HOURS = CALENDARS.hours("")
NOW = datetime(2026, 11, 2, 10, tzinfo=PARIS)
ENDS = date(2026, 12, 9)  # a Wednesday


def talk(state: State, ends: date | None = ENDS, hours: Hours = HOURS, now: datetime = NOW) -> Conversation:
    link = Connection(1, 1, "Crédit Rural", expires_on=ends, synchronised=True)
    due = deadline(state.wait(), now, hours, ends)
    return Conversation(1, link, ClientFile(1, "Chez Odette"), Contact(1, "Odette", chat_id=7), state, deadline=due)


def days(state: State, *, seen: bool = True, hours: Hours = HOURS) -> list[tuple[str, str]]:
    planned = rehearse([(talk(state, hours=hours), hours)], NOW, NOW + timedelta(days=90), seen=seen)
    return [
        (
            f"{hours.local(each.at):%d/%m %H:%M}",
            each.effect.text if isinstance(each.effect, Say) else each.effect.cause,
        )
        for each in planned
    ]


def test_a_bank_that_nobody_renews_climbs_the_ladder_and_ends_with_a_person() -> None:
    assert days(Quiet()) == [
        ("25/11 09:30", "renewal-offered"),
        ("02/12 09:30", "renewal-offered"),
        ("07/12 09:30", "renewal-offered"),  # the third day before is a Sunday
        ("08/12 09:30", "renewal-offered"),
        ("09/12 09:30", "renewal-offered"),
        ("11/12 09:30", "renewal-offered"),
        ("14/12 09:30", "renewal-offered"),
        ("16/12 09:30", "with-staff"),
        ("16/12 09:30", "silent"),
    ]


def test_without_an_aggregator_it_is_the_same_ladder() -> None:
    assert days(Quiet(), seen=False) == days(Quiet())


def test_his_closing_day_moves_a_word_to_the_morrow() -> None:
    closed = CALENDARS.hours("", closing_day="mercredi")
    assert days(Quiet(), hours=closed)[:2] == [("26/11 09:30", "renewal-offered"), ("03/12 09:30", "renewal-offered")]


def test_an_invitation_that_nobody_opens_ends_with_a_person() -> None:
    assert days(Invited()) == [("12/11 09:30", "never-linked")]


@given(st.dates(date(2026, 11, 4), date(2027, 10, 1)), st.booleans())
def test_what_is_planned_comes_in_order_at_decent_hours_and_ends(ends: date, seen: bool) -> None:
    begins = talk(Quiet(), ends)
    planned = list(rehearse([(begins, HOURS)], NOW, NOW + timedelta(days=500), seen=seen))
    said = [each.at for each in planned if isinstance(each.effect, Say)]
    assert said == sorted(said)
    assert all(HOURS.works(HOURS.local(at).date()) and HOURS.soon(at) == at for at in said)
    assert isinstance(planned[-1].effect, OpenCase)


def test_why_names_the_rung_and_each_day_that_was_passed_over() -> None:
    asked = talk(Offered(), now=datetime(2026, 12, 2, 10, tzinfo=PARIS))
    reason = why(asked, HOURS)
    assert reason is not None
    assert (reason.rung, reason.passed_over) == (3, ((date(2026, 12, 6), Rest.SUNDAY),))


def test_why_after_the_ladder_is_every_other_day() -> None:
    reason = why(talk(Offered(), now=datetime(2026, 12, 10, 10, tzinfo=PARIS)), HOURS)
    assert reason is not None
    assert (reason.rung, reason.patience) == (None, NextRung(without_a_day=True))


def test_why_where_nothing_is_due_is_nothing() -> None:
    waiting = talk(Quiet(), ends=None)
    assert waiting.deadline is None
    assert why(waiting, HOURS) is None


@pytest.mark.parametrize("closing", ["", "lundi", "mercredi"])
@pytest.mark.parametrize("shift", range(0, 40, 3))
def test_why_never_names_a_rung_that_cannot_have_led_there(closing: str, shift: int) -> None:
    hours = CALENDARS.hours("", closing_day=closing)
    begun = talk(Quiet(), hours=hours, now=NOW + timedelta(days=shift))
    reason = why(begun, hours)
    assert reason is not None
    if reason.rung is None:
        return
    assert begun.deadline is not None
    nominal = datetime.combine(ENDS - timedelta(days=reason.rung), time(0), PARIS)
    assert hours.slot(nominal) == begun.deadline or hours.local(begun.deadline).date() == nominal.date()


def test_a_firm_with_another_ladder_climbs_that_one() -> None:
    hours = replace(HOURS, ladder=Ladder((28, 12, 2), every=1, late=2))
    assert days(Quiet(), hours=hours) == [
        ("12/11 09:30", "renewal-offered"),  # the day before is Armistice Day
        ("27/11 09:30", "renewal-offered"),
        ("07/12 09:30", "renewal-offered"),
        ("08/12 09:30", "renewal-offered"),
        ("09/12 09:30", "renewal-offered"),
        ("10/12 09:30", "renewal-offered"),
        ("11/12 09:30", "with-staff"),
        ("11/12 09:30", "silent"),
    ]
    reason = why(talk(Quiet(), hours=hours), hours)
    assert reason is not None
    assert (reason.rung, reason.passed_over) == (28, ((date(2026, 11, 11), Rest.HOLIDAY),))


def test_a_first_time_that_nobody_goes_on_with_has_its_own_ladder() -> None:
    assert days(Welcome()) == [
        ("03/11 16:00", "first-welcome"),
        ("05/11 16:00", "first-second-word"),
        ("09/11 16:00", "first-last-word"),
        ("12/11 16:00", "with-staff"),
        ("12/11 16:00", "silent"),
    ]
