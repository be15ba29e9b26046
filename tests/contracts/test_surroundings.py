"""The surroundings of the tests themselves: databases are empty and separate, and nobody leaves the machine."""

import socket

import pytest
import sqlalchemy as sa

from bot.adapters.database.engine import open_engine, parse_url


@pytest.mark.parametrize("turn", ["first", "second"])
def test_every_test_gets_an_empty_database(database_url: str, turn: str) -> None:
    engine = open_engine(parse_url(database_url), 1, writes=True)
    with engine.begin() as sql:
        assert sa.inspect(sql).get_table_names() == []
        sql.execute(sa.text(f"CREATE TABLE {turn} (id INTEGER)"))
    engine.dispose()


def test_a_connection_to_another_machine_fails_the_test(strayed: list[str]) -> None:
    with socket.socket() as asker, pytest.raises(pytest.fail.Exception, match=r"192\.0\.2\.1"):
        asker.connect(("192.0.2.1", 9))
    assert strayed == ["192.0.2.1"]  # would fail this test in the end, so:
    strayed.clear()


def test_a_connection_to_this_machine_is_allowed() -> None:
    with socket.socket() as listener, socket.socket() as asker:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        asker.connect(listener.getsockname())
        assert asker.getpeername() == listener.getsockname()
