"""Staff of the bench `trainer` at the console, in a real browser: by keys and forms, as pages offer them."""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pyotp
from playwright.async_api import Locator, Page

from bench.staff import Hired
from desk.contract.errors import DeskError

TEACHING = "/console/teaching"
MODELS = f"{TEACHING}/models"
REQUEST = re.compile(r"/console/requests/([0-9]+)")
MODEL = re.compile(rf"{MODELS}/([0-9]+)")
PATIENCE_MS = 60_000
MOST_DECISIONS = 2_000
LIKELIEST = "1"
READ = """
    () => {
        const boxes = [...document.querySelectorAll('.together input[name=line]')];
        const texts = boxes.length
            ? boxes.map(one => document.querySelector(`label[for="${one.id}"] .words`))
            : [document.querySelector('[data-line-text] .words')];
        const buttons = [...document.querySelectorAll('#command button[data-key]')];
        return {
            said: texts.map(one => one.textContent),
            keys: Object.fromEntries(buttons.map(one => [one.value, one.dataset.key])),
            others: [...document.querySelectorAll('#other option')].map(one => one.value),
        };
    }
"""
"""What the page of a group shows: its messages, and how each command is chosen."""

type Meant = Callable[[str], str | None]
"""What a message means, as a command; None: nobody knows."""


class ConsoleError(DeskError):
    """The console did not let a member of staff do what they are there for."""


@dataclass(frozen=True)
class Labelled:
    """What was labelled: how many messages by how many decisions, how many of those by a digit, and in what time."""

    messages: int
    decisions: int
    by_digit: int
    seconds: float


class AtConsole:
    """Somebody in front of the console at a url."""

    def __init__(self, page: Page, url: str) -> None:
        page.set_default_timeout(PATIENCE_MS)
        self._page = page
        self._url = url

    async def log_in(self, one: Hired) -> None:
        """Log in by password and code."""
        await self._open("/console/login")
        fields = {"login": one.login, "password": one.password, "code": pyotp.TOTP(one.totp).now()}
        for name, value in fields.items():
            await self._page.locator(f"#{name}").fill(value)
        await self._page.keyboard.press("Enter")
        await self._page.wait_for_url("**/console")

    async def label(self, meant: Meant) -> Labelled:
        """Label all groups of the inbox, by keys alone but for what is chosen of the list.

        Raises:
            ConsoleError: a decision was not taken, or the inbox does not become empty.
        """
        began, messages, by_digit, decisions = time.monotonic(), 0, 0, 0
        await self._goes(lambda: self._press("g", "l"))
        await self._goes(lambda: self._press("n"))
        while await self._page.locator("#label").count():
            decisions += 1
            if decisions > MOST_DECISIONS:
                raise ConsoleError(f"The inbox is not empty after {MOST_DECISIONS} decisions.")
            chosen, was_digit = await self._decide(meant)
            messages, by_digit = messages + chosen, by_digit + was_digit
        return Labelled(messages, decisions, by_digit, round(time.monotonic() - began, 1))

    async def _decide(self, meant: Meant) -> tuple[int, bool]:
        """Decide what the group in front is. Answers of how many messages, and whether by a digit."""
        shown = await self._page.evaluate(READ)
        meanings = [meant(one) for one in shown["said"]]
        wanted = meanings[0]
        for place, one in enumerate(meanings):
            if one != wanted:
                await self._page.locator(".together input[name=line]").nth(place).uncheck()
        key = LIKELIEST if wanted is None else shown["keys"].get(wanted)
        if key is None and wanted in shown["others"]:
            await self._press("c")
            await self._page.locator("#other").select_option(wanted)
            await self._press("Escape")
        await self._goes(lambda: self._press(key or ("w" if wanted in shown["others"] else LIKELIEST)))
        return meanings.count(wanted), key is not None

    async def taught(self) -> str:
        """The file with what was labelled and settled, as turns of the project."""
        await self._open(f"{TEACHING}/files")
        form = self._page.locator(f'form[action="{TEACHING}/export"]')
        await form.locator("[name=only_new]").check()
        async with self._page.expect_download() as given:
            await self._press_button(form)
        path = await (await given.value).path()
        return await asyncio.to_thread(path.read_text, encoding="utf-8")

    async def train(self, reason: str) -> int:
        """Have the files as they are trained. Answers the model's number."""
        await self._open(MODELS)
        form = self._page.locator(f'form[action="{MODELS}"]')
        await form.locator("#reason").fill(reason)
        return _number(MODEL, await self._goes(lambda: self._press_button(form)))

    async def canary(self, model: int, percent: int, reason: str) -> int:
        """Ask that a model answers a share of all residents. Answers the request's number."""
        await self._open(f"{MODELS}/{model}")
        panel = self._page.locator("#do-canary")
        await panel.locator("summary").click()
        await panel.locator("#percent").fill(str(percent))
        await panel.locator("#canary-reason").fill(reason)
        return _number(REQUEST, await self._goes(lambda: self._press_button(panel)))

    async def release(self, model: int, reason: str) -> int:
        """Ask that a model answers all. Answers the request's number."""
        await self._open(f"{MODELS}/{model}")
        panel = self._page.locator("#do-release")
        await panel.locator("#release-reason").fill(reason)
        return _number(REQUEST, await self._goes(lambda: self._press_button(panel)))

    async def allow(self, request: int) -> None:
        """Allow what another asked for."""
        await self._open(f"/console/requests/{request}")
        await self._goes(lambda: self._page.locator("[name=decision][value=allow]").click())

    async def look_at(self, model: int) -> None:
        """Open a model's page."""
        await self._open(f"{MODELS}/{model}")

    async def go_back(self) -> None:
        """Press what has the model in front answer again: one click."""
        await self._press_button(self._page.locator("#do-back"))

    async def _open(self, path: str) -> None:
        answer = await self._page.goto(self._url + path)
        if answer is None or not answer.ok:
            raise ConsoleError(f"{path} was answered with {answer.status if answer else 'nothing'}.")

    async def _press(self, *keys: str) -> None:
        for key in keys:
            await self._page.wait_for_load_state("load")
            await self._page.keyboard.press(key)

    async def _press_button(self, within: Locator) -> None:
        await within.locator("button:not([type=button])").click()

    async def _goes(self, act: Callable[[], Any]) -> str:
        """Do what leads to another page. Answers its path.

        Raises:
            ConsoleError: it says that something is wrong.
        """
        here = self._page.url
        await act()
        await self._page.wait_for_url(lambda url: url != here)
        await self._page.wait_for_load_state("load")
        path = urlsplit(self._page.url).path
        if await self._page.locator(".errors").count():
            raise ConsoleError(f"{path}: {await self._page.locator('.errors').inner_text()}")
        return path


def _number(pattern: re.Pattern[str], path: str) -> int:
    found = pattern.fullmatch(path)
    if found is None:
        raise ConsoleError(f"The console led to {path}.")
    return int(found[1])
