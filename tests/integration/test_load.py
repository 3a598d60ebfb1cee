"""Many at once: order under load with several workers, floods, slow actions, two bots, bounded turns in flight."""

import asyncio
from contextlib import AsyncExitStack

from fixtures.fake_bot import FakeBot
from fixtures.house import House, assert_sound, until


async def test_order_holds_under_load_with_three_worker_processes(house: House) -> None:
    """Thirty conversations of ten messages, with errors and cut connections among them: each in order, each once."""
    async with FakeBot() as bot, AsyncExitStack() as workers:
        bot.slow_seconds = 0.003
        for _ in range(3):
            await workers.enter_async_context(house.worker_process(bot.url))
        conversations = [await house.open() for _ in range(30)]

        async def talk(number: int) -> list[int]:
            said = [f"m{place}" for place in range(10)]
            said[number % 10] = ("drop=1", "error=1", "unready=1")[number % 3]
            return [await house.say(conversations[number], each) for each in said]

        ids = await asyncio.gather(*(talk(number) for number in range(30)))
        await house.settle(*conversations)
    for conversation, message_ids in zip(conversations, ids, strict=True):
        assert_sound(await house.events(conversation), message_ids)
        assert [said.split(":")[0] for said in await house.texts(conversation)] == [str(n) for n in range(1, 11)]
    assert bot.overlaps == 0


async def test_a_flood_in_one_conversation_delays_no_other(house: House) -> None:
    """While two hundred messages of one resident wait, others are answered before the flood is half through."""
    flood, others = await house.open(), [await house.open() for _ in range(5)]
    async with FakeBot() as bot:
        bot.slow_seconds = 0.01
        async with house.worker(bot.url, turns_in_flight=2):
            ids = await asyncio.gather(*(house.say(flood, f"flood {number}") for number in range(200)))
            for other in others:
                await house.say(other, "hello")
            await house.settle(*others)
            answered = len(await house.done(flood))
            await house.settle(flood)
    assert answered < 100
    assert_sound(await house.events(flood), sorted(ids))


async def test_turns_in_flight_are_bounded(house: House) -> None:
    """A worker asks no more at once than it was allowed, however many wait."""
    conversations = [await house.open() for _ in range(12)]
    async with FakeBot() as bot:
        bot.slow_seconds = 0.1
        async with house.worker(bot.url, turns_in_flight=3):
            for conversation in conversations:
                await house.say(conversation, "hello")
            await house.settle(*conversations)
    assert bot.most_at_once == 3


async def test_slow_actions_hold_up_only_their_own_conversations(house: House) -> None:
    """While some turns are waited for, all others are answered."""
    slow, quick = [await house.open() for _ in range(3)], [await house.open() for _ in range(10)]
    async with FakeBot() as bot, house.worker(bot.url, turns_in_flight=6):
        for conversation in slow:
            await house.say(conversation, "hold")
        for conversation in quick:
            await house.say(conversation, "hello")
        await house.settle(*quick)
        assert [await house.done(conversation) for conversation in slow] == [[], [], []]
        bot.let_go.set()
        await house.settle(*slow)


async def test_two_bots_share_the_turns_and_one_may_go(house: House) -> None:
    """Both are asked; with one gone the other answers everything; come back, it is asked again."""
    async with FakeBot() as one, FakeBot() as two:
        one.slow_seconds = two.slow_seconds = 0.02
        async with house.worker(f"{one.url},{two.url}"):

            async def ask() -> tuple[int, int]:
                before = len(one.requests), len(two.requests)
                conversations = [await house.open() for _ in range(20)]
                ids = [[await house.say(each, "a"), await house.say(each, "b")] for each in conversations]
                await house.settle(*conversations)
                for conversation, message_ids in zip(conversations, ids, strict=True):
                    assert_sound(await house.events(conversation), message_ids)
                return len(one.requests) - before[0], len(two.requests) - before[1]

            both = await ask()
            await one.down()
            gone = await ask()
            await one.up()
            await asyncio.sleep(1.0)  # the longest rest of an address that refused
            back = await ask()
    assert min(both) > 5
    assert gone == (0, 40)
    assert min(back) > 5
    assert await house.scalar("SELECT sum(waits) FROM inbound_messages") == 0


async def test_hundreds_who_waited_for_the_bot_are_all_answered_soon_after_its_return(house: House) -> None:
    """Waiting conversations come back spread out, and none is forgotten."""
    async with FakeBot() as bot:
        await bot.down()
        conversations = [await house.open() for _ in range(150)]
        async with house.worker(bot.url):
            for conversation in conversations:
                await house.say(conversation, "hello")

            async def all_waited() -> bool:
                return bool(await house.scalar("SELECT min(waits) > 0 FROM inbound_messages"))

            await until(all_waited)
            await bot.up()
            await house.settle(*conversations)
    assert sum(bot.asked.values()) == 150
