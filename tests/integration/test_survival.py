"""Kills and outages: worker, frozen worker, PostgreSQL, Valkey, at any point of a turn: one answer, and on it goes."""

import asyncio
import os
import signal

import pytest
from fixtures.fake_bot import FakeBot
from fixtures.house import House, Mortal, assert_sound, until
from fixtures.patience import HANG_SECONDS
from sqlalchemy.exc import DBAPIError

from desk.conversations import bell
from desk.conversations.rows import ConversationRow


async def keep_posting(house: House, conversation: ConversationRow, said: str) -> int:
    """Post as a client does: again, with the same id, until it is accepted."""
    while True:
        try:
            return await house.say(conversation, said, external_id=f"{conversation.id}:{said}")
        except DBAPIError:
            await asyncio.sleep(0.1)


async def asked(bot: FakeBot, times: int = 1) -> bool:
    return len(bot.requests) >= times


async def test_a_worker_killed_in_mid_turn_is_taken_over(house: House) -> None:
    """The lock of a killed worker is free at once: another takes the turn from the same state."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker_process(bot.url) as first:
        await house.say(conversation, "one")
        await house.settle(conversation)
        ids = [int((await house.done(conversation))[0]), await house.say(conversation, "slow=0.5")]
        await until(lambda: asked(bot, 2))
        async with house.worker_process(bot.url):
            os.kill(first, signal.SIGKILL)
            ids.append(await house.say(conversation, "three"))
            await house.settle(conversation)
    assert_sound(await house.events(conversation), ids)
    assert await house.texts(conversation) == ["1:one", "2:slow=0.5", "3:three"]


async def test_a_frozen_worker_loses_its_turn_and_cannot_answer_when_it_wakes(house: House) -> None:
    """The database ends the frozen transaction; another worker answers; the sleeper's commit fails."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker_process(bot.url, idle_seconds=1.0) as frozen:
        ids = [await house.say(conversation, "slow=0.5")]
        await until(lambda: asked(bot))
        os.kill(frozen, signal.SIGSTOP)
        async with house.worker_process(bot.url):
            ids.append(await house.say(conversation, "two"))
            await house.settle(conversation)
            os.kill(frozen, signal.SIGCONT)
            ids.append(await house.say(conversation, "three"))
            await house.settle(conversation)
            await asyncio.sleep(0.5)
    assert_sound(await house.events(conversation), ids)
    assert await house.texts(conversation) == ["1:slow=0.5", "2:two", "3:three"]


async def test_a_stopped_worker_ends_its_turn(house: House) -> None:
    """A worker that is asked to stop finishes what it has begun."""
    conversation = await house.open()
    async with FakeBot() as bot:
        async with house.worker(bot.url):
            message_id = await house.say(conversation, "slow=0.5")
            await until(lambda: asked(bot))
        assert_sound(await house.events(conversation), [message_id])


async def test_a_killed_database_costs_no_message_and_no_second_answer(mortal: Mortal) -> None:
    """PostgreSQL killed in mid-turn: workers and intake go on when it is back, without a restart."""
    house = mortal.house
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        ids = [await house.say(conversation, "one"), await house.say(conversation, "slow=0.5")]
        await until(lambda: asked(bot, 2))
        os.kill(mortal.postgres.pid, signal.SIGKILL)
        posting = asyncio.create_task(keep_posting(house, conversation, "three"))
        await mortal.postgres.start()
        ids.append(await posting)
        await house.settle(conversation)
    assert_sound(await house.events(conversation), ids)
    assert await house.texts(conversation) == ["1:one", "2:slow=0.5", "3:three"]


async def test_a_long_database_outage_is_outlived(mortal: Mortal) -> None:
    """Away for longer than any time-out of a pool, in two processes: everything is answered after its return."""
    house = mortal.house
    conversations = [await house.open() for _ in range(4)]
    async with FakeBot() as bot, house.worker(bot.url), house.worker_process(bot.url):
        ids = [[await house.say(each, "one"), await house.say(each, "slow=0.3")] for each in conversations]
        await until(lambda: asked(bot, 4))
        os.kill(mortal.postgres.pid, signal.SIGKILL)
        await asyncio.sleep(11)  # the pool's own time-out is 10 s
        await mortal.postgres.start()
        await house.settle(*conversations)
    for conversation, message_ids in zip(conversations, ids, strict=True):
        assert_sound(await house.events(conversation), message_ids)


async def test_without_valkey_messages_are_taken_in_and_answered(mortal: Mortal) -> None:
    """The bell is a hint: killed, the sweep answers; back, it is rung again."""
    house = mortal.house
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        ids = [await house.say(conversation, "one")]
        await house.settle(conversation)
        os.kill(mortal.valkey.pid, signal.SIGKILL)
        ids += [await house.say(conversation, said) for said in ("two", "three")]
        await house.settle(conversation)
        await mortal.valkey.start()
        await asyncio.sleep(1.1)  # the bell's pause after a failure
        ids.append(await house.say(conversation, "four"))
        await house.settle(conversation)
    assert_sound(await house.events(conversation), ids)


async def test_a_frozen_valkey_does_not_slow_intake(mortal: Mortal, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first ring costs its time-out, the others nothing: the circuit is open."""
    monkeypatch.setattr(bell, "PAUSE_SECONDS", HANG_SECONDS)
    house = mortal.house
    conversation = await house.open()
    rung = bell.Bell(house.redis)
    assert await rung.ring(conversation.id)
    os.kill(mortal.valkey.pid, signal.SIGSTOP)
    try:
        assert [await rung.ring(conversation.id) for _ in range(3)] == [False, False, False]
        assert rung.away
        assert await rung.wait() is None
    finally:
        os.kill(mortal.valkey.pid, signal.SIGCONT)
