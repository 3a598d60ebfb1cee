"""What colleagues read members of staff by."""

import re

import pytest
from fixtures.desks import desks_at, hire
from fixtures.house import House
from fixtures.staffed import actor
from fixtures.tickets import waits
from sqlalchemy import event, text

from desk.contract.staff import Grant, Role
from desk.staff.names import names_of
from desk.tickets.assigning import Assigning
from desk.tickets.notes import Notes
from desk.tickets.rows import TicketRow

HALL = Grant(Role.CLERK, "hangzhou", "city_hall")
POLICE = Grant(Role.CLERK, "hangzhou", "traffic_police")
EVERYWHERE = Grant(Role.CLERK)
QUEUE = "/console/tickets"
ADMINISTRATORS = {"admin.one": "李雷", "admin.two": "韩梅梅"}
MENTIONED = {
    "@韩梅梅": "",
    "@王芳 (fang.2)": "",
    "@王芳": "Several colleagues are called “王芳”. Choose one under “Mention a colleague”, or write @login.",
    "@王强": "Nobody who can read this ticket is called @王强. Correct it; or press “Add all the same”:"
    " then nobody is told.",
}
SHARED: dict[str, tuple[Grant, bool]] = {
    "same agency": (HALL, True),
    "whole city": (Grant(Role.ANALYST, "hangzhou"), True),
    "everywhere": (Grant(Role.AUDITOR), True),
    "another agency": (POLICE, False),
    "another city": (Grant(Role.CLERK, "shanghai", "city_hall"), False),
}


@pytest.mark.parametrize(("other", "is_shared"), SHARED.values(), ids=SHARED)
async def test_a_login_stands_only_where_a_name_is_shared(house: House, other: Grant, *, is_shared: bool) -> None:
    """Who has the same name counts where both have a role, in whatever case it is written."""
    await hire(house.engine, "fang.wang", HALL, name="Wang Fang")
    await hire(house.engine, "wangfang", other, name="wang fang")
    async with house.engine.connect() as connection:
        called = (await names_of(connection, ["fang.wang"])).of("fang.wang")
        both = await names_of(connection, ["fang.wang", "wangfang"])
    assert called == ("Wang Fang (fang.wang)" if is_shared else "Wang Fang")
    assert both.of("wangfang") == "wang fang (wangfang)"  # both stand on the page


async def test_who_is_no_member_of_staff_keeps_their_word(house: House) -> None:
    """The system, a program of another time, and nobody."""
    async with house.engine.connect() as connection:
        names = await names_of(connection, ["system", None, ""])
    assert (names.of("system"), names.of(None), names.of("")) == ("system", "", "")


async def at_work(house: House) -> TicketRow:
    """A ticket that Li noted about and gave to Mei, whom the note mentions."""
    _, ticket = await waits(house)
    li = actor("li", EVERYWHERE)
    await house.clerks.claim(li, ticket.id)
    await Notes(house.clerks).add(li, ticket.id, "@Mei.w please, @mei.w")
    await Assigning(house.clerks).assign(li, ticket.id, "mei.w")
    return ticket


async def test_a_ticket_and_its_list_name_persons(house: House) -> None:
    """Who has it, who wrote, whom a note mentions, to whom it was given, and what was refused; never by login."""
    li = await hire(house.engine, "li", EVERYWHERE, name="李雷")
    await hire(house.engine, "mei.w", EVERYWHERE, name="韩梅梅")
    ticket = await at_work(house)
    here = f"{QUEUE}/{ticket.reference}"
    async with desks_at(house) as desks, desks.chair(li) as chair:
        page = (await chair.get(here)).text
        refused = (await chair.post(f"{here}/close", {"why": "solved"}, of=here)).errors
        lists = [(await chair.get(f"{QUEUE}?show=all&clerk={one}")).text for one in ("韩梅梅", "mei.w", "李雷")]
    words = re.sub(r"<option.*?</option>|<[^>]+>", " ", page)
    assert "mei.w" not in words.lower()
    assert "@韩梅梅 please, @韩梅梅" in page
    assert re.search(r"<dd>韩梅梅</dd>", page)
    assert re.search(r"李雷 → 韩梅梅", " ".join(words.split()))
    assert refused == f"There is a problem {ticket.reference} is with 韩梅梅."
    assert [ticket.reference in one for one in lists] == [True, True, False]
    assert '<span class="quiet">韩梅梅</span>' in lists[0]


async def test_a_page_asks_once_for_its_names(house: House) -> None:
    """However many persons it names."""
    li = await hire(house.engine, "li", EVERYWHERE, name="李雷")
    await hire(house.engine, "mei.w", EVERYWHERE, name="韩梅梅")
    ticket = await at_work(house)
    async with desks_at(house) as desks, desks.chair(li) as chair:
        asked: list[str] = []

        def note(*given: object) -> None:
            asked.append(str(given[2]))

        event.listen(house.engine.sync_engine, "before_cursor_execute", note)
        for path in (f"{QUEUE}/{ticket.reference}", f"{QUEUE}?show=all"):
            asked.clear()
            await chair.get(path)
            assert len([one for one in asked if "is_shared" in one]) == 1
        event.remove(house.engine.sync_engine, "before_cursor_execute", note)


async def test_a_colleague_is_mentioned_by_the_name_one_reads(house: House) -> None:
    """Written by hand or chosen; what two are called is asked back, and nobody is told by guess."""
    li = await hire(house.engine, "li", EVERYWHERE, name="李雷")
    for login, name in (("mei.w", "韩梅梅"), ("fang", "王芳"), ("fang.2", "王芳")):
        await hire(house.engine, login, EVERYWHERE, name=name)
    _, ticket = await waits(house)
    here = f"{QUEUE}/{ticket.reference}"
    async with desks_at(house) as desks, desks.chair(li) as chair:
        page = (await chair.get(here)).text
        told = [await chair.post(f"{here}/note", {"note": f"{one} 请看"}, of=here) for one in MENTIONED]
    assert re.findall(r'<option value="(@[^"]*)">', page) == ["@王芳 (fang) ", "@王芳 (fang.2) ", "@韩梅梅 "]
    assert [one.errors.removeprefix("There is a problem ") for one in told] == list(MENTIONED.values())
    async with house.engine.connect() as connection:
        kept = (await connection.execute(text("SELECT mentions FROM ticket_notes ORDER BY id"))).scalars().all()
    assert kept == [["mei.w"], ["fang.2"]]


async def test_what_is_asked_of_another_names_who_asked(house: House) -> None:
    """On the list of requests, on one, and on the start page of who decides."""
    boss, other = [
        await hire(house.engine, login, Grant(Role.SECURITY_ADMIN), name=name) for login, name in ADMINISTRATORS.items()
    ]
    new = {"name": "Mei", "login": "mei", "role": "clerk", "place": "hangzhou", "locale": "en", "reason": "new"}
    async with desks_at(house) as desks, desks.chair(boss) as chair, desks.chair(other) as second:
        await chair.post("/console/staff", new, of="/console/staff/-/new")
        pages = [(await second.get(path)).text for path in ("/console", "/console/requests", "/console/requests/1")]
    for page in pages:
        assert re.search(r"[> ]李雷[< ]", page)
        assert "admin.one" not in page
