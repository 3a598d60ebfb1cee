"""The console's pages of models: what they show, do, and refuse. Real stores, no browser."""

import html

from fixtures.desks import FILES
from fixtures.house import House
from fixtures.taught import gathered, understood
from fixtures.tickets import CLERK, seated
from sqlalchemy import text

from desk.contract.staff import Grant, Role
from desk.store.database import transaction
from desk.teaching.course import Course, Fault
from desk.teaching.gate import Finding, Verdict, Why
from desk.teaching.readings import Readings
from desk.teaching.signals import Heard

PATH = "/console/teaching/models"
TRAINER = Grant(Role.TRAINER)
FIGURES = {
    "turns": 1000,
    "right": 0.912,
    "sure": 0.8,
    "right_where_sure": 0.97,
    "asked_back": {"share": 0.1},
    "calibration": {"error": 0.02},
}

PASSES = Verdict(against="before", passes=True, findings=(Finding(why=Why.ALL, messages=100, after=0.9),))
EACH = {
    Why.MUST_PASS: "next_bus",
    Why.LANGUAGE: "en",
    Why.COMMAND: "start:next_bus",
    Why.ALL: "",
    Why.CALIBRATION: "",
    Why.SPEED: "",
    Why.LEAK: "",
}
STOPS = tuple(
    Finding(why=why, about=about, messages=30, before=0.9, after=0.5, lost=12, gained=2, chance=0.01, stops=True)
    for why, about in EACH.items()
)


async def trained(house: House) -> int:
    """What waits is trained; answers its number."""
    course = Course(house.engine)
    model = await course.begin()
    assert model is not None
    await course.progress(model.id, 45, "training Heads", "a log")
    await course.finish(model.id, path="jobs/x.tar.gz", size=101_000_000, figures=FIGURES, said="a log")
    await course.answers("before", "before.tar.gz", 1)
    await course.judged(model.id, PASSES)
    return model.id


async def test_a_model_is_asked_for_and_seen_through(house: House) -> None:
    """It waits, is trained, and has its figures; the same files again are refused."""
    async with seated(house, TRAINER, login="mei") as (chair, _):
        assert "No model is known yet." in (await chair.get(PATH)).text
        empty = await chair.post(PATH, {"reason": ""}, of=PATH)
        assert (empty.status, "Give a reason of 1 to 500 characters." in empty.errors) == (422, True)
        page = await chair.post(PATH, {"reason": "new words"}, of=PATH)
        assert "Waiting" in page.text
        assert FILES.fingerprint in page.text
        stood = html.unescape(page.text).partition("?stood=")[2].partition('"')[0]
        number = await trained(house)
        changed = "other things can be done"
        assert changed in (await chair.get(f"{PATH}/{number}?stood={stood}")).text
        page = await chair.get(f"{PATH}/{number}")
        assert changed not in page.text
        for said in ("Trained, not released", "91.2 %", "1000 messages", "101 MB", "a log"):
            assert said in page.text
        again = await chair.post(PATH, {"reason": "once more"}, of=PATH)
        assert f"model {number} is made of the same files" in again.errors


async def test_a_training_is_cancelled(house: House) -> None:
    """With a reason; once it is over there is nothing to cancel."""
    async with seated(house, TRAINER, login="mei") as (chair, _):
        page = await chair.post(PATH, {"reason": "new words"}, of=PATH)
        one = page.path.partition("?")[0]
        refused = await chair.post(f"{one}/cancel", {"reason": " "}, of=one)
        assert refused.status == 422
        done = await chair.post(f"{one}/cancel", {"reason": "not that"}, of=one)
        assert "Cancelled" in done.text
        over = await chair.post(f"{one}/cancel", {"reason": "again"}, of=PATH)
        assert "Its training is over." in over.errors


async def test_a_release_waits_for_another(house: House) -> None:
    """Where there is a second person; who asked does not allow it."""
    async with seated(house, TRAINER, login="mei") as (chair, _):
        await chair.post(PATH, {"reason": "new words"}, of=PATH)
        number = await trained(house)
        one = f"{PATH}/{number}"
        async with seated(house, Grant(Role.OPERATOR), login="lin") as (other, _):
            asked = await chair.post(f"{one}/release", {"reason": "better"}, of=one)
            assert asked.path.startswith("/console/requests/")
            assert f"Release model {number}" in asked.text
            assert "Its release waits for another person" in (await chair.get(one)).text
            seen = await other.get(asked.path.partition("?")[0])
            assert f'href="{one}"' in seen.text
            await other.send(seen.path, {"csrf": seen.csrf, "decision": "allow", "reason": ""})
            assert "Taking over" in (await other.get(one)).text


async def test_what_the_gate_stops_is_not_released_and_says_why(house: House) -> None:
    """Each reason in words, with the messages that change side by side; nothing of persons."""
    conversation = await house.open()
    await understood(house, conversation, "车牌浙A8K37P罚了多少", commands=[("ask_fee", 0.9)])
    async with seated(house, TRAINER, login="mei") as (chair, _):
        await chair.post(PATH, {"reason": "new words"}, of=PATH)
        number = await trained(house)
        one, readings = f"{PATH}/{number}", Readings(house.engine)
        (said,) = await readings.of_a_month(10)
        await readings.keep(number, "replay", [(said, said.heard, Heard([("confirm", 0.7)], ("x", 0.1)))])
        verdict = Verdict(against="before", passes=False, findings=STOPS, replayed=1, changed=1)
        await Course(house.engine).judged(number, verdict)
        page = await chair.get(one)
        for words in ("Must be understood: Offices", "12 of 30", "English", "Of 1 messages", "70%", "罚了多少"):
            assert words in page.text
        assert "8K37P" not in page.text
        refused = await chair.post(f"{one}/release", {"reason": "better"}, of=one)
        assert "The check does not let it pass" in refused.errors
        tried = await chair.post(f"{one}/canary", {"reason": "better", "percent": "5"}, of=one)
        assert "The check does not let it pass" in tried.errors
        changes = await chair.get(f"{one}/changes")
        assert ("罚了多少" in changes.text, "8K37P" in changes.text) == (True, False)
        assert "Nothing is understood otherwise" in (await chair.get(f"{one}/changes?source=shadow&before=9")).text
        again = await chair.post(f"{one}/compare", of=one)
        assert "It is being compared" in again.text
    async with seated(house, Grant(Role.OPERATOR), login="op") as (chair, _):
        page = await chair.get(one)
        assert ("罚了多少" in page.text, (await chair.get(f"{one}/changes")).status) == (False, 403)


async def test_a_shadow_and_a_canary_are_begun_and_ended(house: House) -> None:
    """The one by one, the other by two; either is ended by a press."""
    async with seated(house, TRAINER, login="mei") as (chair, _):
        await chair.post(PATH, {"reason": "new words"}, of=PATH)
        number = await trained(house)
        one = f"{PATH}/{number}"
        begun = await chair.post(f"{one}/shadow", {"reason": "look"}, of=one)
        assert "it reads, and answers nothing" in begun.text
        over = await chair.post(f"{one}/stop", of=one)
        assert "The trial is over." in over.text
        wrong = await chair.post(f"{one}/canary", {"reason": "try", "percent": "0"}, of=one)
        assert "Write a number from 1 to 100." in wrong.errors
        async with seated(house, Grant(Role.OPERATOR), login="lin") as (other, _):
            fields = {"reason": "try", "percent": "5", "city_hangzhou": "yes"}
            asked = await chair.post(f"{one}/canary", fields, of=one)
            assert f"Have model {number} answer 5 of 100 conversations: Hangzhou" in asked.text
            assert "Its trial waits for another person" in (await chair.get(one)).text
            seen = await other.get(asked.path.partition("?")[0])
            await other.send(seen.path, {"csrf": seen.csrf, "decision": "allow", "reason": ""})
            page = await other.get(one)
            assert "5 of 100 conversations" in page.text
            over = await other.post(f"{one}/stop", of=one)
            assert "The trial is over." in over.text


async def test_going_back_takes_one_press(house: House) -> None:
    """To what answered before; what is not kept cannot be gone back to."""
    course = Course(house.engine)
    await course.answers("a", "a.tar.gz", 1)
    await course.answers("b", None, None)
    await course.answers("c", "c.tar.gz", 1)
    numbers = dict(await _rows(house, "SELECT fingerprint, id FROM models"))
    async with seated(house, TRAINER, login="mei") as (chair, _):
        page = await chair.post(f"{PATH}/{numbers['a']}/back", of=f"{PATH}/{numbers['a']}")
        assert "Taking over" in page.text
        refused = await chair.post(f"{PATH}/{numbers['b']}/back", of=PATH)
        assert "whose file is kept" in refused.errors


async def test_pages_say_why_in_three_languages(house: House) -> None:
    """Each fault, and whatever state a model is in."""
    course = Course(house.engine)
    await course.answers("a", None, None)
    for fault in Fault:
        async with transaction(house.engine) as connection:
            await connection.execute(
                text("INSERT INTO models (fingerprint, state, asked_by, reason, fault) VALUES ('f', :s, 'x', 'y', :f)"),
                {"s": "failed", "f": fault},
            )
    await _tried_and_stopped(house)
    numbers = [row[1] for row in await _rows(house, "SELECT fingerprint, id FROM models")]
    for locale, word in (("zh_Hans", "模型"), ("zh_Hant", "模型"), ("en", "Model")):
        async with seated(house, TRAINER, login=f"mei_{locale.lower()}", locale=locale) as (chair, _):
            chair.extra.clear()
            changes = [f"{PATH}/{numbers[0]}/changes"]
            for path in (PATH, *(f"{PATH}/{number}" for number in numbers), *changes):
                page = await chair.get(path)
                assert (page.status, word in page.text, "console.model" in page.text) == (200, True, False)


async def test_who_trains_is_told_what_is_not_learnt(house: House) -> None:
    """What was labelled and is in no file yet; once it was taken out nothing is said."""
    await understood(house, await house.open(), "那个啥")
    await gathered(house)
    async with seated(house, TRAINER, login="mei") as (chair, _):
        assert "were in no file yet" not in (await chair.get(PATH)).text
        page = await chair.get("/console/teaching/next?queue=inbox")
        fields = {"csrf": page.csrf, "queue": "inbox", "command": "unclear", "line": page.hidden("line")}
        await chair.send(page.path.partition("?")[0], fields)
        assert "1 messages are labelled but were in no file yet" in (await chair.get(PATH)).text
        await chair.post("/console/teaching/export", {"form": "turns"}, of="/console/teaching/files")
        assert "were in no file yet" not in (await chair.get(PATH)).text


async def test_others_find_no_models(house: House) -> None:
    """Operators do, who see no lines."""
    async with seated(house, CLERK, login="lin") as (chair, _):
        assert (await chair.get(PATH)).status in (403, 404)
    async with seated(house, Grant(Role.OPERATOR), login="op") as (chair, _):
        page = await chair.get(PATH)
        assert (page.status, "/console/teaching/figures" in page.text) == (200, False)


async def _tried_and_stopped(house: House) -> None:
    """Models that the gate stops, for each reason and fault, and trials that ended in each way."""
    course = Course(house.engine)
    async with transaction(house.engine) as connection:
        for name in ("s", "t", "u", "v"):
            await connection.execute(
                text(
                    "INSERT INTO models (fingerprint, state, asked_by, reason, path)"
                    " VALUES (:f, 'ready', 'x', 'y', 'z')"
                ),
                {"f": name},
            )
    numbers = dict(await _rows(house, "SELECT fingerprint, id FROM models WHERE state = 'ready'"))
    await course.judged(numbers["s"], Verdict(against="a", passes=False, findings=STOPS, replayed=3))
    for name, fault in (("t", "failed"), ("u", "not_kept")):
        await course.judged(numbers[name], Verdict(against="z", passes=False, fault=fault))
    async with transaction(house.engine) as connection:
        for stage in ("shadow", "canary"):
            for why in ("worse", "refused", "another_answers"):
                await connection.execute(
                    text(
                        "INSERT INTO model_trials (model_id, stage, percent, begun_by, reason, ended_at, ended_by,"
                        " ended_why, read_to) VALUES (:id, :stage, 5, 'x', 'y', clock_timestamp(), 'trainer', :why, 0)"
                    ),
                    {"id": numbers["s"], "stage": stage, "why": why},
                )


async def _rows(house: House, query: str) -> list[tuple[str, int]]:
    async with house.engine.connect() as connection:
        return [(str(row[0]), int(row[1])) for row in await connection.execute(text(query))]
