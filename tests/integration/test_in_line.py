"""Who waits for a clerk: no contact is left, the place is had back, and who goes before is said. Real PostgreSQL."""

from fixtures.fake_bot import FakeBot
from fixtures.house import House
from fixtures.staffed import actor
from sqlalchemy import text

from desk.conversations.rows import ConversationRow
from desk.store.database import transaction
from desk.tickets import notices
from desk.tickets.contact import LEAVE
from desk.tickets.queue import open_matter, standing_of
from desk.tickets.rows import TicketRow


async def waits(house: House, bot: FakeBot) -> tuple[ConversationRow, TicketRow]:
    """A conversation with an open ticket."""
    conversation = await house.open()
    await say(house, bot, conversation, "ticket")
    return conversation, (await house.clerks.waiting(actor("li")))[-1]


async def say(house: House, bot: FakeBot, conversation: ConversationRow, said: str, kind: str = "text") -> str:
    """Say or press something; gives the last text."""
    async with house.worker(bot.url):
        await house.say(conversation, said, kind=kind)
        await house.settle(conversation)
    return (await house.texts(conversation))[-1]


async def test_who_leaves_no_number_keeps_the_place(house: House) -> None:
    """The bot is told that one is asked for; what else was said is answered beside it."""
    async with FakeBot() as bot:
        conversation, ticket = await waits(house, bot)
        await say(house, bot, conversation, LEAVE, kind="payload")
        kept = {"type": "stay_in_line", "leaves_no_contact": True}
        bot.answers.append({"effects": [kept]})
        answered = await say(house, bot, conversation, "还是免了，那怎么查")
        assert bot.requests[-1]["context"]["asks_contact"] is True
        await say(house, bot, conversation, "hello")
        assert bot.requests[-1]["context"]["asks_contact"] is False
    assert "不留联系方式" in (await house.texts(conversation))[-3]
    assert answered.endswith("还是免了，那怎么查")
    assert [one.id for one in await house.clerks.waiting(actor("li"))] == [ticket.id]


async def test_who_asks_whether_they_are_called_is_told_how_they_are_reached(house: House) -> None:
    """Without a number nobody rings; with one the clerk decides. The place is said, too."""
    async with FakeBot() as bot:
        conversation, _ = await waits(house, bot)
        asks = {"replies": [], "effects": [{"type": "stay_in_line", "asks_call": True}]}
        bot.answers.append(asks)
        said = await say(house, bot, conversation, "您几位明天拨给我不")
        assert ("不会打给您" in said, "第1位" in said) == (True, True)
        await say(house, bot, conversation, LEAVE, kind="payload")
        await say(house, bot, conversation, "13800138000")
        bot.answers.append(asks)
        assert "由他们决定" in await say(house, bot, conversation, "您几位明天拨给我不")


async def test_who_comes_back_within_minutes_has_their_place_again(house: House) -> None:
    """The same ticket goes on, before who came meanwhile; later it is another one."""
    async with FakeBot() as bot:
        first, ticket = await waits(house, bot)
        second, _ = await waits(house, bot)
        await say(house, bot, first, notices.WITHDRAW, kind="payload")
        assert [one.conversation_id for one in await house.clerks.waiting(actor("li"))] == [second.id]
        said = await say(house, bot, first, "ticket")
        assert (ticket.reference in said, "第1位" in said) == (True, True)
        assert "第2位" in await say(house, bot, second, "hello")
        await say(house, bot, first, notices.WITHDRAW, kind="payload")
        async with transaction(house.engine) as connection:
            await connection.execute(
                text("UPDATE tickets SET ended_at = ended_at - interval '1 hour' WHERE id = :id"), {"id": ticket.id}
            )
        said = await say(house, bot, first, "ticket")
        assert (ticket.reference in said, "第2位" in said) == (False, True)


async def test_who_goes_before_is_said_and_an_emergency_of_ones_own_does_not(house: House) -> None:
    """A place that grows has its reason beside it."""
    async with FakeBot() as bot:
        conversation, ticket = await waits(house, bot)
        other, _ = await waits(house, bot)
        about = {"city": ticket.city, "agency": ticket.agency, "reason": "emergency_fraud", "service": None}
        async with transaction(house.engine) as connection:
            await open_matter(connection, conversation.id, **about, matter="emergency:own", priority=1)  # type: ignore[arg-type]
            assert (await standing_of(connection, ticket)).place == 1
        assert "第1位" in await say(house, bot, conversation, "hello")
        said = await say(house, bot, other, "hello")
        assert ("第3位" in said, "有1件更紧急" in said) == (True, True)
