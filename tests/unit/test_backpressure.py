"""Who gives way to whom in a process."""

import asyncio

from desk.store.backpressure import GIVE_WAY_SECONDS, Backpressure


async def test_bulk_goes_on_at_once_while_nobody_waits() -> None:
    """Nothing is held up where no resident waits."""
    async with asyncio.timeout(GIVE_WAY_SECONDS / 2):
        await Backpressure().give_way()


async def test_bulk_waits_for_the_last_resident() -> None:
    """Of two who wait the second counts too."""
    backpressure, done = Backpressure(), []

    async def bulk() -> None:
        await backpressure.give_way()
        done.append("bulk")

    with backpressure.resident():
        with backpressure.resident():
            telling = asyncio.create_task(bulk())
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.01)
        done.append("resident")
    await telling
    assert done == ["resident", "bulk"]


async def test_bulk_never_stands_still() -> None:
    """Though somebody waits all the time, bulk goes on after a while."""
    backpressure = Backpressure()
    with backpressure.resident():
        async with asyncio.timeout(GIVE_WAY_SECONDS * 20):
            await backpressure.give_way()
            await backpressure.give_way()


async def test_bulk_waits_for_residents_at_other_processes() -> None:
    """Who waits elsewhere counts as who waits here does, and as briefly."""
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

    async with asyncio.timeout(GIVE_WAY_SECONDS * 20):
        await Backpressure(elsewhere).give_way()
