"""Who may read an announcement: what goes to a list is not public, unless its editor says so. Real PostgreSQL."""

from typing import Any

import pytest
from fixtures.announcing import CITY, EDITOR, Room, lists_of
from fixtures.house import KEYS, House, turn_of
from sqlalchemy import text

from desk.accounts.people import person_of
from desk.announcements.content import AnnouncementFault
from desk.announcements.feeds import archive
from desk.contract.messages import ShowAnnouncements
from desk.conversations.rows import ConversationRow
from desk.store.database import transaction

NUMBER = "13800001111"
KNOW = text("""
    WITH resident AS (
        INSERT INTO residents (id, account_id, external_id, person)
        VALUES (gen_random_uuid(), :account, :person, :person) RETURNING id
    )
    UPDATE conversations SET resident_id = (SELECT id FROM resident) WHERE id = :id
""")


@pytest.fixture
def room(house: House) -> Room:
    return Room(house)


async def listed(room: Room) -> tuple[ConversationRow, dict[str, Any]]:
    """A resident on a list, and the audience of that list."""
    house = room.house
    conversation = await house.open()
    values = {"id": conversation.id, "account": house.account.id, "person": person_of(KEYS, "sms", NUMBER)}
    async with transaction(house.engine) as connection:
        await connection.execute(KNOW, values)
    agency = house.cities[CITY].agencies[0].slug
    made = await lists_of(house).upload(EDITOR, CITY, agency, "Works", "telephones", NUMBER.encode())
    return conversation, {"audience": {"whom": "list", "list": made.id}}


async def public(room: Room) -> list[int]:
    """What everybody reads: the timeline, and what feeds and the archive have."""
    async with room.house.engine.connect() as connection:
        shown = [one.id for one in await archive.in_force(connection, CITY, room.now, 50)]
        fed = [one.id for one in await archive.recent(connection, CITY, None, room.now)]
        found = [number for number in range(1, 20) if await archive.find(connection, CITY, number, room.now)]
    assert sorted(shown) == sorted(fed) == sorted(found)
    return sorted(shown)


async def asks(room: Room, conversation: ConversationRow) -> str:
    """What a resident is answered who asks for news."""
    async with transaction(room.house.engine) as connection:
        done = await room.board.carry_out(turn_of(connection, conversation, [ShowAnnouncements()]))
    return "\n".join(room.house.catalogs.render(reply, "zh_Hans").text for reply in done.said)


async def test_what_goes_to_a_list_is_read_by_those_on_it_alone(room: Room) -> None:
    """Not on pages, not in feeds, not in other residents' answers; those who were told find it again."""
    reader, audience = await listed(room)
    stranger = await room.house.open()
    number = await room.publish(**audience)
    assert not (await room.find(number)).draft.is_on_pages
    await room.tell()
    assert len(await room.house.texts(reader)) == 1
    assert await public(room) == []
    assert "文三路停水" in await asks(room, reader)
    assert "文三路停水" not in await asks(room, stranger)


async def test_its_editor_may_make_it_public(room: Room) -> None:
    """And may keep what is for followers off the pages."""
    _, audience = await listed(room)
    shown = await room.publish(**audience, on_pages=True)
    await room.publish(on_pages=False)
    usual = await room.publish()
    assert await public(room) == [shown, usual]


async def test_a_correction_is_read_where_what_it_corrects_is(room: Room) -> None:
    """Also where its own audience would be another."""
    _, audience = await listed(room)
    wrong = await room.publish(**audience)
    right = await room.announcements.correct(EDITOR, wrong, room.draft(titles={"zh_Hans": "改期", "en": "Moved"}))
    assert not right.draft.is_on_pages
    saved = await room.announcements.save(EDITOR, right.id, right.version, room.draft(on_pages=True))
    assert not saved.draft.is_on_pages


@pytest.mark.parametrize(
    "changes",
    [{"public": ("post",), "on_pages": False}, {"kind": "alert", "audience": {"whom": "everybody"}, "on_pages": False}],
)
async def test_what_must_be_public_cannot_be_kept_off(room: Room, changes: dict[str, Any]) -> None:
    """What is said on public accounts, and alerts."""
    with pytest.raises(AnnouncementFault) as refused:
        await room.publish(**changes)
    assert refused.value.field == "on_pages"


async def test_it_is_bound_by_the_approval(room: Room) -> None:
    """Changed behind everybody's back it is another than was approved; what was approved before stays so."""
    row = await room.find(await room.publish())
    before = room.announcements.digest(row)
    async with transaction(room.house.engine) as connection:
        await connection.execute(text("UPDATE announcements SET on_pages = false"))
    assert room.announcements.digest(await room.find(row.id)) != before
