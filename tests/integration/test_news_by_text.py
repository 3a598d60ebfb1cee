"""Who wishes it is told by text message that there is news in the web chat: once an event, and never what it is."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fixtures.fake_bot import FakeBot
from fixtures.house import KEYS, SITE, House
from fixtures.post import PostOffice, post_office
from fixtures.staffed import actor
from fixtures.told import utc
from sqlalchemy import text

from desk.contract.rendered import RenderedMessage
from desk.contract.wire import Locale
from desk.conversations import stream
from desk.conversations.erasure import erase_held
from desk.conversations.live import Live
from desk.conversations.rows import About, ConversationRow, message_event
from desk.conversations.stream import BULK, REPLIES
from desk.devices import telephones
from desk.devices.gateway import Gateway
from desk.devices.services import PushServices
from desk.devices.signing import signer
from desk.sending.outbox import Outbox
from desk.sending.pushing import Pushing
from desk.sending.texting import Texts
from desk.store.database import transaction
from desk.tickets import contact

LI = actor("li")
PHONE = 13912345678
ADDRESS = "https://city.example"
ZONE = ZoneInfo("Asia/Shanghai")
PRIVATE = "路灯已经修好，工单 A1002"


def by_day() -> datetime:
    """Ten in the morning of today, when text messages may be sent."""
    return datetime.now(ZONE).replace(hour=10, minute=0).astimezone(UTC)


@pytest.fixture
async def office(house: House, tmp_path: Path) -> AsyncIterator[PostOffice]:
    async with post_office(house, tmp_path, channel="sms") as office:
        yield office


async def wishes(office: PostOffice, locale: Locale = "zh_Hans") -> ConversationRow:
    """A conversation whose resident wishes text messages."""
    conversation = await office.house.open(locale=locale)
    async with transaction(office.house.engine) as connection:
        await telephones.keep(connection, KEYS, conversation.id, str(PHONE), now=utc())
    return conversation


async def says(
    office: PostOffice, conversation: ConversationRow, *, about: About | None = "progress", author: str = "bot"
) -> None:
    """Say something that nobody has just asked for."""
    async with transaction(office.house.engine) as connection:
        event = message_event(RenderedMessage(text=PRIVATE, locale="zh_Hans"), author=author, about=about)
        lane = REPLIES if author == "clerk" else BULK
        await stream.append(connection, conversation.id, [event], lane=lane, news=True)


async def carried(office: PostOffice, conversation: ConversationRow, now: Callable[[], datetime] = by_day) -> list[str]:
    """Carry out what is due; answers what became of all, in order."""
    house = office.house
    outbox = Outbox(house.engine)
    texts = Texts(office.register, office.http, house.catalogs, KEYS, ADDRESS, now)
    gateway = Gateway(office.http, PushServices(), signer(KEYS, SITE), utc)
    pushing = Pushing(house.engine, outbox, gateway, Live(house.redis), house.catalogs, house.cities, KEYS, texts)
    for lane in (REPLIES, BULK):
        for _ in range(8):
            for claimed in await outbox.claim(lane, conversation.account_id, 8):
                await pushing.carry(claimed)
    query = text("SELECT state FROM deliveries WHERE conversation_id = :id ORDER BY seq")
    async with house.engine.connect() as connection:
        return list((await connection.execute(query, {"id": conversation.id})).scalars())


async def pushes(house: House, conversation: ConversationRow) -> str:
    return str(await house.scalar("SELECT pushes FROM conversations WHERE id = :id", id=conversation.id))


@pytest.mark.parametrize(
    ("locale", "about", "author", "said"),
    [
        ("zh_Hans", "progress", "bot", "您办理的事项有新进展"),
        ("zh_Hant", "reminder", "bot", "您有一項預約提示"),
        ("en", None, "clerk", "A member of staff has replied"),
    ],
)
async def test_each_event_is_told_once_and_not_what_it_is(
    office: PostOffice, locale: Locale, about: About | None, author: str, said: str
) -> None:
    """In the resident's language, with the page on which it is read, and how to stop it."""
    conversation = await wishes(office, locale)
    await says(office, conversation, about=about, author=author)
    assert await carried(office, conversation) == ["sent"]
    assert await carried(office, conversation) == ["sent"]
    [told] = await office.texts(PHONE)
    assert said in told
    assert f"{ADDRESS}/{conversation.city}/my-matters" in told
    assert "TD" in told
    assert "路灯" not in told


async def test_a_notice_is_told_to_no_telephone(office: PostOffice) -> None:
    """One subscribes to those by text message with an account of their own."""
    conversation = await wishes(office)
    await says(office, conversation, about="announcement")
    assert await carried(office, conversation) == ["dropped"]
    assert await office.texts(PHONE) == []


async def test_who_looks_at_the_page_is_told_nothing(office: PostOffice) -> None:
    """It is said there."""
    conversation = await wishes(office)
    await Live(office.house.redis).looks(conversation.id, "a" * 32, looks=True)
    await says(office, conversation)
    assert await carried(office, conversation) == ["dropped"]


async def test_none_is_sent_at_night(office: PostOffice) -> None:
    """It waits for the morning, and is no try."""
    conversation = await wishes(office)
    await says(office, conversation)

    def night() -> datetime:
        return datetime.now(ZONE).replace(hour=23, minute=0).astimezone(UTC)

    assert await carried(office, conversation, night) == ["waiting"]
    assert await office.texts(PHONE) == []
    assert await office.house.scalar("SELECT tries FROM deliveries") == 0
    hours = await office.house.scalar("SELECT extract(epoch FROM due_at - now()) / 3600 FROM deliveries")
    assert 8 < float(hours) < 10


async def test_more_than_a_few_a_day_wait(office: PostOffice) -> None:
    """As of all text messages of the city."""
    conversation = await wishes(office)
    for _ in range(5):
        await says(office, conversation)
    assert await carried(office, conversation) == ["sent"] * 4 + ["waiting"]
    assert len(await office.texts(PHONE)) == 4


async def test_td_ends_it_whoever_wishes_it(office: PostOffice) -> None:
    """From a telephone that is known by this alone: nothing of it is kept, and nothing is answered."""
    conversation = await wishes(office)
    other = await wishes(office)
    await says(office, conversation)
    assert await carried(office, conversation) == ["sent"]
    await office.do(PHONE, text="TD")
    assert await office.house.scalar("SELECT count(*) FROM remembered_values") == 0
    for one in (conversation, other):
        await says(office, one)
        assert (await carried(office, one))[-1] == "dropped"
        assert await pushes(office.house, one) == "nothing"
    assert len(await office.texts(PHONE)) == 1


async def test_stop_in_the_conversation_ends_it(office: PostOffice) -> None:
    """With all else that is said unasked."""
    house = office.house
    conversation = await wishes(office)
    async with FakeBot() as bot, house.worker(bot.url):
        bot.answers = [{"effects": [{"type": "unsubscribe"}]}]
        await house.say(conversation, "不要再发了")
        await house.settle(conversation)
    assert await house.scalar("SELECT count(*) FROM remembered_values") == 0
    assert await pushes(house, conversation) == "nothing"


async def test_a_gateway_that_is_busy_gets_it_later(office: PostOffice) -> None:
    """And one that refuses ends it as a dead letter, which operators see."""
    conversation = await wishes(office)
    await office.steer("POST", "trouble", {"what": "throttled"})
    await says(office, conversation)
    assert await carried(office, conversation) == ["waiting"]
    assert await office.house.scalar("SELECT tries FROM deliveries") == 1


async def test_an_answer_that_was_lost_is_not_sent_again(office: PostOffice) -> None:
    """Nobody knows whether it arrived."""
    conversation = await wishes(office)
    async with office.http.post(f"{office.sandbox_url}/_sandbox/faults", json={"system": "sms", "cut": True}) as done:
        assert done.status == 201
    await says(office, conversation)
    assert await carried(office, conversation) == ["unknown"]
    assert await carried(office, conversation) == ["unknown"]


async def test_who_left_a_contact_hears_of_the_answer_once(office: PostOffice) -> None:
    """By that contact, which is told with the ticket's number; the telephone is told of nothing twice."""
    house = office.house
    conversation = await wishes(office)
    async with FakeBot() as bot, house.worker(bot.url):
        for one in ("ticket", contact.LEAVE, str(PHONE)):
            await house.say(conversation, one, kind="payload" if one.startswith("/") else "text")
            await house.settle(conversation)
    ticket = (await house.clerks.waiting(LI))[-1]
    await house.clerks.claim(LI, ticket.id)
    await house.clerks.reply(LI, ticket.id, "好了")
    assert await house.scalar("SELECT count(*) FROM contact_texts WHERE state = 'waiting'") == 1
    await carried(office, conversation)
    assert await office.texts(PHONE) == []


async def test_the_number_is_sealed_and_goes_with_everything(office: PostOffice) -> None:
    """It stands nowhere; what is given out says since when; erasing ends it."""
    house = office.house
    conversation = await wishes(office)
    assert str(PHONE) not in str(await house.scalar("SELECT row_to_json(remembered_values) FROM remembered_values"))
    async with transaction(house.engine) as connection:
        await stream.lock(connection, conversation.id)
        await erase_held(connection, conversation.id, house.parts())
    assert await house.scalar("SELECT count(*) FROM remembered_values") == 0
    assert await pushes(house, conversation) == "nothing"


async def test_another_telephone_takes_the_place_of_the_one_before(office: PostOffice) -> None:
    """One conversation tells one telephone."""
    conversation = await wishes(office)
    async with transaction(office.house.engine) as connection:
        await telephones.keep(connection, KEYS, conversation.id, "13812345678", now=utc())
        kept = await telephones.telephone_of(connection, conversation.id)
    assert kept is not None
    assert kept.number == "13812345678"
    assert await office.house.scalar("SELECT count(*) FROM remembered_values") == 1
