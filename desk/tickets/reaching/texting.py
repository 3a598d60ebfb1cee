"""Sends a text message that says that a clerk has answered, and where that is read. Never what was said.

At most once: before it is handed to the gateway it is marked as being sent, and whoever finds it so later leaves it
alone.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aiohttp import ClientSession
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.accounts.register import Register
from desk.accounts.rows import AccountRow
from desk.contract.channel import Channel, Outcome, Rejected, RetryAfter, Sent, Stopped, Unknown
from desk.contract.errors import ConfigurationError
from desk.contract.rendered import RenderedMessage
from desk.contract.telephones import home
from desk.store.database import transaction
from desk.tickets.contact import takes_texts
from desk.tickets.reaching.ledger import Ledger

PAUSED_WAIT = timedelta(minutes=10)

# The account of the ticket's agency before others of its city; one that sends before one that is paused.
ACCOUNT = text("""
    SELECT account.id FROM channel_accounts AS account JOIN agencies AS agency ON agency.id = account.agency_id
    WHERE account.city = :city AND account.channel = ANY (:channels) AND account.secrets IS NOT NULL
      AND account.state <> 'stopped'
    ORDER BY account.state = 'paused', agency.slug <> :agency, account.id LIMIT 1
""")


@dataclass(frozen=True, slots=True)
class Taken:
    """A text in our hands."""

    id: int
    telephone: str
    message: RenderedMessage
    account: AccountRow
    channel: Channel
    tries: int


@dataclass(frozen=True)
class Texting:
    """The room for jobs."""

    engine: AsyncEngine
    ledger: Ledger
    register: Register
    http: ClientSession

    async def send(self, text_id: int) -> None:
        """Send a text, put it off, or drop it."""
        async with transaction(self.engine) as connection:
            taken = await self._take(connection, text_id)
        if taken is not None:
            await self._note(taken, await self._call(taken))

    async def _take(self, connection: AsyncConnection, text_id: int) -> Taken | None:
        """Mark a text as being sent; None: it is not to be, or not now."""
        ledger = self.ledger
        row = await ledger.find(connection, text_id, "phone")
        if row is None:
            return None
        if row.state == "sending":
            await ledger.end(connection, text_id, "unknown", "whoever sent it ended in the middle")
            return None
        account = await self._account(connection, row)
        if account is None:
            await ledger.end(connection, text_id, "failed", "no account of the city sends text messages")
            return None
        if account.state == "paused":
            await ledger.put_off(connection, text_id, ledger.now() + PAUSED_WAIT, "the account is paused")
            return None
        telephone = home(ledger.contact(connection, row))
        if not takes_texts(telephone):
            await ledger.end(connection, text_id, "failed", "the telephone takes no text messages")
            return None
        if not await ledger.take(connection, row, account.channel, telephone, account.id):
            return None
        channel = self.register.channels[account.channel]
        return Taken(row.id, telephone, ledger.said(row, "ticket.texted"), account, channel, row.tries + 1)

    async def _account(self, connection: AsyncConnection, row: Row[Any]) -> AccountRow | None:
        channels = [name for name, one in self.register.channels.items() if one.abilities.by_telephone]
        wanted = {"city": row.city, "agency": row.agency, "channels": channels}
        found = (await connection.execute(ACCOUNT, wanted)).scalar_one_or_none()
        return None if found is None else await self.register.of(found)

    async def _call(self, taken: Taken) -> Outcome:
        try:
            account = self.register.opened(taken.account)
        except ConfigurationError:
            return Rejected("the account's secrets cannot be opened", account=True)
        [piece] = taken.channel.render(taken.message)
        return await taken.channel.send(self.http, account, taken.telephone, piece)

    async def _note(self, taken: Taken, outcome: Outcome) -> None:
        ledger = self.ledger
        async with transaction(self.engine) as connection:
            match outcome:
                case Sent():
                    await ledger.end(connection, taken.id, "sent", None, parts=outcome.parts)
                case Unknown():
                    await ledger.end(connection, taken.id, "unknown", outcome.why)
                case RetryAfter():
                    wait = timedelta(seconds=outcome.seconds)
                    await ledger.again(connection, taken.id, taken.tries, outcome.why, at_least=wait)
                case Rejected(account=True):
                    await ledger.again(connection, taken.id, taken.tries, outcome.why)
                case Rejected() | Stopped():
                    await ledger.end(connection, taken.id, "failed", outcome.why)
                case _:  # moved: telephones do not
                    await ledger.end(connection, taken.id, "failed", "the gateway names another telephone")
