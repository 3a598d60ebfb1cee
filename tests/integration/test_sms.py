"""Text messages end to end: keywords, stop words, what is sent and what came of it. Real stores, a pretend gateway."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fixtures.house import KEYS, House, until
from fixtures.post import PostOffice, post_office
from fixtures.web import SERVICES

from desk.contract.channel import Sent
from desk.contract.rendered import RenderedMessage
from desk.conversations import stream
from desk.conversations.rows import message_event
from desk.conversations.stream import BULK, REPLIES
from desk.intake.loops import LIMIT
from desk.intake.residents import Residents
from desk.sealing.opening import Purpose, key_of
from desk.sending.outbox import Outbox
from desk.store.database import transaction
from desk.web.greeting import greeter

WHO = 13800138000


@pytest.fixture
async def office(house: House, tmp_path: Path) -> AsyncIterator[PostOffice]:
    async with post_office(house, tmp_path, channel="sms") as office:
        yield office


async def says(office: PostOffice, text: str, **doing: Any) -> None:
    done = await office.do(WHO, text=text, **doing)
    assert done["status"] == 200


async def taken_in(office: PostOffice) -> list[tuple[str, Any]]:
    """Kinds and contents of what waits for a turn."""
    [conversation] = await office.conversations()
    async with office.house.engine.begin() as connection:
        key = await key_of(connection, conversation, Purpose.WRITE)
        rows = await connection.exec_driver_sql(
            f"SELECT kind, body FROM inbound_messages WHERE conversation_id = '{conversation}' ORDER BY id"
        )
        return [(row.kind, key.open(row.body, "message")) for row in rows]


async def news(office: PostOffice, text: str) -> None:
    """Something that nobody asked for is said."""
    [conversation] = await office.conversations()
    async with transaction(office.house.engine) as connection:
        await stream.lock(connection, conversation)
        message = message_event(RenderedMessage(text=text, locale="zh_Hans"), author="bot")
        await stream.append(connection, conversation, [message], lane=BULK)


async def test_keywords_are_presses_and_sentences_are_sentences(office: PostOffice) -> None:
    """订 停水 is the wish to hear of it, whatever the model makes of two words; the rest is read."""
    await says(office, "订 停水 西湖区")
    await says(office, "我要交违章罚款")
    assert await taken_in(office) == [
        ("payload", {"payload": '/subscribe{"topic": "water", "district": "xihu"}'}),
        ("text", {"text": "我要交违章罚款"}),
    ]


async def test_a_stop_word_stops_at_once_and_is_confirmed_once(office: PostOffice) -> None:
    """What waits and nobody asked for is not sent, before any turn; a second one is not answered; replies go on."""
    await says(office, "你好")
    await news(office, "停水")
    for word in ("TD", "退订", "STOP"):
        await says(office, word)
    assert [kind for kind, _ in await taken_in(office)] == ["text", "payload"]
    await news(office, "停电")
    async with office.sender():

        async def ended() -> bool:
            return not await office.house.scalar(
                "SELECT count(*) FROM deliveries WHERE state IN ('waiting', 'sending')"
            )

        await until(ended)
    assert [text for text in await office.texts(WHO) if "停水" in text or "停电" in text] == []
    assert await office.house.scalar("SELECT count(*) FROM deliveries WHERE state = 'dropped' AND lane = 1") == 2


async def test_who_is_not_known_is_not_answered_to_a_stop_word(office: PostOffice) -> None:
    """There is nothing to stop."""
    await says(office, "TD")
    assert await office.conversations() == []


async def test_what_a_machine_wrote_is_not_answered(office: PostOffice) -> None:
    """An answering service gets no answer that it would answer."""
    await says(office, "您的短信已收到", auto=True)
    assert await office.conversations() == []


async def test_messages_are_signed_counted_and_reported(office: PostOffice) -> None:
    """With the account's signature; parts as the gateway counts, and that they arrived."""
    await says(office, "你好")
    await news(office, "水" * 100)
    async with office.sender():
        await office.hears(WHO, 2)

        async def told() -> bool:
            return bool(await office.house.scalar("SELECT count(*) FROM deliveries WHERE lane = 1 AND reports <> '{}'"))

        await until(told)
    assert all(text.startswith("【城市服务】") for text in await office.texts(WHO))
    [row] = await rows(office, "SELECT state, parts, reports, platform_ids FROM deliveries WHERE lane = 1")
    assert (row.state, row.parts, row.reports) == ("sent", 2, {row.platform_ids[0]: True})


async def test_a_report_may_come_before_the_answer_to_the_sending(office: PostOffice) -> None:
    """It is kept with what is being sent, and what is of nothing that was sent is dropped."""
    await says(office, "你好")
    outbox, residents = Outbox(office.house.engine), Residents(KEYS, greeter(office.house.catalogs, SERVICES))
    [claimed] = await outbox.claim(REPLIES, office.account.id, 1)
    for message in ("of-the-reply", "of-nothing"):
        async with transaction(office.house.engine) as connection:
            known = await residents.find(connection, office.account, str(WHO))
            assert known is not None
            assert await residents.reported(connection, known, message, arrived=True)
    await outbox.end(claimed, "sent", sent=Sent("of-the-reply"))
    assert [row.reports for row in await rows(office, "SELECT reports FROM deliveries")] == [{"of-the-reply": True}]


async def test_a_number_that_the_network_stops_is_left_alone(office: PostOffice) -> None:
    """A report of the network's own stop list counts as leaving; another text brings them back."""
    await says(office, "你好")
    await office.steer("POST", "trouble", {"what": "left"})
    async with office.sender():
        await office.hears(WHO, 1)

        async def gone() -> bool:
            return bool(await office.house.scalar("SELECT count(*) FROM residents WHERE state = 'left'"))

        await until(gone)
    await says(office, "在吗")
    assert await office.house.scalar("SELECT count(*) FROM residents WHERE state = 'left'") == 0


async def test_the_same_text_brought_twice_is_one(office: PostOffice) -> None:
    """A gateway that heard nothing brings it again, under the same id."""
    await asyncio.gather(*(says(office, "查询 停水", id="m-1") for _ in range(3)))
    assert len(await taken_in(office)) == 1


async def rows(office: PostOffice, statement: str) -> list[Any]:
    async with office.house.engine.connect() as connection:
        return list(await connection.exec_driver_sql(statement))


async def test_a_machine_that_answers_our_answers_is_not_answered_for_ever(office: PostOffice) -> None:
    """The same text ten times in ten minutes is taken in; then no more of it, until something else is written."""
    await says(office, "自动回复：稍后联系您。", times=LIMIT)
    async with office.house.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE inbound_messages SET answered_at = clock_timestamp()")
    await says(office, "自动回复：稍后联系您。", times=6)
    assert len(await taken_in(office)) == LIMIT
    await says(office, "我要交违章罚款")
    assert len(await taken_in(office)) == LIMIT + 1
