"""Documents of announcements: brought, approved with what they are called, fetched by everybody, by nobody before."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from fixtures.announcing import APPROVER, EDITOR, Room
from fixtures.bulletin import CITY
from fixtures.house import House, turn_of
from fixtures.papers import printed
from fixtures.staffed import actor
from integration.test_announcement_images import brought as image_brought
from integration.test_images_in_chats import later
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from desk.announcements.composing.documents import forget_unused, path_of
from desk.announcements.composing.kept import Kept
from desk.announcements.content import AnnouncementFault, Document, State, faults_of
from desk.announcements.looking import Looking
from desk.contract.errors import NotFound
from desk.contract.messages import SetRhythm, ShowAnnouncements
from desk.contract.staff import Grant, NotPermitted, Role
from desk.media.clamd import Clamd
from desk.store.database import transaction
from sandbox.clamd import EICAR, PretendClamd

NAMES = {"zh_Hans": "停水范围图", "en": "Streets without water"}
CHANGE = text("UPDATE announcement_documents SET content = content || CAST('0' AS bytea)")
OTHER = text("UPDATE announcements SET documents = jsonb_set(documents, '{0,sha256}', to_jsonb(CAST(:sha256 AS text)))")
OTHER_NAME = text("UPDATE announcements SET documents = jsonb_set(documents, '{0,names,en}', '\"Another\"')")
NONE_LEFT = text("UPDATE announcements SET documents = '[]'")
SHA = "0" * 64
PAGE = f"https://city.example/{CITY}/announcements"


async def brought(room: Room, content: bytes | None = None, file: str = "notice.pdf", **names: str) -> Document:
    """A document that is kept, with its names."""
    content = content or printed()
    document = await room.announcements.keep_document(EDITOR, CITY, room.draft().agency, content, file)
    return document.model_copy(update={"names": names or NAMES})


def address(document: Document, number: int) -> str:
    return path_of(CITY, number, document.sha256)


async def test_a_document_is_kept_once_as_it_came_and_its_bringing_stands_in_the_audit(house: House) -> None:
    """By its hash, whoever brings it, whatever its file is called."""
    room, content = Room(house), printed()
    first = await room.announcements.keep_document(EDITOR, CITY, "city_hall", content, "C:\\lin\\停水 通知.PDF")
    again = await room.announcements.keep_document(EDITOR, CITY, "city_hall", content, "")
    assert (first.sha256 == again.sha256, first.size, first.file) == (True, len(content), "停水 通知.pdf")
    assert again.file == "document.pdf"
    assert await room.announcements.document(EDITOR, first.sha256) == content
    assert await house.scalar("SELECT count(*) FROM announcement_documents") == 1
    acts = await house.scalar("SELECT count(*) FROM audit_records WHERE act = 'announcement.keep_document'")
    assert acts == 2


async def test_who_does_not_write_for_an_agency_brings_no_documents(house: House) -> None:
    """By the permission to publish there."""
    with pytest.raises(NotPermitted):
        await Room(house).announcements.keep_document(APPROVER, CITY, "city_hall", printed(), "a.pdf")


@pytest.mark.parametrize(
    ("content", "fault", "why"),
    [(printed() + EICAR, None, "malware"), (printed(), "nonsense", "unscanned"), (printed(), None, None)],
    ids=["malware", "away", "clean"],
)
async def test_a_document_is_scanned_before_it_is_kept(
    house: House, content: bytes, fault: Any, why: str | None
) -> None:
    """Where nobody could look it is not taken: who brings it can try again."""
    async with PretendClamd(fault).listening() as daemon:
        room = Room(house, scanner=Clamd(daemon.address, 5.0))
        if why is None:
            await brought(room, content)
        else:
            with pytest.raises(AnnouncementFault, match=f"error_announcement_document_{why}"):
                await brought(room, content)
        assert daemon.taken == ([content] if fault is None else [])
    assert await house.scalar("SELECT count(*) FROM announcement_documents") == (1 if why is None else 0)


@pytest.mark.parametrize("size", [None, 7], ids=["not kept", "of another size"])
async def test_a_document_that_is_not_here_is_refused(house: House, size: int | None) -> None:
    """A hash that nothing is kept of names none; nor one with a size that is not its own."""
    room = Room(house)
    kept = await brought(room)
    wrong = kept.model_copy(update={"sha256": SHA} if size is None else {"size": size})
    with pytest.raises(AnnouncementFault, match="document_gone"):
        await room.announcements.create(EDITOR, room.draft(documents=[wrong]))


async def test_the_store_keeps_nothing_else_under_a_hash(house: House) -> None:
    """What was approved is what is fetched: another content is refused by the table itself."""
    await brought(Room(house))
    with pytest.raises(IntegrityError):
        async with transaction(house.engine) as connection:
            await connection.execute(CHANGE)


@pytest.mark.parametrize(
    ("names", "twice", "found"),
    [
        ({}, False, []),
        ({"en": "a" * 60}, False, []),
        ({"en": "a" * 61}, False, ["documents.0.names"]),
        ({}, True, ["documents"]),
    ],
)
async def test_names_are_short_and_each_document_is_there_once(
    house: House, names: dict[str, str], twice: bool, found: list[str]
) -> None:
    """A name is nobody's duty: the file has one."""
    room = Room(house)
    one = Document(sha256=SHA, file="a.pdf", size=1, names=names)
    draft = room.draft(documents=[one, one] if twice else [one])
    wrong = faults_of(draft, house.cities[CITY], topics=room.announcements.topics, now=room.now)
    assert [getattr(one, "field", None) for one in wrong] == found


async def test_what_is_for_some_alone_has_no_documents(house: House) -> None:
    """A document has a public address: who wants one shows the announcement to everybody."""
    room = Room(house)
    whom = {"whom": "users", "services": ["traffic_fines"]}
    draft = room.draft(audience=whom, documents=[Document(sha256=SHA, file="a.pdf", size=1)])
    wrong = faults_of(draft, house.cities[CITY], topics=room.announcements.topics, now=room.now)
    assert "on_pages: error_announcement_document_not_shown" in [str(one) for one in wrong]


@pytest.mark.parametrize("change", ["content", "name", "none"])
async def test_an_approval_is_bound_to_the_documents_and_their_names(house: House, change: str) -> None:
    """Another document in the store, another name, or none: that was not approved, and nothing is told."""
    room = Room(house)
    kept, other = await brought(room), await brought(room, printed("Something else"))
    row = await room.approve(
        await room.pending(documents=[kept], schedule={"at": room.now + timedelta(hours=1), "quiet": False})
    )
    assert row.state is State.APPROVED
    async with transaction(house.engine) as connection:
        if change == "content":
            await connection.execute(OTHER, {"sha256": other.sha256})
        else:
            await connection.execute(OTHER_NAME if change == "name" else NONE_LEFT)
    room.now += timedelta(hours=2)
    await room.announcements.begin_due()
    assert ((await room.find(row.id)).state, (await room.history(row.id))[-1]) == (State.CANCELLED, "void")


async def test_changing_documents_is_a_new_version_that_nobody_approved(house: House) -> None:
    """Templates and repetitions carry them; a withdrawal's own words do not."""
    room = Room(house)
    kept, other = await brought(room), await brought(room, printed("Something else"))
    row = await room.approve(await room.pending(documents=[kept], schedule={"at": room.now + timedelta(hours=1)}))
    changed = row.draft.model_copy(update={"documents": (other, kept)})
    saved = await room.announcements.save(EDITOR, row.id, row.version, changed)
    assert (saved.state, saved.version, saved.documents) == (State.DRAFT, 2, (other, kept))
    versions = await Looking(room.announcements).versions(EDITOR, row.id)
    assert [one.draft.documents for one in versions] == [(other, kept), (kept,)]
    texts = Kept(house.engine)
    await texts.keep_template(EDITOR, "with a map", changed)
    assert (await texts.templates(EDITOR))[0].draft.documents == (other, kept)
    every = {"at": room.now + timedelta(hours=1), "every": "day", "times": 2, "quiet": False}
    repeated = await room.approve(await room.pending(documents=[kept], schedule=every))
    again = await house.scalar(f"SELECT documents->0->>'sha256' FROM announcements WHERE repeats = {repeated.id}")
    assert again == kept.sha256


async def test_versions_without_documents_are_kept_as_before(house: House) -> None:
    """The release before reads them: it refuses what it does not know."""
    room = Room(house)
    await room.announcements.create(EDITOR, room.draft())
    assert await house.scalar("SELECT written ? 'documents' FROM announcement_versions") is False


async def test_documents_that_nothing_names_are_deleted_after_a_day(house: House) -> None:
    """Versions and templates keep theirs, also of an announcement that has another by now."""
    room = Room(house)
    first, second, third, lost = [await brought(room, printed(said)) for said in "abcd"]
    row = await room.announcements.create(EDITOR, room.draft(documents=[first]))
    await room.announcements.save(EDITOR, row.id, 1, room.draft(documents=[second]))
    await Kept(house.engine).keep_template(EDITOR, "one", room.draft(documents=[third]))

    async def left(before: datetime) -> set[str]:
        async with transaction(house.engine) as connection:
            await forget_unused(connection, before)
            return set((await connection.execute(text("SELECT sha256 FROM announcement_documents"))).scalars())

    assert len(await left(room.now)) == 4
    assert await left(room.now + timedelta(seconds=1)) == {first.sha256, second.sha256, third.sha256}
    with pytest.raises(NotFound):
        await room.announcements.document(EDITOR, lost.sha256)


async def test_staff_fetch_documents_of_their_places_alone(house: House) -> None:
    """A draft's by the permission to read it; one just brought is fetched by who brought it."""
    room = Room(house)
    kept = await brought(room)
    near, far = actor("near", Grant(Role.APPROVER, CITY)), actor("far", Grant(Role.APPROVER, "ningbo"))
    with pytest.raises(NotFound):
        await room.announcements.document(near, kept.sha256)
    await room.announcements.create(EDITOR, room.draft(documents=[kept]))
    assert await room.announcements.document(near, kept.sha256) == printed()
    with pytest.raises(NotFound):
        await room.announcements.document(far, kept.sha256)


# In chats


async def test_a_message_names_documents_and_links_to_each(house: House) -> None:
    """The text says what there is and where; each is a link of its own, in the language of who reads."""
    room = Room(house, public_url="https://city.example")
    kept, plain = await brought(room), await brought(room, printed("More"), file="permit.pdf", en="Permit")
    readers = {one: await room.reader(locale=one) for one in ("zh_Hant", "en")}
    number = await room.publish(documents=[kept, plain])
    await room.publish()
    await room.tell()
    size = f"{max(1, round(kept.size / 1000))} KB"
    wanted = {
        "zh_Hant": (
            f"附件：停水範圍圖（PDF，{size}）和Permit（PDF，{size}），請在此下載：{PAGE}/{number}",
            f"停水範圍圖（PDF，{size}）",
        ),
        "en": (
            f"Attached: Streets without water (PDF, {size}) and Permit (PDF, {size}). Download: {PAGE}/{number}",
            f"Streets without water (PDF, {size})",
        ),
    }
    for locale, (line, title) in wanted.items():
        first, second = [one.body["message"] for one in await house.events(readers[locale]) if one.type == "message"]
        assert first["text"].splitlines()[-1] == line
        assert first["links"][0] == {
            "kind": "document",
            "title": title,
            "url": f"https://city.example{address(kept, number)}",
        }
        assert (len(first["links"]), len(first["buttons"]), "links" in second) == (2, 1, False)
        assert "PDF" not in second["text"]


async def test_who_looks_them_up_reads_where_documents_are(house: House) -> None:
    """Among the latest, and of one that was asked about."""
    room = Room(house, public_url="https://city.example")
    number = await room.publish(documents=[await brought(room)])
    await room.publish()
    _, plain, documented = await room.shown()
    assert (documented.endswith(f"{PAGE}/{number}"), "PDF" in plain) == (True, False)
    conversation = await house.open()
    async with transaction(house.engine) as connection:
        effects = [ShowAnnouncements(number=number)]
        [reply] = (await room.board.carry_out(turn_of(connection, conversation, effects))).said
    assert [one.kind for one in house.catalogs.render(reply, "zh_Hans").links] == ["document"]
    room.public_url = ""
    assert not any("https" in one for one in await room.shown())


@pytest.mark.parametrize("others", [0, 1], ids=["alone", "in a digest"])
async def test_what_was_held_says_where_documents_are(house: House, others: int) -> None:
    """As it would have been told at once; in a digest each line names the page."""
    room = Room(house, public_url="https://city.example")
    reader = await room.reader()
    async with transaction(house.engine) as connection:
        await room.board.carry_out(turn_of(connection, reader, [SetRhythm(rhythm="daily", hour=18)]))
    image = await image_brought(room) if others else None
    number = await room.publish(documents=[await brought(room)], image=image)
    for _ in range(others):
        await room.publish()
    await room.tell()
    room.now += timedelta(hours=10)
    assert await later(room) == [True]
    [message] = [one.body["message"] for one in await house.events(reader) if one.type == "message"]
    line = f"图片和附件请见 {PAGE}/{number}" if others else f"请在此下载：{PAGE}/{number}"
    assert (line in message["text"], bool(message.get("links"))) == (True, not others)
