"""Pictures, documents and albums through the sandbox's Telegram, by an unmodified python-telegram-bot."""

import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp
from telegram import Bot, InputMediaDocument, InputMediaPhoto
from telegram.error import BadRequest

from bot.sandbox.telegram import Telegram
from bot.sandbox.telegram.files import picture_size

TOKEN = "123456:abc-DEF_1"
LEA = 7


def png(width: int, height: int, padding: int = 0) -> bytes:
    """A picture of one colour; `padding` more bytes that say nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\xff" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = (b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"tEXt", b"a" * padding), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*one) for one in chunks)


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    telegram = Telegram(TOKEN)
    telegram.person(LEA, "Léa")
    await telegram.starts(LEA)
    yield telegram
    await telegram.aclose()


@pytest.fixture
async def bot(telegram: Telegram, serve: Callable[[ASGIApp], Awaitable[str]]) -> AsyncIterator[Bot]:
    address = await serve(Starlette(routes=[Mount("/telegram", routes=telegram.routes)]))
    bot = Bot(TOKEN, base_url=f"{address}/telegram/bot", base_file_url=f"{address}/telegram/file/bot")
    async with bot:
        yield bot


async def test_photo_goes_up_and_comes_down(telegram: Telegram, bot: Bot) -> None:
    sent = await bot.send_photo(LEA, png(30, 20), caption="<b>La notice</b>", parse_mode="HTML")
    (size,) = sent.photo
    assert (size.width, size.height, sent.caption) == (30, 20, "La notice")
    assert telegram.photo(size.file_id) == png(30, 20)
    file = await bot.get_file(size.file_id)
    assert bytes(await file.download_as_bytearray()) == png(30, 20)


async def test_photo_is_sent_again_by_its_identifier(bot: Bot) -> None:
    first = (await bot.send_photo(LEA, png(3, 2))).photo[0]
    again = (await bot.send_photo(LEA, first.file_id)).photo[0]
    assert again == first
    with pytest.raises(BadRequest, match="Can't use file of type photo as document"):
        await bot.send_document(LEA, first.file_id)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"not a picture", "Image_process_failed"),
        (png(2000, 1), "Photo_invalid_dimensions"),
        (png(1, 1, padding=10 * 1024 * 1024), "is too big for a photo; the maximum size is 10485760 bytes"),
    ],
)
async def test_picture_that_is_none_is_refused(telegram: Telegram, bot: Bot, data: bytes, why: str) -> None:
    with pytest.raises(BadRequest, match=why):
        await bot.send_photo(LEA, data)
    assert len(telegram.chat(LEA)) == 1


async def test_caption_is_measured(bot: Bot) -> None:
    await bot.send_photo(LEA, png(3, 2), caption="a" * 1024)
    with pytest.raises(BadRequest, match="Message caption is too long"):
        await bot.send_photo(LEA, png(3, 2), caption="a" * 1025)


async def test_document_keeps_its_name_and_thumbnail(telegram: Telegram, bot: Bot) -> None:
    sent = await bot.send_document(LEA, b"%PDF", filename="notice.pdf", thumbnail=png(3, 2))
    assert sent.document
    assert (sent.document.file_name, sent.document.mime_type) == ("notice.pdf", "application/pdf")
    assert sent.document.thumbnail
    assert telegram.photo(sent.document.file_id) == b"%PDF"


async def test_album_of_two_pictures_is_one_group(telegram: Telegram, bot: Bot) -> None:
    known = (await bot.send_photo(LEA, png(3, 2))).photo[0].file_id
    sent = await bot.send_media_group(LEA, [InputMediaPhoto(png(5, 4), caption="un"), InputMediaPhoto(known)])
    assert len({message.media_group_id for message in sent}) == 1
    assert [message.photo[0].width for message in sent] == [5, 3]
    with pytest.raises(BadRequest, match="can't be mixed"):
        await bot.send_media_group(LEA, [InputMediaPhoto(known), InputMediaDocument(b"a", filename="a.txt")])


async def test_media_and_caption_are_edited(telegram: Telegram, bot: Bot) -> None:
    sent = await bot.send_photo(LEA, png(3, 2), caption="avant")
    number = sent.message_id
    await bot.edit_message_media(InputMediaPhoto(png(9, 8), caption="pendant"), LEA, number)
    assert telegram.chat(LEA)[-1]["photo"][0]["width"] == 9
    await bot.edit_message_caption(LEA, number, caption="après")
    assert telegram.chat(LEA)[-1]["caption"] == "après"
    with pytest.raises(BadRequest, match="no text in the message to edit"):
        await bot.edit_message_text("a", LEA, number)


async def test_copy_has_the_content_and_not_the_protected_one(telegram: Telegram, bot: Bot) -> None:
    sent = await bot.send_photo(LEA, png(3, 2), caption="avant")
    copied = await bot.copy_message(LEA, LEA, sent.message_id, caption="après")
    last = telegram.chat(LEA)[-1]
    assert (last["message_id"], last["caption"]) == (copied.message_id, "après")
    kept = await bot.send_message(LEA, "secret", protect_content=True)
    assert kept.has_protected_content
    with pytest.raises(BadRequest, match="can't be copied"):
        await bot.copy_message(LEA, LEA, kept.message_id)


async def test_what_people_send_is_described(telegram: Telegram, bot: Bot) -> None:
    await telegram.sends_photo(LEA, png(3, 2), "ma banque")
    await telegram.sends_voice(LEA, b"ogg")
    await telegram.sends_sticker(LEA)
    await telegram.sends_document(LEA, "relevé.csv", b"a;b")
    await telegram.forwards(LEA, "Votre code : 123456")
    _, photo, voice, sticker, document, forward = [update.message for update in await bot.get_updates()]
    assert photo and voice and sticker and document and forward  # noqa: PT018 (all are messages)
    assert (photo.caption, photo.photo[0].height) == ("ma banque", 2)
    assert (voice.voice and voice.voice.mime_type, sticker.sticker and sticker.sticker.emoji) == (
        "audio/ogg",
        "👍",
    )
    assert document.document and document.document.mime_type == "text/csv"  # noqa: PT018
    assert forward.forward_origin
    file = await bot.get_file(photo.photo[0].file_id)
    assert bytes(await file.download_as_bytearray()) == png(3, 2)


async def test_download_needs_the_token_and_a_path_that_exists(bot: Bot) -> None:
    root = bot.base_file_url.removesuffix(TOKEN)
    async with httpx.AsyncClient() as http:
        assert (await http.get(f"{root}{TOKEN}/photos/nothing.jpg")).status_code == 404
        assert (await http.get(f"{root}123456:other/photos/nothing.jpg")).status_code == 401


async def test_file_nobody_names_is_refused(bot: Bot) -> None:
    async with httpx.AsyncClient() as http:
        url = f"{bot.base_url}/sendMessage"
        form = {"chat_id": str(LEA), "text": "a"}
        answer = await http.post(url, data=form, files={"picture": ("a.png", png(3, 2))})
        assert answer.json()["description"] == 'Bad Request: sendMessage has no parameter "picture"'
        attached = {"chat_id": str(LEA), "photo": "attach://picture"}
        answer = await http.post(f"{bot.base_url}/sendPhoto", data=attached, files={"picture": ("a.png", png(3, 2))})
        assert answer.json()["result"]["photo"][0]["width"] == 3


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (png(30, 20), (30, 20)),
        (b"GIF89a" + struct.pack("<HH", 4, 5), (4, 5)),
        (b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08" + struct.pack(">HH", 6, 7), (7, 6)),
        (b"RIFF\0\0\0\0WEBPVP8X" + b"\0" * 8 + b"\x07\0\0\x08\0\0", (8, 9)),
        (b"\xff\xd8\xff", None),
        (b"", None),
    ],
)
def test_size_of_a_picture_is_read_from_its_head(data: bytes, size: tuple[int, int] | None) -> None:
    assert picture_size(data) == size
