"""`Mail` on aiosmtplib: a letter with one button, handed to the firm's own mail server.

Law: nothing is handed over twice. Once the last dot is on its way, a broken line is `InDoubt` and never `TryAgain`.
An address is personal: none stands in an error, for what a server answers repeats it.
Sources: RFC 5321 (SMTP), 3463 (enhanced codes), 3834 (Auto-Submitted), 2369 (List-Unsubscribe).
"""

import html
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from hashlib import sha256
from typing import Literal

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)
from aiosmtplib.errors import SMTPConnectError

from bot.domain.errors import InDoubt, NoSuchAddress, Refused, TryAgain, Unreachable
from bot.domain.secret import Secret
from bot.ports import Diagnosis, Letter
from bot.settings import Settings

SECONDS = 20.0
"""For each command; the last one, after which a letter is the server's, may take as long."""
PORTS = {"starttls": 587, "tls": 465, "none": 25}
ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})\b")
NOT_HIS_ADDRESS = ("5.2.2", "5.2.3", "5.3", "5.4", "5.5", "5.6", "5.7")
"""Refused for good, and not because nobody is there: a full box, a letter too large, a server that mistrusts us."""
POLICY = SMTP_POLICY.clone(cte_type="7bit")  # whatever extensions the servers on the way have


@dataclass(frozen=True)
class Server:
    """The firm's mail server. Without a user name, it lets us in without a password."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: Secret | None = None
    trust: ssl.SSLContext | None = None
    """Whose certificates are believed; by default those that the system believes."""


def open_mail(settings: Settings) -> "SmtpMail | None":
    """The firm's mail server; None where none is set."""
    if not settings.smtp_host:
        return None
    password = settings.smtp_password
    server = Server(
        host=settings.smtp_host,
        port=settings.smtp_port or PORTS[settings.smtp_security],
        security=settings.smtp_security,
        username=settings.smtp_username,
        password=Secret(password.get_secret_value()) if password else None,
    )
    return SmtpMail(server, settings.mail_from, settings.firm_name)


class SmtpMail:
    """`Mail`. A connection for each letter: they are few, and far apart."""

    def __init__(self, server: Server, sender: str, firm: str) -> None:
        self.server = server
        self.sender = sender
        self.firm = firm

    async def send(self, letter: Letter, job: str, now: datetime) -> None:
        to = as_servers_take_it(letter.to)
        written = composed(letter, to, self.sender, self.firm, job, now).as_bytes()
        async with self._opened() as smtp:
            await smtp.mail(self.sender)
            await smtp.rcpt(to)
            await hand_over(smtp, written)

    async def diagnose(self) -> Diagnosis:
        what = f"E-mail : {self.server.host}, port {self.server.port} ({self.server.security})"
        try:
            async with self._client() as smtp:
                await smtp.ehlo()
        except (SMTPException, OSError) as error:
            return Diagnosis(what, False, advice(error))
        return Diagnosis(what, True)

    def _client(self) -> SMTP:
        server = self.server
        return SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username or None,
            password=server.password.reveal() if server.password else None,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=server.trust,
            timeout=SECONDS,
            local_hostname=self.sender.rpartition("@")[2],
        )

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[SMTP]:
        """Connected, and let in; what goes wrong is said in our words, once."""
        try:
            async with self._client() as smtp:
                yield smtp
        except (SMTPException, OSError) as error:
            raise ours(error) from None


async def hand_over(smtp: SMTP, written: bytes) -> None:
    """The letter itself. Where the server's answer is lost, it may have it."""
    try:
        await smtp.data(written)
    except (SMTPServerDisconnected, SMTPTimeoutError, OSError):
        raise InDoubt("The mail server broke off before it said whether it has the letter.") from None


def ours(error: SMTPException | OSError) -> Exception:
    """One of our errors for one of aiosmtplib's, without the server's own words: they repeat the address."""
    match error:
        case SMTPResponseException(code=code) if 400 <= code < 500:
            return TryAgain(f"The mail server asks to come back: {said(error)}")
        case SMTPAuthenticationError():
            return Refused(f"The mail server refuses the user name or its password: {said(error)}")
        case SMTPRecipientRefused() if not said(error).startswith(NOT_HIS_ADDRESS):
            return NoSuchAddress(f"The mail server refuses the client's address: {said(error)}")
        case SMTPResponseException():
            return Refused(f"The mail server refuses: {said(error)}")
        case _ if is_mistrusted(error):
            return Refused("The mail server's certificate is not that of its name.")
        case OSError():  # with aiosmtplib's own for a line that cannot be had, or that broke
            return Unreachable(f"The mail server does not answer: {type(error).__name__}")
    return Refused(f"The mail server cannot do what is asked of it: {error.message}")


def said(error: SMTPResponseException) -> str:
    """The code of an answer, the enhanced one where there is one."""
    found = ENHANCED.match(error.message)
    return found[1] if found else str(error.code)


def is_mistrusted(error: BaseException) -> bool:
    """Another certificate than we were promised; aiosmtplib wraps it where the line begins with TLS."""
    return isinstance(error, ssl.SSLCertVerificationError) or isinstance(
        error.__cause__, ssl.SSLCertVerificationError
    )


def advice(error: SMTPException | OSError) -> str:
    """How to mend it, in French, for `resync doctor`."""
    match error:
        case SMTPAuthenticationError():
            return (
                f"Le serveur refuse l’identifiant ou le mot de passe ({said(error)}) : recopiez RESYNC_SMTP_USERNAME "
                "et RESYNC_SMTP_PASSWORD. Certaines messageries veulent un mot de passe d’application."
            )
        case SMTPResponseException():
            return f"Le serveur répond {said(error)} : demandez à votre messagerie si ce programme peut envoyer."
        case _ if is_mistrusted(error):
            return "Le certificat du serveur n’est pas celui de ce nom : vérifiez RESYNC_SMTP_HOST."
        case SMTPConnectError() | OSError():
            return "Le serveur ne répond pas : vérifiez RESYNC_SMTP_HOST, RESYNC_SMTP_PORT et RESYNC_SMTP_SECURITY."
    return (
        "Le serveur ne sait pas faire ce qui est réglé : essayez RESYNC_SMTP_SECURITY=tls (port 465), ou retirez "
        "RESYNC_SMTP_USERNAME et RESYNC_SMTP_PASSWORD s’il n’en veut pas."
    )


def as_servers_take_it(address: str) -> str:
    """A domain with accents has a form without. Raises `NoSuchAddress` for what no server would take."""
    name, _, domain = address.rpartition("@")
    try:
        plain = f"{name}@{domain.encode('idna').decode()}"
        Address(addr_spec=plain)
        plain.encode("ascii")
    except (UnicodeError, ValueError, HeaderParseError):
        raise NoSuchAddress("The client's address is none that a mail server takes.") from None
    return plain


def composed(letter: Letter, to: str, sender: str, firm: str, job: str, now: datetime) -> EmailMessage:
    """The letter as it travels: plain text, and the same as HTML. Nothing in it tells us that it was read."""
    message = EmailMessage(policy=POLICY)
    message["From"] = Address(display_name=firm, addr_spec=sender)
    message["To"] = to
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{sha256(job.encode()).hexdigest()[:32]}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["List-Unsubscribe"] = f"<mailto:{sender}?subject=stop>"
    message["Content-Language"] = "fr"
    message.set_content(as_text(letter))
    message.add_alternative(as_html(letter), subtype="html")
    return message


def as_text(letter: Letter) -> str:
    """For those who read no HTML."""
    before, after = plain(letter.before), plain(letter.after)
    return f"{before}\n\n{letter.label}\N{NO-BREAK SPACE}:\n{letter.link.reveal()}\n\n{after}\n"


def plain(words: str) -> str:
    """Without tags and character references."""
    return html.unescape(re.sub(r"<[^>]+>", "", words))


def as_html(letter: Letter) -> str:
    """One column, one button, no picture: what every mail client shows alike."""
    return PAGE.format(
        subject=html.escape(letter.subject),
        before=paragraphs(letter.before),
        link=html.escape(letter.link.reveal()),
        label=html.escape(letter.label),
        after=paragraphs(letter.after),
    )


def paragraphs(words: str) -> str:
    """An empty line begins a new one."""
    return "\n".join(f"<p>{each.strip()}</p>".replace("\n", "<br>\n") for each in words.split("\n\n"))


PAGE = """<!doctype html>
<html lang="fr">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{subject}</title></head>
<body style="margin:0;padding:24px;font:16px/1.5 Helvetica,Arial,sans-serif;color:#1f2430;background:#fff">
<div style="max-width:34em;margin:0 auto">
{before}
<p style="margin:28px 0"><a href="{link}" style="display:inline-block;padding:13px 22px;border-radius:8px;\
background:#1d4ed8;color:#fff;font-weight:bold;text-decoration:none">{label}</a></p>
<div style="font-size:14px;color:#4b5263">
{after}
</div>
</div>
</body>
</html>
"""
