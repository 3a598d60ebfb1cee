"""`desk bench`: how fast it is, beside stock Rasa or the version before. Starts and stops a stack of its own."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Coroutine
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter, validators
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from desk.app.model import bot_python
from desk.app.runtime import Runtime, configure_logs, runtime

if TYPE_CHECKING:
    from bench.ground import Models, OurModel, Tell
    from bench.versions import Before

KEPT = Path("docs/explanation/bench")
"""Where results are kept whole."""
app = App(
    name="bench", help="How fast it is, beside stock Rasa or the version before in the same run, on a stack of its own."
)

type Count = Annotated[int, Parameter(validator=validators.Number(gte=1))]
type AsJson = Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")]
type WriteDocs = Annotated[
    bool,
    Parameter(name="--write-docs", help="Write the result into docs/explanation/capacity.md too.", negative=""),
]

type Checkout = Annotated[
    Path | None,
    Parameter(help="A checkout of the version before, set up: it is measured instead of Rasa."),
]


@app.command
def turns(*, before: Checkout = None, as_json: AsJson = False, write_docs: WriteDocs = False) -> None:
    """Completed turns a second with 1 and 16 clients, how long one takes, and memory."""
    from bench import turns as bench
    from bench import versions

    if before is not None:
        _run_beside("turns-before", versions.turns, before, as_json=as_json, write_docs=write_docs)
    else:
        _run("turns", bench.measure, as_json=as_json, write_docs=write_docs)


@app.command
def profile(
    *,
    rounds: Count = 6,
    seconds: Annotated[int, Parameter(validator=validators.Number(gte=0))] = 20,
    before: Checkout = None,
    as_json: AsJson = False,
    write_docs: Annotated[
        bool,
        Parameter(
            name="--write-docs", help="Write the result into docs/explanation/where-a-turn-goes.md too.", negative=""
        ),
    ] = False,
) -> None:
    """What a turn costs each role in processor time, with 16 clients, and in which layers of it that goes.

    Args:
        rounds: of 160 turns; both versions take turns.
        seconds: for which py-spy looks at each Python role afterwards; 0: not at all.
    """
    from bench import profile as bench
    from bench import versions

    async def measure(ours: "OurModel", tell: "Tell") -> dict[str, Any]:
        older = None if before is None else await versions.prepare(before.resolve(), tell)
        return await bench.measure(ours, older, tell, rounds=rounds, seconds=seconds)

    _run_ours("profile", measure, as_json=as_json, write_docs=write_docs)


@app.command
def history(*, before: Checkout = None, as_json: AsJson = False, write_docs: WriteDocs = False) -> None:
    """What turn 10, 100 and 1,000 of one conversation cost."""
    from bench import history as bench
    from bench import versions

    if before is not None:
        _run_beside("history-before", versions.history, before, as_json=as_json, write_docs=write_docs)
    else:
        _run("history", bench.measure, as_json=as_json, write_docs=write_docs)


@app.command
def intake(*, as_json: AsJson = False, write_docs: WriteDocs = False) -> None:
    """Messages acknowledged a second while the bot is stopped; then all are answered, in order."""
    from bench import intake as bench

    _run("intake", bench.measure, as_json=as_json, write_docs=write_docs)


@app.command
def announce(
    *,
    size: Count = 100_000,
    pairs: Count = 5,
    turns: Count = 150,
    as_json: AsJson = False,
    write_docs: WriteDocs = False,
) -> None:
    """How fast an announcement goes to all, also while workers are killed, and how long a reply takes beside it.

    Args:
        size: subscribers of each bulk send.
        pairs: how often both are measured.
        turns: replies of each measurement.
    """
    from bench import announce as bench

    async def measure(ours: "OurModel", tell: "Tell") -> dict[str, Any]:
        return await bench.measure(ours, tell, size=size, pairs=pairs, turns=turns)

    _run_ours("announce", measure, as_json=as_json, write_docs=write_docs)


@app.command
def webhooks(
    *,
    size: Count = 10_000,
    per_second: Count = 100,
    at_once: Count | None = None,
    as_json: AsJson = False,
    write_docs: WriteDocs = False,
) -> None:
    """How soon webhooks are answered while the bot is stopped: repeated, shuffled, partly forged ones.

    Args:
        size: webhooks of each channel.
        per_second: how many arrive a second, in the mean, by chance.
        at_once: instead of a rate: how many are under way all the time.
    """
    from bench import webhooks as bench

    async def measure(ours: "OurModel", tell: "Tell") -> dict[str, Any]:
        return await bench.measure(ours, tell, size=size, per_second=per_second, at_once=at_once)

    _run_ours("webhooks", measure, as_json=as_json, write_docs=write_docs)


@app.command
def streams(
    *,
    streams: Count = 5_000,
    seconds: Annotated[float, Parameter(validator=validators.Number(gt=0))] = 30.0,
    before: Checkout = None,
    as_json: AsJson = False,
    write_docs: WriteDocs = False,
) -> None:
    """What open streams cost on which nothing happens, and how long a post takes beside them.

    Args:
        streams: open at once, each of a resident of its own.
        seconds: for which they are watched.
    """
    from bench import streams as bench
    from bench import versions

    async def measure(ours: "OurModel", tell: "Tell") -> dict[str, Any]:
        older = None if before is None else await versions.prepare(before.resolve(), tell)
        return await bench.measure(ours, older, tell, streams=streams, seconds=seconds)

    _run_ours("streams", measure, as_json=as_json, write_docs=write_docs)


@app.command
def console(
    *,
    size: Count = 1_000_000,
    rounds: Count = 20,
    store: Annotated[
        Path | None, Parameter(help="A folder that keeps the filled stores; a later run takes them from there.")
    ] = None,
    as_json: AsJson = False,
    write_docs: WriteDocs = False,
) -> None:
    """How long each page of the staff console takes in a store that has grown, beside one of a hundredth.

    Args:
        size: conversations in the store.
        rounds: how often each page is opened.
    """
    from bench import console as bench

    async def measured(at: Runtime, tell: "Tell") -> dict[str, Any]:
        return await bench.measure(at.root, tell, size=size, rounds=rounds, store=store)

    _measured("console", measured, as_json=as_json, write_docs=write_docs)


@app.command
def day(
    *,
    hours: Annotated[float, Parameter(validator=validators.Number(gt=0))] = 2.0,
    clerks: Count = 20,
    at_once: Count = 30,
    seed: int = 2026,
    as_json: AsJson = False,
    write_docs: WriteDocs = False,
) -> None:
    """Hours of a day at the counter, as fast as the machine can, while processes are killed; anything wrong fails it.

    Args:
        hours: of the day, of 500 conversations each that ask for a person.
        clerks: at the console.
        at_once: residents who are there at the same time.
        seed: decides who says and does what.
    """
    from bench import day as bench

    async def measure(ours: "OurModel", tell: "Tell") -> dict[str, Any]:
        return await bench.measure(ours, tell, hours=hours, clerks=clerks, at_once=at_once, seed=seed)

    _run_ours("day", measure, as_json=as_json, write_docs=write_docs)


@app.command
def rolling(
    *,
    before: Checkout = None,
    per_second: Annotated[float, Parameter(validator=validators.Number(gt=0))] = 20.0,
    seconds: Annotated[float, Parameter(validator=validators.Number(gt=0))] = 30.0,
    as_json: AsJson = False,
    write_docs: WriteDocs = False,
) -> None:
    """A release replaces the one before under load, goes back, and comes again; anything lost or doubled fails it.

    Args:
        before: a checkout of the release before, set up. Without one this is the one before, and replaced by itself
            with two migrations more.
        per_second: lines that residents say, at an even pace.
        seconds: for which each state is watched.
    """
    from bench import rolling as bench
    from bench import versions

    async def measure(ours: "OurModel", tell: "Tell") -> dict[str, Any]:
        older = None if before is None else await versions.prepare(before.resolve(), tell)
        return await bench.measure(ours, older, tell, per_second=per_second, seconds=seconds)

    _run_ours("rolling", measure, as_json=as_json, write_docs=write_docs)


@app.command
def trainer(
    *,
    per_second: Annotated[float, Parameter(validator=validators.Number(gt=0))] = 20.0,
    messages: Count = 200,
    seconds: Annotated[float, Parameter(validator=validators.Number(gt=0))] = 30.0,
    percent: Annotated[int, Parameter(validator=validators.Number(gte=1, lte=100))] = 20,
    as_json: AsJson = False,
    write_docs: WriteDocs = False,
) -> None:
    """A trainer in a browser labels, trains, compares, tries, releases and goes back while residents talk.

    Half an hour with the defaults; it needs Chromium. Anything lost or doubled, a minute without an answer, 200
    messages in more than ten minutes, or a way back of more than five seconds fails it.

    Args:
        per_second: lines that residents say, at an even pace.
        messages: of which the bot is unsure, at the least.
        seconds: for which each state is watched.
        percent: of conversations that the model on trial answers.
    """
    from bench import trainer as bench

    async def measure(ours: "OurModel", tell: "Tell") -> dict[str, Any]:
        return await bench.measure(
            ours, tell, per_second=per_second, messages=messages, seconds=seconds, percent=percent
        )

    _run_ours("trainer", measure, as_json=as_json, write_docs=write_docs)


@app.command
def restore(
    *,
    size: Count = 57_000,
    seconds: Annotated[float, Parameter(validator=validators.Number(gt=0))] = 100.0,
    folder: Annotated[
        Path | None, Parameter(help="Where stores and backups are made: some five times what the store holds.")
    ] = None,
    as_json: AsJson = False,
    write_docs: WriteDocs = False,
) -> None:
    """A store of 2 GB is backed up, killed and restored, until the first resident is answered; also to a moment.

    Args:
        size: conversations in the store, all sealed.
        seconds: for which residents write before the source is killed.
    """
    from bench import restore as bench

    async def measure(ours: "OurModel", tell: "Tell") -> dict[str, Any]:
        at = None if folder is None else folder.resolve()
        return await bench.measure(ours, tell, size=size, seconds=seconds, folder=at)

    _run_ours("restore", measure, as_json=as_json, write_docs=write_docs)


@app.command
def gate(
    *,
    runs: Count = 20,
    draw: Annotated[int, Parameter(validator=validators.Number(gte=0))] = 0,
    again: Annotated[
        bool, Parameter(name="--again", help="Judge what was read the last time, fit nothing.", negative="")
    ] = False,
    as_json: AsJson = False,
    write_docs: WriteDocs = False,
) -> None:
    """How often the gate stops a training of the same data, and one of data that were sabotaged, in some minutes.

    Args:
        runs: so many of each.
        draw: which seeds, services and lines are drawn. Margins were chosen on draw 0; 1 is what is told of them.
    """
    from bench import gate as bench

    configure_logs()
    at = runtime()
    python, city = bot_python(at.root, at.settings.bot_python), next(iter(at.cities()))
    folder = at.data_dir / "bench" / "gate"
    if again:
        document = bench.judged_again(at.root, folder, city, runs, draw)
    else:
        with ConsoleTell(Console(stderr=True, highlight=False)) as tell:
            document = bench.measure(at.root, python, folder, city, runs, draw, tell)
    if write_docs:
        _keep("gate", document)
    if as_json:
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
        return
    drawn = Table("what was done", "right before", "right after", "why it is stopped")
    for one in document["runs"]:
        drawn.add_row(one["done"], f"{one['before']:.1%}", f"{one['after']:.1%}", ", ".join(one["stops"]))
    Console().print(drawn)
    for kind in ("same", "sabotaged"):
        Console().print(f"{kind}: {document[kind]['stopped']} of {document[kind]['runs']} stopped")


@app.command
def taught(*, as_json: AsJson = False, write_docs: WriteDocs = False) -> None:
    """What 300 taught lines bring topics that had hardly any, and what they cost the others, in some minutes."""
    from bench import taught as bench

    configure_logs()
    at = runtime()
    python, city = bot_python(at.root, at.settings.bot_python), next(iter(at.cities()))
    with ConsoleTell(Console(stderr=True, highlight=False)) as tell:
        document = bench.measure(at.root, python, at.data_dir / "bench" / "gate", city, tell)
    if write_docs:
        _keep("taught", document)
        (at.product / KEPT / "taught.svg").write_text(bench.picture(document), encoding="utf-8")
    if as_json:
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
        return
    drawn = Table("lines taught", "taught topics right", "all others right")
    for one in document["mean"]:
        drawn.add_row(f"{one['lines']:.0f}", f"{one['topics']:.1%}", f"{one['others']:.1%}")
    Console().print(drawn)


def _keep(name: str, document: dict[str, Any]) -> None:
    """Keep figures that pages tell in words."""
    path = runtime().product / KEPT / f"{name}.json"
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _run(
    name: str, measure: "Callable[[Models, Tell], Awaitable[dict[str, Any]]]", *, as_json: bool, write_docs: bool
) -> None:
    from bench import ground

    async def measured(at: Runtime, tell: "Tell") -> dict[str, Any]:
        python = bot_python(at.root, at.settings.bot_python)
        return await measure(await ground.prepare(at.root, python, at.data_dir, tell), tell)

    _measured(name, measured, as_json=as_json, write_docs=write_docs)


def _run_beside(
    name: str,
    measure: "Callable[[OurModel, Before, Tell], Awaitable[dict[str, Any]]]",
    before: Path,
    *,
    as_json: bool,
    write_docs: bool,
) -> None:
    from bench import versions

    checkout = before.resolve()

    async def measured(ours: "OurModel", tell: "Tell") -> dict[str, Any]:
        return await measure(ours, await versions.prepare(checkout, tell), tell)

    _run_ours(name, measured, as_json=as_json, write_docs=write_docs)


def _run_ours(
    name: str, measure: "Callable[[OurModel, Tell], Awaitable[dict[str, Any]]]", *, as_json: bool, write_docs: bool
) -> None:
    from bench import ground

    async def measured(at: Runtime, tell: "Tell") -> dict[str, Any]:
        python = bot_python(at.root, at.settings.bot_python)
        return await measure(await ground.prepare_ours(at.root, python, at.data_dir, tell), tell)

    _measured(name, measured, as_json=as_json, write_docs=write_docs)


def _measured(
    name: str,
    measured: "Callable[[Runtime, Tell], Coroutine[Any, Any, dict[str, Any]]]",
    *,
    as_json: bool,
    write_docs: bool,
) -> None:
    from bench import page

    configure_logs()
    at = runtime()
    if write_docs:
        page.require(at.product, name)
    console = Console(stderr=True, highlight=False)
    with ConsoleTell(console) as tell:
        document = asyncio.run(measured(at, tell))
    if as_json:
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    else:
        _show(document)
    if write_docs:
        for path in page.write(at.product, document, date.today()):  # noqa: DTZ011 - the day where it was measured
            console.print(f"written: {path.relative_to(at.product)}")


def _show(document: dict[str, Any]) -> None:
    from bench.tables import doubt, ran_on, table

    shown = table(document)
    drawn = Table(title=f"{shown.title} ({shown.subtitle})", caption=ran_on(document["machine"]))
    for place, column in enumerate(shown.columns):
        drawn.add_column(column, justify="left" if place == 0 else "right")
    for row in shown.rows:
        drawn.add_row(*row)
    Console().print(drawn)
    if said := doubt(document):
        Console().print(said)


class ConsoleTell:
    """Tells a person at the terminal how far it is."""

    def __init__(self, console: Console) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        self._bar = Progress(*columns, console=console)
        self._task: TaskID | None = None

    def __enter__(self) -> "ConsoleTell":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._finish()
        self._bar.stop()

    def step(self, text: str) -> None:
        """Something long begins: what was before is done."""
        self._finish()
        self._task = self._bar.add_task(text, total=None)

    def progress(self, done: float, total: float) -> None:
        """How far what began is."""
        if self._task is not None:
            self._bar.update(self._task, completed=done, total=total)

    def _finish(self) -> None:
        if self._task is not None:
            self._bar.update(self._task, completed=1, total=1)
            self._bar.stop_task(self._task)
        self._task = None
