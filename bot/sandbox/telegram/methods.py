"""The methods the sandbox plays, their parameters, and the objects these hold. A table, then its reader.

One line a method: `name:kind`, a `!` where required, `[]` for arrays. Facts of core.telegram.org/bots/api
(10.1); a test compares them with a published description. The real server ignores what it does not know; this
one refuses it, because in a bot it is always a mistake.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from bot.sandbox.telegram.limits import Json, bad

_TO = "business_connection_id:str chat_id!:chat message_thread_id:int"
_SENT = (
    "direct_messages_topic_id:int disable_notification:bool protect_content:bool allow_paid_broadcast:bool"
    " message_effect_id:str reply_parameters:ReplyParameters"
)
_ONE = f"{_SENT} suggested_post_parameters:SuggestedPostParameters reply_markup:Markup"
_CAPTION = "caption:str parse_mode:str caption_entities:MessageEntity[]"
_EDITED = "business_connection_id:str chat_id:chat message_id:int inline_message_id:str"
_EDITED += " reply_markup:InlineKeyboardMarkup"
_SCOPE = "scope:BotCommandScope language_code:str"

_METHODS = {
    "getMe": "",
    "logOut": "",
    "close": "",
    "getUpdates": "offset:int limit:int timeout:int allowed_updates:str[]",
    "setWebhook": "url!:str certificate:upload ip_address:str max_connections:int allowed_updates:str[]"
    " drop_pending_updates:bool secret_token:str",
    "deleteWebhook": "drop_pending_updates:bool",
    "getWebhookInfo": "",
    "sendMessage": f"{_TO} text!:str parse_mode:str entities:MessageEntity[]"
    f" link_preview_options:LinkPreviewOptions {_ONE}",
    "sendPhoto": f"{_TO} photo!:file {_CAPTION} show_caption_above_media:bool has_spoiler:bool {_ONE}",
    "sendDocument": f"{_TO} document!:file thumbnail:file {_CAPTION} disable_content_type_detection:bool {_ONE}",
    "sendMediaGroup": f"{_TO} media!:InputMedia[] {_SENT}",
    "copyMessage": "chat_id!:chat message_thread_id:int from_chat_id!:chat message_id!:int"
    f" video_start_timestamp:int show_caption_above_media:bool {_CAPTION} {_ONE}",
    "editMessageText": f"{_EDITED} text:str parse_mode:str entities:MessageEntity[]"
    " link_preview_options:LinkPreviewOptions rich_message:InputRichMessage",
    "editMessageCaption": f"{_EDITED} {_CAPTION} show_caption_above_media:bool",
    "editMessageReplyMarkup": _EDITED,
    "editMessageMedia": f"{_EDITED} media!:InputMedia",
    "deleteMessage": "chat_id!:chat message_id!:int",
    "deleteMessages": "chat_id!:chat message_ids!:int[]",
    "setMessageReaction": "chat_id!:chat message_id!:int reaction:ReactionType[] is_big:bool",
    "answerCallbackQuery": "callback_query_id!:str text:str show_alert:bool url:str cache_time:int",
    "sendChatAction": f"{_TO} action!:str",
    "getFile": "file_id!:str",
    "getChat": "chat_id!:chat",
    "setMyCommands": f"commands!:BotCommand[] {_SCOPE}",
    "getMyCommands": _SCOPE,
    "deleteMyCommands": _SCOPE,
    "setMyName": "name:str language_code:str",
    "getMyName": "language_code:str",
    "setMyDescription": "description:str language_code:str",
    "getMyDescription": "language_code:str",
    "setMyShortDescription": "short_description:str language_code:str",
    "getMyShortDescription": "language_code:str",
    "setChatMenuButton": "chat_id:int menu_button:MenuButton",
    "getChatMenuButton": "chat_id:int",
}

_INPUT_MEDIA = "type!:str media!:str caption:str parse_mode:str caption_entities:MessageEntity[]"
_OBJECTS = {
    "InlineKeyboardMarkup": "inline_keyboard!:InlineKeyboardButton[][]",
    "InlineKeyboardButton": "text!:str icon_custom_emoji_id:str style:str url:str callback_data:str"
    " web_app:WebAppInfo login_url:LoginUrl switch_inline_query:str switch_inline_query_current_chat:str"
    " switch_inline_query_chosen_chat:SwitchInlineQueryChosenChat copy_text:CopyTextButton"
    " callback_game:CallbackGame pay:bool",
    "WebAppInfo": "url!:str",
    "LoginUrl": "url!:str forward_text:str bot_username:str request_write_access:bool",
    "SwitchInlineQueryChosenChat": "query:str allow_user_chats:bool allow_bot_chats:bool"
    " allow_group_chats:bool allow_channel_chats:bool",
    "CopyTextButton": "text!:str",
    "CallbackGame": "",
    "ReplyKeyboardMarkup": "keyboard!:KeyboardButton[][] is_persistent:bool resize_keyboard:bool"
    " one_time_keyboard:bool input_field_placeholder:str selective:bool",
    "KeyboardButton": "text!:str icon_custom_emoji_id:str style:str request_users:any request_chat:any"
    " request_managed_bot:any request_contact:bool request_location:bool request_poll:any web_app:WebAppInfo",
    "ReplyKeyboardRemove": "remove_keyboard!:bool selective:bool",
    "ForceReply": "force_reply!:bool input_field_placeholder:str selective:bool",
    "LinkPreviewOptions": "is_disabled:bool url:str prefer_small_media:bool prefer_large_media:bool"
    " show_above_text:bool",
    "ReplyParameters": "message_id!:int chat_id:chat allow_sending_without_reply:bool quote:str"
    " quote_parse_mode:str quote_entities:MessageEntity[] quote_position:int checklist_task_id:int"
    " poll_option_id:str",
    "MessageEntity": "type!:str offset!:int length!:int url:str user:any language:str custom_emoji_id:str"
    " unix_time:int date_time_format:str",
    "InputMediaPhoto": f"{_INPUT_MEDIA} show_caption_above_media:bool has_spoiler:bool",
    "InputMediaDocument": f"{_INPUT_MEDIA} thumbnail:str disable_content_type_detection:bool",
    "BotCommand": "command!:str description!:str",
    "BotCommandScopeDefault": "type!:str",
    "BotCommandScopeAllPrivateChats": "type!:str",
    "BotCommandScopeAllGroupChats": "type!:str",
    "BotCommandScopeAllChatAdministrators": "type!:str",
    "BotCommandScopeChat": "type!:str chat_id!:chat",
    "BotCommandScopeChatAdministrators": "type!:str chat_id!:chat",
    "BotCommandScopeChatMember": "type!:str chat_id!:chat user_id!:int",
    "MenuButtonCommands": "type!:str",
    "MenuButtonWebApp": "type!:str text!:str web_app!:WebAppInfo",
    "MenuButtonDefault": "type!:str",
    "ReactionTypeEmoji": "type!:str emoji!:str",
    "ReactionTypeCustomEmoji": "type!:str custom_emoji_id!:str",
    "ReactionTypePaid": "type!:str",
}
# Objects that say by their `type` which they are.
_VARIANTS = {
    "InputMedia": {"photo": "InputMediaPhoto", "document": "InputMediaDocument"},
    "BotCommandScope": {
        "default": "BotCommandScopeDefault",
        "all_private_chats": "BotCommandScopeAllPrivateChats",
        "all_group_chats": "BotCommandScopeAllGroupChats",
        "all_chat_administrators": "BotCommandScopeAllChatAdministrators",
        "chat": "BotCommandScopeChat",
        "chat_administrators": "BotCommandScopeChatAdministrators",
        "chat_member": "BotCommandScopeChatMember",
    },
    "MenuButton": {
        "commands": "MenuButtonCommands",
        "web_app": "MenuButtonWebApp",
        "default": "MenuButtonDefault",
    },
    "ReactionType": {
        "emoji": "ReactionTypeEmoji",
        "custom_emoji": "ReactionTypeCustomEmoji",
        "paid": "ReactionTypePaid",
    },
}
# Objects that say by a key which they are.
_MARKUPS = {
    "inline_keyboard": "InlineKeyboardMarkup",
    "keyboard": "ReplyKeyboardMarkup",
    "remove_keyboard": "ReplyKeyboardRemove",
    "force_reply": "ForceReply",
}
# What the sandbox knows of and does not play: businesses, channels' direct messages, rich messages.
NOT_PLAYED = {"direct_messages_topic_id", "suggested_post_parameters", "rich_message"}

# Said instead of "parameter … is required", where the real server has words of its own.
_MISSING = {
    "chat_id": "chat_id is empty",
    "text": "message text is empty",
    "photo": "there is no photo in the request",
    "document": "there is no document in the request",
    "message_id": "message identifier is not specified",
    "file_id": "file_id is not specified",
    "action": "wrong parameter action in request",
}


class Parameter(NamedTuple):
    """One parameter of a method, or one field of an object."""

    kind: str
    required: bool


class Method(NamedTuple):
    """A method as the documentation spells it, with its parameters."""

    name: str
    parameters: dict[str, Parameter]


def _fields(line: str) -> dict[str, Parameter]:
    pairs = (word.split(":") for word in line.split())
    return {name.removesuffix("!"): Parameter(kind, name.endswith("!")) for name, kind in pairs}


# By lower-case name, since Telegram does not care for case.
METHODS = {name.lower(): Method(name, _fields(line)) for name, line in _METHODS.items()}
OBJECTS = {name: _fields(line) for name, line in _OBJECTS.items()}


def read(method: Method, raw: Mapping[str, Any]) -> Json:
    """The parameters in their types. Raises Refusal for one unknown, missing or of another type."""
    known = method.parameters
    read: Json = {}
    for name, value in raw.items():
        parameter = known.get(name)
        if parameter is None:
            raise bad(f'{method.name} has no parameter "{name}"')
        if value is not None:
            read[name] = _read(parameter.kind, name, value)
    for name, parameter in known.items():
        if (
            parameter.required and read.get(name, "") == "" and name != "url"
        ):  # an empty url is how setWebhook removes one
            raise bad(_MISSING.get(name, f'parameter "{name}" is required'))
    if not NOT_PLAYED.isdisjoint(read):
        raise bad(f"the sandbox does not play {', '.join(sorted(NOT_PLAYED & read.keys()))}")
    return read


def _read(kind: str, name: str, value: Any) -> Any:
    reader = _SIMPLE.get(kind)
    if reader is not None:
        return reader(name, value)
    if isinstance(value, str):
        value = _parsed(name, value)
    return _read_nested(kind, name, value)


def _read_nested(kind: str, name: str, value: Any) -> Any:
    if kind.endswith("[]"):
        if not isinstance(value, list):
            raise bad(f"can't parse {name}: expected an Array of {kind.removesuffix('[]')}")
        return [_read_nested(kind.removesuffix("[]"), name, one) for one in value]
    if kind in _SIMPLE:
        return _SIMPLE[kind](name, value)
    if kind == "any":
        return value
    if not isinstance(value, dict):
        raise bad(
            "object expected as reply markup" if name == "reply_markup" else f"can't parse {name}: expected an Object"
        )
    return _read_object(_variant(kind, name, value), value)


def _parsed(name: str, value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError as broken:
        raise bad(f"can't parse {name} JSON object") from broken


def _variant(kind: str, name: str, value: Json) -> str:
    if kind == "Markup":
        for key, markup in _MARKUPS.items():
            if key in value:
                return markup
        raise bad("object expected as reply markup")
    if kind not in _VARIANTS:
        return kind
    variant = _VARIANTS[kind].get(str(value.get("type")))
    if variant is None:
        raise bad(f"can't parse {name}: {kind} of type {value.get('type')!r} is not one the sandbox plays")
    return variant


def _read_object(kind: str, value: Json) -> Json:
    known = OBJECTS[kind]
    read: Json = {}
    for name, one in value.items():
        if name not in known:
            raise bad(f'{kind} has no field "{name}"')
        if one is not None:
            read[name] = _read_nested(known[name].kind, name, one)
    for name, parameter in known.items():
        if parameter.required and name not in read:
            raise bad(f"can't parse {kind}: Can't find field \"{name}\"")
    return read


def _integer(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise bad(f'field "{name}" must be of type Number')
    try:
        return int(value)
    except ValueError as broken:
        raise bad(f'field "{name}" must be a valid Number') from broken


def _string(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise bad(f'field "{name}" must be of type String')


def _boolean(name: str, value: Any) -> bool:
    known = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}
    answer = known.get(str(value).lower())
    if answer is None:
        raise bad(f'field "{name}" must be of type Boolean')
    return answer


def _chat(name: str, value: Any) -> int | str:
    """An identifier, or the @username of a group or channel."""
    text = _string(name, value).strip()
    return int(text) if text.removeprefix("-").isdecimal() else text


_SIMPLE: dict[str, Callable[[str, Any], Any]] = {
    "str": _string,
    "int": _integer,
    "bool": _boolean,
    "chat": _chat,
    "file": _string,
    "upload": _string,
}
