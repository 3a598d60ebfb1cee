"""Whole stores of older versions, brought to today's shape: all that was open in them goes on.

Real PostgreSQL, wire and sandbox, today's migrations, worker, actions and jobs; a puppet for a bot.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from fixtures.house import Nursery, house_at
from fixtures.payments import PayHouse, paying_at
from fixtures.upgraded import CITY, Store, meanings, names, resumed, set_down, stories
from product.talk import Talk, faults

from desk.store.migrations import upgrade
from tools.engines.postgres import Postgres
from tools.sandbox_orders import make_payable

SERVICES = ("traffic_fines", "utility_bills", "marriage_registration", "report_problem")


@dataclass(frozen=True)
class Paying:
    """What happens besides talking: a payment at the pretend Alipay."""

    house: PayHouse
    talk: Talk

    async def pay(self, _: str) -> None:
        assert self.talk.payment is not None
        await make_payable(self.house.parts, self.talk.payment["order"])
        status, answer = await self.house.control("POST", f"/alipay/pay/{self.talk.payment['order']}")
        assert status == 200, answer


@dataclass
class Upgraded:
    """A store of an older version that today's code serves."""

    store: Store
    paying: PayHouse
    told: dict[str, str]
    facts: dict[str, str]

    async def goes_on(self, story: dict[str, Any]) -> None:
        """Say what comes after the upgrade; fails where an answer is not what the story expects."""
        talk = resumed(self.store, story, self.paying.site, self.facts)
        talk.doings = Paying(self.paying, talk)  # type: ignore[assignment]
        self.told |= meanings(story["after"], talk.fill)
        for turn in story["after"]:
            wrong = faults(talk, turn, await talk.turn(turn))
            assert wrong == [], f"{story['id']}, {turn}: {wrong}"


def empty_database(postgres: Postgres) -> str:
    """A database in which nothing is, not even a table."""
    name = f"upgraded_{uuid4().hex}"
    with psycopg.connect(postgres.url_of("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return postgres.url_of(name)


@asynccontextmanager
async def upgraded(
    name: str, postgres: Postgres, redis_url: str, catalogs_folder: Path, nursery: Nursery, keys: Path, folder: Path
) -> AsyncIterator[Upgraded]:
    """Set a store down, migrate it, and serve it."""
    url, told = empty_database(postgres), dict[str, str]()
    store = set_down(name, url, folder)
    upgrade(url)
    async with (
        house_at(url, redis_url, catalogs_folder, nursery) as house,
        paying_at(house, folder, keys, services=SERVICES, told=told.__getitem__) as paying,
    ):
        facts = dict((await paying.control("GET", f"/facts/{CITY}"))[1])
        yield Upgraded(store, paying, told, facts)


@pytest.mark.parametrize("name", names())
async def test_all_that_was_open_goes_on(
    name: str,
    postgres: Postgres,
    redis_url: str,
    catalogs_folder: Path,
    nursery: Nursery,
    pay_keys: Path,
    tmp_path: Path,
) -> None:
    """Forms ask on, bills are paid once, the appointment is moved, tickets keep their places, nothing is erased."""
    wrong: list[str] = []
    async with upgraded(name, postgres, redis_url, catalogs_folder, nursery, pay_keys, tmp_path) as there:
        for story in stories():
            try:
                await there.goes_on(story)
            except AssertionError as exc:
                wrong.append(str(exc))
        taken = (await there.paying.control("GET", f"/utilities/{CITY}/payments"))[1]["payments"]
        house = there.paying.house
        booked = await house.scalar("SELECT count(*) FROM orders WHERE status = 'booked'")
        other = await house.scalar("SELECT count(*) FROM orders WHERE status <> 'booked'")
        queued = await house.scalar("SELECT string_agg(id::text, ' ' ORDER BY id) FROM tickets WHERE state = 'open'")
    assert wrong == [], "\n".join(wrong)
    amounts = sorted(there.facts[f"{kind}_amount"] for kind in ("water", "gas", "electricity"))
    assert sorted(one["amount"] for one in taken) == amounts
    assert (booked, other) == (3, 0)
    assert queued == "1001 1002"
