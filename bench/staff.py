"""Members of staff of a benchmark: real accounts, and browsers that log in by the console's own form."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

import pyotp
from aiohttp import ClientSession, ClientTimeout, CookieJar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.contract.errors import DeskError
from desk.contract.staff import Grant
from desk.staff.authentication import TOTP
from desk.staff.secrets import fresh_token, fresh_totp, hashed
from desk.store.database import transaction
from desk.store.keys import Keys

CREATE = text("""
    INSERT INTO staff (id, login, name, locale, password, totp, created_by)
    VALUES (:id, :login, :name, 'zh_Hans', :password, :totp, 'bench')
    ON CONFLICT (login) DO UPDATE SET password = :password, totp = :totp, totp_step = NULL RETURNING id
""")
GRANT = text("""
    INSERT INTO staff_grants (staff_id, role, city, agency, granted_by) VALUES (:id, :role, :city, :agency, 'bench')
    ON CONFLICT DO NOTHING
""")
CSRF = re.compile(r'name="csrf" value="([^"]*)"')
SECONDS = 60.0  # an answer that takes longer is none


class Refused(DeskError):
    """The console did not answer as it should."""


@dataclass(frozen=True, slots=True)
class Hired:
    """How somebody logs in."""

    login: str
    password: str
    totp: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back from the console: the path where it led, and what it said."""

    status: int
    path: str
    text: str


async def hire(engine: AsyncEngine, keys: Keys, people: Mapping[str, Sequence[Grant]]) -> dict[str, Hired]:
    """Create members of staff, by login, with password and authenticator app; those that there are get fresh ones."""
    password = fresh_token()
    kept, hired = await hashed(password), dict[str, Hired]()
    async with transaction(engine) as connection:
        for login, grants in people.items():
            found = await connection.execute(text("SELECT id FROM staff WHERE login = :login"), {"login": login})
            of: UUID = found.scalar_one_or_none() or uuid4()
            one = Hired(login, password, fresh_totp())
            sealed = keys.seal(one.totp.encode(), purpose=TOTP, of=str(of))
            values = {"id": of, "login": login, "name": login.title(), "password": kept, "totp": sealed}
            await connection.execute(CREATE, values)
            for grant in grants:
                place = {"city": grant.city or "", "agency": grant.agency or ""}
                await connection.execute(GRANT, {"id": of, "role": str(grant.role), **place})
            hired[login] = one
    return hired


@dataclass
class Browser:
    """A browser at the console of one server. `csrf` is what its forms have carried since it opened its last page."""

    url: str
    http: ClientSession
    csrf: str = ""

    async def get(self, path: str) -> Answer:
        """Open a page, following where it leads."""
        async with self.http.get(self.url + path) as answer:
            found = Answer(answer.status, answer.url.path, await answer.text())
        return self._seen(found)

    async def post(self, path: str, fields: Mapping[str, str] | None = None) -> Answer:
        """Send a form of the page that was opened last, following where it leads."""
        async with self.http.post(self.url + path, data={"csrf": self.csrf, **(fields or {})}) as answer:
            found = Answer(answer.status, answer.url.path, await answer.text())
        return self._seen(found)

    async def log_in(self, one: Hired) -> None:
        """Log in by password and code.

        Raises:
            Refused: nobody was let in.
        """
        await self.get("/console/login")
        fields = {"login": one.login, "password": one.password, "code": pyotp.TOTP(one.totp).now()}
        entered = await self.post("/console/login", fields)
        if entered.status != 200 or entered.path != "/console":
            raise Refused(f"{one.login} could not log in: {entered.status} at {entered.path}.")

    def _seen(self, answer: Answer) -> Answer:
        if code := CSRF.search(answer.text):
            self.csrf = code[1]
        return answer


@asynccontextmanager
async def browser(url: str, one: Hired | None = None) -> AsyncIterator[Browser]:
    """A browser while the block lasts, logged in as somebody, if anybody.

    Raises:
        Refused: they were not let in.
    """
    # Sec-Fetch-Site, as browsers say it of a form of the page's own
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": url}
    async with ClientSession(
        cookie_jar=CookieJar(unsafe=True), timeout=ClientTimeout(total=SECONDS), headers=headers
    ) as http:
        made = Browser(url, http)
        if one is not None:
            await made.log_in(one)
        yield made
