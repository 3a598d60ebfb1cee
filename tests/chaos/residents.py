"""Residents who pay: each in a conversation of its own, over pages that fail, and as stubborn as a browser."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from aiohttp import ClientError
from chaos.cars import CITY, Car
from chaos.stories import Story
from chaos.town import PAUSE, Town
from fixtures.web import Caller

STUBBORN_SECONDS = 240.0  # a resident gives up after that, and the run has failed
RECEIPT = re.compile(r"https?://\S+/receipt/(R\d+-\d)\?c=\w+")


class NotYetError(Exception):
    """What was asked for did not come; it is asked for again."""


async def stubborn[T](ask: Callable[[], Awaitable[T]], what: str) -> T:
    """Ask until it works.

    Raises:
        AssertionError: it did not, for minutes.
    """
    last: BaseException | None = None
    try:
        async with asyncio.timeout(STUBBORN_SECONDS):
            while True:
                try:
                    return await ask()
                except (ClientError, AssertionError, OSError, NotYetError) as exc:
                    last = exc
                    await asyncio.sleep(PAUSE)
    except TimeoutError:
        raise AssertionError(f"{what}: {last!r}") from last


@dataclass
class Resident:
    """One story, lived."""

    story: Story
    car: Car
    town: Town
    caller: Caller | None = None
    order: str = ""
    url: str = ""
    amount: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)
    asked: int = 0

    async def opens(self) -> None:
        """Ask for the car's fines, and for a payment of all of them, until there is an order."""
        site = self.town.product.site
        self.caller = await stubborn(lambda: site.open(city=CITY), f"{self.story.name}: no session")
        payment = await stubborn(self._offer, f"{self.story.name}: no order")
        self.order, self.amount = payment["order"], payment["amount"]
        self.url = urlsplit(payment["url"]).path + "?" + urlsplit(payment["url"]).query

    async def pays(self) -> None:
        """Live the story from the order to the payment."""
        story, control = self.story, self.town.control
        if story.kind in ("counter", "partly"):
            notice, amount = list(self.car.notices.items())[-1]
            await self.town.counter(notice, f"{amount:.2f}")
        address = await self._made_payable()
        if story.forgery and story.kind == "unpaid":
            await self._mischief(story.forgery, now=True)
            return
        if story.kind == "cancelled":
            await self.says("取消")
        for what in (story.mischief, story.forgery):
            if what:
                await self._mischief(what, count=1 if address or what == "reorder" else 2)
        if address:
            await stubborn(lambda: self._confirmed(address), f"{story.name}: the cashier")
        else:
            await control("POST", f"/alipay/pay/{self.order}")
        if story.forgery:
            await self._mischief(story.forgery, now=True)

    async def says(self, text: str = "", **said: str) -> list[dict[str, Any]]:
        """Say something, once, whatever dies meanwhile; answers the events up to its turn_done."""
        caller, name, after = self._caller, uuid4().hex, self.events[-1]["seq"] if self.events else 0
        said = said or {"text": text}
        self.asked += 1

        async def accepted() -> str:
            status, body = await caller.post(name, **said)
            assert status in (200, 202), body
            return str(body["message_id"])

        message = await stubborn(accepted, f"{self.story.name}: not accepted")

        async def done() -> list[dict[str, Any]]:
            if not any(one["type"] == "turn_done" and one["in_reply_to"] == message for one in self.events):
                await self.listens(wait=5)
                raise NotYetError(f"no answer to {said}")
            return [one for one in self.events if one["seq"] > after]

        return await stubborn(done, self.story.name)

    async def listens(self, wait: float = 0) -> None:
        """Take what has come since."""
        while page := await self._caller.page(after=self.events[-1]["seq"] if self.events else 0, wait=wait):
            self.events += page
            wait = 0

    @property
    def heard(self) -> list[str]:
        """Statuses of the payment events, in order."""
        return [one["payment"]["status"] for one in self.events if one["type"] == "payment"]

    @property
    def receipts(self) -> dict[str, str]:
        """Addresses of receipts that were named in the conversation, by number."""
        texts = [one["message"]["text"] for one in self.events if one["type"] == "message"]
        return {found[1]: found[0] for text in texts for found in RECEIPT.finditer(text)}

    @property
    def _caller(self) -> Caller:
        assert self.caller is not None
        return self.caller

    async def _offer(self) -> dict[str, Any]:
        """Ask once: the police may be away, and the fines are then asked for again."""
        events = await self.says(f"查违章 {self.car.plate} 车架号后六位{self.car.tail}")
        buttons = [one for event in events if event["type"] == "message" for one in event["message"]["buttons"]]
        every = [one["payload"] for one in buttons if '"all-' in one["payload"]]
        events = await (self.says(payload=every[0]) if every else self.says("缴费"))
        payment = events[-1]["payment"]
        if payment is None:
            raise NotYetError(f"no payment was offered: {[_text(one) for one in events]}")
        return dict(payment)

    async def _made_payable(self) -> str | None:
        """Open the pay page: have a code made (None), or be led to the cashier: its address."""
        site, what = self.town.product.site, f"{self.story.name}: the pay page"
        path, _, key = self.url.partition("?")

        async def opened() -> str | None:
            assert (await site.ask("GET", self.url))[0] == 200
            if self.story.way == "code":
                status, _, _ = await site.ask("GET", f"{path}/qr.svg?{key}")
                assert status == 200, status
                return None
            led = await site.ask("GET", f"{path}/prepare?{key}&on=phone", allow_redirects=False)
            assert led[0] == 303, led[0]
            status, _, headers = await site.ask_at(led[2]["Location"], allow_redirects=False)
            assert status == 302, status
            return self.town.sandbox.url + headers["Location"]

        return await stubborn(opened, what)

    async def _confirmed(self, address: str) -> None:
        await self.town.product.site.ask_at(address, "POST", data={"do": "pay"}, allow_redirects=False)
        trade = await self.town.control("GET", f"/alipay/trades/{self.order}")
        assert trade["paid_at"], trade

    async def _mischief(self, what: str, **more: object) -> None:
        more = {"order": self.order, "times": 3, "seconds": 3600, **more}
        await self.town.control("POST", "/alipay/notifications", {"what": what, **more})


def _text(event: dict[str, Any]) -> str:
    return str(event["message"]["text"]) if event["type"] == "message" else str(event["type"])
