"""Decent hours, whatever a firm and its clients set: ten years, every time zone of France, both changes of clocks."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.calendars import OVERSEAS, WEEKDAYS, FrenchCalendars, public_holidays
from bot.domain.calendar import LATEST, MORNING, SERVICES, Hours, free
from bot.domain.ladder import LADDER
from flows.deadline import APART, deadline, next_rung, said_moment
from flows.state import DecentlyAfter, NextRung, Soon, UntilSaid

ZONES = ("Europe/Paris", *OVERSEAS)
FIRST, LAST = date(2025, 1, 1), date(2034, 12, 31)
DAY = timedelta(days=1)
REST = timedelta(days=12)
"""More days of rest in a row than holidays, Sundays and a closing day can make of themselves."""


def offset(moment: datetime, place: ZoneInfo) -> timedelta | None:
    return moment.astimezone(place).utcoffset()


def hourly(moment: datetime) -> Iterator[datetime]:
    return (moment + timedelta(hours=each) for each in range(25))


@cache
def changes(zone: str) -> tuple[datetime, ...]:
    """The moments at which the clocks of a zone go forward or back, to the hour."""
    moment, found = datetime(FIRST.year, 1, 1, tzinfo=UTC), []
    place = ZoneInfo(zone)
    while moment.date() <= LAST:
        following = moment + DAY
        if offset(moment, place) != offset(following, place):
            found.append(next(each for each in hourly(moment) if offset(each, place) != offset(moment, place)))
        moment = following
    return tuple(found)


CHANGES = tuple(change for zone in ZONES for change in changes(zone))
MOMENTS = st.one_of(
    st.datetimes(datetime(2025, 1, 1), datetime(2034, 12, 31), timezones=st.just(UTC)),
    st.builds(
        lambda change, minutes: change + timedelta(minutes=minutes),
        st.sampled_from(CHANGES),
        st.integers(-36 * 60, 36 * 60),
    ),
)
QUARTERS = [time(hour, minute) for hour in range(24) for minute in (0, 15, 30, 45)]
CLOCKS = st.sampled_from(QUARTERS)
SPANS = st.tuples(CLOCKS, CLOCKS).filter(lambda span: span[0] < span[1])
SERVED = st.one_of(
    st.sampled_from((SERVICES, (), ((time(17), time(22)),))),
    st.lists(SPANS, max_size=3).map(lambda spans: tuple(sorted(spans))).filter(free),
)


@st.composite
def houses(draw: st.DrawFn) -> Hours:
    """The hours of a client file, as its firm and he may have set them."""
    zone, services = draw(st.sampled_from(ZONES)), draw(SERVED)
    possible = [each for each in QUARTERS if any(begin <= each < end for begin, end in free(services))]
    slots = draw(st.lists(st.sampled_from(possible), min_size=1, max_size=3, unique=True).map(sorted))
    calendars = FrenchCalendars("Europe/Paris", services, slots)
    closed = draw(st.sampled_from(("", *WEEKDAYS)))
    away = draw(st.none() | st.dates(FIRST, LAST))
    return calendars.hours(zone, closed, away)


def is_decent(moment: datetime, hours: Hours) -> bool:
    """By day, in no service, on no day of rest, on the client's own clock. Written out, so as not to ask the code."""
    local = hours.local(moment)
    day, at = local.date(), local.time()
    rests = (
        day.weekday() == 6
        or day.weekday() == hours.closing_day
        or day in public_holidays(str(hours.zone))
        or (hours.away_until is not None and day <= hours.away_until)
    )
    served = any(begin <= at < end for begin, end in hours.services)
    return not rests and not served and MORNING <= at < LATEST


def slots_between(after: datetime, before: datetime, hours: Hours) -> Iterator[datetime]:
    """Each slot of each day that lies between two moments, decent or not."""
    day = hours.local(after).date()
    while day <= hours.local(before).date():
        for at in hours.slots:
            slot = datetime.combine(day, at, hours.zone).astimezone(UTC)
            if after <= slot < before:
                yield slot
        day += DAY


def returns(hours: Hours, moment: datetime) -> datetime:
    """When the client is back, or that very moment."""
    if hours.away_until is None:
        return moment
    return max(moment, datetime.combine(hours.away_until, time(0), hours.zone).astimezone(UTC))


def test_the_clocks_change_twice_a_year_where_they_do() -> None:
    assert len(changes("Europe/Paris")) == 20
    assert len(changes("America/Miquelon")) == 20
    assert [zone for zone in ZONES if changes(zone)] == ["Europe/Paris", "America/Miquelon"]


@given(MOMENTS, houses())
def test_a_slot_is_the_first_decent_one_and_never_far(after: datetime, hours: Hours) -> None:
    slot = hours.slot(after)
    assert slot >= after
    assert is_decent(slot, hours)
    assert hours.local(slot).time() in hours.slots
    assert not [each for each in slots_between(after, slot, hours) if is_decent(each, hours)]
    assert slot - returns(hours, after) < REST
    assert hours.slot(slot) == slot, "asked again at that moment, it is now"


@given(MOMENTS, houses())
def test_soon_is_at_once_or_the_first_slot(moment: datetime, hours: Hours) -> None:
    soon = hours.soon(moment)
    assert is_decent(soon, hours)
    assert soon == (moment if is_decent(moment, hours) else hours.slot(moment))


@given(MOMENTS, houses(), st.integers(0, 60))
def test_the_slot_of_a_later_moment_is_no_sooner(moment: datetime, hours: Hours, span: int) -> None:
    assert hours.slot(moment) <= hours.slot(moment + timedelta(hours=span))


@given(MOMENTS, houses(), st.integers(0, 14 * 24))
def test_whatever_is_to_be_decent_is(now: datetime, hours: Hours, span: int) -> None:
    for patience in (DecentlyAfter(timedelta(hours=span)), Soon(timedelta(hours=span))):
        at = deadline(patience, now, hours, None)
        assert at is not None
        assert at >= now + timedelta(hours=span)
        assert is_decent(at, hours)


@given(MOMENTS, houses(), st.integers(-40, 200))
def test_the_next_rung_is_the_first_that_keeps_its_distance(now: datetime, hours: Hours, far: int) -> None:
    expires_on = hours.local(now).date() + timedelta(days=far)
    at = next_rung(now, hours, expires_on)
    assert at - now >= APART
    assert is_decent(at, hours)
    for rung in LADDER.rungs:
        slot = hours.slot(datetime.combine(expires_on - timedelta(days=rung), time(0), hours.zone))
        if slot - now >= APART:
            assert at == slot
            return
    assert now + LADDER.between - timedelta(hours=4) <= at
    assert at - returns(hours, now) < LADDER.between + REST


@given(MOMENTS, houses(), st.integers(1, 200))
def test_climbing_ends_after_the_day_and_never_hurries(begun: datetime, hours: Hours, far: int) -> None:
    now, expires_on = begun, hours.local(begun).date() + timedelta(days=far)
    for _ in range(len(LADDER.rungs) + 1):
        at = deadline(NextRung(), now, hours, expires_on)
        assert at is not None
        assert at - now >= APART
        assert is_decent(at, hours)
        now = at
    assert hours.local(now).date() >= expires_on, "each rung is used once at most"


@given(MOMENTS, houses(), st.sampled_from(("this-evening", "tomorrow", "next-week")))
def test_the_moment_he_named_is_decent_whatever_the_services(now: datetime, hours: Hours, named: str) -> None:
    at = said_moment(named, now, hours)
    assert at == deadline(UntilSaid(named), now, hours, None)
    assert at > now
    assert is_decent(at, hours)
    days = (hours.local(at).date() - hours.local(now).date()).days
    assert days > 0 or named == "this-evening"
    assert at - returns(hours, now) < 7 * DAY + REST


@given(houses())
def test_the_free_spans_are_apart_and_in_order(hours: Hours) -> None:
    edges = [edge for span in free(hours.services) for edge in span]
    assert edges == sorted(edges)
    assert edges[0] >= MORNING
    assert edges[-1] <= LATEST
