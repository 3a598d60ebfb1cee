"""`desk nlu evaluate`, `errors`, `agreement`: how lines and turns are understood, for people."""

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from desk.app.model import bot_python, trained
from desk.app.runtime import Runtime, configure_logs, runtime
from desk.contract.errors import StartError
from tools.evaluation import agreement as agreeing
from tools.evaluation import figures, groups, judging, lines, page, turns, turns_page, wrong
from tools.training import train

WORST = 12
"""So many of the worst, and of the most frequent, are shown in the terminal; the page has all."""

type AsJson = Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")]
type Model = Annotated[Path | None, Parameter(help="A model (.tar.gz); otherwise the one of the words as they are.")]
type Html = Annotated[Path | None, Parameter(help="Where a page with all of it is written.")]
type Files = Annotated[
    list[Path],
    Parameter(help='JSON lines, {"text", "intent", "lang", "entities"}, or turns, {"in", "say", "lang", "commands"}.'),
]


def evaluate(files: Files, *, model: Model = None, html: Html = None, as_json: AsJson = False) -> None:
    """Measure the model on lines whose meaning is known, or on turns in their situation.

    An intent counts after the gate, which refuses: what falls below it is `out_of_scope`. Of a turn the likeliest
    command counts; what is sure, asked back, and done without being meant is told beside it.
    """
    at = _begun()
    if _are_turns(files):
        results = asyncio.run(_turns(at, files, model))
        read = turns.document(results)
        _tell(read, turns_page.html(read), _show_turns, html=html, as_json=as_json)
    else:
        pairs, cost = _lines(at, files, model)
        found = figures.document(pairs, cost)
        _tell(found, page.html(found), _show_lines, html=html, as_json=as_json)


def errors(files: Files, *, model: Model = None, html: Html = None, as_json: AsJson = False) -> None:
    """Show what is understood wrongly, put together by meaning, the largest group first.

    Tests that stay unread are refused.
    """
    at = _begun()
    wrong.may_be_read(files)
    if _are_turns(files):
        results = asyncio.run(_turns(at, files, model))
        of, found = len(results), wrong.of_turns(results)
    else:
        pairs, _ = _lines(at, files, model)
        of, found = len(pairs), wrong.of_lines(pairs)
    rows = groups.vectors([one.text for one in found], _python(at), at.root)
    document = wrong.document(of, found, rows)
    _tell(document, turns_page.errors(document), _show_errors, html=html, as_json=as_json)


def agreement(first: Path, second: Path, *, as_json: AsJson = False) -> None:
    """Measure how far two labellers of the same turns agree beyond chance: Cohen's κ, of all and of each command.

    Args:
        first: turns, {"in", "say", "lang", "commands"}, as one has labelled them.
        second: the same turns, as another has.
    """
    at = _begun()
    situations = _situations(at)
    found = agreeing.document(turns.read([first], situations), turns.read([second], situations))
    if as_json:
        sys.stdout.write(f"{json.dumps(found, ensure_ascii=False)}\n")
        return
    table = Table("command", "first", "second", "both", "κ", title=_agreed(found))
    by_kappa = sorted(found["by_command"].items(), key=lambda item: item[1]["kappa"] or 0.0)
    for name, part in by_kappa:
        table.add_row(name, *(str(part[count]) for count in ("first", "second", "both")), _kappa(part["kappa"]))
    Console().print(table)


def _begun() -> Runtime:
    configure_logs()
    return runtime()


def _python(at: Runtime) -> Path:
    return bot_python(at.root, at.settings.bot_python)


def _model(at: Runtime, given: Path | None) -> Path:
    """The given model, else that of the words as they are, trained now if need be."""
    chosen = given or trained(at.root, at.models)
    if chosen is None:
        with Console(stderr=True).status("training the model, since words or pipeline changed") as status:
            log = at.data_dir / "logs" / "train.log"
            chosen = asyncio.run(train(at.root, at.models, _python(at), log, lambda _, what: status.update(what)))
    return chosen.absolute()


def _are_turns(files: Sequence[Path]) -> bool:
    """Whether files hold turns; all of them or none.

    Raises:
        StartError: a file cannot be read, or both kinds stand there.
    """
    try:
        kinds = {turns.is_turn(text) for file in files for text in file.read_text(encoding="utf-8").splitlines()[:1]}
    except OSError as exc:
        raise StartError(f"{exc.filename} cannot be read: {exc.strerror}.") from exc
    if len(kinds) > 1:
        raise StartError("Lines and turns are measured apart: name files of one kind.")
    return kinds == {True}


def _lines(at: Runtime, files: Sequence[Path], model: Path | None) -> tuple[list[figures.Pair], lines.Cost]:
    known, chosen = lines.read(files), _model(at, model)
    with Console(stderr=True).status(f"understanding {len(known)} lines"):
        understood, cost = lines.understand(known, chosen, _python(at), at.root)
    return list(zip(known, understood, strict=True)), cost


async def _turns(at: Runtime, files: Sequence[Path], model: Path | None) -> list[turns.Result]:
    situations = _situations(at)
    known, chosen = turns.read(files, situations), _model(at, model)
    with Console(stderr=True).status(f"reading {len(known)} turns"):
        return await judging.judged(known, situations, at.cities(), chosen, _python(at), at.root)


def _situations(at: Runtime) -> dict[str, Any]:
    return dict(json.loads((at.root / turns.SITUATIONS).read_text(encoding="utf-8")))


def _tell(
    document: dict[str, Any], written: str, show: Callable[[dict[str, Any]], None], *, html: Path | None, as_json: bool
) -> None:
    if html is not None:
        html.write_text(written, encoding="utf-8")
    if as_json:
        sys.stdout.write(f"{json.dumps(document, ensure_ascii=False)}\n")
    else:
        show(document)


def _show_turns(found: dict[str, Any]) -> None:
    console = Console()
    overall = Table(title=f"{found['turns']} turns", show_header=False)
    for row in turns_page.summary(found)[1:]:
        overall.add_row(*row)
    console.print(overall)
    _print(console, ("done, and not meant", *turns_page.HARM), turns_page.dangers(found))
    _print(console, ("said to be likely", "turns", "in the mean", "right"), turns_page.calibration(found))
    _print(console, ("command", "turns", "precision", "recall"), turns_page.commands(found))
    shares = ("turns", "right", "sure", "right where sure")
    _print(console, ("language", *shares), turns_page.parts_of(found["by_lang"]))
    _print(console, ("writer", *shares), turns_page.parts_of(found["by_hand"]))
    _print(console, ("situation", *shares), turns_page.parts_of(found["by_situation"])[:WORST])
    _print(console, ("meant", "heard", "turns"), turns_page.confusion(found)[:WORST])


def _show_errors(found: dict[str, Any]) -> None:
    title = f"{found['errors']} of {found['of']} wrong, in {len(found['groups'])} groups"
    table = Table("errors", "typical", "meant → understood", title=title)
    for group in found["groups"]:
        table.add_row(str(group["errors"]), group["typical"], turns_page.taken(group))
    Console().print(table)


def _print(console: Console, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table(*heads)
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _agreed(found: dict[str, Any]) -> str:
    return f"{found['turns']} turns, {found['agree']:.1%} alike, κ {_kappa(found['kappa'])}"


def _kappa(kappa: float | None) -> str:
    return "none" if kappa is None else f"{kappa:.2f}"


def _show_lines(found: dict[str, Any]) -> None:
    console = Console()
    overall = Table(title=f"{found['lines']} lines", show_header=False)
    for name, share in (
        ("intent right", found["intent"]["accuracy"]),
        ("intent macro F1", found["intent"]["macro_f1"]),
        *((f"intent right, {lang}", part["accuracy"]) for lang, part in found["by_lang"].items()),
        ("entities F1", found["entities"]["f1"]),
        ("out of scope refused", found["out_of_scope"]["recall"]),
        ("false refusals", found["out_of_scope"]["false_refusals"]),
        ("calibration error", found["calibration"]["error"]),
    ):
        overall.add_row(name, f"{share:.1%}")
    overall.add_row("sentences a second, one core", str(found["sentences_per_second"]))
    overall.add_row("memory", f"{found['memory_bytes'] / 1e6:.0f} MB")
    console.print(overall)
    weakest = Table("intent", "lines", "precision", "recall", "F1", title="Weakest intents")
    for intent, part in sorted(found["by_intent"].items(), key=lambda item: item[1]["f1"])[:WORST]:
        weakest.add_row(intent, str(part["lines"]), *(f"{part[name]:.1%}" for name in ("precision", "recall", "f1")))
    console.print(weakest)
    entities = Table("entity", "spans", "precision", "recall", "F1", title="Entities")
    for entity, part in sorted(found["by_entity"].items(), key=lambda item: item[1]["f1"]):
        entities.add_row(entity, str(part["spans"]), *(f"{part[name]:.1%}" for name in ("precision", "recall", "f1")))
    console.print(entities)
    confusion = Table("meant", "understood", "lines", title="Most often taken for another")
    for taken in found["confusion"][:WORST]:
        confusion.add_row(taken["intent"], taken["understood"], str(taken["lines"]))
    console.print(confusion)
