"""Who gives way to whom in a process."""

import asyncio

import pytest
from fixtures.patience import HANG_SECONDS

from desk.store import backpressure
from desk.store.backpressure import Backpressure


async def test_bulk_goes_on_at_once_while_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is held up where no resident waits."""
    monkeypatch.setattr(backpressure, "GIVE_WAY_SECONDS", 10 * HANG_SECONDS)
    async with asyncio.timeout(HANG_SECONDS):
        await Backpressure().give_way()


async def test_bulk_waits_for_the_last_resident(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two who wait the second counts too."""
    monkeypatch.setattr(backpressure, "GIVE_WAY_SECONDS", HANG_SECONDS)
    shared, done = Backpressure(), list[str]()

    async def bulk() -> None:
        await shared.give_way()
        done.append("bulk")

    with shared.resident():
        with shared.resident():
            telling = asyncio.create_task(bulk())
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.01)
        done.append("resident")
    await telling
    assert done == ["resident", "bulk"]


async def test_bulk_never_stands_still() -> None:
    """Though somebody waits all the time, bulk goes on after a while."""
    shared = Backpressure()
    with shared.resident():
        async with asyncio.timeout(HANG_SECONDS):
            await shared.give_way()
            await shared.give_way()


async def test_bulk_waits_for_residents_at_other_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits elsewhere counts as who waits here does."""
    monkeypatch.setattr(backpressure, "GIVE_WAY_SECONDS", HANG_SECONDS)
    asked = iter([True, True, False])
    answers = []

    async def elsewhere() -> bool:
        answers.append(next(asked))
        return answers[-1]

    await Backpressure(elsewhere).give_way()
    assert answers == [True, True, False]


async def test_bulk_never_stands_still_for_residents_elsewhere() -> None:
    """However long somebody waits at another process, bulk goes on after a while."""

    async def elsewhere() -> bool:
        return True

    async with asyncio.timeout(HANG_SECONDS):
        await Backpressure(elsewhere).give_way()
