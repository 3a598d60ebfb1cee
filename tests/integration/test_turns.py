"""Turns: order, exactly one answer, failure policy. Real PostgreSQL and Valkey, a bot on the wire."""

import asyncio

from fixtures.fake_bot import FakeBot
from fixtures.house import House, assert_sound, until
from fixtures.staffed import actor

from desk.contract.rendered import RenderedButton, RenderedMessage
from desk.conversations.live import Live
from desk.conversations.rows import message_event


async def test_a_message_is_answered_once_and_its_turn_is_ended(house: House) -> None:
    """A message gets the bot's reply and one turn_done, in the shape of the web chat API."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        message_id = await house.say(conversation, "bus")
        await house.settle(conversation)
    reply, done = await house.events(conversation)
    assert reply.body["message"] == {
        "id": reply.body["message"]["id"],
        "author": "bot",
        "text": "1:bus",
        "locale": "zh_Hans",
        "buttons": [],
        "cards": [],
        "in_reply_to": str(message_id),
    }
    assert (done.type, done.body) == (
        "turn_done",
        {
            "in_reply_to": str(message_id),
            "service": "next_bus",
            "asks_for": "stop",
            "handed_over": False,
            "payment": None,
            "nlu": {"intent": "greet", "confidence": 0.9},
        },
    )


async def test_turns_of_one_conversation_keep_their_order_through_retries(house: House) -> None:
    """A message that is tried again is not overtaken by those behind it."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        ids = [await house.say(conversation, said) for said in ("one", "error=1", "drop=2", "unready=2", "five")]
        await house.settle(conversation)
    assert_sound(await house.events(conversation), ids)
    assert await house.texts(conversation) == ["1:one", "2:error=1", "3:drop=2", "4:unready=2", "5:five"]
    assert bot.overlaps == 0


async def test_the_same_post_fifty_times_at_once_is_one_turn(house: House) -> None:
    """Fifty parallel posts of one client id are one message and one turn."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        ids = await asyncio.gather(*(house.say(conversation, "hello", external_id="same") for _ in range(50)))
        await house.settle(conversation)
    assert len(set(ids)) == 1
    assert_sound(await house.events(conversation), ids[:1])


async def test_the_third_failed_try_is_an_apology_and_a_ticket(house: House) -> None:
    """After three errors the resident is told, a ticket is opened, and the turn is done; nothing is lost behind it."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        message_id = await house.say(conversation, "error=9")
        await house.settle(conversation)
    events = await house.events(conversation)
    assert_sound(events, [message_id])
    assert [event.type for event in events] == ["message", "message", "ticket", "turn_done"]
    assert bot.asked[str(message_id)] == 3
    assert events[-1].body["handed_over"] is True
    [ticket] = await house.clerks.waiting(actor("li"))
    assert (ticket.reason, ticket.opened_by, ticket.state) == ("failed", "system", "open")
    assert ticket.reference in events[1].body["message"]["text"]


async def test_an_answer_that_is_not_the_contract_is_a_try(house: House) -> None:
    """Nonsense is tried again like an error."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        message_id = await house.say(conversation, "nonsense=1")
        await house.settle(conversation)
    assert await house.texts(conversation) == ["1:nonsense=1"]
    assert bot.asked[str(message_id)] == 2


async def test_a_move_is_stored_with_its_turn_and_all_that_follows_is_there(house: House) -> None:
    """The next turn, its ticket and its queue are of the new city; the account stays; an event told of it once."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        for said in ("city=ningbo", "hello", "ticket"):
            await house.say(conversation, said)
        await house.settle(conversation)
    events = await house.events(conversation)
    (ticket,) = await house.clerks.waiting(actor("li"))
    asked = [request["context"]["city"] for request in bot.requests]
    row = await house.scalar("SELECT city || ' ' || account_id FROM conversations WHERE id = :id", id=conversation.id)
    assert asked == ["hangzhou", "ningbo", "ningbo"]
    assert row == f"ningbo {conversation.account_id}"
    assert [event.type for event in events[:3]] == ["message", "city", "turn_done"]
    assert [event.body for event in events if event.type == "city"] == [{"city": "ningbo"}]
    assert ticket.city == "ningbo"
    assert any("宁波" in said for said in await house.texts(conversation))


async def test_a_move_to_where_it_is_already_is_none(house: House) -> None:
    """A city that does not change is no event."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await house.say(conversation, "city=hangzhou")
        await house.settle(conversation)
    assert [event.type for event in await house.events(conversation)] == ["message", "turn_done"]


async def test_a_city_that_there_is_not_is_no_contract(house: House) -> None:
    """An unknown city is a failed try, and nothing moves."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        message_id = await house.say(conversation, "city=atlantis")
        await house.settle(conversation)
    city = await house.scalar("SELECT city FROM conversations WHERE id = :id", id=conversation.id)
    (ticket,) = await house.clerks.waiting(actor("li"))
    assert (city, ticket.reason, bot.asked[str(message_id)]) == ("hangzhou", "failed", 3)


async def test_a_bot_that_answers_too_late_has_tried(house: House) -> None:
    """Three time-outs end in the apology."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url, timeout_seconds=0.3):
        message_id = await house.say(conversation, "slow=1")
        await house.settle(conversation)
    assert bot.asked[str(message_id)] == 3
    assert [ticket.reason for ticket in await house.clerks.waiting(actor("li"))] == ["failed"]


async def test_an_unreachable_bot_is_no_try(house: House) -> None:
    """However long the bot is away, its return answers everything, in order, without an apology."""
    conversations = [await house.open() for _ in range(5)]
    async with FakeBot() as bot:
        await bot.down()
        async with house.worker(bot.url):
            ids = {c.id: [await house.say(c, "one"), await house.say(c, "two")] for c in conversations}

            async def waited() -> bool:
                return bool(await house.scalar("SELECT min(waits) >= 4 FROM inbound_messages WHERE waits > 0"))

            await until(waited)
            await bot.up()
            await house.settle(*conversations)
    for conversation in conversations:
        assert_sound(await house.events(conversation), ids[conversation.id])
        assert await house.texts(conversation) == ["1:one", "2:two"]
    assert await house.scalar("SELECT sum(tries) FROM inbound_messages") == 0


async def test_a_message_that_cuts_every_connection_fails_after_ten(house: House) -> None:
    """A message that kills bots is given up after ten broken connections, and the next one is answered."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        message_id = await house.say(conversation, "drop=99")
        await house.settle(conversation)
    assert bot.asked[str(message_id)] == 10
    assert [ticket.reason for ticket in await house.clerks.waiting(actor("li"))] == ["failed"]


async def test_an_unreadable_state_is_begun_anew_once(house: House) -> None:
    """The bot's 422 costs the dialogue state, not the answer."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await house.say(conversation, "spoil")
        await house.say(conversation, "again")
        await house.settle(conversation)
    assert await house.texts(conversation) == ["1:spoil", "1:again"]


async def test_a_state_that_cannot_be_stored_ends_in_the_apology(house: House) -> None:
    """A fault of ours in mid-turn counts as a try: the conversation is not stuck behind it."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        message_id = await house.say(conversation, "unstorable")
        await house.settle(conversation)
    events = await house.events(conversation)
    assert_sound(events, [message_id])
    assert [ticket.reason for ticket in await house.clerks.waiting(actor("li"))] == ["failed"]


async def test_a_payload_counts_only_if_it_was_offered_here(house: House) -> None:
    """An unknown payload is answered without the bot; an offered one reaches it."""
    greeting = RenderedMessage(
        text="hello", locale="zh_Hans", buttons=[RenderedButton(title="fines", payload="/traffic_fines")]
    )
    conversation = await house.open(greeting=[greeting])
    async with FakeBot() as bot, house.worker(bot.url):
        forged = await house.say(conversation, '/pay{"order": "1"}', kind="payload")
        offered = await house.say(conversation, "/traffic_fines", kind="payload")
        later = await house.say(conversation, 'offer=/next_bus{"a":1}')
        bus = await house.say(conversation, '/next_bus{"a":1}', kind="payload")
        typed = await house.say(conversation, "/traffic_fines")
        await house.settle(conversation)
    events = await house.events(conversation)
    assert bot.asked[str(forged)] == 0
    assert [bot.asked[str(message_id)] for message_id in (offered, later, bus, typed)] == [1, 1, 1, 1]
    expired = events[1].body["message"]
    assert [button["payload"] for button in expired["buttons"]] == ["/list_services"]
    assert events[2].body["nlu"] is None
    assert [request["message"]["kind"] for request in bot.requests] == ["payload", "text", "payload", "text"]


async def test_unstorable_characters_do_not_lose_the_message(house: House) -> None:
    """U+0000 and lone surrogates are left out; the rest is answered."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await house.say(conversation, "a\0b\ud800c😀")
        await house.settle(conversation)
    assert await house.texts(conversation) == ["1:abc😀"]


async def test_what_arrives_during_a_turn_is_answered_without_the_sweep(house: House) -> None:
    """Messages whose bell was passed over while the lock was held are found after the commit."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        first = await house.say(conversation, "slow=0.4")
        await until(lambda: _true(bool(bot.requests)))
        rest = [await house.say(conversation, f"m{number}") for number in range(5)]
        await house.settle(conversation)
    assert_sound(await house.events(conversation), [first, *rest])


async def test_a_hint_of_typing_comes_only_with_slow_answers(house: House) -> None:
    """A turn that takes a while shows that somebody is at work; each turn ends with the news."""
    conversation, live = await house.open(), Live(house.redis)
    async with FakeBot() as bot, house.worker(bot.url), live.subscribe(conversation.id) as stream:
        await house.say(conversation, "slow=0.6")
        hints = [await stream.wait(5.0), await stream.wait(5.0)]
        await house.say(conversation, "quick")
        hints.append(await stream.wait(5.0))
    assert hints == ["typing", "new", "new"]


async def _true(value: bool) -> bool:
    return value


def test_a_message_event_has_an_id_of_its_own() -> None:
    """Two events of the same text can be told apart."""
    message = RenderedMessage(text="hello", locale="en")
    one, two = (message_event(message, author="bot").body["message"]["id"] for _ in range(2))
    assert one != two
