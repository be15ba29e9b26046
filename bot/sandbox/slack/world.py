"""What this Slack remembers: people, channels, messages, views, files. No network, no clock but `now`."""

import asyncio
import copy
import itertools
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from weakref import WeakSet

from bot.sandbox.slack.refusal import Json, Refused

BOT_USER, BOT_ID, APP_ID, BOT_NAME = "U0RESYNCBOT", "B0RESYNC", "A0RESYNC", "resync"
_CHANGES_KEPT = 1000


def utc_now() -> datetime:
    """The real time, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class User:
    """A person, or the bot. A `team_id` that is not the workspace's is someone met through Slack Connect."""

    id: str
    name: str
    real_name: str
    team_id: str
    is_guest: bool = False
    is_bot: bool = False

    @property
    def email(self) -> str:
        return f"{self.name}@sandbox.example"

    def json(self, home_team: str) -> Json:
        """A user object (docs.slack.dev, Reference > Objects > User object)."""
        profile = {"real_name": self.real_name, "display_name": self.name, "email": self.email}
        return {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "real_name": self.real_name,
            "deleted": False,
            "tz": "Europe/Paris",
            "profile": {**profile, "team": self.team_id},
            "is_admin": False,
            "is_owner": False,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "is_restricted": self.is_guest,
            "is_ultra_restricted": self.is_guest,
            "is_stranger": self.team_id != home_team,
            "updated": 1700000000,
        }


@dataclass
class Channel:
    """`messages` by ts, in order; `threads`: the ts of replies by that of their parent.

    `people` is set for a direct conversation: who it is with.
    """

    id: str
    name: str
    members: list[str]
    people: tuple[str, ...] = ()
    messages: dict[str, Json] = field(default_factory=dict)
    pins: set[str] = field(default_factory=set)
    threads: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def message(self, ts: str) -> Json:
        """The message itself, not a copy. Raises `Refused` message_not_found."""
        if ts not in self.messages:
            raise Refused("message_not_found")
        return self.messages[ts]

    def replies(self, ts: str) -> list[Json]:
        return [self.messages[each] for each in self.threads[ts]]

    def json(self) -> Json:
        """A conversation object (docs.slack.dev, Reference > Objects > Conversation object)."""
        direct = bool(self.people)
        shared: Json = {"id": self.id, "created": 1700000000, "is_archived": False, "is_org_shared": False}
        if direct:
            return {**shared, "is_im": True, "user": self.people[0]}
        flags = {"is_channel": True, "is_im": False, "is_private": False, "is_general": False}
        return {**shared, **flags, "name": self.name, "is_member": True, "num_members": len(self.members)}


@dataclass
class StoredFile:
    """A file between files.getUploadURLExternal (`content` None) and its sharing (`shared_in`)."""

    id: str
    name: str
    length: int
    title: str
    alt_text: str = ""
    content: bytes | None = None
    complete: bool = False
    shared_in: list[str] = field(default_factory=list)


@dataclass(eq=False)
class View:
    """A view as Slack keeps it: `body` is what payloads carry, `errors` what is read under the inputs."""

    body: Json
    user_id: str
    errors: dict[str, str] = field(default_factory=dict)


class World:
    """`base_url`: where this Slack is reached, with its prefix, `/` at the end; learnt from calls."""

    def __init__(self, now: Callable[[], datetime], team_id: str, channel_id: str, channel_name: str) -> None:
        self.now, self.team_id = now, team_id
        self.base_url: str | None = None
        self.names = itertools.count(1)
        bot = User(BOT_USER, BOT_NAME, "Resync", team_id, is_bot=True)
        self.users: dict[str, User] = {BOT_USER: bot}
        self.usergroups: dict[str, list[str]] = {}
        self.channels = {channel_id: Channel(channel_id, channel_name, [BOT_USER])}
        self.home_channel = self.channels[channel_id]
        self.ephemerals: defaultdict[str, list[Json]] = defaultdict(list)
        self.views: defaultdict[str, list[View]] = defaultdict(list)
        self.homes: dict[str, View] = {}
        self.files: dict[str, StoredFile] = {}
        self._last_stamp = 0
        self._listeners: WeakSet[asyncio.Queue[Json]] = WeakSet()

    def new_id(self, letter: str) -> str:
        """A name of Slack's look: a letter for what it names, then capitals and digits."""
        return f"{letter}{next(self.names):09X}"

    def stamp(self) -> str:
        """A new ts: later than every one given before, even if the clock stands still or goes back."""
        current = int(self.now().timestamp()) * 1_000_000 + 100
        self._last_stamp = max(current, self._last_stamp + 100)
        return f"{self._last_stamp // 1_000_000}.{self._last_stamp % 1_000_000:06d}"

    def url(self, path: str) -> str:
        """An address of this Slack. Raises `RuntimeError` before anyone has called it or set `base_url`."""
        if self.base_url is None:
            raise RuntimeError("nobody has called this Slack yet: set its base_url first")
        return self.base_url + path

    def find_user(self, user_id: str) -> User:
        """Raises `Refused` user_not_found."""
        if user_id not in self.users:
            raise Refused("user_not_found")
        return self.users[user_id]

    def find_channel(self, name: str) -> Channel:
        """By id, by `#name`, or the direct conversation with a person. Raises `Refused` channel_not_found."""
        if name in self.channels:
            return self.channels[name]
        if name in self.users and name != BOT_USER:
            return self.direct((name,))
        named = [each for each in self.channels.values() if f"#{each.name}" == name and not each.people]
        if not named:
            raise Refused("channel_not_found")
        return named[0]

    def direct(self, people: tuple[str, ...]) -> Channel:
        """The conversation of the bot with these people, opened if need be."""
        for channel in self.channels.values():
            if set(channel.people) == set(people):
                return channel
        for each in people:
            self.find_user(each)
        channel = Channel(self.new_id("D"), "", [BOT_USER, *people], people)
        self.channels[channel.id] = channel
        return channel

    def find_view(self, view_id: str | None, external_id: str | None = None) -> View:
        """An open modal or a published home. Raises `Refused` not_found."""
        for view in itertools.chain(self.homes.values(), *self.views.values()):
            if view_id is not None and view.body["id"] == view_id:
                return view
            if external_id and view.body["external_id"] == external_id:
                return view
        raise Refused("not_found")

    def changed(self, kind: str, **details: object) -> None:
        """Tell those who watch the screens."""
        if not self._listeners:
            return
        change = copy.deepcopy({"kind": kind, **details})
        for queue in list(self._listeners):
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(change)

    def subscribe(self) -> AsyncIterator[Json]:
        """Changes from this call on; a reader too slow for the last thousand misses the oldest."""
        queue: asyncio.Queue[Json] = asyncio.Queue(_CHANGES_KEPT)
        self._listeners.add(queue)
        return _drain(queue)


async def _drain(queue: "asyncio.Queue[Json]") -> AsyncIterator[Json]:
    while True:
        yield await queue.get()
