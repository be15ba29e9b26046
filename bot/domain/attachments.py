"""Files that cross from one channel to the other: what is let through, and under which name. Pure.

A file is what its first bytes say it is, whatever it is called. Nothing is unpacked: of a packed file only what its
table of contents promises is believed, and bounded.
"""

import io
import re
import zipfile
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.errors import Refused
from bot.domain.names import folded

LARGEST = 20_000_000
"""Bytes: what Telegram lets a bot fetch (core.telegram.org/bots/api#getfile)."""
LARGEST_PHOTO = 10_000_000
LARGEST_UNPACKED, MOST_ENTRIES, MOST_TIMES = 200_000_000, 5_000, 200
"""Of an office file: its bytes once unpacked, its parts, and how many times smaller it is packed."""
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
OFFICE = {"xlsx": "xl/workbook.xml", "docx": "word/document.xml"}
ACTIVE = re.compile(r"vbaproject|activex|embeddings/|\.bin$|\.exe$|externallinks/", re.IGNORECASE)
"""Parts of an office file that do something, or hold another file."""
FORMULA = re.compile(r'(^|[;,\t\n"])\s*[=@]', re.MULTILINE)
"""A cell that a spreadsheet would carry out."""
LONGEST_LABEL = 40


class Kind(StrEnum):
    """What is let through; the value is the ending of its name."""

    PDF = "pdf"
    JPEG = "jpg"
    PNG = "png"
    HEIC = "heic"
    CSV = "csv"
    XLSX = "xlsx"
    DOCX = "docx"


PHOTOS = (Kind.JPEG, Kind.PNG)
"""What Telegram shows as a photo."""


@dataclass(frozen=True)
class Attachment:
    """A file that was looked at."""

    name: str
    kind: Kind
    data: bytes

    @property
    def is_photo(self) -> bool:
        """Is it shown in the chat itself?"""
        return self.kind in PHOTOS and len(self.data) <= LARGEST_PHOTO


def examined(data: bytes, token: str, label: str = "") -> Attachment:
    """The file under a new name: `token`, made by chance, after what is left of its label. Raises `Refused`."""
    if not data or len(data) > LARGEST:
        raise Refused(f"a file of {len(data)} bytes is not passed on")
    kind = kind_of(data)
    if kind is None:
        raise Refused("a file of this kind is not passed on")
    start = slug(label) or ("photo" if kind in (*PHOTOS, Kind.HEIC) else "document")
    return Attachment(f"{start}-{token}.{kind}", kind, data)


def kind_of(data: bytes) -> Kind | None:
    """By its first bytes; None where it is none of those that are let through."""
    if data.startswith(b"%PDF-"):
        return Kind.PDF
    if data.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS:
        return Kind.HEIC
    if data.startswith(b"PK\x03\x04"):
        return office_kind(data)
    return Kind.CSV if is_table(data) else None


def office_kind(data: bytes) -> Kind | None:
    """A table or a text of an office, without macros, other files in it, a password, or more than meets the eye."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return None
    names = {part.filename for part in parts}
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > MOST_ENTRIES or len(names) < len(parts) or unpacked > LARGEST_UNPACKED:
        return None
    if unpacked > MOST_TIMES * len(data) or any(part.flag_bits & 1 for part in parts):
        return None
    if "[Content_Types].xml" not in names or any(ACTIVE.search(name) for name in names):
        return None
    found = [kind for kind, part in OFFICE.items() if part in names]
    return Kind(found[0]) if len(found) == 1 else None


def is_table(data: bytes) -> bool:
    """Lines of text with separators, in which no cell is carried out and nothing is a page."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    controls = sum(ord(each) < 32 and each not in "\t\r\n" for each in text)
    if controls or "\ufffd" in text or "<" in text[:4096] or FORMULA.search(text):
        return False
    lines = [line for line in text.splitlines() if line.strip()]
    return len(lines) > 1 and any(all(mark in line for line in lines[:5]) for mark in ";,\t")


def slug(label: str) -> str:
    """What is left of a name: letters, digits and hyphens, without its ending."""
    stem = re.split(r"[\\/]", label)[-1].rpartition(".")
    plain = re.sub(r"[^a-z0-9]+", "-", folded(stem[0] or stem[2])).strip("-")
    return plain[:LONGEST_LABEL].strip("-")
