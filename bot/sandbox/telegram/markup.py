"""Telegram's HTML: from tags to a plain text and its entities, with the same refusals.

Works on UTF-8 bytes, since the refusals name byte offsets; entities count UTF-16 units. Behaves as TDLib's
`parse_html` does (td/telegram/MessageEntity.cpp).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.sandbox.telegram.limits import Json, bad

_STYLES = {
    b"b": "bold",
    b"strong": "bold",
    b"i": "italic",
    b"em": "italic",
    b"u": "underline",
    b"ins": "underline",
    b"s": "strikethrough",
    b"strike": "strikethrough",
    b"del": "strikethrough",
    b"tg-spoiler": "spoiler",
    b"span": "spoiler",
    b"code": "code",
    b"pre": "pre",
    b"blockquote": "blockquote",
    b"a": "text_link",
    b"tg-emoji": "custom_emoji",
}
_NAMED = {b"lt": "<", b"gt": ">", b"amp": "&", b"quot": '"'}
_REFERENCE = re.compile(rb"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([a-zA-Z]+));?")
_SPECIAL = re.compile(rb"[<&]")
_SPACES = re.compile(rb"[ \t\r\n\0\v]*")
_NAME_END = re.compile(rb"[ \t\r\n\0\v>]")
_ATTRIBUTE_END = re.compile(rb"[ \t\r\n\0\v>=]")
_TOKEN = re.compile(rb"[A-Za-z0-9.-]*")
# Which of two entities over the same words comes first.
_ORDER = {
    "blockquote": 0,
    "expandable_blockquote": 0,
    "pre": 11,
    "code": 20,
    "text_link": 49,
    "text_mention": 49,
}
_ORDER |= {"bold": 90, "italic": 91, "underline": 92, "strikethrough": 93, "spoiler": 94, "custom_emoji": 99}

_FOUND = re.compile(
    r"(?P<url>\bhttps?://[^\s<>«»\"]*[^\s<>«»\".,;:!?)])"
    r"|(?P<email>\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b)"
    r"|(?P<mention>(?<![\w@])@[A-Za-z]\w{3,31}\b)"
    r"|(?P<bot_command>(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?\b(?!/))"
    r"|(?P<hashtag>(?<!\w)#\w*[^\W\d]\w*)",
)


@dataclass
class _Open:
    tag: bytes
    value: str
    start: int
    pieces: int
    expandable: bool = False


@dataclass
class _Reading:
    """Where the reader stands: what it has read, and the tags still open."""

    source: bytes
    link: Callable[[str], Json | None]
    pieces: list[str] = field(default_factory=list)
    length: int = 0
    opened: list[_Open] = field(default_factory=list)
    entities: list[Json] = field(default_factory=list)

    def take(self, piece: str) -> None:
        self.pieces.append(piece)
        self.length += utf16_length(piece)


def utf16_length(text: str) -> int:
    """Length as Telegram counts it in entities: UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse_html(text: str, link: Callable[[str], Json | None]) -> tuple[str, list[Json]]:
    """Plain text and entities; `link` turns an address into an entity's fields, or None for one to forget.

    Raises Refusal, "can't parse entities: …", with the byte offset.
    """
    reading = _Reading(text.encode("utf-8", "surrogatepass"), link)
    at = 0
    while (found := _SPECIAL.search(reading.source, at)) is not None:
        if found.start() > at:
            reading.take(reading.source[at : found.start()].decode())
        at = _read_reference(reading, found.start()) if found[0] == b"&" else _read_tag(reading, found.start())
    reading.take(reading.source[at:].decode())
    if reading.opened:
        raise _broken(f'Can\'t find end tag corresponding to start tag "{_shown(reading.opened[-1].tag)}"')
    return _joined(reading.pieces), ordered(reading.entities)


def _joined(pieces: list[str]) -> str:
    try:
        return "".join(pieces).encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError as broken:
        why = "Text contains invalid Unicode characters after decoding HTML entities, "
        raise _broken(why + "check for unmatched surrogate code units") from broken


def _broken(why: str) -> Exception:
    return bad(f"can't parse entities: {why}")


def _shown(tag: bytes) -> str:
    return tag.decode("utf-8", "replace")


def _decoded(source: bytes, at: int) -> tuple[str, int] | None:
    """The character a reference stands for and where it ends; None when it stands for itself."""
    found = _REFERENCE.match(source, at)
    if found is None:
        return None
    sixteen, ten, name = found.groups()
    if name is not None:
        return (_NAMED[name], found.end()) if name in _NAMED else None
    code = int(sixteen, 16) if sixteen else int(ten)
    digits = len(sixteen) + 3 if sixteen else len(ten) + 2
    return (chr(code), found.end()) if 0 < code < 0x10FFFF and digits < 10 else None


def _read_reference(reading: _Reading, at: int) -> int:
    decoded = _decoded(reading.source, at)
    reading.take(decoded[0] if decoded else "&")
    return decoded[1] if decoded else at + 1


def _skip(pattern: re.Pattern[bytes], source: bytes, at: int) -> int:
    found = pattern.search(source, at)
    return found.start() if found else len(source)


def _spaces(source: bytes, at: int) -> int:
    found = _SPACES.match(source, at)
    return found.end() if found else at


def _read_tag(reading: _Reading, begin: int) -> int:
    if reading.source[begin + 1 : begin + 2] == b"/":
        return _read_end_tag(reading, begin)
    return _read_start_tag(reading, begin)


def _read_start_tag(reading: _Reading, begin: int) -> int:
    source = reading.source
    at = _skip(_NAME_END, source, begin + 1)
    if at == len(source):
        raise _broken(f"Unclosed start tag at byte offset {begin}")
    tag = source[begin + 1 : at].lower()
    if tag not in _STYLES:
        raise _broken(f'Unsupported start tag "{_shown(tag)}" at byte offset {begin}')
    opened = _Open(tag, "", reading.length, len(reading.pieces))
    while source[at : at + 1] != b">":
        at = _spaces(source, at)
        if source[at : at + 1] == b">":
            break
        at = _read_attribute(source, at, begin, opened)
    if tag == b"span" and opened.value != "spoiler":
        raise _broken(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
    reading.opened.append(opened)
    return at + 1


def _read_attribute(source: bytes, begin: int, tag_at: int, opened: _Open) -> int:
    at = _skip(_ATTRIBUTE_END, source, begin)
    name = source[begin:at]
    if not name:
        raise _broken(f'Empty attribute name in the tag "{_shown(opened.tag)}" at byte offset {tag_at}')
    value, at = "", _spaces(source, at)
    if source[at : at + 1] == b"=":
        at = _spaces(source, at + 1)
        if at == len(source):
            raise _broken(f'Unclosed start tag "{_shown(opened.tag)}" at byte offset {tag_at}')
        quoted = source[at : at + 1] in (b"'", b'"')
        value, at = _read_string(source, at) if quoted else _read_token(source, at)
    if at >= len(source):
        raise _broken(f"Unclosed start tag at byte offset {tag_at}")
    _keep_attribute(opened, name, value)
    return at


def _read_token(source: bytes, begin: int) -> tuple[str, int]:
    found = _TOKEN.match(source, begin)
    at = found.end() if found else begin
    if at < len(source) and not _NAME_END.match(source, at):
        raise _broken(f"Unexpected end of name token at byte offset {begin}")
    return source[begin:at].decode().lower(), at


def _read_string(source: bytes, begin: int) -> tuple[str, int]:
    end = source.find(source[begin : begin + 1], begin + 1)
    if end < 0:
        return "", len(source)
    pieces: list[str] = []
    at = begin + 1
    while (amp := source.find(b"&", at, end)) >= 0:
        pieces.append(source[at:amp].decode())
        decoded = _decoded(source, amp)
        pieces.append(decoded[0] if decoded else "&")
        at = decoded[1] if decoded else amp + 1
    pieces.append(source[at:end].decode())
    return "".join(pieces), end + 1


def _keep_attribute(opened: _Open, name: bytes, value: str) -> None:
    if (opened.tag, name) in ((b"a", b"href"), (b"tg-emoji", b"emoji-id")):
        opened.value = value
    elif (opened.tag, name) == (b"code", b"class") and value.startswith("language-"):
        opened.value = value.removeprefix("language-")
    elif (opened.tag, name) == (b"span", b"class") and value.startswith("tg-"):
        opened.value = value.removeprefix("tg-")
    elif (opened.tag, name) == (b"blockquote", b"expandable"):
        opened.expandable = True


def _read_end_tag(reading: _Reading, begin: int) -> int:
    source = reading.source
    if not reading.opened:
        raise _broken(f"Unexpected end tag at byte offset {begin}")
    name_end = _skip(_NAME_END, source, begin + 2)
    name, at = source[begin + 2 : name_end].lower(), _spaces(source, name_end)
    if source[at : at + 1] != b">":
        raise _broken(f"Unclosed end tag at byte offset {begin}")
    opened = reading.opened.pop()
    if name and name != opened.tag:
        expected = f'expected "</{_shown(opened.tag)}>", found "</{_shown(name)}>"'
        raise _broken(f"Unmatched end tag at byte offset {begin}, {expected}")
    if reading.length > opened.start:
        _close(reading, opened)
    return at + 1


def _close(reading: _Reading, opened: _Open) -> None:
    kind = "expandable_blockquote" if opened.expandable else _STYLES[opened.tag]
    entity: Json = {"type": kind, "offset": opened.start, "length": reading.length - opened.start}
    if kind == "text_link":
        fields = reading.link(opened.value or "".join(reading.pieces[opened.pieces :]))
        if fields is None:
            return
        entity |= fields
    elif kind == "custom_emoji":
        if not (opened.value.isdigit() and int(opened.value)):
            raise _broken("Invalid custom emoji identifier specified")
        entity["custom_emoji_id"] = opened.value
    elif kind in ("code", "pre") and _merge_code(reading.entities, entity, opened.value):
        return
    reading.entities.append(entity)


def _merge_code(entities: list[Json], entity: Json, language: str) -> bool:
    """`<pre><code class="language-…">` is one entity; a language alone, without `<pre>`, is forgotten."""
    other = "pre" if entity["type"] == "code" else "code"
    last = entities[-1] if entities else None
    if last and (last["type"], last["offset"], last["length"]) == (other, entity["offset"], entity["length"]):
        language = language or last.get("language", "")
        if language:
            last |= {"type": "pre", "language": language}
            return True
    if entity["type"] == "code" and language:
        entity["language"] = language
    return False


def ordered(entities: list[Json]) -> list[Json]:
    """By place, the widest first; forgets a language on a `code` that no `pre` took up."""
    for entity in entities:
        if entity["type"] == "code":
            entity.pop("language", None)
    return sorted(entities, key=lambda one: (one["offset"], -one["length"], _ORDER.get(one["type"], 50)))


def found_in(text: str, known: list[Json]) -> list[Json]:
    """`known`, and what Telegram finds by itself: addresses, commands, mentions, hashtags."""
    if not any(sign in text for sign in "/@#"):
        return known
    taken = [(one["offset"], one["offset"] + one["length"]) for one in known if one["type"] in _CLOSED]
    found: list[Json] = []
    for match in _FOUND.finditer(text):
        offset = utf16_length(text[: match.start()])
        length = utf16_length(match[0])
        if not any(start < offset + length and offset < end for start, end in taken):
            found.append({"type": match.lastgroup, "offset": offset, "length": length})
    return ordered([*known, *found]) if found else known


_CLOSED = ("code", "pre", "text_link", "text_mention")


def trimmed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Without the blanks at both ends, as Telegram stores it."""
    bare = text.strip()
    if len(bare) == len(text):
        return text, entities
    lead = utf16_length(text[: len(text) - len(text.lstrip())])
    size = utf16_length(bare)
    kept: list[Json] = []
    for entity in entities:
        start = max(entity["offset"] - lead, 0)
        end = min(entity["offset"] + entity["length"] - lead, size)
        if end > start:
            kept.append({**entity, "offset": start, "length": end - start})
    return bare, kept
