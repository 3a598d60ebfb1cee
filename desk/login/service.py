"""Lets residents in: who the platform says they are gets their lasting conversation, and a token for it.

What a platform said once counts once.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from aiohttp import ClientSession
from prometheus_client import Counter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.accounts.people import open_address
from desk.accounts.register import Register
from desk.accounts.rows import AccountRow
from desk.city.files import City
from desk.contract.channel import Forged, Inbound, Subscribed
from desk.contract.errors import DeskError, NotFound
from desk.contract.login import LoggedIn, Login
from desk.contract.wire import Locale
from desk.conversations import sessions
from desk.intake.residents import Residents
from desk.login import nonces
from desk.login.certificates import Certificates
from desk.store.database import transaction

ENTERED = Counter("desk_logins_total", "Residents who came in through a platform's door", ["channel", "outcome"])

TOKEN_GOOD = timedelta(days=1)
"""So long a token is good; the platform's page comes in anew each time it is opened."""
CERTIFICATE_GOOD = timedelta(minutes=30)
"""So long it counts who somebody was proved to be: as long as a one-time code."""

USE = text("""
    INSERT INTO used_entries (account_id, word, good_until) VALUES (:account_id, :word, :good_until)
    ON CONFLICT DO NOTHING RETURNING word
""")
FORGET = text("DELETE FROM used_entries WHERE good_until < :now")
BUYER = text("""
    SELECT conversation.channel, resident.account_id, resident.external_id, resident.address, account.platform_id
    FROM conversations AS conversation
    JOIN residents AS resident ON resident.id = conversation.resident_id
    JOIN channel_accounts AS account ON account.id = resident.account_id
    WHERE conversation.id = :id
""")
PLACE = text("SELECT city, locale FROM conversations WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Opened:
    """A conversation that is open. The token is shown once. `city` may be another than the account's by now."""

    conversation: str
    token: str
    city: str
    locale: Locale
    is_certified: bool


class Unconfirmed(DeskError):
    """Who opened a link has not said that it is theirs."""

    def __init__(self, known_by: str) -> None:
        super().__init__()
        self.known_by = known_by


class FromAPage(DeskError):
    """A browser brings what an app alone may bring."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who brings an entry, as the request says: `nonce` is that of our page, if it came along; `is_browser`: a page
    sends it, ours or anybody's.
    """

    nonce: str | None = None
    is_browser: bool = False


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who pays in a platform's app: their name there, and the application that they are in."""

    name: str
    application: str


@dataclass(frozen=True)
class Logins:
    """The doors of all platforms."""

    register: Register
    residents: Residents
    logins: Mapping[str, Login]
    certificates: Certificates
    cities: Mapping[str, City]
    now: Callable[[], datetime]
    http: ClientSession

    async def asked(self, slug: str) -> str:
        """The nonce of a page that residents come in by, for an account whose entries come in links.

        Raises:
            NotFound: there is no such account, it is stopped, its channel has no door, or an app comes in without a
                page: a page for it would serve only who has others come in.
        """
        account, login = await self._door(slug)
        if not login.by_link:
            raise NotFound(f"Nobody comes in by a page of {slug!r}.")
        return nonces.made(self.register.keys, account.slug, self.now())

    async def admit(
        self, slug: str, entry: str, language: str | None, *, sender: Sender, confirmed: bool = False
    ) -> Opened:
        """Let somebody in. `confirmed`: who opened a link has said that it is theirs.

        Raises:
            Unconfirmed: that is still to be said; the entry is not used up.
            NotFound: there is no such account, it is stopped, or its channel has no door.
            FromAPage: a browser brings an app's entry: somebody else may have put it there.
            Forged: the entry is not the platform's, is over, was used before, or our page did not ask for it.
            BackendError: the platform did not answer.
        """
        account, login = await self._door(slug)
        now = self.now()
        if sender.is_browser and not login.by_link:
            raise FromAPage
        try:
            if login.by_link and not self._is_asked(account, sender, now):
                raise Forged("Our page did not ask for this entry, or too long ago.")
            entered = await login.admit(self.http, self.register.opened(account), entry, now)
            if login.by_link and not confirmed:
                raise Unconfirmed(self._known_by(account, entered))
            opened = await self._open(account, entered, language, now)
        except Forged:
            ENTERED.labels(channel=account.channel, outcome="refused").inc()
            raise
        ENTERED.labels(channel=account.channel, outcome="admitted").inc()
        return opened

    def _is_asked(self, account: AccountRow, sender: Sender, now: datetime) -> bool:
        return sender.nonce is not None and nonces.is_good(self.register.keys, account.slug, sender.nonce, now)

    def _known_by(self, account: AccountRow, entered: LoggedIn) -> str:
        """A word by which a browser knows a resident again who has confirmed before. It opens nothing."""
        value = f"{account.id}\n{entered.resident}"
        return self.register.keys.code(value, purpose="entry confirmed", length=20)

    async def buyer(self, conversation_id: UUID) -> Buyer | None:
        """Who the resident of a conversation is to their platform, if one can pay in its app; else None."""
        async with self.register.engine.connect() as connection:
            row = (await connection.execute(BUYER, {"id": conversation_id})).one_or_none()
        login = None if row is None else self.logins.get(row.channel)
        if row is None or login is None or not login.pays_in_app or row.address is None or not row.platform_id:
            return None
        name = open_address(self.register.keys, row.account_id, row.external_id, row.address)
        return Buyer(name, row.platform_id)

    async def _door(self, slug: str) -> tuple[AccountRow, Login]:
        account = await self.register.find(slug)
        login = self.logins.get(account.channel)
        if login is None or account.state == "stopped":
            raise NotFound(f"Nobody comes in by {slug!r}.")
        return account, login

    async def _open(self, account: AccountRow, entered: LoggedIn, language: str | None, now: datetime) -> Opened:
        token = secrets.token_urlsafe(32)
        pushes = self.register.channel_of(account).abilities.pushes
        async with transaction(self.register.engine) as connection:
            await self._use(connection, account, entered, now)
            came = Inbound("", entered.resident, now, Subscribed(), language=language or entered.language)
            known = await self.residents.take_in(connection, account, self.cities[account.city], came, pushes)
            if known.state == "left":
                await self.residents.set_state(connection, known, "reachable", now)
            await sessions.keep(connection, known.conversation_id, token, longest=TOKEN_GOOD)
            await self.certificates.keep(
                connection,
                known.conversation_id,
                entered.certificate,
                channel=account.channel,
                until=now + CERTIFICATE_GOOD,
            )
            place = (await connection.execute(PLACE, {"id": known.conversation_id})).one()
        return Opened(str(known.conversation_id), token, place.city, place.locale, entered.certificate is not None)

    async def _use(self, connection: AsyncConnection, account: AccountRow, entered: LoggedIn, now: datetime) -> None:
        await connection.execute(FORGET, {"now": now})
        if entered.once is None:
            return
        word = {"account_id": account.id, "word": _hash(entered.once), "good_until": entered.good_until or now}
        if (await connection.execute(USE, word)).scalar_one_or_none() is None:
            raise Forged("This entry was used before.")


def _hash(word: str) -> bytes:
    return hashlib.sha256(word.encode()).digest()
