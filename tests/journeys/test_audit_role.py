"""The program as a PostgreSQL role that may add to the audit trail and no more, made as docs/operations.md says."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.adapters.clock import MovableClock
from bot.adapters.database import schema
from bot.adapters.database.audit import head, note
from bot.adapters.database.engine import open_engine, parse_url
from bot.sandbox.world import World, opened

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"


@pytest.fixture
def as_clerk(postgres_database: str) -> Iterator[str]:
    """The address of a database whose tables belong to somebody else."""
    owner = open_engine(parse_url(postgres_database), 1, writes=True)
    schema.migrate(owner)
    [recipe] = re.findall(r"```sql\n(.*?)```", OPERATIONS.read_text("utf-8"), re.DOTALL)
    database = re.findall(r"/(test_\d+)\?", postgres_database)[0]
    recipe = recipe.replace("DATABASE resync", f"DATABASE {database}")
    with owner.begin() as sql:
        sql.exec_driver_sql("CREATE ROLE resync_app LOGIN")
        sql.exec_driver_sql(recipe)
    yield postgres_database.replace("postgres@", "resync_app@")
    with owner.begin() as sql:
        sql.exec_driver_sql("DROP OWNED BY resync_app CASCADE")
        sql.exec_driver_sql("DROP ROLE resync_app")
    owner.dispose()


async def test_the_program_runs_and_cannot_touch_the_trail(as_clerk: str) -> None:
    async with opened(World(MovableClock(), database_url=as_clerk)) as world:
        database = world.app.database
        await database.write(lambda sql: note(sql, "link-opened", conversation=1))
        stands = await database.read(head)
        assert stands is not None
        assert stands.seq == 1
        for statement in ("DELETE FROM audit", "DROP TRIGGER audit_only_grows ON audit", "TRUNCATE audit"):
            with pytest.raises(sa.exc.ProgrammingError, match=r"permission denied|must be owner"):
                await database.write(lambda sql, each=statement: sql.exec_driver_sql(each))  # type: ignore[misc]
        assert await database.read(head) == stands
