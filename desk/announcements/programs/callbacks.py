"""Programs that hear of each change of their agency's announcements: registered, and what each is still to hear.

What is to be heard is written in the transaction of the change. `desk.announcements.programs.calling` hands it on.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.announcements.content import AnnouncementFault
from desk.announcements.rows import AnnouncementRow
from desk.audit.trail import record
from desk.contract.errors import Conflict, NotFound
from desk.contract.staff import Actor, Permission
from desk.http.reach import is_loopback
from desk.store.database import transaction
from desk.store.deferring import UPKEEP, defer
from desk.store.keys import Keys

CALL = "announcements.call"
HEARD = frozenset(
    {"submit", "approve", "return", "reject", "begin", "done"}
    | {"cancel", "withdraw", "pause", "resume", "void", "expire", "hurry"}
)
"""Acts that programs hear of."""
SECRET = "callback of a program"
LONGEST_URL = 500  # characters
MOST = 10  # of one account

NEW = text("SELECT nextval(pg_get_serial_sequence('announcement_callbacks', 'id'))")
HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended(:login, 46))")
COUNT = text("SELECT count(*) FROM announcement_callbacks WHERE login = :login")
ADD = text("""
    INSERT INTO announcement_callbacks (id, login, city, agency, url, secret, created_at)
    OVERRIDING SYSTEM VALUE VALUES (:id, :login, :city, :agency, :url, :secret, clock_timestamp())
    ON CONFLICT DO NOTHING RETURNING created_at
""")
OWN = text("""
    SELECT id, city, agency, url, created_at, disabled_at, why,
           (SELECT count(*) FROM announcement_callback_events AS event WHERE event.callback_id = callback.id) AS waiting
    FROM announcement_callbacks AS callback WHERE login = :login ORDER BY id
""")
DROP = text("DELETE FROM announcement_callbacks WHERE id = :id AND login = :login RETURNING city, agency, url")
WRITE = text("""
    INSERT INTO announcement_callback_events (callback_id, announcement_id, act, state, version, at)
    SELECT id, :announcement, :act, :state, :version, :at FROM announcement_callbacks
    WHERE city = :city AND agency = :agency AND disabled_at IS NULL RETURNING callback_id
""")


@dataclass(frozen=True, slots=True)
class Callback:
    """An address that hears of an agency's announcements. `waiting`: so many changes were not taken yet."""

    id: int
    city: str
    agency: str
    url: str
    created_at: datetime
    disabled_at: datetime | None = None
    why: str | None = None
    waiting: int = 0


@dataclass(frozen=True)
class Callbacks:
    """The room for programs. `own_address`: of this installation; where it is loopback, callbacks may be."""

    engine: AsyncEngine
    keys: Keys
    own_address: str

    async def add(self, actor: Actor, city: str, agency: str, url: str) -> tuple[Callback, str]:
        """Have an address told of each change of an agency's announcements; with the secret that signs, told once.

        Raises:
            AnnouncementFault: the address is no https address.
            Conflict: the account has this one, or too many.
            NotPermitted: the account does not read this agency's announcements.
        """
        actor.require(Permission.ANNOUNCEMENT_READ, city, agency)
        self._insist_on_address(url)
        secret = secrets.token_urlsafe(32)
        async with transaction(self.engine) as connection:
            await connection.execute(HOLD, {"login": actor.login})
            if (await connection.execute(COUNT, {"login": actor.login})).scalar_one() >= MOST:
                raise Conflict(f"An account has at most {MOST} callbacks.")
            number = int((await connection.execute(NEW)).scalar_one())
            values = {
                "id": number,
                "login": actor.login,
                "city": city,
                "agency": agency,
                "url": url,
                "secret": self.keys.seal(secret.encode(), purpose=SECRET, of=str(number)),
            }
            made = (await connection.execute(ADD, values)).one_or_none()
            if made is None:
                raise Conflict("This account has this address for this agency.")
            await _note(connection, actor, "add", number, city, agency, url)
        return Callback(number, city, agency, url, made.created_at), secret

    async def own(self, actor: Actor) -> Sequence[Callback]:
        """Those of the account, the oldest first."""
        async with self.engine.connect() as connection:
            return [Callback(**row._mapping) for row in await connection.execute(OWN, {"login": actor.login})]

    async def drop(self, actor: Actor, number: int) -> None:
        """Tell an address no more; what it has not taken is forgotten.

        Raises:
            NotFound: the account has none of this number.
        """
        async with transaction(self.engine) as connection:
            row = (await connection.execute(DROP, {"id": number, "login": actor.login})).one_or_none()
            if row is None:
                raise NotFound(f"There is no callback {number}.")
            await _note(connection, actor, "drop", number, row.city, row.agency, row.url)

    def _insist_on_address(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            is_whole = bool(parts.hostname) and parts.port != 0 and parts.username is None and not parts.fragment
        except ValueError:
            is_whole = False
        is_own = is_loopback(url) if is_whole else False
        if is_whole and len(url) <= LONGEST_URL and url.isascii() and url.isprintable() and " " not in url:
            if parts.scheme == "https" and not is_own:
                return
            if parts.scheme in ("https", "http") and is_own and is_loopback(self.own_address):
                return
        raise AnnouncementFault(
            f"an https address of at most {LONGEST_URL} characters, without a login in it, and not of this machine",
            field="url",
        )


async def hear(connection: AsyncConnection, row: AnnouncementRow, act: str, *, at: datetime) -> None:
    """Write down for each program that hears of this agency what was done, in the transaction of the change."""
    if act not in HEARD:
        return
    values = {
        "announcement": row.id,
        "act": act,
        "state": row.state,
        "version": row.version,
        "at": at,
        "city": row.city,
        "agency": row.agency,
    }
    for callback in (await connection.execute(WRITE, values)).scalars().all():
        await defer(connection, CALL, lane=UPKEEP, lock=f"callback:{callback}", callback=callback)


async def _note(
    connection: AsyncConnection, actor: Actor, act: str, number: int, city: str, agency: str, url: str
) -> None:
    details = {"host": urlsplit(url).hostname or ""}
    await record(
        connection,
        actor,
        f"announcement.callback_{act}",
        subject=str(number),
        city=city,
        agency=agency,
        details=details,
    )
