"""The digest: when it is due, what it says, and its pictures."""

import io
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from bot.adapters.calendars import FrenchCalendars
from bot.adapters.database.board import Urgency
from bot.adapters.pictures import BLUE, COLOURS, GREEN, GREY, INK, ORANGE, VERMILION, drawn
from bot.adapters.slack_cards import digest
from bot.adapters.texts import Texts
from bot.digest import SHOWN, WEEKS_AHEAD, Figures, Morning, Waits, due, upcoming
from bot.domain.calendar import read_digest
from bot.domain.errors import BadInput
from bot.morning import told
from bot.sandbox.slack.blocks import faults_of_blocks

PARIS = ZoneInfo("Europe/Paris")
OFFICE = FrenchCalendars("Europe/Paris").office
TEXTS = Texts()
MONDAY = date(2026, 11, 23)
WEEKS = tuple((MONDAY + timedelta(weeks=each), each) for each in range(WEEKS_AHEAD))
QUIET = Figures(urgency={"FINE": 3}, weeks=tuple((week, 0) for week, _ in WEEKS))
LONG = "W" * 200
BUSY = Figures(
    renewed=(1, 4, -1, 2),
    connected=1,
    lapsed=tuple((f"Auberge {number}", "CIC") for number in range(12)),
    linked=2,
    cases=3,
    sent=5,
    answered=4,
    waiting=tuple(Waits("Le Zinc", "CIC", "stuck", datetime(2026, 11, 20, tzinfo=PARIS), "") for _ in range(14)),
    urgency={each.name: 100 * each + 1 for each in Urgency},
    weeks=WEEKS,
    late=2,
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def morning(text: str = "2026-11-24 08:30") -> Morning:
    found = due(at(text), time(8, 30), OFFICE)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("now", "since", "pace"),
    [
        ("2026-11-24 08:30", "2026-11-23 08:30", "day"),
        ("2026-11-24 19:59", "2026-11-23 08:30", "day"),
        ("2026-11-23 09:00", "2026-11-16 08:30", "week"),
        ("2027-03-30 09:00", "2027-03-23 08:30", "week"),  # the Tuesday after Easter
        ("2026-11-12 09:00", "2026-11-10 08:30", "day"),  # after the 11 November
    ],
)
def test_what_a_digest_tells_of(now: str, since: str, pace: str) -> None:
    found = morning(now)
    assert (found.since, found.pace) == (at(since), pace)
    assert found.until == at(now).replace(hour=8, minute=30)


@pytest.mark.parametrize(
    "now", ["2026-11-24 08:29", "2026-11-24 20:00", "2026-11-28 09:00", "2026-11-29 09:00", "2026-12-25 09:00"]
)
def test_nothing_before_its_hour_by_night_or_on_a_day_of_rest(now: str) -> None:
    assert due(at(now), time(8, 30), OFFICE) is None


@pytest.mark.parametrize(
    ("now", "following"),
    [
        ("2026-11-24 08:29", "2026-11-24 08:30"),
        ("2026-11-24 08:30", "2026-11-25 08:30"),
        ("2026-11-27 12:00", "2026-11-30 08:30"),
        ("2026-12-24 12:00", "2026-12-28 08:30"),
    ],
)
def test_the_next_one(now: str, following: str) -> None:
    assert upcoming(at(now), time(8, 30), OFFICE) == at(following)


def test_a_morning_is_known_by_its_day() -> None:
    assert morning("2026-11-24 08:30").key == morning("2026-11-24 15:00").key == "digest:2026-11-24"


def test_the_hour_as_a_firm_writes_it() -> None:
    assert read_digest("8h15") == time(8, 15)
    assert read_digest("  ") is None
    with pytest.raises(BadInput):
        read_digest("le matin")


def test_a_busy_morning_in_words() -> None:
    said = "\n".join(f"{title}\n" + "\n".join(lines) for title, lines in told(BUSY, morning(), TEXTS))
    for words in (
        "Le point du 24 novembre 2026",
        "4 renouvellements faits, la moitié en 2 j au plus",
        "Une première synchronisation faite",
        "12 banques se sont arrêtées",
        "Auberge 9 (CIC) et 2 de plus",
        "14 demandes attendent",
        "À prendre, depuis 4 jours",
        "… et 4 autres.",
        "5 relances parties, réponses\N{NO-BREAK SPACE}: 4",
        "28 renouvellements dans les huit semaines à venir",
        "2 déjà arrêtées",
        "semaine du 11 janvier 2027\N{NO-BREAK SPACE}: 7",
    ):
        assert words in said


def test_a_quiet_morning_is_short() -> None:
    assert told(QUIET, morning(), TEXTS) == [
        ("Bonjour\N{NARROW NO-BREAK SPACE}! Le point du 24 novembre 2026", ["Rien n’a changé."]),
        ("Personne n’attend de réponse.", []),
        ("Aucun renouvellement dans les huit semaines à venir", []),
    ]


@pytest.mark.parametrize(
    ("renewed", "middle"), [((), None), ((-1,), None), ((0,), 0), ((1, 4), 2.5), ((3, -1, 1, 2), 2)]
)
def test_the_median_counts_only_who_was_nudged(renewed: tuple[int, ...], middle: float | None) -> None:
    assert Figures(renewed=renewed).median_days == middle


def test_the_longest_digest_is_a_message_that_slack_takes() -> None:
    waits = tuple(Waits(LONG, LONG, "bank-changed", datetime(2026, 1, 1, tzinfo=PARIS), "W" * 40) for _ in range(900))
    longest = Figures(
        renewed=(400,) * 900, connected=900, lapsed=((LONG, LONG),) * 900, linked=900, cases=900, sent=5000,
        answered=5000, waiting=waits, urgency=BUSY.urgency, weeks=WEEKS, late=900,
    )  # fmt: skip
    parts = told(longest, morning("2026-11-23 09:00"), TEXTS)
    assert faults_of_blocks(digest(parts)["blocks"]) == []
    assert all(len(lines) <= SHOWN + 1 for _, lines in parts)


# Pictures.


@pytest.mark.parametrize("figures", [QUIET, BUSY, Figures(urgency={"LAPSED": 5000}, weeks=WEEKS)])
def test_pictures_are_as_wide_as_a_phone_and_say_in_words_what_they_show(figures: Figures) -> None:
    for picture in drawn(figures, TEXTS):
        image = Image.open(io.BytesIO(picture.png))
        assert image.format == "PNG"
        assert image.width == 1080
        assert 300 < image.height < 2000
        assert len(picture.alt) <= 1000
        assert picture.alt.startswith(picture.title)
    weeks, fleet = drawn(figures, TEXTS)
    assert all(f"{week.day}/{week.month}\N{NO-BREAK SPACE}: {count}" in weeks.alt for week, count in figures.weeks)
    assert all(f": {count}" in fleet.alt for count in figures.urgency.values())


def test_the_same_figures_make_the_same_picture() -> None:
    assert [each.png for each in drawn(BUSY, TEXTS)] == [each.png for each in drawn(BUSY, TEXTS)]


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_letters_stand_out_and_bars_differ_in_brightness_too() -> None:
    assert 1.05 / (luminance(INK) + 0.05) > 7
    for colour in (BLUE, VERMILION, GREEN):
        assert 1.05 / (luminance(colour) + 0.05) > 3
    assert abs(luminance(ORANGE) - luminance(BLUE)) > 0.2, "this week differs for whoever sees no colours"
    assert set(COLOURS.values()) <= {BLUE, ORANGE, VERMILION, GREEN, GREY}
