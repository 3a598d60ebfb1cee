"""Sends a mail that says that a clerk has answered, and where that is read. Never what was said.

At least once, and as one mail: whatever is not known to have arrived is sent again under the same `Message-ID`, by
which mailboxes know it.
"""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.staff.mail import Mail, MailAway, MailRefused, MailServer
from desk.store.database import transaction
from desk.tickets.reaching.ledger import Ledger

MAIL = "mail"
"""What limits and keyed hashes call this way, as others are called by their channel."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail in our hands."""

    id: int
    mail: Mail
    tries: int


@dataclass(frozen=True)
class Mailing:
    """The room for jobs. Without a server no mail goes, and the clerk is told so."""

    engine: AsyncEngine
    ledger: Ledger
    server: MailServer | None

    async def send(self, number: int) -> None:
        """Send a mail, put it off, or drop it."""
        async with transaction(self.engine) as connection:
            taken = await self._take(connection, number)
        if taken is None or self.server is None:
            return
        try:
            await self.server.send(taken.mail)
        except MailRefused as exc:
            await self._failed(taken, exc, for_good=True)
        except MailAway as exc:
            await self._failed(taken, exc, for_good=False)
        else:
            async with transaction(self.engine) as connection:
                await self.ledger.end(connection, taken.id, "sent", None)

    async def _take(self, connection: AsyncConnection, number: int) -> Taken | None:
        """Mark a mail as being sent; None: it is not to be, or not now."""
        ledger = self.ledger
        row = await ledger.find(connection, number, "mail")
        if row is None:
            return None
        if self.server is None:
            await ledger.end(connection, number, "failed", "no mail server is set")
            return None
        to = ledger.contact(connection, row)
        if not await ledger.take(connection, row, MAIL, to.lower()):
            return None
        subject, said = ledger.said(row, "ticket.mailed_subject"), ledger.said(row, "ticket.mailed")
        key = ledger.keys.digest(str(number), purpose="mail of an answer").hex()[:32]
        return Taken(row.id, Mail(to, subject.text, f"{said.text}\n", key), row.tries + 1)

    async def _failed(self, taken: Taken, exc: Exception, *, for_good: bool) -> None:
        """End it, or try it again. Of what the server said only its number is kept: it may repeat the address."""
        code = getattr(exc.__cause__, "code", None)
        why = f"the mail server {'refuses it' if for_good else 'is away'}" + (f" ({code})" if code else "")
        async with transaction(self.engine) as connection:
            if for_good:
                await self.ledger.end(connection, taken.id, "failed", why)
            else:
                await self.ledger.again(connection, taken.id, taken.tries, why)
