"""Sessions that never end, entries of others, signatures and exports used for more than they are meant for."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from fixtures.desks import desks_at
from fixtures.doors import bring
from fixtures.fake_bot import FakeBot
from fixtures.house import House
from fixtures.patience import HANG_SECONDS
from fixtures.post import PostOffice, post_office
from fixtures.pushes import signed
from fixtures.web import Caller, Site, Stream, application, serving
from prometheus_client import REGISTRY
from sqlalchemy import text
from structlog.testing import capture_logs

from desk.login.nonces import GOOD, made
from desk.web.access import networks
from desk.web.limits import Limits
from desk.web.origins import Origins
from sandbox.alipay.identity import mini_program

ID = "11010519491231002X"


async def moved(house: House, column: str, by: timedelta) -> None:
    """Let time pass for all sessions."""
    async with house.engine.begin() as connection:
        await connection.execute(text(f"UPDATE access_tokens SET {column} = {column} - :by"), {"by": by})


async def status(caller: Caller) -> int:
    return (await caller.ask("GET", "events?wait=0", headers={"Accept": "application/json"}))[0]


@pytest.mark.parametrize("column", ["good_until", "idle_until"])
async def test_session_is_over_in_time(house: House, column: str) -> None:
    """Used or not: after its time, and after a while without use."""
    async with serving(house, Limits(session_days=30, session_idle_days=7)) as site:
        caller = await site.open()
        fresh = await status(caller)
        await moved(house, column, timedelta(days=31))
        over = await status(caller)
    assert (fresh, over) == (200, 401)


async def test_use_keeps_a_session_but_not_beyond_its_time(house: House) -> None:
    """The idle end moves with use, the other does not."""
    async with serving(house) as site:
        caller = await site.open()
        for _ in range(3):
            await moved(house, "idle_until", timedelta(days=6))
            assert await status(caller) == 200
        within = await house.scalar("SELECT bool_and(idle_until <= good_until) FROM access_tokens")
    assert within


async def test_session_is_ended_here_and_everywhere(house: House) -> None:
    """A token that was ended, or replaced, opens nothing."""
    async with serving(house) as site:
        one = await site.open()
        _, rotated, _ = await one.ask("POST", "session")
        two = Caller(site, one.session, rotated["token"])
        assert (await status(one), await status(two)) == (200, 200)
        await moved(house, "good_until", timedelta(seconds=31))
        assert (await status(one), await status(two)) == (401, 200)
        _, again, _ = await two.ask("POST", "session")
        three = Caller(site, one.session, again["token"])
        assert (await three.ask("DELETE", "session"))[0] == 204
        assert (await status(three), await status(two)) == (401, 200)
        assert (await two.ask("DELETE", "sessions"))[0] == 204
        assert await status(two) == 401
    assert await house.scalar("SELECT count(*) FROM access_tokens") == 0


async def is_over(stream: Stream) -> bool:
    """Whether a stream ends."""
    try:
        async with asyncio.timeout(HANG_SECONDS):
            while True:
                await stream.frame()
    except EOFError:
        return True
    except TimeoutError:
        return False


async def test_open_stream_ends_with_its_session(house: House) -> None:
    """Whoever listened with a token hears nothing more once it is ended everywhere."""
    async with serving(house) as site:
        thief = await site.open()
        _, rotated, _ = await thief.ask("POST", "session")
        owner = Caller(site, thief.session, rotated["token"])
        async with thief.stream() as stream:
            assert "retry" in await stream.frame()
            assert (await owner.ask("DELETE", "sessions"))[0] == 204
            assert await is_over(stream)


async def test_export_hides_numbers_until_it_is_proved_whose_they_are(house: House) -> None:
    """Whoever has a token alone, or a telephone of their own beside it, learns no id; after its code it is whole."""
    async with FakeBot() as bot, house.worker(bot.url), serving(house) as site:
        caller = await site.open()
        await said(caller, "1", f"我的身份证{ID}")
        phone = {"type": "tried", "what": "phone", "service": "marriage_registration", "subject": "13800138000"}
        bot.answers.append({"effects": [{**phone, "right": True}]})
        await said(caller, "phone", "ok")
        _, before, _ = await caller.ask("GET", "me/data")
        tried = {"type": "tried", "what": "code", "service": "social_insurance", "subject": ID, "right": True}
        bot.answers.append({"effects": [tried]})
        await said(caller, "2", "ok")
        _, after, _ = await caller.ask("GET", "me/data")
    assert (before["masked"], ID in str(before)) == (True, False)
    assert ID in str(after)


OTHER = "110105200411240017"


async def after_a_code(caller: Caller, bot: FakeBot, subject: str, *, what: str = "code") -> str:
    """The victim's conversation as `me/data` gives it out, once a code for a subject was right in it."""
    tried = {"type": "tried", "what": what, "service": "social_insurance", "subject": subject, "right": True}
    bot.answers.append({"effects": [tried]})
    await said(caller, subject, "ok")
    return str((await caller.ask("GET", "me/data"))[1])


async def test_own_proof_in_a_stolen_session_shows_no_other_id(house: House) -> None:
    """A thief proves who they are, or that a number of an agency is theirs: the victim's numbers stay masked."""
    async with FakeBot() as bot, house.worker(bot.url), serving(house) as site:
        caller = await site.open()
        await said(caller, "1", f"我的身份证{ID}，电话13800138000")
        await said(caller, "2", f"查社保 {OTHER}")
        shown = {
            "reference": await after_a_code(caller, bot, "HZ20260001", what="reference"),
            "own": await after_a_code(caller, bot, OTHER),
            "theirs": await after_a_code(caller, bot, ID),
        }
    assert {name: (ID in one, OTHER in one, "13800138000" in one) for name, one in shown.items()} == {
        "reference": (False, False, False),
        "own": (False, True, False),
        "theirs": (True, True, False),
    }


async def test_certificate_of_one_person_shows_no_other_id(house: House, tmp_path: Path) -> None:
    """Alipay says who the resident is: their own id is whole, that of somebody they spoke of is not."""
    async with FakeBot() as bot, house.worker(bot.url), post_office(house, tmp_path, channel="alipay") as office:
        code = await alipay_code(office, "resident", name="王明", id_number=ID)
        _, opened = await bring(office.http, office.desk_url, office.account.slug, code)
        caller = Caller(Site(office.desk_url, office.http), opened["session"], opened["token"])
        await said(caller, "1", f"我{ID}，我妈{OTHER}")
        _, data, _ = await caller.ask("GET", "me/data")
    assert (ID in str(data), OTHER in str(data), data["masked"]) == (True, False, True)


async def said(caller: Caller, name: str, words: str) -> None:
    _, receipt = await caller.post(name, text=words)
    after = 0
    while True:
        for event in await caller.page(after=after, wait=5):
            after = event["seq"]
            if event["type"] == "turn_done" and event["in_reply_to"] == receipt["message_id"]:
                return


async def alipay_code(office: PostOffice, member: str, **person: str) -> str:
    """What `my.getAuthCode` gives the mini program of a member; `person` is who Alipay knows them to be."""
    body = {"app_id": mini_program(office.account.city), "member": member, **person}
    async with office.http.post(f"{office.sandbox_url}/_sandbox/alipay/auth-codes", json=body) as answer:
        return str((await answer.json())["auth_code"])


async def test_link_of_somebody_else_opens_nothing_unasked(house: House, tmp_path: Path) -> None:
    """Login CSRF: a victim who opens an attacker's link is asked first; only the yes opens the conversation."""
    async with post_office(house, tmp_path, channel="taobao") as office:
        entry = str((await office.steer("POST", "entries", {"resident": "attacker"}))["entry"])
        where = (office.http, office.desk_url, office.account.slug)
        unasked, problem = await bring(*where, entry)
        opened = await house.scalar("SELECT count(*) FROM conversations")
        confirmed, _ = await bring(*where, entry, confirmed=True)
        replayed, _ = await bring(*where, entry, confirmed=True)
    assert (unasked, problem["type"], opened) == (409, "/problems/entry-unconfirmed", 0)
    assert "attacker" not in str(problem)
    assert (confirmed, replayed) == (201, 403)


@pytest.mark.parametrize(
    ("more", "headers"),
    [
        pytest.param({"cookie": "entry-hangzhou_alipay"}, {}, id="kept as a cookie"),
        pytest.param({}, {"Origin": "own"}, id="our own page"),
        pytest.param({}, {"Sec-Fetch-Site": "same-origin"}, id="a browser that names no origin"),
        pytest.param({}, {"Origin": "https://townhall.example"}, id="a page of elsewhere"),
    ],
)
async def test_code_of_somebody_else_opens_nothing_in_a_browser(
    house: House, tmp_path: Path, more: dict[str, str], headers: dict[str, str]
) -> None:
    """Login CSRF by Alipay: no page takes a code from a link, no browser may bring one; the mini program may."""
    async with post_office(house, tmp_path, channel="alipay") as office:
        code = await alipay_code(office, "attacker")
        async with office.http.get(f"{office.desk_url}/enter/{office.account.slug}") as answer:
            page = (answer.status, "Set-Cookie" in answer.headers)
        sent = {name: office.desk_url if one == "own" else one for name, one in headers.items()}
        body = {"account": office.account.slug, "entry": code, "confirmed": True, **more}
        async with office.http.post(f"{office.desk_url}/chat/v1/entries", json=body, headers=sent) as answer:
            refused, problem = answer.status, await answer.json()
        opened = await house.scalar("SELECT count(*) FROM conversations")
        own, _ = await bring(office.http, office.desk_url, office.account.slug, code)
    assert page == (404, False)
    assert (refused, problem["type"], opened) == (403, "/problems/origin-not-allowed", 0)
    assert own == 201


async def test_entry_of_a_link_is_brought_by_the_page_that_asked_for_it(house: House, tmp_path: Path) -> None:
    """The page's nonce is the account's, is over in time, comes from our page alone, and no script can read it."""
    async with post_office(house, tmp_path, channel="taobao") as office:
        account, keys, now = office.account.slug, office.register.keys, datetime.now(UTC)
        body = {
            "account": account,
            "entry": str((await office.steer("POST", "entries", {"resident": "victim"}))["entry"]),
            "confirmed": True,
        }

        async def brought(nonce: str | None, **headers: str) -> int:
            sent = headers if nonce is None else {**headers, "Cookie": f"asked-{account}={nonce}"}
            async with office.http.post(f"{office.desk_url}/chat/v1/entries", json=body, headers=sent) as answer:
                return answer.status

        async with office.http.get(f"{office.desk_url}/enter/{account}") as answer:
            page = answer.cookies[f"asked-{account}"]
        refused = [
            await brought(None),
            await brought("x.9999999999.AAAA"),
            await brought(page.value[:-4] + "AAAA"),
            await brought(made(keys, "ningbo_taobao", now)),
            await brought(made(keys, account, now - GOOD - timedelta(seconds=1))),
            await brought(page.value, **{"Sec-Fetch-Site": "cross-site"}),
        ]
        opened = await house.scalar("SELECT count(*) FROM conversations")
        own = await brought(page.value, Origin=office.desk_url)
    assert (set(refused), opened, own) == ({403}, 0, 201)
    assert (page["httponly"], page["samesite"], page["path"]) == (True, "Strict", "/chat/v1/entries")


async def test_weibo_signature_is_good_for_one_body(house: House, tmp_path: Path) -> None:
    """A signature that was seen on its way carries nothing else; brought again as it was it is the platform's retry."""
    async with post_office(house, tmp_path, channel="weibo") as office:
        account = office.account
        secret = office.register.opened(account).secrets.model_dump()["app_secret"].get_secret_value()
        query = signed(secret, "once")

        async def push(words: str) -> int:
            body = {
                "type": "text",
                "receiver_id": int(account.platform_id or 0),
                "sender_id": 12345,
                "created_at": "Tue Nov 24 18:09:20 +0800 2026",
                "text": words,
                "data": {},
            }
            async with office.http.post(office.webhook, params=query, json=body) as answer:
                return answer.status

        statuses = [await push("真的"), await push("真的"), await push("假的")]
        stored = [body["text"] for body in await house.bodies()]
    assert (statuses, stored) == ([200, 200, 403], ["真的"])


OWN = {"cookie": "city-hangzhou", "city": "hangzhou", "locale": "zh_Hans"}


async def kept(site: Site, **headers: str) -> tuple[int, dict[str, Any], str]:
    """Open a session as our own page does: status, answer, and the cookie as it was set."""
    status, opened, got = await site.ask("POST", "/chat/v1/sessions", json=OWN, headers=headers)
    return status, opened, got.get("Set-Cookie", "")


async def with_cookie(site: Site, cookie: str, session: str, **headers: str) -> int:
    """Ask as a page does whose browser has the cookie."""
    named = {"Cookie": cookie.partition(";")[0], "Chat-Session": f"city-hangzhou {session}"} if session else {}
    sent = {"Cookie": cookie.partition(";")[0], **named, **headers}
    return (await site.ask("GET", "/chat/v1/me/data", headers=sent))[0]


async def test_own_page_cannot_read_its_token(house: House) -> None:
    """It is in a cookie that no script reads, and that goes to the chat's addresses alone, from pages of ours."""
    async with serving(house, proxies=networks("127.0.0.1")) as site:
        status, opened, cookie = await kept(site)
        _, _, secure = await kept(site, **{"X-Forwarded-Proto": "https"})
        used = await with_cookie(site, cookie, opened["session"])
    assert (status, opened["token"], used) == (201, None, 200)
    assert [part for part in ("HttpOnly", "SameSite=Strict", "Path=/chat/v1") if part not in cookie] == []
    assert "Secure" in secure


async def test_a_stranger_does_not_say_by_which_scheme_they_came(house: House) -> None:
    """X-Forwarded-Proto of who is no proxy of ours makes no cookie Secure and no answer say that HTTPS is a must."""
    claimed = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "10.0.0.1"}
    answers = []
    for proxies in ("", "10.0.0.0/8", "127.0.0.1"):
        async with serving(house, proxies=networks(proxies)) as site:
            _, _, got = await site.ask("POST", "/chat/v1/sessions", json=OWN, headers=claimed)
        answers.append(("Secure" in got["Set-Cookie"], "Strict-Transport-Security" in got))
    assert answers == [(False, False), (False, False), (True, True)]


@pytest.mark.parametrize("claimed", [{}, {"X-Forwarded-Proto": "http"}, {"X-Forwarded-Proto": "https"}])
async def test_cookies_are_secure_where_residents_come_by_https(house: House, claimed: dict[str, str]) -> None:
    """Whatever proxy stands before the desk and whatever it says, or anybody: of sessions and in the console."""
    async with serving(house, is_https=True) as site:
        _, _, got = await site.ask("POST", "/chat/v1/sessions", json=OWN, headers=claimed)
        _, _, shown = await site.ask("GET", "/hangzhou", headers=claimed)
    assert ("Secure" in got["Set-Cookie"], "Strict-Transport-Security" in got) == (True, True)
    assert "Strict-Transport-Security" in shown
    async with desks_at(house, is_https=True) as desks, desks.chair() as chair:
        page = await chair.get("/console/login", **claimed)
    cookies = page.headers.getall("Set-Cookie")
    assert (len(cookies) > 0, [one for one in cookies if "Secure" not in one]) == (True, [])


async def test_a_proxy_that_is_not_named_is_told_of_once(house: House) -> None:
    """In the log, with its address and the mend, and counted; a named one is not, nor one who passes nothing on."""
    passed_on = {"X-Forwarded-For": "198.51.100.1"}
    told = []
    for proxies, is_https in (("", True), ("10.0.0.0/8", True), ("127.0.0.1", True), ("", False)):
        before = REGISTRY.get_sample_value("desk_unnamed_proxy_requests_total") or 0
        with capture_logs() as logs:
            async with serving(house, proxies=networks(proxies), is_https=is_https) as site:
                for headers in ({}, passed_on, passed_on):
                    await site.ask("GET", "/hangzhou", headers=headers)
        peers = [one["peer"] for one in logs if one["event"] == "proxy_not_named"]
        told.append((peers, (REGISTRY.get_sample_value("desk_unnamed_proxy_requests_total") or 0) - before))
    assert told == [(["127.0.0.1"], 2), (["127.0.0.1"], 2), ([], 0), ([], 0)]


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Origin": "https://evil.example"}, id="another site's page"),
        pytest.param({"Origin": "https://townhall.example"}, id="a listed site's page"),
        pytest.param({"Sec-Fetch-Site": "same-site"}, id="a page of a neighbouring name"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, id="a link"),
        pytest.param({"Chat-Session": ""}, id="no page that names the session"),
        pytest.param({"Chat-Session": "city-hangzhou 00000000-0000-0000-0000-000000000000"}, id="another session"),
    ],
)
async def test_cookie_serves_no_other_page(house: House, headers: dict[str, str]) -> None:
    """Whatever brings the cookie along: only our own page, which names its session, is let in."""
    origins = Origins(frozenset(["https://townhall.example"]))
    async with TestServer(application(house, origins=origins)) as server, ClientSession() as http:
        site = Site(str(server.make_url("/")).rstrip("/"), http)
        _, opened, cookie = await kept(site)
        assert await with_cookie(site, cookie, opened["session"]) == 200
        assert await with_cookie(site, cookie, opened["session"], **headers) == 401
        refused, _, set_there = await kept(site, **headers)
    foreign = "Origin" in headers or "Sec-Fetch-Site" in headers
    assert (refused, bool(set_there)) == ((403, False) if foreign else (201, True))


async def test_no_other_page_may_name_a_session(house: House) -> None:
    """What a preflight allows a listed site's page does not hold the header."""
    origins = Origins(frozenset(["https://townhall.example"]))
    asked = {"Origin": "https://townhall.example", "Access-Control-Request-Method": "POST"}
    async with TestServer(application(house, origins=origins)) as server, ClientSession() as http:
        site = Site(str(server.make_url("/")).rstrip("/"), http)
        status, _, headers = await site.ask("OPTIONS", "/chat/v1/messages", headers=asked)
    assert (status, "Chat-Session" in headers["Access-Control-Allow-Headers"]) == (204, False)
    assert "Access-Control-Allow-Credentials" not in headers


async def test_cookie_is_rotated_and_ended(house: House) -> None:
    """A token that a script had goes into a cookie; that is replaced by one; ending takes it away."""
    async with serving(house) as site:
        caller = await site.open()
        _, rotated, got = await caller.ask("POST", "session?cookie=city-hangzhou")
        cookie = got["Set-Cookie"]
        named = {"Cookie": cookie.partition(";")[0], "Chat-Session": f"city-hangzhou {caller.session}"}
        _, again, got = await site.ask("POST", "/chat/v1/session", headers=named)
        fresh = got["Set-Cookie"]
        ended, _, got = await site.ask(
            "DELETE", "/chat/v1/sessions", headers={**named, "Cookie": fresh.partition(";")[0]}
        )
        after = [await with_cookie(site, one, caller.session) for one in (cookie, fresh)]
    assert (rotated["token"], again["token"], ended) == (None, None, 204)
    assert "Max-Age=0" in got["Set-Cookie"]
    assert after == [401, 401]
