"""One's own matters in a real browser: from the chat without a code, elsewhere with one; no barrier."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fixtures.cases import appointment, report
from fixtures.house import House
from fixtures.post import post_office
from fixtures.resident import Resident, resident
from fixtures.visiting import CITY, PHONE, hall_at, session_of
from playwright.async_api import Browser, expect

from sandbox.alipay.identity import ensure_keys

WIDTHS = (320, 768, 1920)
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
WORDS = {
    "zh_Hans": ("手机号", "获取验证码", "验证码", "查看我的事项", "在其他设备上也显示", "在这台设备上退出"),
    "zh_Hant": ("手機號碼", "取得驗證碼", "驗證碼", "查看我的事項", "在其他裝置上也顯示", "在這部裝置上登出"),
    "en": (
        "Mobile number",
        "Text me a code",
        "Code",
        "Show my matters",
        "Show on my other devices",
        "Sign out on this device",
    ),
}


@pytest.fixture(scope="session")
def pay_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys of the pretend Alipay, made once."""
    return ensure_keys(tmp_path_factory.mktemp("pay-keys"))


@pytest.mark.parametrize("lang", list(WORDS))
async def test_a_resident_sees_their_matters_here_and_elsewhere(
    house: House, browser: Browser, tmp_path: Path, pay_keys: Path, lang: str
) -> None:
    """In the chat's browser at once; a telephone and its code there; kept, and seen in another browser; signed out."""
    phone, send, code, show, keep, leave = WORDS[lang]
    async with hall_at(house, tmp_path, pay_keys) as hall:
        chat, _ = await hall.chat(lang)
        at = (datetime.now(UTC) + timedelta(days=3)).isoformat(timespec="minutes")
        await hall.keep(chat, appointment(1, at), PHONE)
        await hall.keep(chat, report(9))
        token = await session_of(house, chat)
        address = f"{hall.site.url}/{CITY}/my-matters?lang={lang}"
        async with resident(browser) as someone, resident(browser) as elsewhere:
            page = someone.page
            await page.goto(address)
            await look(someone, f"my-matters-nobody-{lang}")
            kept = {"session": str(chat.id), "token": token, "city": CITY, "locale": lang, "seq": 0}
            await page.evaluate(
                "([name, kept]) => localStorage.setItem(name, kept)",
                [
                    f"city-chat:{CITY}:session",
                    json.dumps(kept),
                ],
            )
            await page.reload()
            await expect(page.locator(".own-list li")).to_have_count(2)
            await page.get_by_label(phone, exact=True).fill("13800")
            await page.get_by_role("button", name=send, exact=True).click()
            await expect(page.get_by_role("alert")).to_be_visible()
            await look(someone, f"my-matters-wrong-{lang}")
            await prove(someone, hall.code, (phone, send, code, show))
            await look(someone, f"my-matters-{lang}")
            await someone.pictures("my-matters", [360, 1440], lang)
            await page.get_by_role("button", name=keep, exact=True).click()
            await elsewhere.page.goto(address)
            await prove(elsewhere, hall.code, (phone, send, code, show))
            await expect(elsewhere.page.locator(".own-list li")).to_have_count(2)
            await look(elsewhere, f"my-matters-elsewhere-{lang}")
            await elsewhere.page.get_by_role("button", name=leave, exact=True).click()
            await expect(elsewhere.page.locator(".own-list li")).to_have_count(0)
            faults = [*someone.faults, *elsewhere.faults]
        assert [one for one in faults if "422" not in one] == []


TEXTS = {
    "zh_Hans": ("发短信提示我", "停止短信提示"),
    "zh_Hant": ("發短訊提示我", "停止短訊提示"),
    "en": ("Text me", "Stop the text messages"),
}


@pytest.mark.parametrize("lang", list(TEXTS))
async def test_text_messages_are_wished_and_ended(
    house: House, browser: Browser, tmp_path: Path, pay_keys: Path, lang: str
) -> None:
    """Explained before a telephone is proved, asked then, ended by one press; no barrier at any step."""
    wish, end = TEXTS[lang]
    phone, send, code, show, *_ = WORDS[lang]
    (tmp_path / "sms").mkdir()
    async with (
        post_office(house, tmp_path / "sms", channel="sms") as office,
        hall_at(house, tmp_path, pay_keys, office.channels) as hall,
        resident(browser) as someone,
    ):
        chat, _ = await hall.chat(lang)
        await hall.keep(chat, report(9))
        token = await session_of(house, chat)
        page = someone.page
        await page.goto(f"{hall.site.url}/{CITY}/my-matters?lang={lang}")
        kept = {"session": str(chat.id), "token": token, "city": CITY, "locale": lang, "seq": 0}
        await page.evaluate(
            "([name, kept]) => localStorage.setItem(name, kept)", [f"city-chat:{CITY}:session", json.dumps(kept)]
        )
        await page.reload()
        texts = page.locator("#own-texts")
        await expect(texts).to_be_visible()
        await look(someone, f"my-matters-texts-how-{lang}")
        await prove(someone, hall.code, (phone, send, code, show))
        await look(someone, f"my-matters-texts-ask-{lang}")
        await texts.get_by_role("button", name=wish, exact=True).click()
        await expect(texts.get_by_role("button", name=end, exact=True)).to_be_visible()
        await look(someone, f"my-matters-texts-is-{lang}")
        await texts.get_by_role("button", name=end, exact=True).click()
        await expect(texts.get_by_role("button", name=wish, exact=True)).to_be_visible()
        assert someone.faults == []


async def test_it_works_without_scripts_and_in_large_letters(
    house: House, browser: Browser, tmp_path: Path, pay_keys: Path
) -> None:
    """Forms alone prove a telephone; with scripts, who wants the chat larger has the page larger, too."""
    async with hall_at(house, tmp_path, pay_keys) as hall:
        chat, _ = await hall.chat()
        at = (datetime.now(UTC) + timedelta(days=3)).isoformat(timespec="minutes")
        await hall.keep(chat, appointment(1, at), PHONE)
        address = f"{hall.site.url}/{CITY}/my-matters?lang=en"
        context = await browser.new_context(java_script_enabled=False)
        page = await context.new_page()
        await page.goto(address)
        phone, send, code, show, *_ = WORDS["en"]
        await page.get_by_label(phone, exact=True).fill(PHONE)
        await page.get_by_role("button", name=send, exact=True).click()
        await page.get_by_label(code, exact=True).fill(await hall.code())
        await page.get_by_role("button", name=show, exact=True).click()
        await expect(page.locator(".own-list li")).to_have_count(1)
        await context.close()
        async with resident(browser) as someone:
            await someone.page.goto(address)
            await someone.page.evaluate("localStorage.setItem('city-chat:elderly', '1')")
            await someone.page.reload()
            size = await someone.page.evaluate("getComputedStyle(document.documentElement).fontSize")
            assert size == "20px"
            await look(someone, "my-matters-large")


async def prove(someone: Resident, got: Callable[[], Awaitable[str]], words: tuple[str, str, str, str]) -> None:
    """Type the telephone, and the code that it got."""
    phone, send, code, show = words
    page = someone.page
    await page.get_by_label(phone, exact=True).fill(PHONE)
    await page.get_by_role("button", name=send, exact=True).click()
    await expect(page.get_by_label(code, exact=True)).to_be_visible()
    await look(someone, "my-matters-code")
    await page.get_by_label(code, exact=True).fill(await got())
    await page.get_by_role("button", name=show, exact=True).click()
    await expect(page.locator(".own-who")).to_be_visible()


async def look(someone: Resident, name: str) -> None:
    """No barrier in either scheme, nothing wider than the screen, and a picture."""
    page = someone.page
    assert await someone.barriers_by_scheme() == [], name
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 800})
        assert await page.evaluate(TOO_WIDE) == 0, (name, width)
        await someone.screenshot(f"{name}-{width}")
