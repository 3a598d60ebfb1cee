"""What a search means: asked of the bot in time, seldom, and not while it is away."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from desk.contract.errors import BotUnreachable
from desk.contract.messages import Intent
from desk.contract.turns import Understood
from desk.web.site.meaning import AT_ONCE, GUIDE, KEPT_SECONDS, NOTHING_MEANT, SERVICE, Meanings, meant_by

LOST = [
    ("id_card_lost", "step", 2, 0.1),
    ("passport_lost", "step", 1, GUIDE + 0.15),
    ("id_card_lost", "answer", 0, GUIDE + 0.2),
    ("found_things", "answer", 0, GUIDE + 0.05),
]


def understood(confidence: float = SERVICE, likeness: Sequence[float] = ()) -> Understood:
    return Understood(
        intent=Intent(name="traffic_fines", confidence=confidence), follows={}, passages=LOST, likeness=[*likeness]
    )


@dataclass
class Bot:
    """A bot with a memory of what it was asked; it answers once it is let."""

    asked: list[str] = field(default_factory=list)
    stood: list[str] = field(default_factory=list)
    is_away: bool = False
    may: asyncio.Event = field(default_factory=asyncio.Event)

    def stands_at(self, url: str) -> None:
        self.stood.append(url)

    async def understand(
        self, text: str, compared: Sequence[str] = (), *, asked: bool = False, seconds: float
    ) -> Understood:
        assert asked
        self.asked.append(text)
        if self.is_away:
            raise BotUnreachable("away")
        async with asyncio.timeout(max(seconds, 5)):
            await self.may.wait()
        return understood(likeness=[0.5] * len(compared))


@dataclass
class World:
    bot: Bot = field(default_factory=Bot)
    seconds: float = 0.0
    meanings: Meanings = field(init=False)

    def __post_init__(self) -> None:
        self.bot.may.set()
        self.meanings = Meanings(self.bot, lambda: f"http://bot-{len(self.bot.stood)}", lambda: self.seconds)


@pytest.fixture
def world() -> World:
    return World()


def test_only_what_is_sure_enough_is_meant() -> None:
    """A service by its intent, guides by their nearest passage, the nearest first; none much further than that."""
    meant = meant_by(understood())
    assert (meant.service, list(meant.guides)) == ("traffic_fines", ["id_card_lost", "passport_lost"])
    assert meant_by(understood(confidence=SERVICE - 0.01)).service is None


async def test_the_same_is_asked_once(world: World) -> None:
    """For some minutes, however many look for it."""
    for _ in range(3):
        assert (await world.meanings.of("flashed", ["a title"])).likeness == (0.5,)
    assert world.bot.asked == ["flashed"]
    world.seconds += KEPT_SECONDS
    await world.meanings.of("flashed", ["a title"])
    assert len(world.bot.asked) == 2


async def test_a_bot_that_is_away_is_left_alone(world: World) -> None:
    """Words alone find; after some failures it is not asked for a while, and then where it stands by then."""
    world.bot.is_away = True
    for number in range(8):
        assert await world.meanings.of(f"search {number}") == NOTHING_MEANT
    assert len(world.bot.asked) == 5
    world.bot.is_away = False
    world.seconds += 10
    assert (await world.meanings.of("search")).service == "traffic_fines"
    assert world.bot.stood == ["http://bot-0", "http://bot-1"]


async def test_few_ask_at_once(world: World) -> None:
    """Who comes while the bot is busy has what words find; turns of residents come first."""
    world.bot.may.clear()
    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(world.meanings.of(f"search {number}")) for number in range(AT_ONCE)]
        await asyncio.sleep(0)
        assert await world.meanings.of("one more") == NOTHING_MEANT
        world.bot.may.set()
    assert {one.result().service for one in waiting} == {"traffic_fines"}
    assert "one more" not in world.bot.asked


async def test_a_single_letter_means_nothing(world: World) -> None:
    """The bot is not asked."""
    assert await world.meanings.of("a") == NOTHING_MEANT
    assert world.bot.asked == []
