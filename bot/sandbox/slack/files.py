"""Files: the two-step upload, `files.info`, and what the upload and download addresses serve."""

import copy
import mimetypes
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from bot.sandbox.slack.chat import Chat
from bot.sandbox.slack.refusal import Json, Refused
from bot.sandbox.slack.world import APP_ID, BOT_ID, BOT_USER, StoredFile, World

_MOST_ALT_TEXT = 1000
_LOGIN_PAGE = "<!DOCTYPE html><title>Sign in to Slack</title><p>Sign in to see this file.</p>"


class Files:
    """An upload is: an address, the bytes sent there, then a completion that may share the file."""

    def __init__(self, world: World, chat: Chat, bot_token: str) -> None:
        self._world, self._chat, self._bot_token = world, chat, bot_token

    def methods(self) -> dict[str, Callable[[Json], Json]]:
        return {
            "files.getUploadURLExternal": self.prepare,
            "files.completeUploadExternal": self.complete,
            "files.info": self.info,
        }

    def prepare(self, args: Json) -> Json:
        if args["length"] <= 0:
            raise Refused("missing_argument")
        if len(args.get("alt_txt", "")) > _MOST_ALT_TEXT:
            raise Refused("alt_txt_too_large")
        name = args["filename"]
        stored = StoredFile(self._world.new_id("F"), name, args["length"], name, args.get("alt_txt", ""))
        self._world.files[stored.id] = stored
        return {"upload_url": self._world.url(f"files/upload/{stored.id}"), "file_id": stored.id}

    def complete(self, args: Json) -> Json:
        stored = [self._uploaded(each) for each in args["files"]]
        channels = [self._world.find_channel(each) for each in self._places(args)]
        for each, given in zip(stored, args["files"], strict=True):
            each.complete, each.title = True, given.get("title") or each.name
        for channel in channels:
            content: Json = {"text": args.get("initial_comment", "")}
            if args.get("blocks"):
                content["blocks"] = self._chat.kept_blocks(args["blocks"])
            author = {"user": BOT_USER, "bot_id": BOT_ID, "app_id": APP_ID, "upload": True}
            shown = {**author, **content, "files": [self.json(each) for each in stored]}
            self._chat.add(channel, shown, args.get("thread_ts"))
            for each in stored:
                each.shared_in.append(channel.id)
        return {"files": [self.json(each) for each in stored]}

    def _uploaded(self, given: Any) -> StoredFile:
        if not isinstance(given, dict) or not {"id"} <= given.keys() <= {"id", "title", "highlight_type"}:
            raise Refused("invalid_arguments", ["each file is an id with, if wanted, a title"])
        stored = self._world.files.get(given["id"])
        if stored is None or stored.content is None or stored.complete:
            raise Refused("file_not_found")
        return stored

    def _places(self, args: Json) -> list[str]:
        return [*([args["channel_id"]] if "channel_id" in args else []), *args.get("channels", ())]

    def info(self, args: Json) -> Json:
        stored = self._world.files.get(args["file"])
        if stored is None or not stored.complete:
            raise Refused("file_not_found")
        return {"file": self.json(stored), "comments": []}

    def json(self, stored: StoredFile) -> Json:
        """A file object (docs.slack.dev, Reference > Objects > File object)."""
        address = self._world.url(f"files/{stored.id}/{quote(stored.name)}")
        kind = mimetypes.guess_type(stored.name)[0] or "application/octet-stream"
        return {
            "id": stored.id,
            "created": int(self._world.now().timestamp()),
            "name": stored.name,
            "title": stored.title,
            "mimetype": kind,
            "filetype": stored.name.rpartition(".")[2] or "binary",
            "size": len(stored.content or b""),
            "user": BOT_USER,
            "mode": "hosted",
            "alt_txt": stored.alt_text,
            "url_private": address,
            "url_private_download": address,
            "permalink": address,
            "channels": copy.copy(stored.shared_in),
        }

    def hold(self, name: str, content: bytes, title: str | None = None) -> StoredFile:
        """Keep a file a person sends with a message."""
        stored = StoredFile(self._world.new_id("F"), name, len(content), title or name, "", content, True)
        self._world.files[stored.id] = stored
        return stored

    async def receive(self, request: Request) -> Response:
        """The upload address: the bytes as the body, or as a form's file."""
        stored = self._world.files.get(request.path_params["id"])
        if stored is None or stored.complete:
            return PlainTextResponse("not found", 404)
        content = await _sent(request)
        if len(content) != stored.length:
            return PlainTextResponse(f"expected {stored.length} bytes, got {len(content)}", 400)
        stored.content = content
        return PlainTextResponse(f"OK - {len(content)}")

    async def send(self, request: Request) -> Response:
        """A private address: the file for who shows the token, else a sign-in page with 200, as there."""
        if request.headers.get("authorization") != f"Bearer {self._bot_token}":
            return HTMLResponse(_LOGIN_PAGE)
        stored = self._world.files.get(request.path_params["id"])
        if stored is None or stored.content is None:
            return PlainTextResponse("not found", 404)
        return Response(stored.content, media_type=self.json(stored)["mimetype"])


async def _sent(request: Request) -> bytes:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await request.body()
    async with request.form() as form:
        for each in form.values():
            if not isinstance(each, str):
                return await each.read()
    return b""
