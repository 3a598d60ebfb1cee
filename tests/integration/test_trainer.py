"""The process that trains: what it runs, what it writes, and what becomes of a training when something dies."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from fixtures.coaching import Gym, coach, gym, release
from fixtures.house import House
from fixtures.patience import HANG_SECONDS
from fixtures.staffed import actor
from fixtures.taught import understood

from desk.app.choice import ANSWERING, RELEASE, TRIAL, Choice, read, write
from desk.app.staffing import staff
from desk.contract.errors import Conflict
from desk.contract.staff import Grant, NotPermitted, Role
from desk.conversations.candidate import Candidate
from desk.teaching.gate import Why
from desk.teaching.models import Model, State
from desk.teaching.readings import Readings
from desk.teaching.trials import Some, Trial, Trials
from tools.supervisor.state import born


@pytest.fixture
def at(house: House, tmp_path: Path) -> Gym:
    """Somewhere to train."""
    return gym(house, tmp_path)


def is_over(model: Model) -> bool:
    return not model.is_begun


async def acts(house: House) -> list[str]:
    """What stands in the audit of models, in order."""
    found = await house.scalar("SELECT array_agg(act ORDER BY number) FROM audit_records WHERE act LIKE 'model.%'")
    return list(found or [])


async def test_a_model_is_trained_measured_and_waits(at: Gym) -> None:
    """Its file lies beside the others, its figures and log stand in the store, nothing unfinished is left."""
    asked = await at.asked()
    async with at.training():
        done = await at.until(asked.id, is_over)
    assert (done.state, done.percent, done.path, done.bytes) == (
        State.READY,
        100,
        f"jobs/{at.files.fingerprint}.tar.gz",
        7,
    )
    assert (done.figures or {})["right"] == 0.9
    assert "of the training" in done.said
    assert (done.revision, done.asked_by, done.reason) == ("a1b2c3", "mei", "new words")
    assert [one.name for one in (at.data_dir / "models" / "jobs").iterdir()] == [f"{at.files.fingerprint}.tar.gz"]
    assert await acts(at.house) == ["model.train", "model.ready"]


async def test_programs_stand_back_and_know_no_secret(at: Gym, monkeypatch: pytest.MonkeyPatch) -> None:
    """Low priority, one thread, and of our settings the places alone."""
    monkeypatch.setenv("DESK_SECRET_KEY", "a secret of ours")
    asked = await at.asked()
    async with at.training():
        await at.until(asked.id, is_over)
    for what in ("train", "measure"):
        seen = at.seen(what)
        assert seen["environment"]["OMP_NUM_THREADS"] == "1"
        ours = {name for name in seen["environment"] if name.startswith("DESK_")}
        assert ours == {"DESK_ROOT_DIR", "DESK_DATA_DIR", "DESK_BOT_PYTHON"}
    assert at.seen("train")["nice"] == 10


async def test_the_same_files_are_trained_once_and_others_wait_their_turn(at: Gym) -> None:
    """One at a time, in the order in which they were asked for."""
    first = await at.asked()
    with pytest.raises(Conflict, match=f"model {first.id} is made of the same files"):
        await at.asked("lin")
    at.change("other words")
    second = await at.asked("lin")
    at.change("as it was")
    async with at.training():
        await at.until(first.id, is_over)
        assert (await at.until(second.id, is_over)).fault == "files_changed"  # by now they are the first's
    with pytest.raises(Conflict):
        await at.asked()


@pytest.mark.parametrize(
    ("how", "fault"), [("fails", "training"), ("unmeasured", "measuring"), ("changes", "files_changed")]
)
async def test_what_fails_says_at_what_and_may_be_asked_for_again(at: Gym, how: str, fault: str) -> None:
    """The log's end says why; no file is left."""
    at.how(how)
    asked = await at.asked()
    async with at.training():
        failed = await at.until(asked.id, is_over)
        assert (failed.state, failed.fault) == (State.FAILED, fault)
        assert [one.name for one in (at.data_dir / "models" / "jobs").iterdir()] == []
        at.how()
        again = await at.asked()
        assert (await at.until(again.id, is_over)).state == State.READY


async def test_a_training_is_cancelled_and_its_process_ends(at: Gym) -> None:
    """One that waits is taken back; one that runs is killed, and the next begins."""
    at.how("waits")
    first = await at.asked()
    async with at.training():
        await at.until(first.id, lambda one: one.step == "training Heads")
        pid = at.seen("train")["pid"]
        at.change("other words")
        second = await at.asked()
        await at.models.cancel(coach(), second.id, reason="not that")
        await at.models.cancel(coach(), first.id, reason="too slow")
        at.how()
        third = await at.asked()
        assert (await at.until(third.id, is_over)).state == State.READY
    assert born(pid) is None
    assert [(await at.models.one(coach(), one.id)).state for one in (first, second)] == [State.CANCELLED] * 2
    with pytest.raises(Conflict):
        await at.models.cancel(coach(), third.id, reason="too late")


async def test_a_killed_training_has_failed(at: Gym) -> None:
    """kill -9 of its process."""
    at.how("waits")
    asked = await at.asked()
    async with at.training():
        await at.until(asked.id, lambda one: one.step == "training Heads")
        os.kill(at.seen("train")["pid"], signal.SIGKILL)
        failed = await at.until(asked.id, is_over)
    assert (failed.state, failed.fault) == (State.FAILED, "training")
    assert "code -9" in failed.said


async def test_a_killed_trainer_takes_its_training_along_and_the_next_says_so(at: Gym) -> None:
    """kill -9 of who trains: its child ends, and the next one that trains goes on with what waits."""
    at.how("waits")
    first = await at.asked()
    async with at.another() as trainer:
        await at.until(first.id, lambda one: one.step == "training Heads")
        pid = at.seen("train")["pid"]
        assert "DESK_SECRET_KEY" not in at.seen("train")["environment"]
        trainer.kill()
        await trainer.wait()
    async with asyncio.timeout(20):
        while born(pid) is not None:
            await asyncio.sleep(0.05)
    at.how()
    async with at.training():
        failed = await at.until(first.id, is_over)
        assert (failed.state, failed.fault) == (State.FAILED, "interrupted")
        again = await at.asked()
        assert (await at.until(again.id, is_over)).state == State.READY
    assert await acts(at.house) == ["model.train", "model.fail", "model.train", "model.ready"]


async def test_of_two_trainers_one_trains(at: Gym) -> None:
    """The other waits for the lock, and takes over when the first is gone."""
    at.how("waits")
    first = await at.asked()
    async with at.another() as trainer:
        await at.until(first.id, lambda one: one.step == "training Heads")
        async with at.training():
            await asyncio.sleep(3)
            assert (await at.models.one(coach(), first.id)).state == State.TRAINING
            trainer.kill()
            assert (await at.until(first.id, is_over)).fault == "interrupted"


async def test_a_release_takes_two_and_is_written_for_who_runs_the_bots(at: Gym) -> None:
    """It answers once the bots say so; the one before is kept, and gone back to by one."""
    answers = ["before"]

    async def answering() -> str | None:
        return answers[-1]

    asked = await at.asked()
    (at.data_dir / "models").mkdir(parents=True)
    (at.data_dir / "models" / "before.tar.gz").write_bytes(b"another")
    async with at.training(answering):
        await at.until(asked.id, is_over)
        (before,) = [one for one in await at.models.all(coach()) if one.state == State.LIVE]
        assert (before.fingerprint, before.reason, before.path) == ("before", "", "before.tar.gz")
        await release(at, asked.id, at.house.engine)
        await until_wanted(at, at.files.fingerprint)
        answers.append(at.files.fingerprint)
        await at.until(asked.id, lambda one: one.state == State.LIVE and one.wanted_at is None)
        assert (await at.models.one(coach(), before.id)).state == State.EARLIER
        await at.models.go_back(coach(), before.id)
        await until_wanted(at, "before")
        answers.append("before")
        await at.until(before.id, lambda one: one.state == State.LIVE)
    assert (await at.models.one(coach(), asked.id)).may_answer_again
    assert [one for one in await acts(at.house) if one not in ("model.train", "model.ready", "model.gate")] == [
        "model.live",
        "model.release",
        "model.live",
        "model.back",
        "model.live",
    ]


async def until_wanted(at: Gym, model: str) -> None:
    """Wait until whoever runs the bots is told of a model."""
    async with asyncio.timeout(20):
        while (found := read(at.data_dir, RELEASE)) is None or found.model != model:
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("refused", "state", "fault"), [(True, State.FAILED, "refused"), (False, State.READY, "superseded")]
)
async def test_what_is_not_taken_is_said(at: Gym, refused: bool, state: State, fault: str) -> None:
    """A model that no bot starts with has failed; one that another start came before waits again."""
    asked = await at.asked()
    async with at.training():
        await at.until(asked.id, is_over)
        await release(at, asked.id, at.house.engine)
        await until_wanted(at, at.files.fingerprint)
        wanted = read(at.data_dir, RELEASE)
        assert wanted is not None
        name = wanted.model if refused else ""
        answering = Choice(model="before", files="x", release=wanted.release, refused=name, why="no room")
        write(at.data_dir, ANSWERING, answering)
        found = await at.until(asked.id, lambda one: one.wanted_at is None and one.fault is not None)
    assert (found.state, found.fault, "no room" in found.said) == (state, fault, True)


async def test_a_model_whose_file_is_gone_cannot_be_gone_back_to(at: Gym) -> None:
    """The trainer notes which lie there."""
    asked = await at.asked()
    async with at.training():
        done = await at.until(asked.id, is_over)
        (at.data_dir / "models" / str(done.path)).unlink()
        await at.until(asked.id, lambda one: one.path is None)
    with pytest.raises(Conflict):
        await release(at, asked.id, at.house.engine)


async def answering_before() -> str | None:
    """Of bots that answer with the model before."""
    return "before"


def stands(at: Gym) -> None:
    """The file of the model that answers lies there."""
    path = at.data_dir / "models" / "before.tar.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"another")


async def test_what_is_trained_is_compared_with_what_answers(at: Gym) -> None:
    """On held-out messages, and on real ones, of which what is read otherwise is kept."""
    stands(at)
    conversation = await at.house.open()
    await understood(at.house, conversation, "车牌浙A8K37P罚了多少")
    asked = await at.asked()
    async with at.training(answering_before):
        done = await at.until(asked.id, lambda one: one.gate is not None)
    verdict = done.verdict
    assert verdict is not None
    assert (verdict.passes, verdict.against, verdict.replayed, verdict.changed) == (True, "before", 1, 1)
    (change,) = await Readings(at.house.engine).changes(coach(), asked.id, "replay")
    assert (change.before, change.after, "8K37P" in change.text) == ("complain", "greet", False)
    assert (await acts(at.house))[-1] == "model.gate"


async def test_what_is_worse_is_stopped_and_why_is_kept(at: Gym) -> None:
    """It is not released; compared anew it may be."""
    stands(at)
    at.how("worse")
    asked = await at.asked()
    async with at.training(answering_before):
        done = await at.until(asked.id, lambda one: one.gate is not None)
        assert done.verdict is not None
        assert {one.why for one in done.verdict.stops} == {Why.ALL, Why.LANGUAGE, Why.COMMAND, Why.CALIBRATION}
        requests = staff(at.house.engine, {}).requests
        with pytest.raises(Conflict, match="The gate stops"):
            await at.models.ask_release(coach(), asked.id, reason="x", requests=requests)
        at.how()
        await at.models.compare(coach(), asked.id)
        again = await at.until(asked.id, lambda one: one.gate is not None)
    assert again.verdict is not None
    assert again.verdict.passes


@pytest.mark.parametrize(("kept", "fault"), [(True, "failed"), (False, "not_kept")])
async def test_what_cannot_be_compared_does_not_pass(at: Gym, kept: bool, fault: str) -> None:
    """The comparison fails, or the file of what answers is not there."""
    at.how("unlike")
    if kept:
        stands(at)
    asked = await at.asked()
    async with at.training(answering_before):
        done = await at.until(asked.id, lambda one: one.gate is not None)
    assert done.verdict is not None
    assert (done.verdict.passes, done.verdict.fault) == (False, fault)


async def until_tried(at: Gym, number: int, holds: Callable[[Trial], bool]) -> Trial:
    """Wait until something holds of the newest trial of a model."""
    async with asyncio.timeout(HANG_SECONDS):
        while not holds(found := (await Trials(at.house.engine).of(coach(), number))[0]):
            await asyncio.sleep(0.05)
    return found


async def test_a_shadow_reads_what_is_answered_and_answers_nothing(at: Gym) -> None:
    """From when it began; ended it reads no more."""
    stands(at)
    conversation = await at.house.open()
    await understood(at.house, conversation, "before it began")
    asked = await at.asked()
    trials = Trials(at.house.engine)
    async with at.training(answering_before):
        await at.until(asked.id, lambda one: one.gate is not None)
        await trials.shadow(coach(), asked.id, reason="look")
        await understood(at.house, conversation, "车牌浙A8K37P罚了多少", commands=[("ask_fee", 0.9)])
        await understood(at.house, conversation, "hello", commands=[("greet", 0.9)])
        await until_tried(at, asked.id, lambda one: one.counts == {"read": 2, "changed": 1})
        await trials.end(coach(), asked.id)
        await understood(at.house, conversation, "after it ended")
        await asyncio.sleep(2)
    (change,) = await Readings(at.house.engine).changes(coach(), asked.id, "shadow")
    assert (change.before, change.after, "8K37P" in change.text) == ("ask_fee", "greet", False)
    assert await at.house.scalar("SELECT count(*) FROM outbound_messages") == 0
    assert (await trials.of(coach(), asked.id))[0].counts == {"read": 2, "changed": 1}


async def test_a_shadow_that_cannot_be_started_is_over(at: Gym) -> None:
    """And says why."""
    stands(at)
    asked = await at.asked()
    async with at.training(answering_before):
        done = await at.until(asked.id, lambda one: one.gate is not None)
        (at.data_dir / "models" / str(done.path)).write_bytes(b"broken")
        await Trials(at.house.engine).shadow(coach(), asked.id, reason="look")
        over = await until_tried(at, asked.id, lambda one: not one.runs)
    assert (over.ended_by, over.ended_why) == ("trainer", "refused")


async def test_a_canary_is_told_of_and_counted(at: Gym) -> None:
    """To whoever runs the bots; what came of its messages beside those of others; ended where it cannot be started."""
    stands(at)
    asked, trials = await at.asked(), Trials(at.house.engine)
    requests = staff(at.house.engine, {}).requests
    async with at.training(answering_before):
        await at.until(asked.id, lambda one: one.gate is not None)
        await trials.ask_canary(coach(), asked.id, Some((), 50), reason="try", requests=requests)
        async with asyncio.timeout(HANG_SECONDS):
            while (told := read(at.data_dir, TRIAL)) is None or told.model != at.files.fingerprint:
                await asyncio.sleep(0.05)
        whom = Candidate(at.files.fingerprint, frozenset(), 50)
        its = theirs = 0
        while not (its and theirs):
            conversation = await at.house.open()
            answers = whom.answers(str(conversation.id), conversation.city)
            notes = [{"candidate": whom.fingerprint}, {"passed_over": whom.fingerprint}, {}] if answers else [{}]
            for note in notes:  # of its own the last came before its bot stood: it counts for nobody
                await understood(at.house, conversation, "嗯", outcome="answered" if answers else "apologised", **note)
            its, theirs = its + answers, theirs + (not answers)
        none = {"handed_over": 0}
        wanted = {
            "canary": {**none, "messages": 2 * its, "unsure": 2 * its, "failed": its},
            "others": {**none, "messages": theirs, "unsure": theirs, "failed": theirs},
        }
        await until_tried(at, asked.id, lambda one: one.counts == wanted)
        refused = Choice(model="before", files="x", trial=told.trial, refused=told.model, why="no room")
        write(at.data_dir, ANSWERING, refused)
        over = await until_tried(at, asked.id, lambda one: not one.runs)
        assert over.ended_why == "refused"
        async with asyncio.timeout(HANG_SECONDS):
            while (told := read(at.data_dir, TRIAL)) is None or told.model:
                await asyncio.sleep(0.05)


@pytest.mark.parametrize("role", [Role.CLERK, Role.EDITOR, Role.AUDITOR])
async def test_others_neither_train_nor_read(at: Gym, role: Role) -> None:
    """Trainers and operators do."""
    stranger = actor("x", Grant(role))
    with pytest.raises(NotPermitted):
        await at.models.train(stranger, at.files, reason="x")
    with pytest.raises(NotPermitted):
        await at.models.all(stranger)


async def test_old_ones_are_forgotten_and_the_one_that_answers_stays(at: Gym) -> None:
    """After a year, whatever became of them."""
    from sqlalchemy import text

    from desk.store.database import transaction
    from desk.teaching.jobs import MODELS_KEPT_DAYS, TIDY_MODELS

    old = "clock_timestamp() - interval '400 days'"
    async with transaction(at.house.engine) as connection:
        for state in ("failed", "cancelled", "earlier", "live", "ready"):
            await connection.execute(
                text(
                    f"INSERT INTO models (fingerprint, state, asked_by, reason, asked_at)"
                    f" VALUES ('{state}', '{state}', 'mei', 'x', {old})"
                )
            )
        await connection.execute(TIDY_MODELS, {"days": MODELS_KEPT_DAYS})
    left = await at.house.scalar("SELECT array_agg(state ORDER BY state) FROM models")
    assert left == ["live", "ready"]
