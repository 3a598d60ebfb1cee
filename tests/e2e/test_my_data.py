"""A resident's own data by a clerk's link, in a real browser: shown, taken, erased, without a barrier."""

import re
from pathlib import Path

import pytest
from fixtures.desks import desks_at
from fixtures.house import House
from fixtures.resident import Resident, resident
from fixtures.staffed import actor
from playwright.async_api import Browser, expect

from desk.contract.staff import Grant, Role
from desk.store.database import transaction
from desk.texts.catalogs import LANGUAGE_TAGS

LIN = actor("lin", Grant(Role.CLERK, "hangzhou"))
WIDTHS = (360, 1024, 1920)
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
BUTTONS = {
    "zh_Hans": (
        "查看",
        "下载（阅读、打印）",
        "下载（数据文件）",
        "我明白删除后不能恢复",
        "删除我的信息",
        "已全部删除。",
    ),
    "zh_Hant": ("查看", "下載（閱讀、打印）", "下載（資料檔）", "我明白刪除後不能恢復", "刪除我的資料", "已全部刪除。"),
    "en": (
        "Show what is kept",
        "Download to read and print",
        "Download for programs",
        "cannot be undone",
        "Delete my data",
        "Everything has been deleted.",
    ),
}


@pytest.mark.parametrize("locale", list(BUTTONS))
async def test_a_resident_looks_takes_and_erases(house: House, browser: Browser, tmp_path: Path, locale: str) -> None:
    """With the link alone, in the language of the conversation; axe finds nothing on the way, light or dark.

    The copy to read opens without a network, has no barrier, fits a telephone and can be printed.
    """
    show, read, save, sure, erase, done = BUTTONS[locale]
    conversation = await house.open(locale=locale)
    await house.say(conversation, "我的电话13800138000，路灯坏了")
    async with transaction(house.engine) as connection:
        await house.hand_over().open(connection, conversation, opened_by="resident", reason="asked", service=None)
    ticket = (await house.clerks.waiting(actor("op")))[-1]
    await house.clerks.claim(LIN, ticket.id)
    async with desks_at(house) as desks, resident(browser) as someone:
        await desks.console.rights.send_link(LIN, ticket.id)
        found = re.search(r"/my-data/[0-9a-f]{32}", (await house.texts(conversation))[-1])
        assert found is not None
        page = someone.page
        await page.goto(desks.url + found[0])
        await _look(someone, f"my-data-{locale}")
        await page.get_by_role("button", name=show, exact=True).click()
        await expect(page.locator(".my-lines")).to_contain_text("****8000")
        await _look(someone, f"my-data-shown-{locale}")
        async with page.expect_download() as taken:
            await page.get_by_role("button", name=save, exact=True).click()
        assert (await taken.value).suggested_filename.endswith(".json")
        async with page.expect_download() as taken:
            await page.get_by_role("button", name=read, exact=True).click()
        kept = tmp_path / (await taken.value).suggested_filename
        await (await taken.value).save_as(kept)
        await _reads_offline(browser, kept, LANGUAGE_TAGS[locale])
        await page.get_by_role("button", name=erase).click()
        await expect(page.get_by_role("alert")).to_be_visible()
        await page.get_by_label(sure).check()
        await page.get_by_role("button", name=erase).click()
        await expect(page.get_by_role("status")).to_contain_text(done)
        assert await someone.barriers() == []
    assert await house.scalar("SELECT count(*) FROM inbound_messages WHERE outcome = 'erased'") == 1


async def _reads_offline(browser: Browser, kept: Path, tag: str) -> None:
    async with resident(browser) as someone:
        page = someone.page
        await page.context.set_offline(True)
        await page.goto(kept.as_uri())
        await expect(page.locator("html")).to_have_attribute("lang", tag)
        await expect(page.get_by_role("listitem").first).to_contain_text("****8000")
        assert await someone.barriers() == []
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 800})
            assert await page.evaluate(TOO_WIDE) == 0, width
        await page.emulate_media(media="print")
        assert await page.locator("h2").count() > 1


async def _look(someone: Resident, name: str) -> None:
    """No barrier in either scheme, nothing wider than the screen, and a picture."""
    page = someone.page
    assert await someone.barriers_by_scheme() == [], name
    await someone.pictures(name.rpartition("-")[0], [360, 1440], name.rpartition("-")[2])
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 800})
        assert await page.evaluate(TOO_WIDE) == 0, (name, width)
        await someone.screenshot(f"{name}-{width}")
