"""The result for people: tables for the terminal, and the page docs/explanation/understanding.md. Measures nothing."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from bench.tables import ran_on

PAGE = Path("docs/explanation/understanding.md")
DATA = Path("docs/explanation/bench/understanding.json")
BUSY = 0.5  # of a core's time that others may take
OWN = (
    "side",
    "lines learnt",
    "intent",
    "Simplified",
    "Traditional",
    "English",
    "mixed",
    "entities F1",
    "foreign refused",
    "false refusals",
    "sentences/s",
    "training, s",
    "memory, MB",
)
SETS = ("set", "learnt", "asked", "bar", "ours", "rasa init", "sentences/s", "training, s", "memory, MB")

_PEER = """The stock side is the pipeline that `rasa init` writes, with its default epochs, in the same run. Of our
lines it learns a fixed sample that covers all intents, and of the public sets the small ones: more would take it hours.
Where two figures stand in a cell, the second is its."""
_NO_PEER = "The pipeline that `rasa init` writes was left out of this run (`--without-peer`)."

SOUND = ("typed in pinyin", "lines", "characters right", "whole lines right", "ms a message")

_DOUBT = "\n**Other programs kept the machine busy, so speeds and times are worse than they are.**\n"

type Rows = list[tuple[str, ...]]


def own_rows(document: Mapping[str, Any]) -> Rows:
    """A row a side: our lines."""
    return [
        (
            side["name"],
            f"{side['train']:,}",
            _share(side["accuracy"]),
            *(_share(side["by_lang"].get(lang)) for lang in ("zh_Hans", "zh_Hant", "en", "mixed")),
            _share(side["entities_f1"]),
            _share(side["foreign_refused"]),
            _share(side["false_refusals"]),
            f"{side['sentences_per_second']:,.0f}",
            _seconds(side["training_seconds"]),
            str(side["memory_mb"]),
        )
        for side in document["own"]
    ]


def set_rows(document: Mapping[str, Any]) -> Rows:
    """A row a public set, and one more for its foreign lines."""
    rows: Rows = []
    for row in document["sets"]:
        ours, stock = row["ours"], row["stock"]
        both = [ours, *([stock] if stock else [])]
        rows.append(
            (
                row["name"],
                f"{row['train']:,}",
                f"{row['test']:,}",
                _share(row["bar"]),
                _share(ours["accuracy"]),
                _share(stock["accuracy"]) if stock else "–",
                " · ".join(f"{side['sentences_per_second']:,.0f}" for side in both),
                " · ".join(_seconds(side["training_seconds"]) for side in both),
                " · ".join(str(side["memory_mb"]) for side in both),
            )
        )
        if row["foreign_bar"] is not None:
            refused = (_share(row["foreign_bar"]), _share(ours["foreign_refused"]))
            rows.append(("its foreign lines, refused", "", "", *refused, "–", "", "", ""))
    return rows


def sound_rows(document: Mapping[str, Any]) -> Rows:
    """A row a way to type in pinyin."""
    return [
        (row["name"], str(row["lines"]), _share(row["characters"]), _share(row["whole"]), f"{row['ms']:.1f}")
        for row in document["by_sound"]["pinyin"]
    ]


def markdown(document: Mapping[str, Any], day: date) -> str:
    """The page."""
    took, cores = document["own"][0]["training_wall_seconds"], document["machine"]["cores"]
    doubt, sound_doubt = (
        _DOUBT if one["load_before"] > BUSY * cores else "" for one in (document["machine"], document["by_sound"])
    )
    peer = _PEER if any(row["stock"] for row in document["sets"]) else _NO_PEER
    return f"""# How well it understands, measured

Written by `desk nlu benchmark --write-docs` on {day.isoformat()}: {ran_on(document["machine"])}. All figures:
[understanding.json](bench/understanding.json). Why it is built so, and what other designs gave:
[decision 8](../decisions/0008-understanding.md).
{doubt}
Speeds and times are of one core, in processor time; sentences come one after the other, none is remembered from before.
{peer}

## Our own lines

The held-out lines, which nobody reads who writes lines of training. An intent counts after the gate.

{_table(OWN, own_rows(document))}

Training ours took {took:,.0f} s from beginning to end, on {cores} cores.

## Public sets

Ours are the heads of the pipeline, fitted on the set: n-grams and both encoders together, the slow one where the others
are unsure, and for Chinese learnt from English the encoders alone. Where an intent has few lines they have linear heads
beside their networks. Entities of these sets are not asked for.

{_table(SETS, set_rows(document))}

A foreign line belongs to none of the set's intents; the gate is fitted on the set's validation lines, which also say
how many right guesses it may let fall.

## What is typed by its sound

Held-out lines as they are typed without Chinese characters. Why it is built so, and what else was tried:
[decision 13](../decisions/0013-by-sound.md). The first row pays for what the others find looked up.
{sound_doubt}
{_table(SOUND, sound_rows(document))}

{_stayed(document["by_sound"]["english"])}

{_set_right(document["by_sound"]["homophones"])}
"""


def write(root: Path, document: Mapping[str, Any], day: date) -> list[Path]:
    """Write the page and its figures; answers what was written."""
    page, data = root / PAGE, root / DATA
    page.write_text(markdown(document, day), encoding="utf-8")
    data.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return [page, data]


def _stayed(english: Mapping[str, Any]) -> str:
    read = len(english["read"])
    return f"""Of {english["lines"]:,} English lines, the held-out ones and those of the public sets, {read}
{"was" if read == 1 else "were"} read as Chinese; one costs {english["ms"]:.2f} ms."""


def _set_right(homophones: Mapping[str, Any]) -> str:
    right, left, changed = _share(homophones["right"]), _share(homophones["left"]), len(homophones["changed"])
    return f"""Of {homophones["lines"]:,} Chinese lines with one character each written for another of the same sound,
{right} were set right and {left} stayed as they were. Of the same lines without, {changed} were changed; one costs
{homophones["ms"]:.1f} ms."""


def _table(columns: Sequence[str], rows: Rows) -> str:
    rule = ("---", *("---:" for _ in columns[1:]))
    return "\n".join("| " + " | ".join(row) + " |" for row in (columns, rule, *rows))


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}".replace("%", " %")


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"
