"""Many residents in one call of a platform: each told once, each with an end of its own. A pretend gateway."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fixtures.house import House, until
from fixtures.post import PostOffice, post_office
from sqlalchemy import text

from channels.sms import Sms
from desk.contract.channel import Sent
from desk.contract.rendered import RenderedMessage
from desk.conversations import stream
from desk.conversations.rows import message_event
from desk.conversations.stream import BULK, REPLIES
from desk.sending.outbox import Claimed, Outbox
from desk.store.database import transaction

FIRST = 13800138000
NUMBERS = range(FIRST, FIRST + 6)
STATES = text("""
    SELECT sent.state, sent.reason, sent.parts FROM deliveries AS sent
    JOIN conversations AS conversation ON conversation.id = sent.conversation_id
    WHERE sent.lane = :lane ORDER BY conversation.created_at, sent.seq
""")


@pytest.fixture
async def office(house: House, tmp_path: Path) -> AsyncIterator[PostOffice]:
    async with post_office(house, tmp_path, channel="sms", rate=1_000.0) as office:
        for number in NUMBERS:
            assert (await office.do(number, text="你好"))["status"] == 200
        async with office.sender():  # whoever comes is greeted
            await ended(office, REPLIES)
        yield office


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """To how many each call went that was for many."""
    sizes, send = list[int](), Sms.send_to_many

    async def noted(self: Sms, http: Any, account: Any, residents: Sequence[str], piece: Any) -> Any:
        sizes.append(len(residents))
        return await send(self, http, account, residents, piece)

    monkeypatch.setattr(Sms, "send_to_many", noted)
    return sizes


async def tell(office: PostOffice, *said: str, lane: int = BULK) -> list[UUID]:
    """Say the same in every conversation."""
    conversations = await office.conversations()
    for one in conversations:
        async with transaction(office.house.engine) as connection:
            await stream.lock(connection, one)
            messages = [message_event(RenderedMessage(text=words, locale="zh_Hans"), author="bot") for words in said]
            await stream.append(connection, one, messages, lane=lane)
    return conversations


async def ended(office: PostOffice, lane: int = BULK) -> list[tuple[str, str | None, int]]:
    """What became of each, once nothing waits any more: state, reason, parts."""

    async def over() -> bool:
        open_ones = f"SELECT count(*) FROM deliveries WHERE lane = {lane} AND state IN ('waiting', 'sending')"
        return not await office.house.scalar(open_ones)

    await until(over)
    async with office.house.engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(STATES, {"lane": lane})]


async def got(office: PostOffice, words: str) -> list[int]:
    """How often each telephone got something that has these words."""
    return [sum(words in one for one in await office.texts(number)) for number in NUMBERS]


async def test_the_same_for_all_goes_in_one_call(office: PostOffice, calls: list[int]) -> None:
    """One request for six telephones; each delivery has its id and its parts."""
    await tell(office, "停水通知")
    async with office.sender():
        assert await ended(office) == [("sent", None, 1)] * 6
    assert calls == [6]
    assert await got(office, "停水通知") == [1] * 6
    ids = "SELECT count(DISTINCT platform_ids ->> 0) FROM deliveries WHERE lane = 1"
    assert await office.house.scalar(ids) == 6


async def test_replies_go_one_by_one(office: PostOffice, calls: list[int]) -> None:
    """Whoever waits for an answer does not wait for others."""
    await tell(office, "停水到17时。", lane=REPLIES)
    async with office.sender():
        await ended(office, REPLIES)
    assert calls == []
    assert await got(office, "停水到17时。") == [1] * 6


async def test_what_differs_goes_apart_and_what_is_long_in_order(office: PostOffice, calls: list[int]) -> None:
    """Two texts are two calls; a long one goes in pieces, the first to all before the second."""
    long = "".join(f"第{number}处停水地点，请提前储水。" for number in range(50))
    await tell(office, long)
    conversations = await office.conversations()
    async with transaction(office.house.engine) as connection:
        await stream.lock(connection, conversations[0])
        event = message_event(RenderedMessage(text="另一则", locale="zh_Hans"), author="bot")
        await stream.append(connection, conversations[0], [event], lane=BULK)
    async with office.sender():
        assert {state for state, _, _ in await ended(office)} == {"sent"}
    assert calls == [6, 6]  # one alone goes as a single one
    assert await got(office, "第0处") == await got(office, "第49处") == [1] * 6
    assert await got(office, "另一则") == [1, 0, 0, 0, 0, 0]


async def test_one_refusal_is_nobody_elses(office: PostOffice, calls: list[int]) -> None:
    """One number is on the network's stop list, one got enough for now, one is never taken; the others are told."""
    for number, what in zip(NUMBERS, ("stopped", "number-busy", "refused"), strict=False):
        await office.steer("POST", "trouble", {"what": what, "to": str(number)})
    await tell(office, "停水通知")
    async with office.sender():
        states = [(state, reason) for state, reason, _ in await ended(office)]
    assert states == [("dropped", "stopped"), ("sent", None), ("dead", "refused")] + [("sent", None)] * 3
    assert await got(office, "停水通知") == [0, 1, 0, 1, 1, 1]
    assert calls == [6]
    assert await office.house.scalar("SELECT count(*) FROM residents WHERE state = 'left'") == 1


async def test_a_lost_answer_leaves_all_unknown(office: PostOffice) -> None:
    """All of them may have arrived: none is sent again by itself, and what follows goes on."""
    fault = {"system": "sms", "cut": True, "count": 1}
    async with office.http.post(f"{office.sandbox_url}/_sandbox/faults", json=fault) as answer:
        assert answer.status == 201, await answer.text()
    await tell(office, "通知一")
    async with office.sender():
        assert [state for state, _, _ in await ended(office)] == ["unknown"] * 6
        await tell(office, "通知二")
        assert [state for state, _, _ in await ended(office)] == ["unknown", "sent"] * 6
    assert max(await got(office, "通知一")) <= 1
    assert await got(office, "通知二") == [1] * 6


async def test_what_the_account_is_refused_for_now_all_wait_for(office: PostOffice, calls: list[int]) -> None:
    """Throttled, nothing of the call was done: it is made again after the pause, once."""
    await office.steer("POST", "trouble", {"what": "throttled", "count": 1})
    await tell(office, "停水通知")
    async with office.sender():
        assert [state for state, _, _ in await ended(office)] == ["sent"] * 6
    assert sum(calls) == 12
    assert await got(office, "停水通知") == [1] * 6


async def test_a_gateway_without_credit_pauses_the_account(office: PostOffice) -> None:
    """Nothing is lost: it waits until an operator has acted."""
    await office.steer("POST", "trouble", {"what": "no-credit", "count": 1})
    await tell(office, "停水通知")
    async with office.sender():

        async def paused() -> bool:
            return bool(await office.house.scalar("SELECT count(*) FROM channel_accounts WHERE state = 'paused'"))

        await until(paused)
    waiting = "SELECT count(*) FROM deliveries WHERE lane = 1 AND state = 'waiting'"
    assert await office.house.scalar(waiting) == 6


async def in_hand(office: PostOffice) -> tuple[Outbox, list[Claimed]]:
    """What somebody has in hand, who ends before its call begins."""
    outbox = Outbox(office.house.engine)
    claimed = await outbox.claim(BULK, office.account.id, len(NUMBERS), together=True)
    assert len(claimed) == len(NUMBERS)
    return outbox, claimed


async def ends(office: PostOffice) -> None:
    """Whoever has deliveries in hand is gone, and their leases have run out."""
    async with transaction(office.house.engine) as connection:
        await connection.execute(text("UPDATE deliveries SET lease_until = now() - interval '1 s' WHERE lane = 1"))


async def test_what_was_only_prepared_is_sent_by_another(office: PostOffice) -> None:
    """Who ended had called nobody: each is told, once."""
    await tell(office, "停水通知")
    await in_hand(office)
    await ends(office)
    async with office.sender():
        assert await ended(office) == [("sent", None, 1)] * 6
    assert await got(office, "停水通知") == [1] * 6


async def test_who_ends_in_a_call_leaves_all_unknown(office: PostOffice) -> None:
    """All of them may have arrived: none is sent again by itself."""
    await tell(office, "停水通知")
    outbox, claimed = await in_hand(office)
    assert await outbox.begin(claimed) == [True] * 6
    await ends(office)
    async with office.sender():
        assert [state for state, _, _ in await ended(office)] == ["unknown"] * 6
    assert await got(office, "停水通知") == [0] * 6


async def test_who_was_away_for_too_long_calls_nobody(office: PostOffice) -> None:
    """Another took and told them meanwhile: who comes back finds that they are not his any more."""
    await tell(office, "停水通知")
    outbox, claimed = await in_hand(office)
    await ends(office)
    async with office.sender() as sender:
        assert await ended(office) == [("sent", None, 1)] * 6
        account = await office.register.of(office.account.id)
        assert account is not None
        for some in (claimed, claimed[:1]):  # together, and one alone
            await sender._carry(some, account, BULK, together=True)
    assert await outbox.begin(claimed) == [False] * 6
    assert await got(office, "停水通知") == [1] * 6
    assert [state for state, _, _ in await ended(office)] == ["sent"] * 6


async def test_who_ends_between_two_pieces_leaves_the_rest_to_another(office: PostOffice) -> None:
    """The first piece was taken and the second not begun: another begins with the second."""
    long = "".join(f"第{number}处停水地点，请提前储水。" for number in range(50))
    await tell(office, long)
    outbox, claimed = await in_hand(office)
    await outbox.begin(claimed)
    for one in claimed:
        await outbox.step(one, 1, Sent("1"), uncertain=False, together=True)
    await ends(office)
    async with office.sender():
        assert [state for state, _, _ in await ended(office)] == ["sent"] * 6
    assert await got(office, "第0处") == [0] * 6
    assert await got(office, "第49处") == [1] * 6
