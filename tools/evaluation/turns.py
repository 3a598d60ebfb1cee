"""How well messages are read in their situation: by command, situation, language, writer; how far to be trusted; harm.

A line is {"in", "say", "lang", "commands", "values", "hand"}, as nlu/README.md has it; of several one is right.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from desk.contract.errors import StartError

STEPS = 10
CONFUSIONS = 30
SITUATIONS = Path("nlu") / "situations.json"
DANGERS: Mapping[str, frozenset[str]] = {
    "pay": frozenset({"pay_all", "pay_some"}),
    "confirm": frozenset({"confirm"}),
    "submit": frozenset({"confirm"}),
    "erase": frozenset({"erase"}),
    "cancel": frozenset({"cancel_this", "withdraw"}),
    "hand_over": frozenset({"person", "complain"}),
}
"""What does something that a resident must have meant, and the commands that it is."""
SUBMITS = frozenset({"apply", "book", "submit"})
"""What a yes confirms where it submits something."""


class Line(BaseModel):
    """A message in its situation, and what it is there."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    situation: str = Field(alias="in")
    say: str
    lang: str
    commands: tuple[str, ...] = Field(min_length=1)
    values: tuple[tuple[str, str], ...] = ()
    hand: str = ""

    @property
    def meant(self) -> frozenset[str]:
        """The commands, without the service that one is for."""
        return frozenset(one.partition(":")[0] for one in self.commands)


@dataclass(frozen=True, slots=True)
class Heard:
    """What is made of a message: `commands` with probabilities, the likeliest first, and the one that is `sure`.

    `done` is the command that the dialogue goes by, after its guards: the sure one, or what the words alone say. None:
    it is asked back, with the meanings that are `offered`: commands, a `start` with its service.
    """

    commands: tuple[tuple[str, float], ...]
    sure: str | None
    done: str | None
    offered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """A line, what is to be confirmed in its situation, and what was heard."""

    line: Line
    confirms: str | None
    heard: Heard

    @property
    def likeliest(self) -> str:
        return self.heard.commands[0][0] if self.heard.commands else "unclear"

    @property
    def confidence(self) -> float:
        return self.heard.commands[0][1] if self.heard.commands else 0.0

    @property
    def is_right(self) -> bool:
        """Whether the likeliest command is one that is meant."""
        return self.likeliest in self.line.meant

    @property
    def is_asked_back(self) -> bool:
        return self.heard.done is None

    @property
    def is_by_words(self) -> bool:
        """Whether the situation is unsure and the words decide."""
        return self.heard.sure is None and self.heard.done is not None


def is_turn(written: str) -> bool:
    """Whether a line of a file is a turn, and not a line without a situation."""
    try:
        found = json.loads(written)
    except ValueError:
        return False
    return isinstance(found, dict) and "say" in found


def read(files: Sequence[Path], situations: Mapping[str, Any]) -> list[Line]:
    """The lines of JSONL files.

    Raises:
        StartError: a file is missing, a line is none, or its situation is unknown; the message says where.
    """
    found = []
    for file in files:
        try:
            written = file.read_text(encoding="utf-8").splitlines()
        except OSError as exc:
            raise StartError(f"{file} cannot be read: {exc.strerror}.") from exc
        for number, text in enumerate(written, start=1):
            try:
                line = Line.model_validate_json(text)
            except ValidationError as exc:
                raise StartError(f"{file}, line {number}: {exc.errors()[0]['msg']}.") from exc
            if line.situation not in situations:
                raise StartError(f"{file}, line {number}: {SITUATIONS} has no situation {line.situation}.")
            found.append(line)
    return found


def document(results: Sequence[Result]) -> dict[str, Any]:
    """All figures; shares are between 0 and 1, dangers are counted and told per thousand turns."""
    sure = [one for one in results if one.heard.sure is not None]
    return {
        "turns": len(results),
        "right": _share(results, lambda one: one.is_right),
        "sure": _share(results, lambda one: one.heard.sure is not None),
        "right_where_sure": _share(sure, lambda one: one.heard.sure in one.line.meant),
        "asked_back": asked_back(results),
        "calibration": calibration(results),
        "dangers": dangers(results),
        "by_command": by_command(results),
        **{
            f"by_{group}": {name: _part(some) for name, some in _grouped(results, of).items()}
            for group, of in GROUPS.items()
        },
        "confusion": confusion(results),
    }


def by_command(results: Sequence[Result]) -> dict[str, dict[str, float | int]]:
    """Precision and recall of each command that was meant or heard; a turn of two meanings counts for the one heard."""
    meant = [one.likeliest if one.is_right else sorted(one.line.meant)[0] for one in results]
    pairs = list(zip(meant, (one.likeliest for one in results), strict=True))
    found = {}
    for name in sorted({one for pair in pairs for one in pair}):
        right = sum(pair == (name, name) for pair in pairs)
        wanted, heard = sum(pair[0] == name for pair in pairs), sum(pair[1] == name for pair in pairs)
        found[name] = {
            "turns": wanted,
            "precision": round(right / heard, 4) if heard else 0.0,
            "recall": round(right / wanted, 4) if wanted else 0.0,
        }
    return found


def asked_back(results: Sequence[Result]) -> dict[str, float | int]:
    """How often a resident is asked what was meant, and how often that is among the first two that are offered.

    `right_of_two`: how often it is among the two likeliest commands, which a question could offer instead.
    `by_words` are the turns of which the situation is unsure and the words decide.
    """
    back = [one for one in results if one.is_asked_back]
    by_words = [one for one in results if one.is_by_words]
    return {
        "turns": len(back),
        "share": _share(results, lambda one: one.is_asked_back),
        "offered_right": _share(back, lambda one: _is_offered(one, one.heard.offered[:2])),
        "right_of_two": _share(back, lambda one: any(name in one.line.meant for name, _ in one.heard.commands[:2])),
        "by_words": _share(results, lambda one: one.is_by_words),
        "by_words_right": _share(by_words, lambda one: one.heard.done in one.line.meant),
    }


def calibration(results: Sequence[Result]) -> dict[str, Any]:
    """How likely the first command is said to be, against how often it is meant, in ten steps; `error` is the ECE.

    Messages of which nothing is read (a mere sign) are left out.
    """
    steps: defaultdict[int, list[Result]] = defaultdict(list)
    for one in results:
        if one.heard.commands:
            steps[min(STEPS - 1, int(one.confidence * STEPS))].append(one)
    bins = [
        {
            "from": step / STEPS,
            "turns": len(some),
            "confidence": round(sum(one.confidence for one in some) / len(some), 4),
            "right": _share(some, lambda one: one.is_right),
        }
        for step, some in sorted(steps.items())
    ]
    read = sum(part["turns"] for part in bins)
    error = sum(part["turns"] * abs(part["confidence"] - part["right"]) for part in bins) / max(read, 1)
    return {"error": round(error, 4), "bins": bins}


def dangers(results: Sequence[Result]) -> dict[str, dict[str, float | int]]:
    """By what would be done: turns in which it was surely heard and not meant, and those in which it is done.

    A guard may stop what was heard, and words alone may do what was not.
    """
    found: dict[str, dict[str, float | int]] = {}
    for name, commands in DANGERS.items():
        there = [one for one in results if name != "submit" or one.confirms in SUBMITS]
        unmeant = [one.heard for one in there if not commands & one.line.meant]
        heard = sum(one.sure in commands for one in unmeant)
        done = sum(one.done in commands for one in unmeant)
        found[name] = {
            "heard": heard,
            "done": done,
            "heard_per_thousand": _per_thousand(heard, len(results)),
            "done_per_thousand": _per_thousand(done, len(results)),
        }
    return found


def confusion(results: Sequence[Result]) -> list[dict[str, Any]]:
    """What is most often taken for what."""
    counts: defaultdict[tuple[str, str], int] = defaultdict(int)
    for one in results:
        if not one.is_right:
            counts[" ".join(sorted(one.line.meant)), one.likeliest] += 1
    often = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:CONFUSIONS]
    return [{"command": meant, "heard": heard, "turns": count} for (meant, heard), count in often]


GROUPS: Mapping[str, Callable[[Result], str]] = {
    "situation": lambda one: one.line.situation,
    "lang": lambda one: one.line.lang,
    "hand": lambda one: one.line.hand,
}


def _is_offered(one: Result, offered: Sequence[str]) -> bool:
    return any(name in one.line.commands or name in one.line.meant for name in offered)


def _grouped(results: Sequence[Result], of: Callable[[Result], str]) -> dict[str, list[Result]]:
    grouped: defaultdict[str, list[Result]] = defaultdict(list)
    for one in results:
        grouped[of(one)].append(one)
    return dict(sorted(grouped.items()))


def _part(results: Sequence[Result]) -> dict[str, float | int]:
    sure = [one for one in results if one.heard.sure is not None]
    return {
        "turns": len(results),
        "right": _share(results, lambda one: one.is_right),
        "sure": round(len(sure) / len(results), 4),
        "right_where_sure": _share(sure, lambda one: one.heard.sure in one.line.meant),
    }


def _share(results: Sequence[Result], holds: Callable[[Result], bool]) -> float:
    return round(sum(map(holds, results)) / len(results), 4) if results else 0.0


def _per_thousand(count: int, whole: int) -> float:
    return round(1000 * count / whole, 1) if whole else 0.0
