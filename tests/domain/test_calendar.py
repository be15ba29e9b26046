"""Decent hours: no nudge on a Sunday, a holiday, at night or during a service, whatever the zone and the season."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.calendars import FrenchCalendars
from bot.domain.calendar import SLOTS, Hours
from bot.domain.errors import BadInput

ZONES = ("Europe/Paris", "Indian/Reunion", "America/Martinique", "America/Cayenne", "Pacific/Noumea")
CALENDARS = FrenchCalendars("Europe/Paris")
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2031, 12, 31), timezones=st.just(UTC))
PARIS = ZoneInfo("Europe/Paris")


def on(day: str, hour: int = 0, minute: int = 0, zone: ZoneInfo = PARIS) -> datetime:
    return datetime.combine(datetime.fromisoformat(day), time(hour, minute), zone)


@given(MOMENTS, st.sampled_from(ZONES))
def test_a_slot_is_a_decent_moment_of_a_working_day_and_the_first_one(after: datetime, zone: str) -> None:
    hours = CALENDARS.hours(zone)
    slot = hours.slot(after)
    local = hours.local(slot)
    assert slot >= after
    assert local.time() in SLOTS
    assert hours.works(local.date())
    assert local.weekday() != 6
    earlier = [
        datetime.combine(local.date() - timedelta(days=back), at, hours.zone) for back in (0, 1) for at in SLOTS
    ]
    assert all(each < after or each >= slot or not hours.works(each.date()) for each in earlier)


@given(MOMENTS, st.sampled_from(ZONES))
def test_soon_is_that_very_moment_or_a_slot(moment: datetime, zone: str) -> None:
    hours = CALENDARS.hours(zone)
    soon = hours.soon(moment)
    assert soon >= moment
    assert soon == moment or soon == hours.slot(moment)
    local = hours.local(soon)
    assert hours.works(local.date())
    assert time(8) <= local.time() < time(11) or time(15) <= local.time() < time(18, 30)


@given(MOMENTS, st.sampled_from(ZONES))
def test_a_slot_is_never_far(after: datetime, zone: str) -> None:
    assert CALENDARS.hours(zone).slot(after) - after <= timedelta(days=4), "two holidays around a Sunday, at most"


@pytest.mark.parametrize(
    ("after", "slot"),
    [
        (on("2026-03-27", 16, 1), on("2026-03-28", 9, 30)),
        (on("2026-03-28", 20), on("2026-03-30", 9, 30)),  # the clocks go forward in between
        (on("2026-10-24", 20), on("2026-10-26", 9, 30)),  # and back
        (on("2026-12-24", 17), on("2026-12-26", 9, 30)),  # Christmas
        (on("2026-05-13", 17), on("2026-05-15", 9, 30)),  # Ascension Day
        (on("2026-11-20", 9, 30), on("2026-11-20", 9, 30)),
        (on("2026-11-20", 9, 31), on("2026-11-20", 16)),
    ],
)
def test_known_days(after: datetime, slot: datetime) -> None:
    assert CALENDARS.hours("").slot(after) == slot


def test_summer_and_winter_are_the_same_on_the_clients_clock() -> None:
    hours = CALENDARS.hours("")
    assert hours.slot(on("2026-03-28")).astimezone(UTC).time() == time(8, 30)
    assert hours.slot(on("2026-03-30")).astimezone(UTC).time() == time(7, 30)


@pytest.mark.parametrize(("zone", "utc"), [("Indian/Reunion", time(5, 30)), ("America/Martinique", time(13, 30))])
def test_overseas_the_morning_is_the_local_one(zone: str, utc: time) -> None:
    hours = CALENDARS.hours(zone)
    assert hours.slot(datetime(2026, 7, 7, tzinfo=hours.zone)).astimezone(UTC).time() == utc


@pytest.mark.parametrize(("hour", "awake"), [(7, False), (8, True), (12, True), (21, True), (22, False), (3, False)])
def test_by_night_nothing_rings(hour: int, awake: bool) -> None:
    assert CALENDARS.hours("").awake(on("2026-11-20", hour)) is awake


def test_a_client_file_without_a_zone_keeps_the_firms() -> None:
    assert CALENDARS.hours("").zone == PARIS
    assert Hours(PARIS) == CALENDARS.hours("Europe/Paris")


@pytest.mark.parametrize("name", ["Europe/Pari", "Paris", "../../etc/passwd", "/etc/localtime"])
def test_an_unknown_zone_is_refused_with_an_example(name: str) -> None:
    with pytest.raises(BadInput, match="Europe/Paris"):
        FrenchCalendars(name)
