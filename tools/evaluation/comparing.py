"""Two models read the same messages, one after the other, message by message: what the gate judges by.

The messages are turns and lines that nobody reads and no model learns from, and what must be understood: conversations
that went as written, each turn in the situation in which it was said (`selftest/must_pass/`).
"""

import json
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict

from desk.city.yaml_files import parse_yaml
from desk.contract.commands import command_of
from desk.contract.errors import StartError
from desk.selftest.questions import load_questions
from desk.teaching.gate import Compared, Comparison
from desk.teaching.marks import bare, is_telling, unmarked
from desk.teaching.signals import START, SURE, SURE_OF_INTENT, Heard, with_service
from tools.evaluation import lines, turns
from tools.evaluation.jsonl import read_jsonl
from tools.evaluation.listening import Message

TURNS = "common/tests/turns_by_others.jsonl"
LINES = ("common/tests/lines_by_others.jsonl", "*/tests/held_out.jsonl")
MUST_PASS = Path("selftest") / "must_pass"
WARM_UP = 20  # messages that are not timed


class MustTurn(BaseModel):
    """A message of a conversation that must go as it went: where it was said, and what it is there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    say: str
    situation: dict[str, Any] | None = None
    commands: tuple[str, ...]


class MustPass(BaseModel):
    """A conversation that must be understood, or a single line."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: str
    id: str
    lang: str
    city: str
    turns: tuple[MustTurn, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """A message of which is known what it is. `intent` is what a line means; None: its `commands` count."""

    message: Message
    of: Literal["turn", "line", "must_pass"]
    command: str
    lang: str
    commands: frozenset[str] = frozenset()
    intent: str | None = None
    service: str = ""
    conversation: str = ""

    def is_right(self, heard: Heard) -> bool:
        """Whether a model reads it rightly; what must be understood it must be sure of, too."""
        if self.intent is not None:
            return _gated(heard.intent[0]) == self.intent
        likeliest = {heard.commands[0][0], heard.likeliest} if heard.commands else set()
        if self.of != "must_pass":
            return bool(likeliest & self.commands)
        return (bool(likeliest & self.commands) and heard.confidence >= SURE) or self._begins(heard)

    def _begins(self, heard: Heard) -> bool:
        """Whether the words alone begin what is meant, where nothing goes on: the dialogue follows them there."""
        intent, sure = heard.intent
        alone = not (self.message.situation or {}).get("service")
        return alone and sure >= SURE_OF_INTENT and with_service(START, intent) in self.commands


@dataclass(frozen=True, slots=True)
class Leaks:
    """How many held-out messages that are long enough are learnt from, of how many."""

    leaked: int
    of: int


class Ear(Protocol):
    """Reads messages with a model."""

    async def hear(self, message: Message) -> dict[str, Any] | None:
        """The action call that comes of one."""
        ...


async def compared(before: Ear, after: Ear, messages: Sequence[Known], leaks: Leaks) -> Comparison:
    """What both make of each message.

    Raises:
        StartError: a message comes to nothing with one of them.
    """
    spent: tuple[list[float], list[float]] = ([], [])
    read = []
    for known in messages:
        heard = []
        for ear, taken in zip((before, after), spent, strict=True):
            began = time.perf_counter()
            call = await ear.hear(known.message)
            taken.append(time.perf_counter() - began)
            if call is None:
                raise StartError("A model told nothing of a message.")
            heard.append(heard_of(call))
        read.append(_compared(known, *heard))
    times = [1000 * median(taken[WARM_UP:] or taken) if taken else 0.0 for taken in spent]
    return Comparison(
        read=tuple(read),
        milliseconds_before=times[0],
        milliseconds_after=times[1],
        leaked=leaks.leaked,
        leakable=leaks.of,
    )


def heard_of(call: dict[str, Any]) -> Heard:
    """What a message was heard as, of its action call; of one in which no command was read, nothing likely."""
    latest = call["tracker"]["latest_message"]
    commands = [(str(name), float(likely)) for name, likely in latest.get("commands") or ()]
    intent = latest.get("intent") or {}
    found = (str(intent.get("name") or ""), float(intent.get("confidence") or 0.0))
    return Heard(commands or [("unclear", 0.0)], found)


def known_messages(root: Path, city: str) -> list[Known]:
    """All that two models are compared by; lines without a situation are read in this city, as any city reads them.

    Raises:
        StartError: a file cannot be read, or a line of it is none.
    """
    situations = json.loads((root / turns.SITUATIONS).read_text(encoding="utf-8"))
    return [*_turns(root, situations), *_lines(root, city), *must_pass(root, city)]


def must_pass(root: Path, city: str) -> list[Known]:
    """What must be understood, message by message: wishes for services of the self-test, and conversations.

    Raises:
        ConfigurationError, StartError: a file is wrong.
    """
    conversations = read_jsonl(sorted((root / MUST_PASS).glob("*.jsonl")), MustPass)
    return [*_questions(root, city), *(known for one in conversations for known in _conversation(one))]


def _questions(root: Path, city: str) -> Iterator[Known]:
    for one in load_questions(root):
        if one.service is not None:
            command = f"{START}:{one.service}"
            for locale, say in one.say.items():
                said = Message(say, city, None)
                named = f"selftest: {one.id} {locale}"
                meant = frozenset({command})
                yield Known(said, "must_pass", command, locale, meant, service=one.service, conversation=named)


def _conversation(one: MustPass) -> Iterator[Known]:
    for turn in one.turns:
        said, meant = Message(turn.say, one.city, turn.situation), frozenset(turn.commands)
        yield Known(said, "must_pass", turn.commands[0], one.lang, meant, service=one.service, conversation=one.id)


def leaks_of(root: Path, messages: Sequence[Known]) -> Leaks:
    """How many held-out messages stand, but for spaces, case and signs, among those that are learnt from."""
    return leaks_among({bare(one) for one in learnt_from(root)}, messages)


def leaks_among(learnt: Collection[str], messages: Sequence[Known]) -> Leaks:
    """The same of texts without spaces, case and signs."""
    held_out = {bare(one.message.text) for one in messages if one.of != "must_pass"}
    telling = {one for one in held_out if is_telling(one)}
    return Leaks(len(telling & {*learnt}), len(telling))


def learnt_from(root: Path) -> Iterator[str]:
    """The texts that a model learns from: lines of intents, without their marks, and turns."""
    for file in sorted((root / "nlu").glob("*/*.yml")):
        for entry in parse_yaml(file.read_text(encoding="utf-8")).get("nlu", ()):
            for line in str(entry.get("examples", "")).splitlines():
                yield unmarked(line.removeprefix("- "))
    for file in sorted((root / "nlu").glob("*/turns/*.yml")):
        yield from (str(one["say"]) for one in parse_yaml(file.read_text(encoding="utf-8"))["turns"])


def _turns(root: Path, situations: dict[str, Any]) -> Iterator[Known]:
    for one in turns.read([root / "nlu" / TURNS], situations):
        at = situations[one.situation]
        command = one.commands[0].partition(":")[0]
        yield Known(Message(one.say, at["city"], at["situation"]), "turn", command, one.lang, one.meant)


def _lines(root: Path, city: str) -> Iterator[Known]:
    files = list(chain.from_iterable(sorted((root / "nlu").glob(name)) for name in LINES))
    for one in lines.read(files):
        command = with_service(command_of(one.intent), one.intent)
        yield Known(Message(one.text, city, None), "line", command, one.lang, intent=one.intent)


def _gated(intent: str) -> str:
    return lines.OUT_OF_SCOPE if intent == lines.REFUSED else intent


def _compared(known: Known, before: Heard, after: Heard) -> Compared:
    return Compared(
        of=known.of,
        command=known.command,
        lang=known.lang,
        service=known.service,
        conversation=known.conversation,
        before=known.is_right(before),
        after=known.is_right(after),
        sure_before=before.confidence,
        sure_after=after.confidence,
    )
