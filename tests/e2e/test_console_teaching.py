"""A trainer labels messages in a real browser: by keyboard alone, without a barrier, at every width."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fixtures.desks import PASSWORD, desks_at, hire
from fixtures.house import House
from fixtures.resident import Resident, resident
from fixtures.taught import ASKED_BACK, TRAINER, entity, gathered, taught_texts, trainer, understood
from playwright.async_api import Browser, Page, expect

from desk.teaching.course import TRAINER as TRAINING
from desk.teaching.course import Course
from desk.teaching.gate import Finding, Verdict, Why
from desk.teaching.models import Files, Models
from desk.teaching.readings import Readings
from desk.teaching.signals import Heard
from desk.teaching.trials import Trials

WIDTHS = (360, 1024, 1920)
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
PATH = "/console/teaching"
PAGES = {
    "teaching": PATH,
    "teaching-group": f"{PATH}/next?queue=inbox",
    "teaching-line": f"{PATH}/{{line}}?queue=inbox",
    "teaching-figures": f"{PATH}/figures",
    "teaching-history": f"{PATH}/history",
    "teaching-proposals": f"{PATH}/proposals",
    "teaching-files": f"{PATH}/files",
    "models": f"{PATH}/models",
    "model": f"{PATH}/models/{{model}}",
    "model-changes": f"{PATH}/models/{{model}}/changes",
    "model-stopped": f"{PATH}/models/{{model}}",
}
SELECT = """
    const said = document.querySelector('[data-line-text] .words').firstChild;
    document.getSelection().setBaseAndExtent(said, 0, said, 2);
"""


async def waiting(house: House) -> None:
    """A group of three, a line in another situation, and one alone."""
    for said in ("罚款怎么交", "罚款在哪交啊", "罚款去哪里交"):
        await understood(house, await house.open(), said)
    await understood(house, await house.open(), "那个呢", situation=ASKED_BACK)
    said = "小岚坐28路要多久"
    await understood(house, await house.open(), said, entities=[entity(said, "bus_line", "28路")])
    await gathered(house)


async def a_model(house: House) -> int:
    """A model that is trained and measured, beside the one that answers and one that answered before."""
    await Models(house.engine).train(trainer("lin"), Files("0123456789abcdef", "a1b2c3"), reason="words of the week")
    course = Course(house.engine)
    await course.answers("fedcba9876543210", "fedcba9876543210.tar.gz", 101_000_000)
    await course.answers("0000ba9876543210", "jobs/0000ba9876543210.tar.gz", 101_000_000)
    model = await course.begin()
    assert model is not None
    figures: dict[str, object] = dict.fromkeys(("right", "sure", "right_where_sure"), 0.9)
    figures |= {"turns": 1000, "asked_back": {"share": 0.1}, "calibration": {"error": 0.02}}
    await course.finish(model.id, path="jobs/x.tar.gz", size=101_000_000, figures=figures, said="a line of the log")
    return model.id


async def judged(house: House, model: int, *, passes: bool) -> None:
    """What the gate says of it, with messages that it reads otherwise, and a trial that goes on."""
    readings, trials = Readings(house.engine), Trials(house.engine)
    said = await readings.of_a_month(3)
    other = Heard([("confirm", 0.71)], ("affirm", 0.5))
    for source in ("replay", "shadow"):
        await readings.keep(model, source, [(one, one.heard, other) for one in said])
    findings = [
        Finding(why=why, about=about, messages=120, before=0.92, after=0.81, lost=15, gained=2, chance=0.001)
        for why, about in (
            *((Why.MUST_PASS, "next_bus"), (Why.LANGUAGE, "zh_Hant"), (Why.COMMAND, "start:next_bus")),
            *((Why.CALIBRATION, ""), (Why.SPEED, ""), (Why.LEAK, "")),
        )
    ]
    if not passes:
        findings = [one.model_copy(update={"stops": True}) for one in findings]
    against = "0000ba9876543210"
    verdict = Verdict(against=against, passes=passes, findings=tuple(findings), replayed=300, changed=len(said))
    await Course(house.engine).judged(model, verdict)
    if not passes:
        begun = await trials.shadow(trainer("lin"), model, reason="how it reads")
        await trials.count(begun, 1, {"read": 1200, "changed": 17}, by=TRAINING)


@asynccontextmanager
async def seated(house: House, browser: Browser, *, locale: str = "en") -> AsyncIterator[tuple[Resident, str]]:
    """A trainer at the console, logged in."""
    known = await hire(house.engine, "mei", TRAINER, locale=locale, name="Mei")
    async with desks_at(house) as desks, resident(browser, width=1280) as someone:
        page = someone.page
        await page.goto(f"{desks.url}/console/login")
        for name, value in (("login", known.login), ("password", PASSWORD), ("code", known.code)):
            await page.locator(f"#{name}").fill(value)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/console")
        yield someone, desks.url


async def press(page: Page, *keys: str) -> None:
    """Press keys, one after the other, once the page is there with its scripts."""
    for key in keys:
        await page.wait_for_load_state("load")
        await page.keyboard.press(key)


async def test_a_trainer_labels_by_keyboard_alone(house: House, browser: Browser) -> None:
    """To the inbox, the largest group, a digit labels all; leave one for later; another command; undo: no mouse."""
    await waiting(house)
    async with seated(house, browser) as (someone, _):
        page = someone.page
        await press(page, "g", "l")
        await page.wait_for_url(f"**{PATH}")
        await press(page, "n")
        await page.wait_for_url(f"**{PATH}/*?queue=inbox")
        await expect(page.locator("h1 .count")).to_have_text("3")
        await press(page, "1")
        await expect(page.locator(".done")).to_have_text("Saved.")
        assert await house.scalar("SELECT count(*) FROM taught_lines WHERE commands[1] = 'start:traffic_fines'") == 3
        await expect(page.locator("h1 .count")).to_have_text("1")
        first = page.url
        await press(page, "s")
        await page.wait_for_url(lambda url: url.partition("?")[0] != first.partition("?")[0])
        await press(page, "c")
        await expect(page.locator("#other")).to_be_focused()
        await page.locator("#other").select_option("later")
        await press(page, "Escape", "w")
        await page.wait_for_url(f"**{PATH}/*done=teaching_labelled")
        assert await house.scalar("SELECT count(*) FROM taught_lines WHERE commands[1] = 'later'") == 1
        await press(page, "z")
        await page.wait_for_url(f"**{PATH}/*?queue=inbox&done=teaching_undone")
        assert await house.scalar("SELECT count(*) FROM taught_lines") == 3
        await press(page, "p")
        await expect(page.locator("#kind")).to_be_focused()
        assert someone.faults == []


@pytest.mark.parametrize(("locale", "key"), [("en", "Enter"), ("zh_Hans", "Enter"), ("zh_Hans", "w")])
async def test_what_is_chosen_of_the_list_is_saved_from_there(
    house: House, browser: Browser, locale: str, key: str
) -> None:
    """The hand stays in the list, and the key saves what it has."""
    await waiting(house)
    async with seated(house, browser, locale=locale) as (someone, url):
        page = someone.page
        await page.goto(f"{url}{PATH}/next?queue=inbox")
        await press(page, "c")
        await expect(page.locator("#other")).to_be_focused()
        here = page.url
        await page.locator("#other").select_option("later")
        await press(page, key)
        await page.wait_for_url(lambda url: url != here)
        assert await house.scalar("SELECT count(*) FROM taught_lines WHERE commands[1] = 'later'") == 3
        assert someone.faults == []


async def test_two_hundred_messages_are_labelled_through_groups(house: House, browser: Browser) -> None:
    """Two keys at the most a group, and none lost: a digit labels what is together, and the next group comes."""
    matters = "罚车水电气学医房证税路桥灯树狗鱼花鸟云雨"
    for number in range(200):
        matter = matters[number % len(matters)]
        await understood(house, await house.open(), f"{matter}的事怎么弄{'呀' * (number // len(matters))}")
    await gathered(house)
    decisions = 0
    async with seated(house, browser) as (someone, _):
        page = someone.page
        await press(page, "g", "l")
        await page.wait_for_url(f"**{PATH}")
        await press(page, "n")
        await page.wait_for_url(f"**{PATH}/*?queue=inbox")
        while await page.locator("#label").count():
            here = page.url
            await press(page, "1")
            await page.wait_for_url(lambda url, here=here: url != here)
            decisions += 1
        assert await house.scalar("SELECT count(*) FROM taught_lines") == 200
        assert await house.scalar("SELECT count(*) FROM teaching_decisions") == decisions == len(matters)
        assert someone.faults == []


async def test_what_is_selected_is_marked_and_hidden(house: House, browser: Browser) -> None:
    """A name that no rule found: the type is chosen, the words are selected, one key marks them."""
    await waiting(house)
    line = await house.scalar("SELECT id FROM teaching_lines ORDER BY id DESC LIMIT 1")
    async with seated(house, browser) as (someone, url):
        page = someone.page
        await page.goto(f"{url}{PATH}/{line}?queue=inbox")
        await expect(page.locator("#marks")).to_have_value("Bus line 28路")
        await press(page, "m")
        await expect(page.locator("#mark-said")).to_contain_text("Select words")
        await page.locator("#entity").select_option("person_name")
        await page.locator("#entity").blur()
        await page.evaluate(SELECT)
        await press(page, "m")
        await expect(page.locator("#marks")).to_have_value("Bus line 28路\nName of a person 小岚")
        await press(page, "1")
        await page.wait_for_url("**done=teaching_labelled")
        assert await taught_texts(house) == ["[person_name]坐28路要多久"]
        assert someone.faults == []


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant", "en"])
async def test_the_pages_have_no_barrier(house: House, browser: Browser, locale: str) -> None:
    """axe-core finds nothing on any of them, light or dark; nothing is wider than the screen."""
    await waiting(house)
    line = await house.scalar("SELECT id FROM teaching_lines ORDER BY id DESC LIMIT 1")
    model = await a_model(house)
    barriers: list[str] = []
    too_wide: list[tuple[str, int]] = []
    async with seated(house, browser, locale=locale) as (someone, url):
        page = someone.page
        await judged(house, model, passes=True)
        for name, path in PAGES.items():
            if name == "model-stopped":
                await judged(house, model, passes=False)
            await page.goto(url + path.format(line=line, model=model))
            await someone.pictures(f"console-{name}", WIDTHS, locale)
            await page.set_viewport_size({"width": WIDTHS[-1], "height": 900})
            for fold in await page.locator("details.fold > summary").all():
                if not await fold.evaluate("one => one.parentElement.open"):
                    await fold.click()
            barriers += [f"{name}: {one}" for one in await someone.barriers_by_scheme()]
            for width in WIDTHS:
                await page.set_viewport_size({"width": width, "height": 900})
                wide = await page.evaluate(TOO_WIDE)
                too_wide += [(f"{name} {width}", wide)] if wide > 0 else []
            await page.set_viewport_size({"width": 1280, "height": 860})
        faults = someone.faults
    assert (barriers, too_wide, faults) == ([], [], [])
