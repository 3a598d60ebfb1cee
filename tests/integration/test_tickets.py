"""Hand-over: a ticket is opened, waited for, claimed, answered, given back. Real PostgreSQL and Valkey."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from fixtures.fake_bot import FakeBot
from fixtures.house import House, assert_sound, until
from fixtures.staffed import actor
from sqlalchemy import text

from desk.contract.errors import Conflict, NotFound
from desk.conversations.live import Live
from desk.conversations.rows import ConversationRow
from desk.store.database import transaction
from desk.tickets import notices
from desk.tickets.assigning import Assigning
from desk.tickets.reference import reference_of
from desk.tickets.reminder import remind
from desk.tickets.rows import TicketRow

WORKING = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
"""A Thursday, 10 in the morning there."""


async def opened(house: House, bot: FakeBot) -> tuple[ConversationRow, TicketRow]:
    """A conversation with an open ticket."""
    conversation = await house.open()
    async with house.worker(bot.url):
        await house.say(conversation, "ticket")
        await house.settle(conversation)
    return conversation, (await house.clerks.waiting(actor("li")))[-1]


async def test_the_effect_opens_a_ticket_and_says_so(house: House) -> None:
    """The resident reads reference, place, hours and phone, and may go on without a clerk."""
    async with FakeBot() as bot:
        conversation, ticket = await opened(house, bot)
    message, told, done = await house.events(conversation)
    agency = house.cities[conversation.city].agencies[0]
    for fact in (ticket.reference, "1", agency.phone, agency.names.zh_Hans, "09:00–17:00", "周一至周五"):
        assert fact in message.body["message"]["text"]
    assert [button["payload"] for button in message.body["message"]["buttons"]] == [
        "/withdraw_ticket",
        "/leave_contact",
    ]
    assert told.body == {"ticket": {"reference": ticket.reference, "state": "open"}}
    assert done.body["handed_over"] is True
    assert (ticket.opened_by, ticket.reason) == ("resident", "asked")


async def test_each_message_of_a_waiting_resident_gets_a_varied_notice(house: House) -> None:
    """Until a clerk claims it what wishes nothing gets a notice, in other words than the last."""
    async with FakeBot() as bot:
        conversation, _ = await opened(house, bot)
        async with house.worker(bot.url):
            for said in ("hello?", "anyone?", "well"):
                await house.say(conversation, said)
            await house.settle(conversation)
    notices = (await house.texts(conversation))[1:]
    assert len(set(notices)) == 3
    assert len(await house.clerks.waiting(actor("li"))) == 1


async def test_a_wish_is_served_while_a_clerk_is_waited_for(house: House) -> None:
    """The bot answers it, the ticket stays, and the resident is still handed over."""
    async with FakeBot() as bot:
        conversation, ticket = await opened(house, bot)
        async with house.worker(bot.url):
            await house.say(conversation, "bus")
            await house.settle(conversation)
        assert bot.requests[-1]["context"]["in_line"] is True
    assert (await house.texts(conversation))[1] == "2:bus"
    done = (await house.events(conversation))[-1].body
    assert (done["service"], done["handed_over"]) == ("next_bus", True)
    assert [one.id for one in await house.clerks.waiting(actor("li"))] == [ticket.id]


async def test_the_bot_hears_that_nobody_wants_to_wait(house: House) -> None:
    """In whatever words: the ticket ends, and the next message is the bot's."""
    async with FakeBot() as bot:
        conversation, _ = await opened(house, bot)
        async with house.worker(bot.url):
            await house.say(conversation, "leave")
            await house.say(conversation, "hello")
            await house.settle(conversation)
    assert (await house.texts(conversation))[2] == "2:hello"
    assert await house.clerks.waiting(actor("li")) == []


async def test_what_else_was_said_is_answered_after_leaving(house: House) -> None:
    """Never mind the clerk, and a wish: the ticket ends, and the bot's answer comes in the same turn."""
    async with FakeBot() as bot:
        conversation, _ = await opened(house, bot)
        async with house.worker(bot.url):
            await house.say(conversation, "leave more")
            await house.settle(conversation)
    _, left, answered = await house.texts(conversation)
    assert left != answered == "2:leave more"
    assert await house.clerks.waiting(actor("li")) == []


async def test_without_the_bot_who_waits_hears_where_they_stand(house: House) -> None:
    """A bot that is away costs nobody their place, nor the notice."""
    async with FakeBot() as bot:
        conversation, _ = await opened(house, bot)
        async with house.worker(bot.url):
            await house.say(conversation, "unready=9 error=9")
            await house.settle(conversation)
    assert len(await house.texts(conversation)) == 2
    assert len(await house.clerks.waiting(actor("li"))) == 1


async def test_the_place_in_the_queue_counts_those_before(house: House) -> None:
    """The second who waits is told place 2; when the first is claimed, the second is next."""
    async with FakeBot() as bot:
        _, first = await opened(house, bot)
        second, ticket = await opened(house, bot)
        assert "第2位" in (await house.texts(second))[0]
        await house.clerks.claim(actor("li"), first.id)
        assert await remind(house.engine, Live(house.redis), house.catalogs, house.cities, ticket.id, now=WORKING)
        assert "第1位" in (await house.texts(second))[1]


async def test_the_resident_may_go_on_without_a_clerk(house: House) -> None:
    """The button withdraws the ticket, and the bot speaks again; pressed once more it is an expired button."""
    async with FakeBot() as bot:
        conversation, ticket = await opened(house, bot)
        async with house.worker(bot.url):
            await house.say(conversation, "/withdraw_ticket", kind="payload")
            await house.say(conversation, "hello")
            await house.say(conversation, "/withdraw_ticket", kind="payload")
            await house.settle(conversation)
    events = await house.events(conversation)
    assert events[3].body["message"]["in_reply_to"] == events[5].body["in_reply_to"]
    assert events[4].body == {"ticket": {"reference": ticket.reference, "state": "withdrawn"}}
    assert (await house.texts(conversation))[2] == "2:hello"
    assert events[-1].body["handed_over"] is False
    assert await house.clerks.waiting(actor("li")) == []


@pytest.mark.parametrize(
    "text",
    [
        *("不等了", "唔等喇", "不等人工，退出排队", "go on without a clerk"),
        *("不用了，继续", "算了，我自己来", "唔使啦，繼續", "取消", "never mind, continue", "ok forget it"),
    ],
)
async def test_words_do_what_the_button_does(house: House, text: str) -> None:
    """Who writes that they will not wait goes on with the bot."""
    async with FakeBot() as bot:
        conversation, _ = await opened(house, bot)
        async with house.worker(bot.url):
            await house.say(conversation, text)
            await house.say(conversation, "hello")
            await house.settle(conversation)
    assert (await house.texts(conversation))[2] == "2:hello"
    assert await house.clerks.waiting(actor("li")) == []


@pytest.mark.parametrize(
    "text",
    [
        "等了很久了",
        "我不要这个处理结果",
        "do not close my account",
        "不",
        "别急",
        "继续等",
        "取消预约",
        "cancel my visit",
    ],
)
def test_what_is_told_to_the_clerk_is_no_wish_to_go_on(text: str) -> None:
    """Only a sentence that says nothing else withdraws the ticket."""
    assert notices.goes_on(text) is False


async def test_while_it_is_claimed_only_the_clerk_speaks(house: House) -> None:
    """Messages to a clerk get a turn_done and nothing else; after handing back the bot goes on where it was."""
    async with FakeBot() as bot:
        conversation, ticket = await opened(house, bot)
        await house.clerks.claim(actor("li"), ticket.id)
        async with house.worker(bot.url):
            ids = [await house.say(conversation, "are you there?")]
            await house.settle(conversation)
            await house.clerks.reply(actor("li"), ticket.id, "Yes.")
            await house.clerks.hand_back(actor("li"), ticket.id)
            ids.append(await house.say(conversation, "hello"))
            await house.settle(conversation)
    events = await house.events(conversation)
    assert [(e.type, e.body.get("message", {}).get("author")) for e in events[3:]] == [
        ("ticket", None),
        ("turn_done", None),
        ("message", "clerk"),
        ("ticket", None),
        ("message", "bot"),
        ("message", "bot"),
        ("turn_done", None),
    ]
    assert (await house.texts(conversation))[-1] == "2:hello"
    assert_sound(events, [int((await house.done(conversation))[0]), *ids])


async def test_of_fifty_clerks_one_has_the_ticket(house: House) -> None:
    """Claims in parallel: one wins, the others are told who has it."""
    async with FakeBot() as bot:
        _, ticket = await opened(house, bot)
    results = await asyncio.gather(
        *(house.clerks.claim(actor(f"clerk{number}"), ticket.id) for number in range(50)), return_exceptions=True
    )
    winners = [result for result in results if isinstance(result, TicketRow)]
    losers = [str(result) for result in results if isinstance(result, Conflict)]
    assert (len(winners), len(losers)) == (1, 49)
    assert all(f"claimed by {winners[0].claimed_by}" in said for said in losers)


async def test_claiming_the_next_gives_each_clerk_another(house: House) -> None:
    """Without a reference the oldest is claimed; two clerks at once get different tickets, a third gets none."""
    async with FakeBot() as bot:
        _, first = await opened(house, bot)
        _, second = await opened(house, bot)
    claimed = await asyncio.gather(*(house.clerks.claim_next(actor(name)) for name in "abc"))
    assert sorted(ticket.id for ticket in claimed if ticket) == [first.id, second.id]


async def test_a_claim_waits_for_the_turn_in_flight(house: House) -> None:
    """The bot's answer is in the stream before the claim; nothing of the bot comes after it."""
    async with FakeBot() as bot:
        conversation, ticket = await opened(house, bot)
        async with house.worker(bot.url):
            await house.say(conversation, "/withdraw_ticket", kind="payload")
            await house.say(conversation, "hold ticket")

            async def asked() -> bool:
                return len(bot.requests) == 2

            await until(asked)
            claim = await house.clerks.claim_next(actor("li"))
            assert claim is None  # the new ticket is not committed yet, the old one is withdrawn
            bot.let_go.set()
            await house.settle(conversation)
            ticket = (await house.clerks.waiting(actor("li")))[0]
            await house.say(conversation, "more")
            await house.clerks.claim(actor("li"), ticket.id)
            await house.settle(conversation)
    last = (await house.events(conversation))[-1]
    assert last.type in ("turn_done", "ticket")


@pytest.mark.parametrize("act", ["reply", "hand_back", "close"])
async def test_only_the_clerk_who_claimed_may_act(house: House, act: str) -> None:
    """Another clerk, or nobody's ticket, is refused with the reason."""
    async with FakeBot() as bot:
        conversation, ticket = await opened(house, bot)
    message = {"message": "hello"} if act == "reply" else {}
    with pytest.raises(Conflict, match="nobody has claimed it"):
        await getattr(house.clerks, act)(actor("li"), ticket.id, **message)
    await house.clerks.claim(actor("wang"), ticket.id)
    with pytest.raises(Conflict, match="claimed by wang"):
        await getattr(house.clerks, act)(actor("li"), ticket.id, **message)
    assert len(await house.texts(conversation)) == 1


async def test_an_unknown_ticket_is_not_found(house: House) -> None:
    """A reference that was never given says so."""
    with pytest.raises(NotFound):
        await house.clerks.claim(actor("li"), 999_999)


async def test_closing_ends_the_ticket_and_the_bot_speaks_again(house: House) -> None:
    """A closed ticket is off the list; a new hand-over opens a new one."""
    async with FakeBot() as bot:
        conversation, ticket = await opened(house, bot)
        await house.clerks.claim(actor("li"), ticket.id)
        await house.clerks.close(actor("li"), ticket.id)
        assert await house.clerks.waiting(actor("li")) == []
        async with house.worker(bot.url):
            await house.say(conversation, "ticket")
            await house.settle(conversation)
    [second] = await house.clerks.waiting(actor("li"))
    assert second.id != ticket.id
    assert reference_of(ticket.id) in (await house.texts(conversation))[1]


async def test_staff_read_the_conversation_masked(house: House) -> None:
    """Numbers of persons are masked in the transcript; buttons and places carry no values."""
    async with FakeBot() as bot:
        conversation = await house.open()
        async with house.worker(bot.url):
            await house.say(conversation, "浙A12345 13800138000")
            await house.say(conversation, '/traffic_fines{"plate": "浙A12345"}', kind="payload")
            await house.say(conversation, "ticket")
            await house.settle(conversation)
        [ticket] = await house.clerks.waiting(actor("li"))
        lines = await house.clerks.transcript(actor("wang"), ticket)
    assert [line.author for line in lines] == ["resident", "resident", "resident", "bot", "bot", "bot"]
    assert not any("A12345" in line.text or "13800138000" in line.text for line in lines)
    assert lines[1].text == "[button traffic_fines]"
    assert ticket.reference in lines[-1].text


async def test_staff_read_text_that_a_terminal_does_not_obey(house: House) -> None:
    """Control characters, turns of direction and what nobody sees are taken out; tab and newline stay."""
    async with FakeBot() as bot:
        conversation = await house.open()
        async with house.worker(bot.url):
            await house.say(conversation, "a\x1b[2Jb \x9b1mc \rd\u202ee\u200e\u200b\u061c\u200f\ufeff\tf\ng")
            await house.say(conversation, "ticket")
            await house.settle(conversation)
        [ticket] = await house.clerks.waiting(actor("li"))
        lines = await house.clerks.transcript(actor("wang"), ticket)
    assert lines[0].text == "a[2Jb 1mc de\tf\ng"


async def test_a_reminder_is_given_once_and_only_while_nobody_has_claimed(house: House) -> None:
    """The fence: a job that runs twice, or after the claim, says nothing."""
    async with FakeBot() as bot:
        conversation, ticket = await opened(house, bot)
        _, claimed = await opened(house, bot)
    await house.clerks.claim(actor("li"), claimed.id)
    said = [
        await remind(house.engine, Live(house.redis), house.catalogs, house.cities, ticket_id, now=WORKING)
        for ticket_id in (ticket.id, ticket.id, claimed.id, 999_999)
    ]
    assert said == [True, False, False, False]
    assert len(await house.texts(conversation)) == 2


async def test_nobody_is_reminded_while_the_office_is_closed(house: House) -> None:
    """It waits until ten minutes after the office opens on the next working day."""
    async with FakeBot() as bot:
        conversation, ticket = await opened(house, bot)
    evening = WORKING + timedelta(hours=10)
    assert not await remind(house.engine, Live(house.redis), house.catalogs, house.cities, ticket.id, now=evening)
    assert len(await house.texts(conversation)) == 1
    queued = "SELECT max(scheduled_at - now()) FROM procrastinate_jobs WHERE task_name = 'tickets.remind_waiting'"
    assert await house.scalar(queued) > timedelta(hours=10)
    assert await remind(house.engine, Live(house.redis), house.catalogs, house.cities, ticket.id, now=WORKING)


async def test_a_button_of_the_queue_gets_a_reply_once_a_clerk_has_the_ticket(house: House) -> None:
    """The ticket stays theirs; the clerk sees the press, too."""
    async with FakeBot() as bot:
        conversation, ticket = await opened(house, bot)
        await house.clerks.claim(actor("li"), ticket.id)
        async with house.worker(bot.url):
            await house.say(conversation, notices.WITHDRAW, kind="payload")
            await house.settle(conversation)
    assert "工作人员已接手" in (await house.texts(conversation))[-1]
    assert (await house.clerks.find(actor("li"), ticket.id)).state == "claimed"


async def test_who_leaves_the_queue_reads_how_to_come_back(house: House) -> None:
    """And how long their place is kept."""
    async with FakeBot() as bot:
        conversation, _ = await opened(house, bot)
        async with house.worker(bot.url):
            await house.say(conversation, notices.WITHDRAW, kind="payload")
            await house.settle(conversation)
    said = (await house.texts(conversation))[-1]
    assert ("10分钟内" in said, "转人工" in said) == (True, True)


async def test_what_a_clerk_put_back_is_given_to_them_last(house: House) -> None:
    """The resident was told that another goes on; a colleague gets it first, and who is alone gets it in the end."""
    async with FakeBot() as bot:
        _, first = await opened(house, bot)
        _, second = await opened(house, bot)
    clerks = house.clerks
    await clerks.claim(actor("li"), first.id)
    await Assigning(clerks).put_back(actor("li"), first.id)
    taken = await clerks.claim_next(actor("li"))
    again = await clerks.claim_next(actor("li"))
    assert taken is not None
    assert again is not None
    assert (taken.id, again.id) == (second.id, first.id)
    await Assigning(clerks).put_back(actor("li"), first.id)
    await Assigning(clerks).put_back(actor("li"), second.id)
    other = await clerks.claim_next(actor("wang"))
    assert other is not None
    assert other.id == first.id


async def test_two_who_come_at_once_are_told_two_places(house: House) -> None:
    """Neither transaction sees the other's ticket until it is kept: the second waits for that."""
    conversations = [await house.open() for _ in range(2)]
    hand_over = house.hand_over()
    both = asyncio.Barrier(2)

    async def come(conversation: ConversationRow) -> str:
        async with transaction(house.engine) as connection:
            await connection.execute(text("SELECT 1"))
            await both.wait()
            [said], _ = await hand_over.open(
                connection, conversation, opened_by="resident", reason="asked", service=None
            )
            await asyncio.sleep(0.2)
        return said.text

    said = await asyncio.gather(*map(come, conversations))
    assert sorted(place for one in said for place in ("第1位", "第2位") if place in one) == ["第1位", "第2位"]


async def test_who_reopens_by_the_button_is_asked_what_is_missing(house: House) -> None:
    """They have added nothing yet."""
    async with FakeBot() as bot:
        conversation, ticket = await opened(house, bot)
        await house.clerks.claim(actor("li"), ticket.id)
        await house.clerks.close(actor("li"), ticket.id)
        async with house.worker(bot.url):
            await house.say(conversation, notices.REOPEN, kind="payload")
            await house.settle(conversation)
    said = (await house.texts(conversation))[-1]
    assert ("请写下还有什么没解决" in said, "您补充的内容" in said) == (True, False)
