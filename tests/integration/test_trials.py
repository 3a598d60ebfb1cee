"""Trials of models: who may begin and end them, what is read, and what becomes of them. Real stores, no bot."""

from datetime import timedelta

import pytest
from fixtures.coaching import coach
from fixtures.desks import hire
from fixtures.house import House
from fixtures.staffed import actor
from fixtures.taught import understood
from sqlalchemy import text

from desk.app.staffing import staff
from desk.contract.errors import Conflict
from desk.contract.rendered import RenderedMessage
from desk.contract.staff import Actor, Grant, NotPermitted, Role
from desk.conversations import service
from desk.conversations.live import Live
from desk.store.database import transaction
from desk.teaching.course import TRAINER, Course
from desk.teaching.gate import Finding, Verdict, Why
from desk.teaching.models import Models
from desk.teaching.readings import Readings
from desk.teaching.signals import Heard
from desk.teaching.trials import CANARY, OTHERS, Some, Stage, Trials, tally

READY = text("""
    INSERT INTO models (fingerprint, state, asked_by, reason, path, ended_at)
    VALUES (:fingerprint, 'ready', 'mei', 'new words', :path, clock_timestamp()) RETURNING id
""")
OLDER = text("UPDATE inbound_messages SET received_at = clock_timestamp() - interval '2 minutes' WHERE id = :id")
CONFIRMATION = RenderedMessage(text="erased", locale="zh_Hans")
OPERATOR = actor("op", Grant(Role.OPERATOR))


async def ready(house: House, fingerprint: str = "b2", *, passes: bool | None = True) -> int:
    """A model that waits beside one that answers; `passes`: what the gate says, None: nothing yet."""
    course = Course(house.engine)
    await course.answers("a1", "a1.tar.gz", 1)
    async with transaction(house.engine) as connection:
        values = {"fingerprint": fingerprint, "path": f"jobs/{fingerprint}.tar.gz"}
        number = int((await connection.execute(READY, values)).scalar_one())
    if passes is not None:
        stop = Finding(why=Why.COMMAND, about="confirm", messages=30, lost=9, stops=True)
        verdict = Verdict(against="a1", passes=passes, findings=() if passes else (stop,))
        await course.judged(number, verdict)
    return number


async def canary(house: House, number: int, some: Some, who: Actor | None = None) -> None:
    """Have a model answer some: one asks, another allows."""
    requests = staff(house.engine, {}).requests
    asked = await Trials(house.engine).ask_canary(who or coach(), number, some, reason="try it", requests=requests)
    if asked.state == "open":
        await requests.allow(coach("lin"), asked.id)


async def people(house: House) -> None:
    """Two who may release."""
    for login in ("mei", "lin"):
        await hire(house.engine, login, Grant(Role.TRAINER))


async def acts(house: House) -> list[str]:
    found = await house.scalar("SELECT array_agg(act ORDER BY number) FROM audit_records WHERE act LIKE 'model.%'")
    return list(found or [])


async def test_a_shadow_is_begun_and_ended_by_one(house: House) -> None:
    """It needs no gate: it answers nothing. One model is tried at a time."""
    number, other = await ready(house, passes=None), await ready(house, "c3")
    trials = Trials(house.engine)
    begun = await trials.shadow(coach(), number, reason="how does it read")
    assert (begun.stage, begun.fingerprint, begun.runs) == (Stage.SHADOW, "b2", True)
    with pytest.raises(Conflict, match=f"Model {number} is tried already"):
        await trials.shadow(coach(), other, reason="this one too")
    await trials.end(OPERATOR, number)
    with pytest.raises(Conflict, match="is not tried"):
        await trials.end(OPERATOR, number)
    await trials.shadow(coach(), other, reason="now this one")
    assert (await acts(house))[-3:] == ["model.shadow", "model.trial_end", "model.shadow"]


@pytest.mark.parametrize(("passes", "why"), [(None, "not yet compared"), (False, "The gate stops")])
async def test_what_the_gate_does_not_let_pass_answers_nobody(house: House, passes: bool | None, why: str) -> None:
    """Neither some nor all."""
    number = await ready(house, passes=passes)
    requests = staff(house.engine, {}).requests
    with pytest.raises(Conflict, match=why):
        await Trials(house.engine).ask_canary(coach(), number, Some(), reason="x", requests=requests)
    with pytest.raises(Conflict, match=why):
        await Models(house.engine).ask_release(coach(), number, reason="x", requests=requests)


async def test_a_verdict_holds_beside_the_model_that_it_was_made_beside(house: House) -> None:
    """Another answers since: it is to be compared anew, and may not be released before."""
    number = await ready(house)
    course = Course(house.engine)
    assert await course.to_compare() is None
    await course.answers("d4", "d4.tar.gz", 1)
    live, model = await course.to_compare() or (None, None)
    assert live is not None
    assert model is not None
    assert (live.fingerprint, model.id) == ("d4", number)
    requests = staff(house.engine, {}).requests
    with pytest.raises(Conflict, match="not yet compared with the one that answers now"):
        await Models(house.engine).ask_release(coach(), number, reason="x", requests=requests)
    await course.judged(number, Verdict(against="d4", passes=True))
    await Models(house.engine).ask_release(coach(), number, reason="x", requests=requests)


async def test_a_release_that_was_asked_for_is_stopped_by_a_later_verdict(house: House) -> None:
    """Who allows it is told, too."""
    number = await ready(house)
    staffed = staff(house.engine, {})
    await people(house)
    asked = await Models(house.engine).ask_release(coach(), number, reason="x", requests=staffed.requests)
    assert asked.state == "open"
    await Course(house.engine).judged(number, Verdict(against="a1", passes=False))
    with pytest.raises(Conflict, match="The gate stops"):
        await staffed.requests.allow(coach("lin"), asked.id)


async def test_a_canary_takes_two_and_may_be_widened_by_two(house: House) -> None:
    """Who asked does not allow it; the wider one takes the place of the narrower."""
    number = await ready(house)
    await people(house)
    requests = staff(house.engine, {}).requests
    asked = await Trials(house.engine).ask_canary(
        coach(), number, Some(("hangzhou",), 5), reason="try it", requests=requests
    )
    assert asked.state == "open"
    assert await Trials(house.engine).running() is None
    with pytest.raises(NotPermitted):
        await requests.allow(coach(), asked.id)
    await requests.allow(coach("lin"), asked.id)
    running = await Trials(house.engine).running()
    assert running is not None
    assert (running.stage, running.cities, running.percent) == (Stage.CANARY, ("hangzhou",), 5)
    await canary(house, number, Some((), 50))
    running = await Trials(house.engine).running()
    assert running is not None
    assert (running.cities, running.percent) == ((), 50)
    assert len(await Trials(house.engine).of(coach(), number)) == 2


@pytest.mark.parametrize("percent", [0, 101])
def test_a_canary_of_nobody_is_refused(percent: int) -> None:
    """Of less than one, and of more than all."""
    with pytest.raises(Conflict):
        Some((), percent)


async def test_a_trial_ends_where_another_model_answers(house: House) -> None:
    """It was tried beside the one before."""
    number = await ready(house)
    await canary(house, number, Some((), 5))
    await Course(house.engine).answers("d4", None, None)
    assert await Trials(house.engine).running() is None
    assert (await Trials(house.engine).of(coach(), number))[0].ended_why == "another_answers"


async def test_a_canary_that_is_surely_worse_is_ended(house: House) -> None:
    """Not by a few bad answers, and not where the others are as bad."""
    number = await ready(house)
    await canary(house, number, Some((), 50))
    trials = Trials(house.engine)
    trial = await trials.running()
    assert trial is not None
    counts: dict[str, object] = {}
    for place in range(60):
        counts = tally(counts, OTHERS, unsure=place % 10 == 0)
        counts = tally(counts, CANARY, unsure=place % 8 == 0)
    trial = await trials.count(trial, 1, counts, by=TRAINER)
    assert trial is not None
    for _ in range(30):
        counts = tally(counts, CANARY, failed=True)
    assert await trials.count(trial, 2, counts, by=TRAINER) is None
    (over,) = await trials.of(coach(), number)
    assert (over.runs, over.ended_by, over.ended_why) == (False, "trainer", "worse")


@pytest.mark.parametrize("role", [Role.CLERK, Role.AUDITOR, Role.EDITOR])
async def test_others_try_nothing(house: House, role: Role) -> None:
    """Trainers and operators do."""
    number, stranger = await ready(house), actor("x", Grant(role))
    trials, requests = Trials(house.engine), staff(house.engine, {}).requests
    for act in (
        trials.shadow(stranger, number, reason="x"),
        trials.ask_canary(stranger, number, Some(), reason="x", requests=requests),
        trials.end(stranger, number),
        trials.of(stranger, number),
        Models(house.engine).compare(stranger, number),
        Readings(house.engine).changes(stranger, number, "replay"),
    ):
        with pytest.raises(NotPermitted):
            await act


def heard(command: str, sure: float = 0.9) -> Heard:
    return Heard([(command, sure)], ("x", 0.5))


async def test_what_is_read_otherwise_is_kept_without_persons_and_erased(house: House) -> None:
    """Trainers see it; operators count it; erasing deletes it, and what is told of a conversation names it."""
    number = await ready(house)
    conversation = await house.open()
    await understood(house, conversation, "我叫周清岚，车牌浙A8K37P", commands=[("provide", 0.95)])
    await understood(house, conversation, "多少钱", commands=[("ask_fee", 0.9)])
    readings = Readings(house.engine)
    said = await readings.of_a_month(100)
    assert [one.text for one in said] == ["我叫周清岚，车牌浙A8K37P", "多少钱"]
    read = [(said[0], said[0].heard, heard("change")), (said[1], said[1].heard, heard("ask_fee", 0.5))]
    assert await readings.keep(number, "replay", read) == 1
    assert await readings.keep(number, "replay", read) == 1  # once more: it stands there once
    (change,) = await readings.changes(coach(), number, "replay")
    assert (change.before, change.after, change.sure_before) == ("provide", "change", 0.95)
    assert "周清岚" not in change.text
    assert "8K37P" not in change.text
    with pytest.raises(NotPermitted):
        await readings.changes(OPERATOR, number, "replay")
    (pair,) = await readings.pairs(OPERATOR, number, "replay")
    assert (pair.before, pair.after, pair.messages) == ("provide", "change", 1)
    async with transaction(house.engine) as connection:
        told = await service.data_of(connection, conversation.id, house.parts())
    assert len(told["model_changes"]) == 1
    await service.erase(house.engine, Live(house.redis), conversation.id, CONFIRMATION, house.parts())
    assert await readings.changes(coach(), number, "replay") == []


async def test_messages_of_a_month_are_drawn_and_older_ones_are_not(house: House) -> None:
    """Ids grow with time: the first of the month is found by halving."""
    conversation = await house.open()
    for days in (90, 60, 40, 20, 10, 1):
        await understood(house, conversation, f"{days} days", ago=timedelta(days=days))
    said = await Readings(house.engine).of_a_month(100)
    assert [one.text for one in said] == ["20 days", "10 days", "1 days"]
    assert len(await Readings(house.engine).of_a_month(2)) == 2


async def test_what_is_not_answered_yet_is_waited_for(house: House) -> None:
    """A trial reads in order, and passes by what nobody answers."""
    conversation = await house.open()
    first = await understood(house, conversation, "one", ago=timedelta(minutes=3))
    waits = await house.say(conversation, "waits")
    await understood(house, conversation, "two", ago=timedelta(seconds=30))
    said, last = await Readings(house.engine).after(0, 100)
    assert ([one.text for one in said], last) == (["one"], first)
    async with transaction(house.engine) as connection:
        await connection.execute(OLDER, {"id": waits})
    said, _ = await Readings(house.engine).after(last, 100)
    assert [one.text for one in said] == ["two"]
