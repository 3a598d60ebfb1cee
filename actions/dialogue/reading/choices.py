"""Choosing among the buttons of the last replies by number or by name."""

import json
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

from pydantic import JsonValue

from actions.dialogue.reading.intents import NAVIGATION
from actions.dialogue.state.session import Choice
from actions.dialogue.state.turn import NOT_UNDERSTOOD, Turn
from actions.phrases import phrases, plain
from desk.contract.messages import Button, Entity, Reply
from values.digits import as_digits
from values.lexicon import lexicon
from values.types.ordinal import ordinal

_WORDS = lexicon(__file__)

CHOOSING = frozenset({"choose", "inform", "affirm"}) | NOT_UNDERSTOOD

TRY_AGAIN = "button.try_again"
SEND_AGAIN = "button.send_again"
BEGINS = frozenset({"button.apply", "button.book"})
"""Titles of buttons that begin what was just told about."""
PLACE_DIGITS = 2
"""A number of more digits is no place in a list."""
ALL = "all"
"""A button whose value begins so is the sum of the others, and none of the options that are counted."""
THE_LAST = _WORDS.pattern("the_last")
"""The last one in a sentence in which no ordinal was marked."""


@dataclass(frozen=True, slots=True)
class NoSuchChoice:
    """A number beyond what there is to choose from, which is shown again."""

    choices: tuple[Choice, ...]

    @property
    def count(self) -> int:
        return len(self.choices)

    @property
    def buttons(self) -> list[Button]:
        return [Button(title=one.title, payload=one.payload) for one in self.choices if one.title is not None]


def offered(replies: Iterable[Reply]) -> tuple[Choice, ...]:
    """The choices that stand under replies, in order; cancel, a person and the like are none."""
    every = [button for reply in replies for button in reply.buttons]
    buttons = [one for one in every if f'": "{ALL}' not in one.payload and '{"manner"' not in one.payload]
    choices = {
        button.payload: Choice(button.payload, tuple(_names(list(button.title.args.values()))), button.title)
        for button in buttons
        if button.payload.removeprefix("/") not in NAVIGATION  # with a value it is an option: which payment to cancel
    }
    options = [choice for choice in choices.values() if choice.payload.startswith("/choose{")]
    return tuple(options or choices.values())  # beside things to choose from, what begins something else is none


def again_offered(replies: Iterable[Reply]) -> str:
    """The payload of the button "try again" under replies; empty where there is none."""
    every = [button for reply in replies for button in reply.buttons]
    return next((one.payload for one in every if one.title.key == TRY_AGAIN), "")


def tried_again(turn: Turn, payload: str) -> Turn:
    """Turn "try again" into the press of the button that says so, if it was offered."""
    if not payload or turn.kind != "text" or not phrases("try_again").whole(plain(turn.text)):
        return turn
    return pressed(turn, Choice(payload))


def begun(turn: Turn, choices: tuple[Choice, ...]) -> Turn:
    """Turn "apply now", "book one then" into the press of the button that begins it, where one such was offered."""
    begins = [one for one in choices if one.title is not None and one.title.key in BEGINS]
    if len(begins) != 1 or turn.kind != "text" or turn.entities or not phrases("begins_it").whole(plain(turn.text)):
        return turn
    return pressed(turn, begins[0])


def resolved(turn: Turn, choices: tuple[Choice, ...]) -> Turn | NoSuchChoice:
    """Turn "the second one", or the name of a choice, into the press of its button; other turns stay as they are."""
    if turn.kind != "text" or turn.intent not in CHOOSING or not choices or len(turn.values("ordinal")) > 1:
        return turn
    values = [choice for choice in choices if choice.payload.startswith("/inform{") and not _sends_again(choice)]
    if turn.intent == "affirm" and len(values) == 1:  # "is it …?" "yes"
        return pressed(turn, values[0])
    if (named := next((choice for choice in choices if _same(turn.text, choice.names)), None)) is not None:
        return pressed(turn, named)
    number = ordinal(turn.first("ordinal") or "")
    if number is None and turn.intent == "choose" and THE_LAST.search(turn.text.casefold()):
        number = -1
    if number is None:
        return turn
    if number <= len(choices):
        return pressed(turn, choices[number - 1 if number > 0 else -1])
    return NoSuchChoice(choices) if turn.intent == "choose" else turn


def _sends_again(choice: Choice) -> bool:
    """Whether a button has a code sent once more: "all right" is said to the first one."""
    return choice.title is not None and choice.title.key == SEND_AGAIN


def by_service(turn: Turn, choices: tuple[Choice, ...], entities: Iterable[str]) -> Turn:
    """Turn the wish for a service into the press of the button that begins it with values that were just given."""
    known = set(entities)
    for choice in choices:
        given = pressed(turn, choice)
        if given.intent == turn.intent and given.entities and {one.entity for one in given.entities} <= known:
            return given
    return turn


def by_bare_number(turn: Turn, choices: tuple[Choice, ...]) -> Turn | NoSuchChoice:
    """Turn a bare "2", or "two", into the press of the second button; ask the service first, since it may mean more."""
    plain = as_digits(turn.text).strip().rstrip(".。)")
    if turn.kind != "text" or not (plain.isascii() and plain.isdigit()) or not choices:
        return turn
    if 0 < int(plain[:3]) <= len(choices):
        return pressed(turn, choices[int(plain[:3]) - 1])
    options = all(
        choice.payload.startswith(("/choose{", "/inform{")) for choice in choices
    )  # beside a menu, 28 is a line
    return NoSuchChoice(choices) if options and len(plain) <= PLACE_DIGITS and len(choices) > 1 else turn


def pressed(turn: Turn, choice: Choice) -> Turn:
    """The turn as if the choice's button had been pressed."""
    intent, _, entities = choice.payload.removeprefix("/").partition("{")
    values = json.loads("{" + entities) if entities else {}
    return replace(
        turn,
        kind="payload",
        intent=intent,
        text="",
        confidence=1.0,
        entities=tuple(Entity(entity=name, value=value) for name, value in values.items()),
    )


def _same(text: str, names: Iterable[str]) -> bool:
    said = _plain(text)
    return bool(said) and any(said == _plain(name) for name in names)


def _plain(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())


def _names(args: list[JsonValue]) -> Iterable[str]:
    """Strings of a title's arguments, also those inside names."""
    for value in args:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from _names(list(value.values()))
