"""`desk sandbox pay`: an order that the pretend Alipay knows, one that it has closed, and what is no order."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from fixtures.alipay import AMOUNT, ORDER, Merchant
from fixtures.desk_command import Done, run_desk

from desk.store.keys import make as make_secret


@dataclass
class Payer:
    """Somebody who pays by the command."""

    merchant: Merchant
    folder: Path

    async def pay(self, *arguments: str, sandbox: bool = True) -> Done:
        addresses = {"DESK_SANDBOX_URL": self.merchant.url} if sandbox else {}
        return await asyncio.to_thread(run_desk, self.folder, "sandbox", "pay", *arguments, **addresses)


@pytest.fixture
async def payer(merchant: Merchant, tmp_path: Path) -> Payer:
    make_secret(tmp_path)
    return Payer(merchant, tmp_path)


async def test_order_that_was_opened_is_paid(payer: Payer) -> None:
    """The gateway knows it already; the line for people says what was paid."""
    await payer.merchant.precreate()
    done = await payer.pay(ORDER)
    assert done.code == 0
    assert done.stdout.startswith(f"Paid: {AMOUNT} yuan for order {ORDER}")


async def test_json_is_the_trade_and_nothing_else(payer: Payer) -> None:
    """For scripts."""
    await payer.merchant.precreate()
    done = await payer.pay(ORDER, "--json")
    assert (done.code, done.stderr) == (0, "")
    trade = json.loads(done.stdout)
    assert (trade["order"], trade["status"], trade["amount"]) == (ORDER, "TRADE_SUCCESS", AMOUNT)
    await payer.merchant.receiver.until(lambda: len(payer.merchant.receiver.believed) == 2)
    assert [n.status for n in payer.merchant.receiver.believed] == ["WAIT_BUYER_PAY", "TRADE_SUCCESS"]


async def test_order_that_nobody_has_opened_needs_a_desk_that_runs(payer: Payer) -> None:
    """One line on stderr that says what to start, exit code 1, nothing paid."""
    done = await payer.pay(ORDER)
    assert (done.code, done.stdout) == (1, "")
    assert "make run" in done.stderr
    assert "Traceback" not in done.stderr


async def test_closed_order_says_that_it_cannot_be_paid(payer: Payer) -> None:
    """The gateway's reason."""
    async with payer.merchant.session.get(await payer.merchant.precreate()):
        pass
    await payer.merchant.client.close(ORDER)
    done = await payer.pay(ORDER)
    assert (done.code, "closed" in done.stderr) == (1, True)


@pytest.mark.parametrize("order", ["123", "../reset", "٢٠٢٦١١٢٤٠٠٠٠٠٠٠٠٠١"])
async def test_what_is_no_order_number_is_refused_at_once(payer: Payer, order: str) -> None:
    """Nobody is asked."""
    done = await payer.pay(order)
    assert (done.code, "24 digits" in done.stderr, payer.merchant.receiver.believed) == (1, True, [])


async def test_without_a_sandbox_it_says_how_to_start_one(payer: Payer) -> None:
    """The mend is in the line."""
    done = await payer.pay(ORDER, sandbox=False)
    assert done.code == 1
    assert "make run" in done.stderr
