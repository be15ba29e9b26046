"""The firm's channel on Slack: `bot.ports.StaffDesk`, and what the handlers ask of Slack.

Law: a card is never posted twice. Where it is not sure that one was posted, it is looked for in the channel first.
Sources: docs.slack.dev, Reference > Methods; Messaging > Message metadata; Web API > Rate limits.
"""

import asyncio
import contextlib
import json
import time
from collections import OrderedDict
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiohttp
import structlog
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.adapters.pace import Pace
from bot.adapters.slack_calls import call
from bot.adapters.slack_cards import Json, calling, card, digest, incident_card, line, reply_window, status, words
from bot.adapters.slack_channels import Channels
from bot.adapters.slack_reply_windows import postpone_window, preview_window
from bot.adapters.slack_text import clean_for_client, mentioned, shortened
from bot.domain.attachments import LARGEST
from bot.domain.authority import Role
from bot.domain.client import Contact
from bot.domain.errors import BotError, Refused, Throttled, TryAgain, Unreachable
from bot.domain.names import folded
from bot.domain.radar import Incident
from bot.ports import Case, CaseView, Picture, Texts

log = structlog.get_logger(__name__)

UNCHANGED: Json = {"parse": "none", "link_names": False}
UNSEEN_LINKS: Json = {"unfurl_links": False, "unfurl_media": False}
EVENT_TYPE = "resync_case"
PAGES, PAGE = 3, 200  # a card is looked for among the latest 600 messages: a doubtful post is retried within minutes
PEOPLE_KEPT, PEOPLE_FRESH = 500, 3600.0
MOST_MENTIONS = 10
DOWNLOAD_SECONDS = 60
WITHOUT_A_LINE = ("open", "passed-on", "resumed")
"""Where a case stands that its thread tells otherwise: a colleague is called, or the client writes."""
WHISPER_SECONDS = 1.0


def open_client(token: str, api_url: str) -> AsyncWebClient:
    """A client that repeats nothing by itself: whether a call may be repeated is not for a library to say."""
    return AsyncWebClient(token=token, base_url=api_url, timeout=10, retry_handlers=[])


@dataclass(frozen=True)
class Person:
    """A user of Slack, as far as it concerns us. `name` is empty for those who are not of the firm."""

    name: str
    until: float


class Roles(Protocol):
    """Who of the workspace's full members may do what."""

    async def of(self, user_id: str) -> Role:
        """Raises `TryAgain`."""
        ...


class SlackDesk:
    """`StaffDesk`. `channel` is the firm's, as an id or as `#name`; `pace` is that of messages.

    Without `roles` every full member of the workspace may do everything. `own`: the channels of accountants, by their
    folded names; the cards of their clients go there.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        channel: str,
        texts: Texts,
        pace: Pace,
        roles: Roles | None = None,
        own: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.client = client
        self.texts = texts
        self.pace = pace
        self.roles = roles
        self.channels = Channels(client, channel, own)
        self._workspace: Mapping[str, Any] | None = None
        self._people: OrderedDict[str, Person] = OrderedDict()
        self._colleagues: Mapping[str, tuple[str, str]] = {}
        self._colleagues_until = 0.0

    async def open_case(self, view: CaseView) -> tuple[str, str]:
        """Post the card, unless it is there; returns (channel, thread)."""
        case = view.case
        if case.thread:
            await self._redraw(view)
            return case.channel, case.thread
        if self.channels.has_own(view.accountant):
            try:
                return await self._open_in(await self.channels.of(view.accountant), view)
            except Refused as error:
                log.warning("an accountant's channel cannot be written to", who=view.accountant, reason=str(error))
        return await self._open_in(await self.channels.firm(), view)

    async def _open_in(self, channel: str, view: CaseView) -> tuple[str, str]:
        thread = await self._find_card(channel, view.case) or await self._post_card(channel, view)
        return channel, thread

    async def update_case(self, view: CaseView) -> None:
        """Redraw the card, and say in its thread where the case stands now."""
        need_thread(view.case)
        await self._redraw(view)
        if view.case.status not in WITHOUT_A_LINE:
            await self._post(line(status(view.case, self.texts)), view.case)

    async def redraw_case(self, view: CaseView) -> None:
        """Redraw the card, and say nothing: it only shows how something goes on."""
        need_thread(view.case)
        await self._redraw(view)

    async def tell(self, text: str, case: Case | None) -> None:
        """A line into the thread of a case; into the channel where there is none, or not yet."""
        await self._post(line(text), case)

    async def call(self, case: Case, name: str, text: str, mark: str) -> bool:
        """A line into the thread that calls a colleague; False where it stands there already."""
        need_thread(case)
        known = await self.colleagues() if name else {}
        content = calling(known.get(folded(name), ("", ""))[1], name, text)
        content["metadata"] = {"event_type": "resync_call", "event_payload": {"job": mark}}
        if await self._find_in_thread(case, content["metadata"]):
            return False
        await self._post(content, case)
        return True

    async def colleagues(self) -> Mapping[str, tuple[str, str]]:
        """(first name, id) of each colleague, by his folded first name; of two who are called alike, the first."""
        if self._colleagues_until <= time.monotonic():
            home, cursor = (await self.whoami())["team_id"], ""
            found: dict[str, tuple[str, str]] = {}
            while True:
                page = await call(self.client.users_list(limit=PAGE, cursor=cursor))
                for user in page["members"]:
                    if is_staff(user, home):
                        found.setdefault(folded(first_name(user)), (first_name(user), str(user["id"])))
                cursor = (page.get("response_metadata") or {}).get("next_cursor", "")
                if not cursor:
                    break
            self._colleagues, self._colleagues_until = found, time.monotonic() + PEOPLE_FRESH
        return self._colleagues

    async def show_incident(self, incident: Incident, since: str) -> tuple[str, str]:
        """Post the card of a bank's incident, unless it is there; else bring it up to date."""
        content = incident_card(incident, since, self.texts)
        return await self.show_card(content, incident_mark(incident), (incident.channel, incident.thread))

    async def show_card(self, content: Json, mark: Json, place: tuple[str, str]) -> tuple[str, str]:
        """Post a card with our mark, unless it is there; else bring it up to date. Returns (channel, thread)."""
        content = {**content, "metadata": mark}
        channel = place[0] or await self.channels.firm()
        thread = place[1] or await self._find(channel, mark)
        if thread:
            await call(self.client.chat_update(channel=channel, ts=thread, **content, **UNCHANGED))
            return channel, thread
        posted = await self._paced(
            self.client.chat_postMessage(channel=channel, **content, **UNCHANGED, **UNSEEN_LINKS)
        )
        return channel, str(posted["ts"])

    async def attach(self, place: tuple[str, str], name: str, content: bytes) -> None:
        """A file into a thread of the firm's channel."""
        upload = self.client.files_upload_v2(
            filename=name, title=name, content=content, channel=place[0], thread_ts=place[1]
        )
        await self._paced(upload)

    async def tell_of_incident(self, incident: Incident, text: str) -> None:
        """A line into the thread of an incident."""
        if not incident.thread:
            raise TryAgain(f"The card of incident {incident.id} is not posted yet.")
        content = {**line(text), **in_thread(incident.thread), **UNCHANGED, **UNSEEN_LINKS}
        await self._paced(self.client.chat_postMessage(channel=incident.channel, **content))

    async def relay(self, case: Case, author: str, text: str, file: tuple[str, bytes] | None) -> None:
        """The client's words, and his file beside them, into the thread."""
        need_thread(case)
        content = words(author, text)
        if file is None:
            await self._post(content, case)
            return
        name = file_name(file[0])
        await self._paced(
            self.client.files_upload_v2(
                filename=name,
                title=name,
                content=file[1],
                channel=case.channel,
                thread_ts=case.thread,
                blocks=json.dumps(content["blocks"], ensure_ascii=False),
            )
        )

    async def show_reply(self, case: Case, who: str, text: str, mark: str) -> None:
        """The colleague's words as they left, under a line that says so."""
        need_thread(case)
        content = words(self.texts.say("staff-reply-sent", who=who), text)
        content["metadata"] = {"event_type": "resync_reply", "event_payload": {"job": mark}}
        if not await self._find_in_thread(case, content["metadata"]):
            await self._post(content, case)

    async def post_digest(
        self, parts: Sequence[tuple[str, Sequence[str]]], pictures: Sequence[Picture], mark: str
    ) -> None:
        """One message with its pictures below. It is known again by the names of these, or by our mark."""
        channel, content = await self.channels.firm(), digest(parts)
        if not pictures:
            content["metadata"] = {"event_type": "resync_digest", "event_payload": {"digest": mark}}
            if not await self._find(channel, content["metadata"]):
                await self._post(content, None)
            return
        files = [
            {"filename": f"{mark.replace(':', '-')}-{each.name}.png", "title": each.title, "alt_txt": each.alt,
             "content": each.png}
            for each in pictures
        ]  # fmt: skip
        if await self._find_file(channel, str(files[0]["filename"])):
            return
        blocks = json.dumps(content["blocks"], ensure_ascii=False)
        await self._paced(self.client.files_upload_v2(file_uploads=files, channel=channel, blocks=blocks))

    async def fetch(self, file: str) -> tuple[str, bytes]:
        """A file of a colleague's: its name and its bytes. Raises `Refused` where it is too large, or not here."""
        known = (await call(self.client.files_info(file=file)))["file"]
        address = str(known.get("url_private_download") or known.get("url_private") or "")
        if int(known.get("size") or 0) > LARGEST:
            raise Refused("the file is too large to be passed on")
        if not is_slacks(address, self.client.base_url):
            raise Refused("Slack does not hold the file itself")
        return str(known.get("name") or ""), await self._download(address)

    async def _download(self, address: str) -> bytes:
        """With our token, which no other host may see: no redirection is followed."""
        headers, data = {"Authorization": f"Bearer {self.client.token}"}, b""
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(DOWNLOAD_SECONDS)) as session,
                session.get(address, headers=headers, allow_redirects=False) as answer,
            ):
                if answer.status != 200:
                    raise Unreachable(f"Slack does not give the file: {answer.status}")
                async for chunk in answer.content.iter_chunked(1 << 16):
                    data += chunk
                    if len(data) > LARGEST:
                        raise Refused("the file is too large to be passed on")
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Unreachable(f"Slack does not give the file: {type(error).__name__}") from None
        return data

    async def whoami(self) -> Mapping[str, Any]:
        """What `auth.test` says of the bot: `team_id`, `user_id`, `bot_id`. Asked once."""
        if self._workspace is None:
            answer = await call(self.client.auth_test())
            self._workspace = {name: answer.get(name) for name in ("team_id", "user_id", "bot_id", "enterprise_id")}
        return self._workspace

    async def staff_name(self, user_id: str) -> str:
        """A colleague's first name, as a client may read it; empty for guests, strangers, bots and other firms.

        And for a colleague who is in no role.
        """
        return await self._name(user_id) if await self.role(user_id) else ""

    async def role(self, user_id: str) -> Role:
        """What a user of Slack may do. Raises `TryAgain`."""
        if not await self._name(user_id):
            return Role.NOBODY
        return Role.MANAGER if self.roles is None else await self.roles.of(user_id)

    async def is_ours(self, team: str, channel: str) -> bool:
        """The firm's own workspace, and a channel of its or a conversation with the bot alone; empty is not known."""
        if team and team != (await self.whoami())["team_id"]:
            return False
        return not channel or channel.startswith("D") or channel in await self.channels.all()

    async def _name(self, user_id: str) -> str:
        known = self._people.get(user_id)
        if known is None or known.until <= time.monotonic():
            known = Person(await self._read_name(user_id), time.monotonic() + PEOPLE_FRESH)
            self._people[user_id] = known
            if len(self._people) > PEOPLE_KEPT:
                self._people.popitem(last=False)
        return known.name

    async def words(self, text: str) -> str:
        """What a colleague wrote in Slack, as a client may read it: mentions are first names."""
        names = {each: await self._name(each) for each in mentioned(text)[:MOST_MENTIONS]}
        return clean_for_client(text, names)

    async def ask_for_reply(self, trigger_id: str, case_id: int) -> None:
        """Open the window for a reply; the trigger is good for three seconds."""
        await call(self.client.views_open(trigger_id=trigger_id, view=reply_window(case_id, self.texts)))

    async def ask_for_day(self, trigger_id: str, case_id: int, tomorrow: date) -> None:
        """Open the window of « Reporter »; the trigger is good for three seconds."""
        await call(self.client.views_open(trigger_id=trigger_id, view=postpone_window(case_id, tomorrow, self.texts)))

    def preview(self, view: CaseView, who: str, text: str, notice: str = "") -> dict[str, Any]:
        """The second window of a reply: what the client will read."""
        shown: dict[str, Any] = preview_window(view, who, text, self.texts, notice).to_dict()
        return shown

    async def whisper(self, channel: str, user_id: str, text: str, thread: str = "") -> None:
        """A line that only this person sees. A courtesy: where it cannot be said, nothing else suffers.

        Without a channel, in the firm's own.
        """
        content = {**line(text), **in_thread(thread), **UNCHANGED}
        try:
            async with asyncio.timeout(WHISPER_SECONDS):
                where = channel or await self.channels.firm()
                await call(self.client.chat_postEphemeral(channel=where, user=user_id, **content))
        except (BotError, TimeoutError) as error:
            log.warning("a whisper was not heard", reason=str(error) or type(error).__name__)

    async def _post(self, content: Json, case: Case | None) -> None:
        thread = case.thread if case else ""
        channel = case.channel if case and thread else await self.channels.firm()
        content = {**content, **in_thread(thread), **UNCHANGED, **UNSEEN_LINKS}
        await self._paced(self.client.chat_postMessage(channel=channel, **content))

    async def _post_card(self, channel: str, view: CaseView) -> str:
        content = {**card(view, self.texts), "metadata": metadata(view.case)}
        posted = await self._paced(
            self.client.chat_postMessage(channel=channel, **content, **UNCHANGED, **UNSEEN_LINKS)
        )
        return str(posted["ts"])

    async def _redraw(self, view: CaseView) -> None:
        case, content = view.case, card(view, self.texts)
        content["metadata"] = metadata(case)
        await call(self.client.chat_update(channel=case.channel, ts=case.thread, **content, **UNCHANGED))

    async def _paced(self, request: Coroutine[Any, Any, AsyncSlackResponse]) -> AsyncSlackResponse:
        """One message into the channel: Slack allows about one a second."""
        with contextlib.closing(request):
            async with self.pace.turn():
                try:
                    return await call(request)
                except Throttled as throttled:
                    await self.pace.push_back(throttled.after or 0.0)
                    raise

    async def _find_card(self, channel: str, case: Case) -> str | None:
        """The card of a case: an earlier attempt may have posted it unanswered."""
        return await self._find(channel, metadata(case))

    async def _find(self, channel: str, mark: Json) -> str | None:
        """The message with our mark, among the latest."""
        cursor = ""
        for _ in range(PAGES):
            page = await call(
                self.client.conversations_history(
                    channel=channel, limit=PAGE, include_all_metadata=True, cursor=cursor
                )
            )
            for message in page["messages"]:
                if is_marked(message.get("metadata"), mark):
                    return str(message["ts"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor:
                return None
        return None

    async def _find_file(self, channel: str, name: str) -> bool:
        """Is a file of this name in one of the latest messages?"""
        page = await call(self.client.conversations_history(channel=channel, limit=PAGE))
        return any(file.get("name") == name for each in page["messages"] for file in each.get("files") or ())

    async def _find_in_thread(self, case: Case, mark: Json) -> bool:
        """Does a thread hold the message with our mark?"""
        cursor = ""
        for _ in range(PAGES):
            page = await call(
                self.client.conversations_replies(
                    channel=case.channel, ts=case.thread, limit=PAGE, include_all_metadata=True, cursor=cursor
                )
            )
            if any(is_marked(message.get("metadata"), mark) for message in page["messages"]):
                return True
            cursor = (page.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor:
                break
        return False

    async def _read_name(self, user_id: str) -> str:
        try:
            user = (await call(self.client.users_info(user=user_id)))["user"]
        except Refused as refused:
            log.warning("a user of Slack cannot be read", reason=str(refused))
            return ""
        if not is_staff(user, (await self.whoami())["team_id"]):
            return ""
        return first_name(user)


def first_name(user: Mapping[str, Any]) -> str:
    """As a client may read it."""
    profile = user.get("profile") or {}
    full = profile.get("real_name") or user.get("real_name") or profile.get("display_name") or user.get("name", "")
    return shortened(profile.get("first_name") or Contact(0, full).first_name, 40)


def is_staff(user: Mapping[str, Any], home: str) -> bool:
    """A full member of the firm's own workspace: no guest, no bot, nobody of another company."""
    flags = ("deleted", "is_bot", "is_app_user", "is_restricted", "is_ultra_restricted", "is_stranger")
    workspaces = {user.get("team_id"), *(user.get("enterprise_user") or {}).get("teams", ())}
    return home in workspaces and not any(user.get(flag) for flag in flags)


def is_slacks(address: str, api: str) -> bool:
    """May this address see our token? Slack's own hosts, and that of its Web API."""
    url, home = urlsplit(address), urlsplit(api)
    if home.hostname == url.hostname and home.port == url.port:
        return home.scheme == url.scheme
    return url.scheme == "https" and (url.hostname or "").endswith(".slack.com")


def is_about(found: Json | None, case: Case) -> bool:
    """Is this our mark on the card of this case?"""
    return is_marked(found, metadata(case))


def is_marked(found: Json | None, mark: Json) -> bool:
    """Is this our mark? Slack may add to what we wrote."""
    if not found or found.get("event_type") != mark["event_type"]:
        return False
    payload: Json = found.get("event_payload") or {}
    return bool(mark["event_payload"].items() <= payload.items())


def incident_mark(incident: Incident) -> Json:
    """By this the card of an incident is known again, as that of a case is."""
    payload = {"incident": incident.id, "opened": f"{incident.opened_at.timestamp():.3f}"}
    return {"event_type": "resync_incident", "event_payload": payload}


def metadata(case: Case) -> Json:
    """By this a card is known again. The moment belongs to it, since ids begin anew with a new database."""
    payload = {"case": case.id, "opened": f"{case.opened_at.timestamp():.3f}"}
    return {"event_type": EVENT_TYPE, "event_payload": payload}


def need_thread(case: Case) -> None:
    """The card may still be on its way."""
    if not case.thread:
        raise TryAgain(f"The card of case {case.id} is not posted yet.")


def in_thread(thread: str) -> Json:
    """The argument that puts a message into a thread, where there is one."""
    return {"thread_ts": thread} if thread else {}


def file_name(name: str) -> str:
    """A label without folders and without what one cannot see."""
    return shortened(PurePosixPath(name.replace("\\", "/")).name, 100)
