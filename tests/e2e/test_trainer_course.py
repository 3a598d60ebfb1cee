"""The course of `desk bench trainer` in a real browser, with a training that is none: it can be gone to its end."""

import asyncio
from pathlib import Path

from fixtures.coaching import Gym, gym
from fixtures.desks import desks_at
from fixtures.house import KEYS, House, going
from fixtures.taught import TRAINER, gathered, understood
from playwright.async_api import Browser

from bench.staff import hire
from bench.trainer_console import AtConsole
from bench.trainer_course import Course, Plan
from desk.app.choice import RELEASE, TRIAL, read
from desk.conversations.candidate import Candidate

BEFORE = "before"
MATTERS = {"罚": "start:traffic_fines", "坑": "complain", "车": "start:next_bus", "谁": None}
LINES_EACH, PERCENT = 5, 50


async def unsure(house: House) -> dict[str, str | None]:
    """Have messages wait, a group a matter; answers what each means. Of those of nobody no service was heard."""
    meant = {
        f"{matter}的事怎么弄{'呀' * number}": MATTERS[matter] for number in range(LINES_EACH) for matter in MATTERS
    }
    for said in meant:
        intent = "traffic_fines" if meant[said] else "nlu_fallback"
        await understood(house, await house.open(), said, intent=(intent, 0.5))
    await gathered(house)
    return meant


async def writing(house: House, data_dir: Path) -> None:
    """Residents are answered all the time, some of them by the model on trial."""
    while True:
        conversation, tried = await house.open(), read(data_dir, TRIAL)
        whom = Candidate("" if tried is None else tried.model, frozenset(), PERCENT)
        by = whom.fingerprint if whom.answers(str(conversation.id), conversation.city) else ""
        await understood(house, conversation, "查违章", commands=[("start", 0.9)], candidate=by)
        await asyncio.sleep(0.05)


def first_model(at: Gym) -> None:
    """The model that answers before anything is trained."""
    path = at.data_dir / "models" / f"{BEFORE}.tar.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"a model")


async def test_a_trainer_goes_from_doubts_to_a_release_and_back(house: House, browser: Browser, tmp_path: Path) -> None:
    """All groups by keys, the file into the training, both requests by two, and a click that goes back."""
    meant, at = await unsure(house), gym(house, tmp_path)
    first_model(at)
    taken, parts = list[str](), list[str]()

    async def answering() -> str:
        chosen = read(at.data_dir, RELEASE)
        return BEFORE if chosen is None else chosen.model

    async def take(exported: str) -> None:
        taken.append(exported)
        at.change(exported)

    people = await hire(house.engine, KEYS, {"mei": [TRAINER], "lin": [TRAINER]})
    async with (
        desks_at(house, files=lambda: at.files) as desks,
        at.training(answering),
        going(writing(house, at.data_dir)),
    ):
        seats = [AtConsole(await browser.new_page(), desks.url) for _ in people]
        for seat, person in zip(seats, people.values(), strict=True):
            await seat.log_in(person)
        course = Course(seats[0], seats[1], house.engine, parts.append)
        went = await course.go(Plan(meant=meant.get, take=take, percent=PERCENT, tried=3, seconds=0))
    labelled = went.labelled
    assert (labelled.messages, labelled.decisions, labelled.by_digit) == (len(meant), len(MATTERS), 2)
    assert await house.scalar("SELECT count(*) FROM taught_lines WHERE commands[1] = 'start:next_bus'") == LINES_EACH
    assert taken[0].count("- complain") >= LINES_EACH
    assert parts == ["labelling", "training", "comparing", "canary", "release", "rollback"]
    assert went.canary["canary"]["messages"] >= 3
    states = await house.scalar("SELECT array_agg(fingerprint || ' ' || state ORDER BY id) FROM models")
    assert states[0] == f"{BEFORE} live"
    assert states[1].endswith(" earlier")
