"""Logging in by the city's identity provider, against the pretend one on the wire, and what it may not do."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from fixtures.desks import Answer, Chair, Desks, console_of, desks_at, hire
from fixtures.house import KEYS, House
from fixtures.pretend_city import pretend_city
from fixtures.staffed import actor
from fixtures.web import application
from sqlalchemy import text

from desk.audit.reading import Filter, search
from desk.console.server import adding
from desk.console.visits import SESSION_COOKIE
from desk.contract.staff import Grant, Role
from desk.staff import openid
from desk.staff.openid import Client, OpenId
from desk.store.database import transaction
from sandbox.openid import CLIENT_ID, CLIENT_SECRET

CLERK = Grant(Role.CLERK, "hangzhou")
START = "/console/login/openid"
DISABLE = text("UPDATE staff SET disabled_at = now() WHERE id = :id")


@dataclass
class Provided:
    """The console with a provider beside it, whose clocks are ours."""

    desks: Desks
    provider: str
    openid: OpenId
    http: ClientSession
    ahead: timedelta = timedelta()

    async def fault(self, **what: Any) -> None:
        async with self.http.post(f"{self.provider}/_sandbox/faults", json={"system": "openid", **what}) as answer:
            assert answer.status == 201, await answer.text()

    async def steer(self, **what: Any) -> None:
        async with self.http.put(f"{self.provider}/_sandbox/openid", json=what) as answer:
            assert answer.status == 200, await answer.text()

    async def through(self, chair: Chair, login: str, *, wanted: str = "") -> Answer:
        """Leave for the provider, say there who one is, and come back."""
        return await chair.get(await self.back(chair, login, wanted=wanted))

    async def back(self, chair: Chair, login: str, *, wanted: str = "", again: str = "") -> str:
        """Where the provider sends somebody back to."""
        left = await chair.get(f"{START}?next={wanted}{again}", follow=False)
        assert left.status == 303, left.text
        async with self.http.post(left.headers["Location"], data={"login": login}, allow_redirects=False) as answer:
            assert answer.status == 303, await answer.text()
            return answer.headers["Location"].removeprefix(self.desks.url)


@asynccontextmanager
async def provided(house: House, folder: Path, **changed: Any) -> AsyncIterator[Provided]:
    """The console of a store, which lets people in by the pretend provider."""
    world: list[Provided] = []

    def clock() -> datetime:
        return datetime.now(UTC) + (world[0].ahead if world else timedelta())

    async with (
        TestServer(pretend_city(folder, lambda: datetime.now(UTC))) as sandbox,
        ClientSession() as http,
    ):
        provider = str(sandbox.make_url("")).rstrip("/")
        console = console_of(house)
        client = replace(Client(f"{provider}/openid", CLIENT_ID, CLIENT_SECRET), **changed)
        door = OpenId(client, http, console.door, KEYS, clock)
        console = replace(console, openid=door)
        async with TestServer(application(house, additions=[adding(console)])) as server:
            desks = Desks(str(server.make_url("/")).rstrip("/"), house, console)
            world.append(Provided(desks, provider, door, http))
            yield world[0]


async def failures(house: House) -> list[Any]:
    """Why logins failed, the newest first."""
    async with house.engine.connect() as connection:
        found = await search(connection, Filter(act="staff.log_in_failed"))
    return [one.details.get("why") for one in found]


async def test_provider_lets_in_who_has_an_account_here(house: House, tmp_path: Path) -> None:
    """The page that was wanted comes next, by a page of ours; what they may do is what they hold here."""
    await hire(house.engine, "lin", CLERK)
    async with provided(house, tmp_path) as there, there.desks.chair() as chair:
        assert START in (await chair.get("/console/login")).text
        entered = await there.through(chair, "lin", wanted="/console/requests")
        assert (entered.status, entered.headers["Refresh"]) == (200, "0; url=/console/requests")
        assert (await chair.get("/console/requests")).path == "/console/requests"
        assert (await chair.get("/console/audit")).status == 403
        async with house.engine.connect() as connection:
            [record] = await search(connection, Filter(act="staff.log_in"))
        assert (record.subject, record.details) == ("lin", {"way": "openid"})
        admin = actor("an", Grant(Role.SECURITY_ADMIN))
        [lin] = [one for one in await there.desks.console.staff.members(admin) if one.login == "lin"]
        assert lin.openid_at is not None


async def test_who_has_no_account_is_told_so(house: House, tmp_path: Path) -> None:
    """Unknown, without a role, or disabled: the provider alone lets nobody in."""
    await hire(house.engine, "bare")
    gone = await hire(house.engine, "gone", CLERK)
    await hire(house.engine, "lin", CLERK)
    async with transaction(house.engine) as connection:
        await connection.execute(DISABLE, {"id": gone.id})
    async with provided(house, tmp_path) as there, there.desks.chair() as chair:
        for login in ("stranger", "bare", "gone", "Lin", ""):
            answer = await there.through(chair, login)
            assert (answer.status, "no account here" in answer.errors) == (422, True)
            assert (await chair.get("/console")).path == "/console/login"
    assert await failures(house) == ["account"] * 5


async def test_what_comes_back_must_be_what_left(house: House, tmp_path: Path) -> None:
    """Another browser, another state, a code that was used or made up, too late: refused, and kept."""
    await hire(house.engine, "lin", CLERK)
    async with provided(house, tmp_path) as there, there.desks.chair() as chair, there.desks.chair() as other:
        back = await there.back(chair, "lin")
        for chair_of, address in (
            (other, back),
            (chair, re.sub(r"state=[^&]+", "state=forged", back)),
            (chair, re.sub(r"code=[^&]+", "code=forged", back)),
            (chair, "/console/login/openid/back?error=access_denied"),
        ):
            answer = await chair_of.get(address)
            assert (answer.status, answer.path.startswith("/console/login/openid/back")) == (422, True)
        back = await there.back(other, "lin")
        there.ahead = timedelta(minutes=11)
        assert (await other.get(back)).status == 422
    assert set(await failures(house)) == {"strange", "state", "token", "access_denied"}


@pytest.mark.parametrize(
    "changed",
    [{"issuer": None}, {"client_secret": "another"}, {"client_secret": None}, {"claim": "email"}],
    ids=["issuer", "secret", "no secret", "claim"],
)
async def test_what_does_not_fit_lets_nobody_in(house: House, tmp_path: Path, changed: dict[str, Any]) -> None:
    """A provider that calls itself otherwise, a secret that it does not take, a claim that it does not send."""
    await hire(house.engine, "lin", CLERK)
    async with provided(house, tmp_path) as there, there.desks.chair() as chair:
        if changed == {"issuer": None}:
            there.openid.client = replace(there.openid.client, issuer=f"{there.openid.client.issuer}/")
            assert (await chair.get(START)).status == 503
            return
        there.openid.client = replace(there.openid.client, **changed)
        assert (await there.through(chair, "lin")).status == 422
        assert (await chair.get("/console")).path == "/console/login"


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"aud": [CLIENT_ID, "another"], "azp": "another"},
        {"iss": "https://another.example"},
        {"nonce": "another"},
        {"exp": 1},
        {"preferred_username": None},
    ],
    ids=lambda claims: " ".join(claims),
)
async def test_a_token_that_says_something_else_lets_nobody_in(
    house: House, tmp_path: Path, claims: dict[str, Any]
) -> None:
    """Made for another client, by another provider, for another login, too old, or for nobody."""
    await hire(house.engine, "lin", CLERK)
    async with provided(house, tmp_path) as there, there.desks.chair() as chair:
        await there.steer(claims=claims)
        assert (await there.through(chair, "lin")).status == 422
        assert (await chair.get("/console")).path == "/console/login"
        await there.steer(claims={"aud": [CLIENT_ID, "another"], "azp": CLIENT_ID})
        assert (await there.through(chair, "lin")).status == 200


@pytest.mark.parametrize(
    "fault",
    [{"status": 503}, {"cut": True}, {"nonsense": True}, {"latency_ms": 60_000}],
    ids=["down", "cut", "nonsense", "slow"],
)
async def test_a_provider_that_is_away_is_said(
    house: House, tmp_path: Path, fault: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In words, with the other ways beside; one failure is survived, and afterwards all works."""
    await hire(house.engine, "lin", CLERK)
    async with provided(house, tmp_path) as there, there.desks.chair() as chair:
        if "latency_ms" in fault:
            monkeypatch.setattr(openid, "ATTEMPT_SECONDS", 0.5)
        await there.fault(**fault, count=2)
        answer = await chair.get(START)
        assert (answer.status, "cannot be reached" in answer.errors, "password" in answer.text) == (503, True, True)
        await there.fault(**fault, count=1)
        assert (await there.through(chair, "lin")).status == 200


async def test_new_keys_of_the_provider_are_fetched(house: House, tmp_path: Path) -> None:
    """It signs with another key from one login to the next."""
    await hire(house.engine, "lin", CLERK)
    async with provided(house, tmp_path) as there, there.desks.chair() as chair, there.desks.chair() as other:
        assert (await there.through(chair, "lin")).status == 200
        await there.steer(rotate=True)
        assert (await there.through(other, "lin")).status == 200


async def test_a_login_told_apart_of_the_token_counts_for_the_same_person(house: House, tmp_path: Path) -> None:
    """Many providers tell names only when they are asked; of another person they are not believed."""
    await hire(house.engine, "lin", CLERK)
    async with provided(house, tmp_path) as there, there.desks.chair() as chair:
        await there.steer(apart=True, told={"sub": "another"})
        assert (await there.through(chair, "lin")).status == 422
        await there.steer(apart=True)
        assert (await there.through(chair, "lin")).status == 200


async def test_a_login_that_another_person_got_lets_them_in_nowhere(house: House, tmp_path: Path) -> None:
    """The account belongs to the first who came with it; the provider may give the name to somebody else."""
    await hire(house.engine, "lin", CLERK)
    async with provided(house, tmp_path) as there, there.desks.chair() as chair, there.desks.chair() as other:
        assert (await there.through(chair, "lin")).status == 200
        await there.steer(claims={"sub": "another"})
        assert (await there.through(other, "lin")).status == 422


async def test_without_a_provider_there_is_no_such_page(house: House) -> None:
    """Nor a button that leads to it."""
    async with desks_at(house) as desks, desks.chair() as chair:
        assert (await chair.get(START)).status == 404
        assert START not in (await chair.get("/console/login")).text


def ago(time: timedelta) -> int:
    """So long ago, as a token says it."""
    return int((datetime.now(UTC) - time).timestamp())


@pytest.mark.parametrize(
    ("told", "fresh"),
    [
        (timedelta(minutes=5), True),
        (timedelta(minutes=45), False),
        (timedelta(days=300), False),
        (None, False),
        ("yesterday", False),
        (-5, False),
        (10**30, False),
        (True, False),
    ],
)
async def test_a_login_is_fresh_where_the_provider_asked_lately(
    house: House, tmp_path: Path, told: object, fresh: bool
) -> None:
    """Whoever has a session there for days is let in, and asked to prove who they are for what gives power."""
    await hire(house.engine, "lin", CLERK)
    async with provided(house, tmp_path) as there, there.desks.chair() as chair:
        await there.steer(claims={"auth_time": ago(told) if isinstance(told, timedelta) else told})
        await there.through(chair, "lin")
        token = next(one.value for one in chair.http.cookie_jar if one.key == SESSION_COOKIE)
        lin = await there.desks.console.door.actor(token)
        assert lin.is_fresh is fresh
        assert ("Log in again" in (await chair.get("/console/account")).text) is not fresh


async def test_who_logs_in_again_is_asked_anew(house: House, tmp_path: Path) -> None:
    """The page of the login says so to the provider; one that did not ask, or does not say, lets nobody in."""
    await hire(house.engine, "lin", CLERK)
    async with provided(house, tmp_path) as there, there.desks.chair() as chair:
        await there.steer(claims={"auth_time": ago(timedelta(minutes=45))})
        await there.through(chair, "lin")
        out = await chair.post("/console/logout", {"next": "/console/account"}, of="/console/account")
        assert f'href="{START}?next=/console/account&amp;again=yes"' in out.text
        left = await chair.get(f"{START}?next=/console/account&again=yes", follow=False)
        asked = parse_qs(urlsplit(left.headers["Location"]).query)
        assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
        for stale in (ago(timedelta(minutes=5)), None):
            await there.steer(claims={"auth_time": stale})
            refused = await chair.get(await there.back(chair, "lin", wanted="/console/account", again="&again=yes"))
            assert (refused.status, "did not ask you anew" in refused.errors) == (422, True), refused.errors
        await there.steer()
        entered = await chair.get(await there.back(chair, "lin", wanted="/console/account", again="&again=yes"))
        assert entered.headers["Refresh"] == "0; url=/console/account"
        assert "Log in again" not in (await chair.get("/console/account")).text
    assert (await failures(house)) == ["stale", "stale"]
