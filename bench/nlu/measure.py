"""Measures both sides, and makes of it the document that tables and page are written from."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.environment import stock_python
from bench.machine import load, machine
from bench.nlu import by_sound, ours, public_sets, stock
from bench.sample import choose, read_lines
from tools.evaluation import figures
from tools.evaluation.lines import Cost, Line, Understood, understand

SAMPLE = 480
"""So many of our lines the stock pipeline learns, spread over all intents: of all of them it would learn for hours."""

type Tell = Callable[[str], None]


def measure(
    root: Path,
    python: Path,
    held_out: Sequence[Line],
    sets: Path,
    cache: Path,
    tell: Tell,
    *,
    peer: bool = True,
) -> dict[str, Any]:
    """Both sides on our lines, ours on the public sets, the stock side on the small ones.

    Args:
        root: the project's folder.
        python: the bot's Python.
        held_out: our lines that nobody trained on.
        sets: the folder of the public sets.
        cache: where models are kept: ours, and the stock side's for another run.
        tell: is told what begins.
        peer: whether the stock side is measured, too.

    Raises:
        StartError: a file is missing, stock Rasa is not set up, or one of the programs failed.
    """
    before = load()
    tell("our pipeline on our lines")
    own = [_ours(held_out, python, root, cache)]
    if peer:
        tell(f"the stock pipeline on {SAMPLE} of our lines")
        own.append(_stock(held_out, stock_python(root), root, cache))
    published = list(public_sets.read(sets))
    tell("messages typed by their sound")
    others = (text for public in published for text, _ in (*public.train, *public.valid, *public.test))
    sounding = by_sound.measure(root, python, held_out, others)
    rows = []
    for public in published:
        tell(f"our heads on {public.name}")
        row: dict[str, Any] = {
            "name": public.name,
            "train": len(public.train),
            "test": len(public.test),
            "bar": public.bar,
            "foreign_bar": public.foreign_bar,
            "ours": ours.on_set(public, python, root),
            "stock": None,
        }
        if peer and public.peer:
            tell(f"the stock pipeline on {public.name}")
            lines = stock.marked(public.train)
            parses, cost = stock.guesses(lines, [text for text, _ in public.test], stock_python(root), root, cache)
            guessed = [parse["intent"] for parse in parses]
            row["stock"] = {**ours.shares(public.test, guessed), **cost}
        rows.append(row)
    return {"name": "understanding", "machine": machine(before), "own": own, "sets": rows, "by_sound": sounding}


def _ours(held_out: Sequence[Line], python: Path, root: Path, cache: Path) -> dict[str, Any]:
    model, spent = ours.train(python, root, cache)
    understood, cost = understand(held_out, model, python, root)
    return {**_row("ours, all lines", len(read_lines(root / "nlu")), held_out, understood, cost), **spent}


def _stock(held_out: Sequence[Line], python: Path, root: Path, cache: Path) -> dict[str, Any]:
    lines = choose(read_lines(root / "nlu"), SAMPLE)
    parses, spent = stock.guesses(lines, [line.text for line in held_out], python, root, cache)
    understood = [Understood.model_validate(parse) for parse in parses]
    seconds = len(held_out) / spent["sentences_per_second"]
    cost = Cost(seconds=seconds, load_seconds=0.0, memory_bytes=spent["memory_mb"] * 10**6)
    found = _row(f"rasa init, {len(lines)} lines", len(lines), held_out, understood, cost)
    return {**found, "training_seconds": spent["training_seconds"]}


def _row(
    name: str, train: int, held_out: Sequence[Line], understood: Sequence[Understood], cost: Cost
) -> dict[str, Any]:
    found = figures.document(list(zip(held_out, understood, strict=True)), cost)
    return {
        "name": name,
        "train": train,
        "test": len(held_out),
        "accuracy": found["intent"]["accuracy"],
        "by_lang": {lang: part["accuracy"] for lang, part in found["by_lang"].items()},
        "entities_f1": found["entities"]["f1"],
        "foreign_refused": found["out_of_scope"]["recall"],
        "false_refusals": found["out_of_scope"]["false_refusals"],
        "sentences_per_second": found["sentences_per_second"],
        "memory_mb": round(found["memory_bytes"] / 1e6),
        "training_seconds": None,
    }
