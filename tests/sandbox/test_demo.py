"""The demo around its page: a new database only, a free port, a decent hour, and an end without hanging."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import structlog
from starlette.applications import Starlette

from bot.domain.errors import BadInput
from bot.http import bind
from bot.sandbox import demo
from bot.sandbox.page import Stage, page_routes
from bot.sandbox.world import World, free_port


@pytest.fixture
def new_database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'demo.db'}"


async def state(world: World) -> dict[str, list[object]]:
    async with httpx.AsyncClient(base_url=world.address) as client:
        answer: dict[str, list[object]] = (await client.get("/demo/state")).json()
        return answer


async def test_a_database_that_was_used_is_refused_and_left_alone(new_database: str) -> None:
    async with demo.playing(new_database, "127.0.0.1:0") as world:
        assert len((await state(world))["clients"]) == 3
    with pytest.raises(BadInput, match="n’est pas vide"):
        async with demo.playing(new_database, "127.0.0.1:0"):
            pass


async def test_an_open_page_is_let_go_when_the_demo_ends(new_database: str) -> None:
    opened = asyncio.Event()

    async def listen(address: str) -> None:
        async with httpx.AsyncClient() as client, client.stream("GET", f"{address}/demo/events") as stream:
            async for _ in stream.aiter_lines():
                opened.set()

    async with demo.playing(new_database, "127.0.0.1:0") as world:
        listening = asyncio.create_task(listen(world.address))
        await opened.wait()
    await listening  # a stream that had to be cut off raises here


async def test_before_everybody_is_on_stage_the_page_asks_for_patience() -> None:
    nobody: list[Stage] = []
    app = Starlette(routes=page_routes(lambda: nobody[0]))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://demo") as page:
        assert (await page.get("/demo/state")).status_code == 503
        assert (await page.get("/demo/events")).status_code == 503


async def test_nothing_is_shown_of_another_client_or_colleague(new_database: str) -> None:
    async with demo.playing(new_database, "127.0.0.1:0") as world, httpx.AsyncClient(base_url=world.address) as page:
        for path in ("/demo/phone/7", "/demo/desk/U0NOBODY", "/demo/bank/7", "/demo/photo/x", "/demo/file/x"):
            assert (await page.get(path)).status_code == 404


async def test_the_page_is_guarded_against_foreign_scripts_and_frames(new_database: str) -> None:
    async with demo.playing(new_database, "127.0.0.1:0") as world, httpx.AsyncClient(base_url=world.address) as page:
        policy = (await page.get("/")).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_the_next_port_is_taken_where_one_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "PORT", free_port())
    with bind(f"127.0.0.1:{demo.PORT}") as taken:
        taken.listen()
        assert demo.free_address() != f"127.0.0.1:{demo.PORT}"
        monkeypatch.setattr(demo, "PORTS_TRIED", 1)
        with pytest.raises(BadInput, match="tous pris"):
            demo.free_address()


@pytest.mark.parametrize(
    ("now", "begins"),
    [
        (datetime(2026, 11, 23, 20, tzinfo=UTC), datetime(2026, 11, 23, 9, tzinfo=UTC)),
        (datetime(2026, 7, 12, 8, tzinfo=UTC), datetime(2026, 7, 13, 8, tzinfo=UTC)),
        (datetime(2026, 7, 14, 8, tzinfo=UTC), datetime(2026, 7, 15, 8, tzinfo=UTC)),
    ],
)
def test_it_begins_on_a_working_morning(now: datetime, begins: datetime) -> None:
    assert demo.beginning(now) == begins


async def test_whoever_ends_the_demo_while_time_passes_reads_no_complaint(new_database: str) -> None:
    with structlog.testing.capture_logs() as logged:
        playing = demo.playing(new_database, "127.0.0.1:0")
        async with playing as world, httpx.AsyncClient(base_url=world.address) as page:
            origin = {"Origin": world.address}
            assert (await page.post("/demo/acts/days", json={"days": 300}, headers=origin)).is_success
            assert (await page.get("/demo/state")).json()["clock"]["travelling"]
        async with asyncio.timeout(60):
            while any("_travel" in str(each.get_coro()) for each in asyncio.all_tasks()):  # noqa: ASYNC110  # the task is not ours
                await asyncio.sleep(0.01)
    assert [each["event"] for each in logged if each["log_level"] == "error"] == []
