"""Lists that agencies bring: who of them is known here is told; nothing else is kept. Real PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest
from fixtures.announcing import CITY, EDITOR, Room, lists_of
from fixtures.cases import appointment
from fixtures.house import KEYS, House
from fixtures.staffed import actor
from fixtures.tickets import link, waits
from sqlalchemy import text

from desk.accounts.people import person_of
from desk.announcements.audience.lists import entries_of, forget_over, rows_of
from desk.announcements.audience.whom import NOBODY, Whom
from desk.announcements.composing.kept import Kept
from desk.announcements.content import AnnouncementFault, Audience, LeftOut, State
from desk.cases.links import Links
from desk.cases.register import Register
from desk.contract.errors import Conflict, NotFound
from desk.contract.staff import Grant, NotPermitted, Role
from desk.conversations.rows import ConversationRow
from desk.store.database import transaction

AGENCY = "city_hall"
KNOW = text("""
    WITH resident AS (
        INSERT INTO residents (id, account_id, external_id, person)
        VALUES (gen_random_uuid(), :account, :person, :person) RETURNING id
    )
    UPDATE conversations SET resident_id = (SELECT id FROM resident) WHERE id = :id
""")


async def by_telephone(house: House, number: str) -> ConversationRow:
    """A resident who is known by their telephone number."""
    conversation = await house.open()
    values = {"id": conversation.id, "account": house.account.id, "person": person_of(KEYS, "sms", number)}
    async with transaction(house.engine) as connection:
        await connection.execute(KNOW, values)
    return conversation


async def upload(house: House, content: str, kind: str = "telephones", agency: str = AGENCY, name: str = "A") -> int:
    made = await lists_of(house).upload(EDITOR, CITY, agency, name, kind, content.encode())  # type: ignore[arg-type]
    return made.id


async def reached(house: House, number: int, agency: str = AGENCY) -> set[object]:
    whom = Whom(Audience(whom="list", list=number), CITY, "water", agency=agency)
    async with house.engine.connect() as connection:
        found = [one for at in await whom.accounts(connection) for one in await whom.next(connection, at, NOBODY, 99)]
        assert await whom.count(connection) == len(found)
    return {conversation for conversation, _ in found}


async def test_who_is_known_by_their_telephone_is_told(house: House) -> None:
    """However it is written; who is not known is counted, and nothing of any number is kept in clear."""
    anna, bob = await by_telephone(house, "13800001111"), await by_telephone(house, "+4915112345678")
    await by_telephone(house, "13900009999")
    content = "手机号,姓名\n138 0000 1111,x\n+86-13800001111,y\n+49 151 12345678,z\n13700000000,\nnobody,\n\n"
    made = await lists_of(house).upload(EDITOR, CITY, AGENCY, "Works", "telephones", content.encode())
    assert (made.lines, made.known, made.unknown) == (5, 3, 2)
    assert await reached(house, made.id) == {anna.id, bob.id}
    kept = await house.scalar("SELECT string_agg(one::text, ' ') FROM announcement_lists AS one")
    noted = await house.scalar("SELECT string_agg(one::text, ' ') FROM audit_records AS one")
    assert not any(number in kept + noted for number in ("1111", "5678", "0000000", "姓名"))


async def test_numbers_of_cases_and_tickets_lead_to_their_residents(house: House) -> None:
    """Of the agency's own alone."""
    anna, bob = await house.open(), await house.open()
    _, ticket = await waits(house)
    other, theirs = await waits(house)
    register = Register(KEYS, Links(KEYS, "https://desk.example"), house.cities)
    now = datetime.now(UTC)
    async with transaction(house.engine) as connection:
        for number, who, agency in ((1, anna, AGENCY), (2, bob, "water")):
            note = appointment(number, city=CITY, agency=agency)
            await register.keep(connection, who.id, note, now=now)
        await connection.execute(text("UPDATE tickets SET agency = :agency"), {"agency": AGENCY})
        moved = {"id": theirs.id}
        await connection.execute(text("UPDATE tickets SET agency = 'water' WHERE id = :id"), moved)
    content = f"mr2026 0001\nMR2026-0002\n{ticket.reference}\n{theirs.reference}\nMR2026-0003"
    made = await lists_of(house).upload(EDITOR, CITY, AGENCY, "Booked", "references", content.encode())
    assert (made.lines, made.known) == (5, 2)
    assert await reached(house, made.id) == {anna.id, ticket.conversation_id}
    assert other.id not in await reached(house, made.id)


async def test_a_list_is_an_audience_that_is_told(house: House) -> None:
    """Kept under its name; narrowed as others are; exactly those on it are told, once."""
    room = Room(house)
    anna, bob = await by_telephone(house, "13800001111"), await by_telephone(house, "13800002222")
    number = await upload(house, "13800001111\n")
    [kept] = await Kept(house.engine).audiences(EDITOR, CITY, AGENCY)
    assert (kept.name, kept.audience) == ("A", Audience(whom="list", list=number))
    one = await room.publish(audience=kept.audience)
    await room.tell()
    assert (await room.find(one)).state is State.DONE
    assert (len(await house.texts(anna)), len(await house.texts(bob))) == (1, 0)
    again = await upload(house, "13800002222\n")
    [kept] = await Kept(house.engine).audiences(EDITOR, CITY, AGENCY)
    assert kept.audience.list == again, "the name is the newer's"


async def test_lists_count_with_all_that_one_person_tells_alone(house: House) -> None:
    """Two lists of two are four, above the limit of three; training counts by itself."""
    room = Room(house, now=datetime.now(UTC))
    room.alone_up_to(3)
    numbers = [f"1380000000{one}" for one in range(4)]
    for number in numbers:
        await by_telephone(house, number)
    first, other = [await upload(house, "\n".join(some), name=some[0]) for some in (numbers[:2], numbers[2:])]

    async def told(number: int, **changes: str) -> State:
        whom = {"audience": {"whom": "list", "list": number}, "schedule": {"quiet": False}}
        return (await room.find(await room.publish(agency=AGENCY, **whom, **changes))).state

    assert await told(first, mode="training") is State.DONE
    assert [await told(first), await told(other)] == [State.SENDING, State.PENDING]


async def test_a_list_is_its_agencys_alone(house: House) -> None:
    """Neither named, nor counted, by another; nor brought for another."""
    await by_telephone(house, "13800001111")
    number = await upload(house, "13800001111\n")
    assert await reached(house, number, "water") == set()
    with pytest.raises(NotFound):
        await Room(house).publish(agency="water", audience={"whom": "list", "list": number})
    stranger = actor("stranger", Grant(Role.EDITOR, CITY, "water"))
    with pytest.raises(NotPermitted):
        await lists_of(house).upload(stranger, CITY, AGENCY, "A", "telephones", b"1")


async def test_a_list_ends(house: House) -> None:
    """After thirty days, with the audience kept of it; what was to go to it then is void."""
    room = Room(house, now=datetime.now(UTC))
    await by_telephone(house, "13800001111")
    number = await upload(house, "13800001111\n")
    audience = Audience(whom="list", list=number)
    one = await room.publish(audience=audience, schedule={"at": room.now + timedelta(hours=1)})
    async with transaction(house.engine) as connection:
        assert await forget_over(connection) == 0
        await connection.execute(text("UPDATE announcement_lists SET good_until = now() - interval '1 second'"))
        assert await forget_over(connection) == 1
    assert await house.scalar("SELECT count(*) FROM announcement_list_members") == 0
    assert await Kept(house.engine).audiences(EDITOR) == []
    room.now += timedelta(hours=2)
    await room.announcements.begin_due()
    assert (await room.find(one)).state is State.CANCELLED
    assert (await room.history(one))[-1] == "void"


async def test_a_list_is_left_out_on_all_channels_of_who_is_on_it(house: House) -> None:
    """Whoever of them follows on another channel is not told there either; the others are, and it is counted so."""
    room = Room(house)
    anna, follows, other = await by_telephone(house, "13800001111"), await room.reader(), await room.reader()
    await link(house, anna, follows)
    number = await upload(house, "13800001111\n")
    kept = await Kept(house.engine).leaving_out(EDITOR, CITY, AGENCY, Audience(), ["A"])
    assert kept == Audience(without=(LeftOut(whom="list", list=number, name="A"),))
    draft = room.draft(agency=AGENCY, audience=kept)
    assert (await room.announcements.reach(EDITOR, draft)).residents == 1
    await room.publish(agency=AGENCY, audience=kept)
    await room.tell()
    assert [len(await house.texts(one)) for one in (anna, follows, other)] == [0, 0, 1]
    with pytest.raises(NotFound):
        await room.publish(agency="water", audience=kept)


async def test_a_list_stays_while_it_is_left_out(house: House) -> None:
    """What is told on its last day goes on without them; what is to begin later is void."""
    room = Room(house)
    await by_telephone(house, "13800001111")
    await room.reader()
    number = await upload(house, "13800001111\n")
    audience = Audience(without=(LeftOut(whom="list", list=number),))
    await room.publish(agency=AGENCY, audience=audience)
    later = await room.publish(agency=AGENCY, audience=audience, schedule={"at": room.now + timedelta(hours=1)})
    async with transaction(house.engine) as connection:
        await connection.execute(text("UPDATE announcement_lists SET good_until = now() - interval '1 second'"))
        assert await forget_over(connection) == 0
    await room.tell()
    async with transaction(house.engine) as connection:
        assert await forget_over(connection) == 1
    room.now += timedelta(hours=2)
    await room.announcements.begin_due()
    assert ((await room.find(later)).state, (await room.history(later))[-1]) == (State.CANCELLED, "void")


async def test_what_leaves_others_out_is_not_left_out(house: House) -> None:
    """Nor is what nobody keeps, nor more than a few; each says so."""
    kept = Kept(house.engine)
    await kept.keep_audience(EDITOR, CITY, AGENCY, "B", Audience(without=(LeftOut(languages=("en",)),)))
    for at in range(6):
        await kept.keep_audience(EDITOR, CITY, AGENCY, f"C{at}", Audience(without_topics=("power",) * at))
    for names, why in (
        (["B"], "leaves others out itself"),
        (["D"], "keeps no audience called D"),
        ([f"C{at}" for at in range(6)], "At most 5"),
    ):
        with pytest.raises(Conflict if names != ["D"] else NotFound, match=why):
            await kept.leaving_out(EDITOR, CITY, AGENCY, Audience(), names)


async def test_who_is_forgotten_is_on_no_list(house: House) -> None:
    """Erasing a conversation takes it off."""
    anna = await by_telephone(house, "13800001111")
    number = await upload(house, "13800001111\n")
    async with transaction(house.engine) as connection:
        await connection.execute(text("DELETE FROM conversations WHERE id = :id"), {"id": anna.id})
    assert await reached(house, number) == set()


@pytest.mark.parametrize(
    ("content", "entries"),
    [
        (b"1\n2\n", [(1, "1"), (2, "2")]),
        ("电话;名\n1;x\n".encode("gb18030"), [(2, "1")]),
        (b"\xef\xbb\xbf1,2\r\n3,4\r\n", [(1, "1"), (2, "3")]),
        ("电话,名\n1,x\n".encode("utf-16"), [(2, "1")]),
        (b'"1 2",x\n\n\'3\n', [(1, "1 2"), (3, "3")]),
        (b"telephone\tname\n1\tx", [(2, "1")]),
        (b"9" * 300, [(1, "9" * 100)]),
    ],
)
def test_entries_are_read_as_spreadsheets_write_them(content: bytes, entries: list[tuple[int, str]]) -> None:
    """In any of the encodings, with any comma, with a heading or without; each with the number of its line."""
    assert list(entries_of(rows_of(content))) == entries


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"1\n" * 200_000, "list_long"),
        (b"1\n" * 2_000_000, "list_large"),
        (b"PK\x03\x04" + b"x" * 50, "list_excel"),
        (b"1\n2\x003\n", "list_binary"),
        (b"\xff\xfe1", "list_encoding"),
        (b"1\n2\n3\r4\n" + b'"' + b"5" * 140_000, "list_line"),
    ],
)
def test_what_is_no_list_says_why(content: bytes, said: str) -> None:
    """At the file, in words of their own; nothing of it is taken: half a list is none."""
    with pytest.raises(AnnouncementFault) as refused:
        list(rows_of(content))
    assert refused.value.field == "list_file"
    assert refused.value.said is not None
    assert refused.value.said.key == f"console.error_announcement_{said}"


async def test_lines_without_a_number_are_named(house: House) -> None:
    """By their place in the file, the first ten of them; where no line has one nothing is taken."""
    await by_telephone(house, "13800001111")
    content = "tel 1\nnobody\n13800001111\n" + "\n".join(f"line {one}" for one in range(20))
    made = await lists_of(house).upload(EDITOR, CITY, AGENCY, "A", "telephones", content.encode())
    assert (made.known, made.unreadable, made.where) == (1, 22, [1, 2, *range(4, 12)])
    assert made.unread[:3] == [(1, "t***"), (2, "n***"), (4, "l***")]
    with pytest.raises(AnnouncementFault, match="1, 2"):
        await lists_of(house).upload(EDITOR, CITY, AGENCY, "B", "telephones", b"tel 1\nnobody\n")
    assert await house.scalar("SELECT count(*) FROM announcement_lists") == 1


async def test_numbers_are_taken_from_the_column_that_has_them(house: House) -> None:
    """The only one with mobile numbers, where the first has none; of several it says which."""
    anna = await by_telephone(house, "13800001111")
    content = "No,Name,Tel\n1,A,138 0000 1111\n2,B,+86 13900000000\n3,C,1370000\n"
    made = await lists_of(house).upload(EDITOR, CITY, AGENCY, "A", "telephones", content.encode())
    assert (made.column, made.lines, made.known, made.unreadable, made.where) == (3, 3, 1, 1, [4])
    assert await reached(house, made.id) == {anna.id}
    assert await lists_of(house).find(CITY, AGENCY, made.id) == made
    two = "1,13800001111,13900000000\n"
    with pytest.raises(AnnouncementFault) as refused:
        await lists_of(house).upload(EDITOR, CITY, AGENCY, "B", "telephones", two.encode())
    assert refused.value.said is not None
    assert refused.value.said.args["columns"] == {"name": {"zh_Hans": "2、3", "zh_Hant": "2、3", "en": "2, 3"}}


@pytest.mark.parametrize(
    ("written", "is_one"),
    [
        ("13700000000", True),
        ("+86 137-0000-0000", True),
        ("008613700000000", True),
        ("0571-87654321", True),
        ("87654321", True),
        ("+852 9123 4567", True),
        ("1370000", False),
        ("137000000000", False),
        ("12345", False),
        ("330106199001011234", False),
    ],
)
async def test_what_is_no_telephone_number_is_named(house: House, written: str, is_one: bool) -> None:
    """One that is too short or too long is none: it does not count as not found."""
    content = f"13800001111\n{written}\n"
    made = await lists_of(house).upload(EDITOR, CITY, AGENCY, "A", "telephones", content.encode())
    assert made.where == ([] if is_one else [2])


@pytest.mark.parametrize(("count", "key"), [(10, "no_numbers"), (11, "no_numbers_more")])
async def test_more_lines_are_only_said_where_there_are_more(house: House, count: int, key: str) -> None:
    """Up to ten are all of them."""
    with pytest.raises(AnnouncementFault) as refused:
        await upload(house, "".join(f"line {one}\n" for one in range(count)))
    assert refused.value.said is not None
    assert refused.value.said.key == f"console.error_announcement_list_{key}"
