"""Who comes to accounts of several cities: the bot is told which, and coming back to one is a turn. Real stores."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fixtures.fake_bot import FakeBot
from fixtures.house import KEYS, House
from fixtures.post import PostOffice, post_office
from sqlalchemy import Row

from desk.accounts.people import name_of
from desk.accounts.rows import AccountRow
from desk.contract.channel import Inbound, Subscribed, TextReceived, Unsubscribed
from desk.intake.residents import FIND
from desk.store.database import transaction

WHO = "77001"

type Towns = tuple[PostOffice, AccountRow, AccountRow]
"""The post office, and an account of each of two cities."""


@pytest.fixture
async def towns(house: House, tmp_path: Path) -> AsyncIterator[Towns]:
    """The telegram accounts of two cities."""
    async with post_office(house, tmp_path) as office:
        yield office, office.account, await second(office)


async def second(office: PostOffice) -> AccountRow:
    """An account of another city on the same channel."""
    other = next(slug for slug in office.house.cities if slug != office.account.city)
    async with transaction(office.house.engine) as connection:
        await office.register.ensure(
            connection,
            channel="telegram",
            slug=f"{other}-second",
            city=other,
            agency="city_hall",
            secrets=dict.fromkeys(office.register.opened(office.account).secrets.model_dump(), "x" * 40),
            platform_id="4444444444",
            base_url=None,
        )
    return await office.register.find(f"{other}-second")


async def happens(
    office: PostOffice, account: AccountRow, name: str, what: Subscribed | TextReceived | Unsubscribed
) -> None:
    one = Inbound(name, WHO, datetime.now(UTC), what)
    await office.channels.intake.take(account, office.register.channel_of(account), [one])


async def conversation_of(office: PostOffice, account: AccountRow) -> Row[Any]:
    who = {"account_id": account.id, "resident": name_of(KEYS, account.id, WHO)}
    async with office.house.engine.connect() as connection:
        return (await connection.execute(FIND, who)).one()


async def asked(office: PostOffice, account: AccountRow) -> list[dict[str, Any]]:
    """What the bot is asked once everything that waits was answered."""
    async with FakeBot() as bot, office.house.worker(bot.url):
        await office.house.settle(await conversation_of(office, account))
    return bot.requests


async def test_the_bot_knows_whose_accounts_a_resident_follows(towns: Towns) -> None:
    """The same person of a platform, whichever account they write to; this account's city first; never their name."""
    office, here, there = towns
    await happens(office, there, "1", Subscribed(""))
    await happens(office, here, "2", TextReceived("换个城市"))
    [request] = await asked(office, here)
    assert request["context"]["followed"] == [here.city, there.city]
    assert WHO not in str(request)


async def test_an_account_that_was_left_is_followed_no_more(towns: Towns) -> None:
    """Who has left the other account follows this one alone."""
    office, here, there = towns
    await happens(office, there, "1", Subscribed(""))
    await happens(office, there, "2", Unsubscribed())
    await happens(office, here, "3", TextReceived("换个城市"))
    [request] = await asked(office, here)
    assert request["context"]["followed"] == [here.city]


async def test_coming_back_after_a_move_is_a_turn(towns: Towns) -> None:
    """Who follows an account again while their conversation is in another city is greeted by the bot, which may ask."""
    office, here, there = towns
    await happens(office, here, "1", Subscribed())
    known = await conversation_of(office, here)
    async with transaction(office.house.engine) as connection:
        await connection.exec_driver_sql(f"UPDATE conversations SET city = '{there.city}' WHERE id = '{known.id}'")
    await happens(office, here, "2", Subscribed())
    [request] = await asked(office, here)
    assert (request["message"]["payload"], request["context"]["city"]) == ("/greet", there.city)
    assert request["context"]["followed"] == [here.city]
