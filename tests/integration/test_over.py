"""Whom a withdrawn announcement had reached is told that it no longer holds: exactly those, once. Real PostgreSQL."""

from datetime import timedelta

import pytest
from fixtures.announcing import EDITOR, NINE, Room
from fixtures.desks import desks_at, hire
from fixtures.house import House, turn_of
from fixtures.staffed import actor
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from desk.announcements import arming
from desk.announcements.content import Earlier, State
from desk.announcements.looking import Looking
from desk.announcements.telling import teller
from desk.contract.errors import Conflict, NotFound
from desk.contract.messages import SetRhythm
from desk.contract.staff import Grant, NotPermitted, Role
from desk.store.database import transaction

BOTH = actor("editor", Grant(Role.EDITOR), Grant(Role.APPROVER))
OPERATOR = actor("operator", Grant(Role.OPERATOR))
WHY = {"zh_Hans": "抢修提前完成。", "en": "The repair ended early."}
TAMPER = text("UPDATE announcements SET texts = jsonb_set(texts, '{en}', '\"Send money\"') WHERE id = :id")
HIDDEN = text("UPDATE announcement_arming SET store = 'another/1'")


@pytest.fixture
def room(house: House) -> Room:
    return Room(house)


@pytest.fixture
def strict(room: Room) -> Room:
    """Nobody sends alone what reaches anybody."""
    city = room.house.cities["hangzhou"]
    few = city.announcing.model_copy(update={"alone_up_to": 0})
    room.house.cities["hangzhou"] = city.model_copy(update={"announcing": few})
    return room


async def ends(room: Room, number: int) -> str:
    """The state of what tells that it no longer holds; "": nothing does."""
    found = await Looking(room.announcements).its_end(EDITOR, number)
    return "" if found is None else str(found.state)


async def test_exactly_those_reached_are_told_once(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sent and unknown ones are; dead ones and those who were not told yet are not. In the language of each."""
    monkeypatch.setattr(teller, "CHUNK", 4)
    some = [await room.reader(pushes=True, locale="en" if one % 2 else "zh_Hans") for one in range(6)]
    readers = sorted(some, key=lambda one: one.id)
    gone = await room.publish()
    assert await room.teller.step()
    for reader, state in zip(readers, ["sent", "unknown", "dead"], strict=False):
        await room.became(reader, state)
    withdrawn = await room.announcements.withdraw(EDITOR, gone, "Said too early.", why=WHY)
    assert withdrawn.withdrawn_at == NINE
    await room.tell()
    await room.tell()
    told = [(await room.house.texts(one))[1:] for one in readers]
    assert [len(one) for one in told] == [1, 1, 0, 0, 0, 0]
    for reader, [said] in zip(readers, told[:2], strict=False):
        if reader.locale == "en":
            assert said.startswith("Notice withdrawn: No water in Wensan Road.")
            assert "no longer applies.\nReason: The repair ended early." in said
        else:
            assert said.startswith("【通知撤回：文三路停水】我们")
            assert "不再有效。\n原因：抢修提前完成。" in said
    waiting = "SELECT count(*) FROM deliveries WHERE state = 'waiting' AND lane = 1"
    assert await room.house.scalar(waiting) == 0
    with pytest.raises(NotFound):
        await room.announcements.withdraw(EDITOR, gone, tell=True)


async def test_whom_it_reached_by_then_counts(room: Room) -> None:
    """Who follows its topic by now and never got it hears nothing; who ended following and got it hears."""
    reached = await room.reader()
    gone = await room.publish()
    await room.tell()
    late = await room.reader()
    async with transaction(room.house.engine) as connection:
        await connection.execute(text("DELETE FROM subscriptions WHERE conversation_id = :id"), {"id": reached.id})
    await room.announcements.withdraw(EDITOR, gone)
    await room.tell()
    assert [len(await room.house.texts(one)) for one in (reached, late)] == [2, 0]


async def test_what_was_held_for_somebody_is_told_to_them_neither_way(room: Room) -> None:
    """Who has not read it yet has nothing to forget."""
    reader = await room.reader()
    async with transaction(room.house.engine) as connection:
        await room.board.carry_out(turn_of(connection, reader, [SetRhythm(rhythm="daily", hour=18)]))
    gone = await room.publish()
    await room.tell()
    assert await room.house.scalar("SELECT count(*) FROM held_notices") == 1
    await room.announcements.withdraw(EDITOR, gone, tell=True)
    await room.tell()
    assert (await ends(room, gone), await room.house.texts(reader)) == ("", [])


@pytest.mark.parametrize(
    ("changes", "later", "tell", "told"),
    [
        pytest.param({}, timedelta(days=1), None, True, id="news"),
        pytest.param({}, timedelta(days=8), None, False, id="no news any more"),
        pytest.param({"until": NINE + timedelta(days=20)}, timedelta(days=19), None, True, id="in force"),
        pytest.param({"until": NINE + timedelta(days=1)}, timedelta(days=2), None, False, id="over"),
        pytest.param({"valid_from": NINE + timedelta(days=20)}, timedelta(days=19), None, True, id="to come"),
        pytest.param({"until": NINE + timedelta(days=1)}, timedelta(days=2), True, True, id="over, as wished"),
        pytest.param({}, timedelta(hours=1), False, False, id="not wished"),
    ],
)
async def test_by_itself_it_is_told_where_it_still_matters(
    room: Room, changes: dict[str, object], later: timedelta, tell: bool | None, told: bool
) -> None:
    """Still to come or in force, or for as long as it is news; whoever takes it back may say otherwise."""
    reader = await room.reader()
    gone = await room.publish(**changes)
    await room.tell()
    room.now = NINE + later
    await room.announcements.withdraw(EDITOR, gone, tell=tell)
    await room.tell()
    assert (await ends(room, gone), len(await room.house.texts(reader))) == (("done", 2) if told else ("", 1))


async def test_it_is_told_at_night_as_corrections_are(room: Room) -> None:
    """And stands in no list for everybody: it is for those who were told the other."""
    reader = await room.reader()
    gone = await room.publish()
    await room.tell()
    room.now = NINE + timedelta(hours=13)  # 22:00 in China
    await room.announcements.withdraw(EDITOR, gone)
    await room.tell()
    assert len(await room.house.texts(reader)) == 2
    assert len(await room.shown()) == 1  # that there is nothing


async def test_a_reason_for_many_waits_for_another(strict: Room) -> None:
    """The desk's own words go at once, as taking back does; what somebody wrote freely is read by another first."""
    reader = await strict.reader()
    numbers = []
    for _ in range(2):
        row = await strict.find(await strict.publish())
        await strict.approve(row)
        numbers.append(row.id)
    await strict.tell()
    await strict.announcements.withdraw(EDITOR, numbers[0])
    await strict.announcements.withdraw(EDITOR, numbers[1], why=WHY)
    await strict.tell()
    assert [await ends(strict, one) for one in numbers] == ["done", "pending"]
    assert len(await strict.house.texts(reader)) == 3
    waiting = await Looking(strict.announcements).its_end(EDITOR, numbers[1])
    assert waiting is not None
    with pytest.raises(NotPermitted):
        await strict.approve(waiting, BOTH)
    await strict.approve(waiting)
    await strict.tell()
    assert len(await strict.house.texts(reader)) == 4


async def test_words_that_somebody_changed_in_the_store_are_not_told(strict: Room) -> None:
    """Not even where the desk's own words would need nobody."""
    reader = await strict.reader()
    row = await strict.approve(await strict.find(await strict.publish()))
    await strict.tell()
    async with transaction(strict.house.engine) as connection:
        await connection.execute(HIDDEN)  # so it waits, approved
    await strict.announcements.withdraw(EDITOR, row.id)
    end = await Looking(strict.announcements).its_end(EDITOR, row.id)
    assert end is not None
    assert (end.state, end.earlier) == (State.APPROVED, Earlier.OVER)
    async with transaction(strict.house.engine) as connection:
        await connection.execute(TAMPER, {"id": end.id})
        await connection.execute(text("DELETE FROM announcement_arming"))
    await arming.arm(strict.house.engine, OPERATOR)
    await strict.announcements.begin_due()
    await strict.tell()
    assert (await ends(strict, row.id), len(await strict.house.texts(reader))) == ("cancelled", 1)


@pytest.mark.parametrize(
    "why",
    [
        {"zh_Hans": "抢修提前完成。"},
        {"en": "The repair ended early."},
        {**WHY, "en": "x" * 201},
        {**WHY, "en": "Ask {name}."},
    ],
)
async def test_a_reason_that_not_all_can_read_is_refused(room: Room, why: dict[str, str]) -> None:
    """And nothing is taken back by half."""
    await room.reader()
    gone = await room.publish()
    await room.tell()
    with pytest.raises(Conflict):
        await room.announcements.withdraw(EDITOR, gone, why=why)
    assert (await room.find(gone)).withdrawn_at is None


async def test_a_word_of_that_kind_is_neither_corrected_nor_withdrawn(room: Room) -> None:
    """There is one of each, by the store itself."""
    await room.reader()
    gone = await room.publish()
    await room.tell()
    await room.announcements.withdraw(EDITOR, gone)
    end = await Looking(room.announcements).its_end(EDITOR, gone)
    assert end is not None
    with pytest.raises(NotFound):
        await room.announcements.withdraw(EDITOR, end.id)
    with pytest.raises(NotFound):
        await room.announcements.correct(EDITOR, end.id, room.draft())
    with pytest.raises(IntegrityError):
        async with transaction(room.house.engine) as connection:
            await room.announcements.create_in(connection, EDITOR, end.draft, corrects=gone, earlier=Earlier.OVER)


async def test_from_its_page(room: Room) -> None:
    """The box says how many, is ticked where it still matters; what is wrong with a reason is said at it."""
    await room.reader()
    gone = await room.publish()
    await room.tell()
    async with transaction(room.house.engine) as connection:  # the page is on the clock of the wall
        await connection.execute(text("UPDATE announcements SET until = clock_timestamp() + interval '1 hour'"))
    editor, path = await hire(room.house.engine, "lin", Grant(Role.EDITOR)), f"/console/announcements/{gone}"
    async with desks_at(room.house) as desks, desks.chair(editor) as chair:
        page = await chair.get(path)
        assert 'name="tell" value="yes" checked' in page.text
        assert "Tell the one resident whom it reached" in page.text
        fields = {"reason": "", "tell": "yes", "why_en": "The repair ended early."}
        refused = await chair.post(f"{path}/withdraw", fields, of=path)
        assert (refused.status, 'href="#why_zh_Hans"' in refused.text) == (422, True)
        assert "Reason for residents · Simplified Chinese" in refused.text
        done = await chair.post(f"{path}/withdraw", {**fields, "why_zh_Hans": "抢修提前完成。"}, of=path)
        assert done.path.endswith("done=announcement_withdraw"), done.errors
        shown = await chair.get(path)
        assert f'<a href="/console/announcements/{gone + 1}">' in shown.text
        assert "Tells that" in (await chair.get(f"/console/announcements/{gone + 1}")).text
        assert "Tells that" in (await chair.get("/console/announcements")).text
    assert await room.house.scalar("SELECT count(*) FROM announcements WHERE earlier = 'over'") == 1
