"""Passwords of elsewhere tried in the console, from many addresses; sessions and tokens brought from outside."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp.test_utils import TestServer
from fixtures.desks import PASSWORD, Chair, Desks, Known, console_of, desks_at, hire
from fixtures.house import House
from fixtures.still import keep_still
from fixtures.web import application
from yarl import URL

from desk.console import login
from desk.console.server import adding
from desk.console.visits import FORM_COOKIE, SESSION_COOKIE
from desk.contract.staff import Grant, Role
from desk.staff.authentication import FAILURES
from desk.web.access import networks

CLERK = Grant(Role.CLERK, "hangzhou")
LOGIN = "/console/login"
LOOKED_AT = "SELECT count(*) FROM audit_records WHERE act = 'staff.log_in_failed' AND details ? 'failures'"


@asynccontextmanager
async def behind_a_proxy(house: House) -> AsyncIterator[Desks]:
    """The console behind a proxy of its own, so that callers are told apart by their addresses."""
    near = application(house, additions=[adding(console_of(house))], proxies=networks("127.0.0.0/8"))
    async with TestServer(near) as server:
        yield Desks(str(server.make_url("/")).rstrip("/"), house, console_of(house))


def session_of(chair: Chair) -> str:
    """The session that a browser keeps; empty where it has none."""
    return next((one.value for one in chair.http.cookie_jar if one.key == SESSION_COOKIE), "")


async def tried(chair: Chair, login: str, password: str, code: str, address: str) -> tuple[int, str]:
    """Try to log in from an address: status, and what is said."""
    page = await chair.get(LOGIN, **{"X-Forwarded-For": address})
    fields = {"csrf": page.csrf, "login": login, "password": password, "code": code}
    answer = await chair.send(LOGIN, fields, follow=False, **{"X-Forwarded-For": address})
    return answer.status, answer.errors


async def test_many_accounts_from_many_addresses(house: House) -> None:
    """Each account takes five wrong answers in a quarter of an hour, from wherever; then not even the right one."""
    known: list[Known] = [await hire(house.engine, f"clerk{number}", CLERK) for number in range(3)]
    async with behind_a_proxy(house) as desks, desks.chair() as chair:
        said = [
            await tried(chair, one.login, f"leaked password {guess}", one.code, f"198.51.100.{10 * at + guess}")
            for guess in range(FAILURES + 3)
            for at, one in enumerate(known)
        ]
        assert {status for status, _ in said} == {422}
        assert await house.scalar(LOOKED_AT) == FAILURES * len(known)
        for at, one in enumerate(known):
            status, why = await tried(chair, one.login, PASSWORD, one.code, f"203.0.113.{at}")
            assert (status, "locked for 15 minutes" in why) == (422, True)
        assert session_of(chair) == ""


async def test_many_accounts_from_one_address(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address is slowed after some thirty tries, whatever it claims to speak for."""
    keep_still(monkeypatch, login, "TRIES")
    async with behind_a_proxy(house) as desks, desks.chair() as chair:
        page = await chair.get(LOGIN)
        wrong = {"csrf": page.csrf, "password": "x", "code": "1"}
        made_up = [
            (await chair.send(LOGIN, {**wrong, "login": f"n{number}"}, **{"X-Forwarded-For": claimed})).status
            for number in range(45)
            for claimed in [f"10.1.{number}.1, 198.51.100.7"]
        ]
        neighbours = [
            (await chair.send(LOGIN, {**wrong, "login": f"m{number}"}, **{"X-Forwarded-For": one})).status
            for number in range(45)
            for one in [f"2001:db8:1:2::{number:x}"]
        ]
    assert 429 in made_up[30:]
    assert 429 in neighbours[30:], "addresses of one household count as one"


async def test_a_session_is_brought_in_a_cookie_alone(house: House) -> None:
    """Neither an address, nor a form, nor a header of another kind opens a page, with a token that is good."""
    lin = await hire(house.engine, "lin", CLERK)
    async with desks_at(house) as desks, desks.chair(lin) as chair, desks.chair() as other:
        token = session_of(chair)
        assert (await chair.get("/console/account")).status == 200
        asked = [
            await other.get(f"/console/account?{SESSION_COOKIE}={token}", follow=False),
            await other.get("/console/account", follow=False, Authorization=f"Bearer {token}"),
            await other.get("/console/account", follow=False, Cookie=f"chat={token}"),
            await other.send("/console/account", {SESSION_COOKIE: token, "csrf": token}, follow=False),
        ]
    assert {one.status for one in asked} <= {303, 405}
    assert all("lin" not in one.text for one in asked)


async def test_forms_code_that_was_planted_lets_nobody_in(house: House) -> None:
    """Whoever can plant a cookie knows the code of a visitor's forms: the browser still says whose page sent it."""
    lin = await hire(house.engine, "lin", CLERK)
    async with desks_at(house) as desks, desks.chair() as attacker, desks.chair() as victim:
        code = (await attacker.get(LOGIN)).csrf
        [planted] = [one.value for one in attacker.http.cookie_jar if one.key == FORM_COOKIE]
        fields = {"csrf": code, "login": "lin", "password": PASSWORD, "code": lin.code}
        cookie = {"Cookie": f"{FORM_COOKIE}={planted}"}
        for origin in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "null"}):
            answer = await victim.send(LOGIN, fields, follow=False, **cookie, **origin)
            assert (answer.status, session_of(victim)) == (403, "")


async def test_logging_in_as_another_takes_nothing_over(house: House) -> None:
    """The session of before is neither prolonged nor given another person; the new one is told apart."""
    lin, mei = await hire(house.engine, "lin", CLERK), await hire(house.engine, "mei", CLERK)
    async with desks_at(house) as desks, desks.chair(mei) as chair, desks.chair() as fresh:
        page = await fresh.get(LOGIN)
        fresh.http.cookie_jar.update_cookies({SESSION_COOKIE: session_of(chair)}, URL(f"{desks.url}/console/"))
        fields = {"csrf": page.csrf, "login": "lin", "password": PASSWORD, "code": lin.code}
        entered = await fresh.send(LOGIN, fields, follow=False)
        [set_there] = [one for one in entered.headers.getall("Set-Cookie") if one.startswith(f"{SESSION_COOKIE}=")]
        assert session_of(chair) not in set_there
        assert "<code>lin</code>" in (await fresh.get("/console/account")).text
        assert "<code>mei</code>" in (await chair.get("/console/account")).text
