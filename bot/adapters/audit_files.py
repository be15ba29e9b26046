"""What the audit trail keeps outside of the database: its key, and the anchors against which a cut-off end shows.

Both lie beside the SQLite file, else in the working folder, or where `RESYNC_AUDIT_FOLDER` says; only the program's
user may read them.
"""

import os
import re
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr

from bot.adapters.database.engine import parse_url
from bot.domain.audit import Anchor
from bot.domain.errors import BadInput
from bot.domain.secret import Secret

KEY, ANCHORS = "audit.key", "audit-anchors.txt"
SHORTEST_KEY = 32
LINE = re.compile(r"\S+ ([1-9][0-9]*) ([0-9a-f]{64})")


class AuditSettings(Protocol):
    """The part of the settings that is read here."""

    @property
    def database_url(self) -> str: ...
    @property
    def audit_key(self) -> SecretStr | None: ...
    @property
    def audit_folder(self) -> Path | None: ...


def audit_folder(settings: AuditSettings) -> Path:
    """Where the key and the anchors lie."""
    if settings.audit_folder is not None:
        return settings.audit_folder
    url = parse_url(settings.database_url)
    return Path(url.database or "").parent if url.get_backend_name() == "sqlite" else Path()


def audit_key(settings: AuditSettings) -> Secret:
    """The key of the trail; made once where there is none. Raises `BadInput` that says what to mend."""
    if settings.audit_key is not None:
        return Secret(settings.audit_key.get_secret_value())
    path = audit_folder(settings) / KEY
    try:
        return read_key(path) if path.exists() else make_key(path)
    except OSError as error:
        raise BadInput(
            f"La clé du journal d’audit {path} ne peut être ni lue ni créée ({error.strerror}). Ouvrez ce dossier à "
            "Resync, nommez-en un autre dans RESYNC_AUDIT_FOLDER, ou écrivez la clé dans RESYNC_AUDIT_KEY."
        ) from None


def make_key(path: Path) -> Secret:
    """A new key. Whole or not at all: of two processes that begin at once, both have the same."""
    value = secrets.token_hex(SHORTEST_KEY)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    write(draft, value + "\n", os.O_EXCL)
    try:
        os.link(draft, path)
    except FileExistsError:
        return read_key(path)
    finally:
        draft.unlink()
    return Secret(value)


def read_key(path: Path) -> Secret:
    with path.open("rb") as file:
        mode, value = os.fstat(file.fileno()).st_mode, file.read().strip()
    if os.name == "posix" and mode & 0o077:
        raise BadInput(f"La clé du journal d’audit {path} est ouverte à d’autres. Fermez-la : chmod 600 {path}")
    if len(value) < SHORTEST_KEY or not value.isascii():
        raise BadInput(f"{path} n’est pas une clé du journal d’audit. Reprenez celle de votre sauvegarde.")
    return Secret(value.decode())


class Anchors:
    """The file of the anchors: one line each, and none is ever changed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def keep(self, anchor: Anchor, at: datetime) -> None:
        """Add a line, on the disk when this returns. Raises `OSError`."""
        write(self.path, f"{at.isoformat(timespec='seconds')} {anchor.seq} {anchor.h}\n", os.O_APPEND)

    def read(self) -> list[Anchor]:
        """All of them; none where there is no file. Raises `BadInput` for a line that is no anchor."""
        try:
            text = self.path.read_text("utf-8")
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError):
            raise BadInput(f"Le fichier d’ancres {self.path} ne peut pas être lu.") from None
        return list(self._anchors(text))

    def _anchors(self, text: str) -> Iterator[Anchor]:
        for number, line in enumerate(text.splitlines(), 1):
            found = LINE.fullmatch(line.strip())
            if found is None:
                raise BadInput(f"La ligne {number} de {self.path} n’est pas une ancre : ce fichier a été touché.")
            yield Anchor(int(found[1]), found[2])


def write(path: Path, text: str, how: int) -> None:
    """To a file that is its owner's only."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | how, 0o600)
    try:
        os.write(handle, text.encode())
        os.fsync(handle)
    finally:
        os.close(handle)
