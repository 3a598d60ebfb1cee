"""`desk sandbox pay`, straight after the chat offered an order and later, beside a desk of the test's own."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from fixtures.alipay import AMOUNT, ORDER, SUBJECT, Merchant, served
from fixtures.desk_command import Done, run_desk

from desk.store.keys import make as make_secret


@dataclass
class Desk:
    """The one route of the desk that the command needs."""

    merchant: Merchant
    folder: Path
    url: str = ""
    status: int = 200
    prepared: list[str] = field(default_factory=list)

    async def prepare(self, request: web.Request) -> web.Response:
        order = request.match_info["order"]
        self.prepared.append(order)
        if self.status != 200:
            return web.json_response({"title": "This order has been cancelled."}, status=self.status)
        await self.merchant.client.precreate(order, AMOUNT, SUBJECT, minutes=30)
        return web.json_response({"status": "open"})

    async def pay(self, *arguments: str, sandbox: bool = True) -> Done:
        addresses = {"DESK_PUBLIC_URL": self.url} | ({"DESK_SANDBOX_URL": self.merchant.url} if sandbox else {})
        return await asyncio.to_thread(run_desk, self.folder, "sandbox", "pay", *arguments, **addresses)


@asynccontextmanager
async def desk_of(merchant: Merchant, folder: Path) -> AsyncIterator[Desk]:
    desk = Desk(merchant, folder)
    make_secret(folder)
    application = web.Application()
    application.router.add_post("/pay/{order}/prepare", desk.prepare)
    async with served(application) as server:
        desk.url = str(server.make_url("")).rstrip("/")
        yield desk


@pytest.fixture
async def desk(merchant: Merchant, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk_of(merchant, tmp_path) as desk:
        yield desk


async def test_order_that_nobody_has_opened_is_paid(desk: Desk) -> None:
    """The command has the desk prepare it, then pays; --json prints the trade and nothing else."""
    done = await desk.pay(ORDER, "--json")
    assert (done.code, done.stderr) == (0, "")
    trade = json.loads(done.stdout)
    assert (trade["order"], trade["status"], trade["amount"]) == (ORDER, "TRADE_SUCCESS", AMOUNT)
    assert desk.prepared == [ORDER]
    assert [n.status for n in desk.merchant.receiver.believed] == ["WAIT_BUYER_PAY", "TRADE_SUCCESS"]


async def test_order_that_was_opened_is_paid_without_asking_the_desk(desk: Desk) -> None:
    """The gateway knows it already; the line for people says what was paid."""
    await desk.merchant.precreate()
    done = await desk.pay(ORDER)
    assert done.code == 0
    assert done.stdout.startswith(f"Paid: {AMOUNT} yuan for order {ORDER}")
    assert desk.prepared == []


@pytest.mark.parametrize(("status", "says"), [(404, "cancelled"), (409, "cancelled"), (503, "status 503")])
async def test_order_that_the_desk_refuses_says_why(desk: Desk, status: int, says: str) -> None:
    """One line on stderr with the desk's reason, exit code 1, nothing paid."""
    desk.status = status
    done = await desk.pay(ORDER)
    assert (done.code, done.stdout) == (1, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


async def test_closed_order_says_that_it_cannot_be_paid(desk: Desk) -> None:
    """The gateway's reason."""
    async with desk.merchant.session.get(await desk.merchant.precreate()):
        pass
    await desk.merchant.client.close(ORDER)
    done = await desk.pay(ORDER)
    assert (done.code, "closed" in done.stderr) == (1, True)


@pytest.mark.parametrize("order", ["123", "../reset", "٢٠٢٦١١٢٤٠٠٠٠٠٠٠٠٠١"])
async def test_what_is_no_order_number_is_refused_at_once(desk: Desk, order: str) -> None:
    """Nobody is asked."""
    done = await desk.pay(order)
    assert (done.code, "24 digits" in done.stderr, desk.prepared) == (1, True, [])


async def test_without_a_sandbox_it_says_how_to_start_one(desk: Desk) -> None:
    """The mend is in the line."""
    done = await desk.pay(ORDER, sandbox=False)
    assert done.code == 1
    assert "make run" in done.stderr
