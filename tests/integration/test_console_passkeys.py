"""Passkeys at the console: joining and logging in with one; answers that are stale, borrowed or made up."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pyotp
import pytest
from fixtures.authenticator import PRESENT, Authenticator, base64url
from fixtures.desks import PASSWORD, Answer, Chair, Desks, Known, desks_at, hire
from fixtures.house import House

from desk.console.visits import SESSION_COOKIE
from desk.contract.staff import Grant, Role

CLERK = Grant(Role.CLERK, "hangzhou")
REFUSED = "There is a problem The passkey could not be verified. Try again, or log in with your password."
SPOILED = "There is a problem The passkey could not be made. Try again."


@asynccontextmanager
async def named_desks(house: House) -> AsyncIterator[Desks]:
    """The console at a name: passkeys belong to names."""
    async with desks_at(house) as desks:
        desks.url = desks.url.replace("127.0.0.1", "localhost")
        yield desks


async def asked(chair: Chair, page: Answer, path: str) -> dict[str, Any]:
    """What the page's script is given for the browser."""
    answer = await chair.send(path, {"csrf": page.csrf})
    assert answer.status == 200, answer.text
    return dict(json.loads(answer.text))


async def add(chair: Chair, passkey: Authenticator, name: str = "office") -> Answer:
    """Add a passkey on the page of one's account."""
    page = await chair.get("/console/account")
    made = passkey.make(await asked(chair, page, "/console/account/passkeys/-/asked"))
    return await chair.send("/console/account/passkeys", {"csrf": page.csrf, "credential": made, "name": name})


async def log_in(chair: Chair, passkey: Authenticator) -> Answer:
    """Log in by passkey."""
    page = await chair.get("/console/login")
    given = passkey.use(await asked(chair, page, "/console/login/asked"))
    return await chair.send("/console/login/passkey", {"csrf": page.csrf, "credential": given, "next": ""})


async def with_passkey(desks: Desks, known: Known) -> Authenticator:
    """Give somebody a passkey."""
    passkey = Authenticator(desks.url)
    async with desks.chair(known) as chair:
        added = await add(chair, passkey)
        assert added.path == "/console/account?done=passkey_added", added.text
    return passkey


async def test_who_has_logged_out_is_offered_nothing_by_the_browser(house: House) -> None:
    """The button stays; where they were to prove again who they are, and on any other visit, it offers."""
    lin = await hire(house.engine, "lin", CLERK)
    async with named_desks(house) as desks, desks.chair(lin) as chair:
        left = await chair.post("/console/logout", of="/console")
        found = [page.text for page in (left, await chair.get("/console/login"))]
        again = await chair.get("/console/login?next=/console/account&again=yes&done=logged_out")
    assert ["data-offers" in page for page in (*found, again.text)] == [False, True, True]
    assert ['data-passkey="get"' in page for page in found] == [True, True]


async def test_somebody_adds_a_passkey_and_logs_in_with_it(house: House) -> None:
    """Discoverable, the person verified; kept with its name and its count; named in the audit."""
    lin = await hire(house.engine, "lin", CLERK)
    async with named_desks(house) as desks, desks.chair(lin) as at_work, desks.chair() as chair:
        page = await at_work.get("/console/account")
        options = await asked(at_work, page, "/console/account/passkeys/-/asked")
        chosen = options["authenticatorSelection"]
        assert (chosen["residentKey"], chosen["userVerification"]) == ("required", "required")
        assert (options["rp"]["id"], options["user"]["name"]) == ("localhost", "lin")
        passkey = await with_passkey(desks, lin)
        entered = await log_in(chair, passkey)
        assert (entered.status, entered.path) == (200, "/console")
        assert "office" in (await chair.get("/console/account")).text
        again = await asked(at_work, page, "/console/account/passkeys/-/asked")
        assert [one["id"] for one in again["excludeCredentials"]] == [base64url(passkey.id)]
        way = "SELECT details ->> 'way' FROM audit_records WHERE act = 'staff.log_in' ORDER BY number DESC LIMIT 1"
        assert await house.scalar(way) == "passkey"
        assert await house.scalar("SELECT sign_count FROM staff_passkeys") == 1


async def test_a_passkey_stands_in_place_of_an_app_that_is_gone(house: House) -> None:
    """With the password; of one's own alone, once, and asked for on this page."""
    lin, mei = await hire(house.engine, "lin", CLERK), await hire(house.engine, "mei", CLERK)
    path = "/console/account/app"
    async with named_desks(house) as desks:
        mine, hers = await with_passkey(desks, lin), await with_passkey(desks, mei)
        async with desks.chair(lin) as chair, desks.chair() as at_the_door:
            page, door = await chair.get(path), await at_the_door.get("/console/login")
            secret = re.findall(r"<code>([A-Z2-7 ]+)</code>", page.text)[0].replace(" ", "")
            fields = {"csrf": page.csrf, "sealed": page.hidden("sealed"), "password": PASSWORD}
            for_login = mine.use(await asked(at_the_door, door, "/console/login/asked"))
            borrowed = hers.use(await asked(chair, page, f"{path}/asked"))
            given = mine.use(await asked(chair, page, f"{path}/asked"))
            for credential in (for_login, borrowed, "{}", given):
                code = pyotp.TOTP(secret).now()
                wrong = {"password": "not the one"} if credential == given else {}
                refused = await chair.send(path, {**fields, "code": code, "credential": credential, **wrong})
                assert (refused.status, "not right" in refused.errors) == (422, True), refused.errors
            given = mine.use(await asked(chair, page, f"{path}/asked"))
            changed = await chair.send(path, {**fields, "code": pyotp.TOTP(secret).now(), "credential": given})
            assert changed.path == "/console/account?done=app_changed", changed.errors


async def test_somebody_joins_with_a_passkey(house: House) -> None:
    """The invitation is used up; the passkey is the only way in and cannot be removed until there is another."""
    boss, other = [await hire(house.engine, one, Grant(Role.SECURITY_ADMIN)) for one in ("boss", "other")]
    async with named_desks(house) as desks, desks.chair(boss) as first, desks.chair(other) as second:
        fields = {"name": "Mei", "login": "mei", "role": "clerk", "place": "hangzhou", "locale": "en", "reason": "new"}
        await first.post("/console/staff", fields, of="/console/staff/-/new")
        await second.post("/console/requests/1", {"decision": "allow"}, of="/console/requests/1")
        link = (await second.post("/console/staff/mei/invite", of="/console/staff/mei")).secret
        path, passkey = link.removeprefix(desks.url), Authenticator(desks.url)
        async with desks.chair() as chair:
            page = await chair.get(path)
            made = passkey.make(await asked(chair, page, f"{path}/asked"))
            joined = await chair.send(f"{path}/passkey", {"csrf": page.csrf, "credential": made})
            assert (joined.status, joined.path) == (200, "/console/tickets?done=joined")
            assert (await chair.get(path)).status == 404
            remove = f"/console/account/passkeys/{base64url(passkey.id)}/remove"
            kept = await chair.post(remove, of="/console/account")
            assert (kept.status, "only way to log in" in kept.errors) == (422, True)
            await add(chair, Authenticator(desks.url), "phone")
            assert (await chair.post(remove, of="/console/account")).path == "/console/account?done=passkey_removed"
        async with desks.chair() as chair:
            assert (await log_in(chair, passkey)).errors == REFUSED


async def test_an_answer_counts_once_and_for_who_was_asked(house: House) -> None:
    """Neither again, nor for another browser, nor without having been asked."""
    lin = await hire(house.engine, "lin", CLERK)
    async with named_desks(house) as desks, desks.chair() as chair, desks.chair() as other:
        passkey = await with_passkey(desks, lin)
        page, theirs = await chair.get("/console/login"), await other.get("/console/login")
        options = await asked(chair, page, "/console/login/asked")
        given = passkey.use(options)
        stolen = await other.send("/console/login/passkey", {"csrf": theirs.csrf, "credential": given})
        assert (stolen.status, stolen.errors) == (422, REFUSED)
        entered = await chair.send("/console/login/passkey", {"csrf": page.csrf, "credential": given})
        assert entered.path == "/console"
        chair.http.cookie_jar.clear(lambda cookie: cookie.key == SESSION_COOKIE)
        page = await chair.get("/console/login")
        again = await chair.send("/console/login/passkey", {"csrf": page.csrf, "credential": given})
        unasked = passkey.use({"rpId": "localhost", "challenge": base64url(b"c" * 32)})
        made_up = await chair.send("/console/login/passkey", {"csrf": page.csrf, "credential": unasked})
        assert (again.errors, made_up.errors) == (REFUSED, REFUSED)


@pytest.mark.parametrize("wrong", ["origin", "unverified", "count", "user", "key", "unknown", "disabled"])
async def test_a_wrong_answer_says_one_sentence(house: House, wrong: str) -> None:
    """Of another site, without the person verified, of a copy, of somebody else, by another key, of nobody."""
    lin = await hire(house.engine, "lin", CLERK)
    async with named_desks(house) as desks, desks.chair() as chair:
        passkey = await with_passkey(desks, lin)
        match wrong:
            case "origin":
                passkey.origin = "https://localhost.evil.example"
            case "unverified":
                passkey.flags = PRESENT
            case "count":
                async with house.engine.begin() as connection:
                    await connection.exec_driver_sql("UPDATE staff_passkeys SET sign_count = 9")
            case "user":
                passkey.user = b"u" * 16
            case "key":
                passkey.key = Authenticator(desks.url).key
            case "unknown":
                passkey.id = b"i" * 32
            case _:
                async with house.engine.begin() as connection:
                    await connection.exec_driver_sql("UPDATE staff SET disabled_at = now()")
        assert (await log_in(chair, passkey)).errors == REFUSED


@pytest.mark.parametrize("given", ["", "{}", "[]", "null", "{", "[" * 3000, '{"response": {"clientDataJSON": "!"}}'])
async def test_what_is_no_answer_is_refused(house: House, given: str) -> None:
    """At the login and where a passkey is added."""
    lin = await hire(house.engine, "lin", CLERK)
    async with named_desks(house) as desks, desks.chair() as chair, desks.chair(lin) as at_work:
        fields = {"credential": given, "name": "x"}
        login = await chair.post("/console/login/passkey", fields, of="/console/login")
        added = await at_work.post("/console/account/passkeys", fields, of="/console/account")
        assert (login.status, login.errors) == (422, REFUSED)
        assert (added.status, added.errors) == (422, SPOILED)


async def test_there_are_no_passkeys_at_a_number(house: House) -> None:
    """The page says so, and offers the other way."""
    lin = await hire(house.engine, "lin", CLERK)
    async with desks_at(house) as desks, desks.chair(lin) as at_work, desks.chair() as chair:
        login, account = await chair.get("/console/login"), await at_work.get("/console/account")
        assert "data-passkey" not in login.text
        assert "Passkeys need a host name" in account.text
        refused = await chair.send("/console/login/asked", {"csrf": login.csrf})
        assert refused.status == 409


async def test_this_machine_is_opened_by_name_where_a_number_is_set(house: House) -> None:
    """As `make run` sets it: there are passkeys by name and none by number, and invitations name it."""
    boss, other = [await hire(house.engine, one, Grant(Role.SECURITY_ADMIN)) for one in ("boss", "other")]
    new = {"name": "Mei", "login": "mei", "role": "clerk", "place": "hangzhou", "locale": "en", "reason": "new"}
    async with (
        desks_at(house, address="http://127.0.0.1:8080") as desks,
        desks.chair(boss) as chair,
        desks.chair(other) as second,
        desks.chair() as door,
    ):
        await chair.post("/console/staff", new, of="/console/staff/-/new")
        await second.post("/console/requests/1", {"decision": "allow"}, of="/console/requests/1")
        link = (await second.post("/console/staff/mei/invite", of="/console/staff/mei")).secret
        assert link.startswith(desks.url.replace("127.0.0.1", "localhost"))
        path = "/console" + link.partition("/console")[2]
        assert "address is a number" in (await door.get(path)).text
        door.url = desks.url.replace("127.0.0.1", "localhost")
        passkey, page = Authenticator(door.url), await door.get(path)
        made = passkey.make(await asked(door, page, f"{path}/asked"))
        joined = await door.send(f"{path}/passkey", {"csrf": page.csrf, "credential": made})
    assert (joined.status, joined.path) == (200, "/console/tickets?done=joined")
