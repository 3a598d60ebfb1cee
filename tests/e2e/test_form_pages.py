"""Each kind of page of a form, in every language: no barrier, nothing wider than a telephone; pictures for the docs.

The bot says what is asked; `test_forms.py` goes through whole services with the real one.
"""

from typing import Any

import pytest
from fixtures.drawn import drawn
from fixtures.house import House
from fixtures.resident import Resident, resident
from fixtures.street import street
from playwright.async_api import Browser, expect

from desk.contract.wire import LOCALES
from desk.web.parts import FieldWords, ServiceWords

CITY, SERVICE = "hangzhou", "traffic_fines"
FIELDS = {name: FieldWords(name) for name in ("plate", "date", "id_number", "photo")}
SERVICES = {SERVICE: ServiceWords("traffic_fines.title", "traffic_fines.description", FIELDS)}
CANCEL = {"title": {"key": "button.cancel", "args": {}}, "payload": "/cancel"}
BACK = {"command": "go_back", "title": {"key": "button.step_back", "args": {}}, "payload": "/go_back"}
FREE = [f"2026-12-{day:02}" for day in (3, 4, 7, 8, 9, 10, 11, 14, 15, 21, 30)]
WRONG = {"key": "plate.no_letter", "args": {"example": "浙A12345"}, "buttons": []}


def asks(name: str, question: str, *before: Any, **situation: Any) -> dict[str, Any]:
    """What the bot answers where the dialogue asks for a field; `before` it says more."""
    stated = {"service": SERVICE, "step": "asking", "asks_for": name, "field": name, "further": [BACK], **situation}
    reply = {"key": question, "args": {"example": "浙A12345"}, "buttons": [CANCEL]}
    return {"replies": [*before, reply], "service": SERVICE, "asks_for": name, "situation": stated}


CONFIRM = {"title": {"key": "button.confirm", "args": {}}, "payload": "/affirm"}
CHANGE = {"command": "change", "title": {"key": "card.plate", "args": {}}, "payload": '/correct{"field": "plate"}'}
PLATE = {"label": {"key": "card.plate", "args": {}}, "value": {"key": "card.value", "args": {"value": "浙A12345"}}}
CARD = {"kind": "summary", "title": {"key": "traffic_fines.title", "args": {}}, "rows": [PLATE]}
DETAIL = {"key": "form.detail", "args": {"label": {"text": PLATE["label"]}, "value": "浙A12345"}}
REVIEW = {
    "replies": [
        {
            "key": "application.summary",
            "args": {"details": {"text": DETAIL}},
            "buttons": [CONFIRM, CANCEL],
            "cards": [CARD],
        }
    ],
    "service": SERVICE,
    "asks_for": None,
    "situation": {"service": SERVICE, "step": "confirming", "confirms": "submit", "further": [CHANGE, BACK]},
}
DONE = {
    "replies": [{"key": "common.all_right", "args": {}, "cards": [{**CARD, "kind": "case"}]}],
    "service": None,
    "asks_for": None,
    "situation": {"step": "idle"},
}
STEPS = {
    "form-question": asks("plate", "traffic_fines.ask_plate"),
    "form-wrong": asks("plate", "traffic_fines.ask_plate", WRONG),
    "form-secret": asks("id_number", "marriage_registration.ask_applicant_id"),
    "form-days": asks("date", "appointment.ask_date", free=FREE),
    "form-photo": asks("photo", "report_problem.ask_photo"),
    "form-review": REVIEW,
    "form-done": DONE,
}
"""Kinds of pages, in the order in which they come."""
INPUTS = {
    "form-wrong": "[aria-invalid]",
    "form-secret": "[type=password]",
    "form-days": "[type=radio]",
    "form-photo": "#answer[type=file]",
    "form-review": ".form-change",
    "form-done": ".form-said .form-card",
}
"""What tells one from the page before it."""


@pytest.mark.parametrize("lang", LOCALES)
async def test_no_page_of_a_form_has_a_barrier(house: House, browser: Browser, lang: str) -> None:
    """axe-core finds nothing (best practices too), light or dark; 320 px need no sideways scrolling."""
    found: dict[str, Any] = {}
    async with street(house, services=SERVICES) as there, resident(browser) as someone:
        there.bot.answers = list(STEPS.values())
        await someone.page.goto(f"{there.url}/{CITY}/services/{SERVICE}/form?lang={lang}")
        for name in STEPS:
            await onward(someone)
            await expect(someone.page.locator(f"main {INPUTS.get(name, '#answer')}").first).to_be_visible()
            found[name] = (await someone.barriers_by_scheme(), await too_wide(someone))
            await someone.pictures(name, [360, 1440], lang)
        faults = [one for one in someone.faults if "422" not in one]
    assert {name: one for name, one in found.items() if one != ([], 0)} == {}
    assert faults == []


async def onward(someone: Resident) -> None:
    """Answer what is asked, if anything is, and go on; the first press begins."""
    answer, radios = someone.page.locator("#answer"), someone.page.get_by_role("radio")
    if await someone.page.locator("#answer[type=file]").count():
        await answer.set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": drawn("PNG")})
    elif await radios.count():
        await radios.first.check()
    elif await answer.count():
        await answer.fill("110105194912310021")
    await someone.page.locator("main .main-button").first.click()


async def too_wide(someone: Resident) -> int:
    """By how much the page is wider than 320 px."""
    await someone.page.set_viewport_size({"width": 320, "height": 640})
    wide = int(await someone.page.evaluate("document.documentElement.scrollWidth - innerWidth"))
    await someone.page.set_viewport_size({"width": 1280, "height": 860})
    return wide


async def test_a_day_is_given_in_ones_own_words_too(house: House, browser: Browser) -> None:
    """The question says that it can be: the box stands below the calendar, and what is written in it counts."""
    async with street(house, services=SERVICES) as there, resident(browser) as someone:
        there.bot.answers = [STEPS["form-days"], REVIEW]
        page = someone.page
        await page.goto(f"{there.url}/{CITY}/services/{SERVICE}/form?lang=en")
        await onward(someone)
        await page.get_by_role("radio").first.check()
        await page.get_by_label("Or in your own words").fill("next Wednesday")
        await page.locator("main .main-button").first.click()
        await expect(page.locator(".form-change").first).to_be_visible()
        assert there.bot.requests[-1]["message"]["text"] == "next Wednesday"
