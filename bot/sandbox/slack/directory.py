"""Who and where: the `auth.*`, `users.*`, `conversations.*`, `bots.*` and `team.*` methods."""

from collections.abc import Callable, Sequence
from typing import Any

from bot.sandbox.slack.refusal import Json, Refused
from bot.sandbox.slack.world import APP_ID, BOT_ID, BOT_NAME, BOT_USER, World

TEAM_NAME, TEAM_DOMAIN = "Sandbox", "sandbox"
_PAGE, _LARGEST_PAGE = 100, 1000


class Directory:
    """Reads of the world, in pages where Slack pages."""

    def __init__(self, world: World) -> None:
        self._world = world

    def methods(self) -> dict[str, Callable[[Json], Json]]:
        return {
            "api.test": self.test,
            "auth.test": self.who_am_i,
            "bots.info": self.bot,
            "team.info": self.team,
            "users.info": self.user,
            "users.list": self.users,
            "users.lookupByEmail": self.user_by_email,
            "usergroups.users.list": self.usergroup,
            "conversations.list": self.channels,
            "conversations.info": self.channel,
            "conversations.history": self.history,
            "conversations.replies": self.replies,
            "conversations.open": self.open,
            "conversations.members": self.members,
        }

    def test(self, args: Json) -> Json:
        if "error" in args:
            raise Refused(args["error"])
        return {"args": args}

    def who_am_i(self, args: Json) -> Json:
        return {
            "url": self._world.url(""),
            "team": TEAM_NAME,
            "user": BOT_NAME,
            "team_id": self._world.team_id,
            "user_id": BOT_USER,
            "bot_id": BOT_ID,
            "is_enterprise_install": False,
        }

    def bot(self, args: Json) -> Json:
        if args.get("bot", BOT_ID) != BOT_ID:
            raise Refused("bot_not_found")
        facts = {"id": BOT_ID, "deleted": False, "name": BOT_NAME, "app_id": APP_ID, "user_id": BOT_USER}
        return {"bot": {**facts, "updated": 1700000000, "icons": {}}}

    def team(self, args: Json) -> Json:
        if args.get("team", self._world.team_id) != self._world.team_id:
            raise Refused("team_not_found")
        facts = {"id": self._world.team_id, "name": TEAM_NAME, "domain": TEAM_DOMAIN}
        return {"team": {**facts, "email_domain": "sandbox.example", "icon": {}}}

    def user(self, args: Json) -> Json:
        return {"user": self._world.find_user(args["user"]).json(self._world.team_id)}

    def users(self, args: Json) -> Json:
        return _page("members", [each.json(self._world.team_id) for each in self._world.users.values()], args)

    def user_by_email(self, args: Json) -> Json:
        for each in self._world.users.values():
            if each.email == args["email"] and not each.is_bot:
                return {"user": each.json(self._world.team_id)}
        raise Refused("users_not_found")

    def usergroup(self, args: Json) -> Json:
        if args["usergroup"] not in self._world.usergroups:
            raise Refused("no_such_subteam")
        return {"users": list(self._world.usergroups[args["usergroup"]])}

    def channels(self, args: Json) -> Json:
        kinds = set(args.get("types", "public_channel").split(","))
        if not kinds <= {"public_channel", "private_channel", "mpim", "im"}:
            raise Refused("invalid_types")
        wanted = [each for each in self._world.channels.values() if _kind(each.people) in kinds]
        return _page("channels", [each.json() for each in wanted], args)

    def channel(self, args: Json) -> Json:
        return {"channel": self._known(args).json()}

    def members(self, args: Json) -> Json:
        return _page("members", self._known(args).members, args)

    def _known(self, args: Json) -> Any:
        # Reading methods take ids only; posting ones also take names and people.
        if args["channel"] not in self._world.channels:
            raise Refused("channel_not_found")
        return self._world.channels[args["channel"]]

    def history(self, args: Json) -> Json:
        messages = self._known(args).messages.values()
        top = [each for each in messages if each.get("thread_ts", each["ts"]) == each["ts"]]
        return _messages([each for each in reversed(top) if _within(each["ts"], args)], args)

    def replies(self, args: Json) -> Json:
        channel = self._known(args)
        if args["ts"] not in channel.messages:
            raise Refused("thread_not_found")
        parent = channel.messages[args["ts"]]
        replies = [each for each in channel.replies(args["ts"]) if _within(each["ts"], args)]
        return _messages([parent, *replies], args)

    def open(self, args: Json) -> Json:
        people = tuple(args.get("users", ()))
        if not people and "channel" not in args:
            raise Refused("users_list_not_supplied")
        channel = self._world.direct(people) if people else self._known(args)
        return {"channel": channel.json() if args.get("return_im") else {"id": channel.id}}


def _kind(people: Sequence[str]) -> str:
    return "public_channel" if not people else "im" if len(people) == 1 else "mpim"


def _within(ts: str, args: Json) -> bool:
    oldest, latest = float(args.get("oldest", 0)), float(args.get("latest", "inf"))
    if args.get("inclusive"):
        return oldest <= float(ts) <= latest
    return oldest < float(ts) < latest


def _page(name: str, everything: Sequence[Any], args: Json) -> Json:
    """One page; a cursor is the number of things before it, as Slack's are also meant to be opaque."""
    cursor, limit = args.get("cursor") or "0", args.get("limit", _PAGE)
    if not cursor.isdigit() or int(cursor) > len(everything):
        raise Refused("invalid_cursor")
    if not 0 < limit <= _LARGEST_PAGE:
        raise Refused("invalid_limit")
    end = int(cursor) + limit
    following = str(end) if end < len(everything) else ""
    return {
        name: list(everything[int(cursor) : end]),
        "response_metadata": {"next_cursor": following},
    }


def _messages(everything: Sequence[Json], args: Json) -> Json:
    page = _page("messages", everything, args)
    return {**page, "has_more": bool(page["response_metadata"]["next_cursor"])}
