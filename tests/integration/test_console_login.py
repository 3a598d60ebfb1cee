"""Logging in to the console by password and code, joining, staying, leaving."""

import json
import re
from datetime import timedelta

import pyotp
import pytest
from fixtures.desks import PASSWORD, Answer, Chair, Known, desks_at, hire
from fixtures.house import House
from fixtures.still import keep_still
from redis.asyncio import Redis
from sqlalchemy import text

from desk.console import login
from desk.console.visits import SESSION_COOKIE
from desk.contract.staff import Grant, Role
from desk.staff.sessions import SessionLimits, make_key
from desk.store.database import transaction
from desk.web.access import networks

CLERK = Grant(Role.CLERK, "hangzhou")
REFUSED = "There is a problem Login name, password or code is not right."


def cookie(chair: Chair, name: str = SESSION_COOKIE) -> str:
    """What the browser keeps under a name; empty where it keeps nothing."""
    return next((one.value for one in chair.http.cookie_jar if one.key == name), "")


async def test_login_leads_back_to_where_somebody_was(house: House) -> None:
    """The page that was asked for comes after the login, in the language of the account; logging out ends it."""
    lin = await hire(house.engine, "lin", CLERK, locale="zh_Hant")
    async with desks_at(house) as desks, desks.chair() as chair:
        asked = await chair.get("/console/requests?show=mine")
        assert asked.path == "/console/login?next=/console/requests?show=mine"
        entered = await chair.log_in(lin, wanted=asked.hidden("next"))
        assert (entered.status, entered.path) == (200, "/console/requests?show=mine")
        assert 'lang="zh-Hant"' in entered.text
        kept = cookie(chair)
        left = await chair.post("/console/logout")
        assert (left.path, cookie(chair)) == ("/console/login?done=logged_out", "")
        chair.http.cookie_jar.update_cookies({SESSION_COOKIE: kept})
        assert (await chair.get("/console")).path == "/console/login"


async def test_the_language_of_the_login_page_goes_on_inside(house: House) -> None:
    """Who chose it there reads the console in it, until they choose another for their account."""
    lin = await hire(house.engine, "lin", CLERK, locale="zh_Hant")
    async with desks_at(house) as desks, desks.chair() as chair:
        await chair.get("/console/login?lang=en")
        entered = await chair.log_in(lin)
        assert 'lang="en"' in entered.text
        await chair.post("/console/account/language", {"locale": "zh_Hans"}, of="/console/account")
        assert 'lang="zh-Hans"' in (await chair.get("/console")).text


async def test_a_session_is_fresh_at_login(house: House) -> None:
    """A token that was there before, of whomever, is not taken over (fixation); the cookie is for the console alone."""
    lin, mei = await hire(house.engine, "lin", CLERK), await hire(house.engine, "mei", CLERK)
    behind = desks_at(house, proxies=networks("127.0.0.0/8"))
    async with behind as desks, desks.chair(mei) as other, desks.chair() as chair:
        planted = cookie(other)
        page = await chair.get("/console/login")
        chair.http.cookie_jar.update_cookies({SESSION_COOKIE: "planted" * 6})
        fields = {"csrf": page.csrf, "login": "lin", "password": PASSWORD, "code": lin.code}
        entered = await chair.send("/console/login", fields, follow=False, **{"X-Forwarded-Proto": "https"})
        set_cookie = next(one for one in entered.headers.getall("Set-Cookie") if one.startswith(f"{SESSION_COOKIE}="))
        assert planted not in set_cookie
        assert "planted" not in set_cookie
        for part in ("HttpOnly", "SameSite=Strict", "Path=/console", "Secure"):
            assert part in set_cookie


@pytest.mark.parametrize(
    "wrong", [{"login": "nobody"}, {"password": "not the password"}, {"code": "000000"}, {"code": ""}, {"login": ""}]
)
async def test_wrong_answers_say_one_sentence(house: House, wrong: dict[str, str]) -> None:
    """Whatever is wrong; what was typed stays, but for what is secret."""
    lin = await hire(house.engine, "lin", CLERK)
    async with desks_at(house) as desks, desks.chair() as chair:
        fields = {"login": "lin", "password": PASSWORD, "code": lin.code, "next": "/console/requests", **wrong}
        answer = await chair.post("/console/login", fields, of="/console/login")
        assert (answer.status, answer.errors, cookie(chair)) == (422, REFUSED, "")
        assert f'value="{fields["login"]}"' in answer.text
        assert PASSWORD not in answer.text
        assert answer.hidden("next") == "/console/requests"


async def test_a_login_is_locked_and_an_address_slowed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """After five wrong answers nothing is looked at for a while, which is said, of a login that there is not, too.

    Of one address some thirty tries are looked at.
    """
    for rate in ("TRIES", "NAMES"):
        keep_still(monkeypatch, login, rate)
    lin = await hire(house.engine, "lin", CLERK)
    async with desks_at(house) as desks, desks.chair() as chair:
        page = await chair.get("/console/login")
        wrong = {"csrf": page.csrf, "login": "lin", "password": "x", "code": "1"}
        for _ in range(5):
            assert (await chair.send("/console/login", wrong)).errors == REFUSED
        locked = await chair.send("/console/login", {**wrong, "password": PASSWORD, "code": lin.code})
        assert "locked for 15 minutes" in locked.errors
        for _ in range(5):
            assert (await chair.send("/console/login", {**wrong, "login": "nobody"})).errors == REFUSED
        assert (await chair.send("/console/login", {**wrong, "login": "nobody"})).errors == locked.errors
        answers = [await chair.send("/console/login", {**wrong, "login": f"nobody{n}"}) for n in range(40)]
        slowed = [one for one in answers if one.status == 429]
        assert slowed
        assert "Too many tries" in slowed[0].errors


async def test_a_session_that_is_over_leads_to_the_login_page(house: House) -> None:
    """A page leads there and back; a script is told; a form's own page is where one comes back to."""
    lin = await hire(house.engine, "lin", CLERK)
    async with desks_at(house) as desks, desks.chair() as chair:
        entered = await chair.log_in(lin)
        assert entered.status == 200
        async with transaction(house.engine) as connection:
            await connection.execute(text("UPDATE staff_sessions SET idle_until = now(), good_until = now()"))
        assert (await chair.get("/console/account")).path == "/console/login?next=/console/account"
        told = await chair.get(
            "/console/requests", follow=False, **{"HX-Request": "true", "HX-Current-URL": f"{desks.url}/console/staff"}
        )
        assert (told.status, told.headers["HX-Redirect"]) == (401, "/console/login?next=%2Fconsole%2Fstaff")
        form = await chair.send("/console/stay", {}, Referer=f"{desks.url}/console/staff/lin?x=1")
        assert form.path == "/console/login?next=/console/staff/lin?x=1"
        assert (await chair.get("/console/session", **{"Console-Background": "1"})).status == 401
        assert (await chair.get("/console/news", Accept="text/event-stream")).status == 401


async def test_staying_counts_the_session_anew_and_what_pages_ask_by_themselves_does_not(house: House) -> None:
    """The page knows how long it holds; a button prolongs it, its own requests do not."""
    lin = await hire(house.engine, "lin", CLERK)
    limits = SessionLimits(timedelta(hours=1), timedelta(minutes=10))
    async with desks_at(house, limits) as desks, desks.chair() as chair:
        page = await chair.log_in(lin)
        found = re.search(r'data-idle="(\d+)" data-longest="(\d+)"', page.text)
        assert found is not None
        assert (480 <= int(found[1]) <= 600, 3480 <= int(found[2]) <= 3600) == (True, True)
        async with transaction(house.engine) as connection:
            await connection.execute(text("UPDATE staff_sessions SET idle_until = idle_until - interval '5 minutes'"))
        asked = await chair.get("/console/session", Accept="application/json", **{"Console-Background": "1"})
        assert 180 <= json.loads(asked.text)["idle"] <= 300
        stayed = await chair.send("/console/stay", {"csrf": page.csrf}, Accept="application/json")
        assert 480 <= json.loads(stayed.text)["idle"] <= 600


async def test_a_programs_key_opens_no_page(house: House) -> None:
    """Nor does a session of a command line."""
    lin = await hire(house.engine, "lin", CLERK)
    async with transaction(house.engine) as connection:
        key = await make_key(connection, lin.id, name="tests", days=1)
    async with desks_at(house) as desks, desks.chair() as chair:
        chair.http.cookie_jar.update_cookies({SESSION_COOKIE: key})
        assert (await chair.get("/console")).path == "/console/login"


async def test_a_link_of_another_site_leads_to_the_page(house: House) -> None:
    """The browser keeps a strict cookie back then: the page asks for itself once more, within the site."""
    lin = await hire(house.engine, "lin", CLERK)
    led = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    async with desks_at(house) as desks, desks.chair(lin) as chair, desks.chair() as bare:
        page = await bare.get("/console/requests/7?a=1&b=2", follow=False, **led)
        assert page.status == 200
        assert 'content="0;url=/console/requests/7?a=1&amp;b=2"' in page.text
        assert "data-idle" in (await chair.get("/console")).text


async def invite(house: House, login: str) -> str:
    """Invite somebody new; answers the path of the link."""
    boss, other = [await hire(house.engine, one, Grant(Role.SECURITY_ADMIN)) for one in ("boss", "other")]
    async with desks_at(house) as desks, desks.chair(boss) as chair, desks.chair(other) as second:
        fields = {"name": "Mei", "login": login, "role": "clerk", "place": "hangzhou", "locale": "en", "reason": "new"}
        await chair.post("/console/staff", fields, of="/console/staff/-/new")
        await second.post("/console/requests/1", {"decision": "allow"}, of="/console/requests/1")
        own = await chair.post(f"/console/staff/{login}/invite", of=f"/console/staff/{login}")
        assert (own.status, "You asked for this" in own.errors) == (422, True)
        link = (await second.post(f"/console/staff/{login}/invite", of=f"/console/staff/{login}")).secret
    return "/console" + link.partition("/console")[2]


async def test_each_invitation_has_a_secret_of_its_own(house: House) -> None:
    """Of the same person, too: who has seen an earlier link knows nothing of the next."""
    path = await invite(house, "mei")
    async with desks_at(house) as desks, desks.chair() as chair:
        first = apps_secret(await chair.get(path))
        again = await hire(house.engine, "third", Grant(Role.SECURITY_ADMIN))
        async with desks.chair(again) as other:
            link = (await other.post("/console/staff/mei/invite", of="/console/staff/mei")).secret
        second = apps_secret(await chair.get("/console" + link.partition("/console")[2]))
    assert (len(first), len(second), first == second) == (32, 32, False)


def apps_secret(page: Answer) -> str:
    """The secret of an authenticator app as a page shows it."""
    found = re.search(r"<code>([A-Z2-7 ]{20,})</code>", page.text)
    assert found is not None
    return "".join(found[1].split())


async def test_somebody_joins_with_password_and_app(house: House) -> None:
    """The secret outlives a wrong code; the link works once; then the same logs in."""
    path = await invite(house, "mei")
    async with desks_at(house) as desks, desks.chair() as chair:
        page = await chair.get(path)
        assert page.headers["Referrer-Policy"] == "strict-origin"
        secret = "".join(re.search(r"<code>([A-Z2-7 ]{20,})</code>", page.text)[1].split())  # type: ignore[index]
        assert secret not in str([*chair.http.cookie_jar])
        assert secret in "".join((await chair.get(path)).text.split())  # an app that has scanned it stays right
        async with desks.chair() as elsewhere:
            assert secret not in "".join((await elsewhere.get(path)).text.split())  # who opened the link before
        fields = {"csrf": page.csrf, "sealed": page.hidden("sealed"), "password": PASSWORD, "again": PASSWORD}
        wrong = await chair.send(path, {**fields, "code": "000000"})
        assert (wrong.status, "The code is not right" in wrong.errors) == (422, True)
        assert secret in "".join(wrong.text.split())
        assert (PASSWORD in wrong.text, 'type="password"' in wrong.text) == (False, False)
        differs = await chair.send(path, {**fields, "again": "x", "code": pyotp.TOTP(secret).now()})
        assert "The two passwords differ" in differs.errors
        weak = {**fields, "password": "aaaaaaaaaaaaa", "again": "aaaaaaaaaaaaa", "code": pyotp.TOTP(secret).now()}
        refused = await chair.send(path, weak)
        assert "easily guessed" in refused.errors
        kept_code = re.compile(r'name="code" type="text" value="(\d*)"')
        assert kept_code.findall(refused.text) == [weak["code"]]
        assert kept_code.findall(wrong.text) == [""]
        for password, said in (
            ("password1234", "Many people use"),
            ("meimeimei-ab", "login name"),
            (PASSWORD, "can be used"),
        ):
            typed = await chair.send(f"{path}/password", {**fields, "password": password})
            assert (typed.status, said in typed.text, password in typed.text) == (200, True, False)
        common = {**weak, "password": "password1234", "again": "password1234"}
        assert "Many people use this password" in (await chair.send(path, common)).errors
        forged = await chair.send(path, {**fields, "sealed": "A" * 80, "code": "1"})
        assert "out of date" in forged.errors
        kept = {"csrf": page.csrf, "sealed": wrong.hidden("sealed"), "chosen": wrong.hidden("chosen")}
        twice = await chair.send(path, {**kept, "code": "111111"})
        assert ("Your password is taken" in twice.text, twice.hidden("chosen") != kept["chosen"]) == (True, True)
        anew = await chair.send(path, {**kept, "anew": "yes"})
        assert (anew.text.count('type="password"'), secret in "".join(anew.text.split())) == (2, True)
        swapped = await chair.send(path, {**kept, "chosen": kept["sealed"], "code": pyotp.TOTP(secret).now()})
        assert "A password has 12 to 128 characters" in swapped.errors
        joined = await chair.send(path, {**kept, "code": pyotp.TOTP(secret).now()})
        assert (joined.status, joined.path) == (200, "/console/tickets?done=joined")
        said = ("Your account is ready" in joined.text, "Take your first" in joined.text)
        assert said == (True, False)  # nothing waits
        again = await chair.get(path)
        assert (again.status, "was used or is out of date" in again.text) == (404, True)
    async with desks_at(house) as desks, desks.chair() as chair:
        known = Known(await house.scalar("SELECT id FROM staff WHERE login = 'mei'"), "mei", secret)
        async with transaction(house.engine) as connection:
            await connection.execute(text("UPDATE staff SET totp_step = totp_step - 2 WHERE login = 'mei'"))
        assert (await chair.log_in(known)).path == "/console"


async def test_who_is_let_in_begins_anew(house: House) -> None:
    """Wrong answers of before a login do not add up to a lock."""
    lin = await hire(house.engine, "lin", CLERK)
    async with desks_at(house) as desks:
        for _ in range(3):
            async with desks.chair() as chair:
                page = await chair.get("/console/login")
                for _ in range(3):
                    wrong = {"csrf": page.csrf, "login": "lin", "password": "x", "code": "1"}
                    assert (await chair.send("/console/login", wrong)).errors == REFUSED
                assert (await chair.log_in(lin)).path == "/console"
                async with transaction(house.engine) as connection:
                    await connection.execute(text("UPDATE staff SET totp_step = NULL"))


async def test_passkeys_wait_for_valkey_and_passwords_do_not(house: House) -> None:
    """While challenges cannot be kept, the page says so and lets people in the other way."""
    lin = await hire(house.engine, "lin", CLERK)
    async with Redis.from_url("redis://127.0.0.1:1") as away, desks_at(house, challenges=away) as desks:
        desks.url = desks.url.replace("127.0.0.1", "localhost")
        async with desks.chair() as chair:
            page = await chair.get("/console/login")
            told = await chair.send("/console/login/asked", {"csrf": page.csrf})
            assert (told.status, "Passkeys cannot be used just now" in told.text) == (503, True)
            assert (await chair.log_in(lin)).path == "/console"
