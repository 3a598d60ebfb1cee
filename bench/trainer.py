"""`trainer`: real doubts become a model that answers, and go back, at the console, while residents talk all the time.

First residents write what the bot is unsure of; the worker gathers and groups it. Then a trainer labels it in a browser
by keys, takes it into the files, trains, compares, tries, releases and goes back, with a second person where two are
needed. Meanwhile lines come at an even pace; what each resident saw is looked at afterwards: anything lost, doubled,
out of order or not answered in a minute is an error, and so is a step that misses its bar.
"""

import asyncio
import json
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bench import product
from bench.browsing import launched
from bench.ground import OurModel, Tell, speaker_at
from bench.machine import machine
from bench.product import NAME, Product, secrets_of
from bench.rolling import copied
from bench.rolling_residents import ANSWER_SECONDS, Crowd, crowd, ratios
from bench.staff import Hired, hire
from bench.trainer_console import AtConsole
from bench.trainer_course import Course, Plan, Went
from bench.trainer_lines import fill
from desk.app.model import bot_python
from desk.city.files import load_cities
from desk.contract.errors import DeskError
from desk.contract.staff import Grant, Role
from desk.store.database import create_engine
from desk.teaching.editing.library import Library
from desk.teaching.editing.sheets import heads_of
from desk.teaching.editing.turns import with_turns
from desk.texts.catalogs import Catalogs

PER_SECOND, SECONDS, MESSAGES, PERCENT = 20.0, 30.0, 200, 20
WARM_UP_SECONDS = 15.0
WARM_UP, BEFORE, GATHERING = "warm-up", "before", "gathering"
GATHER_SECONDS = 600.0
"""A job looks each minute, and groups for a quarter of it."""
PEOPLE = {"trainer": (Grant(Role.TRAINER),), "second": (Grant(Role.TRAINER),)}
EVENTS_A_SECOND = 1_000
"""So many events a page that is opened anew sees a second at the least."""
WAITING = text("""
    SELECT count(*) AS lines, count(*) FILTER (WHERE group_id IS NULL) AS loose, count(DISTINCT group_id) AS groups
    FROM teaching_lines WHERE state = 'open' AND signals <> '{}'
""")


class TrainerError(DeskError):
    """Something missed its bar while a model was taught and released."""


@dataclass
class Parts:
    """The parts of the course: tells residents and whoever watches, and keeps how long each lasted."""

    residents: Crowd
    tell: Tell
    began: dict[str, float] = field(default_factory=dict)

    def begin(self, name: str) -> None:
        """Begin a part."""
        self.tell.step(name)
        self.began[name] = time.monotonic()
        self.residents.part = name

    def lasted(self) -> dict[str, float]:
        """Seconds of each part; the last lasts until now."""
        ends = [*list(self.began.values())[1:], time.monotonic()]
        return {name: round(end - at, 1) for (name, at), end in zip(self.began.items(), ends, strict=True)}


async def measure(
    ours: OurModel,
    tell: Tell,
    *,
    per_second: float = PER_SECOND,
    messages: int = MESSAGES,
    seconds: float = SECONDS,
    percent: int = PERCENT,
) -> dict[str, Any]:
    """Teach, release and go back under load.

    Args:
        ours: the model that answers first.
        tell: told how far it is.
        per_second: lines that residents say.
        messages: of which the bot is unsure, at the least.
        seconds: for which each state is watched.
        percent: of conversations that the model on trial answers.

    Raises:
        StartError: the product does not come up, or there is no browser.
        ConsoleError, CourseError: a step could not be done.
        TrainerError: something was lost, doubled or out of order, or missed its bar; the message has the figures.
    """
    with tempfile.TemporaryDirectory(prefix="citydesk-trainer-", ignore_cleanup_errors=True) as folder:
        async with _standing(ours, Path(folder), tell) as (running, root, engine, browser):
            tell.step(f"{messages} messages of which the bot is unsure")
            cities = load_cities(root / "cities")
            meant = await fill(running.url, engine, root, [*cities], messages, tell)
            people = await hire(engine, secrets_of(running.data_dir)[0], PEOPLE)
            plan = Plan(meant=meant.get, take=_Files(root).take, percent=percent, seconds=seconds)
            async with crowd(running.url, speaker_at(ours.root), per_second) as residents:
                parts = Parts(residents, tell)
                async with asyncio.TaskGroup() as group:
                    parts.begin(WARM_UP)
                    talking = group.create_task(residents.talk(), name="residents")
                    groups, went = await _course(running, engine, browser, people, parts, plan, messages)
                    lasted = parts.lasted()
                    residents.part = ""
                    await talking
                tell.step("looking at what residents saw")
                await residents.answered()
                found = _found(residents, went, groups, lasted)
                faults = [*went.faults(), *_slow(found), *await residents.faults(_patience(residents))]
    if faults:
        raise TrainerError(f"{len(faults)} faults: {'; '.join(faults[:20])}. {json.dumps(found, ensure_ascii=False)}")
    return {
        "name": "trainer",
        "ours": {"name": NAME, **found, "faults": 0},
        "ratio": max(found["ratios"].values()),
        "machine": machine(ours.load_before),
        "method": {"per_second": per_second, "messages": messages, "seconds": seconds, "percent": percent},
    }


async def _course(
    running: Product,
    engine: AsyncEngine,
    browser: Browser,
    people: Mapping[str, Hired],
    parts: Parts,
    plan: Plan,
    messages: int,
) -> tuple[int, Went]:
    """Go the course, once what is unsure is gathered. Answers how many groups there were, and how it went."""
    seats = [AtConsole(await (await browser.new_context()).new_page(), running.url) for _ in people]
    for seat, person in zip(seats, people.values(), strict=True):
        await seat.log_in(person)
    await asyncio.sleep(WARM_UP_SECONDS)
    parts.begin(BEFORE)
    await asyncio.sleep(plan.seconds)
    parts.begin(GATHERING)
    groups = await _gathered(engine, messages)
    return groups, await Course(seats[0], seats[1], engine, parts.begin).go(plan)


async def _gathered(engine: AsyncEngine, messages: int) -> int:
    """Wait until the worker has put so many lines together, and none waits for that. Answers how many groups."""
    try:
        async with asyncio.timeout(GATHER_SECONDS):
            while True:
                async with engine.connect() as connection:
                    row = (await connection.execute(WAITING)).one()
                if row.lines >= messages and row.loose == 0:
                    return int(row.groups)
                await asyncio.sleep(1.0)
    except TimeoutError as exc:
        raise TrainerError(f"After {GATHER_SECONDS:g} s {row.lines} lines are gathered, {row.loose} alone.") from exc


@dataclass(frozen=True)
class _Files:
    """The files that a model is made of, in a root."""

    root: Path

    async def take(self, exported: str) -> None:
        """Put taught turns into them, as `desk data commit --taught` does."""
        await asyncio.to_thread(self._write, exported)

    def _write(self, exported: str) -> None:
        library = Library(self.root, load_cities(self.root / "cities"), heads_of(Catalogs(self.root / "locales")))
        for path, written in with_turns(library, exported).items():
            (self.root / path).write_text(written, encoding="utf-8")


def _found(residents: Crowd, went: Went, groups: int, lasted: Mapping[str, float]) -> dict[str, Any]:
    figures = residents.figures()
    figures.pop(WARM_UP, None)
    parts = {name: {**figures[name], "seconds": seconds} for name, seconds in lasted.items() if name in figures}
    return {
        **went.document(),
        "groups": groups,
        "parts": parts,
        "ratios": ratios(parts, BEFORE),
        "longest_silence_seconds": round(residents.longest_silence(), 2),
    }


def _slow(found: Mapping[str, Any]) -> list[str]:
    """Parts of the course in which somebody waited for more than a minute."""
    most = ANSWER_SECONDS * 1000
    return [f"{name}: {one['slowest_ms']:g} ms" for name, one in found["parts"].items() if one["slowest_ms"] > most]


def _patience(residents: Crowd) -> float:
    turns = sum(len(one.turns) for one in residents.residents)
    return ANSWER_SECONDS + turns / EVENTS_A_SECOND * 4  # events of a turn, at the most as a rule


@asynccontextmanager
async def _standing(
    ours: OurModel, work: Path, tell: Tell
) -> AsyncIterator[tuple[Product, Path, AsyncEngine, Browser]]:
    """Run the product of a copy of the checkout, whose files may change, with models of its own; and a browser."""
    tell.step("starting Citydesk")
    root = await asyncio.to_thread(copied, ours.root, work / "checkout")
    models = work / "models"
    models.mkdir()
    await asyncio.to_thread(shutil.copy, ours.model, models)
    settings: Sequence[str] = (f"DESK_ROOT_DIR={root}", f"DESK_BOT_PYTHON={bot_python(ours.root, None)}")
    async with AsyncExitStack() as stack:
        browser = await stack.enter_async_context(launched())
        running = await stack.enter_async_context(product.running(root, work / "data", models, settings=settings))
        engine = create_engine(running.state.urls["database"], pool_size=3, vault=secrets_of(running.data_dir)[1])
        stack.push_async_callback(engine.dispose)
        yield running, root, engine, browser
