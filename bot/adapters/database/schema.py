"""The schema of the database: which one is there, and how the present one is made.

Law: a database is only ever changed by `migrate`, in one transaction, so that it is whole at every moment.
"""

import logging
from typing import Literal

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DatabaseError, InterfaceError, OperationalError

from bot.adapters.database.engine import Database, translated
from bot.domain.errors import BadInput

MIGRATIONS = "bot.adapters.database:migrations"
VERSION_TABLE = "resync_version"
LOCK = 7_376_796  # « RESYNC » on a telephone's keys; a PostgreSQL advisory lock, so that of two replicas one migrates

Version = Literal["current", "empty", "old", "newer", "foreign"]


def version(engine: sa.Engine) -> Version:
    """Which schema the database has; `foreign` where it belongs to another program.

    Raises `TryAgain` when it cannot be reached, `BadInput` when the file is no database.
    """
    try:
        with translated(), engine.connect() as connection:
            return version_of(connection)
    except (OperationalError, InterfaceError):
        raise
    except DatabaseError:  # SQLite's word for a file of another kind
        raise BadInput(
            f"{engine.url.database} n’est pas une base de données. "
            "Corrigez RESYNC_DATABASE_URL, ou déplacez ce fichier : Resync en créera un neuf."
        ) from None


def version_of(connection: sa.Connection) -> Version:
    """`version`, inside a transaction."""
    found = stored_revision(connection)
    if found is None:
        return "foreign" if sa.inspect(connection).get_table_names() else "empty"
    scripts = ScriptDirectory.from_config(configuration())
    if found == scripts.get_current_head():
        return "current"
    return "old" if found in {script.revision for script in scripts.walk_revisions()} else "newer"


def stored_revision(connection: sa.Connection) -> str | None:
    """The last migration that ran here."""
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()


def migrate(engine: sa.Engine) -> None:
    """Bring an empty or an old database to the present schema; without effect on one that has it.

    Raises `TryAgain` when it cannot be reached. The engine must be one that writes (`Database.writer`).
    """
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with translated(), engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
        config = configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def require_current(engine: sa.Engine) -> None:
    """Raises `BadInput`, which says what to do, unless the database has the present schema."""
    refuse(version(engine), accepted=("current",))


def prepare(database: Database) -> None:
    """Make a new database without asking; refuse one whose schema is not ours. As `require_current`."""
    found = version(database.writer)
    refuse(found, accepted=("current", "empty"))
    if found == "empty":
        migrate(database.writer)


def refuse(found: Version, accepted: tuple[Version, ...]) -> None:
    if found not in accepted:
        raise BadInput(REFUSALS[found])


REFUSALS = {
    "empty": "La base de données est vide. Créez-la avec : resync migrate",
    "old": (
        "La base de données vient d’une version plus ancienne de Resync. "
        "Sauvegardez-la, puis mettez-la à jour avec : resync migrate"
    ),
    "newer": (
        "La base de données vient d’une version plus récente de Resync, et rien n’y a été touché. "
        "Installez la dernière version du programme, puis recommencez."
    ),
    "foreign": (
        "La base de données contient déjà les tables d’un autre programme, et rien n’y a été touché. "
        "Donnez à Resync une base à lui dans RESYNC_DATABASE_URL."
    ),
}


def configuration() -> Config:
    """Alembic's configuration, without a file."""
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    config.attributes["version_table"] = VERSION_TABLE
    return config
