"""A pretend mail server (SMTP): what it takes is kept in memory, sent nowhere, and shown at `/_sandbox/mail`.

Faults: `refuse` answers 550, `later` answers 451, `silent` takes a mail and never says so.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import escape
from typing import Literal

from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session

type Fault = Literal["refuse", "later", "silent"]


MOST = 200  # mails that are kept
SHOWN = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Pretend mail</title>
<h1>Pretend mail</h1><p>{count} mails, the newest first. Load the page again for more.</p>{mails}</html>"""
MAIL = "<article><h2>{subject}</h2><p>{at} · to {to}</p><pre>{text}</pre></article><hr>"


@dataclass
class MailServer:
    """The server. `taken` are the mails, oldest first; `fault` is what goes wrong from now on, `left` times.

    Args:
        port: where it listens; 0: anywhere.
    """

    taken: list[EmailMessage] = field(default_factory=list)
    fault: Fault | None = None
    left: int = 0
    port: int = 0
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> "MailServer":
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: SMTP(self, enable_SMTPUTF8=True), "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def lifetime(self, _: web.Application) -> AsyncIterator[None]:
        """Listens while an application runs."""
        async with self:
            yield

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        yield web.get("/_sandbox/mail", self._show)

    async def _show(self, request: web.Request) -> web.Response:
        """What was taken, the newest first: a page, or JSON where that is asked for."""
        mails = [
            {"to": str(one["To"]), "subject": str(one["Subject"]), "at": str(one["Date"]), "text": one.get_content()}
            for one in reversed(self.taken)
        ]
        if "json" in request.headers.get("Accept", ""):
            return web.json_response({"mails": mails})
        written = [MAIL.format(**{name: escape(said) for name, said in one.items()}) for one in mails]
        page = SHOWN.format(count=len(mails), mails="".join(written))
        return web.Response(text=page, content_type="text/html")

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
        del self.taken[:-MOST]
        if fault == "silent":
            await asyncio.sleep(60)
        return "250 taken"
