"""The health of credentials: what is true of whom, who sees it, in pages, and what is to be done next."""

import time
from uuid import uuid4

import pytest
from fixtures.desks import desks_at, hire
from fixtures.house import House
from fixtures.staffed import actor, key_in
from sqlalchemy import text

from desk.contract.errors import Conflict
from desk.contract.staff import Grant, NotPermitted, Role
from desk.staff.health import PAGE, Condition, CredentialHealth, Health
from desk.store.database import transaction

CITY, AT = "hangzhou", "city_hall"
BOSS = actor("boss", Grant(Role.SECURITY_ADMIN))
ADMIN = actor("admin", Grant(Role.AGENCY_ADMIN, CITY, AT))
HERE = Grant(Role.CLERK, CITY, AT)
SET = {
    Condition.PASSKEY: """
        WITH changed AS (UPDATE staff SET password = NULL, totp = NULL WHERE login = 'one' RETURNING id)
        INSERT INTO staff_passkeys (id, staff_id, public_key, sign_count, name)
        SELECT '\\x01', id, '\\x02', 0, 'telephone' FROM changed
    """,
    Condition.PASSWORD_ALONE: "UPDATE staff SET name = name WHERE login = 'one'",
    Condition.OPENID_ALONE: """
        UPDATE staff SET password = NULL, totp = NULL, openid_at = clock_timestamp() WHERE login = 'one'
    """,
    Condition.INVITED: """
        UPDATE staff SET password = NULL, totp = NULL, invited_until = clock_timestamp() + interval '1 hour'
        WHERE login = 'one'
    """,
    Condition.INVITATION_OVER: """
        UPDATE staff SET password = NULL, totp = NULL, invited_until = clock_timestamp() - interval '1 hour'
        WHERE login = 'one'
    """,
    Condition.NOT_INVITED: "UPDATE staff SET password = NULL, totp = NULL WHERE login = 'one'",
    Condition.LOCKED: "UPDATE staff SET locked_until = clock_timestamp() + interval '5 minutes' WHERE login = 'one'",
    Condition.DISABLED: "UPDATE staff SET disabled_at = clock_timestamp() WHERE login = 'one'",
    Condition.KEY_ENDS: """
        WITH changed AS (UPDATE staff SET password = NULL, totp = NULL WHERE login = 'one' RETURNING id)
        INSERT INTO staff_sessions (hash, staff_id, via, name, good_until, idle_until)
        SELECT '\\x03', id, 'key', 'feed', clock_timestamp() + interval '13 days',
               clock_timestamp() + interval '13 days' FROM changed
    """,
}
NEXT = {
    Condition.INVITATION_OVER: "invite",
    Condition.NOT_INVITED: "invite",
    Condition.LOCKED: "recover",
    Condition.KEY_ENDS: "key",
}
MANY = text("""
    WITH made AS (
        INSERT INTO staff (id, login, name, password, created_by)
        SELECT gen_random_uuid(), 'clerk' || lpad(number::text, 5, '0'), 'Clerk', 'none', 'tests'
        FROM generate_series(1, :many) AS number RETURNING id
    ) INSERT INTO staff_grants (staff_id, role, city, agency, granted_by)
      SELECT id, 'clerk', :city, :agency, 'tests' FROM made
""")


async def one(house: House) -> Health:
    """What is seen of `one`."""
    return next(row for row in (await CredentialHealth(house.engine).page(BOSS)).rows if row.login == "one")


@pytest.mark.parametrize("condition", list(SET))
async def test_each_condition_is_told_with_the_next_act(house: House, condition: Condition) -> None:
    """And is counted and filtered; nobody else is shown then."""
    await hire(house.engine, "one", HERE)
    await hire(house.engine, "two", Grant(Role.CLERK, CITY))
    async with transaction(house.engine) as connection:
        await connection.execute(text(SET[condition]))
    found = await one(house)
    assert condition in found.conditions
    assert found.next_act == NEXT.get(condition, "")
    page = await CredentialHealth(house.engine).page(BOSS, wanted=condition)
    assert "one" in {row.login for row in page.rows}
    assert len(page.rows) == page.counts[condition]
    assert page.total == 2


async def test_a_login_is_remembered(house: House) -> None:
    """Who has never logged in is told apart from who has, also after the session is gone."""
    await hire(house.engine, "one", HERE)
    assert Condition.NEVER in (await one(house)).conditions
    async with transaction(house.engine) as connection:
        await key_in(connection, "two", HERE)
        await connection.execute(text("DELETE FROM staff_sessions"))
    page = await CredentialHealth(house.engine).page(BOSS, wanted=Condition.NEVER)
    assert [row.login for row in page.rows] == ["one"]


async def test_an_administrator_sees_their_own_people(house: House) -> None:
    """Those of the agency, with the next act only where all that somebody holds is theirs."""
    await hire(house.engine, "one", HERE)
    await hire(house.engine, "both", HERE, Grant(Role.CLERK, CITY, "gas"))
    await hire(house.engine, "gas", Grant(Role.CLERK, CITY, "gas"))
    await hire(house.engine, "wide", Grant(Role.CLERK, CITY))
    async with transaction(house.engine) as connection:
        await connection.execute(text("UPDATE staff SET password = NULL, totp = NULL"))
    page = await CredentialHealth(house.engine).page(ADMIN)
    assert [(row.login, row.next_act) for row in page.rows] == [("both", ""), ("one", "invite")]
    assert page.total == 2
    with pytest.raises(NotPermitted):
        await CredentialHealth(house.engine).page(actor("clerk", HERE))
    with pytest.raises(Conflict):
        await CredentialHealth(house.engine).page(BOSS, wanted="asleep")


async def test_three_thousand_accounts_come_in_pages(house: House) -> None:
    """By login, each once; every page is one statement."""
    async with transaction(house.engine) as connection:
        await connection.execute(MANY, {"many": 3000, "city": CITY, "agency": AT})
    room, seen, after, took = CredentialHealth(house.engine), list[str](), "", 0.0
    while True:
        begun = time.perf_counter()
        page = await room.page(ADMIN, after=after)
        took = max(took, time.perf_counter() - begun)
        seen += [row.login for row in page.rows]
        if not page.more:
            break
        after = page.rows[-1].login
    assert len(seen) == len(set(seen)) == 3000
    assert seen == sorted(seen)
    assert len(seen) % PAGE == 0
    print(f"the slowest of {3000 // PAGE} pages of 3,000 accounts took {took * 1000:.0f} ms")


async def test_the_page_leads_to_the_next_act(house: House) -> None:
    """From the list to the link of a new invitation, in one press."""
    boss = await hire(house.engine, "boss", Grant(Role.SECURITY_ADMIN))
    await hire(house.engine, "one", HERE)
    clerk = await hire(house.engine, "lin", HERE)
    async with transaction(house.engine) as connection:
        await connection.execute(text(SET[Condition.INVITATION_OVER]))
    async with desks_at(house) as desks:
        async with desks.chair(boss) as chair:
            assert "/console/staff/-/health" in (await chair.get("/console/staff")).text
            page = await chair.get("/console/staff/-/health?show=invitation_over")
            assert "Invitation ran out" in page.text
            assert 'action="/console/staff/one/invite"' in page.text
            assert "/console/staff/lin" not in page.text
            page = await chair.post("/console/staff/one/invite", of="/console/staff/-/health")
            assert "/console/join/" in page.secret
        async with desks.chair(clerk) as chair:
            assert (await chair.get("/console/staff/-/health")).status == 403
    assert Condition.INVITED in (await one(house)).conditions


async def test_who_holds_nothing_is_seen_by_who_looks_after_all(house: House) -> None:
    """And cannot be invited before a role is allowed."""
    async with transaction(house.engine) as connection:
        created = "INSERT INTO staff (id, login, name, created_by) VALUES (:id, 'one', 'One', 'tests')"
        await connection.execute(text(created), {"id": uuid4()})
    found = await one(house)
    assert (found.conditions, found.next_act) == (["never", "not_invited"], "")
    assert (await CredentialHealth(house.engine).page(ADMIN)).rows == []
