"""Decent hours: no nudge on a Sunday, a holiday, at night or during a service, whatever the zone and the season."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.calendars import FrenchCalendars
from bot.domain.calendar import FREE, LATEST, MORNING, SLOTS, Hours, free, read_clock, read_services, read_slots
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


# What a firm and its clients set


CLOCKS = st.times().map(lambda at: at.replace(second=0, microsecond=0))
SERVICES = st.lists(st.tuples(CLOCKS, CLOCKS).filter(lambda span: span[0] < span[1]), max_size=3).map(tuple)


def test_what_the_services_leave_is_what_it_always_was() -> None:
    assert ((time(8), time(11)), (time(15), time(18, 30))) == FREE


@given(SERVICES, CLOCKS)
def test_the_free_moments_are_those_of_the_day_that_no_service_takes(
    services: tuple[tuple[time, time], ...], at: time
) -> None:
    served = any(begin <= at < end for begin, end in services)
    is_free = any(begin <= at < end for begin, end in free(services))
    assert is_free == (MORNING <= at < LATEST and not served)


@given(MOMENTS, st.sampled_from(ZONES), st.integers(0, 6), st.dates(date(2026, 1, 1), date(2027, 12, 31)))
def test_nobody_is_disturbed_on_his_closing_day_or_in_his_own_holidays(
    after: datetime, zone: str, closed: int, away_until: date
) -> None:
    hours = Hours(ZoneInfo(zone), closing_day=closed, away_until=away_until)
    for moment in (hours.slot(after), hours.soon(after)):
        day = hours.local(moment).date()
        assert moment >= after
        assert day.weekday() not in (6, closed)
        assert day > away_until


def test_his_closing_day_is_a_banking_day_and_a_public_holiday_is_none() -> None:
    hours = CALENDARS.hours("", closing_day="mardi", away_until=date(2026, 11, 27))
    tuesday, armistice = date(2026, 11, 24), date(2026, 11, 11)
    assert (hours.works(tuesday), hours.is_banking_day(tuesday)) == (False, True)
    assert not hours.is_banking_day(armistice)
    assert not hours.is_banking_day(date(2026, 11, 28))


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("America/Guadeloupe", date(2026, 5, 27)),  # the abolition of slavery, each on its own day
        ("America/Martinique", date(2026, 5, 22)),
        ("America/Cayenne", date(2026, 6, 10)),
        ("Indian/Reunion", date(2026, 12, 20)),
        ("Indian/Mayotte", date(2026, 4, 27)),
    ],
)
def test_overseas_has_its_own_public_holidays(zone: str, day: date) -> None:
    assert day in CALENDARS.hours(zone).holidays
    assert day not in CALENDARS.hours("Europe/Paris").holidays
    assert date(2026, 7, 14) in CALENDARS.hours(zone).holidays


def test_a_house_without_evening_service_is_reminded_in_the_evening() -> None:
    services = read_services("12h-14h30")
    calendars = FrenchCalendars("Europe/Paris", services, read_slots("11:30, 19h", services))
    assert calendars.hours("").slot(on("2026-11-20", 12)) == on("2026-11-20", 19)
    assert calendars.hours("").soon(on("2026-11-20", 20, 29)) == on("2026-11-20", 20, 29)
    assert calendars.hours("").soon(on("2026-11-20", 20, 30)) == on("2026-11-21", 11, 30)


@pytest.mark.parametrize("written", ["", "25:00", "9.30", "9:", "midi", "9:3", "-9:30", "9:30 "])
def test_a_clock_is_read_or_refused_with_an_example(written: str) -> None:
    if written.strip() == "9:30":
        assert read_clock(written) == time(9, 30)
    else:
        with pytest.raises(BadInput, match="9:30"):
            read_clock(written)


def test_services_that_leave_no_moment_are_refused() -> None:
    with pytest.raises(BadInput, match="aucun moment libre"):
        read_services("7:00-23:00")
    assert read_services("") == ()


@pytest.mark.parametrize("written", ["12:00", "7:30", "20:30", "11:00", ""])
def test_a_slot_in_a_service_or_at_night_is_refused(written: str) -> None:
    with pytest.raises(BadInput):
        read_slots(written, read_services("11:00-15:00"))
