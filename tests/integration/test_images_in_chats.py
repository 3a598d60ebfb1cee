"""Images of announcements in chats: with what is to be seen on them, and the text in any case, once."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fixtures.announcing import CITY, EDITOR, NINE, TOPICS, Room
from fixtures.drawn import drawn
from fixtures.house import House, turn_of, until
from fixtures.post import PostOffice, post_office
from sqlalchemy import text

from desk.announcements.audience.whom import NOBODY
from desk.announcements.content import Image, faults_of
from desk.announcements.telling.later import Later
from desk.contract.messages import SetRhythm
from desk.contract.rendered import RenderedImage, RenderedMessage
from desk.conversations import stream
from desk.conversations.live import Live
from desk.conversations.rows import message_event
from desk.conversations.stream import BULK
from desk.platforms.loading import load_channels
from desk.store.database import transaction

RESIDENT = 5001
ALT = {"zh_Hans": "停水范围地图", "en": "A map of the streets without water"}
SEEN_AT = {"zh_Hans": "图片请见：{page}", "zh_Hant": "圖片請見：{page}", "en": "See the image: {page}"}
MAP = RenderedImage(url="https://city.example/map.jpg", text=ALT["zh_Hans"], width=320, height=200)
MAP_KEPT = Image(sha256="0" * 64, alternatives=ALT)
SAID = RenderedMessage(text="文三路停水。", locale="zh_Hans", image=MAP)


@pytest.fixture
async def office(house: House, tmp_path: Path) -> AsyncIterator[PostOffice]:
    async with post_office(house, tmp_path) as office:
        yield office


async def said_to(office: PostOffice) -> UUID:
    """Somebody who came, and to whom a message with an image is to be sent."""
    await office.do(RESIDENT, start="")
    [conversation] = await office.conversations()
    async with transaction(office.house.engine) as connection:
        await stream.append(connection, conversation, [message_event(SAID, author="bot")], lane=BULK)
    await Live(office.house.redis).publish(conversation)
    return conversation


async def end(office: PostOffice) -> tuple[str, str | None]:
    """What became of it, once that is known."""
    query = text("SELECT state, reason FROM deliveries ORDER BY seq DESC LIMIT 1")

    async def last() -> Any:
        async with office.house.engine.connect() as connection:
            return (await connection.execute(query)).one()

    async def ended() -> bool:
        return (await last()).state not in ("waiting", "sending")

    await until(ended)
    row = await last()
    return row.state, row.reason


async def heard(office: PostOffice) -> tuple[list[str], list[str]]:
    """Texts but for the greeting, and captions of photos."""
    messages = await office.heard(RESIDENT)
    texts = [one["text"] for one in messages if "text" in one and not one["text"].startswith("您好")]
    return texts, [one["caption"] for one in messages if "photo" in one]


async def test_it_goes_along_with_what_is_told(house: House) -> None:
    """By its public address, described in the language of each reader or in one that there is; else nothing changes."""
    room = Room(house, public_url="https://city.example")
    agency = house.cities[CITY].agencies[0].slug
    image = await room.announcements.keep_image(EDITOR, CITY, agency, drawn())
    readers = {one: await room.reader(locale=one) for one in ("zh_Hant", "en")}
    number = await room.publish(image=image.model_copy(update={"alternatives": {"zh_Hans": ALT["zh_Hans"]}}))
    await room.publish()
    await room.tell()
    url = f"https://city.example/{CITY}/announcements/images/{image.sha256}.jpg"
    for locale, alternative in (("zh_Hant", "停水範圍地圖"), ("en", ALT["zh_Hans"])):
        first, second = [one.body["message"] for one in await house.events(readers[locale]) if one.type == "message"]
        where = SEEN_AT[locale].format(page=f"https://city.example/{CITY}/announcements/{number}")
        assert first["image"] == {"url": url, "text": alternative, "width": 320, "height": 200, "seen_at": where}
        assert "image" not in second


async def test_who_looks_them_up_reads_where_an_image_is_seen(house: House) -> None:
    """In a line of its announcement on every channel; of others, and of what is asked until when, nothing changes."""
    room = Room(house, public_url="https://city.example")
    image = await room.announcements.keep_image(EDITOR, CITY, house.cities[CITY].agencies[0].slug, drawn())
    number = await room.publish(image=image.model_copy(update={"alternatives": ALT}))
    await room.publish()
    _, plain, illustrated = await room.shown()
    where = SEEN_AT["zh_Hans"].format(page=f"https://city.example/{CITY}/announcements/{number}")
    assert (illustrated.splitlines()[-1], "https" in plain) == (where, False)
    room.public_url = ""
    assert not any("https" in one for one in await room.shown())


async def test_it_comes_after_the_text(office: PostOffice) -> None:
    """As a photo with its description."""
    await said_to(office)
    async with office.sender():
        assert await end(office) == ("sent", None)
    assert await heard(office) == (["文三路停水。"], ["停水范围地图"])


@pytest.mark.parametrize(("error", "photos"), [(400, 0), (502, 0), ("cut", 1)])
async def test_where_it_is_refused_or_lost_the_text_is_there_once(
    office: PostOffice, error: int | str, photos: int
) -> None:
    """And the message counts as sent: all that has to be read has arrived."""
    await said_to(office)
    await office.steer("POST", "faults", {"method": "sendPhoto", "error": error})
    async with office.sender():
        assert await end(office) == ("sent", None)
    texts, captions = await heard(office)
    assert (texts, len(captions)) == (["文三路停水。"], photos)
    calls = (await office.steer("GET", "bot"))["calls"]
    assert calls.count("sendPhoto") == 1


async def test_where_it_has_to_wait_it_comes_later_and_the_text_not_again(office: PostOffice) -> None:
    """A platform that takes no more for a moment gets the photo alone, afterwards."""
    await said_to(office)
    await office.steer("POST", "faults", {"method": "sendPhoto", "error": 429, "retry_after": 1})
    async with office.sender():
        assert await end(office) == ("sent", None)
    assert await heard(office) == (["文三路停水。"], ["停水范围地图"])


@pytest.mark.parametrize(("channel", "goes"), [("telegram", True), ("weibo", True), ("sms", False), ("alipay", False)])
def test_where_none_is_shown_the_text_says_where_it_is_seen(channel: str, goes: bool) -> None:
    """On the announcement's own page, in a line of its own; where it is shown no such line is needed."""
    page = f"https://city.example/{CITY}/announcements/1"
    image = MAP.model_copy(update={"seen_at": SEEN_AT["zh_Hans"].format(page=page)})
    message = SAID.model_copy(update={"image": image})
    known = load_channels()[channel]
    shown = message if known.abilities.images else message.without_image()
    said = " ".join(piece.text for piece in known.render(shown))
    assert (known.abilities.images, page in said, "文三路停水。" in said) == (goes, not goes, True)


async def test_a_digest_brings_the_first_and_says_where_each_is_seen(house: House) -> None:
    """One image goes along; each line whose announcement has one names the page on which it is seen."""
    room = Room(house, public_url="https://city.example")
    agency = house.cities[CITY].agencies[0].slug
    image = await room.announcements.keep_image(EDITOR, CITY, agency, drawn())
    reader = await room.reader()
    async with transaction(house.engine) as connection:
        wish = SetRhythm(rhythm="daily", hour=18)
        await room.board.carry_out(turn_of(connection, reader, [wish]))
    plain = await room.publish()
    shown = await room.publish(image=image.model_copy(update={"alternatives": ALT}), link="https://water.example/map")
    await room.tell()
    room.now += timedelta(hours=10)
    assert await later(room) == [True]
    [message] = [one.body["message"] for one in await house.events(reader) if one.type == "message"]
    assert message["image"]["text"] == ALT["zh_Hans"]
    assert message["image"]["seen_at"] == ""
    assert f"https://water.example/map 图片请见 https://city.example/{CITY}/announcements/{shown}" in message["text"]
    assert f"announcements/{plain}" not in message["text"]


async def test_a_single_one_that_was_held_comes_with_its_image(house: House) -> None:
    """As it would have come at once."""
    room = Room(house, public_url="https://city.example")
    agency = house.cities[CITY].agencies[0].slug
    image = await room.announcements.keep_image(EDITOR, CITY, agency, drawn())
    reader = await room.reader()
    async with transaction(house.engine) as connection:
        await room.board.carry_out(turn_of(connection, reader, [SetRhythm(rhythm="daily", hour=18)]))
    await room.publish(image=image.model_copy(update={"alternatives": ALT}))
    await room.tell()
    room.now += timedelta(hours=10)
    assert await later(room) == [True]
    [message] = [one.body["message"] for one in await house.events(reader) if one.type == "message"]
    assert message["image"]["url"].endswith(f"{image.sha256}.jpg")
    assert "图片请见" not in message["text"]


async def test_what_is_for_some_alone_has_no_image(house: House) -> None:
    """An image has a public address: who wants one shows the announcement to everybody."""
    draft = Room(house).draft(audience={"whom": "users", "services": ["traffic_fines"]}, image=MAP_KEPT)
    faults = faults_of(draft, house.cities[CITY], topics=TOPICS, now=NINE)
    assert "on_pages: error_announcement_image_not_shown" in [str(one) for one in faults]


async def later(room: Room) -> list[bool]:
    """What is held and due is said."""
    house = room.house
    clock = lambda: room.now  # noqa: E731 - what `Later` is given
    saying = Later(
        house.engine,
        Live(house.redis),
        house.catalogs,
        house.cities,
        TOPICS,
        clock,
        public_url=room.public_url,
    )
    return [await saying.say(one) for one in await saying.waiting(NOBODY, 100)]
