"""Announcements for an area on the map. Real PostgreSQL."""

from typing import Any
from uuid import uuid4

import pytest
from fixtures.announcing import CITY, EDITOR, Room
from fixtures.house import House, turn_of
from sqlalchemy import text

from desk.announcements.audience import whom
from desk.announcements.content import AnnouncementFault, Audience
from desk.announcements.telling import teller
from desk.city.area import read
from desk.contract.grid import cell_at
from desk.contract.messages import FollowPlace, LeavePlaces, Unsubscribe
from desk.conversations.rows import ConversationRow
from desk.store.database import transaction

AREA = read("120.151,30.271\n120.169,30.271\n120.169,30.279\n120.151,30.279")
HERE, BESIDE, FAR = cell_at(30.275, 120.155), cell_at(30.275, 120.165), cell_at(30.19, 120.26)

PERSON = text("INSERT INTO linked_persons (id, city, locale) VALUES (:id, 'hangzhou', 'zh_Hans')")
LINKED = text("""
    INSERT INTO linked_conversations (conversation_id, person_id) VALUES (:first, :id), (:second, :id)
""")
MOVED = text("UPDATE conversations SET city = 'ningbo' WHERE id = :moved")


@pytest.fixture
def room(house: House) -> Room:
    return Room(house)


async def near(room: Room, conversation: ConversationRow, *cells: int) -> None:
    """Someone wants notices near some squares."""
    async with transaction(room.house.engine) as connection:
        effects = [FollowPlace(cell=cell) for cell in cells]
        await room.board.carry_out(turn_of(connection, conversation, effects))


def audience(**changes: Any) -> dict[str, Any]:
    return {"audience": {"whom": "area", "area": AREA.model_dump(), **changes}}


async def test_an_area_reaches_whose_square_it_touches_once(room: Room) -> None:
    """Whoever has several squares in it is told once, and whoever lives elsewhere is not."""
    here, both, far = [await room.house.open() for _ in range(3)]
    await near(room, here, HERE)
    await near(room, both, HERE, BESIDE)
    await near(room, far, FAR)
    number = await room.publish(**audience())
    assert (await room.announcements.standing(EDITOR, number)).recipients == 2
    await room.tell()
    assert [len(await room.house.texts(one)) for one in (here, both, far)] == [1, 1, 0]


async def test_followers_are_added_and_told_once(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """With followers of its districts: who is both is told once, over any number of chunks."""
    monkeypatch.setattr(teller, "CHUNK", 2)
    district, other = (one.slug for one in room.house.cities[CITY].districts[:2])
    near_only, both, follower, elsewhere = [await room.house.open() for _ in range(4)]
    await near(room, near_only, HERE)
    await near(room, both, HERE)
    await room.wish(both, district=district)
    await room.wish(follower, district=district)
    await room.wish(elsewhere, district=other)
    number = await room.publish(**audience(and_followers=True), districts=(district,))
    assert (await room.announcements.standing(EDITOR, number)).recipients == 3
    await room.tell()
    told = [len(await room.house.texts(one)) for one in (near_only, both, follower, elsewhere)]
    assert told == [1, 1, 1, 0]


async def test_it_is_narrowed_as_others_are(room: Room) -> None:
    """Only one language, and nobody who follows another topic."""
    reader, other, excluded = await room.house.open(locale="en"), await room.house.open(), await room.house.open()
    for one in (reader, other, excluded):
        await near(room, one, HERE)
    await room.wish(excluded, topic="traffic")
    await room.publish(**audience(languages=["en"]))
    await room.publish(**audience(without_topics=["traffic"]))
    await room.tell()
    assert [len(await room.house.texts(one)) for one in (reader, other, excluded)] == [2, 1, 0]


async def test_whoever_left_is_told_no_more(room: Room) -> None:
    """By leaving places, by unsubscribing from all, by having everything erased."""
    left, all_ended, erased = [await room.house.open() for _ in range(3)]
    for one in (left, all_ended, erased):
        await near(room, one, HERE)
    async with transaction(room.house.engine) as connection:
        await room.board.carry_out(turn_of(connection, left, [LeavePlaces()]))
        await room.board.carry_out(turn_of(connection, all_ended, [Unsubscribe()]))
        for statement in room.board.erases:
            await connection.execute(statement, {"id": erased.id})
    assert await room.house.scalar("SELECT count(*) FROM notice_places") == 0


async def test_what_is_kept_is_given_out_as_a_square(room: Room) -> None:
    """The resident reads the borders of the square, and no point."""
    reader = await room.house.open()
    await near(room, reader, HERE)
    async with room.house.engine.connect() as connection:
        rows = (await connection.execute(room.board.gives["notice_places"], {"id": reader.id})).all()
    assert [one.square for one in rows] == ["30.27–30.28° N, 120.15–120.16° E"]


async def test_an_area_of_another_city_is_refused(room: Room) -> None:
    """It would reach nobody: coordinates are in the wrong order, or of another place."""
    away = read("121.41,31.21\n121.42,31.21\n121.42,31.22")
    with pytest.raises(AnnouncementFault) as refused:
        await room.publish(audience=Audience(whom="area", area=away))
    assert refused.value.field == "area"


async def test_another_area_voids_an_approval(room: Room) -> None:
    """What is approved is this area."""
    row = await room.find(await room.publish(**audience(), public=("post",)))
    assert row.state == "pending"
    before = room.announcements.digest(row)
    moved = read("120.151,30.271\n120.169,30.271\n120.169,30.280")
    draft = row.draft.model_copy(update={"audience": Audience(whom="area", area=moved)})
    saved = await room.announcements.save(EDITOR, row.id, row.version, draft)
    assert room.announcements.digest(saved) != before


@pytest.mark.parametrize("few", [0, 1_000])
async def test_a_count_and_its_spread_are_exact(room: Room, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    """Linked channels are one resident and two conversations; who moved to another city is still near and follows."""
    monkeypatch.setattr(whom, "FEW_SQUARES", few)
    first, second, moved, follower = [await room.house.open() for _ in range(4)]
    reader = await room.house.open(locale="en")
    for one in (first, second, moved, reader):
        await near(room, one, HERE, BESIDE)
    await room.wish(second)
    await room.wish(follower)
    async with transaction(room.house.engine) as connection:
        person = {"id": uuid4(), "first": first.id, "second": follower.id, "moved": moved.id}
        await connection.execute(PERSON, person)
        await connection.execute(LINKED, person)
        await connection.execute(MOVED, person)
    for both, counted, spread in ((True, 4, [4, 1]), (False, 4, [3, 1])):
        draft = room.draft(**audience(and_followers=both))
        reach = await room.announcements.reach(EDITOR, draft)
        assert (reach.residents, [(one.locale, one.residents) for one in reach.parts]) == (
            counted,
            [("zh_Hans", spread[0]), ("en", spread[1])],
        )
    reach = await room.announcements.reach(EDITOR, room.draft())
    assert (reach.residents, [one.residents for one in reach.parts]) == (2, [2])
    everybody = await room.announcements.reach(EDITOR, room.draft(audience={"whom": "everybody"}))
    assert everybody.residents == 3
