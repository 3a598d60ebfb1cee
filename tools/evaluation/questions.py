"""How well questions find their guide: what is answered rightly, wrongly, or said not to be published.

A line is {"ask", "lang", "hand", "guide", "answers", "near", "service", "act", "about"}: the guide whose matter it is
or null, and then the guide that is only near to it.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from tools.evaluation import lines as evaluated
from tools.evaluation.jsonl import read_jsonl
from tools.evaluation.lines import Inquired

GROUPS = ("lang", "hand")
type Chosen = Callable[[Inquired], tuple[str | None, Sequence[str]]]
FIRST = 3


class Line(BaseModel):
    """A line of a test file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ask: str
    lang: str
    hand: str = ""
    guide: str | None
    answers: bool = False
    near: str | None = None
    service: str | None = None
    act: str = "answer"
    about: str = "other"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a line: `told` is the guide that answers, `offered` are those to choose from, `ranked` all found."""

    line: Line
    told: str | None
    offered: tuple[str, ...]
    ranked: tuple[str, ...]
    asks: float

    @property
    def right(self) -> bool:
        """Whether what is said is right: the guide, a choice with it, or nothing where there is none."""
        return self.line.guide in self.offered if self.offered else self.told == self.line.guide


def read(files: Sequence[Path]) -> list[Line]:
    """The lines of JSONL files.

    Raises:
        StartError: a file is missing, or a line is none; the message says where.
    """
    return read_jsonl(files, Line)


def find(lines: Sequence[Line], chosen: Chosen, model: Path, python: Path, root: Path) -> list[Result]:
    """What the product finds for each line.

    Args:
        chosen: the guide that the dialogue would tell, or those that it would offer to choose from.

    Raises:
        StartError: the bot's Python failed.
    """
    asked = [evaluated.Line(text=line.ask, intent="service_guide", lang="zh_Hans", entities=[]) for line in lines]
    understood, _ = evaluated.understand(asked, model, python, root)
    return [_result(line, one.inquiry, chosen) for line, one in zip(lines, understood, strict=True)]


def _result(line: Line, inquiry: Inquired | None, chosen: Chosen) -> Result:
    if inquiry is None:
        return Result(line, None, (), (), 0.0)
    ranked = tuple(name.removeprefix("guide:") for name, _ in inquiry.matters if name.startswith("guide:"))
    told, offered = chosen(inquiry)
    return Result(line, told, tuple(offered), ranked, inquiry.asks)


def document(results: Sequence[Result]) -> dict[str, Any]:
    """All figures, as shares; those by group are of what is said rightly."""
    published = [one for one in results if one.line.guide is not None]
    missing = [one for one in results if one.line.guide is None]
    near = [one for one in missing if one.line.near is not None]
    return {
        "questions": len(results),
        "published": len(published),
        "first_right": _share(published, lambda one: one.ranked[:1] == (one.line.guide,)),
        "in_first_three": _share(published, lambda one: one.line.guide in one.ranked[:FIRST]),
        "told_rightly": _share(published, lambda one: one.told == one.line.guide),
        "offered_with_it": _share(published, lambda one: one.line.guide in one.offered),
        "told_another": _share(published, lambda one: one.told not in (None, one.line.guide)),
        "not_published": len(missing),
        "said_so": _share(missing, lambda one: one.told is None and not one.offered),
        "told_though_missing": _share(missing, lambda one: one.told is not None),
        "near_misses": len(near),
        "near_told": _share(near, lambda one: one.told is not None),
        "heard_as_question": _share(results, lambda one: one.asks >= 0.6),
        "right_by": {
            group: {name: _share(some, lambda one: one.right) for name, some in _grouped(results, group).items()}
            for group in GROUPS
        },
    }


def failed(results: Sequence[Result]) -> list[dict[str, Any]]:
    """The lines that went wrong, with what was said instead."""
    return [
        {**json.loads(one.line.model_dump_json()), "told": one.told, "offered": one.offered}
        for one in results
        if not one.right
    ]


def _grouped(results: Sequence[Result], group: str) -> dict[str, list[Result]]:
    grouped: dict[str, list[Result]] = defaultdict(list)
    for one in results:
        grouped[getattr(one.line, group)].append(one)
    return dict(sorted(grouped.items()))


def _share(results: Sequence[Result], holds: Callable[[Result], bool]) -> float:
    return round(sum(map(holds, results)) / len(results), 4) if results else 0.0
