"""What the teaching room hands out: frozen rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

type State = Literal["open", "second", "third", "settled", "passed"]
type Queue = Literal["inbox", "sample", "second", "third"]
QUEUES: tuple[Queue, ...] = ("inbox", "sample", "second", "third")


@dataclass(frozen=True, slots=True)
class Line:
    """A message that is worth a look, open: without anything that may be somebody's.

    Attributes:
        heard: the likeliest command, as the bot had it.
        text: what was said; values of persons are the names of their types in brackets.
        spans: other values in it: entity, begin, end.
        offers: commands to choose from, the likeliest first, each with its probability or None.
        situation: where it was said; None: at the beginning.
        before: what the resident said before, the oldest first.
        pressed: what a button said that was pressed after asking back.
        commands: what it is, once that is settled.
    """

    id: int
    city: str
    said_at: datetime
    language: str
    heard: str
    confidence: float
    signals: tuple[str, ...]
    state: State
    group: int
    is_blind: bool
    sampled_in: date | None
    text: str
    spans: Sequence[Mapping[str, Any]] = ()
    offers: Sequence[tuple[str, float | None]] = ()
    situation: Mapping[str, Any] | None = None
    before: Sequence[str] = ()
    pressed: str | None = None
    commands: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Lines of like meaning in a like situation, some of them open.

    `is_growing`: many more of them came in the last seven days than in the four weeks before.
    """

    id: int
    count: int
    heard: str
    signals: tuple[str, ...]
    newest: datetime
    is_growing: bool
    examples: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What a trainer decided; `line` is the first message of it, None: there is none any more."""

    id: int
    by: str
    at: datetime
    kind: str
    commands: tuple[str, ...]
    lines: int
    undone_at: datetime | None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A command or guide that a trainer proposes; `closed_as` None: it waits."""

    id: int
    kind: str
    name: str
    meaning: str
    line_id: int | None
    by: str
    at: datetime
    closed_as: str | None
    closed_by: str | None


@dataclass(frozen=True, slots=True)
class Taught:
    """A line with its label, for the data that the model learns from."""

    id: int
    city: str | None
    language: str
    text: str
    commands: tuple[str, ...]
    spans: Sequence[Mapping[str, Any]]
    situation: Mapping[str, Any] | None
    by: str
    settled_at: datetime
