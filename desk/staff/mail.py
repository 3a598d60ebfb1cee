"""Mail by SMTP (RFC 5321), encrypted but on this machine."""

from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import unquote, urlsplit

import aiosmtplib

from desk.contract.errors import ConfigurationError, DeskError
from desk.http.reach import LOOPBACK

TIMEOUT_SECONDS = 8.0
PORTS = {"smtps": 465, "smtp": 587}


class MailAway(DeskError):
    """The mail server cannot be reached, or does not take a mail just now."""

    retryable = True


class MailRefused(DeskError):
    """The mail server refuses a mail for good."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail in plain text. `key` names it: sent twice, it is the same mail."""

    to: str
    subject: str
    text: str
    key: str


@dataclass(frozen=True, slots=True)
class MailServer:
    """The server that takes mail. `smtp://` is encrypted by STARTTLS, `smtps://` from the first byte."""

    host: str
    port: int
    sender: str
    user: str | None
    password: str | None
    tls: bool
    encrypted: bool

    async def send(self, mail: Mail) -> None:
        """Hand a mail over.

        Raises:
            MailAway: again later.
            MailRefused: never.
        """
        message = EmailMessage()
        try:
            message["From"], message["To"] = self.sender, mail.to
        except ValueError as exc:  # an address that no header can hold
            raise MailRefused("It is no address that mail can be sent to.") from exc
        message["Subject"] = " ".join(mail.subject.split())  # one line, whatever it is about
        message["Date"] = formatdate(localtime=False)
        message["Message-ID"] = f"<{mail.key}@{self.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody on holiday answers it
        message.set_content(mail.text)
        try:
            await aiosmtplib.send(
                message,
                hostname=self.host,
                port=self.port,
                username=self.user,
                password=self.password,
                use_tls=self.tls,
                start_tls=self.encrypted and not self.tls,
                timeout=TIMEOUT_SECONDS,
            )
        except aiosmtplib.SMTPRecipientsRefused as exc:
            _refused(exc, all(one.code >= 500 for one in exc.recipients))
        except aiosmtplib.SMTPResponseException as exc:
            _refused(exc, exc.code >= 500)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as exc:
            raise MailAway from exc


def _refused(exc: Exception, for_good: bool) -> None:
    if for_good:
        raise MailRefused from exc
    raise MailAway from exc


def mail_server(url: str, sender: str | None) -> MailServer:
    """Read the address of a mail server: smtp://user:password@host:587 or smtps://….

    Raises:
        ConfigurationError: it is none, or nobody is named who sends.
    """
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ConfigurationError("DESK_SMTP_URL is smtp://user:password@host:587 or smtps://user:password@host.")
    if not sender or "@" not in sender:
        raise ConfigurationError("DESK_SMTP_URL is set: set DESK_MAIL_FROM, too, the address that mail comes from.")
    return MailServer(
        parts.hostname,
        parts.port or PORTS[parts.scheme],
        sender,
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None,
        tls=parts.scheme == "smtps",
        encrypted=parts.hostname not in LOOPBACK,
    )
