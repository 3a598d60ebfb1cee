"""The whole product in a real browser: `desk run`, its sandbox, and a resident who gets things done."""

import json
import re
import subprocess
import sys

import pytest
from fixtures.patience import HANG_SECONDS
from fixtures.product import ROOT, Product
from fixtures.resident import resident
from playwright.async_api import Browser, expect

CITY = "hangzhou"
IN_SIGHT = 6
"""So many services the greeting shows at once; the rest come on demand."""
RENEWED = {"zh_Hans": "已刷新。", "zh_Hant": "已更新。", "en": "Refreshed."}
MINUTES = r"\d+\s*(分钟|分鐘|min)|即将到站|即將到站|arriving"


@pytest.mark.parametrize(
    ("lang", "asked", "place"),
    [
        pytest.param("zh_Hans", "我要交违章罚款", "路", id="Simplified"),
        pytest.param("zh_Hant", "我要交違章罰款", "路", id="Traditional"),
        pytest.param("en", "I want to pay my traffic fine", "Road", id="English"),
    ],
)
async def test_a_resident_sees_the_fines_of_a_car(
    product: Product, browser: Browser, lang: str, asked: str, place: str
) -> None:
    """Fines → plate → VIN tail → the violation with plate, place, time, points and amount, in three languages."""
    facts = await product.facts(CITY)
    plate = facts["plate_with_unpaid_fine"]
    async with resident(browser) as someone:
        await someone.open(product.site.url, CITY, lang)
        await someone.say(asked)
        await someone.say(plate)
        shown = await someone.say(facts["vin_last6"])
        await someone.screenshot(f"fines-{lang}")
    assert plate in shown
    assert facts["fine_amount"] in shown
    assert place in shown
    assert re.search(r"\d{1,2}:\d{2}", shown)
    assert someone.faults == []


async def test_a_resident_sees_the_fines_on_a_small_phone_by_keyboard(product: Product, browser: Browser) -> None:
    """320 px wide, and without a pointer: the service's button, then two answers."""
    facts = await product.facts(CITY)
    async with resident(browser, width=320, height=640) as someone:
        await someone.open(product.site.url, CITY)
        await someone.log.focus()
        fines = someone.page.locator("city-chat .choices button").filter(has_text="违章").first
        stops = 0
        while not await fines.evaluate("button => button.matches(':focus-visible')"):
            assert stops < IN_SIGHT, "what is in season stands first, but no more than is in sight at once"
            await someone.page.keyboard.press("Tab")
            stops += 1
        await someone.page.keyboard.press("Enter")
        await someone.hear(1)
        for text in (facts["plate_with_unpaid_fine"], facts["vin_last6"]):
            before = await someone.theirs.count()
            await someone.page.keyboard.type(text)
            await someone.page.keyboard.press("Enter")
            shown = await someone.hear(before)
        await someone.screenshot("fines-320")
        overflow = await someone.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert facts["fine_amount"] in shown
    assert overflow == 0


@pytest.mark.parametrize(
    ("lang", "asked"),
    [
        ("zh_Hans", "{line}路到{stop}还要几分钟"),
        ("zh_Hant", "{line}路幾時到{stop}"),
        ("en", "when is the next bus {line} at {stop_en}"),
    ],
)
async def test_a_resident_catches_the_next_bus_by_the_name_of_a_stop(
    product: Product, browser: Browser, lang: str, asked: str
) -> None:
    """Line and stop in one sentence are answered with live minutes, which are brought anew in their place."""
    facts = await product.facts(CITY)
    named = {
        "line": facts["line_at_that_stop"],
        "stop": facts["stop_with_realtime"],
        "stop_en": facts["stop_with_realtime_en"],
    }
    async with resident(browser) as someone:
        await someone.open(product.site.url, CITY, lang)
        shown = await someone.say(asked.format(**named))
        board = someone.page.locator("city-chat .board")
        await board.get_by_role("button").click()
        await expect(board.get_by_role("status")).to_have_text(RENEWED[lang])
        await someone.screenshot(f"bus-{lang}")
    assert named["line"] in shown
    assert re.search(MINUTES, shown)


async def test_a_resident_catches_the_next_bus_from_where_they_stand(product: Product, browser: Browser) -> None:
    """A shared location alone is answered with the buses of the nearest stop."""
    facts = await product.facts(CITY)
    place = {"latitude": float(facts["stop_with_realtime_lat"]), "longitude": float(facts["stop_with_realtime_lon"])}
    async with resident(
        browser, width=390, height=844, geolocation=place, permissions=["geolocation"], has_touch=True
    ) as someone:
        await someone.open(product.site.url, CITY, "en")
        await someone.say("next bus")
        before = await someone.theirs.count()
        chat = someone.page.locator("city-chat")
        await chat.get_by_role("button", name="Share my location").click()
        await chat.get_by_role("button", name="Continue").click()
        shown = await someone.hear(before)
        await someone.screenshot("bus-location")
    assert facts["stop_with_realtime_en"] in shown
    assert re.search(MINUTES, shown)


async def test_reload_and_a_killed_server_keep_the_conversation(product: Product, browser: Browser) -> None:
    """After a reload and after kill -9 of serve, bot and worker the question that was open is still open."""
    facts = await product.facts(CITY)
    plate = facts["plate_with_unpaid_fine"]
    async with resident(browser) as someone:
        await someone.open(product.site.url, CITY)
        await someone.say("我要交违章罚款")
        before = await someone.transcript()
        await someone.page.reload()
        await expect(someone.page.locator("city-chat .bubble")).to_have_count(len(before))
        assert await someone.transcript() == before
        for child in ("serve", "bot", "worker"):
            product.kill(child)
        await someone.say(plate)
        shown = await someone.say(facts["vin_last6"])
        said = await someone.transcript()
    assert facts["fine_amount"] in shown
    assert said.count(plate) == someone.written.count(plate)


@pytest.mark.parametrize(
    "wrong", ["不是车牌", "浙A00000", "<b>浙A12345</b>", '/choose{"ordinal": "1"}', "/restart", "😀", "x" * 4000]
)
async def test_what_is_no_plate_is_answered_and_the_question_stays(
    product: Product, browser: Browser, wrong: str
) -> None:
    """A helpful answer, nothing executed, nothing lost: the right plate is still taken afterwards."""
    facts = await product.facts(CITY)
    async with resident(browser) as someone:
        await someone.open(product.site.url, CITY)
        await someone.say("我要交违章罚款")
        helpful = await someone.say(wrong)
        await someone.say(facts["plate_with_unpaid_fine"])
        shown = await someone.say(facts["vin_last6"])
    assert helpful.strip()
    assert facts["fine_amount"] in shown


async def test_desk_chat_talks_in_the_terminal(product: Product) -> None:
    """Lines on standard input are messages; --json prints one event a line and ends after the last answer."""
    facts = await product.facts(CITY)
    lines = ["我要交违章罚款", facts["plate_with_unpaid_fine"], facts["vin_last6"]]
    done = subprocess.run(  # noqa: ASYNC221 - the command is all that happens
        [sys.executable, "-m", "desk", "chat", "--city", CITY, "--json", "--url", product.site.url],
        cwd=ROOT,
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
        check=True,
    )
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["type"] for event in events].count("turn_done") == 3
    said = "\n".join(event["message"]["text"] for event in events if event["type"] == "message")
    assert events[-1]["type"] == "turn_done"
    assert facts["fine_amount"] in said
