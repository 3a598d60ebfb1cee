"""How well emergencies are heard: of lines by strangers, with the model and without, and what is falsely heard.

A line is {"text", "lang", "hand", "is": "emergency" | "near_miss" | "next", "kind"}, an emergency with "direct" and
"also" (kinds that are as right), what comes next with "next".
"""

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from desk.safety.fitting import service_lines
from desk.safety.kinds import FOLDER, LINES
from desk.safety.signs import Signs
from tools.evaluation import lines as evaluated
from tools.evaluation.jsonl import read_jsonl
from tools.evaluation.lines import Understood

GROUPS = ("kind", "lang", "hand")
type Hearing = Literal["with_model", "signs_alone"]


class Line(BaseModel):
    """A line of a test file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    lang: str
    hand: str
    kind: str
    what: Literal["emergency", "near_miss", "next"] = Field(alias="is")
    direct: bool | None = None
    also: tuple[str, ...] = ()
    next: Literal["goes_on", "over", "wish", "never"] | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What was heard in a line: a kind, or None."""

    line: Line
    with_model: str | None
    signs_alone: str | None


def read(files: Sequence[Path]) -> list[Line]:
    """The lines of JSONL files.

    Raises:
        StartError: a file is missing, or a line is none; the message says where.
    """
    return read_jsonl(files, Line)


def hear(lines: Sequence[Line], signs: Signs, model: Path, python: Path, root: Path) -> list[Result]:
    """What the product hears in each line: the signs where they are sure, else the model; and the signs alone.

    Raises:
        StartError: the bot's Python failed.
    """
    understood = _understood([line.text for line in lines], model, python, root)
    return [
        Result(line, _both(line.text, signs, found), _kind(signs, line.text, alone=True))
        for line, found in zip(lines, understood, strict=True)
    ]


def falsely(root: Path, signs: Signs, model: Path, python: Path) -> tuple[int, dict[str, dict[str, str]]]:
    """Of all that residents say to services, how many lines there are, and which are heard as an emergency.

    Lines that are emergencies by their own words stand in `nlu/safety/`, too, and are left out.
    """
    told = {one["text"] for path in (root / FOLDER).glob(f"*/{LINES}") for one in _json(path)}
    texts = [line.text for line in service_lines(root) if line.text not in told]
    understood = _understood(texts, model, python, root)
    with_model = {
        text: kind
        for text, found in zip(texts, understood, strict=True)
        if (kind := _both(text, signs, found)) is not None
    }
    alone = {text: kind for text in texts if (kind := _kind(signs, text, alone=True)) is not None}
    return len(texts), {"with_model": with_model, "signs_alone": alone}


def document(results: Sequence[Result]) -> dict[str, Any]:
    """All figures: recall by kind, language and writer, direct and indirect; false alarms; misses and false alarms."""
    told = [one for one in results if one.line.what == "emergency"]
    near = [one for one in results if one.line.what == "near_miss"]
    return {hearing: _figures(told, near, hearing) for hearing in ("with_model", "signs_alone")}


def _figures(told: Sequence[Result], near: Sequence[Result], hearing: str) -> dict[str, Any]:
    def heard(one: Result) -> str | None:
        kind: str | None = getattr(one, hearing)
        return kind

    def right(one: Result) -> bool:
        return heard(one) in (one.line.kind, *one.line.also)

    return {
        "emergencies": len(told),
        "recall": _share(told, lambda one: heard(one) is not None),
        "direct": _share([one for one in told if one.line.direct], lambda one: heard(one) is not None),
        "indirect": _share([one for one in told if not one.line.direct], lambda one: heard(one) is not None),
        "kind_right": _share([one for one in told if heard(one)], right),
        "near_misses": len(near),
        "false_alarms": _share(near, lambda one: heard(one) is not None),
        "recall_by": {
            group: {
                name: _share(some, lambda one: heard(one) is not None) for name, some in _grouped(told, group).items()
            }
            for group in GROUPS
        },
        "false_alarms_by": {
            group: {
                name: _share(some, lambda one: heard(one) is not None) for name, some in _grouped(near, group).items()
            }
            for group in GROUPS
        },
    }


def _grouped(results: Sequence[Result], group: str) -> dict[str, list[Result]]:
    grouped: dict[str, list[Result]] = defaultdict(list)
    for one in results:
        grouped[getattr(one.line, group)].append(one)
    return dict(sorted(grouped.items()))


def _share(results: Sequence[Result], holds: Callable[[Result], bool]) -> float:
    return round(sum(map(holds, results)) / len(results), 4) if results else 0.0


def _both(text: str, signs: Signs, found: Understood) -> str | None:
    by_model = None if found.emergency is None else found.emergency.kind
    return _kind(signs, text) or by_model


def _kind(signs: Signs, text: str, *, alone: bool = False) -> str | None:
    heard = signs.hear(text, alone=alone)
    return None if heard is None else heard.kind


def _understood(texts: Sequence[str], model: Path, python: Path, root: Path) -> list[Understood]:
    lines = [evaluated.Line(text=text, intent="", lang="mixed") for text in texts]
    return evaluated.understand(lines, model, python, root)[0]


def _json(path: Path) -> list[dict[str, Any]]:
    return [json.loads(one) for one in path.read_text(encoding="utf-8").splitlines() if one]
