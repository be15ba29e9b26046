"""Files that went through the chats: kept in memory, named by a file_id, downloaded by a path."""

import hashlib
import mimetypes
import struct
from dataclasses import dataclass
from typing import Final

from bot.sandbox.telegram.limits import DOWNLOAD_BYTES, PHOTO_BYTES, Json, bad
from bot.sandbox.telegram.wire import Upload

PHOTO: Final = "photo"
DOCUMENT: Final = "document"
VOICE: Final = "voice note"
STICKER: Final = "sticker"
_FOLDERS = {PHOTO: "photos", DOCUMENT: "documents", VOICE: "voice", STICKER: "stickers"}
_PREFIXES = {PHOTO: "AgACAg", DOCUMENT: "BQACAg", VOICE: "AwACAg", STICKER: "CAACAg"}
_JPEG_SIZES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file: what it is to Telegram (`kind`), and the Bot API object that describes it."""

    kind: str
    data: bytes
    path: str
    described: Json


class Files:
    """Every file of the sandbox, for as long as it lives."""

    def __init__(self) -> None:
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}

    def keep(self, kind: str, upload: Upload, **more: object) -> StoredFile:
        """Store a file; `more` are fields of its description."""
        number = len(self._by_id) + 1
        unique = hashlib.sha256(upload.data).hexdigest()[:16]
        suffix = upload.name.rpartition(".")[2] if "." in upload.name else "dat"
        path = f"{_FOLDERS[kind]}/file_{number}.{suffix if suffix.isalnum() else 'dat'}"
        described: Json = {"file_id": f"{_PREFIXES[kind]}{unique}{number:06}", "file_unique_id": unique}
        stored = StoredFile(kind, upload.data, path, described | {"file_size": len(upload.data)} | more)
        self._by_id[described["file_id"]] = self._by_path[path] = stored
        return stored

    def keep_photo(self, upload: Upload) -> StoredFile:
        """Store a picture, or refuse it as Telegram would."""
        if len(upload.data) > PHOTO_BYTES:
            why = f"file of size {len(upload.data)} bytes is too big for a photo"
            raise bad(f"{why}; the maximum size is {PHOTO_BYTES} bytes")
        size = picture_size(upload.data)
        if size is None:
            raise bad("IMAGE_PROCESS_FAILED")
        width, height = size
        # core.telegram.org/bots/api#sendphoto: the sum at most 10,000, the ratio at most 20.
        if width + height > 10_000 or max(size) > 20 * min(size):
            raise bad("PHOTO_INVALID_DIMENSIONS")
        return self.keep(PHOTO, upload, width=width, height=height)

    def keep_document(self, upload: Upload) -> StoredFile:
        """Store a document under the name it came with."""
        if not upload.data:
            raise bad("file must be non-empty")
        mime = mimetypes.guess_type(upload.name)[0] or "application/octet-stream"
        return self.keep(DOCUMENT, upload, file_name=upload.name, mime_type=mime)

    def known(self, file_id: str, kind: str) -> StoredFile:
        """The file a bot names instead of sending it again."""
        if file_id.startswith(("http://", "https://")):
            raise bad("failed to get HTTP URL content")  # nothing leaves the sandbox
        stored = self._by_id.get(file_id)
        if stored is None:
            raise bad("wrong file identifier/HTTP URL specified")
        if stored.kind != kind:
            raise bad(f"can't use file of type {stored.kind} as {kind}")
        return stored

    def data(self, file_id: str) -> bytes:
        """Raises LookupError for a file that was never there."""
        return self._by_id[file_id].data

    def at(self, path: str) -> bytes | None:
        """What a download of `path` gives."""
        stored = self._by_path.get(path)
        return stored.data if stored else None

    def described(self, file_id: str) -> Json:
        """The File that getFile answers."""
        stored = self._by_id.get(file_id)
        if stored is None:
            raise bad("invalid file_id")
        if len(stored.data) > DOWNLOAD_BYTES:
            raise bad("file is too big")
        fields = ("file_id", "file_unique_id", "file_size")
        return {name: stored.described[name] for name in fields} | {"file_path": stored.path}


def picture_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels of a PNG, GIF, JPEG or WebP; None for anything else."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
    elif data.startswith((b"GIF87a", b"GIF89a")) and len(data) >= 10:
        width, height = struct.unpack("<HH", data[6:10])
    elif data.startswith(b"\xff\xd8"):
        width, height = _jpeg_size(data)
    elif data[:4] == b"RIFF" and data[8:16] == b"WEBPVP8X" and len(data) >= 30:
        width = 1 + int.from_bytes(data[24:27], "little")
        height = 1 + int.from_bytes(data[27:30], "little")
    else:
        return None
    return (width, height) if width and height else None


def _jpeg_size(data: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] in _JPEG_SIZES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return 0, 0
