"""Taught lines as files: a table (CSV), training data of Rasa (YAML), and the project's own turns (YAML). Pure.

What was hidden of persons is written as invented values of its type, since the model is to meet what residents write;
`specimens.yml` has them. Which one stands where is told by the text, so that the same line is always written alike.
"""

import csv
import hashlib
import io
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import yaml

from desk.city.yaml_files import NotYaml, parse_yaml
from desk.contract.commands import OF_INTENTS
from desk.teaching.hiding import ENTITIES, PLACEHOLDER, Value
from desk.teaching.rows import Taught
from desk.teaching.signals import START
from desk.texts.cells import cells
from values.lexicon import lexicon

type Form = Literal["csv", "rasa", "turns"]
FORMS: tuple[Form, ...] = ("csv", "rasa", "turns")
LONGEST = 1000  # characters of a line
MOST = 5000  # lines of a file
COLUMNS = ("text", "commands", "values", "language", "situation")
MARK = "\ufeff"
SPECIMENS: Mapping[str, Sequence[str]] = lexicon(__file__).by_name("specimens")
INTENTS: Mapping[str, str] = {command: intent for intent, command in reversed(list(OF_INTENTS.items()))}
"""The intent of a command, where a line of it is learnt without a situation."""


class NoFile(ValueError):
    """It is no file of this kind. The message says what is wrong and where."""


@dataclass(frozen=True, slots=True)
class Brought:
    """A line of a file."""

    text: str
    commands: tuple[str, ...]
    spans: tuple[Value, ...] = ()
    language: str = ""
    situation: Mapping[str, Any] | None = None


def filled(line: Taught) -> tuple[str, list[Value]]:
    """A line with invented values where persons' were hidden, and all values in it."""
    begins = {int(one["start"]): one for one in line.spans}
    parts: list[str] = []
    values: list[Value] = []
    length = at = 0
    while at < len(line.text):
        placeholder, span = PLACEHOLDER.match(line.text, at), begins.get(at)
        if placeholder is not None and placeholder[1] in SPECIMENS:
            entity, written, end = placeholder[1], specimen(placeholder[1], line.text, at), placeholder.end()
        elif span is not None:
            entity, end = str(span["entity"]), int(span["end"])
            written = line.text[at:end]
        else:
            entity, written, end = "", line.text[at], at + 1
        if entity in ENTITIES:
            values.append(Value(entity, length, length + len(written)))
        parts.append(written)
        length, at = length + len(written), end
    return "".join(parts), values


def specimen(entity: str, text: str, at: int) -> str:
    known = SPECIMENS[entity]
    return known[int.from_bytes(hashlib.sha256(f"{at}:{text}".encode()).digest()[:4]) % len(known)]


def written(lines: Sequence[Taught], form: Form) -> str:
    """Lines as a file of a kind."""
    match form:
        case "csv":
            return _as_csv(lines)
        case "rasa":
            return _as_rasa(lines)
        case "turns":
            return _as_turns(lines)


def _as_csv(lines: Sequence[Taught]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for line in lines:
        text, values = filled(line)
        marks = "\n".join(f"{one.entity} {text[one.start : one.end]}" for one in values)
        situation = "" if line.situation is None else json.dumps(line.situation, ensure_ascii=False, sort_keys=True)
        writer.writerow(cells([text, " ".join(line.commands), marks, line.language, situation]))
    return MARK + out.getvalue()


def _as_rasa(lines: Sequence[Taught]) -> str:
    """An intent a command, where it has one, else by its name; situation and commands stand in `metadata`."""
    of: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        text, values = filled(line)
        metadata = {"commands": list(line.commands), "language": line.language, "situation": line.situation}
        of.setdefault(_intent(line.commands[0]), []).append({"text": _bracketed(text, values), "metadata": metadata})
    return _yaml({"version": "3.1", "nlu": [{"intent": name, "examples": of[name]} for name in sorted(of)]})


def _as_turns(lines: Sequence[Taught]) -> str:
    """As `nlu/<folder>/turns/` has them, with situations as `nlu/situations.json` names them."""
    situations: dict[str, dict[str, Any]] = {}
    turns = []
    for line in lines:
        text, values = filled(line)
        name = name_of(line.situation)
        situations[name] = {"city": line.city or "", "reach": [], "said": {}, "situation": line.situation or {}}
        turn: dict[str, Any] = {"in": name, "say": text, "commands": list(line.commands)}
        if values:
            turn["values"] = [[one.entity, text[one.start : one.end]] for one in values]
        turns.append({**turn, "hand": f"live-{line.by}", "lang": line.language})
    return _yaml({"situations": situations, "turns": turns})


def name_of(situation: Mapping[str, Any] | None) -> str:
    """What a situation of real conversations is called: alike situations alike."""
    if not situation:
        return "live/begin"
    told = json.dumps(situation, ensure_ascii=False, sort_keys=True)
    return f"live/{hashlib.sha256(told.encode()).hexdigest()[:12]}"


def _intent(command: str) -> str:
    name, _, service = command.partition(":")
    return service if name == START else INTENTS.get(name, name)


def _bracketed(text: str, values: Iterable[Value]) -> str:
    for one in sorted(values, key=lambda value: -value.start):
        text = f"{text[: one.start]}[{text[one.start : one.end]}]({one.entity}){text[one.end :]}"
    return text


def _yaml(value: Any) -> str:
    return yaml.dump(value, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=200)


def read(content: bytes, form: str) -> list[Brought]:
    """The lines of a file.

    Raises:
        NoFile: it is none of this kind, or one of its lines is not as it must be.
    """
    if form not in FORMS:
        raise NoFile(f"there is no kind {form[:20]!r}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise NoFile("it is not of UTF-8") from exc
    readers = {"csv": _read_csv, "rasa": _read_rasa, "turns": _read_turns}
    try:
        found = readers[form](text)
    except NoFile:
        raise
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError, csv.Error) as exc:
        raise NoFile(f"{type(exc).__name__}: {str(exc)[:120]}") from exc
    if not 0 < len(found) <= MOST:
        raise NoFile(f"it has {len(found)} lines; 1 to {MOST} are read at once")
    for number, one in enumerate(found, 1):
        if not 0 < len(one.text) <= LONGEST or not one.commands:
            raise NoFile(f"line {number} has no text, no command, or more than {LONGEST} characters")
    return found


def _read_csv(text: str) -> list[Brought]:
    rows = csv.DictReader(io.StringIO(text))
    if not {"text", "commands"} <= set(rows.fieldnames or ()):
        raise NoFile("its first line names no columns text and commands")
    return [
        _brought(
            row["text"].removeprefix("'") if row["text"][1:2] in tuple("=+-@") else row["text"],
            (row["commands"] or "").split(),
            [one.partition(" ")[::2] for one in (row.get("values") or "").splitlines() if one.strip()],
            row.get("language") or "",
            json.loads(row["situation"]) if row.get("situation") else None,
        )
        for row in rows
    ]


def _read_rasa(text: str) -> list[Brought]:
    found: list[Brought] = []
    for block in _mapping(text)["nlu"]:
        examples = block["examples"]
        if isinstance(examples, str):
            examples = [{"text": one.removeprefix("- ")} for one in examples.splitlines() if one.strip()]
        for one in examples:
            if len(found) > MOST:
                break
            said, values = _unbracketed(str(one["text"]).strip())
            told = one.get("metadata") or {}
            commands = told.get("commands") or [_command(str(block["intent"]))]
            found.append(_brought(said, commands, values, told.get("language") or "", told.get("situation")))
    return found


def _read_turns(text: str) -> list[Brought]:
    given = _mapping(text)
    situations = given.get("situations") or {}
    return [
        _brought(
            one["say"],
            one["commands"],
            one.get("values") or [],
            one.get("lang") or "",
            (situations.get(one.get("in")) or {}).get("situation"),
        )
        for one in given["turns"]
    ]


def _mapping(text: str) -> dict[str, Any]:
    try:
        given = parse_yaml(text)
    except NotYaml as exc:
        raise NoFile(str(exc)[:200]) from exc
    if not isinstance(given, dict):
        raise NoFile("it is no mapping")
    return given


def _command(intent: str) -> str:
    return OF_INTENTS.get(intent) or f"{START}:{intent}"


def _is_storable(value: Any) -> bool:
    """Whether the store can keep a value: no NUL, no half of a character."""
    written = json.dumps(value, ensure_ascii=False)
    return "\\u0000" not in written and written == written.encode("utf-8", "replace").decode()


def _unbracketed(text: str) -> tuple[str, list[tuple[str, str]]]:
    values: list[tuple[str, str]] = []
    parts: list[str] = []
    rest = text
    while True:
        before, opens, after = rest.partition("[")
        said, closes, behind = after.partition("](")
        entity, ends, tail = behind.partition(")")
        if not (opens and closes and ends and entity in ENTITIES):
            return "".join([*parts, rest]), values
        parts += [before, said]
        values.append((entity, said))
        rest = tail


def _brought(
    text: Any, commands: Collection[Any], values: Iterable[Sequence[Any]], language: str, situation: Any
) -> Brought:
    said = str(text).strip()
    if not _is_storable([said, language, situation]):
        raise NoFile(f"{said[:40]!r} holds characters that cannot be kept")
    spans: list[Value] = []
    for entity, value in values:
        start = said.find(str(value))
        while start >= 0 and any(start < one.end and one.start < start + len(str(value)) for one in spans):
            start = said.find(str(value), start + 1)
        if entity not in ENTITIES or start < 0 or not value:
            raise NoFile(f"{entity} {value!s:.40} is no value of {said[:40]!r}")
        spans.append(Value(str(entity), start, start + len(str(value))))
    if situation is not None and not isinstance(situation, dict):
        raise NoFile("a situation is no mapping")
    return Brought(said, tuple(map(str, commands)), tuple(spans), str(language), situation or None)
