"""The database behind SQLAlchemy: one writer thread that commits in groups, and a few readers.

Why not SQLAlchemy's asyncio extension: it hops to a thread for each statement, which makes a step four times
slower on SQLite; and one commit for all the steps that wait at that moment is what a disk likes best
(docs/decisions/0002-group-commit.md has the figures). Both databases take the same path.
"""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError

from bot.domain.errors import BadInput, TryAgain

T = TypeVar("T")
Work = Callable[[sa.Connection], Any]
READERS = 2
BUSY_SECONDS = 30


def parse_url(url: str) -> sa.URL:
    """The database's address, or `BadInput` that says what one looks like."""
    try:
        parsed = sa.make_url(url)
    except ArgumentError:
        parsed = None
    backend = parsed.get_backend_name() if parsed is not None else ""
    if parsed is None or backend not in {"sqlite", "postgresql"}:
        raise BadInput(
            "RESYNC_DATABASE_URL n’est pas une adresse de base connue. Écrivez par exemple "
            "sqlite:///resync.db ou postgresql://utilisateur:motdepasse@serveur/resync"
        )
    driver = "sqlite" if backend == "sqlite" else "postgresql+psycopg"
    return parsed.set(drivername=driver)


def open_engine(url: sa.URL, size: int, *, writes: bool) -> sa.Engine:
    """A synchronous engine; `hide_parameters` keeps clients' data out of error messages."""
    if url.get_backend_name() == "postgresql":
        return sa.create_engine(url, pool_size=size, max_overflow=0, pool_pre_ping=True, hide_parameters=True)
    folder = Path(url.database or ".").parent
    if not folder.is_dir():
        raise BadInput(f"Le dossier {folder} de RESYNC_DATABASE_URL n’existe pas : créez-le d’abord.")
    engine = sa.create_engine(
        url,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        pool_size=size,
        max_overflow=0,
        poolclass=sa.QueuePool,
        hide_parameters=True,
    )
    sa.event.listen(engine, "connect", prepare_sqlite)
    if writes:
        sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def prepare_sqlite(connection: Any, _record: object) -> None:
    """Durable at each commit, readers never wait for the writer, and transactions begin where we say."""
    connection.isolation_level = None
    for pragma in (f"busy_timeout={BUSY_SECONDS * 1000}", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()
    use_a_write_ahead_log(connection)
    give_it_a_clock(connection)


def use_a_write_ahead_log(connection: Any) -> None:
    """Only the first connection to a new file changes it; SQLite does not wait there for others that try the same."""
    patience = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
            return
        except sqlite3.OperationalError:
            if time.monotonic() > patience:
                raise
            time.sleep(0.01)


def give_it_a_clock(connection: Any) -> None:
    """SQLite before 3.42 does not know unixepoch('subsec'), which DBOS needs on Python 3.12 and later."""
    if sqlite3.sqlite_version_info < (3, 42):
        connection.create_function("unixepoch", 1, lambda what: round(time.time(), 3) if what == "subsec" else None)


class Database:
    """Runs functions over a connection, each as a transaction of its own, without blocking the event loop."""

    def __init__(self, url: str) -> None:
        self.url = parse_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.writer = open_engine(self.url, 1, writes=True)
        self.reader = open_engine(self.url, READERS, writes=False)
        self._write_thread = ThreadPoolExecutor(1, "database-writer")
        self._read_threads = ThreadPoolExecutor(READERS, "database-reader")
        self._waiting: list[tuple[Work, asyncio.Future[Any]]] = []
        self._draining: asyncio.Task[None] | None = None

    async def write(self, work: Callable[[sa.Connection], T]) -> T:
        """Run `work` in a transaction. It may share its commit with others, never its rollback."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, future))
        if self._draining is None or self._draining.done():
            self._draining = asyncio.create_task(self._drain())
        return await future

    async def read(self, work: Callable[[sa.Connection], T]) -> T:
        """Run a function that only reads."""

        def run() -> T:
            with translated(), self.reader.connect() as connection:
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(self._read_threads, run)

    async def write_alone(self, work: Callable[[sa.Connection], T]) -> T:
        """Run `work` in a short transaction that shares no commit, as all processes want the row that it locks.

        SQLite has one writer, and one process.
        """
        if self.is_sqlite:
            return await self.write(work)

        def run() -> T:
            with translated(), self.reader.begin() as connection:
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(self._read_threads, run)

    async def aclose(self) -> None:
        """Finish what waits, then close."""
        while self._draining is not None and not self._draining.done():
            await self._draining
        self._write_thread.shutdown()
        self._read_threads.shutdown()
        self.writer.dispose()
        self.reader.dispose()

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                outcomes = await loop.run_in_executor(self._write_thread, self._commit, [work for work, _ in batch])
            except RuntimeError:  # the thread is gone, and nobody may wait for it for ever
                outcomes = [Failure(TryAgain("La base de données est fermée.")) for _ in batch]
            for (_, future), outcome in zip(batch, outcomes, strict=True):
                settle(future, outcome)

    def _commit(self, batch: list[Work]) -> list[Any]:
        """All in one commit; if any of them fails, each alone, so that one bad step harms only itself."""
        if len(batch) > 1:
            with contextlib.suppress(Exception):  # whose it was shows when each runs alone
                return self._commit_together(batch)
        return [self._commit_alone(work) for work in batch]

    def _commit_together(self, batch: list[Work]) -> list[Any]:
        """Without a savepoint around each: two statements a step, to spare one that fails its second run."""
        with self.writer.begin() as connection:
            return [work(connection) for work in batch]

    def _commit_alone(self, work: Work) -> Any:
        try:
            with translated(), self.writer.begin() as connection:
                return work(connection)
        except Exception as error:  # handed to the one who asked
            return Failure(error)


class Failure:
    """The exception of one transaction, on its way back to the one who asked for it."""

    def __init__(self, error: Exception) -> None:
        self.error = error


def settle(future: asyncio.Future[Any], outcome: Any) -> None:
    """Give the outcome to the one who asked, unless he has gone."""
    if future.done():
        return
    if isinstance(outcome, Failure):
        future.set_exception(outcome.error)
    else:
        future.set_result(outcome)


class translated:  # noqa: N801  # reads as a word in `with translated():`
    """Foreign errors become ours, once."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, OperationalError | InterfaceError):
            raise TryAgain(f"La base de données ne répond pas : {reason(error)}") from None


def reason(error: DBAPIError) -> str:
    """The driver's first line, which holds no parameter."""
    return str(error.orig).splitlines()[0] if str(error.orig) else type(error.orig).__name__
