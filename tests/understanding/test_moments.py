"""Moments: what clients say of a time becomes one, at a decent hour. Now is Wednesday, 25 November 2026, ten o'clock."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.calendars import FrenchCalendars
from bot.adapters.understanding.moments import is_about_a_moment, moment
from bot.domain.calendar import Hours

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=PARIS)
HOURS = FrenchCalendars("Europe/Paris").hours("")
SAID = (
    ("demain 9h30", "2026-11-26T09:30", "2026-11-26T09:30"),
    ("dans 2h", "2026-11-25T12:00", "2026-11-25T16:00"),
    ("lundi matin", "2026-11-30T08:00", "2026-11-30T11:00"),
    ("ce soir après le service", "2026-11-25T22:00", "2026-11-26T11:00"),
    ("la semaine prochaine", "2026-11-30T08:00", "2026-12-04T20:00"),
    ("en vacances jusqu'au 15", "2026-12-15T08:00", "2026-12-16T18:00"),
    ("je suis absent jusqu'à lundi", "2026-11-30T08:00", "2026-12-01T18:00"),
    ("mardi pro", "2026-12-01T08:00", "2026-12-01T20:00"),
    ("d'ici 3 jours", "2026-11-26T08:00", "2026-11-28T20:00"),
    ("demain aprem", "2026-11-26T14:00", "2026-11-26T18:00"),
    ("à la fermeture", "2026-11-25T21:00", "2026-11-26T11:00"),
    ("entre les deux services", "2026-11-25T15:00", "2026-11-25T18:00"),
    ("après le service", "2026-11-25T14:30", "2026-11-25T18:00"),
    ("9h30", "2026-11-26T09:30", "2026-11-26T09:30"),
    ("à 17h", "2026-11-25T17:00", "2026-11-25T17:00"),
    ("cet après-midi", "2026-11-25T14:00", "2026-11-25T18:30"),
    ("ce soir", "2026-11-25T17:00", "2026-11-25T20:00"),
    ("demain soir", "2026-11-26T17:00", "2026-11-26T20:30"),
    ("le 3 décembre", "2026-12-03T08:00", "2026-12-03T20:00"),
    ("le 3 décembre à 10h", "2026-12-03T10:00", "2026-12-03T10:00"),
    ("12/01", "2027-01-12T08:00", "2027-01-12T20:00"),
    ("dans trois semaines", "2026-12-16T08:00", "2026-12-16T20:00"),
    ("dans une quinzaine", "2026-12-09T08:00", "2026-12-11T20:00"),
    ("après-demain", "2026-11-27T08:00", "2026-11-27T20:00"),
    ("apres demain matin", "2026-11-27T08:00", "2026-11-27T12:00"),
    ("2main matin", "2026-11-26T08:00", "2026-11-26T12:00"),
    ("vendredi à 15h30", "2026-11-27T15:30", "2026-11-27T15:30"),
    ("vendredi soir", "2026-11-27T17:00", "2026-11-27T20:30"),
    ("mercredi", "2026-12-02T08:00", "2026-12-02T20:00"),
    ("jeudi en huit", "2026-12-03T08:00", "2026-12-03T20:00"),
    ("mardi de la semaine prochaine", "2026-12-01T08:00", "2026-12-01T20:00"),
    ("la semaine pro mardi", "2026-12-01T08:00", "2026-12-01T20:00"),
    ("en fin de semaine", "2026-11-27T08:00", "2026-11-28T20:00"),
    ("en début de semaine prochaine", "2026-11-30T08:00", "2026-12-01T20:00"),
    ("fin du mois", "2026-11-27T08:00", "2026-11-30T20:00"),
    ("début janvier", "2027-01-02T08:00", "2027-01-10T20:00"),
    ("le mois prochain", "2026-12-01T08:00", "2026-12-10T20:00"),
    ("dans une demi-heure", "2026-11-25T10:30", "2026-11-25T10:30"),
    ("dans un quart d'heure", "2026-11-25T10:15", "2026-11-25T10:15"),
    ("dans une heure et demie", "2026-11-25T11:30", "2026-11-25T16:00"),
    ("dans 30 min", "2026-11-25T10:30", "2026-11-25T10:30"),
    ("pas aujourd'hui", "2026-11-26T08:00", "2026-11-26T20:00"),
    ("pas lundi, plutôt mardi", "2026-12-01T08:00", "2026-12-01T20:00"),
    ("pas avant jeudi", "2026-11-26T08:00", "2026-11-26T20:00"),
    ("après le 10", "2026-12-11T08:00", "2026-12-11T20:00"),
    ("je rentre le 8", "2026-12-08T08:00", "2026-12-09T20:00"),
    ("à midi", "2026-11-25T12:00", "2026-11-25T16:00"),
    ("vers 16h", "2026-11-25T16:00", "2026-11-25T16:00"),
    ("demain à 3h de l'après-midi", "2026-11-26T15:00", "2026-11-26T15:00"),
    ("ce week-end", "2026-11-28T08:00", "2026-11-30T12:00"),
    ("dimanche", "2026-11-29T08:00", "2026-11-30T12:00"),
    ("samedi 14h", "2026-11-28T14:00", "2026-11-28T16:00"),
    ("après les fêtes", "2027-01-02T08:00", "2027-01-08T20:00"),
    ("après Noël", "2026-12-26T08:00", "2026-12-30T20:00"),
    ("en fin de journée", "2026-11-25T16:00", "2026-11-25T19:00"),
    ("en début d'après-midi demain", "2026-11-26T13:30", "2026-11-26T15:30"),
    ("après le service de midi", "2026-11-25T14:30", "2026-11-25T16:30"),
    ("dans 10 jours", "2026-12-05T08:00", "2026-12-05T20:00"),
    ("dans deux mois", "2027-01-25T08:00", "2027-01-25T20:00"),
    ("rappelez-moi jeudi vers 17 heures", "2026-11-26T17:00", "2026-11-26T17:00"),
    ("15h45", "2026-11-25T15:45", "2026-11-25T16:00"),
    ("absent toute la semaine", "2026-11-30T08:00", "2026-11-30T20:00"),
    ("je suis en congés deux semaines", "2026-12-09T08:00", "2026-12-10T20:00"),
    ("jusqu'à la semaine prochaine", "2026-11-30T08:00", "2026-11-30T20:00"),
    ("on est fermé jusqu'au 5 janvier", "2027-01-05T08:00", "2027-01-06T20:00"),
    ("demain matin avant l'ouverture", "2026-11-26T08:00", "2026-11-26T11:00"),
    ("demain première heure", "2026-11-26T08:00", "2026-11-26T10:00"),
    ("à 8h30 demain", "2026-11-26T08:30", "2026-11-26T08:30"),
    ("demain entre 15h et 16h", "2026-11-26T15:00", "2026-11-26T16:00"),
    ("lun 10h", "2026-11-30T10:00", "2026-11-30T10:00"),
    ("à partir du 20", "2026-12-20T08:00", "2026-12-21T20:00"),
    ("pas cette semaine", "2026-11-30T08:00", "2026-11-30T20:00"),
    ("d'ici vendredi", "2026-11-27T08:00", "2026-11-27T20:00"),
    ("avant vendredi", "2026-11-26T08:00", "2026-11-27T20:00"),
    ("mi-décembre", "2026-12-13T08:00", "2026-12-17T20:00"),
    ("en janvier", "2027-01-02T08:00", "2027-01-05T20:00"),
    ("ce soir 19h", "2026-11-25T18:00", "2026-11-26T10:00"),
    ("tout à l'heure", "2026-11-25T10:30", "2026-11-25T18:00"),
    ("dans la soirée", "2026-11-25T17:00", "2026-11-25T21:00"),
    ("demain 14h30", "2026-11-26T14:30", "2026-11-26T16:00"),
    ("jeudi midi", "2026-11-26T12:00", "2026-11-26T16:00"),
    ("à 9h et quart demain", "2026-11-26T09:15", "2026-11-26T09:15"),
    ("lundi prochain 10h", "2026-11-30T10:00", "2026-11-30T10:00"),
    ("le 1er décembre", "2026-12-01T08:00", "2026-12-01T20:00"),
    ("quand j'aurai fini le service", "2026-11-25T14:30", "2026-11-25T18:00"),
)  # fmt: skip
"""What is said, and the earliest and the latest moment at which one would expect to hear."""


def at(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=PARIS)


@pytest.mark.parametrize(("text", "earliest", "latest"), SAID, ids=[said for said, _, _ in SAID])
def test_a_moment_is_heard(text: str, earliest: str, latest: str) -> None:
    found = moment(text, NOW, HOURS)
    assert found is not None
    assert at(earliest) <= found <= at(latest)


def test_as_many_moments_fall_into_their_window_as_ever() -> None:
    lines = Path(__file__).with_name("development_moments.tsv").read_text("utf-8").splitlines()
    missed = []
    for text, earliest, latest in (line.split("\t") for line in lines if not line.startswith("#")):
        found = moment(text, NOW, HOURS)
        if earliest and not (found and at(earliest) <= found <= at(latest)):
            missed.append((text, found))
    assert len(missed) <= 1, missed


@pytest.mark.parametrize(
    "text",
    [
        "plus tard", "ok", "", "j'ai changé de fournisseur", "la facture de 84,50 €", "il y a trois mois", "fait hier soir",
        "depuis lundi", "la semaine dernière", "tous les trois mois", "quand j'aurai le temps",
    ],
)  # fmt: skip
def test_no_moment_is_made_up(text: str) -> None:
    assert moment(text, NOW, HOURS) is None


@pytest.mark.parametrize(
    ("now", "text", "expected"),
    [
        ("2026-11-27T10:00", "demain", "2026-11-28T09:30"),  # a Saturday is a working day
        ("2026-11-28T10:00", "demain", "2026-11-30T09:30"),  # a Sunday is not
        ("2026-12-24T10:00", "demain à 10h", "2026-12-26T09:30"),  # nor is Christmas
        ("2026-11-25T16:30", "ce soir", "2026-11-25T18:00"),
        ("2026-11-25T19:00", "ce soir après le service", "2026-11-26T09:30"),  # half past eleven at night is indecent
        ("2026-11-25T23:50", "dans 10 minutes", "2026-11-26T09:30"),
        ("2026-11-25T12:00", "après le service", "2026-11-25T15:00"),
        ("2026-12-30T10:00", "le 2 janvier", "2027-01-02T09:30"),
        ("2026-11-25T17:00", "9h30", "2026-11-26T09:30"),
    ],
)
def test_it_is_moved_to_a_decent_hour(now: str, text: str, expected: str) -> None:
    assert moment(text, at(now), HOURS) == at(expected)


def test_it_is_in_the_time_zone_of_the_client() -> None:
    reunion = FrenchCalendars("Indian/Reunion").hours("")
    found = moment("demain 9h30", NOW, reunion)
    assert found is not None
    assert (found.isoformat(), found.utcoffset()) == ("2026-11-26T09:30:00+04:00", timedelta(hours=4))


def test_a_house_without_services_is_free_all_day() -> None:
    hours = Hours(PARIS, services=())
    assert moment("demain à 13h", NOW, hours) == at("2026-11-26T13:00")
    assert moment("demain à 13h", NOW, HOURS) == at("2026-11-26T16:00")


@pytest.mark.parametrize("text", ["d'ici 3 jours c'est fait", "mardi pro", "le 15"])
def test_a_message_may_be_about_nothing_but_a_moment(text: str) -> None:
    assert is_about_a_moment(text)


def test_a_word_of_time_does_not_make_a_message_be_about_it() -> None:
    assert not is_about_a_moment("demain on sert du homard breton à nos clients")


WORDS = ["demain", "lundi", "9h30", "99h99", "le 31 février", "31/02", "45/13/9999", "jusqu'au", "dans", "999", "mois", "pas",
         "semaine", "après le service", "fin", "prochain", "d'ici", "midi", "1er", "janvier", "0", "h", "à", "et demie"]  # fmt: skip


@given(
    st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join),
    st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2030, 1, 1)),
)
def test_any_words_of_time_are_read_and_never_name_the_past(text: str, when: datetime) -> None:
    now = when.replace(tzinfo=PARIS)
    found = moment(text, now, HOURS)
    assert found is None or (found >= now and HOURS.works(found.date()))


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    found = moment(text, NOW, HOURS)
    assert found is None or found >= NOW
