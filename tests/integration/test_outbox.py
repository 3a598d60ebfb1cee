"""The outbox over real stores, against the pretend Telegram: order, bounds, refusals, outages, crashes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from fixtures.house import House, until
from fixtures.post import PostOffice, post_office
from fixtures.staffed import actor
from sqlalchemy import text

from desk.contract.rendered import RenderedMessage
from desk.conversations import stream
from desk.conversations.live import NEWS, Live
from desk.conversations.rows import message_event
from desk.conversations.stream import BULK, REPLIES
from desk.sending import sender as sending
from desk.sending.dead_letters import DeadLetters
from desk.store.database import transaction

RESIDENT = 5001


@pytest.fixture
async def office(house: House, tmp_path: Path) -> AsyncIterator[PostOffice]:
    async with post_office(house, tmp_path) as office:
        yield office


async def met(office: PostOffice, resident: int = RESIDENT) -> UUID:
    """Let a resident come; the greeting is not sent until somebody sends."""
    before = set(await office.conversations())
    await office.do(resident, start="")
    (new,) = set(await office.conversations()) - before
    return new


async def say(office: PostOffice, conversation: UUID, *texts: str, lane: int = REPLIES) -> None:
    """Say something in a conversation, as turns, clerks and announcements do."""
    for said in texts:
        async with transaction(office.house.engine) as connection:
            message = RenderedMessage(text=said, locale="zh_Hans")
            await stream.append(connection, conversation, [message_event(message, author="bot")], lane=lane)
    await Live(office.house.redis).publish(conversation)


async def states(office: PostOffice, conversation: UUID) -> list[tuple[str, str | None]]:
    """What became of a conversation's messages, in order."""
    async with office.house.engine.connect() as connection:
        query = text("SELECT state, reason FROM deliveries WHERE conversation_id = :id ORDER BY seq")
        return [(row.state, row.reason) for row in await connection.execute(query, {"id": conversation})]


async def account(office: PostOffice) -> Any:
    return await office.register.find(office.account.slug)


async def test_messages_arrive_in_order_within_the_rate(office: PostOffice) -> None:
    """Twelve messages to one resident, with a platform that takes one a second after a burst: none lost, none early."""
    conversation = await met(office)
    wanted = [f"第{number}条" for number in range(8)]
    await say(office, conversation, *wanted)
    async with office.sender():
        texts = await office.hears(RESIDENT, 9)
    assert texts[1:] == wanted
    assert {state for state, _ in await states(office, conversation)} == {"sent"}


async def test_a_reply_overtakes_bulk_but_not_another_reply(office: PostOffice) -> None:
    """What nobody has asked for waits behind what somebody waits for."""
    conversation = await met(office)
    await say(office, conversation, "通知一", "通知二", lane=BULK)
    await say(office, conversation, "答一", "答二")
    async with office.sender():
        texts = await office.hears(RESIDENT, 5)
    assert [one for one in texts if one.startswith("答")] == ["答一", "答二"]
    assert [one for one in texts if one.startswith("通知")] == ["通知一", "通知二"]
    assert texts.index("答一") <= 3


async def test_two_senders_send_each_message_once(office: PostOffice) -> None:
    """Any number of processes share the outbox."""
    residents = range(6001, 6013)
    conversations = [await met(office, resident) for resident in residents]
    for conversation in conversations:
        await say(office, conversation, "甲", "乙")
    async with office.sender(), office.sender(), office.sender():
        for resident in residents:
            texts = await office.hears(resident, 3)
            assert texts[1:] == ["甲", "乙"]


async def test_too_many_requests_hold_the_account(office: PostOffice) -> None:
    """Nobody calls until the platform's time is over; then everything arrives, once."""
    conversation = await met(office)
    await say(office, conversation, "你好")
    await office.steer("POST", "faults", {"error": 429, "retry_after": 1, "count": 1})
    async with office.sender():
        texts = await office.hears(RESIDENT, 2)
    assert texts[1:] == ["你好"]
    calls = (await office.steer("GET", "bot"))["calls"]
    assert calls.count("sendMessage") == 3  # one refused


async def test_who_blocks_gets_nothing_more(office: PostOffice) -> None:
    """A block found when sending, or told by the platform, drops what waits; who comes back is reached again."""
    conversation = await met(office)
    async with office.sender():
        await office.hears(RESIDENT, 1)
        done = await office.do(RESIDENT, block=True)
        assert done["status"] == 200
        await say(office, conversation, "一", "二")

        async def dropped() -> list[str]:
            return [state for state, _ in await states(office, conversation)]

        await until(dropped, becomes=["sent", "dropped", "dropped"])
        await office.do(RESIDENT, block=False)
        await say(office, conversation, "三")
        assert (await office.hears(RESIDENT, 2))[1:] == ["三"]


async def test_an_answer_that_is_lost_is_never_sent_again(office: PostOffice) -> None:
    """What may have arrived stays unknown until an operator decides; what follows goes on."""
    conversation = await met(office)
    async with office.sender():
        await office.hears(RESIDENT, 1)
        await office.steer("POST", "faults", {"error": "cut", "count": 1})
        await say(office, conversation, "一", "二")
        assert (await office.hears(RESIDENT, 3))[1:] == ["一", "二"]

        async def noted() -> bool:  # it is heard before it is noted
            return [state for state, _ in await states(office, conversation)] == ["sent", "unknown", "sent"]

        await until(noted)
        letters = DeadLetters(office.house.engine)
        assert [letter.state for letter in await letters.dead()] == ["unknown"]
        assert await letters.retry(actor("wei"), office.account.slug) == 0
        assert await letters.retry(actor("wei"), office.account.slug, unknown=True) == 1
        assert (await office.hears(RESIDENT, 4))[3:] == ["一"]


async def test_a_refused_message_is_a_dead_letter(office: PostOffice) -> None:
    """The next one goes on; an operator sees the reason and may send again."""
    conversation = await met(office)
    async with office.sender():
        await office.hears(RESIDENT, 1)
        await office.steer("POST", "faults", {"error": 400, "count": 1})
        await say(office, conversation, "一", "二")
        assert (await office.hears(RESIDENT, 2))[1:] == ["二"]
        (letter,) = await DeadLetters(office.house.engine).dead(office.account.slug)
        assert (letter.state, letter.conversation) == ("dead", conversation)
        letters = DeadLetters(office.house.engine)
        assert await letters.retry(actor("wei"), office.account.slug, conversation=conversation) == 1
        assert (await office.hears(RESIDENT, 3))[2:] == ["一"]


async def test_a_sender_that_dies_in_the_middle_leaves_an_unknown(office: PostOffice) -> None:
    """A lease that ran out is nobody's: the message is not sent again, and what follows is."""
    conversation = await met(office)
    await say(office, conversation, "二")
    async with transaction(office.house.engine) as connection:
        await connection.exec_driver_sql(
            "UPDATE deliveries SET state = 'sending', attempt = 1, lease_until = now() - interval '1 s' WHERE seq = 1"
        )
    async with office.sender():
        assert await office.hears(RESIDENT, 1) == ["二"]
    assert [state for state, _ in await states(office, conversation)] == ["unknown", "sent"]


async def test_an_outage_pauses_the_account_and_a_probe_resumes_it(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five failures in a row pause it, nothing is lost, and the first message that passes lets all go on."""
    monkeypatch.setattr(sending, "PROBES", (0.5,))
    residents = range(6101, 6110)
    conversations = [await met(office, resident) for resident in residents]
    for conversation in conversations:
        await say(office, conversation, "还在吗")
    await office.steer("POST", "faults", {"error": 500, "count": 12})
    async with office.sender():

        async def is_out() -> bool:
            return bool((await account(office)).is_out)

        await until(is_out)
        for resident in residents:
            assert (await office.hears(resident, 2))[1:] == ["还在吗"]
        await until(is_out, becomes=False)


async def test_a_paused_account_sends_when_it_is_resumed(office: PostOffice) -> None:
    """An operator's pause holds until it is lifted; what residents write is taken in meanwhile."""
    await office.register.set_state(office.account.slug, "paused", "maintenance")
    async with office.sender():
        await met(office)
        await asyncio.sleep(1.5)
        assert await office.heard(RESIDENT) == []
        await office.register.set_state(office.account.slug, "active", None)
        assert len(await office.hears(RESIDENT, 1)) == 1


async def test_a_token_that_is_no_longer_good_pauses_the_account(office: PostOffice) -> None:
    """Nothing is lost: after a rotation everything is sent."""
    genuine = office.register.opened(office.account).secrets.model_dump()
    secrets = {name: value.get_secret_value() for name, value in genuine.items()}
    await office.register.rotate(office.account.slug, {**secrets, "token": "123456:withdrawn"})
    await met(office)
    async with office.sender():

        async def state() -> str:
            return str((await account(office)).state)

        await until(state, becomes="paused")
        await office.register.rotate(office.account.slug, secrets)
        await office.register.set_state(office.account.slug, "active", None)
        assert len(await office.hears(RESIDENT, 1)) == 1


async def test_news_for_many_wake_who_sends(office: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was told to many at once is sent at once: the outbox hears the hint for all of them."""
    conversation = await met(office)
    async with office.sender():
        await office.hears(RESIDENT, 1)
        await until(lambda: office.house.redis.pubsub_numpat(), becomes=1)
        monkeypatch.setattr(sending, "LOOK_SECONDS", 300.0)
        await asyncio.sleep(1.5)  # lanes look as rarely from now on
        async with transaction(office.house.engine) as connection:
            message = RenderedMessage(text="停水", locale="zh_Hans")
            await stream.append(connection, conversation, [message_event(message, author="bot")], lane=BULK)
        await Live(office.house.redis).publish(conversation, uuid4(), hint=NEWS)
        assert (await office.hears(RESIDENT, 2))[1:] == ["停水"]


async def test_sending_goes_on_slower_while_valkey_is_away(office: PostOffice) -> None:
    """Pacing by each process alone, and looking each second: nothing waits for Valkey."""
    conversation = await met(office)
    await say(office, conversation, "一")
    office.house.redis_url = "redis://127.0.0.1:1/0"
    async with office.sender():
        assert (await office.hears(RESIDENT, 2))[1:] == ["一"]
