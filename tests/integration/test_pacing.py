"""How fast platforms are called. Real Valkey."""

from pathlib import Path

import pytest
from fixtures.house import House
from fixtures.patience import HANG_SECONDS
from fixtures.post import post_office

from desk.sending import pacing as paced
from desk.sending.pacing import Pacing
from desk.store.valkey import create_client

SLOW = 0.01  # calls a second: what was taken is not there again while a test runs


@pytest.fixture(autouse=True)
def valkey_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is: who gives up on Valkey paces by itself, by other numbers."""
    monkeypatch.setattr(paced, "ANSWER_SECONDS", HANG_SECONDS)


async def test_bulk_leaves_a_third_to_replies(house: House) -> None:
    """However much bulk wants, who waits for a reply finds calls left."""
    pacing = Pacing(house.redis)
    bulk = await pacing.account(1, 30.0, 1_000, bulk=True)
    replies = await pacing.account(1, 30.0, 1_000)
    assert bulk.calls == 20
    assert replies.calls >= 10


async def test_processes_share_an_accounts_calls(house: House) -> None:
    """What one took another has not; what was given back it has; other accounts are not concerned."""
    one, other = Pacing(house.redis), Pacing(house.redis)
    assert (await one.account(1, SLOW, 1)).calls == 1
    refused = await other.account(1, SLOW, 1)
    assert refused.calls == 0
    assert refused.wait_seconds > 0
    assert (await other.account(2, SLOW, 1)).calls == 1
    await one.give_back(1, SLOW, 1)
    assert (await other.account(1, SLOW, 1)).calls == 1


async def test_a_hold_is_for_all_processes(house: House) -> None:
    """A platform that wants to hear nothing hears nothing from anybody."""
    one, other = Pacing(house.redis), Pacing(house.redis)
    await one.hold(1, 30.0)
    assert [(await pacing.account(1, 30.0, 1)).calls for pacing in (one, other)] == [0, 0]


async def test_a_resident_is_paced_apart(house: House) -> None:
    """After a burst one waits, and nobody else does."""
    pacing = Pacing(house.redis)
    waits = [await pacing.resident(1, "somebody", SLOW, 2) for _ in range(3)]
    assert waits[:2] == [0, 0]
    assert waits[2] > 0
    assert await pacing.resident(1, "another", SLOW, 2) == 0


async def test_many_residents_are_paced_as_one_is(house: House) -> None:
    """However many are asked for together, each has a bucket of their own, which is the same as when asked alone."""
    pacing, names = Pacing(house.redis), [f"resident {number}" for number in range(600)]
    assert await pacing.resident(1, names[599], SLOW, 2) == 0
    first = await pacing.residents(1, [*names, names[0]], SLOW, 2)
    second = await pacing.residents(1, names, SLOW, 2)
    assert first == [0.0] * 601
    assert [name for name, wait in zip(names, second, strict=True) if wait > 0] == [names[0], names[599]]
    assert await pacing.resident(1, names[1], SLOW, 2) > 0
    assert await pacing.resident(2, names[1], SLOW, 2) == 0


async def test_many_residents_are_paced_while_valkey_is_away() -> None:
    """By each process alone: who wants more than its share waits."""
    async with create_client("redis://127.0.0.1:1/0") as away:
        pacing = Pacing(away)
        first = await pacing.residents(1, ["somebody", "another"], SLOW, 2)
        second = await pacing.residents(1, ["somebody", "a third"], SLOW, 2)
    assert first == [0, 0]
    assert second[0] > 0
    assert second[1] == 0


async def test_an_account_may_be_slower_than_its_platform_and_never_faster(house: House, tmp_path: Path) -> None:
    """The bound of an account is its own where that is less."""
    async with post_office(house, tmp_path, rate=10.0) as office:
        telegram, account = office.register.channels["telegram"], office.account
        rates = [telegram.abilities.rate(given) for given in (account.rate, None, 1e6)]
    assert rates == [10.0, 30.0, 30.0]
