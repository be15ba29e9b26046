"""The schema: what the migrations make is what `tables.py` says, on both databases, and nobody else's is touched."""

import shutil
import threading
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from bot.adapters.database import schema
from bot.adapters.database.engine import Database, open_engine, parse_url
from bot.adapters.database.tables import client_file, connection, metadata
from bot.domain.errors import BadInput, TryAgain

VERSIONS = resources.files("bot.adapters.database") / "migrations" / "versions"
NEWEST = max(each.name[:4] for each in VERSIONS.iterdir() if each.name[:4].isdigit())
NEXT = f'''
"""A schema of tomorrow."""
import sqlalchemy as sa
from alembic import op
revision = "tomorrow"
down_revision = "{NEWEST}"
branch_labels = depends_on = None

def upgrade() -> None:
    with op.batch_alter_table("client_file") as table:
        table.add_column(sa.Column("colour", sa.String(20), nullable=False, server_default="blue"))
'''


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    opened = open_engine(parse_url(database_url), 2, writes=True)
    yield opened
    opened.dispose()


@pytest.fixture
def tomorrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """As if this program knew one migration more. Undo it to be today's program again."""
    with resources.as_file(resources.files("bot.adapters.database") / "migrations") as shipped:
        shutil.copytree(shipped, tmp_path / "migrations")
    (tmp_path / "migrations" / "versions" / "tomorrow.py").write_text(NEXT)
    monkeypatch.setattr(schema, "MIGRATIONS", str(tmp_path / "migrations"))
    return monkeypatch


def differences(engine: sa.Engine) -> list[Any]:
    def ours(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "table" or name != schema.VERSION_TABLE

    with engine.connect() as connection:
        options = {"compare_type": True, "include_name": ours}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def test_the_migrations_make_what_the_tables_say(engine: sa.Engine) -> None:
    assert schema.version(engine) == "empty"
    schema.migrate(engine)
    assert schema.version(engine) == "current"
    assert differences(engine) == []


def test_the_comparison_would_see_a_difference(engine: sa.Engine) -> None:
    schema.migrate(engine)
    with engine.begin() as sql:
        sql.exec_driver_sql("DROP INDEX ix_staff_case_thread")
    assert "ix_staff_case_thread" in str(differences(engine))


def test_migrating_twice_changes_nothing(engine: sa.Engine) -> None:
    schema.migrate(engine)
    insert_a_client(engine)
    schema.migrate(engine)
    assert names(engine) == ["Le Bistrot"]


def test_an_old_schema_keeps_its_rows_and_becomes_the_present_one(
    engine: sa.Engine, tomorrow: pytest.MonkeyPatch
) -> None:
    with tomorrow.context() as today:
        today.setattr(schema, "MIGRATIONS", "bot.adapters.database:migrations")
        schema.migrate(engine)
    insert_a_client(engine)
    assert schema.version(engine) == "old"
    with pytest.raises(BadInput, match="resync migrate"):
        schema.require_current(engine)
    schema.migrate(engine)
    schema.require_current(engine)
    assert names(engine) == ["Le Bistrot"]
    [(what, _, table, column)] = differences(engine)
    assert (what, table, column.name) == ("remove_column", "client_file", "colour")


def test_a_cadence_that_nobody_typed_is_none(engine: sa.Engine) -> None:
    with engine.begin() as sql:
        config = schema.configuration()
        config.attributes["connection"] = sql
        command.upgrade(config, "0002")
        sql.exec_driver_sql("INSERT INTO client_file VALUES (1, 'Le Bistrot', '', '', '', '')")
        for number, days in enumerate((90, 180), 1):
            sql.exec_driver_sql(
                "INSERT INTO connection (id, file_id, bank, cadence_days, aggregator_connection, state, "
                "expiry_source, synchronised, vendor_code) "
                f"VALUES ({number}, 1, 'Bank {number}', {days}, '', 'ok', 'bank', true, '')"
            )
    schema.migrate(engine)
    with engine.connect() as sql:
        days_of = sa.select(connection.c.cadence_days).order_by(connection.c.id)
        assert list(sql.execute(days_of).scalars()) == [90, 0]


def test_a_newer_schema_is_refused_and_left_alone(engine: sa.Engine, tomorrow: pytest.MonkeyPatch) -> None:
    schema.migrate(engine)
    tomorrow.undo()
    assert schema.version(engine) == "newer"
    with pytest.raises(BadInput, match="plus récente"):
        schema.require_current(engine)


def test_the_database_of_another_program_is_refused_and_left_alone(database_url: str) -> None:
    database = Database(database_url)
    with database.writer.begin() as sql:
        sql.exec_driver_sql("CREATE TABLE wp_posts (id INTEGER)")
    assert schema.version(database.writer) == "foreign"
    with pytest.raises(BadInput, match="autre programme"):
        schema.prepare(database)
    assert sa.inspect(database.writer).get_table_names() == ["wp_posts"]
    close(database)


def test_a_new_database_is_made_without_asking(database_url: str) -> None:
    database = Database(database_url)
    schema.prepare(database)
    schema.prepare(database)
    assert schema.version(database.writer) == "current"
    close(database)


def test_of_two_programs_that_start_at_once_one_makes_the_schema(database_url: str) -> None:
    start, errors = threading.Barrier(2), list[BaseException]()

    def begin() -> None:
        engine = open_engine(parse_url(database_url), 1, writes=True)
        try:
            start.wait()
            schema.migrate(engine)
        except BaseException as error:
            errors.append(error)
        finally:
            engine.dispose()

    both = [threading.Thread(target=begin) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert errors == []


def test_a_failed_migration_leaves_the_database_as_it_was(engine: sa.Engine, tomorrow: pytest.MonkeyPatch) -> None:
    versions = Path(schema.MIGRATIONS) / "versions"
    (versions / "tomorrow.py").write_text(NEXT + "    op.execute('SELECT absent FROM nowhere')\n")
    with pytest.raises(Exception, match="nowhere"):
        schema.migrate(engine)
    assert schema.version(engine) == "empty"


def test_a_file_that_is_no_database_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "resync.db").write_text("Ceci est une lettre, pas une base de données. " * 50)
    engine = open_engine(parse_url(f"sqlite:///{tmp_path / 'resync.db'}"), 1, writes=False)
    with pytest.raises(BadInput, match="pas une base de données"):
        schema.version(engine)
    engine.dispose()


def test_a_server_that_does_not_answer_may_answer_later(tmp_path: Path) -> None:
    engine = open_engine(parse_url(f"postgresql://resync@/resync?host={tmp_path}"), 1, writes=False)
    with pytest.raises(TryAgain, match="ne répond pas"):
        schema.version(engine)


def insert_a_client(engine: sa.Engine) -> None:
    with engine.begin() as sql:
        sql.execute(sa.insert(client_file).values(name="Le Bistrot"))


def names(engine: sa.Engine) -> list[str]:
    with engine.connect() as sql:
        return list(sql.execute(sa.select(client_file.c.name)).scalars())


def close(database: Database) -> None:
    database.writer.dispose()
    database.reader.dispose()
