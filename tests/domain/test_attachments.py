"""Files across channels: what is let through, by what it is and not by what it is called."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.attachments import LARGEST, LARGEST_PHOTO, Kind, examined, kind_of, slug
from bot.domain.errors import Refused

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
JPEG = b"\xff\xd8\xff\xe0" + bytes(40)


def office(*parts: str, content: bytes = b"<x/>", packing: int = zipfile.ZIP_STORED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", packing) as file:
        for part in ("[Content_Types].xml", *parts):
            file.writestr(part, content)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7\n...", Kind.PDF),
        (JPEG, Kind.JPEG),
        (PNG, Kind.PNG),
        (b"\x00\x00\x00\x18ftypheic\x00\x00", Kind.HEIC),
        (b"\x00\x00\x00\x18ftypmif1\x00\x00", Kind.HEIC),
        ("date;libellé;montant\n03/12/2026;CB Métro;-12,50\n".encode("cp1252"), Kind.CSV),
        ("\ufeffdate,libellé,montant\r\n2026-12-03,é,1\r\n".encode(), Kind.CSV),
        (office("xl/workbook.xml"), Kind.XLSX),
        (office("word/document.xml"), Kind.DOCX),
    ],
)
def test_what_is_let_through(data: bytes, kind: Kind) -> None:
    assert kind_of(data) is kind


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<!doctype html><script>1</script>",
        b"a;b\n<script>;2\n",
        b"MZ\x90\x00",
        b"\x7fELF",
        b"GIF89a",
        b"PK\x03\x04",
        b"\x00\x00\x00\x18ftypisom\x00\x00",
        b"bonjour",
        b"nom;formule\nx;=CMD()\n",
        b"nom;formule\nx;@SUM(A1)\n",
        b"a;b\nc;\x00\n",
        b"#!/bin/sh\nrm -rf a\n",
        office("xl/workbook.xml", "xl/vbaProject.bin"),
        office("word/document.xml", "word/activeX/activeX1.xml"),
        office("word/document.xml", "word/embeddings/oleObject1.xls"),
        office("xl/workbook.xml", "word/document.xml"),
        office("META-INF/manifest.xml"),
        office("xl/workbook.xml", *(f"{number}.xml" for number in range(5_001))),
    ],
)
def test_what_is_not(data: bytes) -> None:
    assert kind_of(data) is None
    with pytest.raises(Refused):
        examined(data, "0a1b2c3d", "facture.pdf")


def test_a_file_that_is_small_only_while_it_is_packed() -> None:
    bomb = office("xl/workbook.xml", content=bytes(30_000_000), packing=zipfile.ZIP_DEFLATED)
    assert len(bomb) < 200_000
    assert kind_of(bomb) is None


def test_a_picture_that_is_also_a_page_stays_a_picture() -> None:
    both = examined(PNG + b"<html><script>1</script>", "0a1b2c3d", "page.html")
    assert both.name == "page-0a1b2c3d.png"


def test_sizes_are_bounded() -> None:
    assert examined(PNG + bytes(LARGEST_PHOTO - len(PNG)), "a").is_photo
    assert not examined(PNG + bytes(LARGEST_PHOTO), "a").is_photo
    for data in (b"", PNG + bytes(LARGEST)):
        with pytest.raises(Refused):
            examined(data, "a")


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Relevé mars 2026.pdf", "releve-mars-2026-ab.pdf"),
        ("../../etc/passwd", "passwd-ab.pdf"),
        ("C:\\temp\\Facture n°1.exe", "facture-n-1-ab.pdf"),
        ("\u202efdp.exe", "fdp-ab.pdf"),
        ("", "document-ab.pdf"),
        ("....", "document-ab.pdf"),
        ("x" * 300, "x" * 40 + "-ab.pdf"),
    ],
)
def test_a_name_is_new_and_harmless(label: str, name: str) -> None:
    assert examined(b"%PDF-1.7", "ab", label).name == name


@given(st.text(max_size=300))
def test_no_label_leads_out_of_a_folder_or_hides_an_ending(label: str) -> None:
    assert set(slug(label)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert len(slug(label)) <= 40


@given(st.binary(max_size=200))
def test_whatever_the_bytes_the_answer_is_a_kind_or_none(data: bytes) -> None:
    for start in (b"", b"PK\x03\x04", b"%PDF-", b"\xff\xd8\xff"):
        assert kind_of(start + data) in (None, *Kind)
