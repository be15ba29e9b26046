"""The demo's fleet: forty clients at six banks, at different points of their cycles, most of whom play alone."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bot.sandbox import demo
from bot.sandbox.actors import until
from bot.sandbox.fleet import BANKS_OF_FLEET, HABITS, HOUSES, Habit, habit, lines_of_fleet


def test_forty_clients_six_banks_and_a_few_about_to_lapse() -> None:
    lines = lines_of_fleet()
    clients = {line.client: line for line in lines}
    assert len(clients) == 40
    assert len({line.contact.split()[0] for line in lines}) == 40, "each is invited by his first name"
    assert len(BANKS_OF_FLEET) == 6
    left = [BANKS_OF_FLEET[line.bank] - line.synchronised for line in lines if line.synchronised is not None]
    assert all(days > 0 for days in left)
    assert 4 <= sum(days <= 14 for days in left) <= 12
    assert len(set(left)) > 20, "everybody at another point of his cycle"
    assert min(Counter(line.bank for line in lines).values()) >= 6


def test_the_three_of_the_story_are_played_by_hand_and_some_stay_silent() -> None:
    habits = [habit(place) for place in range(3 + len(HOUSES))]
    assert habits[:3] == [Habit.YOURS] * 3
    assert Habit.YOURS not in habits[3:]
    assert set(habits[3:]) == set(HABITS)


async def test_a_client_of_the_fleet_renews_by_himself(tmp_path: Path) -> None:
    """Somebody's bank lapses within days; he answers fast, and nobody plays him."""
    database = f"sqlite:///{tmp_path / 'demo.db'}"
    async with (
        demo.playing(database, "127.0.0.1:0", fleet=True) as world,
        httpx.AsyncClient(base_url=world.address, timeout=60) as page,
    ):
        fleet = (await page.get("/demo/fleet")).json()
        assert len(fleet["clients"]) == 40
        assert {each["name"] for each in fleet["banks"]} == set(BANKS_OF_FLEET)
        assert (await page.get("/demo/state")).json()["fleet"] is True
        soon = [each["person"] for each in fleet["clients"] if each["habit"] == "quick" and 0 < days(each) < 7]
        goal = world.clock.now() + timedelta(days=6)
        await page.post("/demo/acts/days", json={"days": 6})
        await until(lambda: world.clock.now() >= goal, "six days pass", patience=300)
        after = {each["person"]: each for each in (await page.get("/demo/fleet")).json()["clients"]}
        assert any(days(after[person]) > 60 for person in soon)


def days(client: dict[str, list[dict[str, float]]]) -> float:
    return min((link["days_left"] for link in client["links"]), default=-1.0)


@pytest.mark.parametrize("act", [("days", {"days": 0}), ("days", {"days": 401}), ("brand", {"name": "Banque"})])
async def test_what_cannot_be_is_refused(tmp_path: Path, act: tuple[str, dict[str, object]]) -> None:
    name, form = act
    database = f"sqlite:///{tmp_path / 'demo.db'}"
    async with demo.playing(database, "127.0.0.1:0") as world, httpx.AsyncClient(base_url=world.address) as page:
        assert (await page.post(f"/demo/acts/{name}", json=form)).status_code == 400
        assert (await page.post("/demo/acts/brand", json={"name": "Nulle part", "up": True})).status_code == 409
        assert (await page.get("/demo/fleet")).status_code == 404, "three clients are no fleet"
