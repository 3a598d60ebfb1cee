"""Who wants somebody's conversation by the code on their screen: by a photograph, a link, a guess, another session."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from fixtures.house import House
from fixtures.onward import Device, Onward, going_on
from fixtures.web import Caller
from sqlalchemy import text

from desk.going_on.service import LENGTH, TO_ANSWER, TO_COME_IN, TO_SCAN
from desk.store.database import transaction

FOREIGN = [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
NAMES = ["origin", "fetch metadata", "sandboxed"]


@pytest.fixture
async def desk(house: House) -> AsyncIterator[Onward]:
    async with going_on(house) as desk:
        yield desk


async def asking(desk: Onward, code: str) -> Device:
    """A phone that uses a code."""
    phone = await desk.device()
    await phone.scan(code)
    await phone.press("ask")
    return phone


async def test_a_photographed_code_opens_nothing_by_itself(desk: Onward) -> None:
    """Whoever has it is asked about on the screen, and waits for a yes there that nobody else can give."""
    caller, screen = await desk.shows()
    thief = await asking(desk, await desk.code())
    await thief.press("come")
    assert (thief.state, thief.kept("chat-city-hangzhou"), await desk.sessions()) == ("asked", None, 1)
    assert caller.session not in (thief.page.text if thief.page else "")
    await screen.screen()
    assert screen.state == "asked"


async def test_two_devices_by_one_code_end_it(desk: Onward) -> None:
    """Whoever was first: neither comes in, a yes to the first says nothing any more, and the screen says why."""
    _, screen = await desk.shows()
    code = await desk.code()
    thief = await asking(desk, code)
    owner = await asking(desk, code)
    await screen.screen("yes", number=thief.number)
    for one in (thief, owner):
        await one.look()
        await one.press("come")
    assert (screen.state, thief.state, owner.state, await desk.sessions()) == ("void", "over", "over", 1)


async def test_a_second_device_after_the_yes_changes_nothing(desk: Onward) -> None:
    """The yes named the number of the first: a stranger's press keeps it not out, and lets nobody else in."""
    _, screen = await desk.shows()
    code = await desk.code()
    first = await asking(desk, code)
    await screen.screen("yes", number=first.number)
    stranger = await asking(desk, code)
    await stranger.press("come")
    assert (stranger.state, stranger.kept("chat-city-hangzhou"), await desk.sessions()) == ("over", None, 1)
    await first.look()
    await first.press("come")
    assert (first.state, await desk.sessions()) == ("used", 2)


async def test_devices_at_once_are_devices_one_after_the_other(desk: Onward) -> None:
    """Six at the same moment: none comes in."""
    _, screen = await desk.shows()
    code = await desk.code()
    phones = [await desk.device() for _ in range(6)]
    await asyncio.gather(*(one.scan(code) for one in phones))
    await asyncio.gather(*(one.press("ask") for one in phones))
    await screen.screen()
    assert screen.state == "void"


async def test_a_code_is_good_once(desk: Onward) -> None:
    """Used, it lets nobody else in, nor the same phone a second time."""
    _, screen = await desk.shows()
    code = await desk.code()
    phone = await asking(desk, code)
    await screen.screen("yes", number=phone.number)
    await phone.look()
    await asyncio.gather(*(phone.press("come") for _ in range(4)))
    late = await asking(desk, code)
    assert (late.state, await desk.sessions()) == ("over", 2)
    await phone.press("come")
    assert await desk.sessions() == 2


@pytest.mark.parametrize(("step", "good"), [("scan", TO_SCAN), ("answer", TO_ANSWER), ("come", TO_COME_IN)])
async def test_each_step_is_over_in_minutes(desk: Onward, step: str, good: timedelta) -> None:
    """The code, the question on the screen, and the yes."""
    _, screen = await desk.shows()
    code = await desk.code()
    if step == "scan":
        desk.clock.jump(seconds=good.total_seconds() + 1)
    phone = await asking(desk, code)
    if step == "scan":
        await screen.screen()
        assert (phone.state, screen.state) == ("over", "over")
        return
    number = phone.number
    if step == "answer":
        desk.clock.jump(seconds=good.total_seconds() + 1)
    await screen.screen("yes", number=number)
    if step == "come":
        desk.clock.jump(seconds=good.total_seconds() + 1)
    await phone.look()
    assert (phone.state, screen.state == "allowed") == ("over", step == "come")
    await phone.press("come")
    assert await desk.sessions() == 1


async def test_another_session_answers_nothing(desk: Onward) -> None:
    """Neither a stranger's, nor another of the same conversation: the screen that shows the code is asked."""
    caller, _, phone = await desk.asks()
    stranger = await desk.device()
    await stranger.from_chat(await desk.site.open("en"))
    _, rotated, _ = await caller.ask("POST", "session")
    beside = await desk.device()
    await beside.from_chat(Caller(desk.site, caller.session, rotated["token"]))
    for one in (stranger, beside, await desk.device()):
        await one.screen("yes", number=phone.number)
    other = Caller(desk.site, caller.session, rotated["token"])
    assert (await other.ask("POST", "phone/answer", json={"number": phone.number, "yes": True}))[0] == 409
    assert (await other.ask("GET", "phone"))[1] == {"state": "none", "number": None}
    await phone.look()
    assert (phone.state, await desk.sessions()) == ("asked", 3)


async def test_a_yes_is_to_the_number_that_was_shown(desk: Onward) -> None:
    """A page that is over answers nothing: a new code has another number."""
    _, screen, phone = await desk.asks()
    await screen.screen("show")
    other = await asking(desk, await desk.code())
    wrong = f"{(int(other.number) + 1) % 10_000:04}"
    await screen.screen("yes", number=wrong)
    await other.look()
    await phone.look()
    assert (other.state, phone.state, screen.state) == ("asked", "over", "asked")


async def test_codes_are_not_guessed(desk: Onward) -> None:
    """130 bits; wrong ones are answered alike, and soon not looked at."""
    await desk.shows()
    guesser = await desk.device("203.0.113.9")
    page = await guesser.scan("A" * LENGTH)
    seen = []
    for number in range(40):
        guesser.page = page
        looked = await guesser.press("ask", c=f"{'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[number % 32]}" * LENGTH)
        seen.append(looked.status)
    assert seen[0] == 200
    assert 429 in seen
    assert await desk.house.scalar("SELECT state FROM goings_on") == "shown"


@pytest.mark.parametrize("code", ["", "a" * LENGTH, "A" * 25, "A" * 27, "../" * 9, "A" * 5_000, "%00" * 26])
async def test_what_is_no_code_is_answered_as_one_that_is_over(desk: Onward, code: str) -> None:
    """Whatever stands in its place."""
    phone = await desk.device()
    page = await phone.scan(code)
    assert (page.status, phone.state) == (200, "over")


async def test_a_code_is_of_its_city(desk: Onward) -> None:
    """On another city's pages it is none, and stays good on its own."""
    await desk.shows()
    code = await desk.code()
    phone = await desk.device(city="shanghai")
    await phone.scan(code)
    await phone.press("ask")
    assert phone.state == "over"
    assert (await asking(desk, code)).state == "asked"


@pytest.mark.parametrize("headers", FOREIGN, ids=NAMES)
@pytest.mark.parametrize("do", ["show", "yes", "no", "stop"])
async def test_pages_of_others_press_nothing_on_the_screen(desk: Onward, headers: dict[str, str], do: str) -> None:
    """A form of another site, with the resident's cookie."""
    _, screen, phone = await desk.asks()
    number = screen.number
    screen.extra |= headers
    assert (await screen.screen(do, number=number)).status == 403
    await phone.look()
    assert phone.state == "asked"


@pytest.mark.parametrize("headers", FOREIGN, ids=NAMES)
async def test_pages_of_others_press_nothing_on_the_phone(desk: Onward, headers: dict[str, str]) -> None:
    """Nobody is led into a stranger's conversation by a page that they opened: they must press themselves."""
    _, screen = await desk.shows()
    victim = await desk.device()
    await victim.scan(await desk.code())
    victim.extra |= headers
    assert (await victim.press("ask")).status == 403
    victim.extra.clear()
    await victim.look()
    await screen.screen()
    assert (victim.state, screen.state) == ("over", "shown")


async def test_opening_the_link_changes_nothing(desk: Onward) -> None:
    """Programs that look at links before people do: however often, the code is as good as before."""
    _, screen = await desk.shows()
    code = await desk.code()
    before = await desk.house.scalar("SELECT to_jsonb(goings_on) FROM goings_on")
    for _ in range(5):
        await (await desk.device()).scan(code)
    await screen.screen()
    assert await desk.house.scalar("SELECT to_jsonb(goings_on) FROM goings_on") == before
    assert screen.state == "shown"


async def test_it_ends_with_the_session_that_shows_it(desk: Onward) -> None:
    """Logged out on the screen: the code, and a yes that was said, are over."""
    caller, screen, phone = await desk.asks()
    await screen.screen("yes", number=screen.number)
    assert (await caller.ask("DELETE", "session"))[0] == 204
    await phone.look()
    await phone.press("come")
    assert (phone.state, await desk.sessions()) == ("over", 0)


async def test_devices_do_not_keep_each_other_in(desk: Onward) -> None:
    """The phone's session ends when the one would that let it in, and with “on all devices”."""
    caller, screen, phone = await desk.asks()
    query = text("UPDATE access_tokens SET good_until = now() + interval '1 hour'")
    async with transaction(desk.house.engine) as connection:
        await connection.execute(query)
    await screen.screen("yes", number=screen.number)
    await phone.look()
    await phone.press("come")
    assert await desk.house.scalar("SELECT count(DISTINCT good_until) FROM access_tokens") == 1
    came = Caller(desk.site, caller.session, phone.kept("chat-city-hangzhou") or "")
    assert (await came.ask("DELETE", "sessions"))[0] == 204
    assert (await caller.ask("GET", "me/data"))[0] == 401


async def test_codes_are_shown_no_faster_than_people_do(desk: Onward) -> None:
    """Each new one ends the one before."""
    _, screen = await desk.shows()
    seen = [(await screen.screen("show")).status for _ in range(12)]
    assert (seen[0], seen[-1]) == (200, 429)
    assert await desk.house.scalar("SELECT count(*) FROM goings_on") == 1


async def test_of_a_code_nothing_can_be_read_in_the_store(desk: Onward) -> None:
    """Neither it nor what the phone is known by: what is kept makes none of them without the secret."""
    _, _, phone = await desk.asks()
    code, secret = await desk.code(), phone.kept("go-on")
    assert secret is not None
    row = str(await desk.house.scalar("SELECT to_jsonb(goings_on)::text FROM goings_on"))
    for held in (code, secret):
        assert held not in row
        assert held.encode().hex() not in row


async def test_another_cookie_is_another_device(desk: Onward) -> None:
    """Who knows that a phone has asked, and makes up what it is known by, sees and gets nothing."""
    _, screen, phone = await desk.asks()
    await screen.screen("yes", number=phone.number)
    thief = await desk.device()
    thief.extra["Cookie"] = f"go-on={'x' * 43}.{await desk.code()}"
    await thief.look()
    await thief.press("come")
    assert (thief.state, await desk.sessions()) == ("over", 1)
