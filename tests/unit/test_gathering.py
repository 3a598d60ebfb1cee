"""What several ask for at the same time is done together, and each gets their own answer or error."""

import asyncio
from collections.abc import Sequence

import pytest

from desk.store.gathering import Gathering


class Doing:
    """Doubles numbers, slowly; what is negative breaks its batch."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.goes_on = asyncio.Event()

    async def do(self, numbers: Sequence[int]) -> Sequence[int]:
        self.batches.append(list(numbers))
        await self.goes_on.wait()
        if min(numbers) < 0:
            raise ValueError("negative")
        return [2 * number for number in numbers]


async def test_who_asks_meanwhile_is_in_the_next_batch() -> None:
    """The first goes alone, at once; the others together, no more than the most."""
    doing = Doing()
    gathering = Gathering(doing.do, most=3)
    asking = [asyncio.create_task(gathering.ask(number)) for number in range(5)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    later = asyncio.create_task(gathering.ask(7))
    await asyncio.sleep(0)
    doing.goes_on.set()
    assert await asyncio.gather(*asking, later) == [0, 2, 4, 6, 8, 14]
    assert [len(batch) for batch in doing.batches] == [3, 3]


async def test_a_batch_that_fails_fails_for_its_own() -> None:
    """Those of the next batch get their answers."""
    doing = Doing()
    doing.goes_on.set()
    gathering = Gathering(doing.do, most=2)
    found = await asyncio.gather(*(gathering.ask(number) for number in (-1, 1, 2, 3)), return_exceptions=True)
    assert [type(one).__name__ for one in found[:2]] == ["ValueError", "ValueError"]
    assert found[2:] == [4, 6]


async def test_who_gave_up_is_not_served() -> None:
    """Whoever stopped waiting before its batch began is left out of it, and holds up nobody."""
    doing = Doing()
    gathering = Gathering(doing.do, most=1)
    first = asyncio.create_task(gathering.ask(1))
    await asyncio.sleep(0)
    gone, last = asyncio.create_task(gathering.ask(2)), asyncio.create_task(gathering.ask(3))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    doing.goes_on.set()
    assert await asyncio.gather(first, last) == [2, 6]
    assert doing.batches == [[1], [3]]


async def test_asking_again_after_all_was_done() -> None:
    """Nothing runs while nobody asks."""
    doing = Doing()
    doing.goes_on.set()
    gathering = Gathering(doing.do, most=10)
    assert await gathering.ask(1) == 2
    with pytest.raises(ValueError, match="negative"):
        await gathering.ask(-1)
    assert await gathering.ask(4) == 8
