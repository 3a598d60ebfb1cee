"""What a turn knows of announcements that may be asked about, and what is said of one. Real PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest
from fixtures.announcing import CITY, EDITOR, Room
from fixtures.house import House, turn_of
from sqlalchemy import text

from desk.announcements.board import MOST, PUBLISHED, READ, Matters, pieces
from desk.contract.messages import Published, ShowAnnouncements
from desk.conversations.rows import ConversationRow
from desk.store.database import transaction

READING = text(f"""
    SELECT ({PUBLISHED}) FROM conversations AS conversation
    JOIN LATERAL (SELECT conversation.id AS conversation_id) AS message ON true WHERE conversation.id = :id
""")
TITLES = {"zh_Hans": "公园闭园", "en": "Parks closed"}


@pytest.fixture
def room(house: House) -> Room:
    """Now, by both clocks."""
    return Room(house, datetime.now(UTC).replace(microsecond=0))


async def known(room: Room, reader: ConversationRow | None = None) -> list[Published]:
    """What a turn of a resident knows."""
    conversation = reader or await room.house.open()
    async with room.house.engine.connect() as connection:
        rows = (await connection.execute(READING, {"id": conversation.id})).scalar_one()
    return Matters(room.house.cities).published(rows, CITY, room.now)


async def answer(room: Room, number: int) -> str:
    """What is said of one that was asked about."""
    reader = await room.house.open()
    async with transaction(room.house.engine) as connection:
        done = await room.board.carry_out(turn_of(connection, reader, [ShowAnnouncements(number=number)]))
    [reply] = done.said
    return room.house.catalogs.render(reply, "zh_Hans").text


async def test_what_holds_is_known_in_pieces_with_its_facts(room: Room) -> None:
    """Titles in three languages, and what was written in each, sentence by sentence."""
    texts = {"zh_Hans": "各公园闭园。预计{until}恢复开放。", "en": "All parks are closed. They open again at {until}."}
    until = room.now + timedelta(days=1)
    number = await room.publish(titles=TITLES, texts=texts, until=until, topic="culture")
    [one] = await known(room)
    assert (one.number, one.topic, one.stands, one.told) == (number, "culture", "holds", False)
    assert one.titles == {"zh_Hans": "公园闭园", "zh_Hant": "公園閉園", "en": "Parks closed"}
    assert one.passages[0] == "公园闭园"
    assert one.passages[1].startswith("各公园闭园。预计")
    assert one.passages[2:4] == ("Parks closed", "All parks are closed.")
    assert "{until}" not in " ".join(one.passages)


@pytest.mark.parametrize(
    ("changes", "stands"),
    [
        ({"valid_from": timedelta(days=1), "until": timedelta(days=2)}, "ahead"),
        ({"until": timedelta(hours=3)}, "holds"),
    ],
)
async def test_what_is_ahead_is_known_as_that(room: Room, changes: dict[str, timedelta], stands: str) -> None:
    """It is answered with when it begins."""
    number = await room.publish(titles=TITLES, **{name: room.now + delta for name, delta in changes.items()})
    assert [one.stands for one in await known(room)] == [stands]
    assert ("开始" in await answer(room, number)) == (stands == "ahead")


async def test_what_was_over_today_is_known_as_that_and_no_longer_tomorrow(room: Room) -> None:
    """“It ended at …”, and nothing of its text."""
    room.now = room.now.replace(hour=4, minute=0, second=0)  # noon in China: the day is the city's
    number = await room.publish(titles=TITLES, until=room.now + timedelta(hours=2), link="https://city.example/5")
    room.now += timedelta(hours=3)
    rows = await known(room)
    assert [one.stands for one in rows if one.number == number] in ([], ["over"])  # the store's clock may be past it
    said = await answer(room, number)
    assert "公园闭园”已于" in said
    assert "14时结束" in said
    assert said.endswith("https://city.example/5")
    room.now += timedelta(days=1)
    assert number not in [one.number for one in await known(room)]


async def test_what_was_withdrawn_or_corrected_is_not_known_and_its_button_says_so(room: Room) -> None:
    """A button pressed later is answered with the correction; of what was withdrawn with that alone."""
    gone = await room.publish(titles=TITLES)
    await room.announcements.withdraw(EDITOR, gone)
    wrong = await room.publish(titles={"zh_Hans": "南园闭园", "en": "South"})
    async with room.house.engine.begin() as connection:
        right = await room.publish(titles={"zh_Hans": "北园闭园", "en": "North"})
        await connection.execute(
            text("UPDATE announcements SET corrects = :wrong WHERE id = :right"), {"wrong": wrong, "right": right}
        )
    assert [one.number for one in await known(room)] == [right]
    assert "撤回" in await answer(room, gone)
    assert (await answer(room, wrong)).startswith("【更正：北园闭园】")


async def test_what_was_told_to_the_resident_comes_first_of_those_that_fit(room: Room) -> None:
    """Then what is urgent, then the newest; as many as a turn may carry."""
    reader = await room.reader()
    told = await room.publish(titles={"zh_Hans": "停水", "en": "No water"}, schedule={"quiet": False})
    await room.tell()
    for minute in range(MOST + 2):
        room.now += timedelta(seconds=minute)
        await room.publish(topic="traffic", titles={"zh_Hans": f"通知{minute}", "en": f"Notice {minute}"})
    room.now += timedelta(minutes=1)
    first, *others = await known(room, reader)
    assert (first.number, first.told) == (told, True)
    assert len(others) == MOST - 1
    assert not any(one.told for one in others)


async def test_what_is_asked_about_is_quoted_with_its_end_agency_and_link(room: Room) -> None:
    """All that a resident needs, in one message."""
    agency = room.house.cities[CITY].agencies[0]
    number = await room.publish(
        titles=TITLES, until=room.now + timedelta(days=2), link="https://city.example/5", topic="culture"
    )
    said = await answer(room, number)
    for part in ("【公园闭园】", "周四8时至17时检修。", "结束", agency.names.zh_Hans, "https://city.example/5"):
        assert part in said


def test_a_text_is_cut_into_sentences_within_bounds() -> None:
    """Short ones stand with the next; a long text is not read to its end."""
    assert [*pieces("好。各公园自今天起闭园。已购门票可退。")] == ["好。各公园自今天起闭园。", "已购门票可退。"]
    assert [*pieces("No water until 3.30 pm. A truck stands at the corner.")] == [
        "No water until 3.30 pm.",
        "A truck stands at the corner.",
    ]
    assert sum(map(len, pieces("长" * (2 * READ)))) == READ
