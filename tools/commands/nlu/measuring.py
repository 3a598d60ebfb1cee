"""What `desk nlu` measures of lines, and makes for the next training."""

import asyncio
import json
import os
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from actions.dialogue.reading.inquiry import Inquiry
from actions.schema import load_services
from actions.server.surroundings import Surroundings
from desk.app.library import SUSPECTS
from desk.app.model import bot_python, trained
from desk.app.runtime import Runtime, configure_logs, runtime
from desk.city.files import City
from desk.city.guides import FOLDER, load_guides
from desk.city.names import write_names
from desk.cli.report import CheckResult, show
from desk.contract.errors import BackendError, NotFound, StartError
from desk.safety.fitting import as_document, make
from desk.safety.kinds import load_kinds
from desk.safety.signs import load_signs
from desk.teaching.editing.corpus import Corpus
from tools.evaluation import emergencies as heard
from tools.evaluation import lines
from tools.evaluation import questions as asked
from tools.evaluation.suspects import as_document as suspects_document
from tools.evaluation.suspects import suspects as suspected
from tools.readings import write_readings
from tools.system_names import open_names


def emergencies(
    files: Annotated[list[Path], Parameter(help='JSON lines: {"text", "lang", "hand", "is", "kind", "direct"}.')],
    *,
    services: Annotated[
        bool, Parameter(help="Also what residents say to services, all of it, in some minutes.", negative="")
    ] = False,
    as_json: Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")] = False,
) -> None:
    """Measure how well emergencies are heard, with the model and by the signs alone, on lines by strangers."""
    configure_logs()
    at = runtime()
    known, signs = heard.read(files), load_signs(at.root, load_kinds(at.root))
    python = bot_python(at.root, at.settings.bot_python)
    model = trained(at.root, at.models)
    if model is None:
        raise StartError("The model of the words as they are is not trained yet. Train it with: uv run desk train")
    found = heard.document(heard.hear(known, signs, model.absolute(), python, at.root))
    if services:
        count, false = heard.falsely(at.root, signs, model.absolute(), python)
        for hearing, lines_heard in false.items():
            found[hearing] |= {"service_lines": count, "false_of_services": lines_heard}
    if as_json:
        sys.stdout.write(f"{json.dumps(found, ensure_ascii=False)}\n")
    else:
        _show_emergencies(found)


def questions(
    files: Annotated[list[Path], Parameter(help='JSON lines: {"ask", "lang", "guide", "near", "service", "about"}.')],
    *,
    model: Annotated[
        Path | None, Parameter(help="A model (.tar.gz); otherwise the one of the words as they are.")
    ] = None,
    as_json: Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")] = False,
) -> None:
    """Measure whether questions find their guide, and whether it is said where none is published."""
    configure_logs()
    at = runtime()
    known, chosen = asked.read(files), model or trained(at.root, at.models)
    if chosen is None:
        raise StartError("The model of the words as they are is not trained yet. Train it with: uv run desk train")
    guides = load_guides(at.root / FOLDER)

    def told(inquiry: lines.Inquired) -> tuple[str | None, list[str]]:
        found = Inquiry(inquiry.asks, inquiry.matters)
        sure = found.told(guides)
        return sure, [] if sure is not None else found.guides(guides)

    found = asked.document(
        asked.find(known, told, chosen.absolute(), bot_python(at.root, at.settings.bot_python), at.root)
    )
    if as_json:
        sys.stdout.write(f"{json.dumps(found, ensure_ascii=False)}\n")
        return
    table = Table(title=f"{found['questions']} questions", show_header=False)
    for name, figure in found.items():
        if name != "right_by":
            table.add_row(name.replace("_", " "), f"{figure:.1%}" if isinstance(figure, float) else str(figure))
    Console().print(table)
    for group, shares in found["right_by"].items():
        Console().print(f"right by {group}:", {name: f"{share:.1%}" for name, share in shares.items()})


def suspects(
    *, as_json: Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")] = False
) -> None:
    """Find lines of training that are probably mislabelled, in some minutes; the console shows them, too."""
    configure_logs()
    at = runtime()
    python = bot_python(at.root, at.settings.bot_python)
    found = suspected(Corpus(at.root).lines, python, at.data_dir / "suspects")
    document = suspects_document(found)
    (at.data_dir / SUSPECTS).write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    if as_json:
        sys.stdout.write(f"{json.dumps(document, ensure_ascii=False)}\n")
        return
    table = Table("line", "stands under", "rather", "sure")
    for one in found[:100]:
        table.add_row(one.text, f"{one.folder}/{one.intent}", one.rather, f"{one.sure:.0%}")
    Console().print(table)
    Console().print(f"{len(found)} lines")


def signs(
    *, as_json: Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")] = False
) -> None:
    """Make the table of signs of emergencies anew, of the lines in nlu/safety/ and those of services."""
    configure_logs()
    at = runtime()
    with Console(stderr=True).status("fitting"):
        made = make(at.product, bot_python(at.root, at.settings.bot_python))
    if as_json:
        sys.stdout.write(f"{json.dumps(as_document(made))}\n")
        return
    table = Table("of writers not learnt from", "sure", "likely, the bot away")
    for name in made.sure:
        table.add_row(name, f"{made.sure[name]:.2%}", f"{made.likely[name]:.2%}")
    Console().print(f"{made.signs} signs", table)


def benchmark(
    *,
    as_json: Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")] = False,
    write_docs: Annotated[
        bool,
        Parameter(name="--write-docs", help="Write the result into docs/explanation/understanding.md.", negative=""),
    ] = False,
    without_peer: Annotated[
        bool, Parameter(name="--without-peer", help="Measure our side only, in minutes.", negative="")
    ] = False,
) -> None:
    """Our pipeline beside the one of `rasa init`, on our lines and on public sets, which CITYDESK_CONFORMANCE names.

    Ours is trained anew each time; the other side's models, which take an hour, are kept.
    """
    from bench.nlu import page as result
    from bench.nlu.measure import measure

    configure_logs()
    at = runtime()
    if not (named := os.environ.get("CITYDESK_CONFORMANCE")):
        raise StartError("Set CITYDESK_CONFORMANCE to the folder of public data; its folder nlu holds the sets.")
    python = bot_python(at.root, at.settings.bot_python)
    told = Console(stderr=True, highlight=False)
    held_out = lines.read(sorted((at.root / "nlu").glob("*/tests/held_out.jsonl")))
    sets, cache = Path(named).absolute() / "nlu", at.data_dir / "bench"
    document = measure(at.root, python, held_out, sets, cache, told.print, peer=not without_peer)
    if as_json:
        sys.stdout.write(f"{json.dumps(document, ensure_ascii=False, indent=2)}\n")
    else:
        for title, columns, rows in (
            ("Our held-out lines", result.OWN, result.own_rows(document)),
            ("Public sets", result.SETS, result.set_rows(document)),
        ):
            drawn = Table(*columns, title=title)
            for row in rows:
                drawn.add_row(*row)
            Console().print(drawn)
    if write_docs:
        for path in result.write(at.product, document, date.today()):  # noqa: DTZ011 - the day where it was measured
            told.print(f"written: {path.relative_to(at.product)}")


def names(
    *,
    city: Annotated[str | None, Parameter(help="As its file in cities/ is called. Unset: all of them.")] = None,
    as_json: Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")] = False,
) -> None:
    """Ask the systems of cities for the names of stops, lines, offices, and write them for the next training.

    They are written into cities/names/; a city whose systems do not answer keeps what it has.
    """
    configure_logs()
    at = runtime()
    if city is not None and city not in at.cities():
        raise NotFound(f"There is no cities/{city}.yml. There are {', '.join(at.cities())}.")
    asked = {slug: found for slug, found in at.cities().items() if city in (None, slug)}
    if not show(asyncio.run(_named(at, asked)), as_json=as_json):
        sys.exit(1)


def readings(
    *, as_json: Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")] = False
) -> None:
    """Make the table of how characters sound anew, for names and lines that were added with rare characters."""
    configure_logs()
    characters = write_readings(runtime().product)
    if as_json:
        sys.stdout.write(f"{json.dumps({'characters': characters})}\n")
    else:
        Console().print(f"{characters} characters")


async def _named(at: Runtime, cities: dict[str, City]) -> list[CheckResult]:
    surroundings = Surroundings(at.root, cities, at.sandbox_url, at.data_dir, os.environ, at.keys())
    findings = []
    async with open_names(surroundings, load_services(at.root / "nlu")) as systems:
        for slug, asked in cities.items():
            try:
                known = await systems.of(asked)
            except BackendError as exc:
                findings.append(
                    CheckResult(slug, str(exc), "Its names stay as they were. Ask again when its systems run.")
                )
                continue
            write_names(at.layers.city_file(slug).parent, slug, known)
            counted = ", ".join(f"{len(known[entity])} of {entity}" for entity in known)
            findings.append(CheckResult(slug, counted or "its systems name nothing"))
    return findings


def _show_emergencies(found: dict[str, Any]) -> None:
    console = Console()
    for hearing, figures_ in found.items():
        head = ("recall", "direct", "indirect", "kind_right", "false_alarms")
        console.print(hearing.replace("_", " "), {name: figures_[name] for name in head})
        for group in heard.GROUPS:
            table = Table(group, "heard", "false alarms")
            for name, share in figures_["recall_by"][group].items():
                false = figures_["false_alarms_by"][group].get(name)
                table.add_row(name, f"{share:.1%}", "" if false is None else f"{false:.1%}")
            console.print(table)
        if "service_lines" in figures_:
            console.print(f"of {figures_['service_lines']} lines of services {len(figures_['false_of_services'])}")
