"""Lines whose meaning is known, and what the bot's model makes of them."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from desk.contract.errors import StartError
from desk.contract.messages import EmergencyHeard

REFUSED = "nlu_fallback"
OUT_OF_SCOPE = "out_of_scope"
SECONDS = 1800.0

type Span = tuple[str, int, int]
"""Entity, start and end in code points: what is compared. Roles are not."""


class Entity(BaseModel):
    """A marked span."""

    model_config = ConfigDict(frozen=True)

    entity: str
    start: int
    end: int
    value: str
    role: str | None = None


class Line(BaseModel):
    """A line of a test file; `lang` is a label for reports."""

    model_config = ConfigDict(frozen=True)

    text: str
    intent: str
    lang: Literal["zh_Hans", "zh_Hant", "en", "mixed"]
    entities: tuple[Entity, ...] = ()

    @property
    def spans(self) -> frozenset[Span]:
        """The marked spans."""
        return frozenset((found.entity, found.start, found.end) for found in self.entities)


class Inquired(BaseModel):
    """What a model finds that a text asks: how likely it asks at all, whose matter it may be."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    asks: float
    matters: tuple[tuple[str, float], ...] = ()


class Understood(BaseModel):
    """What the model makes of a line: `confidence` is calibrated, `ranking` holds the likeliest intents first."""

    model_config = ConfigDict(frozen=True)

    intent: str
    confidence: float
    ranking: tuple[tuple[str, float], ...]
    entities: tuple[Entity, ...]
    language: str | None
    emergency: EmergencyHeard | None = None
    inquiry: Inquired | None = None

    @property
    def gated(self) -> str:
        """The intent as it is counted: what the gate refuses is out of scope."""
        return OUT_OF_SCOPE if self.intent == REFUSED else self.intent

    @property
    def spans(self) -> frozenset[Span]:
        """The spans found."""
        return frozenset((found.entity, found.start, found.end) for found in self.entities)


class Cost(BaseModel):
    """Processor time for all lines together, one after the other on one core, and of loading; memory of the process."""

    model_config = ConfigDict(frozen=True)

    seconds: float
    load_seconds: float
    memory_bytes: int


def read(files: Sequence[Path]) -> list[Line]:
    """The lines of JSONL files, in their order.

    Raises:
        StartError: a file is missing, or a line is none; the message says where.
    """
    lines: list[Line] = []
    for file in files:
        try:
            written = file.read_text(encoding="utf-8").splitlines()
        except OSError as exc:
            raise StartError(f"{file} cannot be read: {exc.strerror}.") from exc
        for number, text in enumerate(written, start=1):
            if text.strip():
                lines.append(_line(file, number, text))
    if not lines:
        raise StartError("There are no lines to evaluate in these files.")
    return lines


def understand(lines: Sequence[Line], model: Path, python: Path, root: Path) -> tuple[list[Understood], Cost]:
    """Let the bot's own Python understand the lines with a model.

    Raises:
        StartError: it failed; the message has the end of what it said.
    """
    said = "".join(f"{json.dumps(line.text)}\n" for line in lines)
    command = [str(python), "-m", "bot.understand", "--model", str(model)]
    try:
        done = subprocess.run(
            command, cwd=root, input=said, capture_output=True, text=True, check=True, timeout=SECONDS
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as exc:
        raise StartError(f"The lines could not be understood.\n{str(exc.stderr or exc)[-1500:]}") from exc
    *parses, cost = done.stdout.splitlines()
    return [Understood.model_validate_json(parse) for parse in parses], Cost.model_validate_json(cost)


def _line(file: Path, number: int, text: str) -> Line:
    try:
        return Line.model_validate_json(text)
    except ValidationError as exc:
        reason = exc.errors()[0]
        where = ".".join(map(str, reason["loc"]))
        raise StartError(f"{file}, line {number}: {where or 'the line'}: {reason['msg']}.") from exc
