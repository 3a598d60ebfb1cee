"""Sends a text message that there is news in a conversation of the web chat, and where it is read: never what it is.

It goes by the city's account that sends text messages, within the hours and the number of these, and to no telephone
from which it was written that none are wanted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from aiohttp import ClientSession
from pydantic import JsonValue
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.accounts.people import person_of
from desk.accounts.register import Register
from desk.accounts.rows import AccountRow
from desk.city.files import City
from desk.contract.channel import Outcome, Rejected, Stopped
from desk.contract.errors import ConfigurationError
from desk.contract.messages import Reply
from desk.contract.telephones import home
from desk.contract.wire import Locale
from desk.devices.telephones import Telephone
from desk.store.database import transaction
from desk.store.keys import Keys
from desk.texts.catalogs import Catalogs
from desk.tickets.reaching.texting import ACCOUNT

NAME = "telephone"
"""As a delivery notes that the telephone was told."""
PAUSED_SECONDS = 600.0

# What the same conversation had by text message today counts, whatever it told of.
BEFORE = text(f"""
    SELECT EXISTS (SELECT FROM text_stops WHERE person = :person)
        OR EXISTS (SELECT FROM residents
                   WHERE person = :person AND (muted_at IS NOT NULL OR state = 'left')) AS wants_none,
           (SELECT count(*) FROM deliveries
            WHERE conversation_id = :conversation_id AND created_at >= :today
              AND platform_ids @> '["{NAME}"]') AS today
""")


@dataclass(frozen=True, slots=True)
class Later:
    """It is not sent now, for so many seconds; that is no fault of anybody."""

    seconds: float
    why: str


@dataclass(frozen=True)
class Texts:
    """The way to telephones. `address` is where residents reach the desk, without a trailing slash; `now` the clock."""

    register: Register
    http: ClientSession
    catalogs: Catalogs
    keys: Keys
    address: str
    now: Callable[[], datetime]

    async def send(
        self, telephone: Telephone, kind: str, conversation_id: UUID, city: City, locale: Locale
    ) -> Outcome | Later:
        """Send it. `Stopped`: no text message is wanted there. Never raises for what the gateway does."""
        async with transaction(self.register.engine) as connection:
            account = await self._account(connection, city)
            if account is None:
                return Rejected("no account of the city sends text messages")
            if account.state == "paused":
                return Later(PAUSED_SECONDS, "the account is paused")
            held = await self._held(connection, account, telephone, conversation_id, city)
        if held is not None:
            return held
        try:
            opened = self.register.opened(account)
        except ConfigurationError:
            return Rejected("the account's secrets cannot be opened")
        channel = self.register.channels[account.channel]
        args: dict[str, JsonValue] = {"address": f"{self.address}/{city.slug}/my-matters"}
        said = self.catalogs.render(Reply(key=f"devices.text_{kind}", args=args), locale)
        [piece] = channel.render(said)
        return await channel.send(self.http, opened, home(telephone.number), piece)

    async def _account(self, connection: AsyncConnection, city: City) -> AccountRow | None:
        channels = [name for name, one in self.register.channels.items() if one.abilities.by_telephone]
        wanted = {"city": city.slug, "agency": "", "channels": channels}
        found = (await connection.execute(ACCOUNT, wanted)).scalar_one_or_none()
        return None if found is None else await self.register.of(found)

    async def _held(
        self, connection: AsyncConnection, account: AccountRow, telephone: Telephone, conversation_id: UUID, city: City
    ) -> Stopped | Later | None:
        """Why it is not sent now; None: it is."""
        local = city.local(self.now())
        about = {
            "person": person_of(self.keys, account.channel, home(telephone.number)),
            "conversation_id": conversation_id,
            "today": datetime.combine(local.date(), time(), tzinfo=local.tzinfo),
        }
        before = (await connection.execute(BEFORE, about)).one()
        if before.wants_none:
            return Stopped("no text messages are wanted there")
        due = city.announcing.on(account.channel).next_time(local, before.today)
        if due is None:
            return None
        return Later(max(0.0, (due - self.now()).total_seconds()), "it waits for its time")
