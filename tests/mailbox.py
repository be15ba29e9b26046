"""A mail server on this machine: aiosmtpd, with the moods of a real one, and the letters that it took."""

import asyncio
import contextlib
import logging
import ssl
import warnings
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "resync@cabinet.example", "un-secret-du-serveur"


@dataclass
class Mailbox:
    """The server's side: what it took, and what it answers instead where a test wants it to."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    recipient: str = ""
    """The answer to RCPT, instead of a yes."""
    content: str = ""
    """The answer to the letter, instead of a yes."""
    times: int = 10**9
    """So often; then all is well."""
    breaks_off: bool = False
    """It takes the letter, and the line breaks before its answer."""
    asked: int = 0
    """Letters that were begun."""

    def auth(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        well = given == LoginPassword(USER.encode(), PASSWORD.encode())
        return AuthResult(success=well, handled=False)

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.asked += 1
        if self.recipient and self.times > 0:
            self.times -= 1
            return self.recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.content and self.times > 0:
            self.times -= 1
            return self.content
        assert isinstance(envelope.content, bytes)
        read = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(read, EmailMessage)
        self.letters.append(read)
        self.to += envelope.rcpt_tos
        if self.breaks_off:
            assert server.transport is not None
            server.transport.abort()
        return "250 Message accepted for delivery"


@contextlib.asynccontextmanager
async def mail_server(
    *, certificate: Path | None = None, implicit: bool = False, login: bool = False
) -> AsyncIterator[Mailbox]:
    """With a certificate, over STARTTLS or (`implicit`) over TLS; with `login`, only for whoever has the password."""
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # it would log each letter, among the program's own lines
    box = Mailbox()
    context = serving(certificate) if certificate else None
    starttls = None if implicit else context
    options: dict[str, Any] = {"authenticator": box.auth, "auth_required": True} if login else {}
    secured = starttls is not None

    def make() -> SMTP:
        with warnings.catch_warnings(action="ignore"):  # it does not see that the line is closed already
            return SMTP(
                box, hostname="mail.test", tls_context=starttls, require_starttls=secured,
                auth_require_tls=not implicit, **options,
            )  # fmt: skip

    loop = asyncio.get_running_loop()
    server = await loop.create_server(make, "127.0.0.1", 0, ssl=context if implicit else None)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()


def serving(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


def trusting(certificate: Path) -> ssl.SSLContext:
    """What believes this certificate, and no other."""
    return ssl.create_default_context(cafile=str(certificate))


def make_certificate(folder: Path, name: str = "127.0.0.1") -> Path:
    """A certificate of its own for a name or an address, with its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    held = x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([held]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    shown = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + shown)
    return path


def words(letter: EmailMessage, kind: str = "plain") -> str:
    """What a mail client shows of it."""
    part = letter.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")
