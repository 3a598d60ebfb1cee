"""A pretend mail server (SMTP), by itself: what it takes is kept in memory and sent nowhere.

Faults: `refuse` answers 550, `later` answers 451, `silent` takes a mail and never says so.
"""

import asyncio
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Literal

from aiosmtpd.smtp import SMTP, Envelope, Session

type Fault = Literal["refuse", "later", "silent"]


@dataclass
class MailServer:
    """The server. `taken` are the mails, oldest first; `fault` is what goes wrong from now on, `left` times."""

    taken: list[EmailMessage] = field(default_factory=list)
    fault: Fault | None = None
    left: int = 0
    port: int = 0
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> "MailServer":
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: SMTP(self, enable_SMTPUTF8=True), "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802, ARG002
        """Take a mail (aiosmtpd calls it so)."""
        fault = self.fault if self.left else None
        self.left = max(0, self.left - 1)
        if fault == "refuse":
            return "550 no such mailbox"
        if fault == "later":
            return "451 try again later"
        content = envelope.content or b""
        message = message_from_bytes(content if isinstance(content, bytes) else content.encode(), policy=default)
        assert isinstance(message, EmailMessage)
        self.taken.append(message)
        if fault == "silent":
            await asyncio.sleep(60)
        return "250 taken"
