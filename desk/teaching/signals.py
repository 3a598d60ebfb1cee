"""Why a message is worth a trainer's look: read off what the bot understood, and what came of it. Pure.

Nothing is recorded for it: the understanding, the situation and the outcome of each message are kept with it anyway.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from desk.contract.commands import OF_INTENTS, command_of
from desk.conversations.outcomes import Outcome

SURE = 0.6
"""From here on the dialogue goes by the likeliest command (`actions.dialogue.reading.reading`)."""
SURE_OF_INTENT = 0.8
"""From here on what the words alone say counts as an opinion of its own."""
NO_GUIDE = ("guide.none", "guide.none_alone")
"""Keys of texts that say that no published guide answers."""
ASKED_BACK = "common.not_understood"
"""How the keys of texts begin that ask back what was meant."""
START = "start"
GIVES = frozenset({"provide", "change", "choose", "confirm"})
"""Commands that may be the value that was asked for."""


class Signal(StrEnum):
    """Why a message is worth a look."""

    PRESSED = "pressed"  # asked back what was meant, a button was pressed: it says what was meant
    CORRECTED = "corrected"  # the resident said next that it was wrong
    ASKED_BACK = "asked_back"  # the account asked back what was meant
    HANDED_OVER = "handed_over"  # a clerk got it, though nobody asked for one
    BAD_GRADE = "bad_grade"  # the conversation was graded badly
    NO_GUIDE = "no_guide"  # the account said that no published guide answers it
    DISAGREEMENT = "disagreement"  # words alone and words in their situation surely say different things
    UNSURE = "unsure"  # the likeliest command is not likely enough


@dataclass(frozen=True, slots=True)
class Heard:
    """A message as the bot understood it.

    `commands` and `intent` are pairs of name and probability; `situation` is where it was said, None: at the beginning.
    """

    commands: Sequence[tuple[str, float]]
    intent: tuple[str, float]
    situation: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, understanding: Mapping[str, Any]) -> "Heard | None":
        """What is kept of an understanding; None: the bot read no command in it."""
        commands = [(str(one["name"]), float(one["confidence"])) for one in understanding.get("commands") or ()]
        intent = understanding.get("intent") or {}
        if not commands:
            return None
        name, sure = str(intent.get("name", "")), float(intent.get("confidence", 0))
        return cls(commands, (name, sure), understanding.get("situation"))

    @property
    def likeliest(self) -> str:
        """The likeliest command; a start with its service."""
        return with_service(self.commands[0][0], self.intent[0])

    @property
    def confidence(self) -> float:
        """Its probability."""
        return self.commands[0][1]

    @property
    def place(self) -> str:
        """Where the conversation stood, as lines are held together by it: no value in it."""
        found = self.situation or {}
        parts = (found.get(name) for name in ("service", "step", "asks_for", "confirms"))
        shown = found.get("shown") or [{}]
        return "/".join("" if one is None else str(one) for one in (*parts, shown[0].get("service")))


@dataclass(frozen=True, slots=True)
class Next:
    """What came after a message: the situation that its answer left, and the resident's next message, if there is."""

    situation: Mapping[str, Any] | None = None
    payload: str | None = None
    heard: Heard | None = None


def with_service(command: str, intent: str) -> str:
    """A command as it is written for lines: of a start with its service."""
    return f"{START}:{intent}" if command == START and intent not in OF_INTENTS and intent else command


def asked_back(situation: Mapping[str, Any] | None) -> bool:
    """Whether what was said last asks back what was meant."""
    return any(str(key).startswith(ASKED_BACK) for key in (situation or {}).get("said", ()))


def pressed_command(after: Next) -> str | None:
    """What a button says that was pressed after asking back: a label for nothing. None: none was pressed."""
    if after.payload is None or not asked_back(after.situation):
        return None
    for one in (after.situation or {}).get("buttons", ()):
        if one["payload"] == after.payload:
            return with_service(str(one["command"]), after.payload.strip("/").partition("{")[0])
    return None


def signals_of(heard: Heard, outcome: str | None, after: Next) -> list[Signal]:
    """Why a message is worth a look, the strongest reason first; empty: it is not."""
    found = []
    if pressed_command(after) is not None:
        found.append(Signal.PRESSED)
    if _corrects(after.heard, heard):
        found.append(Signal.CORRECTED)
    if asked_back(after.situation):
        found.append(Signal.ASKED_BACK)
    if outcome in (Outcome.HANDED_OVER, Outcome.APOLOGISED) and heard.commands[0][0] not in ("person", "complain"):
        found.append(Signal.HANDED_OVER)
    if not set(NO_GUIDE).isdisjoint((after.situation or {}).get("said", ())):
        found.append(Signal.NO_GUIDE)
    if _disagree(heard):
        found.append(Signal.DISAGREEMENT)
    if heard.confidence < SURE:
        found.append(Signal.UNSURE)
    return found


def _corrects(later: Heard | None, heard: Heard) -> bool:
    """Whether the next message surely says that something is wrong, and this one was not the value that was asked."""
    if later is None or later.confidence < SURE or heard.commands[0][0] in GIVES:
        return False
    return later.commands[0][0] in ("change", "complain", "go_back")


def _disagree(heard: Heard) -> bool:
    """Whether the head that reads words alone and the one that reads the situation surely say different things.

    Words alone know no questions about what is at hand: only where they name a command, or both name a service.
    """
    name, sure = heard.intent
    command, likely = heard.commands[0]
    if sure < SURE_OF_INTENT or likely < SURE:
        return False
    said = command_of(name)
    return said not in (START, "provide", "unclear", command) and not command.startswith("ask_")


def offered(heard: Heard, after: Next, wanted: int = 9) -> list[str]:
    """Commands that a trainer is offered, the likeliest first: what was pressed, what was heard, what words say.

    A start of which no service was heard is no label, and not offered.
    """
    pressed = pressed_command(after)
    heads = [with_service(name, heard.intent[0]) for name, _ in heard.commands]
    alone = with_service(command_of(heard.intent[0]), heard.intent[0])
    open_here = [str(one["command"]) for one in (heard.situation or {}).get("buttons", ()) if one["command"] != START]
    every = [*([pressed] if pressed else []), *heads, alone, *open_here]
    return [one for one in dict.fromkeys(every) if one != START][:wanted]
