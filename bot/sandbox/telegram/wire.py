"""What comes in over HTTP, turned into parameters and files: query string, JSON, form, multipart."""

import json
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.types import Receive, Scope

from bot.sandbox.telegram.limits import UPLOAD_BYTES, Json, Refusal, bad

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


class Upload(NamedTuple):
    """A file sent in the request itself."""

    name: str
    data: bytes


class Incoming(NamedTuple):
    """One call: its parameters as they came, and its files by the name of their part."""

    raw: Json
    files: dict[str, Upload]


async def read_request(scope: Scope, receive: Receive) -> Incoming:
    """Query and body together; the body wins. Raises Refusal for a body that cannot be read."""
    query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    kind = _content_type(scope)
    if kind == "multipart/form-data":
        parameters, files = await _multipart(scope, receive)
        return Incoming({**query, **parameters}, files)
    body = await _body(receive)
    return Incoming({**query, **parameters_in(kind, body)} if query else parameters_in(kind, body), {})


def _content_type(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"content-type":
            return str(value.decode("latin-1").partition(";")[0].strip().lower())
    return ""


async def _body(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
    return body


def parameters_in(kind: str, body: bytes) -> Json:
    """Parameters of a JSON or form body (a webhook's answer uses them too)."""
    if not body:
        return {}
    try:
        if kind == JSON:
            return _object(json.loads(body))
        return dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True)) if kind == FORM else {}
    except ValueError as broken:
        raise bad("can't parse the request's body") from broken


def _object(value: Any) -> Json:
    if not isinstance(value, dict):
        raise bad("can't parse JSON object")
    return value


async def _multipart(scope: Scope, receive: Receive) -> tuple[Json, dict[str, Upload]]:
    parameters: Json = {}
    files: dict[str, Upload] = {}
    async with Request(scope, receive).form() as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                files[name] = Upload(value.filename or name, await _read_file(value))
            else:
                parameters[name] = value
    return parameters, files


async def _read_file(file: UploadFile) -> bytes:
    if (file.size or 0) > UPLOAD_BYTES:
        raise Refusal(413, "Request Entity Too Large")
    return await file.read()
