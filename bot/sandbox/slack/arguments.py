"""The Web API's methods with their arguments, and the reading of a call.

Facts: docs.slack.dev, Reference > Methods, one page a method. Slack ignores an argument it does not
know; here it is refused, because it is always a mistake. Left out of the tables: arguments that only
user tokens or organisations use.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from bot.sandbox.slack.refusal import Json, Refused


@dataclass(frozen=True)
class Method:
    """`arguments`: kind of value by name. `takes_json`: read methods only take forms and queries."""

    arguments: Mapping[str, str]
    required: frozenset[str]
    takes_json: bool = True
    any_argument: bool = False


def _read(words: str) -> Method:
    return _write(words, takes_json=False)


def _write(words: str, takes_json: bool = True, any_argument: bool = False) -> Method:
    """`channel! text limit:int`: `!` is required, a kind follows the colon, a string is the ordinary kind."""
    pairs = [word.partition(":") for word in words.split()]
    arguments = {name.rstrip("!"): kind or "str" for name, _, kind in pairs}
    required = frozenset(name.rstrip("!") for name, _, _ in pairs if name.endswith("!"))
    return Method(arguments, required, takes_json, any_argument)


_CONTENT = "text blocks:json attachments:json markdown_text as_user:bool link_names:bool parse"
_FACE = "icon_emoji icon_url username thread_ts"
_PAGE = "cursor limit:int"
_SPAN = f"{_PAGE} latest oldest inclusive:bool include_all_metadata:bool"

METHODS: dict[str, Method] = {
    "api.test": _write("error", any_argument=True),
    "apps.connections.open": _write(""),
    "auth.test": _write(""),
    "bots.info": _read("bot"),
    "chat.delete": _write("channel! ts! as_user:bool"),
    "chat.getPermalink": _read("channel! message_ts!"),
    "chat.postEphemeral": _write(f"channel! user! {_CONTENT} {_FACE}"),
    "chat.postMessage": _write(
        f"channel! {_CONTENT} {_FACE} metadata:json mrkdwn:bool reply_broadcast:bool unfurl_links:bool"
        " unfurl_media:bool"
    ),
    "chat.update": _write(f"channel! ts! {_CONTENT} metadata:json reply_broadcast:bool file_ids:list"),
    "conversations.history": _read(f"channel! {_SPAN}"),
    "conversations.info": _read("channel! include_locale:bool include_num_members:bool"),
    "conversations.list": _read(f"exclude_archived:bool types {_PAGE}"),
    "conversations.members": _read(f"channel! {_PAGE}"),
    "conversations.open": _write("channel users:list return_im:bool prevent_creation:bool"),
    "conversations.replies": _read(f"channel! ts! {_SPAN}"),
    "files.completeUploadExternal": _write(
        "files!:json channel_id channels:list initial_comment thread_ts blocks:json"
    ),
    "files.getUploadURLExternal": _read("filename! length!:int alt_txt snippet_type"),
    "files.info": _read(f"file! count:int page:int {_PAGE}"),
    "pins.add": _write("channel! timestamp!"),
    "reactions.add": _write("channel! name! timestamp!"),
    "team.info": _read("team domain"),
    "usergroups.users.list": _read("usergroup! include_disabled:bool"),
    "users.info": _read("user! include_locale:bool"),
    "users.list": _read(f"include_locale:bool {_PAGE}"),
    "users.lookupByEmail": _read("email!"),
    "views.open": _write("view!:json trigger_id interactivity_pointer"),
    "views.publish": _write("user_id! view!:json hash"),
    "views.push": _write("view!:json trigger_id interactivity_pointer"),
    "views.update": _write("view!:json view_id external_id hash"),
}

# Bolt sends the workspace of the event it handles with every call; Slack minds it only in organisations.
_EVERYWHERE = frozenset({"team_id"})
_BAD_JSON = {"blocks": "invalid_blocks_format", "metadata": "invalid_metadata_format"}


def _as_string(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a string")
    return value


def _as_boolean(value: Any) -> bool:
    if str(value).lower() not in {"true", "false", "1", "0"}:
        raise ValueError("must be a boolean")
    return str(value).lower() in {"true", "1"}


def _as_integer(value: Any) -> int:
    if isinstance(value, bool) or not str(value).lstrip("-").isdigit():
        raise ValueError("must be an integer")
    return int(value)


def _as_json(value: Any) -> Any:
    try:
        value = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError("must be valid JSON") from None
    if not isinstance(value, (list, dict)):
        raise ValueError("must be an array or an object")
    return value


def _as_list(value: Any) -> list[str]:
    if isinstance(value, str):
        value = json.loads(value) if value.startswith("[") else value.split(",")
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError("must be a list of strings")
    return value


_KINDS: dict[str, Callable[[Any], Any]] = {
    "str": _as_string,
    "bool": _as_boolean,
    "int": _as_integer,
    "json": _as_json,
    "list": _as_list,
}


def check_arguments(name: str, given: Mapping[str, Any]) -> Json:
    """The arguments of a call, each of its kind.

    Raises `Refused`: unknown_method, invalid_arguments naming what is unknown, missing or of the wrong kind.
    """
    method = METHODS[name]
    if method.any_argument:
        return dict(given)
    known = method.arguments.keys() | _EVERYWHERE
    faults = [f"no such argument for {name}: {each}" for each in sorted(given.keys() - known)]
    faults += [f"missing required field: {each}" for each in sorted(method.required - given.keys())]
    read: Json = {}
    for each in method.arguments.keys() & given.keys():
        try:
            read[each] = _KINDS[method.arguments[each]](given[each])
        except ValueError as fault:
            if each in _BAD_JSON:
                raise Refused(_BAD_JSON[each]) from None
            faults.append(f"{fault} [json-pointer:/{each}]")
    if faults:
        raise Refused("invalid_arguments", faults)
    return read


async def read_call(request: Request, name: str) -> tuple[str | None, Json]:
    """The token and the raw arguments of a request for a method we know."""
    given: Json = dict(request.query_params)
    if request.method == "POST":
        given |= await _read_body(request, METHODS[name])
    in_arguments = given.pop("token", None)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token, given
    return in_arguments, given


async def _read_body(request: Request, method: Method) -> Json:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        async with request.form() as form:
            return {name: value for name, value in form.items() if isinstance(value, str)}
    body = await request.body()
    if not body:
        return {}
    if not kind:
        raise Refused("missing_post_type")
    # Read methods take no JSON: the real server would see no arguments at all, and say so less clearly.
    if kind != "application/json" or not method.takes_json:
        raise Refused("invalid_post_type")
    return _read_json(body)


def _read_json(body: bytes) -> Json:
    try:
        given = json.loads(body)
    except ValueError:
        raise Refused("invalid_json") from None
    if not isinstance(given, dict):
        raise Refused("json_not_object")
    return {name: value for name, value in given.items() if value is not None}
