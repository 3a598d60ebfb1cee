"""Spans of what goes to many at once, and of what nobody posted to serve: one for each batch, none for a resident."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from fixtures.announcing import Room
from fixtures.house import House, until
from fixtures.post import PostOffice, post_office
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from structlog.contextvars import get_contextvars

from desk.contract.rendered import RenderedMessage
from desk.conversations import stream
from desk.conversations.rows import message_event
from desk.conversations.service import OF_PAGE, OF_STAFF, wish
from desk.conversations.stream import BULK
from desk.http.spans import open_spans
from desk.http.tracing import recording
from desk.store.database import transaction
from roles.trace import trace_of

NUMBERS = range(13800138000, 13800138003)


class Kept(InMemorySpanExporter):
    """Spans that have ended, once the block is over."""

    @property
    def spans(self) -> Sequence[ReadableSpan]:
        return self.get_finished_spans()

    def named(self, name: str) -> list[ReadableSpan]:
        return [one for one in self.spans if one.name == name]


@contextmanager
def kept() -> Iterator[Kept]:
    """Spans of this process while the block lasts."""
    exporter = Kept()
    with open_spans("roles", "1", exporter=exporter) as by, recording(by):
        yield exporter


def said_of(span: ReadableSpan) -> tuple[str, object, object]:
    """In which trace, of how many, and what became of it."""
    assert span.context is not None
    attributes = span.attributes or {}
    sized = attributes.get("messaging.batch.message_count"), attributes.get("desk.outcome", attributes.get("desk.told"))
    return (f"{span.context.trace_id:032x}", *sized)


def all_of(spans: Sequence[ReadableSpan]) -> str:
    """All that a collector is told."""
    return json.dumps([one.to_json() for one in spans])


async def _sent(office: PostOffice) -> bool:
    return await office.house.scalar("SELECT count(*) FROM deliveries WHERE state IN ('waiting', 'sending')") == 0


@pytest.mark.parametrize(("trouble", "outcome"), [(None, "sent"), ("refused", "rejected")])
async def test_a_call_for_many_is_one_span(house: House, tmp_path: Path, trouble: str | None, outcome: str) -> None:
    """In a trace of its own, with how many it was for; failed where nobody was told; without anybody's number."""
    async with post_office(house, tmp_path, channel="sms", rate=1_000.0) as office:
        for number in NUMBERS:
            assert (await office.do(number, text="你好"))["status"] == 200
        async with office.sender():
            await until(lambda: _sent(office))
        for number in NUMBERS if trouble else ():
            await office.steer("POST", "trouble", {"what": trouble, "to": str(number)})
        for one in await office.conversations():
            async with transaction(house.engine) as connection:
                await stream.lock(connection, one)
                message = message_event(RenderedMessage(text="停水通知", locale="zh_Hans"), author="bot")
                await stream.append(connection, one, [message], lane=BULK)
        with kept() as found:
            async with office.sender():
                await until(lambda: _sent(office))
    [call] = found.spans
    assert (call.name, call.parent, said_of(call)[1:]) == ("send sms", None, (len(NUMBERS), outcome))
    assert call.status.is_ok is (trouble is None)
    assert not any(str(number) in all_of(found.spans) for number in NUMBERS)


async def test_a_chunk_of_an_announcement_is_one_tree(house: House) -> None:
    """With each of its transactions below it; who is told is in none of it."""
    room = Room(house)
    readers = [await room.reader(pushes=True) for _ in range(3)]
    await room.publish()
    with kept() as found:
        await room.tell()
    [chunk], [said] = found.named("process announcements"), found.named("send announcements")
    assert (chunk.parent, said_of(chunk)[1:], said_of(said)[1]) == (None, (3, 3), 3)
    assert chunk.context is not None
    assert said.parent is not None
    assert said.parent.span_id == chunk.context.span_id
    assert not any(str(one.id) in all_of(found.spans) or one.id.hex in all_of(found.spans) for one in readers)


@pytest.mark.parametrize("of", [OF_STAFF, OF_PAGE])
async def test_what_others_put_into_a_residents_place_has_a_root(house: House, of: str) -> None:
    """The span that its turn will name as its parent; what else is done meanwhile is not of its trace."""
    conversation = await house.open()
    with kept() as found:
        async with transaction(house.engine) as connection:
            await wish(connection, await stream.lock(connection, conversation.id), "/traffic_fines", of=of)
        assert "trace_id" not in get_contextvars()
    number = await house.scalar("SELECT id FROM inbound_messages")
    assert roots(found) == [trace_of(str(conversation.id), str(number))]


async def test_what_a_platform_brings_has_a_root(house: House, tmp_path: Path) -> None:
    """As what is posted to serve: the turn's span is below it."""
    async with post_office(house, tmp_path, channel="sms", rate=1_000.0) as office:
        with kept() as found:
            assert (await office.do(NUMBERS[0], text="你好"))["status"] == 200
        [conversation] = await office.conversations()
        numbers = "SELECT id FROM inbound_messages ORDER BY id"
        async with house.engine.connect() as connection:
            messages = list((await connection.exec_driver_sql(numbers)).scalars())
    assert sorted(roots(found)) == sorted(trace_of(str(conversation), str(one)) for one in messages)


def roots(found: Kept) -> list[str]:
    """The traces whose first span was kept, under the id by which other roles know it."""
    firsts = [one.context for one in found.named("send messages") if one.parent is None and one.context is not None]
    assert all(f"{one.span_id:016x}" == f"{one.trace_id:032x}"[16:] for one in firsts)
    return [f"{one.trace_id:032x}" for one in firsts]
