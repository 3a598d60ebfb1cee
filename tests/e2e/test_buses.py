"""The board of a stop in a browser: on its card, refreshed in place, and on its own page."""

from datetime import UTC, datetime, timedelta
from typing import Any

from fixtures.boards import Boards, board_card, board_of
from fixtures.house import House
from fixtures.in_view import PHONE
from fixtures.resident import Resident, resident
from fixtures.street import Street, street
from playwright.async_api import Browser, expect

from desk.contract.board import StopAsked
from desk.contract.messages import Button, Reply, Text

ASKED = StopAsked(city="hangzhou", stop="river1", lines=["0:28"])
EVERY_MS, OLD_MS = 31_000, 95_000
WIDTHS = (390, 1440)
BOARD = "city-chat .board"
FIRST = f"{BOARD} .board-when >> nth=0"


def answer(at: datetime) -> dict[str, Any]:
    """What the bot answers: the whole text, a line above the card, and the button that asks the same."""
    board = board_of(ASKED, at)
    card = board_card(board)
    said = [bus.said for way in board.ways for bus in way.coming]
    reply = Reply(
        key="next_bus.board",
        args={"lead": _lines([card.title]), "parts": _lines([card.title, *said])},
        cards=[card],
        buttons=[
            Button(title=Text(key="next_bus.refresh"), payload=board.again or ""),
            Button(title=Text(key="next_bus.all_lines"), payload="/next_bus"),
        ],
    )
    return {"replies": [reply.model_dump(mode="json")]}


def _lines(texts: list[Text]) -> dict[str, Any]:
    return {"items": [text.model_dump() for text in texts], "join": "lines"}


async def asked(someone: Resident, there: Street, house: House) -> str:
    """A resident who asked for the buses; what is shown."""
    await someone.open(there.url, lang="en")
    there.bot.answers.append(answer(house.cities["hangzhou"].local(datetime.now(UTC))))
    return await someone.say("when is the 28 due at River Bridge")


async def test_a_board_is_read_at_a_glance(house: House, browser: Browser) -> None:
    """Line, direction, large minutes, what is live, a drawing; a line of the text, and buttons that the card lacks."""
    async with street(house, boards=Boards()) as there, resident(browser, **PHONE) as someone:
        shown = await asked(someone, there, house)
        for said in ("Next buses at River Bridge", "28", "towards North Park", "4 min", "live", "28 is diverted"):
            assert said in shown
        assert await someone.page.locator("city-chat .bubble").last.inner_text() == "Next buses at River Bridge"
        drawn = someone.page.locator(BOARD).get_by_role("img")
        await expect(drawn).to_have_accessible_name("Sketch of the lines around River Bridge")
        await expect(someone.page.locator("city-chat .row:last-child .choices button")).to_have_text(
            ["All lines at this stop"]
        )
        assert await someone.page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
        for width in WIDTHS:
            for scheme in ("light", "dark"):
                await someone.page.emulate_media(color_scheme=scheme)
                await someone.page.set_viewport_size({"width": width, "height": 900})
                await someone.screenshot(f"board-{width}-{scheme}")
        assert await someone.barriers_by_scheme("city-chat") == []


async def test_a_board_is_refreshed_in_its_place(house: House, browser: Browser) -> None:
    """By a press, which keeps the focus and is told; and by itself, in silence. No message comes of it."""
    stops = Boards(soonest=3)
    async with street(house, boards=stops) as there, resident(browser) as someone:
        await someone.page.clock.install()
        await asked(someone, there, house)
        rows = await someone.theirs.count()
        board, again = someone.page.locator(BOARD), someone.page.locator(BOARD).get_by_role("button", name="Refresh")
        await expect(someone.page.locator(FIRST)).to_have_text("4 min")
        await again.press("Enter")
        await expect(board.get_by_role("status")).to_have_text("Refreshed.")
        await expect(someone.page.locator(FIRST)).to_have_text("3 min")
        await expect(again).to_be_focused()
        stops.soonest = 2
        await someone.page.clock.run_for(EVERY_MS)
        await expect(someone.page.locator(FIRST)).to_have_text("2 min")
        assert await someone.theirs.count() == rows
        assert {one.model_dump_json() for one in stops.asked} == {ASKED.model_dump_json()}
        assert someone.faults == []


async def test_minutes_that_are_old_give_way_to_the_clock(house: House, browser: Browser) -> None:
    """While nobody says it anew: what stands there is still true, and it is said that it is of before."""
    async with street(house, boards=Boards()) as there, resident(browser) as someone:
        await someone.page.clock.install()
        before = house.cities["hangzhou"].local(datetime.now(UTC)) + timedelta(minutes=4)
        await asked(someone, there, house)
        after = house.cities["hangzhou"].local(datetime.now(UTC)) + timedelta(minutes=4)
        await there.down()
        await someone.page.clock.run_for(OLD_MS)
        await expect(someone.page.locator(f"{BOARD} .board-asof")).to_contain_text("cannot be refreshed")
        assert await someone.page.locator(FIRST).inner_text() in {f"{before:%H:%M}", f"{after:%H:%M}"}
        await there.up()


async def test_a_board_has_a_page_of_its_own(house: House, browser: Browser) -> None:
    """From the card; refreshed in its place, by a press and by itself."""
    stops = Boards()
    async with street(house, boards=stops) as there, resident(browser) as someone:
        await someone.page.clock.install()
        await asked(someone, there, house)
        await someone.page.goto(await someone.page.locator(f"{BOARD} a").get_attribute("href") or "")
        await expect(someone.page.get_by_role("heading", level=1)).to_have_text("River Bridge")
        first = someone.page.locator(".board-when").first
        await expect(first).to_have_text("4 min")
        await someone.page.evaluate("window.isSame = true")
        stops.soonest = 1
        await someone.page.get_by_role("link", name="Refresh").press("Enter")
        await expect(first).to_have_text("1 min")
        stops.soonest = 0
        await someone.page.clock.run_for(EVERY_MS)
        await expect(first).to_have_text("now")
        assert await someone.page.evaluate("window.isSame")
        await there.down()
        await someone.page.get_by_role("link", name="Refresh").press("Enter")
        await expect(someone.page.get_by_role("status")).to_contain_text("cannot be refreshed")
        await there.up()
