"""What a message says beside ending something: "cancel that, I only ask how long it takes"."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from actions.dialogue.reading.intents import CITY_SERVICES
from actions.dialogue.reading.reading import ASKS
from actions.dialogue.state.turn import NOT_UNDERSTOOD, Part, Turn
from desk.contract.commands import Command

SERVED = frozenset({"list_services", "change_language", "change_city", "delete_my_data"})
"""Moves that are wishes too."""
SAYS_MORE = SERVED | frozenset(CITY_SERVICES)
WISHES: tuple[Command, ...] = (*sorted(ASKS), "start", "pay_all", "pay_some", "repeat", "language")
ENDS: tuple[Command, ...] = ("cancel_this", "refuse", "skip", "later")
SCRAP = 4
"""A piece of fewer characters that asks and names nothing says nothing."""
LIKELY = 0.7
"""So likely a part wishes something by its words, or is about what a guide tells."""


def beside(turn: Turn, ends: Callable[[Turn], bool], ended: str | None = None) -> Turn | None:
    """The turn with what else is said where a part ends something; None where none does, or nothing more is said.

    What follows the end counts, else what stands before it. Of some parts the one that says the most says what they
    mean; each stands for itself, too. Where the service that is `ended` is named beside another ("forget it, no fund,
    on with the wedding"), the other is meant.
    """
    ending = next((place for place, part in enumerate(turn.parts) if ends(turn.only(part))), None)
    if ending is None:
        return None
    others = [_but(turn, turn.parts[ending + 1 :], ended), _but(turn, turn.parts[:ending], ended)]
    return next((of(turn, parts) for parts in others if says_more_of(turn, parts)), None)


def _but(turn: Turn, parts: Sequence[Part], ended: str | None) -> Sequence[Part]:
    """The parts that wish another service than the one that ends, where one does; else all of them."""
    named = [part for part in parts if part.intent != ended]
    wishes = any(part.intent in CITY_SERVICES and part.confidence >= LIKELY for part in named)
    return named if ended is not None and wishes and says_more_of(turn, named) else parts


def says_more_of(turn: Turn, parts: Sequence[Part]) -> bool:
    """Whether any of the parts asks or wishes something."""
    return any(says_more(turn.only(part)) for part in parts)


def without(turn: Turn | None, service: str) -> Turn | None:
    """The turn that does not wish the service that it ends; what it may be about stays."""
    return replace(turn, intent="nlu_fallback", confidence=0.0) if turn is not None and turn.intent == service else turn


def says_more(part: Turn) -> bool:
    """Whether a part asks or wishes something: a courtesy, or another word for ending, is nothing more."""
    if part.means(*ENDS):
        return False
    asks = part.inquiry is not None and (part.inquiry.is_question or part.inquiry.likeliest_guide >= LIKELY)
    return asks or part.means(*WISHES) or (part.intent in SAYS_MORE and part.confidence >= LIKELY)


def of(turn: Turn, parts: Sequence[Part]) -> Turn:
    """The turn as if nothing but some parts of it that follow each other had been said."""
    parts = _without_scraps(turn, parts)
    said = turn.text[turn.text.index(parts[0].text) : turn.text.rindex(parts[-1].text) + len(parts[-1].text)]
    telling = max((turn.only(part) for part in parts), key=_tells)
    entities = tuple(one for one in turn.entities if one.value in said)
    return replace(telling, text=said, entities=entities, parts=tuple(parts) if len(parts) > 1 else ())


def _without_scraps(turn: Turn, parts: Sequence[Part]) -> Sequence[Part]:
    """The parts without what a few characters before them leave over ("I will not | queue | the lamp is out")."""
    while len(parts) > 1 and len(parts[0].text.strip()) < SCRAP and not parts[0].entities:
        if says_more(turn.only(parts[0])):
            break
        parts = parts[1:]
    return parts


def _tells(part: Turn) -> tuple[bool, float]:
    """How much a part says: that it wishes or asks something, and how likely what it is about."""
    matter = 0.0 if part.inquiry is None else max((likely for _, likely in part.inquiry.matters[:1]), default=0.0)
    intent = 0.0 if part.intent in NOT_UNDERSTOOD else part.confidence
    return says_more(part), max(matter, intent)
