"""The trail's key and its anchors: made once, nobody else's to read, and a line that was touched is told."""

import os
import stat
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.adapters.audit_files import ANCHORS, KEY, Anchors, audit_folder, audit_key
from bot.domain.audit import Anchor
from bot.domain.errors import BadInput
from bot.settings import Settings

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
H = "0123456789abcdef" * 4


def settings(folder: Path, **known: Any) -> Settings:
    return Settings.model_validate({"database_url": f"sqlite:///{folder / 'resync.db'}", **known})


def test_a_key_is_made_once_beside_the_database_and_is_its_owners_only(tmp_path: Path) -> None:
    first = audit_key(settings(tmp_path)).reveal()
    assert audit_key(settings(tmp_path)).reveal() == first
    assert len(first) == 64
    assert stat.S_IMODE((tmp_path / KEY).stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == [KEY]  # noqa: PTH208  # no draft is left behind


def test_of_many_that_begin_at_once_all_have_the_same_key(tmp_path: Path) -> None:
    keys, start = list[str](), threading.Barrier(8)

    def begin() -> None:
        start.wait()
        keys.append(audit_key(settings(tmp_path)).reveal())

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1


def test_a_key_that_is_set_makes_no_file(tmp_path: Path) -> None:
    assert audit_key(settings(tmp_path, audit_key=SecretStr("s" * 32))).reveal() == "s" * 32
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_is_open_to_others_or_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / KEY).write_text("k" * 64)
    (tmp_path / KEY).chmod(0o640)
    with pytest.raises(BadInput, match="chmod 600"):
        audit_key(settings(tmp_path))
    (tmp_path / KEY).chmod(0o600)
    (tmp_path / KEY).write_text("court")
    with pytest.raises(BadInput, match="n’est pas une clé"):
        audit_key(settings(tmp_path))


def test_a_folder_that_is_not_there_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="RESYNC_AUDIT_FOLDER"):
        audit_key(settings(tmp_path, audit_folder=tmp_path / "absent"))


def test_the_folder_is_the_databases_unless_another_is_named(tmp_path: Path) -> None:
    assert audit_folder(settings(tmp_path)) == tmp_path
    assert audit_folder(settings(tmp_path, audit_folder=tmp_path / "there")) == tmp_path / "there"
    assert audit_folder(settings(tmp_path, audit_folder="")) == tmp_path
    assert audit_folder(settings(tmp_path, database_url="postgresql://resync@server/resync")) == Path()


def test_anchors_are_added_and_read_again(tmp_path: Path) -> None:
    anchors = Anchors(tmp_path / ANCHORS)
    assert anchors.read() == []
    for seq in (3, 12):
        anchors.keep(Anchor(seq, H), AT)
    assert anchors.read() == [Anchor(3, H), Anchor(12, H)]
    assert stat.S_IMODE(anchors.path.stat().st_mode) == 0o600


def test_a_line_that_is_no_anchor_is_told(tmp_path: Path) -> None:
    anchors = Anchors(tmp_path / ANCHORS)
    anchors.keep(Anchor(3, H), AT)
    anchors.path.write_text(anchors.path.read_text() + "2026-11-24 4 tronqué\n")
    with pytest.raises(BadInput, match="La ligne 2"):
        anchors.read()
