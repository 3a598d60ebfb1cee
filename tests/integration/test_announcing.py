"""The life of an announcement: approved by another, begun in time, corrected, cancelled. Real PostgreSQL."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fixtures.announcing import APPROVER, CITY, EDITOR, NINE, SECOND, Room
from fixtures.desk_command import Typed
from fixtures.desks import hire
from fixtures.house import House
from fixtures.patience import HANG_SECONDS
from fixtures.staffed import actor
from fixtures.tickets import waits
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from desk.announcements import arming
from desk.announcements.content import Audience, LeftOut, Schedule, State
from desk.announcements.measuring.figures import result_of
from desk.announcements.telling import saying, teller
from desk.announcements.telling.pace import LOOK_AGAIN, QUEUE, SLOWEST_A_MINUTE, quiet_end
from desk.console.announcements.writing import as_correction
from desk.contract.channel import Abilities
from desk.contract.errors import Conflict, NotFound
from desk.contract.staff import Grant, NotPermitted, Permission, Role
from desk.store.backpressure import Backpressure
from desk.store.database import transaction
from desk.tickets.presence import Presence

NIGHT = NINE + timedelta(hours=13)  # 22:00 in China
MORNING = NINE + timedelta(hours=23)  # 8:00
ELSEWHERE = actor("elsewhere", Grant(Role.APPROVER, "shanghai"))
OPERATOR = actor("operator", Grant(Role.OPERATOR))
TAMPER = text("UPDATE announcements SET texts = jsonb_set(texts, '{en}', '\"Send money\"') WHERE id = :id")
MOVED = text("UPDATE announcement_arming SET store = 'another/1'")
LIVE = text("UPDATE announcements SET mode = 'live' WHERE id = :id")


@pytest.fixture
def room(house: House) -> Room:
    return Room(house)


async def test_what_goes_to_many_waits_for_another(room: Room) -> None:
    """Above the city's limit submitting is not sending; an approver who wrote none of it lets it go."""
    for _ in range(3):
        await room.reader()
    room.alone_up_to(2)
    row = await room.find(await room.publish())
    assert row.state is State.PENDING
    await room.tell()
    assert (await room.approve(row)).state is State.SENDING
    await room.tell()
    assert (await room.find(row.id)).state is State.DONE
    assert await room.history(row.id) == ["create", "submit", "approve", "begin"]


async def test_one_person_tells_few_a_day_in_however_many_pieces(room: Room) -> None:
    """Piece by piece one comes to the limit and no further; another person, and the next day, have their own."""
    room.alone_up_to(5)
    for _ in range(2):
        await room.reader()
    states = [(await room.find(await room.publish())).state for _ in range(3)]
    assert states == [State.SENDING, State.SENDING, State.PENDING]
    standing = await room.announcements.standing(EDITOR, 3)
    assert (standing.is_alone, standing.share.left) == (False, 1)
    words = room.house.catalogs.text(standing.second, "en")
    assert words.startswith("Without approval you may tell 5 residents of this city within 24 hours (1 left). ")
    with pytest.raises(Conflict):
        await room.announcements.send(EDITOR, 3, 1)
    other = actor("other", Grant(Role.EDITOR))
    own = await room.announcements.create(other, room.draft())
    assert (await room.announcements.send(other, own.id, 1)).state is State.SENDING
    room.now += timedelta(hours=23)
    assert (await room.find(await room.publish())).state is State.PENDING
    room.now += timedelta(hours=1)
    assert (await room.find(await room.publish())).state is State.SENDING


async def test_two_at_once_do_not_both_take_what_is_left(room: Room) -> None:
    """Of two that are sent at the same moment one goes, and the other waits for a second person."""
    room.alone_up_to(3)
    for _ in range(2):
        await room.reader()
    made = [await room.announcements.create(EDITOR, room.draft()) for _ in range(2)]
    rows = await asyncio.gather(*(room.announcements.submit(EDITOR, one.id) for one in made))
    assert sorted(one.state for one in rows) == [State.PENDING, State.SENDING]


async def test_what_is_to_come_counts_and_what_was_stopped_does_not(room: Room) -> None:
    """What one person let go for later holds its share from then on; cancelled before it began, or returned, none."""
    room.alone_up_to(1)
    await room.reader()
    later = Schedule(at=NINE + timedelta(hours=5))
    first = await room.find(await room.publish(schedule=later))
    assert first.state is State.APPROVED
    assert (await room.find(await room.publish())).state is State.PENDING
    await room.announcements.cancel(EDITOR, first.id, "Not needed.")
    second = await room.find(await room.publish(schedule=later))
    assert second.state is State.APPROVED
    await room.announcements.give_back(APPROVER, second.id, "The street is another.")
    assert (await room.find(await room.publish())).state is State.SENDING
    again = await room.announcements.submit(EDITOR, second.id)
    assert again.state is State.PENDING
    assert (await room.approve(again)).state is State.APPROVED


async def test_commands_say_how_many_are_left(room: Room, typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the words of the page, before it is sent, and as numbers."""
    monkeypatch.setenv("DESK_PUBLIC_URL", "http://desk.example")
    room.now = datetime.now(UTC)
    await room.reader()
    await room.announcements.create(EDITOR, room.draft())
    await room.announcements.create(EDITOR, room.draft())
    code, _, errors = await typed("announce", "submit", "1")
    assert (code, errors) == (0, "")
    code, out, _ = await typed("announce", "show", "2")
    said = "Without approval you may tell 200 residents of this city within 24 hours (199 left)"
    assert (code, said in " ".join(out.split())) == (0, True)
    _, out, _ = await typed("announce", "show", "2", "--json")
    assert (json.loads(out)["alone"]["left"], json.loads(out)["needs_approval"]) == (199, False)


async def test_the_command_shows_a_draft_that_lacks_texts(
    room: Room, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An ellipsis stands for what is not written yet."""
    monkeypatch.setenv("DESK_PUBLIC_URL", "http://desk.example")
    await room.announcements.create(EDITOR, room.draft(titles={}, texts={}))
    code, out, errors = await typed("announce", "show", "1", "--json")
    assert (code, errors) == (0, "")
    assert all("…" in said for said in json.loads(out)["rendered"].values())


async def test_the_command_draws_examples(room: Room, typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the page does: language, channel and text."""
    monkeypatch.setenv("DESK_PUBLIC_URL", "http://desk.example")
    await room.reader(locale="en")
    await room.announcements.create(EDITOR, room.draft())
    code, out, errors = await typed("announce", "examples", "1", "--json")
    assert (code, errors) == (0, "")
    [one] = json.loads(out)["examples"]
    assert (one["language"], one["channel"], "8 am to 5 pm" in one["text"]) == ("en", "webchat", True)
    code, out, _ = await typed("announce", "examples", "1")
    assert (code, "These are all." in out) == (0, True)


async def test_the_command_asks_who_reads(room: Room, typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    """One who may approve it, by login; anybody else is refused, and what was asked stays."""
    monkeypatch.setenv("DESK_PUBLIC_URL", "http://desk.example")
    row = await room.announcements.create(EDITOR, room.draft())
    await hire(room.house.engine, "zheng", Grant(Role.APPROVER, row.city, row.agency))
    asking = ("announce", "ask", "1", "--language", "en", "--reader")
    assert (await typed(*asking, "zheng"))[0] == 0
    assert (await typed(*asking, "nobody"))[0] != 0
    _, out, _ = await typed("announce", "show", "1", "--json")
    assert json.loads(out)["asked"] == {"en": "zheng"}


async def test_a_correction_of_ones_own_is_not_counted_twice(room: Room) -> None:
    """It reaches only whom the other reached, so what was wrong is put right at once, and its end told."""
    room.alone_up_to(2)
    for _ in range(2):
        await room.reader()
    first = await room.publish()
    await room.tell()
    correction = await room.announcements.correct(EDITOR, first, room.draft(link="https://a.example"))
    assert (await room.announcements.submit(EDITOR, correction.id)).state is State.SENDING
    await room.tell()
    assert (await room.find(await room.publish())).state is State.PENDING
    why = {"zh_Hans": "推迟", "en": "Put off."}
    await room.announcements.withdraw(EDITOR, correction.id, tell=True, why=why)
    over = (await room.announcements.all(EDITOR, limit=1))[0]
    assert (over.takes_back, over.state) == (True, State.SENDING)


async def test_what_is_left_is_left_after_it(room: Room) -> None:
    """Once one's own has been let go it counts on its page, too: now, not by its time; before, it does not."""
    room.alone_up_to(5)
    for _ in range(3):
        await room.reader()
    row = await room.announcements.create(EDITOR, room.draft())
    assert (await room.announcements.standing(EDITOR, row.id)).share.left == 5
    await room.announcements.submit(EDITOR, row.id)
    standing = await room.announcements.standing(EDITOR, row.id)
    assert (standing.share.left, standing.is_alone) == (2, True)
    right = await room.announcements.correct(EDITOR, row.id, room.draft(link="https://a.example"))
    await room.announcements.submit(EDITOR, right.id)
    assert (await room.announcements.standing(EDITOR, right.id)).share.left == 2
    room.now += timedelta(hours=25)
    assert (await room.announcements.standing(EDITOR, row.id)).share.left == 5


async def test_what_repeats_holds_its_day(room: Room) -> None:
    """Each time counts with its own day and not with the time before."""
    room.alone_up_to(1)
    await room.reader()
    await room.publish(schedule=Schedule(at=NINE, every="day", times=3))
    for day in range(3):
        await room.announcements.begin_due()
        assert (await room.find(await room.publish())).state is State.PENDING
        room.now = NINE + timedelta(days=day + 1)
    rows = [one for one in await room.announcements.all(EDITOR) if one.schedule.every]
    assert [one.state for one in rows] == [State.SENDING] * 3
    assert (await room.find(await room.publish())).state is State.SENDING


@pytest.mark.parametrize("then", ["waits", "read in one language", "saved", "returned", "returned and saved"])
async def test_what_was_handed_in_takes_a_second_person(room: Room, then: str) -> None:
    """Few as they are whom it is for: one alone sends it no more, and submitting it has it wait."""
    await room.reader()
    row = await room.announcements.create(EDITOR, room.draft())
    assert (await room.announcements.standing(EDITOR, row.id)).is_alone
    await room.announcements.submit(EDITOR, row.id, to_another=True)
    if then == "read in one language":
        await room.announcements.approve(APPROVER, row.id, 1, ["en"])
    if "returned" in then:
        await room.announcements.give_back(APPROVER, row.id, "Which road?")
    if "saved" in then:
        row = await room.announcements.save(EDITOR, row.id, 1, room.draft(link="https://a.example"))
    standing = await room.announcements.standing(EDITOR, row.id)
    assert (standing.is_alone, standing.second.key) == (False, "console.announcement_second_handed_in")
    with pytest.raises(Conflict, match="It was handed in"):
        await room.announcements.send(EDITOR, row.id, row.version)
    if (await room.find(row.id)).state is not State.PENDING:
        assert (await room.announcements.submit(EDITOR, row.id)).state is State.PENDING
    assert (await room.approve(await room.find(row.id))).state is State.SENDING


async def test_what_one_let_go_and_then_changed_is_still_theirs(room: Room) -> None:
    """Nobody else was asked: it is sent alone again."""
    await room.reader()
    row = await room.announcements.create(EDITOR, room.draft(schedule=Schedule(at=NINE + timedelta(days=1))))
    assert (await room.announcements.send(EDITOR, row.id, 1)).state is State.APPROVED
    later = room.draft(schedule=Schedule(at=NINE + timedelta(days=2)))
    await room.announcements.save(EDITOR, row.id, 1, later)
    assert (await room.announcements.send(EDITOR, row.id, 2)).state is State.APPROVED


async def test_nobody_approves_their_own(room: Room) -> None:
    """Neither who wrote a version, nor who submitted it, whatever roles they hold; nor somebody of another city."""
    both = actor("both", Grant(Role.EDITOR), Grant(Role.APPROVER))
    row = await room.announcements.create(EDITOR, room.draft(kind="alert", audience={"whom": "everybody"}))
    await room.announcements.save(both, row.id, 1, row.draft)
    row = await room.announcements.submit(EDITOR, row.id)
    with pytest.raises(NotPermitted, match="themselves"):
        await room.approve(row, both)
    with pytest.raises(NotPermitted):
        await room.approve(row, EDITOR)
    with pytest.raises(NotFound):
        await room.approve(row, ELSEWHERE)
    assert (await room.approve(row)).state is State.SENDING


async def test_every_language_is_read_by_somebody(room: Room) -> None:
    """Two approvers may share the languages; until all were read nothing goes out."""
    row = await room.pending()
    assert (await room.announcements.approve(APPROVER, row.id, 1, ["zh_Hans"])).state is State.PENDING
    assert (await room.announcements.standing(SECOND, row.id)).waits_for == ["en"]
    with pytest.raises(Conflict):
        await room.announcements.approve(SECOND, row.id, 1, [])
    assert (await room.announcements.approve(SECOND, row.id, 1, ["en"])).state is State.SENDING


async def test_a_change_voids_the_approval(room: Room) -> None:
    """A new version is a draft; the old one can no longer be approved, nor changed by who has it still open."""
    row = await room.approve(await room.pending(schedule=Schedule(at=NINE + timedelta(hours=1))))
    assert row.state is State.APPROVED
    saved = await room.announcements.save(EDITOR, row.id, 1, row.draft.model_copy(update={"link": "https://a.example"}))
    assert (saved.state, saved.version, saved.due_at) == (State.DRAFT, 2, None)
    with pytest.raises(Conflict):
        await room.announcements.save(EDITOR, row.id, 1, row.draft)
    await room.announcements.submit(EDITOR, row.id)
    with pytest.raises(Conflict):
        await room.announcements.approve(APPROVER, row.id, 1, ["zh_Hans", "en"])
    room.now += timedelta(hours=2)
    assert await room.announcements.begin_due() == 0


async def test_what_is_changed_behind_the_approval_is_not_sent(room: Room) -> None:
    """A text that is another in the store when the time comes is void, and nobody is told."""
    reader = await room.reader()
    row = await room.approve(await room.pending(schedule=Schedule(at=NINE + timedelta(hours=1))))
    async with transaction(room.house.engine) as connection:
        await connection.execute(TAMPER, {"id": row.id})
    room.now += timedelta(hours=2)
    await room.announcements.begin_due()
    await room.tell()
    assert await room.house.texts(reader) == []
    assert ((await room.find(row.id)).state, (await room.history(row.id))[-1]) == (State.CANCELLED, "void")


@pytest.mark.parametrize(("without", "state"), [([{"languages": ["en"]}], State.CANCELLED), ([], State.SENDING)])
async def test_an_approval_is_bound_to_who_is_left_out(room: Room, without: list[Any], state: State) -> None:
    """Who is put back among them behind everybody's back voids it; what leaves out nobody reads as it always did."""
    schedule = Schedule(at=NINE + timedelta(hours=1))
    audience = {"whom": "everybody", "without": without}
    row = await room.approve(await room.pending(audience=audience, schedule=schedule))
    async with transaction(room.house.engine) as connection:
        without_it = text("UPDATE announcements SET audience = audience - 'without' WHERE id = :id")
        await connection.execute(without_it, {"id": row.id})
    room.now += timedelta(hours=2)
    await room.announcements.begin_due()
    assert (await room.find(row.id)).state is state


async def test_returned_and_rejected_say_why(room: Room) -> None:
    """A returned one is changed and submitted again; a rejected one is over. Both want a reason."""
    row = await room.pending()
    with pytest.raises(Conflict):
        await room.announcements.give_back(APPROVER, row.id, " ")
    await room.announcements.give_back(APPROVER, row.id, "The English text names another road.")
    again = await room.announcements.save(EDITOR, row.id, 1, row.draft)
    await room.announcements.submit(EDITOR, row.id)
    assert (await room.announcements.reject(APPROVER, again.id, "Not ours to say.")).state is State.REJECTED
    with pytest.raises(Conflict):
        await room.announcements.submit(EDITOR, row.id)
    standing = await room.announcements.standing(EDITOR, row.id)
    assert [one.reason for one in standing.history if one.reason] == [
        "The English text names another road.",
        "Not ours to say.",
    ]


async def test_training_never_reaches_anybody(room: Room) -> None:
    """It goes the same way and ends; and what was drafted so cannot be made live, not even in the store."""
    reader = await room.reader()
    row = await room.find(await room.publish(mode="training"))
    await room.tell()
    assert (row.state, await room.house.texts(reader), await room.shown()) == (
        State.DONE,
        [],
        ["杭州目前没有仍然有效的通知。您可以订阅，一有新通知就在这里告诉您。"],
    )
    with pytest.raises(DBAPIError):
        async with transaction(room.house.engine) as connection:
            await connection.execute(LIVE, {"id": row.id})
    drafted = await room.announcements.create(EDITOR, room.draft(mode="training"))
    with pytest.raises(Conflict):
        await room.announcements.save(EDITOR, drafted.id, 1, room.draft())


async def test_a_drill_keeps_quiet_hours(room: Room) -> None:
    """It waits for the morning as a live one would and says until when; urgent, or for any hour, it does not."""
    reader = await room.reader()
    room.now = NIGHT
    drill = await room.publish(mode="training")
    at_once = [
        await room.publish(mode="training", urgency="urgent"),
        await room.publish(mode="training", schedule={"quiet": False}),
    ]
    await room.tell()
    assert [(await room.find(one)).state for one in (drill, *at_once)] == [State.SENDING, State.DONE, State.DONE]
    standing = await room.announcements.standing(EDITOR, drill)
    assert quiet_end(standing.row, standing.reach, room.house.cities[CITY], NIGHT) == MORNING
    room.now = MORNING
    await room.tell()
    assert ((await room.find(drill)).state, await room.house.texts(reader)) == (State.DONE, [])


async def test_a_drill_that_waits_is_cancelled_and_corrected(room: Room) -> None:
    """As a live one: what corrects it comes in its place in the morning, urgent at once; nobody ever reads either."""
    reader = await room.reader()
    room.now = NIGHT
    gone, wrong, other = [await room.publish(mode="training") for _ in range(3)]
    await room.announcements.cancel(APPROVER, gone, "Another day.")
    right = await room.announcements.correct(EDITOR, wrong, room.draft(mode="training"))
    urgent = await room.announcements.correct(EDITOR, other, room.draft(mode="training", urgency="urgent"))
    for one in (right, urgent):
        await room.announcements.submit(EDITOR, one.id)
    await room.tell()
    states = [(await room.find(one)).state for one in (gone, wrong, other, right.id, urgent.id)]
    assert states == [State.CANCELLED, State.CANCELLED, State.CANCELLED, State.SENDING, State.DONE]
    standing = await room.announcements.standing(EDITOR, right.id)
    assert quiet_end(standing.row, standing.reach, room.house.cities[CITY], NIGHT) == MORNING
    room.now = MORNING
    await room.tell()
    assert ((await room.find(right.id)).state, await room.house.texts(reader)) == (State.DONE, [])


async def test_nobody_is_woken(room: Room) -> None:
    """In quiet hours nobody is told of what can wait; of an urgent one at once."""
    reader = await room.reader()
    room.now = NIGHT
    await room.publish()
    await room.publish(urgency="urgent", titles={"zh_Hans": "水管爆裂", "en": "Burst pipe"})
    await room.tell()
    assert len(await room.house.texts(reader)) == 1
    room.now = MORNING
    await room.tell()
    assert len(await room.house.texts(reader)) == 2


async def test_what_is_due_too_late_is_not_begun(room: Room) -> None:
    """A schedule that nobody carried out for a day is stale; one that is out of date as well."""
    reader = await room.reader()
    late = await room.publish(schedule=Schedule(at=NINE + timedelta(hours=1)))
    over = await room.publish(schedule=Schedule(at=NINE + timedelta(hours=1)), until=NINE + timedelta(hours=2))
    room.now += timedelta(hours=3)
    await room.announcements.begin_due()
    assert (await room.find(late)).state is State.SENDING
    assert [await room.history(over)][0][-1] == "expire"
    late = await room.publish(schedule=Schedule(at=room.now + timedelta(hours=1)))
    room.now += timedelta(hours=26)
    await room.announcements.begin_due()
    assert (await room.find(late)).state is State.CANCELLED
    await room.tell()
    assert len(await room.house.texts(reader)) == 1


async def test_repeated_ones_begin_each_at_their_time(room: Room) -> None:
    """One approval for all times; cancelling the first cancels what has not begun."""
    reader = await room.reader()
    weekly = Schedule(at=NINE + timedelta(hours=1), every="week", times=3)
    row = await room.approve(await room.pending(schedule=weekly, kind="announcement", audience={}, public=("post",)))
    for week in (0, 1):
        room.now = NINE + timedelta(hours=2, weeks=week)
        await room.announcements.begin_due()
        await room.tell()
    assert len(await room.house.texts(reader)) == 2
    await room.announcements.withdraw(EDITOR, row.id, tell=False)
    room.now = NINE + timedelta(hours=2, weeks=2)
    await room.announcements.begin_due()
    await room.tell()
    assert len(await room.house.texts(reader)) == 2


@pytest.mark.parametrize(
    ("changes", "begins"),
    [
        (
            {},
            (
                "【更正：文三路停水】我们{at}发布的通知有误，请以这一条为准。\n",
                "Our notice of {at} was wrong; please go by this",
            ),
        ),
        (
            {"mistake": {"zh_Hans": "20时恢复，不是17时。", "en": "it is back at 8 pm, not at 5 pm."}},
            (
                "【更正：文三路停水】我们{at}发布的通知有误：20时恢复，不是17时。\n",
                "Our notice of {at} was wrong: it is back at 8",
            ),
        ),
        (
            {"titles": {"zh_Hans": "文二路停水", "en": "No water in Wen'er Road"}},
            (
                "【更正：文二路停水】我们{at}发布的“文三路停水”有误，",
                "Our notice “No water in Wensan Road” of {at} was wrong;",
            ),
        ),
        (
            {
                "titles": {"zh_Hans": "文二路停水", "en": "No water in Wen'er Road"},
                "mistake": {"zh_Hans": "是文二路。", "en": "it is Wen'er Road."},
            },
            (
                "【更正：文二路停水】我们{at}发布的“文三路停水”有误：是文二路。\n",
                "Road” of {at} was wrong: it is Wen'er Road.\n",
            ),
        ),
    ],
)
async def test_a_correction_names_first_what_was_wrong(
    room: Room, changes: dict[str, Any], begins: tuple[str, str]
) -> None:
    """When that was published, its title where that is another now, what is right; who asks later reads no title."""
    readers = [await room.reader(locale=one) for one in ("zh_Hans", "en")]
    wrong = await room.find(await room.publish())
    await room.tell()
    right = await room.announcements.correct(EDITOR, wrong.id, room.draft(**changes))
    await room.announcements.submit(EDITOR, right.id)
    await room.tell()
    assert wrong.published_at is not None
    for reader, beginning, form in zip(readers, begins, ("%Y年%-m月%-d日 %H:%M", "%-d %B %Y, %H:%M"), strict=True):
        at = room.house.cities[wrong.city].local(wrong.published_at).strftime(form)
        assert beginning.replace("{at}", at) in (await room.house.texts(reader))[-1]
    shown = await room.shown()
    assert ("有误" in shown[1], "“文三路停水”" in shown[1]) == (True, False)


async def test_only_a_correction_says_what_was_wrong(room: Room) -> None:
    """Neither a first announcement nor a new version of one; a correction of a correction says its own."""
    mistake = {"zh_Hans": "20时恢复。", "en": "Back at 8 pm."}
    with pytest.raises(Conflict, match="Only a correction"):
        await room.announcements.create(EDITOR, room.draft(mistake=mistake))
    kept = await room.announcements.create(EDITOR, room.draft())
    with pytest.raises(Conflict, match="Only a correction"):
        await room.announcements.save(EDITOR, kept.id, kept.version, room.draft(mistake=mistake))
    wrong = await room.publish()
    right = await room.announcements.correct(EDITOR, wrong, room.draft(mistake=mistake))
    changed = await room.announcements.save(EDITOR, right.id, right.version, room.draft(mistake={}))
    assert (right.mistake, changed.mistake, as_correction(right).mistake) == (mistake, {}, {})


async def test_an_approval_is_bound_to_what_was_wrong(room: Room) -> None:
    """Changed behind everybody's back it is not sent."""
    wrong = await room.publish()
    mistake = {"zh_Hans": "20时恢复。", "en": "Back at 8 pm."}
    right = await room.announcements.correct(EDITOR, wrong, room.draft(mistake=mistake))
    async with transaction(room.house.engine) as connection:
        before = room.announcements.digest(await room.announcements.find_in(connection, EDITOR, right.id))
        await connection.execute(text("UPDATE announcements SET mistake = '{}' WHERE id = :id"), {"id": right.id})
        assert room.announcements.digest(await room.announcements.find_in(connection, EDITOR, right.id)) != before


async def test_correction_goes_to_who_was_reached_or_waited(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sent and unknown ones are told, dead ones are not; who still waited reads it instead of the wrong one."""
    monkeypatch.setattr(teller, "CHUNK", 4)
    readers = sorted([await room.reader(pushes=True) for _ in range(6)], key=lambda one: one.id)
    wrong = await room.publish()
    assert await room.teller.step()
    for reader, state in zip(readers, ["sent", "unknown", "dead"], strict=False):
        await room.became(reader, state)
    right = await room.announcements.correct(EDITOR, wrong, room.draft(texts={"zh_Hans": "周五。", "en": "Friday."}))
    await room.announcements.submit(EDITOR, right.id)
    await room.tell()
    corrected = [sum("更正" in text for text in await room.house.texts(one)) for one in readers]
    assert corrected == [1, 1, 0, 1, 1, 1]
    assert [len(await room.house.texts(one)) for one in readers[4:]] == [1, 1]
    waiting = """SELECT count(*) FROM deliveries JOIN announcement_deliveries AS told USING (conversation_id, seq)
                 WHERE deliveries.state = 'waiting' AND told.announcement_id = :wrong"""
    assert await room.house.scalar(waiting, wrong=wrong) == 0
    assert (await room.find(wrong)).state is State.CANCELLED
    shown = await room.shown()
    assert (len(shown), "更正" in shown[1]) == (2, True)


async def test_cancelling_stops_what_waits(room: Room) -> None:
    """What is in the outbox is not sent; the figures count it as dropped."""
    for _ in range(3):
        await room.reader(pushes=True)
    number = await room.publish()
    await room.tell()
    with pytest.raises(Conflict):
        await room.announcements.cancel(EDITOR, number, "")
    await room.announcements.cancel(EDITOR, number, "The works are called off.")
    async with room.house.engine.connect() as connection:
        assert (await result_of(connection, number)).in_state("dropped") == 3
    with pytest.raises(Conflict):
        await room.announcements.cancel(EDITOR, number, "Once more.")


async def test_a_send_that_fails_is_paused(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where most messages do not arrive nobody else is told until somebody says so."""
    monkeypatch.setattr(teller, "CHUNK", 3)
    monkeypatch.setattr(teller, "FEWEST", 2)
    readers = [await room.reader(pushes=True) for _ in range(9)]
    number = await room.publish()
    await room.teller.step()
    for reader in readers:
        await room.became(reader, "dead")
    await room.tell()
    told = "SELECT count(*) FROM announcement_deliveries"
    assert await room.house.scalar(told) == 6
    with pytest.raises(NotPermitted):
        await room.announcements.resume(OPERATOR, number)
    async with transaction(room.house.engine) as connection:
        await connection.execute(text("UPDATE deliveries SET state = 'sent'"))
    await room.announcements.resume(EDITOR, number)
    await room.tell()
    assert await room.house.scalar(told) == 9


async def test_a_send_that_paused_by_itself_is_told(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """In its history, in the audit, to who may resume or cancel it; and it says why messages did not arrive."""
    monkeypatch.setattr(teller, "CHUNK", 3)
    monkeypatch.setattr(teller, "FEWEST", 2)
    number = await failing(room, 6)
    standing = await room.announcements.standing(EDITOR, number)
    paused = standing.history[-1]
    account = await room.house.scalar("SELECT slug FROM channel_accounts WHERE city = 'hangzhou' LIMIT 1")
    assert (paused.act, paused.actor) == ("pause", "announcements")
    assert paused.reason == f"{account}: 3 of the last 3 messages did not arrive"
    alert = await room.house.scalar("SELECT row_to_json(staff_alerts) FROM staff_alerts")
    told = [alert[one] for one in ("kind", "subject", "detail", "city", "permission")]
    assert told == ["pause", str(number), f"{account} 3 3", "hangzhou", "announcement.withdraw"]
    assert await room.house.scalar("SELECT count(*) FROM audit_records WHERE act = 'announcement.pause'") == 1
    async with room.house.engine.connect() as connection:
        [reason] = (await result_of(connection, number)).reasons
    assert (reason.account, reason.reason, reason.messages) == (account, "error 42", 3)
    await room.tell()
    assert await room.house.scalar("SELECT count(*) FROM staff_alerts") == 1


async def test_a_send_that_was_resumed_is_watched_anew(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed before does not pause it again; what fails after that does, and is told again."""
    monkeypatch.setattr(teller, "CHUNK", 3)
    monkeypatch.setattr(teller, "FEWEST", 2)
    number = await failing(room, 15)
    await room.announcements.resume(EDITOR, number)
    told = "SELECT count(*) FROM announcement_deliveries"
    for count in (9, 12):
        await room.teller.step()
        assert await room.house.scalar(told) == count
    async with transaction(room.house.engine) as connection:
        await connection.execute(text("UPDATE deliveries SET state = 'dead' WHERE state = 'waiting'"))
    await room.tell()
    assert await room.history(number) == ["create", "submit", "begin", "pause", "resume", "pause"]
    assert await room.house.scalar("SELECT count(*) FROM staff_alerts") == 2
    await room.announcements.cancel(EDITOR, number, "The gateway is broken.")
    assert await room.house.scalar(told) == 15


async def test_who_stops_it_waits_for_no_chunk_to_end_in_failure(room: Room) -> None:
    """Nobody is told while somebody holds the announcement in order to stop it; let go, it goes on where it was."""
    reader = await room.reader()
    number = await room.publish()
    async with transaction(room.house.engine) as holding:
        await room.announcements.hold(holding, EDITOR, number, Permission.ANNOUNCEMENT_WITHDRAW)
        async with asyncio.timeout(HANG_SECONDS):
            assert await room.teller.step()
        assert await told_of(room, number) == 0
    room.now += teller.FULL
    await room.tell()
    assert len(await room.house.texts(reader)) == 1
    assert (await room.find(number)).state is State.DONE


class Halfway(Backpressure):
    """A process in which somebody acts before the second part of a chunk."""

    def __init__(self, act: Callable[[], Awaitable[object]]) -> None:
        super().__init__()
        self.act, self.parts, self.acting = act, 0, list[asyncio.Task[object]]()

    async def give_way(self) -> None:
        self.parts += 1
        if self.parts == 2:
            self.acting.append(asyncio.ensure_future(self.act()))
            await asyncio.sleep(HEARD_SECONDS)


HEARD_SECONDS = 0.5  # by then the act holds the announcement


@pytest.mark.parametrize("is_corrected", [False, True])
async def test_a_chunk_breaks_off_where_it_is_stopped(
    room: Room, monkeypatch: pytest.MonkeyPatch, is_corrected: bool
) -> None:
    """Who cancels, or corrects, waits for no more than a part; each is told of one of both, and nobody twice."""
    monkeypatch.setattr(teller, "AT_ONCE", 2)
    monkeypatch.setattr(teller, "QUIET_AT_ONCE", 2)
    readers = [await room.reader(pushes=True) for _ in range(10)]
    number = await room.publish()
    right = await room.announcements.correct(EDITOR, number, room.draft(link="https://a.example"))

    async def act() -> object:
        if is_corrected:
            return await room.announcements.submit(EDITOR, right.id)
        return await room.announcements.cancel(EDITOR, number, "The works are called off.")

    halfway = Halfway(act)
    async with asyncio.timeout(HANG_SECONDS):
        assert await replace(room.teller, backpressure=halfway).step()
        await halfway.acting[0]
    assert await told_of(room, number) == 2
    assert await room.house.scalar("SELECT count(*) FROM deliveries WHERE state = 'waiting'") == 0
    room.now += teller.FULL
    await room.tell()
    assert await told_of(room, number) == 2
    assert await told_of(room, right.id) == (10 if is_corrected else 0)
    told = [len(await room.house.texts(one)) for one in readers]
    assert sorted(told) == ([1] * 8 + [2] * 2 if is_corrected else [0] * 8 + [1] * 2)


async def test_who_is_in_a_turn_holds_up_nobody_who_stops_it(room: Room) -> None:
    """While one conversation is busy for long the announcement is cancelled, and that one is not told."""
    reader = await room.reader()
    number = await room.publish()
    async with transaction(room.house.engine) as turn:
        await saying.lock(turn, [reader.id])
        telling = asyncio.create_task(room.teller.step())
        await asyncio.sleep(HEARD_SECONDS)
        async with asyncio.timeout(HANG_SECONDS):
            await room.announcements.cancel(EDITOR, number, "The works are called off.")
            await telling
    await room.tell()
    assert (await room.house.texts(reader), (await room.find(number)).state) == ([], State.CANCELLED)


async def failing(room: Room, readers: int) -> int:
    """Publish to so many, the first three of whom it does not reach; answers its number once it has paused."""
    for _ in range(readers):
        await room.reader(pushes=True)
    number = await room.publish()
    await room.teller.step()
    async with transaction(room.house.engine) as connection:
        await connection.execute(text("UPDATE deliveries SET state = 'dead', reason = 'error 42'"))
    await room.tell()
    return number


async def test_restored_store_sends_nothing_until_it_is_armed(room: Room) -> None:
    """Alerts neither: a copy that tells one of its backup again is a false alarm. Armed, it tells each once."""
    reader = await room.reader()
    async with transaction(room.house.engine) as connection:
        assert await arming.is_armed(connection)
        await connection.execute(MOVED)
    number = await room.publish()
    await room.announcements.begin_due()
    await room.tell()
    assert (await room.house.texts(reader), (await room.find(number)).state) == ([], State.APPROVED)
    alert = await room.approve(await room.pending())
    await room.tell()
    assert (await room.house.texts(reader), alert.state) == ([], State.APPROVED)
    with pytest.raises(NotPermitted):
        await arming.arm(room.house.engine, EDITOR)
    await arming.arm(room.house.engine, OPERATOR)
    await room.announcements.begin_due()
    await room.tell()
    assert len(await room.house.texts(reader)) == 2


async def test_an_alert_that_is_being_told_stops_in_a_restored_store(room: Room) -> None:
    """The backup was made while it was told: nobody else is told until somebody has looked."""
    reader = await room.reader()
    await room.approve(await room.pending())
    async with transaction(room.house.engine) as connection:
        await connection.execute(MOVED)
    await room.tell()
    assert await room.house.texts(reader) == []
    await arming.arm(room.house.engine, OPERATOR)
    room.now += LOOK_AGAIN
    await room.tell()
    assert len(await room.house.texts(reader)) == 1


@dataclass(frozen=True)
class Paced:
    """A channel with a rate, as far as the telling looks at it."""

    abilities: Abilities


async def test_outbox_holds_no_more_than_some_seconds(room: Room) -> None:
    """What waits to be sent for an account is bounded by its rate; the rest is told as that is sent."""
    room.channels["webchat"] = Paced(Abilities(text_limit=1_000, account_rate=7.0))
    for _ in range(30):
        await room.reader(pushes=True)
    number = await room.publish()
    for _ in range(3):
        await room.tell()
        room.now += timedelta(seconds=1)
    waiting = "SELECT count(*) FROM deliveries WHERE state = 'waiting'"
    assert await room.house.scalar(waiting) == 21
    async with transaction(room.house.engine) as connection:
        await connection.execute(text("UPDATE deliveries SET state = 'sent'"))
    await room.tell()
    assert await room.house.scalar("SELECT count(*) FROM announcement_deliveries") == 30
    assert (await room.find(number)).state is State.SENDING
    async with transaction(room.house.engine) as connection:
        await connection.execute(text("UPDATE deliveries SET state = 'sent'"))
    await room.tell()
    assert (await room.find(number)).state is State.DONE


async def test_agencies_take_turns(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has much to say holds up nobody who has little: after a chunk it is another's turn."""
    monkeypatch.setattr(teller, "CHUNK", 2)
    agencies = [one.slug for one in room.house.cities["hangzhou"].agencies]
    many = [await room.reader() for _ in range(10)]
    await room.publish(agency=agencies[0])
    assert await room.teller.step()
    few = await room.house.open()
    await room.wish(few, "power")
    await room.publish(agency=agencies[1], topic="power")
    assert await room.teller.step()
    assert await room.teller.step()
    assert len(await room.house.texts(few)) == 1
    await room.tell()
    assert [len(await room.house.texts(one)) for one in many] == [1] * 10


async def test_audiences_are_narrowed(room: Room) -> None:
    """By language, and without those who follow another topic; the count is of residents, and exact."""
    english, both = await room.reader(locale="en"), await room.reader()
    await room.wish(both, "power")
    await room.reader()
    for audience, count in (
        ({}, 3),
        ({"languages": ("en",)}, 1),
        ({"channels": ("webchat",)}, 3),
        ({"without_topics": ("power",)}, 2),
    ):
        assert (await room.announcements.reach(EDITOR, room.draft(audience=audience))).residents == count, audience
    await room.publish(audience={"languages": ("en",)})
    await room.tell()
    assert [len(await room.house.texts(one)) for one in (english, both)] == [1, 0]


async def test_telling_by_many_with_kills_is_once(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is cancelled in the middle of a chunk, each is told once and nobody is left out."""
    monkeypatch.setattr(teller, "CHUNK", 3)
    monkeypatch.setattr(teller, "AT_ONCE", 1)
    readers = [await room.reader() for _ in range(20)]
    await room.publish()
    for pause in (0.02, 0.05, 0.08, 0.03, 0.06):
        tasks = [asyncio.create_task(room.tell()) for _ in range(2)]
        await asyncio.sleep(pause)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await room.tell()
    assert [len(await room.house.texts(one)) for one in readers] == [1] * 20


async def test_what_stands_on_buttons_already_is_not_written_again(room: Room) -> None:
    """A second announcement offers the same button as the first: what was offered stays as it is, and counts once."""
    conversation = await room.house.open()
    await room.wish(conversation)
    offered = "SELECT offered FROM dialogue_states"
    kept = []
    for _ in range(2):
        await room.publish()
        await room.tell()
        kept.append(await room.house.scalar(offered))
    assert len(await room.house.texts(conversation)) == 2
    assert kept[0] == kept[1] != []


async def test_facts_stand_in_the_texts(room: Room) -> None:
    """What is in braces is the announcement's own, in the language; anything else is refused."""
    until = NINE + timedelta(hours=8)
    texts = {"zh_Hans": "{where}停水至{until}。", "en": "No water in {where} until {until}."}
    row = await room.find(await room.publish(texts=texts, until=until, districts=("xihu", "gongshu")))
    rendered = room.announcements.rendered(row)
    assert "拱墅区、西湖区停水至11月24日17时。" in rendered["zh_Hans"]
    assert "No water in Gongshu District, Xihu District until 17:00 on 24 November." in rendered["en"]
    with pytest.raises(Conflict, match="plate"):
        await room.publish(texts={"zh_Hans": "{plate}", "en": "{plate}"})
    with pytest.raises(Conflict, match="until"):
        await room.publish(texts=texts)


WRITTEN = ("--city", CITY, "--agency", "city_hall", "--topic", "water", "--title", "停水", "--title-en", "No water")
WRITTEN += ("--text", "周四停水。", "--text-en", "Thursday.", "--draft", "--json")


async def test_a_command_says_whom_it_is_for(
    room: Room, typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list that was brought, by its name; who used a service; and who of them reads what, where, and follows what."""
    monkeypatch.setenv("DESK_PUBLIC_URL", "http://desk.example")
    (tmp_path / "list.csv").write_text("13800001111\n")
    brought = ("announce", "list-upload", str(tmp_path / "list.csv"), "--city", CITY, "--agency", "city_hall")
    code, output, errors = await typed(*brought, "--name", "households", "--of", "telephones", "--json")
    assert code == 0, errors
    number = json.loads(output)["list"]
    only = ("--language", "en", "--channel", "webchat", "--without", "power")
    for given, audience in (
        (("--audience", "households"), Audience(whom="list", list=number)),
        (
            ("--used", "traffic_fines", *only),
            Audience(
                whom="users",
                services=("traffic_fines",),
                languages=("en",),
                channels=("webchat",),
                without_topics=("power",),
            ),
        ),
        (only, Audience(languages=("en",), channels=("webchat",), without_topics=("power",))),
        (
            ("--leave-out", "households", "--used", "traffic_fines"),
            Audience(whom="users", services=("traffic_fines",), without=(households(number),)),
        ),
    ):
        code, output, errors = await typed("announce", "publish", *WRITTEN, *given)
        assert code == 0, errors
        row = await room.announcements.find(EDITOR, json.loads(output)["announcement"])
        assert row.draft.audience == audience


def households(number: int) -> LeftOut:
    return LeftOut(whom="list", list=number, name="households")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (("--leave-out", "nobody"), "keeps no audience called nobody; it keeps: none"),
        (("--audience", "nobody"), "keeps no audience called nobody; it keeps: none"),
        (("--audience", "nobody", "--language", "en"), "is in place of"),
        (("--used", "traffic_fines", "--alert"), "name one of them"),
    ],
)
async def test_a_command_is_for_one_audience(
    room: Room, typed: Typed, given: tuple[str, ...], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is unknown, and what contradicts itself, is said in one line, and nothing is written."""
    monkeypatch.setenv("DESK_PUBLIC_URL", "http://desk.example")
    code, output, errors = await typed("announce", "publish", *WRITTEN, *given)
    assert (code, output, len(errors.splitlines())) == (1, "", 1)
    assert why in errors
    assert await room.house.scalar("SELECT count(*) FROM announcements") == 0


async def test_no_more_is_told_than_the_desk_can_answer(room: Room) -> None:
    """Nobody while a queue waits there; then at most a minute's at once, by the clerks who are present."""
    now, house = room.now, room.house
    for _ in range(SLOWEST_A_MINUTE + 3):
        await room.reader()
    for _ in range(QUEUE + 1):
        await waits(house)
    number = await room.publish(schedule=Schedule(heeds_desk=True))
    await room.tell()
    room.now = now + LOOK_AGAIN
    await room.tell()
    assert await told_of(room, number) == 0
    async with transaction(house.engine) as connection:
        await connection.execute(text("UPDATE tickets SET state = 'closed'"))
    room.now += LOOK_AGAIN
    await room.tell()
    assert await told_of(room, number) == SLOWEST_A_MINUTE
    await hire(house.engine, "lin", Grant(Role.CLERK, CITY))
    await Presence(house.redis).here("lin")
    room.now += timedelta(minutes=1)
    await room.tell()
    assert await told_of(room, number) == SLOWEST_A_MINUTE + 3


async def told_of(room: Room, number: int) -> int:
    """How many were told so far."""
    count = await room.house.scalar(f"SELECT count(*) FROM announcement_deliveries WHERE announcement_id = {number}")
    return int(count)
