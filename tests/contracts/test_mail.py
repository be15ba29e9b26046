"""E-mail against a real mail server on this machine: what a client reads, who is let in, what is never sent twice."""

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from bot.adapters.mail import Server, SmtpMail, open_mail
from bot.domain.errors import BotError, InDoubt, NoSuchAddress, Refused, TryAgain, Unreachable
from bot.domain.secret import Secret
from bot.ports import Letter, Mail
from bot.settings import Settings
from tests.mailbox import PASSWORD, USER, mail_server, make_certificate, trusting, words

NOW = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
SENDER, FIRM = "contact@cabinet.example", "C’ moi le chef"
TOKEN = "a" * 43
LINK = f"https://t.me/resync_bot?start={TOKEN}"
LETTER = Letter(
    to="odette@bouchon.example",
    subject="Chez Odette : votre banque Crédit Rural",
    before="Bonjour Odette, <b>Crédit Rural</b> &amp; moi vous attendons.\n\nOn commence ?",
    label="Reprendre sur Telegram",
    link=Secret(LINK),
    after="Ce lien est à vous seul.\n\nC’ moi le chef",
)


def sender(port: int, **server: object) -> SmtpMail:
    known: dict[str, object] = {"host": "127.0.0.1", "port": port, "security": "none", **server}
    return SmtpMail(Server(**known), SENDER, FIRM)  # type: ignore[arg-type]


def let_in() -> dict[str, object]:
    return {"username": USER, "password": Secret(PASSWORD)}


def as_a_mail(mail: SmtpMail) -> Mail:
    """The adapter is what the port asks for: mypy holds it."""
    return mail


# What the client gets


async def test_a_letter_reads_well_with_html_and_without_and_tells_nobody_that_it_was_read() -> None:
    async with mail_server() as box:
        await as_a_mail(sender(box.port)).send(LETTER, "due:7:2:1/0", NOW)
    [letter] = box.letters
    assert box.to == ["odette@bouchon.example"]
    assert letter["From"] == "C’ moi le chef <contact@cabinet.example>"
    assert letter["Subject"] == LETTER.subject
    assert letter["Date"].datetime == NOW
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["List-Unsubscribe"] == "<mailto:contact@cabinet.example?subject=stop>"
    assert letter.get_content_type() == "multipart/alternative"
    text, page = words(letter), words(letter, "html")
    assert text.startswith("Bonjour Odette, Crédit Rural & moi vous attendons.\n\nOn commence ?")
    assert f"Reprendre sur Telegram\N{NO-BREAK SPACE}:\n{LINK}\n" in text
    assert "<b>Crédit Rural</b> &amp; moi" in page
    assert re.findall(r'href="([^"]*)"', page) == [LINK], "one button, and nothing else to press"
    assert not re.search(r"<img|<script|<link|url\(|src=", page), "nothing is fetched when it is opened"
    assert max(map(len, letter.as_bytes().splitlines())) < 998


async def test_the_same_job_is_the_same_letter_and_another_one_is_not() -> None:
    async with mail_server() as box:
        for job in ("due:7:2:1/0", "due:7:2:1/0", "due:7:2:2/0"):
            await sender(box.port).send(LETTER, job, NOW)
    first, again, other = (letter["Message-ID"] for letter in box.letters)
    assert first == again != other
    assert re.fullmatch(r"<[0-9a-f]{32}@cabinet\.example>", first)


async def test_a_name_or_a_word_cannot_add_a_header() -> None:
    with pytest.raises((ValueError, NoSuchAddress)):
        await sender(1).send(Letter("a@b.example", "x\r\nBcc: c@d.example", "", "", Secret(LINK), ""), "j", NOW)


async def test_a_domain_with_accents_is_written_as_servers_take_it() -> None:
    async with mail_server() as box:
        letter = Letter("odette@crêperie.example", "s", "b", "l", Secret(LINK), "a")
        await sender(box.port).send(letter, "j", NOW)
    assert box.to == ["odette@xn--crperie-kya.example"]


# Who is let in


@pytest.mark.parametrize("implicit", [False, True])
async def test_the_password_goes_through_a_closed_line_only(tmp_path: Path, implicit: bool) -> None:
    pem = make_certificate(tmp_path)
    async with mail_server(certificate=pem, implicit=implicit, login=True) as box:
        closed = {"security": "tls" if implicit else "starttls", "trust": trusting(pem)}
        await sender(box.port, **closed, **let_in()).send(LETTER, "j", NOW)
        assert (await sender(box.port, **closed, **let_in()).diagnose()).well
        if not implicit:  # no word of it in the open, even where we were told to
            with pytest.raises(Refused):
                await sender(box.port, **let_in()).send(LETTER, "j", NOW)
    assert len(box.letters) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_server_with_another_certificate_gets_nothing(tmp_path: Path, security: str) -> None:
    pem = make_certificate(tmp_path)
    other = make_certificate(tmp_path, "mail.example")
    async with mail_server(certificate=other, implicit=security == "tls", login=True) as box:
        mail = sender(box.port, security=security, trust=trusting(pem), **let_in())
        with pytest.raises(Refused, match="certificate"):
            await mail.send(LETTER, "j", NOW)
        assert "certificat" in (await mail.diagnose()).advice
    assert box.asked == 0


async def test_a_server_that_cannot_close_the_line_gets_nothing() -> None:
    async with mail_server() as box:
        mail = sender(box.port, security="starttls")
        with pytest.raises(Refused, match="STARTTLS"):
            await mail.send(LETTER, "j", NOW)
        assert "RESYNC_SMTP_SECURITY=tls" in (await mail.diagnose()).advice
    assert box.letters == []


async def test_a_wrong_password_is_said_aloud_and_not_what_it_was(tmp_path: Path) -> None:
    pem = make_certificate(tmp_path)
    async with mail_server(certificate=pem, login=True) as box:
        wrong = sender(
            box.port, security="starttls", trust=trusting(pem), username=USER, password=Secret("pas-celui-la")
        )
        with pytest.raises(Refused, match="password") as caught:
            await wrong.send(LETTER, "j", NOW)
        assert "pas-celui-la" not in str(caught.value)
        found = await wrong.diagnose()
    assert not found.well
    assert "RESYNC_SMTP_PASSWORD" in found.advice
    assert "pas-celui-la" not in str(found)


# What goes wrong

ANSWERS: list[tuple[dict[str, str], type[BotError]]] = [
    ({"recipient": "450 4.2.0 Greylisted, come back"}, TryAgain),
    ({"recipient": "421 4.3.2 Too many of you"}, TryAgain),
    ({"recipient": "550 5.1.1 <odette@bouchon.example>: no such user"}, NoSuchAddress),
    ({"recipient": "550 odette@bouchon.example unknown"}, NoSuchAddress),
    ({"recipient": "552 5.2.2 odette@bouchon.example is full"}, Refused),
    ({"recipient": "554 5.7.1 <odette@bouchon.example>: relay access denied"}, Refused),
    ({"content": "451 4.3.0 Try again later"}, TryAgain),
    ({"content": "554 5.6.0 odette@bouchon.example will not like this"}, Refused),
]


@pytest.mark.parametrize(("answer", "expected"), ANSWERS)
async def test_what_a_server_answers_is_told_in_our_words_and_without_the_address(
    answer: dict[str, str], expected: type[BotError]
) -> None:
    async with mail_server() as box:
        vars(box).update(answer)
        box.times = 1
        with pytest.raises(BotError) as caught:
            await sender(box.port).send(LETTER, "j", NOW)
        assert type(caught.value) is expected
        assert "odette" not in str(caught.value)
        await sender(box.port).send(LETTER, "j", NOW)
    assert len(box.letters) == 1, "once it takes letters, the next one arrives"


async def test_where_the_answer_is_lost_nobody_knows_whether_it_left() -> None:
    async with mail_server() as box:
        box.breaks_off = True
        with pytest.raises(InDoubt):
            await sender(box.port).send(LETTER, "j", NOW)
    assert len(box.letters) == 1, "and it did"


async def test_nobody_there_is_a_reason_to_come_back() -> None:
    async with mail_server() as box:
        closed = box.port
    with pytest.raises(Unreachable):
        await sender(closed).send(LETTER, "j", NOW)
    found = await sender(closed).diagnose()
    assert (found.well, "RESYNC_SMTP_HOST" in found.advice) == (False, True)


async def test_a_line_that_breaks_before_the_letter_is_a_reason_to_come_back() -> None:
    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.test\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    with pytest.raises(Unreachable):
        await sender(server.sockets[0].getsockname()[1]).send(LETTER, "j", NOW)
    server.close()


# The settings

SET = {"smtp_host": "smtp.example.org", "mail_from": SENDER}


def test_without_a_host_there_is_no_mail() -> None:
    assert open_mail(Settings()) is None


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_each_way_has_its_port(security: str, port: int) -> None:
    mail = open_mail(Settings.model_validate({**SET, "smtp_security": security}))
    assert mail is not None
    assert (mail.server.port, mail.server.security) == (port, security)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"mail_from": SENDER}, "RESYNC_SMTP_HOST is needed"),
        ({"smtp_password": SecretStr("p")}, "RESYNC_SMTP_HOST is needed"),
        ({"mail_invitations": True}, "RESYNC_SMTP_HOST is needed"),
        ({"smtp_host": "smtp.example.org"}, "RESYNC_MAIL_FROM is needed"),
        ({**SET, "mail_from": "Cabinet <contact@cabinet.example>"}, "RESYNC_MAIL_FROM is needed"),
        ({**SET, "smtp_username": "u"}, "go together"),
        ({**SET, "smtp_password": SecretStr("p")}, "go together"),
        (
            {**SET, "smtp_security": "none", "smtp_username": "u", "smtp_password": SecretStr("p")},
            "in the open",
        ),
        ({**SET, "smtp_security": "ssl"}, "starttls"),
        ({**SET, "smtp_port": 0}, "greater than"),
    ],
)
def test_half_a_mail_server_is_refused_with_what_is_missing(given: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told) as caught:
        Settings.model_validate(given)
    assert "'p'" not in str(caught.value)


def test_a_password_may_go_in_the_open_to_this_machine_only() -> None:
    local = {**SET, "smtp_host": "localhost", "smtp_security": "none", "smtp_username": "u"}
    mail = open_mail(Settings.model_validate({**local, "smtp_password": SecretStr("p")}))
    assert mail is not None
    assert "p" not in repr(mail.server.password)
