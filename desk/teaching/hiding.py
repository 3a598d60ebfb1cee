"""A message as trainers see it: each value that may be somebody's is the name of its type in brackets.

What a trainer needs in order to say what a message wants is its words; whose plate or name stands in it, never. Three
rules hide, and each errs on the side of hiding: the values that patterns find and whatever looks like a number
(`desk.texts.masking.redacted`), what the bot has found of the types that are persons', and names where they are
introduced or asked for. Who labels hides what is left over by marking it as a value of such a type.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from desk.texts.invisible import seen
from desk.texts.masking import Span, redacted
from values.lexicon import lexicon

SHOWN = frozenset(
    {
        *("amount", "bus_line", "city", "date", "department", "district", "language", "office", "ordinal"),
        *("permit_type", "stop", "time", "topic", "utility_type"),
    }
)
"""Types of values that stay readable: they say nothing of a person. All others are hidden."""
HIDDEN = ("account_number", "id_number", "permit_number", "person_name", "phone", "place", "plate", "reference")
"""Types that a trainer may hide a part of a text by."""
ENTITIES: Sequence[str] = (*sorted(SHOWN), *HIDDEN, "vin_last6")
"""What can be marked in a text."""
NAME = "person_name"
ASKED_FOR_A_NAME = frozenset({NAME})
_THEMSELVES = {one: one for one in ENTITIES}
AFTER_A_NAME = re.compile(r"\s*[:：]|\s")
PLACEHOLDER = re.compile(r"\[([a-z_0-9]+)\]")
_WORDS = lexicon(__file__)
INTRODUCED = [re.compile(one, re.IGNORECASE) for one in _WORDS.by_name("introduced").values()]
"""Where a name is introduced; the group is the name."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value that stays readable: begin and end in the text that is shown."""

    entity: str
    start: int
    end: int

    def said(self) -> dict[str, Any]:
        """As it is kept."""
        return {"entity": self.entity, "start": self.start, "end": self.end}


def hidden(
    text: str, found: Iterable[Mapping[str, Any]] = (), *, asked_for: str | None = None, gives: bool = True
) -> str:
    """The text without what may be somebody's.

    Args:
        found: entities of the bot's understanding, with offsets in the text.
        asked_for: the entity that the message was asked for.
        gives: whether the message may be what was asked for.
    """
    text = seen(text)
    theirs = [
        Span(int(one["start"]), int(one["end"]), str(one["entity"]))
        for one in found
        if one.get("start") is not None and one.get("end") is not None and one["entity"] not in SHOWN
    ]
    names = [Span(*match.span(1), NAME) for rule in INTRODUCED for match in rule.finditer(text)]
    if asked_for in ASKED_FOR_A_NAME and gives and not any(one.name == NAME for one in theirs):
        return f"[{NAME}]"
    return redacted(text, [one for one in (*theirs, *names) if 0 <= one.start < one.end <= len(text)])


def shown_values(text: str, found: Iterable[Mapping[str, Any]]) -> list[Value]:
    """Where the values that stay readable are in a text of which something is hidden, in its order, none twice."""
    taken: list[Value] = []
    for one in found:
        value = str(one.get("value") or "")
        if one["entity"] not in SHOWN or not value:
            continue
        start = text.find(value)
        while start >= 0 and any(start < other.end and other.start < start + len(value) for other in taken):
            start = text.find(value, start + 1)
        if start >= 0:
            taken.append(Value(str(one["entity"]), start, start + len(value)))
    return sorted(taken, key=lambda one: one.start)


def hide_marked(text: str, marked: Iterable[Value]) -> tuple[str, list[Value]]:
    """A text in which a trainer has marked values: those of persons' types are hidden, the others stay marked."""
    parts: list[str] = []
    kept: list[Value] = []
    end = length = 0
    for one in sorted(marked, key=lambda value: value.start):
        if one.start < end:
            continue
        before, value = text[end : one.start], text[one.start : one.end]
        written = value if one.entity in SHOWN or PLACEHOLDER.fullmatch(value) else f"[{one.entity}]"
        parts += [before, written]
        length += len(before)
        if one.entity in SHOWN:
            kept.append(Value(one.entity, length, length + len(written)))
        length, end = length + len(written), one.end
    return "".join([*parts, text[end:]]), kept


def read_marks(written: str, text: str, called: Mapping[str, str] = MappingProxyType({})) -> list[Value]:
    """What was marked, as a form writes it: a line a value, the entity first, then its words as they stand.

    Args:
        called: entities by what pages call them, which stands for them.

    Raises:
        ValueError: a line names no entity, or words that the text has not; the message is the line.
    """
    found: list[Value] = []
    for line in filter(None, map(str.strip, written.splitlines())):
        entity, said = _typed(line, {**called, **_THEMSELVES})
        start = text.find(said) if said else -1
        while start >= 0 and any(start < one.end and one.start < start + len(said) for one in found):
            start = text.find(said, start + 1)
        if not entity or start < 0:
            raise ValueError(line)
        found.append(Value(entity, start, start + len(said)))
    return found


def written_marks(text: str, marked: Iterable[Mapping[str, Any]], name: Callable[[str], str] = str) -> str:
    """The same written for a form, each entity by its `name`."""
    return "\n".join(f"{name(one['entity'])} {text[int(one['start']) : int(one['end'])]}" for one in marked)


def _typed(line: str, known: Mapping[str, str]) -> tuple[str, str]:
    """The entity that a line begins with, by the longest name that fits, and its words; both empty: there is none."""
    for name in sorted(known, key=len, reverse=True):
        said = line[len(name) :]
        if line[: len(name)].casefold() == name.casefold() and AFTER_A_NAME.match(said):
            return known[name], AFTER_A_NAME.sub("", said, count=1).strip()
    return "", ""


def without_values(situation: Mapping[str, Any] | None, known: Collection[str]) -> dict[str, Any] | None:
    """A situation without arguments of buttons and what payloads carry, and with keys of texts that are `known`.

    It is what the model reads of a situation, and nothing that an agency wrote.
    """
    if situation is None:
        return None
    buttons = [
        {
            "command": one["command"],
            "title": {"key": one["title"]["key"], "args": {}},
            "payload": str(one["payload"]).partition("{")[0],
        }
        for one in situation.get("buttons", ())
        if one["title"]["key"] in known
    ]
    shown = [{**one, "guide": one.get("guide")} for one in situation.get("shown", ())]
    said = [key for key in situation.get("said", ()) if key in known]
    return {**situation, "said": said, "buttons": buttons, "shown": shown}
