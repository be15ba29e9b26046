"""A firm's client list: every fault is told with its line, and what is imported twice is imported once."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.calendars import FrenchCalendars
from bot.adapters.codec import state_from_json
from bot.adapters.database import schema
from bot.adapters.database.engine import open_engine, parse_url
from bot.adapters.database.tables import client_file, connection, contact, conversation, file_contact
from bot.domain.errors import BadInput
from bot.importing import ImportRefused, ImportResult, Plan, Row, plan_import, store_import
from flows.first_sync import InLine, Invited
from flows.state import Quiet, State

TODAY = date(2026, 11, 23)  # a Monday
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HEADERS = "client;SIREN;contact;téléphone;e-mail;banque;date de dernière synchronisation;comptable"
ODETTE = (
    "Le Bistrot d’Odette;552 100 554;Mme Odette Martin;06 12 34 56 78;odette@bistrot.fr;BNP Paribas;05/11/2026;Julie"
)
TIDY = Row(
    line=2,
    client="Le Bistrot d’Odette",
    bank="BNP Paribas",
    siren="552100554",
    contact="Mme Odette Martin",
    phone="06 12 34 56 78",
    email="odette@bistrot.fr",
    accountant="Julie",
    last_sync=date(2026, 11, 5),
)


def listed(*lines: str, headers: str = HEADERS) -> bytes:
    return "\n".join((headers, *lines)).encode()


def faults(data: bytes) -> list[tuple[int, str, str]]:
    with pytest.raises(ImportRefused) as refused:
        plan_import(data, TODAY)
    return [(fault.line, fault.column, fault.advice) for fault in refused.value.faults]


# What is read


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_list_is_read_whatever_its_encoding_separator_and_line_endings(
    encoding: str, separator: str, ending: str
) -> None:
    text = ending.join((HEADERS, ODETTE, "")).replace(";", separator)
    assert plan_import(text.encode(encoding), TODAY).rows == (TIDY,)


@pytest.mark.parametrize(
    "headers",
    [
        "CLIENT;Siren;CONTACT;TELEPHONE;EMAIL;BANQUE;Date de derniere synchronisation;COMPTABLE",
        "  Raison sociale ;N° SIREN;Dirigeant;Portable;Courriel;Établissement;Dernière synchro;Collaborateur",
        '"Client";"SIREN";"Contact";"Tél.";"E-mail";"Banque";"Date dernière synchronisation";"Comptable"',
    ],
)
def test_headers_are_known_whatever_their_case_accents_and_synonyms(headers: str) -> None:
    assert plan_import(listed(ODETTE, headers=headers), TODAY).rows == (TIDY,)


def test_columns_may_stand_in_any_order_and_others_are_ignored() -> None:
    plan = plan_import(listed("Crédit Agricole;Paris 9;Chez Marcel", headers="Banque;Ville;Client"), TODAY)
    assert plan == Plan((Row(2, "Chez Marcel", "Crédit Agricole"),), ignored=("Ville",))


def test_optional_columns_are_read() -> None:
    headers = "client;banque;Cadence (jours);Coupée le;Fuseau horaire;Utilisateur agrégateur;Connexion agrégateur"
    row = plan_import(listed("Chez Marcel;LCL;90;02/11/26;Indian/Reunion;17;42", headers=headers), TODAY).rows[0]
    assert (row.cadence_days, row.lapsed_on, row.timezone) == (90, date(2026, 11, 2), "Indian/Reunion")
    assert (row.aggregator_user, row.aggregator_connection) == ("17", "42")


@pytest.mark.parametrize(
    ("written", "day"),
    [("Lundi", "lundi"), ("le mardi", "mardi"), ("mer.", "mercredi"), ("jeudis", "jeudi"), ("AUCUN", "aucun")],
)
def test_a_closing_day_is_read_as_people_write_it(written: str, day: str) -> None:
    data = listed(f"Chez Marcel;LCL;{written};30/11/2026", headers="client;banque;Jour de fermeture;Absent jusqu’au")
    row = plan_import(data, TODAY).rows[0]
    assert (row.closing_day, row.away_until) == (day, date(2026, 11, 30))


@pytest.mark.parametrize(
    ("written", "day"),
    [("19", 19), ("le 24", 24), ("15 du mois", 15), ("Le 20 de chaque mois", 20), ("19/12/2026", 19), ("1", 1)],
)
def test_the_day_of_a_vat_return_is_read_as_people_write_it(written: str, day: int) -> None:
    row = plan_import(listed(f"Chez Marcel;LCL;{written}", headers="client;banque;Échéance TVA"), TODAY).rows[0]
    assert row.vat_day == day


@pytest.mark.parametrize("written", ["0", "32", "fin du mois", "31/02/2026", "19-20"])
def test_a_day_of_a_vat_return_that_is_none_is_told(written: str) -> None:
    [(line, column, advice)] = faults(listed(f"Chez Marcel;LCL;{written}", headers="client;banque;TVA"))
    assert (line, column) == (2, "échéance TVA")
    assert advice.endswith(("par exemple 19.", "05/11/2026."))


def test_the_day_of_a_vat_return_is_stored(sql: sa.Connection) -> None:
    headers = "client;banque;échéance TVA"
    store(sql, "Chez Marcel;LCL;19", "Bella;BNP;", headers=headers)
    assert store(sql, "Chez Marcel;LCL;19", "Bella;BNP;", headers=headers).unchanged == 2
    store(sql, "Bella;BNP;24", headers=headers)
    assert sql.execute(sa.select(client_file.c.vat_day).order_by(client_file.c.id)).scalars().all() == [19, 24]


def test_two_lines_of_a_client_agree_on_his_closing_day() -> None:
    data = listed("Chez Marcel;LCL;lundi", "Chez Marcel;BNP;mardi", headers="client;banque;fermeture")
    assert [(line, what) for line, _, what in faults(data)] == [
        (3, "La ligne 2 dit « lundi » pour ce client : écrivez deux fois la même chose.")
    ]


def test_quoted_cells_may_hold_separators_and_lines_keep_their_numbers() -> None:
    data = listed('"Bistrot; bar\net tabac";LCL', "", ";;", "Chez Marcel;LCL", headers="client;banque")
    assert [(row.line, row.client) for row in plan_import(data, TODAY).rows] == [
        (2, "Bistrot; bar et tabac"),
        (6, "Chez Marcel"),
    ]


def test_a_spreadsheets_own_hint_of_the_separator_is_skipped() -> None:
    assert plan_import(b"sep=;\nclient;banque\nChez Marcel;LCL", TODAY).rows == (Row(3, "Chez Marcel", "LCL"),)


@pytest.mark.parametrize("written", ["05/11/2026", "5/11/26", "2026-11-05", "05.11.2026", "05/11/2026 00:00"])
def test_days_are_read_as_they_are_written_in_france(written: str) -> None:
    assert plan_import(listed(ODETTE.replace("05/11/2026", written)), TODAY).rows[0].last_sync == date(2026, 11, 5)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("0612345678", "06 12 34 56 78"),
        ("06.12.34.56.78", "06 12 34 56 78"),
        ("+33 6 12 34 56 78", "06 12 34 56 78"),
        ("+33 (0)6 12 34 56 78", "06 12 34 56 78"),
        ("0033612345678", "06 12 34 56 78"),
        ("+32 470 12 34 56", "+32470123456"),
        ("00352 621 123 456", "+352621123456"),
    ],
)
def test_telephone_numbers_are_stored_in_one_form(written: str, stored: str) -> None:
    assert plan_import(listed(ODETTE.replace("06 12 34 56 78", written)), TODAY).rows[0].phone == stored


# What is refused


@pytest.mark.parametrize(
    ("right", "wrong", "column", "advice"),
    [
        ("Le Bistrot d’Odette", "", "client", "nom du client"),
        ("Le Bistrot d’Odette", "x" * 201, "client", "200 au plus"),
        ("Le Bistrot d’Odette", "Bis\u200btrot", "client", "invisible"),
        ("BNP Paribas", "", "banque", "nom de la banque"),
        ("552 100 554", "552 100 555", "SIREN", "clé fausse"),
        ("552 100 554", "5521", "SIREN", "9 chiffres"),
        ("552 100 554", "5,52E+08", "SIREN", "9 chiffres"),
        ("552 100 554", "55210055400013", "SIREN", "écrivez 552100554"),
        ("06 12 34 56 78", "612345678", "téléphone", "écrivez 0612345678"),
        ("06 12 34 56 78", "06 12 34", "téléphone", "10 chiffres"),
        ("06 12 34 56 78", "+33 6 12", "téléphone", "10 chiffres"),
        ("06 12 34 56 78", "appeler le soir", "téléphone", "10 chiffres"),
        ("odette@bistrot.fr", "odette.bistrot.fr", "e-mail", "une seule adresse"),
        ("odette@bistrot.fr", "a@b.fr / c@d.fr", "e-mail", "une seule adresse"),
        ("odette@bistrot.fr", "odette@bistrot", "e-mail", "une seule adresse"),
        ("05/11/2026", "24/11/2026", "date de dernière synchronisation", "futur"),
        ("05/11/2026", "31/11/2026", "date de dernière synchronisation", "n’existe pas"),
        ("05/11/2026", "11/25/2026", "date de dernière synchronisation", "n’existe pas"),
        ("05/11/2026", "0001-01-01", "date de dernière synchronisation", "trop ancienne"),
        ("05/11/2026", "hier", "date de dernière synchronisation", "05/11/2026"),
        ("Mme Odette Martin", "", "contact", "nom de la personne"),
        ("Julie", "Julie;de trop", "ligne entière", "guillemets"),
    ],
)
def test_a_fault_names_its_line_and_what_to_write_instead(right: str, wrong: str, column: str, advice: str) -> None:
    [(line, where, what)] = faults(listed("Chez Marcel;;;;;LCL;;", ODETTE.replace(right, wrong)))
    assert (line, where) == (3, column)
    assert advice in what


@pytest.mark.parametrize(
    ("column", "wrong", "advice"),
    [("cadence", "200", "entre 1 et 180"), ("cadence", "²", "entre 1"), ("fuseau", "Paris", "Europe/Paris"),
     ("fermeture", "lun di", "par exemple lundi"), ("fermeture", "m", "par exemple lundi"),
     ("absent jusqu’au", "01/01/2020", "est passé"), ("absent jusqu’au", "01/01/2030", "vérifiez l’année"),
     ("fuseau", "../etc", "Europe/Paris"), ("fuseau", "Europe", "Europe/Paris")],
)  # fmt: skip
def test_a_wrong_optional_value_is_told_too(column: str, wrong: str, advice: str) -> None:
    [(line, _, what)] = faults(listed(f"Chez Marcel;LCL;{wrong}", headers=f"client;banque;{column}"))
    assert line == 2
    assert advice in what


def test_every_fault_is_told_at_once() -> None:
    data = listed("A;1;;;;LCL;;", ";;;;;LCL;;", "B;;;;;LCL;hier;", "C;;Jo;12;x;LCL;;")
    assert [(line, column) for line, column, _ in faults(data)] == [
        (2, "SIREN"),
        (3, "client"),
        (4, "date de dernière synchronisation"),
        (5, "téléphone"),
        (5, "e-mail"),
    ]


@pytest.mark.parametrize(
    ("second", "column", "advice"),
    [
        ("LE BISTROT D'ODETTE;;;;;bnp paribas;;", "banque", "ligne 2"),
        (ODETTE, "banque", "ligne 2"),
        ("Le Bistrot d’Odette;732 829 320;;;;LCL;;", "SIREN", "ligne 2 dit « 552100554 »"),
        ("Le Bistrot d’Odette;;;;;LCL;;Paul", "comptable", "ligne 2 dit « Julie »"),
        ("Le Bistrot d’Odette;;Luc;;;BNP Paribas;06/11/2026;", "date de dernière synchronisation", "05/11/2026"),
        ("Le Bistrot d’Odette;;Mme Odette Martin;0699999999;;LCL;;", "téléphone", "ligne 2"),
        ("Chez Marcel;552100554;;;;LCL;;", "SIREN", "celui de « Le Bistrot d’Odette » à la ligne 2"),
    ],
)
def test_lines_that_contradict_each_other_are_told_with_both_numbers(second: str, column: str, advice: str) -> None:
    [(line, where, what)] = faults(listed(ODETTE, second))
    assert (line, where) == (3, column)
    assert advice in what


def test_a_client_may_have_several_banks_and_contacts() -> None:
    more = ("Le Bistrot d’Odette;;;;;LCL;;", "Le Bistrot d’Odette;;Luc Martin;0699999999;;BNP Paribas;;")
    assert len(plan_import(listed(ODETTE, *more), TODAY).rows) == 3


@pytest.mark.parametrize(
    ("data", "advice"),
    [
        (b"", "vide"),
        (b"\n \n", "vide"),
        (b"client;banque", "que des titres"),
        (b"PK\x03\x04 a spreadsheet", "CSV UTF-8"),
        (b"client;banque\nA\x00;B", "CSV UTF-8"),
        (b"\x81\x8d\x8f", "CSV UTF-8"),
        (b"Chez Marcel;LCL", "colonne « client »"),
        (b"client;nom;banque\na;b;c", "deux fois"),
        (b'client;banque\n"Chez Marcel;LCL', "guillemet"),
    ],
)
def test_what_is_no_list_is_told_so(data: bytes, advice: str) -> None:
    with pytest.raises(BadInput, match=advice):
        plan_import(data, TODAY)


@settings(deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_give_a_plan_or_an_explanation(data: bytes) -> None:
    explained(data)


CELLS = st.text(alphabet='aé0123456789;,"\n\t +/-.@()’\u00a0\u200b€', max_size=20)


@settings(deadline=None)
@given(st.lists(st.lists(CELLS, min_size=8, max_size=9).map(";".join), max_size=4))
def test_any_cells_give_a_plan_or_an_explanation(lines: list[str]) -> None:
    explained(listed(*lines))


def explained(data: bytes) -> None:
    with contextlib.suppress(BadInput):
        assert all(row.client and row.bank for row in plan_import(data, TODAY).rows)


# What is stored


@pytest.fixture
def sql(database_url: str) -> Iterator[sa.Connection]:
    engine = open_engine(parse_url(database_url), 1, writes=True)
    schema.migrate(engine)
    with engine.begin() as connected:
        yield connected
    engine.dispose()


def store(sql: sa.Connection, *lines: str, headers: str = HEADERS) -> ImportResult:
    plan = plan_import(listed(*lines, headers=headers), TODAY)
    return store_import(sql, plan, now=NOW, calendars=FrenchCalendars("Europe/Paris"))


def everything(sql: sa.Connection) -> list[object]:
    tables = (client_file, contact, file_contact, connection, conversation)
    return [sql.execute(sa.select(table).order_by(*table.primary_key)).all() for table in tables]


def state_of(sql: sa.Connection, bank: str) -> State:
    row = sql.execute(sa.select(conversation.c.state).join(connection).where(connection.c.bank == bank)).one()
    return state_from_json(row.state)


def test_the_same_list_twice_changes_nothing(sql: sa.Connection) -> None:
    lines = (
        ODETTE,
        "le bistrot d'odette;;Luc Martin;;luc@bistrot.fr;LCL;;",
        "Chez Marcel;;Jo;;;LCL;01/06/2026;",
        "Chez Marcel;;Marcel;;;LCL;;",
    )
    assert store(sql, *lines) == ImportResult(created=2, updated=0, unchanged=0, new_banks=3)
    before = everything(sql)
    assert store(sql, *lines) == ImportResult(created=0, updated=0, unchanged=2, new_banks=0)
    assert everything(sql) == before


def test_a_bank_that_worked_lapses_when_its_cadence_says(sql: sa.Connection) -> None:
    store(sql, "Chez Marcel;LCL;01/11/2026;90", "Chez Marcel;BNP;;", headers="client;banque;derniere synchro;cadence")
    lcl, bnp = sql.execute(sa.select(connection).order_by(connection.c.bank.desc())).all()
    assert (lcl.synchronised, lcl.expires_on, lcl.expiry_source) == (True, date(2027, 1, 30), "estimated")
    assert lcl.last_success_at == datetime(2026, 10, 31, 23, 0, tzinfo=UTC).timestamp()
    assert (bnp.synchronised, bnp.expires_on, bnp.last_success_at, bnp.cadence_days) == (False, None, None, 0)


def test_a_new_bank_is_invited_at_a_decent_hour(sql: sa.Connection) -> None:
    store(sql, ODETTE)
    row = sql.execute(sa.select(conversation)).one()
    assert state_from_json(row.state) == Invited()
    assert row.deadline == datetime(2026, 11, 26, 15, 0, tzinfo=UTC).timestamp()  # three days, then 16:00 in Paris


def test_a_new_bank_of_somebody_who_is_there_already_takes_its_place(sql: sa.Connection) -> None:
    store(sql, ODETTE)
    sql.execute(sa.update(contact).values(chat_id=42))
    assert store(sql, ODETTE, "Le Bistrot d’Odette;;;;;LCL;;").new_banks == 1
    assert state_of(sql, "LCL") == InLine(place=2)
    store(sql, "Le Bistrot d’Odette;;;;;Nickel;01/11/2026;")
    assert state_of(sql, "Nickel") == Quiet()


def test_a_client_is_found_by_his_siren_although_his_name_changed(sql: sa.Connection) -> None:
    store(sql, ODETTE)
    renamed = ODETTE.replace("Le Bistrot d’Odette", "Bistrot Martin")
    assert store(sql, renamed) == ImportResult(created=0, updated=1, unchanged=0, new_banks=0)
    assert sql.execute(sa.select(client_file.c.name)).scalars().all() == ["Bistrot Martin"]


def test_an_empty_cell_erases_nothing(sql: sa.Connection) -> None:
    store(sql, ODETTE)
    before = everything(sql)
    store(sql, "Le Bistrot d’Odette;;Mme Odette Martin;;;BNP Paribas;;")
    assert everything(sql) == before


def test_a_later_date_moves_the_day_the_bank_lapses_and_the_nudge(sql: sa.Connection) -> None:
    store(sql, ODETTE)
    quiet = '{"is":"state.quiet"}'
    sql.execute(sa.update(conversation).values(state=quiet, deadline=1.0))
    store(sql, ODETTE.replace("05/11/2026", "20/11/2026"))
    assert sql.execute(sa.select(connection.c.expires_on)).scalar() == date(2027, 5, 19)
    nudge = datetime(2027, 5, 5, 7, 30, tzinfo=UTC)  # 14 days before, 9:30 in Paris
    assert sql.execute(sa.select(conversation.c.deadline)).scalar() == nudge.timestamp()


def test_an_older_date_and_what_the_bank_said_itself_stay(sql: sa.Connection) -> None:
    store(sql, ODETTE)
    said = {"expires_on": date(2026, 12, 24), "expiry_source": "bank"}
    sql.execute(sa.update(connection).values(said))
    before = everything(sql)
    store(sql, ODETTE.replace("05/11/2026", "01/10/2026"))
    assert everything(sql) == before


def test_another_cadence_moves_an_estimated_end(sql: sa.Connection) -> None:
    headers = "client;banque;derniere synchro;cadence"
    store(sql, "Chez Marcel;LCL;01/11/2026;180", headers=headers)
    store(sql, "Chez Marcel;LCL;01/11/2026;90", headers=headers)
    assert sql.execute(sa.select(connection.c.expires_on)).scalar() == date(2027, 1, 30)


def test_one_person_with_two_client_files_is_one_contact(sql: sa.Connection) -> None:
    store(sql, ODETTE, "La Guinguette;;Mme Odette MARTIN;;odette@bistrot.fr;LCL;;")
    assert len(sql.execute(sa.select(contact)).all()) == 1
    assert len(sql.execute(sa.select(file_contact)).all()) == 2


def test_two_people_of_the_same_name_are_two(sql: sa.Connection) -> None:
    store(sql, ODETTE, "La Guinguette;;Mme Odette Martin;;autre@guinguette.fr;LCL;;")
    assert len(sql.execute(sa.select(contact)).all()) == 2


def people(sql: sa.Connection) -> list[tuple[str, str]]:
    """The contacts of the only file, as they are asked."""
    rows = sql.execute(
        sa.select(contact.c.name, file_contact.c.role).join(file_contact).order_by(file_contact.c.rank)
    )
    return [(row.name, row.role) for row in rows]


def test_contacts_have_a_role_and_the_order_of_the_list(sql: sa.Connection) -> None:
    headers = "client;banque;contact;Fonction"
    odette, luc = "Chez Odette;LCL;Odette;gérante", "Chez Odette;LCL;Luc;comptable"
    store(sql, odette, luc, headers=headers)
    assert people(sql) == [("Odette", "gérante"), ("Luc", "comptable")]
    before = everything(sql)
    assert store(sql, odette, luc, headers=headers).unchanged == 1
    assert everything(sql) == before
    store(sql, luc.replace("comptable", "associé"), headers=headers)
    assert people(sql) == [("Luc", "associé"), ("Odette", "gérante")]


def test_a_conversation_without_anybody_gets_the_first_contact(sql: sa.Connection) -> None:
    store(sql, "Chez Marcel;;;;;LCL;;")
    store(sql, "Chez Marcel;;Marcel;;;LCL;;")
    row = sql.execute(sa.select(contact.c.name).join(conversation)).one()
    assert row.name == "Marcel"


def test_what_contradicts_the_database_is_refused_before_anything_is_written(sql: sa.Connection) -> None:
    store(sql, ODETTE, "Chez Marcel;732829320;;;;LCL;;")
    before = everything(sql)
    with pytest.raises(ImportRefused) as refused:
        store(sql, "Nouveau;;;;;LCL;;", "Chez Marcel;552100554;;;;LCL;;", "Le Bistrot d’Odette;443061841;;;;LCL;;")
    assert [(fault.line, fault.column) for fault in refused.value.faults] == [(3, "SIREN"), (4, "SIREN")]
    assert everything(sql) == before


def test_a_client_is_not_reminded_on_his_closing_day_or_while_he_is_away(sql: sa.Connection) -> None:
    headers = "client;banque;derniere synchro;cadence;fermeture;absent jusqu’au"
    store(sql, "Chez Marcel;LCL;01/11/2026;90;lundi;", "Bella;BNP;01/11/2026;90;;24/11/2026", headers=headers)
    rows = sql.execute(
        sa.select(client_file.c.closing_day, client_file.c.away_until).order_by(client_file.c.id)
    ).all()
    assert [tuple(row) for row in rows] == [("lundi", None), ("", date(2026, 11, 24))]
    again = store(sql, "Chez Marcel;LCL;01/11/2026;90;lundi;", "Bella;BNP;01/11/2026;90;;24/11/2026", headers=headers)
    assert again.unchanged == 2
    store(sql, "Chez Marcel;LCL;01/11/2026;90;aucun;", headers=headers)
    assert sql.execute(sa.select(client_file.c.closing_day).order_by(client_file.c.id)).scalars().first() == "aucun"
