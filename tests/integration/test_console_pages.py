"""The console's pages for staff, requests, audit and one's own account: what they show, do and refuse."""

import asyncio
import json
import re
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from fixtures.desks import PASSWORD, Chair, Known, desks_at, hire
from fixtures.house import KEYS, House, going, until
from fixtures.patience import HANG_SECONDS
from sqlalchemy import text

from desk.audit.trail import record
from desk.console.live import MOST_OF_ONE
from desk.contract.staff import Actor, Grant, NotPermitted, Role
from desk.staff.authentication import Authentication
from desk.staff.news import News
from desk.staff.passkeys import Site
from desk.store.database import transaction

ADMIN, AUDITOR, CLERK = Grant(Role.SECURITY_ADMIN), Grant(Role.AUDITOR), Grant(Role.CLERK, "hangzhou")
LONG_AGO = text("UPDATE staff_sessions SET opened_at = opened_at - interval '31 minutes'")
PROGRAM = text("INSERT INTO staff (id, login, name, created_by) VALUES (gen_random_uuid(), 'lin', 'Lin', 'tests')")
NEW = {"name": "Mei <b>Lan</b>", "login": "mei", "role": "clerk", "place": "hangzhou", "locale": "en", "reason": "new"}


async def test_somebody_is_created_allowed_and_disabled_by_two(house: House) -> None:
    """What takes another person waits for them; what was asked for is told, and done once."""
    boss, second = await hire(house.engine, "boss", ADMIN), await hire(house.engine, "second", ADMIN)
    async with desks_at(house) as desks, desks.chair(boss) as chair, desks.chair(second) as other:
        created = await chair.post("/console/staff", NEW, of="/console/staff/-/new")
        assert created.path == "/console/staff/mei?done=member_created"
        assert "Mei &lt;b&gt;Lan" in created.text
        assert "waiting for approval" in created.text
        early = await chair.post("/console/staff/mei/invite", of="/console/staff/mei")
        assert "None of their roles is allowed yet" in early.errors
        start = await other.get("/console")
        assert "Give mei the role Clerk, Hangzhou · whole city" in start.text
        own = await chair.get("/console/requests/1")
        assert "You asked for this" in own.text
        assert 'value="allow"' not in own.text
        forced = await chair.post("/console/requests/1", {"decision": "allow"}, of="/console/requests/1")
        assert (forced.status, "another person has to decide" in forced.errors) == (422, True)
        allowed = await other.post("/console/requests/1", {"decision": "allow"}, of="/console/requests/1")
        assert allowed.path == "/console/requests?done=request_allowed"
        assert "Allowed and done." in allowed.text
        again = await other.post("/console/requests/1", {"decision": "allow"}, of="/console/requests/1")
        assert "decided already" in again.errors
        assert "Allowed" in (await chair.get("/console/requests?show=mine")).text
        disabled = await chair.post("/console/staff/mei/disable", {"reason": "left"}, of="/console/staff/mei")
        assert disabled.path == "/console/staff/mei?done=member_disabled"
        asked = await chair.post("/console/staff/mei/enable", {"reason": "back"}, of="/console/staff/mei")
        assert asked.path == "/console/staff/mei?done=asked"
        refused = await other.post("/console/requests/2", {"decision": "refuse"}, of="/console/requests/2")
        assert (refused.status, "Give a reason" in refused.errors) == (422, True)
        reason = {"decision": "refuse", "reason": "not yet"}
        assert (await other.post("/console/requests/2", reason, of="/console/requests/2")).path.endswith("refused")
        assert "not yet" in (await chair.get("/console/requests/2")).text


@pytest.mark.parametrize(("decision", "said"), [("allow", "Allowed"), ("refuse", "Refused")])
async def test_who_asked_is_told_of_the_decision(house: House, decision: str, said: str) -> None:
    """On the start page, above the list of tickets and among the requests, until they open it; nobody else is."""
    boss, second = await hire(house.engine, "boss", ADMIN, CLERK), await hire(house.engine, "second", ADMIN, CLERK)
    lists = ("/console", "/console/tickets", "/console/requests?show=mine")
    marks = ('href="/console/requests/1">Give mei', "New decisions on what you asked for: 1.", '">new</span>')
    async with desks_at(house) as desks, desks.chair(boss) as chair, desks.chair(second) as other:
        await chair.post("/console/staff", NEW, of="/console/staff/-/new")

        async def told(who: Chair) -> list[bool]:
            return [mark in (await who.get(path)).text for path, mark in zip(lists, marks, strict=True)]

        assert await told(chair) == [False] * 3
        await chair.get("/console/requests/1")  # before it is decided
        await other.post("/console/requests/1", {"decision": decision, "reason": "because"}, of="/console/requests/1")
        assert (await told(chair), await told(other)) == ([True] * 3, [False] * 3)
        await other.get("/console/requests/1")
        assert await told(chair) == [True] * 3
        assert said in (await chair.get("/console/requests/1")).text
        assert await told(chair) == [False] * 3


async def test_what_was_typed_stays_where_something_is_wrong(house: House) -> None:
    """The summary says what, in the language of whoever typed it."""
    boss = await hire(house.engine, "boss", ADMIN, locale="zh_Hans")
    async with desks_at(house) as desks, desks.chair(boss) as chair:
        for wrong, said in (
            ({"login": "X!"}, "登录名须为 2 到 32 个小写字母"),
            ({"login": "boss"}, "登录名 boss 已被使用"),
            ({"role": ""}, "请选择角色"),
            ({"role": "auditor"}, "该角色只能用于所有城市"),
            ({"place": "atlantis"}, "没有这个城市或单位"),
            ({"reason": " "}, "请填写原因，最多 500 个字符"),
            ({"name": "x" * 41}, "名称须为 1 至 40 个字符"),
        ):
            answer = await chair.post("/console/staff", {**NEW, **wrong}, of="/console/staff/-/new")
            assert (answer.status, said in answer.errors) == (422, True), (wrong, answer.errors)
            assert 'value="Mei &lt;b&gt;Lan&lt;/b&gt;"' in answer.text or "name" in wrong
        itself = await chair.post("/console/staff/boss/disable", {"reason": "x"}, of="/console/staff/boss")
        assert "不能对自己的账号这样操作" in itself.errors
        apart = {"role": "auditor", "place": "", "reason": "x"}
        await hire(house.engine, "ops", Grant(Role.OPERATOR))
        both = await chair.post("/console/staff/ops/grant", apart, of="/console/staff/ops")
        assert "同一人不能兼任审计员和运维人员" in both.errors


async def test_roles_are_asked_for_and_taken_away(house: House) -> None:
    """Giving waits for another, taking away does not; the last administrator stays."""
    boss, _ = await hire(house.engine, "boss", ADMIN), await hire(house.engine, "second", ADMIN)
    await hire(house.engine, "third", ADMIN)
    lin = await hire(house.engine, "lin", CLERK)
    async with desks_at(house) as desks, desks.chair(boss) as chair, desks.chair(lin) as clerk:
        fields = {"role": "editor", "place": "hangzhou", "reason": "helps out"}
        assert (await chair.post("/console/staff/lin/grant", fields, of="/console/staff/lin")).path.endswith("asked")
        taken = {"role": "clerk", "place": "hangzhou", "reason": "moved"}
        assert (await chair.post("/console/staff/lin/revoke", taken, of="/console/staff/lin")).path.endswith("revoked")
        again = await chair.post("/console/staff/lin/revoke", taken)
        assert "They do not have this role" in again.errors
        assert (await clerk.get("/console/staff")).status == 403
        ops = await chair.post("/console/staff/second/disable", {"reason": "left"}, of="/console/staff/second")
        assert ops.path.endswith("done=member_disabled")


async def test_members_are_searched_and_paged(house: House) -> None:
    """By name or login, state and role; a hundred on a page."""
    boss = await hire(house.engine, "boss", ADMIN)
    statement = text("""
        INSERT INTO staff (id, login, name, created_by)
        SELECT gen_random_uuid(), 'clerk' || lpad(n::text, 3, '0'), 'Clerk ' || n, 'tests'
        FROM generate_series(1, 150) AS n
    """)
    async with transaction(house.engine) as connection:
        await connection.execute(statement)
    async with desks_at(house) as desks, desks.chair(boss) as chair:
        first = await chair.get("/console/staff?q=CLERK&state=invited")
        assert ("clerk100" in first.text, "clerk101" in first.text) == (True, False)
        rest = await chair.get("/console/staff?q=CLERK&state=invited&after=clerk100")
        assert ("clerk100<" in rest.text, "clerk101" in rest.text, "clerk150" in rest.text) == (False, True, True)
        assert "Nobody matches" in (await chair.get("/console/staff?q=zzz")).text
        found = await chair.get("/console/staff?role=security_admin")
        assert ("boss" in found.text, "clerk001" in found.text) == (True, False)


async def test_a_programs_key_is_shown_once_to_who_asked(house: House) -> None:
    """Whoever allowed it never sees it."""
    boss, second = await hire(house.engine, "boss", ADMIN), await hire(house.engine, "second", ADMIN)
    async with transaction(house.engine) as connection:
        await connection.execute(PROGRAM)
    async with desks_at(house) as desks, desks.chair(boss) as chair, desks.chair(second) as other:
        many = {"key_name": "exports", "days": "9999", "reason": "exports"}
        assert "1 to 366 days" in (await chair.post("/console/staff/lin/key", many, of="/console/staff/lin")).errors
        asked = await chair.post("/console/staff/lin/key", {**many, "days": "30"}, of="/console/staff/lin")
        assert asked.path == "/console/requests/1?done=asked"
        early = await chair.post("/console/requests/1/key", of="/console/requests/1")
        assert "not allowed yet" in early.errors
        await other.post("/console/requests/1", {"decision": "allow"}, of="/console/requests/1")
        assert "not allowed yet" in (await other.post("/console/requests/1/key", of="/console/requests/1")).errors
        key = (await chair.post("/console/requests/1/key", of="/console/requests/1")).secret
        assert (await desks.console.door.actor(key)).login == "lin"
        again = await chair.get("/console/requests/1")
        assert (key in again.text, "You can take it once" in again.text) == (False, False)


async def test_the_audit_is_read_downloaded_and_verified_and_says_so(house: House) -> None:
    """Filters, pages by number, a day as lines, the seals: each reading is a record."""
    he = await hire(house.engine, "he", AUDITOR)
    async with desks_at(house) as desks, desks.chair(he) as chair:
        async with transaction(house.engine) as connection:
            for n in range(60):
                await record(connection, Actor(f"w{n % 2}"), "thing.do", subject=f"s{n:02}", city="hangzhou")
        first = await chair.get("/console/audit?act=thing")
        assert ("s59" in first.text, "s10" in first.text, "s09" in first.text) == (True, True, False)
        older = await chair.get("/console/audit?act=thing&before=11")
        assert ("s09" in older.text, "s10" in older.text) == (True, False)
        one = await chair.get("/console/audit?actor=w1&subject=s11&city=hangzhou")
        assert ("s11" in one.text, "s13" in one.text) == (True, False)
        assert "No records match" in (await chair.get("/console/audit?until=2020-01-01")).text
        wrong = await chair.get("/console/audit?since=yesterday&before=x")
        assert (wrong.status, "A day looks like" in wrong.errors) == (422, True)
        day = f"{datetime.now(UTC):%Y-%m-%d}"
        file = await chair.get(f"/console/audit/day?day={day}")
        lines = [json.loads(line) for line in file.text.splitlines()]
        assert lines[-1]["act"] == "audit.export"
        assert file.headers["Content-Disposition"] == f'attachment; filename="audit-{day}.jsonl"'
        assert (await chair.get("/console/audit/day?day=never")).path == "/console/audit"
        whole = await chair.post("/console/audit/verify", of="/console/account")
        assert "records are whole and in order" in whole.text
        async with transaction(house.engine) as connection:
            await connection.execute(text("ALTER TABLE audit_records DISABLE TRIGGER append_only"))
            await connection.execute(text("UPDATE audit_records SET subject = 's00' WHERE number = 5"))
        found = await chair.post("/console/audit/verify", of="/console/account")
        assert ("Faults found: 1" in found.text, "record 5 is not as it was written" in found.text) == (True, True)
        acts = "SELECT array_agg(DISTINCT act) FROM audit_records WHERE actor = 'he'"
        assert {"audit.search", "audit.export", "audit.verify"} <= set(await house.scalar(acts))


async def test_ones_own_sessions_and_language(house: House) -> None:
    """Other logins are seen and ended; the language is kept with the account, the look with the browser."""
    lin = await hire(house.engine, "lin", CLERK)
    async with (
        desks_at(house) as desks,
        desks.chair(lin) as chair,
        desks.chair(lin) as other,
        desks.chair(lin) as third,
    ):
        page = await chair.get("/console/account")
        assert page.text.count("203.0.113.7") == 3
        ends = page.text.split("/console/account/sessions/")[1].partition('"')[0]
        assert (await chair.post(f"/console/account/sessions/{ends}")).path == "/console/account?done=session_ended"
        alive = [(await one.get("/console")).path == "/console" for one in (other, third)]
        assert sorted(alive) == [False, True]
        assert (await chair.post("/console/account/sessions/end")).path == "/console/account?done=sessions_ended"
        assert [(await one.get("/console")).path[:14] for one in (other, third)] == ["/console/login"] * 2
        spoken = await chair.post("/console/account/language", {"locale": "zh_Hant", "next": "/console/requests"})
        assert (spoken.path, "我的帳號" in spoken.text) == ("/console/requests", True)
        assert (await chair.post("/console/account/language", {"locale": "xx"})).status == 409
        dark = await chair.post("/console/look", {"theme": "dark", "next": "//evil.example"})
        assert (dark.path, 'data-theme="dark"' in dark.text) == ("/console", True)
        keys = await chair.post("/console/look", {"keys": "off", "next": "/console/account"})
        assert (keys.path, 'data-keys="off"' in keys.text) == ("/console/account", True)


async def test_pages_hear_what_has_changed(house: House) -> None:
    """One stream for all topics; it ends with the session."""
    lin = await hire(house.engine, "lin", CLERK)
    async with (
        desks_at(house) as desks,
        desks.chair(lin) as chair,
        asyncio.timeout(HANG_SECONDS),
        chair.http.get(f"{desks.url}/console/news") as stream,
        going(_keep_telling(News(house.redis))),
    ):
        assert stream.content_type == "text/event-stream"
        while (line := (await stream.content.readline()).decode()) != "event: news\n":
            assert line
        assert (await stream.content.readline()).decode() == "data: requests\n"


async def test_one_person_takes_no_more_streams_than_browsers(house: House) -> None:
    """The twenty-first is put off; what is closed makes room."""
    lin = await hire(house.engine, "lin", CLERK)
    async with desks_at(house) as desks, desks.chair(lin) as chair, AsyncExitStack() as opened:
        url = f"{desks.url}/console/news"
        streams = [await opened.enter_async_context(chair.http.get(url)) for _ in range(MOST_OF_ONE)]
        assert {one.status for one in streams} == {200}
        assert (await chair.get("/console/news")).status == 503
        streams[0].close()
        await until(lambda: _status(chair), becomes=200)


async def _status(chair: Chair) -> int:
    async with chair.http.get(f"{chair.url}/console/news") as stream:
        return stream.status


async def _keep_telling(news: News) -> None:
    while True:
        await news.tell("requests")
        await asyncio.sleep(0.05)


async def test_a_password_is_changed_with_the_one_before(house: House) -> None:
    """And a code; logins elsewhere end, the old one lets nobody in, wrong answers say nothing and change nothing."""
    lin = await hire(house.engine, "lin", CLERK)
    new = "seven grey herons"
    async with desks_at(house) as desks, desks.chair(lin) as chair, desks.chair(lin) as other:
        fields = {"old": PASSWORD, "code": lin.code, "new": new, "again": new}
        for wrong, said in (
            ({"again": "another"}, "differ"),
            ({"old": "not the one"}, "not right"),
            ({"code": "000000"}, "not right"),
            ({"new": "short", "again": "short"}, "12"),
        ):
            refused = await chair.post("/console/account/password", fields | wrong, of="/console/account")
            assert (refused.status, said in refused.errors) == (422, True), refused.errors
        changed = await chair.post("/console/account/password", fields, of="/console/account")
        assert changed.path == "/console/account?done=password_changed"
        assert (await other.get("/console/account", follow=False)).status == 303
        assert (await chair.get("/console/account", follow=False)).status == 200


async def test_an_app_is_changed_with_the_one_before(house: House) -> None:
    """Password, a code of each; other logins end, the app of before lets nobody in, wrong answers change nothing."""
    lin = await hire(house.engine, "lin", CLERK)
    path = "/console/account/app"
    async with desks_at(house) as desks, desks.chair(lin) as chair, desks.chair(lin) as other:
        page = await chair.get(path)
        secret = re.findall(r"<code>([A-Z2-7 ]+)</code>", page.text)[0].replace(" ", "")
        new = Known(lin.id, lin.login, secret)
        fields = {"sealed": page.hidden("sealed"), "password": PASSWORD, "present": lin.code, "code": new.code}
        theirs = (await other.get(path)).hidden("sealed")
        for wrong, said in (
            ({"password": "not the one"}, "not right"),
            ({"present": "000000"}, "not right"),
            ({"present": ""}, "not right"),
            ({"code": "000000"}, "code is not right"),
            ({"sealed": theirs}, "out of date"),
            ({"sealed": ""}, "out of date"),
        ):
            refused = await chair.post(path, fields | wrong, of=path)
            assert (refused.status, said in refused.errors) == (422, True), (wrong, refused.errors)
        assert (await chair.post(path, fields | {"password": "x"}, of=path)).text.count(secret[:4]) >= 1
        changed = await chair.post(path, fields, of=path)
        assert changed.path == "/console/account?done=app_changed", changed.errors
        assert (await other.get("/console/account", follow=False)).status == 303
    async with desks_at(house) as desks, desks.chair() as chair:
        assert "not right" in (await chair.log_in(lin)).errors
        known = Authentication(house.engine, KEYS, lambda: datetime.now(UTC) + timedelta(minutes=1))
        later = pyotp.TOTP(secret).at(datetime.now(UTC) + timedelta(minutes=1))
        await known.log_in("lin", PASSWORD, later, via="console", address="")
    assert await house.scalar("SELECT count(*) FROM audit_records WHERE act = 'staff.app' AND actor = 'lin'") == 1
    told = "SELECT kind || subject || detail FROM staff_alerts ORDER BY id DESC LIMIT 1"
    assert await house.scalar(told) == "accountlinapp"


async def test_an_app_is_changed_after_a_login_of_late_alone(house: House) -> None:
    """Else the page asks to log in again, and the form is refused."""
    lin = await hire(house.engine, "lin", CLERK)
    async with desks_at(house) as desks, desks.chair(lin) as chair:
        page = await chair.get("/console/account/app")
        secret = re.findall(r"<code>([A-Z2-7 ]+)</code>", page.text)[0].replace(" ", "")
        fields = {"sealed": page.hidden("sealed"), "password": PASSWORD, "present": lin.code, "csrf": page.csrf}
        async with transaction(house.engine) as connection:
            await connection.execute(LONG_AGO)
        late = await chair.send("/console/account/app", fields | {"code": pyotp.TOTP(secret).now()})
        assert (late.status, "30 minutes ago" in late.errors) == (422, True), late.errors
        assert "Log in again" in (await chair.get("/console/account/app")).text
    assert await house.scalar("SELECT count(*) FROM audit_records WHERE act = 'staff.app'") == 0


async def test_what_gives_power_needs_a_login_of_late(house: House) -> None:
    """A browser that stands open decides nothing and adds no passkey; who logs in again is back at the page."""
    boss, second = await hire(house.engine, "boss", ADMIN), await hire(house.engine, "second", ADMIN)
    async with desks_at(house) as desks, desks.chair(boss) as chair, desks.chair(second) as other:
        await chair.post("/console/staff", NEW, of="/console/staff/-/new")
        async with transaction(house.engine) as connection:
            await connection.execute(LONG_AGO)
        page = await other.get("/console/requests/1")
        assert ('value="allow"' in page.text, "Log in again" in page.text) == (False, True)
        assert "Log in again" in (await other.get("/console/account")).text
        refused = await other.post("/console/requests/1", {"decision": "allow"}, of="/console/requests/1")
        assert (refused.status, "more than 30 minutes ago" in refused.errors) == (422, True), refused.errors
        with pytest.raises(NotPermitted, match="log in again"):
            await desks.console.passkeys.add(Actor("second"), Site("localhost", desks.url), "add", "{}", name="mine")
        out = await other.post("/console/logout", {"next": "/console/requests/1"}, of="/console/requests/1")
        assert out.path == "/console/login?next=/console/requests/1&again=yes&done=logged_out"
        assert (await other.log_in(second, wanted="/console/requests/1")).path == "/console/requests/1"
        allowed = await other.post("/console/requests/1", {"decision": "allow"}, of="/console/requests/1")
        assert allowed.path == "/console/requests?done=request_allowed"
