"""Images of announcements in chats: with what is to be seen on them, and the text in any case, once."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fixtures.announcing import CITY, EDITOR, Room
from fixtures.drawn import drawn
from fixtures.house import House, until
from fixtures.post import PostOffice, post_office
from sqlalchemy import text

from desk.contract.rendered import RenderedImage, RenderedMessage
from desk.conversations import stream
from desk.conversations.live import Live
from desk.conversations.rows import message_event
from desk.conversations.stream import BULK
from desk.store.database import transaction

RESIDENT = 5001
ALT = {"zh_Hans": "停水范围地图", "en": "A map of the streets without water"}
MAP = RenderedImage(url="https://city.example/map.jpg", text=ALT["zh_Hans"], width=320, height=200)
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

    await until(ended, within_seconds=20)
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
    await room.publish(image=image.model_copy(update={"alternatives": {"zh_Hans": ALT["zh_Hans"]}}))
    await room.publish()
    await room.tell()
    url = f"https://city.example/{CITY}/announcements/images/{image.sha256}.jpg"
    for locale, alternative in (("zh_Hant", "停水範圍地圖"), ("en", ALT["zh_Hans"])):
        first, second = [one.body["message"] for one in await house.events(readers[locale]) if one.type == "message"]
        assert first["image"] == {"url": url, "text": alternative, "width": 320, "height": 200}
        assert "image" not in second


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
