"""The digest in the channel: each working morning, with its pictures, and never twice."""

from datetime import timedelta
from typing import Any

from tests.journeys.story import MARCEL, SOFIA, OpenStory, Story


def digests(story: Story) -> list[dict[str, Any]]:
    return [each for each in story.julie.channel() if any(is_ours(file) for file in each.get("files", ()))]


def is_ours(file: dict[str, Any]) -> bool:
    return str(file["name"]).startswith("digest-")


async def test_each_working_morning_once_and_on_monday_of_the_week(open_story: OpenStory) -> None:
    story = await open_story(MARCEL, SOFIA, digest_at="8:30")
    await story.arrives("Marcel")
    await story.wait(days=14)
    for _ in range(3):
        await story.world.app.mornings.order()
    await story.settle()
    found = digests(story)
    days = [story.moment({"date": int(float(each["ts"]))}).date() for each in found]
    assert days == sorted(set(days)), "never twice"
    assert all(day.weekday() < 5 for day in days)
    weekly = [day for day, each in zip(days, found, strict=True) if "sur les sept derniers jours" in str(each)]
    assert weekly == [day for day in days if day.weekday() == 0]
    assert len(days) == 11, "the first morning, and ten working days"
    for each in found:
        names = [file["name"] for file in each["files"]]
        assert [name.rpartition("-")[2] for name in names] == ["semaines.png", "situation.png"]
        assert all(file["alt_txt"].startswith(file["title"]) for file in each["files"])


async def test_a_digest_whose_answer_was_lost_is_not_posted_twice(open_story: OpenStory) -> None:
    story = await open_story(MARCEL, digest_at="8:30")
    await story.arrives("Marcel")
    weather = story.world.weather["slack"]
    weather.storm(500, b"<html>", where="/api/files.completeUploadExternal", times=1, lost=True)
    await story.wait_until((story.now + timedelta(days=1)).replace(hour=8, minute=31))
    await weather.refuses(1)
    await story.settle()
    names = [file["name"] for each in digests(story) for file in each["files"]]
    assert len(names) == len(set(names)) == 4, "this morning's two pictures and those of the next"
