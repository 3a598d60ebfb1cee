"""The assistant's voice in the console: stopped by one, started again by two, seen by who looks after it."""

import pytest
from fixtures.desks import desks_at, hire
from fixtures.house import House
from fixtures.staffed import actor

from desk.contract.staff import Grant, Role
from desk.kill_switch.service import KillSwitch, Scope

LEADS = Grant(Role.AGENCY_ADMIN, "hangzhou")
PATH = "/console/voice"
OF_CITY = {"scope": "city hangzhou", "reason": "wrong fee"}


async def test_one_stops_it_and_two_start_it(house: House) -> None:
    """At once, with who and why; the second person finds the request, and what was stopped stays on the page."""
    lin, mei = [await hire(house.engine, one, LEADS) for one in ("lin", "mei")]
    async with desks_at(house) as desks, desks.chair(lin) as first, desks.chair(mei) as second:
        stopped = await first.post(f"{PATH}/stop", OF_CITY, of=PATH)
        assert ("Stopped. Residents get a notice and a ticket." in stopped.text, "wrong fee" in stopped.text) == (1, 1)
        assert [str(one.scope) for one in await KillSwitch(house.engine).holding()] == ["city hangzhou"]
        again = await second.post(f"{PATH}/stop", {**OF_CITY, "reason": "another"}, of=PATH)
        assert ("that stop holds" in again.text, "another" in again.text) == (True, False)
        assert "wrong fee" in (await second.get("/console")).text
        asked = await first.post(f"{PATH}/start", {**OF_CITY, "reason": "mended"}, of=PATH)
        assert asked.path.startswith("/console/requests/1")
        assert "Lin has asked to start it again" in (await second.get(PATH)).text
        await second.post("/console/requests/1", {"decision": "allow"}, of="/console/requests/1")
        page = (await first.get(PATH)).text
    assert await KillSwitch(house.engine).holding() == []
    assert ("stopped nowhere you look after" in page, "lin, mei" in page, "mended" in page) == (True, True, True)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        pytest.param({"scope": "city hangzhou", "reason": " "}, "Give a reason", id="no reason"),
        pytest.param({"scope": "city nowhere", "reason": "x"}, "Choose where", id="no such city"),
        pytest.param({"scope": "account nobody", "reason": "x"}, "Choose where", id="no such account"),
        pytest.param({"scope": "", "reason": "x"}, "Choose where", id="nothing chosen"),
    ],
)
async def test_what_is_wrong_is_said_where_it_was_typed(house: House, fields: dict[str, str], said: str) -> None:
    """Nothing is stopped."""
    lin = await hire(house.engine, "lin", LEADS)
    async with desks_at(house) as desks, desks.chair(lin) as chair:
        answer = await chair.post(f"{PATH}/stop", fields, of=PATH)
    assert (answer.status, said in answer.errors) == (422, True)
    assert await KillSwitch(house.engine).holding() == []


async def test_who_looks_after_a_part_sees_and_stops_that_part(house: House) -> None:
    """An agency's own accounts, and no city; a clerk sees what is stopped in their city, and no other's."""
    await house.open()
    lin = await hire(house.engine, "lin", Grant(Role.AGENCY_ADMIN, "hangzhou", "city_hall"))
    kai = await hire(house.engine, "kai", Grant(Role.CLERK, "hangzhou", "city_hall"))
    switch, boss = KillSwitch(house.engine), actor("boss")
    await switch.stop(Scope("city", "ningbo"), reason="elsewhere", actor=boss)
    await switch.stop(Scope("city", "hangzhou"), reason="here", actor=boss)
    async with desks_at(house) as desks, desks.chair(lin) as leads, desks.chair(kai) as answers:
        page = await leads.get(PATH)
        found = [one in page.text for one in ('value="account hangzhou-web"', 'value="city hangzhou"')]
        assert found == [True, False]
        refused = await leads.post(f"{PATH}/stop", {**OF_CITY}, of=PATH)
        assert refused.status == 403
        seen = await answers.get(PATH)
        assert ("here" in seen.text, "elsewhere" in seen.text) == (True, False)
        assert (await answers.post(f"{PATH}/stop", OF_CITY, of=PATH)).status == 403


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant", "en"])
async def test_it_is_said_in_every_language(house: House, locale: str) -> None:
    """With its tile on the start page."""
    lin = await hire(house.engine, "lin", Grant(Role.OPERATOR), locale=locale)
    await KillSwitch(house.engine).stop(Scope("everything"), reason="all of it", actor=actor("boss"))
    async with desks_at(house) as desks, desks.chair(lin) as chair:
        pages = [await chair.get(path) for path in ("/console", PATH)]
    assert all("all of it" in page.text and "console.voice" not in page.text for page in pages)
