"""The audit trail on both databases: with its act or not at all, one line however many write, and it only grows."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from hashlib import sha256

import psycopg
import pytest
import sqlalchemy as sa

from bot.adapters.database import schema
from bot.adapters.database.audit import Trail, entries, head, latest, note
from bot.adapters.database.engine import Database, open_engine, parse_url
from bot.adapters.database.links import LIFETIME
from bot.adapters.database.tables import client_file
from bot.domain.audit import Anchor, Flaw, Verdict, verify
from bot.domain.secret import Secret
from tests.firm import HandClock
from tests.secure_page import furnished

KEY = Secret("k" * 64)


@asynccontextmanager
async def audited(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    schema.prepare(database)
    Trail(KEY, HandClock()).keep(database.writer)
    yield database
    await database.aclose()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with audited(database_url) as opened:
        yield opened


async def verdict(database: Database, *anchors: Anchor) -> Verdict:
    return await database.read(lambda sql: verify(entries(sql), KEY, anchors))


def act(number: int) -> Callable[[sa.Connection], None]:
    return lambda sql: note(sql, "link-opened", link=f"{number:012x}", conversation=number)


async def several(database: Database, count: int = 6) -> Anchor:
    """Some acts, one transaction each; returns where the trail then stands."""
    for number in range(1, count + 1):
        await database.write(act(number))
    found = await database.read(head)
    assert found is not None
    return found


def tampered(database: Database, *statements: str) -> None:
    """As somebody does who owns the tables, and so can take the triggers away."""
    names = ("audit_no_update", "audit_no_delete", "audit_no_replacement")
    undo = (
        [f"DROP TRIGGER {name}" for name in names]
        if database.is_sqlite
        else ["DROP TRIGGER audit_only_grows ON audit"]
    )
    with database.writer.begin() as sql:
        for statement in (*undo, *statements):
            sql.exec_driver_sql(statement)


async def test_an_act_is_noted_with_its_number_its_moment_and_nothing_that_is_empty(database: Database) -> None:
    await database.write(lambda sql: note(sql, "link-revoked", link="abc", conversation=7, by=""))
    [entry] = await database.read(lambda sql: latest(sql, 10))
    assert json.loads(entry) == {
        "seq": 1, "at": "2026-11-24T09:00:00.000+00:00", "act": "link-revoked", "link": "abc", "conversation": 7,
    }  # fmt: skip
    assert await verdict(database) == Verdict(1)


async def test_what_is_undone_is_not_noted(database: Database) -> None:
    def breaks(sql: sa.Connection) -> None:
        note(sql, "link-opened", link="0")
        sql.execute(sa.insert(client_file).values(name="Le Bistrot"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(breaks)
    await database.write(act(1))
    assert [json.loads(each)["conversation"] for each in await database.read(lambda sql: latest(sql, 10))] == [1]
    assert await database.read(lambda sql: list(sql.execute(sa.select(client_file)))) == []


async def test_of_a_group_that_commits_together_only_what_happened_is_noted_once(database: Database) -> None:
    def breaks(sql: sa.Connection) -> None:
        note(sql, "link-opened", conversation=99)
        raise ZeroDivisionError

    work = [database.write(act(1)), database.write(breaks), database.write(act(2))]
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    assert isinstance(outcomes[1], ZeroDivisionError)
    noted = [json.loads(each)["conversation"] for each in await database.read(lambda sql: latest(sql, 10))]
    assert noted == [1, 2]
    assert await verdict(database) == Verdict(2)


async def test_an_act_whose_entry_cannot_be_written_does_not_happen(database: Database) -> None:
    with database.writer.begin() as sql:
        sql.exec_driver_sql("ALTER TABLE audit RENAME TO elsewhere")

    def acts(sql: sa.Connection) -> None:
        sql.execute(sa.insert(client_file).values(name="Le Bistrot"))
        note(sql, "link-opened", conversation=1)

    with pytest.raises(Exception, match="audit"):
        await database.write(acts)
    assert await database.read(lambda sql: list(sql.execute(sa.select(client_file)))) == []


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit SET entry = '{}' WHERE seq = 2", "DELETE FROM audit WHERE seq = 2", "DELETE FROM audit"],
)
async def test_the_database_itself_refuses_what_is_not_an_addition(database: Database, statement: str) -> None:
    stood = await several(database)
    with pytest.raises(Exception, match="the audit trail only grows"), database.writer.begin() as sql:
        sql.exec_driver_sql(statement)
    assert await verdict(database, stood) == Verdict(6)


async def test_nor_can_a_row_be_replaced_or_all_be_emptied(database: Database) -> None:
    stood = await several(database)
    statement = "INSERT OR REPLACE INTO audit VALUES (2, '{}', '')" if database.is_sqlite else "TRUNCATE audit"
    with pytest.raises(Exception, match="the audit trail only grows"), database.writer.begin() as sql:
        sql.exec_driver_sql(statement)
    assert await verdict(database, stood) == Verdict(6)


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (["UPDATE audit SET entry = replace(entry, 'opened', 'minted') WHERE seq = 3"], Verdict(3, Flaw.CHANGED)),
        (["UPDATE audit SET h = replace(h, substr(h, 1, 1), 'x') WHERE seq = 4"], Verdict(4, Flaw.CHANGED)),
        (["DELETE FROM audit WHERE seq = 3"], Verdict(3, Flaw.MISSING)),
        (["DELETE FROM audit WHERE seq = 1"], Verdict(1, Flaw.MISSING)),
        (
            ["DELETE FROM audit WHERE seq = 3", "UPDATE audit SET seq = -seq WHERE seq > 3",
             "UPDATE audit SET seq = -seq - 1 WHERE seq < 0"],
            Verdict(3, Flaw.CHANGED),
        ),
        (
            ["UPDATE audit SET seq = -2 WHERE seq = 2", "UPDATE audit SET seq = 2 WHERE seq = 3",
             "UPDATE audit SET seq = 3 WHERE seq = -2"],
            Verdict(2, Flaw.CHANGED),
        ),
        (["DELETE FROM audit WHERE seq > 4"], Verdict(5, Flaw.CUT_OFF)),
        (["DELETE FROM audit"], Verdict(1, Flaw.CUT_OFF)),
    ],
)  # fmt: skip
async def test_whoever_gets_past_that_is_found_out(database: Database, statements: list[str], found: Verdict) -> None:
    stood = await several(database)
    tampered(database, *statements)
    assert await verdict(database, stood) == found


async def test_bytes_that_are_no_text_are_found_out_too(sqlite_database: str) -> None:
    async with audited(sqlite_database) as database:
        await several(database)
        tampered(database, "UPDATE audit SET entry = CAST(X'FFFE' AS TEXT) WHERE seq = 5")
        assert await verdict(database) == Verdict(5, Flaw.CHANGED)


async def test_who_chains_it_anew_without_the_key_is_found_out(database: Database) -> None:
    stood = await several(database)
    tampered(database, "DELETE FROM audit WHERE seq > 2")
    forger = Database(database.url.render_as_string(hide_password=False))
    Trail(Secret("another key, " * 4), HandClock()).keep(forger.writer)
    await several(forger, 4)
    await forger.aclose()
    assert await verdict(database, stood) == Verdict(3, Flaw.CHANGED)


async def test_two_processes_that_write_at_once_make_one_chain(database_url: str) -> None:
    """Each with an engine of its own, and each also holding a row that the other one wants."""
    each, engines = 40, [open_engine(parse_url(database_url), 1, writes=True) for _ in range(4)]
    schema.migrate(engines[0])
    errors: list[BaseException] = []
    start = threading.Barrier(len(engines))

    def writes(engine: sa.Engine, name: int) -> None:
        try:
            start.wait()
            for number in range(each):
                with engine.begin() as sql:
                    note(sql, "link-opened", conversation=name, case=number)
                    sql.execute(sa.insert(client_file).values(name=f"{name}-{number}"))
                    sql.execute(sa.update(client_file).where(client_file.c.name == "shared").values(siren=str(name)))
        except BaseException as error:
            errors.append(error)

    with engines[0].begin() as sql:
        sql.execute(sa.insert(client_file).values(name="shared"))
    for engine in engines:
        Trail(KEY, HandClock()).keep(engine)
    threads = [threading.Thread(target=writes, args=(engine, name)) for name, engine in enumerate(engines, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with engines[0].connect() as sql:
        assert verify(entries(sql), KEY) == Verdict(each * len(engines))
        by_whom = [json.loads(entry)["conversation"] for entry in latest(sql, 10_000)]
    for engine in engines:
        engine.dispose()
    assert sorted(by_whom) == sorted(list(range(1, len(engines) + 1)) * each)


async def test_on_postgresql_a_role_that_may_only_insert_is_enough(postgres_database: str) -> None:
    async with audited(postgres_database) as database:
        await several(database, 2)
        with database.writer.begin() as sql:
            sql.exec_driver_sql("DROP ROLE IF EXISTS resync_clerk")
            sql.exec_driver_sql("CREATE ROLE resync_clerk LOGIN")
            sql.exec_driver_sql("GRANT SELECT, INSERT ON audit TO resync_clerk")
    clerk = Database(postgres_database.replace("postgres@", "resync_clerk@"))
    Trail(KEY, HandClock()).keep(clerk.writer)
    try:
        stood = await several(clerk, 3)
        assert await verdict(clerk, stood) == Verdict(5)
        with pytest.raises(Exception) as refused, clerk.writer.begin() as sql:  # noqa: PT011  # the cause is looked at
            sql.exec_driver_sql("ALTER TABLE audit DISABLE TRIGGER ALL")
        assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)
    finally:
        await clerk.aclose()
        owner = Database(postgres_database)
        with owner.writer.begin() as sql:
            sql.exec_driver_sql("DROP OWNED BY resync_clerk")
            sql.exec_driver_sql("DROP ROLE resync_clerk")
        await owner.aclose()


async def test_a_link_is_named_by_its_fingerprint_and_each_move_once(database_url: str) -> None:
    async with furnished(database_url) as house:
        Trail(KEY, house.clock).keep(house.database.writer)
        _, token = await house.proven()
        claims = await asyncio.gather(*(house.links.claim(token) for _ in range(20)))
        [claim] = filter(None, claims)
        for _ in range(2):
            assert await house.links.finish(claim.return_state.reveal())
        noted = await house.database.read(lambda sql: latest(sql, 100))
        assert token not in str(noted)
        assert {json.loads(each)["link"] for each in noted} == {sha256(token.encode()).hexdigest()[:12]}
        moves = [json.loads(each)["act"] for each in noted]
        assert moves == ["link-minted", "link-opened", "link-proven", "link-claimed", "link-done"]


async def test_a_newer_link_notes_the_end_of_the_earlier_one(database_url: str) -> None:
    async with furnished(database_url) as house:
        Trail(KEY, house.clock).keep(house.database.writer)
        for _ in range(2):
            await house.mint()
        noted = [json.loads(each) for each in await house.database.read(lambda sql: latest(sql, 100))]
        assert [(each["act"], each.get("by")) for each in noted] == [
            ("link-minted", None), ("link-revoked", "newer-link"), ("link-minted", None),
        ]  # fmt: skip


async def test_a_link_that_no_page_was_had_for_says_so_and_only_an_unused_one_expires(database_url: str) -> None:
    async with furnished(database_url) as house:
        Trail(KEY, house.clock).keep(house.database.writer)
        link, token = await house.proven()
        assert await house.links.claim(token)
        await house.links.release(link)
        house.clock.moment += LIFETIME
        for _ in range(2):
            await house.links.expire()
        noted = [json.loads(each)["act"] for each in await house.database.read(lambda sql: latest(sql, 2))]
        assert noted == ["link-released", "link-expired"]
        assert await house.states() == ["EXPIRED"]
