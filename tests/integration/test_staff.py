"""Accounts of staff: who is created and let in, what takes two, and that the audit shows any change."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from fixtures.house import KEYS, House
from fixtures.staffed import actor
from sqlalchemy import text

from desk.app.staffing import staff
from desk.audit.keeping import ANCHORS, anchor, export, file_of, let_go
from desk.audit.reading import Filter, differences, search, unlike_anchors, verify
from desk.contract.errors import Conflict, NotFound
from desk.contract.staff import Actor, Grant, NotLoggedIn, NotPermitted, Role
from desk.staff.authentication import FAILURES, LOCKED, Authentication, LoginLocked, LoginRefused
from desk.staff.people import SETUP, Newcomer, Staff
from desk.staff.requests import LIMIT, Kind, Wish
from desk.staff.secrets import STEP_SECONDS
from desk.staff.sessions import SessionLimits
from desk.store.database import transaction

PASSWORD = "eleven blue kettles"
ADMIN = Grant(Role.SECURITY_ADMIN)
CLERK = Grant(Role.CLERK, "hangzhou", "city_hall")
LONG_AGO = timedelta(days=2)

AGE = text("UPDATE staff_sessions SET idle_until = idle_until - :by, good_until = good_until - :by")
UNLOCK = text("UPDATE staff SET locked_until = locked_until - :by")
PUT_BACK = text("UPDATE audit_chain SET last_number = :last_number, last_seal = :last_seal, seal = :seal")
UNGUARDED = text("ALTER TABLE audit_records DISABLE TRIGGER USER")
TAMPERING: Mapping[str, str] = {
    "an actor": "UPDATE audit_records SET actor = 'nobody' WHERE number = 2",
    "a time": "UPDATE audit_records SET at = at - interval '1 hour' WHERE number = 2",
    "details": "UPDATE audit_records SET details = '{}' WHERE number = 1",
    "one is gone": "DELETE FROM audit_records WHERE number = 2",
    "the first is gone": "DELETE FROM audit_records WHERE number = 1",
    "the last is gone": "DELETE FROM audit_records WHERE number = (SELECT max(number) FROM audit_records)",
    "the last is gone and the end moved": """
        WITH gone AS (DELETE FROM audit_records WHERE number = (SELECT max(number) FROM audit_records) RETURNING number)
        UPDATE audit_chain SET last_number = last_number - 1, last_seal = (
            SELECT seal FROM audit_records WHERE number = (SELECT number - 1 FROM gone))
    """,
    "all are gone, and the ends": """
        WITH gone AS (DELETE FROM audit_records)
        UPDATE audit_chain SET first_number = 1, first_before = '', last_number = 0, last_seal = '', seal = ''
    """,
    "two change places": """
        UPDATE audit_records SET act = (SELECT act FROM audit_records AS other WHERE other.number = 3) WHERE number = 2
    """,
}


class Door:
    """The room and its door, with a clock of its own and the codes of whoever joined."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.now = datetime.now(UTC)
        self.people: Staff = staff(house.engine, house.cities)
        self.door = Authentication(house.engine, KEYS, lambda: self.now, SessionLimits())
        self.secrets: dict[str, str] = {}

    def code(self, login: str) -> str:
        """What the app says now; each call is of a later time, since none counts twice."""
        self.now += timedelta(seconds=STEP_SECONDS)
        return pyotp.TOTP(self.secrets[login]).at(self.now)

    async def join(self, login: str, token: str) -> Actor:
        """Choose password and app."""
        self.secrets[login] = pyotp.random_base32()
        joined, _ = await self.door.accept(
            token,
            chosen=await self.door.choose(token, PASSWORD),
            totp=self.secrets[login],
            code=self.code(login),
            via="console",
            address="192.0.2.1",
        )
        return joined

    async def first(self) -> Actor:
        """The first member of staff, logged in."""
        await self.people.create(SETUP, Newcomer("an", "安", (ADMIN,)), reason="set up")
        return await self.join("an", await self.people.invite(SETUP, "an"))

    async def second(self, first: Actor) -> Actor:
        """Another security administrator: the last who is let in by one alone."""
        await self.people.create(first, Newcomer("bo", "波", (ADMIN,)), reason="the second")
        return await self.join("bo", await self.people.invite(first, "bo"))

    async def log_in(self, login: str, password: str = PASSWORD, code: str | None = None) -> tuple[Actor, str]:
        said = self.code(login) if code is None else code
        return await self.door.log_in(login, password, said, via="console", address="192.0.2.1")

    async def acts(self, **wanted: str) -> list[str]:
        async with self.house.engine.connect() as connection:
            return [one.act for one in await search(connection, Filter(**wanted))]


@pytest.fixture
def door(house: House) -> Door:
    return Door(house)


async def test_first_is_a_security_administrator_and_lets_others_in(door: Door) -> None:
    """Whoever sets up creates one who may let people in, and nobody else; then that is over."""
    with pytest.raises(Conflict, match="security_admin"):
        await door.people.create(SETUP, Newcomer("wang", "王", (CLERK,)), reason="r")
    an = await door.first()
    assert [str(one) for one in an.grants] == ["security_admin"]
    with pytest.raises(NotPermitted, match="log in"):
        await door.people.create(SETUP, Newcomer("eve", "夏", (ADMIN,)), reason="r")
    [asked] = await door.people.create(an, Newcomer("Wang", "王", (CLERK,)), reason="hired")
    assert asked.state == "done"
    wang = await door.join("wang", await door.people.invite(an, "wang"))
    assert wang.grants == (CLERK,)


async def test_a_role_takes_two_once_there_are_two(door: Door) -> None:
    """One asks, the other allows; nobody their own; refused, it is as if it had not been asked for."""
    an = await door.first()
    bo = await door.second(an)
    [asked] = await door.people.create(an, Newcomer("li", "李", (Grant(Role.OPERATOR),)), reason="on call")
    assert asked.state == "open"
    with pytest.raises(Conflict, match="No role"):
        await door.people.invite(an, "li")
    with pytest.raises(NotPermitted, match="another person"):
        await door.people.requests.allow(an, asked.id)
    assert (await door.people.requests.refuse(bo, asked.id, reason="not yet")).state == "refused"
    assert [one.pending for one in await door.people.members(an) if one.login == "li"] == [()]
    again = await door.people.grant(bo, "li", Grant(Role.OPERATOR), reason="on call")
    with pytest.raises(Conflict):
        await door.people.grant(an, "li", Grant(Role.OPERATOR), reason="twice")
    assert (await door.people.requests.allow(an, again.id)).state == "done"
    with pytest.raises(NotPermitted, match="asked for this"):
        await door.people.invite(bo, "li")
    li = await door.join("li", await door.people.invite(an, "li"))
    with pytest.raises(NotPermitted, match=r"staff\.manage"):
        await door.people.grant(li, "an", CLERK, reason="r")


@pytest.mark.parametrize(
    ("grants", "why"),
    [
        ((Grant(Role.OPERATOR), Grant(Role.AUDITOR)), "together"),
        ((ADMIN, Grant(Role.AUDITOR)), "together"),
        ((Grant(Role.OPERATOR, "hangzhou"),), "all cities"),
        ((Grant(Role.CLERK, "atlantis"),), "no city"),
        ((Grant(Role.CLERK, "hangzhou", "atlantis"),), "no agency"),
        ((), "needs a role"),
    ],
)
async def test_what_nobody_may_hold_is_refused(door: Door, grants: tuple[Grant, ...], why: str) -> None:
    """Who runs it, who lets people in and who looks at both are three; a role is of a place that there is."""
    an = await door.first()
    with pytest.raises((Conflict, NotFound), match=why):
        await door.people.create(an, Newcomer("li", "李", grants), reason="r")


async def test_agency_administrator_lets_in_their_own_agency_only(door: Door) -> None:
    """Not another agency, not the whole city, not who runs it."""
    await door.first()
    lu = actor("lu", Grant(Role.AGENCY_ADMIN, "hangzhou", "city_hall"))
    assert len(await door.people.create(lu, Newcomer("wang", "王", (CLERK,)), reason="hired")) == 1
    for grant in (Grant(Role.CLERK, "hangzhou"), Grant(Role.CLERK, "hangzhou", "traffic_police"), ADMIN):
        with pytest.raises(NotPermitted):
            await door.people.create(lu, Newcomer("eve", "夏", (grant,)), reason="r")
    with pytest.raises(NotPermitted):
        await door.people.disable(lu, "an", reason="r")


async def chosen(door: Door, token: str, password: str, code: str) -> None:
    """Choose a password, and an app that says a code."""
    taken = await door.door.choose(token, password)
    await door.door.accept(token, chosen=taken, totp=door.secrets["an"], code=code, via="console", address="")


async def test_an_invitation_is_good_once(door: Door) -> None:
    """A second use, an earlier link and a link that is over let nobody in; a weak password or wrong code keeps it."""
    await door.people.create(SETUP, Newcomer("an", "安", (ADMIN,)), reason="set up")
    early = await door.people.invite(SETUP, "an")
    token = await door.people.invite(SETUP, "an")
    with pytest.raises(NotFound):
        await door.join("an", early)
    door.secrets["an"] = pyotp.random_base32()
    wrong: list[tuple[str, Callable[[], str]]] = [
        ("short", lambda: door.code("an")),
        ("aaaaaaaaaaaaaaaa", lambda: door.code("an")),
        ("ananananan-73xq", lambda: door.code("an")),
        ("password1234", lambda: door.code("an")),
        ("Admin@123456", lambda: door.code("an")),
        ("woaini123456", lambda: door.code("an")),
        ("citydesk2026!", lambda: door.code("an")),
        (PASSWORD, lambda: "000000"),
    ]
    for password, code in wrong:
        with pytest.raises(Conflict):
            await chosen(door, token, password, code())
    await door.join("an", token)
    with pytest.raises(NotFound):
        await door.join("an", token)


async def test_wrong_answers_say_nothing_and_lock(door: Door) -> None:
    """Unknown login, wrong password and wrong code are refused alike; after five the right answer is, too, a while."""
    await door.first()
    code = door.code("an")
    for login, password, given in (("eve", PASSWORD, code), ("an", "wrong", code), ("an", PASSWORD, "000000")):
        with pytest.raises(LoginRefused) as refused:
            await door.log_in(login, password, given)
        assert str(refused.value) == LoginRefused.__doc__
    for _ in range(FAILURES - 2):
        with pytest.raises(LoginRefused):
            await door.log_in("an", "wrong", "000000")
    with pytest.raises(LoginLocked):
        await door.log_in("an")
    async with transaction(door.house.engine) as connection:
        await connection.execute(UNLOCK, {"by": LOCKED})
    found, _ = await door.log_in("AN ", code=door.code("an"))
    assert found.login == "an"
    assert (await door.acts(act="staff.log_in_failed")).count("staff.log_in_failed") == FAILURES + 2


async def test_a_code_counts_once(door: Door) -> None:
    """Whoever looked over a shoulder cannot use it again."""
    await door.first()
    code = door.code("an")
    await door.log_in("an", code=code)
    with pytest.raises(LoginRefused):
        await door.log_in("an", code=code)


async def test_a_session_ends_when_it_should(door: Door) -> None:
    """Logged out, idle, disabled: nobody acts any more; a role taken away is gone from the next request on."""
    an = await door.first()
    bo = await door.second(an)
    _, left = await door.log_in("an")
    await door.door.log_out(an, left)
    _, idle = await door.log_in("an")
    async with transaction(door.house.engine) as connection:
        await connection.execute(AGE, {"by": LONG_AGO})
    _, token = await door.log_in("an")
    for gone in (left, idle, "never"):
        with pytest.raises(NotLoggedIn):
            await door.door.actor(gone)
    assert (await door.door.actor(token)).grants == (ADMIN,)
    await door.people.revoke(bo, "an", ADMIN, reason="left the team")
    assert (await door.door.actor(token)).grants == ()
    await door.people.disable(bo, "an", reason="left")
    with pytest.raises(NotLoggedIn):
        await door.door.actor(token)
    with pytest.raises(LoginRefused):
        await door.log_in("an")
    with pytest.raises(Conflict, match="Nobody would be left"):
        await door.people.disable(actor("root", ADMIN), "bo", reason="r")


async def test_recovery_takes_two_and_ends_all_old_ways(door: Door) -> None:
    """Password, code, sessions and keys of before are void; a new link lets them choose again."""
    an = await door.first()
    bo = await door.second(an)
    cy = await _made(door, an, bo, "cy", ADMIN)
    _, before = await door.log_in("cy")
    asked = await door.people.recover(an, "cy", reason="lost telephone")
    assert (await door.door.actor(before)).login == cy.login
    with pytest.raises(NotPermitted):
        await door.people.requests.allow(an, asked.id)
    await door.people.requests.allow(bo, asked.id)
    with pytest.raises(NotLoggedIn):
        await door.door.actor(before)
    with pytest.raises(LoginRefused):
        await door.log_in("cy")
    with pytest.raises(NotPermitted, match="asked for this"):
        await door.people.invite(an, "cy")
    await door.join("cy", await door.people.invite(bo, "cy"))
    assert (await door.log_in("cy"))[0].login == "cy"


async def test_who_asked_never_makes_the_link_that_another_allowed(door: Door) -> None:
    """Not the first, nor a later one; a third may. Where one was enough, or the server stood in, who asked makes it."""
    an = await door.first()
    await door.people.create(an, Newcomer("wang", "王", (CLERK,)), reason="hired")
    await door.people.invite(an, "wang")  # nobody else could allow it
    bo = await door.second(an)
    await door.people.invite(an, "wang")
    [asked] = await door.people.create(an, Newcomer("li", "李", (CLERK,)), reason="hired")
    await door.people.requests.allow(bo, asked.id)
    early = await door.people.invite(bo, "li")
    for _ in range(2):
        with pytest.raises(NotPermitted, match="asked for this"):
            await door.people.invite(an, "li")
    third = actor("cy", ADMIN)
    assert await door.people.invite(third, "li") != early
    [asked] = await door.people.create(an, Newcomer("mei", "梅", (CLERK,)), reason="hired")
    await door.people.requests.allow(replace(SETUP, since=datetime.now(UTC)), asked.id)
    assert await door.people.invite(an, "mei")


async def test_requests_of_others_hide_none_of_ones_own(door: Door) -> None:
    """However many there are: a list is full of what one may see only."""
    asked = Wish(Kind.VOICE_START, "hangzhou", {"subject": "hangzhou"}, "quiet again", "hangzhou")
    ning = actor("ning", Grant(Role.OPERATOR, "ningbo"))
    requests = door.people.requests
    own = await requests.ask(ning, replace(asked, subject="ningbo", city="ningbo"))
    hang = actor("hang", Grant(Role.OPERATOR, "hangzhou"))
    for number in range(LIMIT + 1):
        await requests.ask(hang, replace(asked, subject=f"service {number}"))
    assert [one.id for one in await requests.all(ning)] == [own.id]
    assert len(await requests.all(hang)) == LIMIT


async def test_a_key_is_given_out_once_to_who_asked(door: Door) -> None:
    """It takes two; whoever allowed it never sees it; taken, it is gone; it acts as its owner."""
    an = await door.first()
    bo = await door.second(an)
    for asked in await door.people.create(an, Newcomer("robot", "robot", (Grant(Role.EDITOR),)), reason="feed"):
        await door.people.requests.allow(bo, asked.id)
    asked = await door.people.ask_key(an, "robot", name="feed", days=30, reason="weather feed")
    with pytest.raises(Conflict):
        await door.people.take_key(an, asked.id)
    await door.people.requests.allow(bo, asked.id)
    with pytest.raises(Conflict):
        await door.people.take_key(bo, asked.id)
    key = await door.people.take_key(an, asked.id)
    with pytest.raises(Conflict):
        await door.people.take_key(an, asked.id)
    found = await door.door.actor(key, address="10.0.0.1")
    assert (found.login, found.via, found.address) == ("robot", "key", "10.0.0.1")
    assert await door.people.end_keys(bo, "robot", reason="leaked") == 1
    with pytest.raises(NotLoggedIn):
        await door.door.actor(key)
    with pytest.raises(Conflict, match="1 to 366"):
        await door.people.ask_key(an, "robot", name="", days=400, reason="r")


async def test_chain_is_whole_until_somebody_touches_it(door: Door) -> None:
    """All that was done is in it, in order, with who and from where; the database itself refuses a change."""
    an = await door.first()
    await door.log_in("an")
    async with door.house.engine.connect() as connection:
        verdict = await verify(connection)
        found = await search(connection, Filter(actor="an"))
    assert (verdict.faults, verdict.records > 3) == ((), True)
    assert (found[0].act, found[0].subject, found[0].address) == ("staff.log_in", an.login, "192.0.2.1")
    for change in ("UPDATE audit_records SET actor = 'x'", "DELETE FROM audit_records", "TRUNCATE audit_records"):
        async with door.house.engine.connect() as connection:
            with pytest.raises(Exception, match="only appended"):
                await connection.execute(text(change))


@pytest.mark.parametrize("change", TAMPERING.values(), ids=TAMPERING)
async def test_tampering_is_found(door: Door, change: str) -> None:
    """Whoever can write to the database, without the secret, changes nothing unseen."""
    await door.first()
    async with transaction(door.house.engine) as connection:
        await connection.execute(UNGUARDED)
        await connection.execute(text(change))
    async with door.house.engine.connect() as connection:
        assert (await verify(connection)).faults != ()


async def test_an_older_state_that_is_put_back_is_told_by_what_was_written_down(door: Door, tmp_path: Path) -> None:
    """Ends and all: the last record was another one when its seal was written beside the exports."""
    an = await door.first()
    async with transaction(door.house.engine) as connection:
        before = dict((await connection.execute(text("SELECT * FROM audit_chain"))).one()._mapping)
    await door.people.create(an, Newcomer("wang", "王", (CLERK,)), reason="hired")
    await anchor(door.house.engine, tmp_path)
    async with transaction(door.house.engine) as connection:
        await connection.execute(UNGUARDED)
        await connection.execute(text("DELETE FROM audit_records WHERE number > :last_number"), before)
        await connection.execute(PUT_BACK, before)
    lines = (tmp_path / ANCHORS).read_text().splitlines()
    async with door.house.engine.connect() as connection:
        assert (await verify(connection)).faults == ()
        assert await unlike_anchors(connection, lines) != []


async def test_exports_are_daily_and_old_records_are_let_go(door: Door, tmp_path: Path) -> None:
    """A day is written once; what is let go of leaves a chain that is whole, and files that agree with it."""
    folder = tmp_path / "audit"
    an = await door.first()
    today = datetime.now(UTC).date()
    written = await export(door.house.engine, folder, today + timedelta(days=1))
    assert written == [file_of(folder, today)]
    assert await export(door.house.engine, folder, today + timedelta(days=1)) == []
    async with door.house.engine.connect() as connection:
        assert await differences(connection, written[0]) == []
    assert await let_go(door.house.engine, datetime.now(UTC)) > 0
    await door.people.create(an, Newcomer("wang", "王", (CLERK,)), reason="hired")
    async with door.house.engine.connect() as connection:
        assert (await verify(connection)).faults == ()
        assert await differences(connection, written[0]) == []


async def test_store_and_export_are_compared(door: Door, tmp_path: Path) -> None:
    """A record that was changed in either, or is gone from the store, is told by its number."""
    await door.first()
    [file] = await export(door.house.engine, tmp_path, datetime.now(UTC).date() + timedelta(days=1))
    whole = file.read_text(encoding="utf-8")
    for changed in (whole.replace('"number":2', '"number":99'), whole.replace("setup", "nobody"), "{}\n"):
        file.write_text(changed, encoding="utf-8")
        async with door.house.engine.connect() as connection:
            assert await differences(connection, file) != []


async def _made(door: Door, one: Actor, other: Actor, login: str, *grants: Grant) -> Actor:
    """Somebody whom one asks for and another allows, logged in."""
    for asked in await door.people.create(one, Newcomer(login, login, grants), reason="hired"):
        await door.people.requests.allow(other, asked.id)
    return await door.join(login, await door.people.invite(other, login))
