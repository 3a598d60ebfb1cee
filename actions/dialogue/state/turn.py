"""What a handler may know of one turn."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Literal, Self
from zoneinfo import ZoneInfo

from actions.dialogue.reading.inquiry import Inquiry
from actions.dialogue.reading.proposing import Candidate
from actions.dialogue.reading.reading import Evidence, Heard, Reading
from desk.city.files import City
from desk.contract.commands import Command, command_of
from desk.contract.messages import CaseNote, Context, Entity, Intent, Location, Manner, Media, OrderNote
from desk.contract.wire import Locale

COMMAND = re.compile(r"\s*[/／]\s*[A-Za-z_]")
"""Typed text is never a command, whatever it is understood as: only buttons carry payloads."""

NOT_UNDERSTOOD = frozenset({"nlu_fallback", "out_of_scope"})
"""Intents that say "this was not understood" rather than what is wished."""

SHELL = "shell"
"""The channel of `rasa shell`, where nobody is greeted before they speak."""


@dataclass(frozen=True, slots=True)
class Part:
    """A clause of a message, as it would be understood alone in the same situation."""

    text: str
    intent: str
    confidence: float = 1.0
    ranking: tuple[Intent, ...] = ()
    commands: tuple[tuple[Command, float], ...] = ()
    entities: tuple[Entity, ...] = ()
    inquiry: Inquiry | None = None


@lru_cache(maxsize=64)  # some hundred rules ask it of a turn
def _of_model(commands: tuple[tuple[Command, float], ...]) -> Reading:
    return Reading(tuple(Heard(name, likely, "model") for name, likely in commands))


@dataclass(frozen=True, slots=True)
class Typed:
    """A message in pinyin as it was typed; `spans` say of each character of its Chinese text where that was typed."""

    text: str
    spans: tuple[tuple[int, int], ...]
    meant: str

    def of(self, value: str) -> str | None:
        """What was typed for a piece of the Chinese text; None where it is none."""
        at = self.meant.find(value) if value else -1
        if at < 0 or len(self.spans) != len(self.meant):
            return None
        return self.text[self.spans[at][0] : self.spans[at + len(value) - 1][1]].strip()


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a resident, as understood, and the context it is written in.

    `text` is what was typed, or of pinyin the Chinese that was meant ("" for a location, a file or a button). A pressed
    button has `kind` "payload": its intent and entities are exactly what the button said, so an entity's value may be
    an id there. `entities` stand in the order of the text; `value` is the surface text. `city` is the context's until
    the turn moves to another; `locale` is the language the reply will be in.
    """

    conversation: str
    kind: Literal["text", "payload", "location", "media"]
    intent: str
    context: Context
    city: City
    locale: Locale
    text: str = ""
    whole: str = ""  # of a part that is heard by itself: all that was written
    confidence: float = 1.0
    ranking: tuple[Intent, ...] = ()
    commands: tuple[tuple[Command, float], ...] = ()  # what the model makes of it in its situation, the likeliest first
    entities: tuple[Entity, ...] = ()
    language: Locale | None = None  # the language this message is clearly in, if it is
    location: Location | None = None
    media: Media | None = None
    message_id: str = ""  # unique; the same when the turn is repeated
    cities: Mapping[str, City] = field(default_factory=dict)  # all there are: an order may be of another
    inquiry: Inquiry | None = None  # what it asks; None where that was not found out
    likeness: tuple[float, ...] = ()  # to what announcements say, passage by passage; none where it asks nothing
    parts: tuple[Part, ...] = ()  # in the order of the text; none where it has but one
    typed: Typed | None = None  # of pinyin: what was typed for the text
    harmless: bool = False  # sounded like an emergency, and is none, as the resident says
    proposed: tuple[Candidate, ...] = ()  # what a larger model made sure, where the model was not
    meant: Command | None = None  # what was chosen, after it was asked back

    @property
    def now(self) -> datetime:
        """The only clock that a handler may read: the context's, in the time of the turn's city."""
        return self.context.now.astimezone(ZoneInfo(self.city.timezone))

    @property
    def reading(self) -> Reading:
        """What the message is in its situation; where the model says nothing, its intent is all there is."""
        if self.kind == "text" and self.commands:
            own = _of_model(self.commands)
            return own.proposed(self.proposed[0].command) if self.proposed else own
        if self.meant is not None:
            return Reading((Heard(self.meant, 1.0, "button"),))
        evidence: Evidence = "button" if self.kind == "payload" else "intent"
        return Reading((Heard(command_of(self.intent), self.confidence, evidence),))

    def means(self, *commands: Command) -> bool:
        """Whether it surely is one of these commands, as the model reads it in its situation."""
        return (self.meant is not None or self.reading.of_model) and self.reading.sure in commands

    @property
    def before(self) -> Locale | None:
        """The language of the conversation before this message; None where the city does not speak it."""
        return self.context.locale if self.context.locale in self.city.languages else None

    def in_manner(self, manner: Manner) -> Self:
        """The same turn, held in another manner."""
        return replace(self, context=self.context.model_copy(update={"manner": manner}))

    def saying(self, text: str) -> Self:
        """The turn with a piece of its text alone, and of its entities those that stand in it."""
        return replace(self, text=text, entities=tuple(one for one in self.entities if one.value in text))

    def only(self, part: Part) -> Self:
        """The turn as if a part of it had been said alone."""
        return replace(
            self,
            text=part.text,
            whole=self.whole or self.text,
            intent=part.intent,
            confidence=part.confidence,
            ranking=part.ranking,
            commands=part.commands,
            entities=part.entities,
            inquiry=part.inquiry,
            parts=(),
            proposed=(),
        )

    def values(self, entity: str, role: str | None = None) -> tuple[str, ...]:
        """Give all surface values of an entity, in the order of the text."""
        return tuple(
            found.value for found in self.entities if found.entity == entity and (role is None or found.role == role)
        )

    def first(self, entity: str, role: str | None = None) -> str | None:
        """Give the first value of an entity, or None."""
        return next(iter(self.values(entity, role)), None)

    def last(self, entity: str, role: str | None = None) -> str | None:
        """Give the last value of an entity, or None: in a correction ("not the 28, the 30") the one that is meant."""
        return next(reversed(self.values(entity, role)), None)

    def has(self, entities: Iterable[str]) -> bool:
        """Whether any of the named entities was mentioned."""
        wanted = set(entities)
        return any(found.entity in wanted for found in self.entities)

    @property
    def open_order(self) -> OrderNote | None:
        """The newest order that can still be paid."""
        return next((one for one in self.context.orders if one.status == "open" and not self.is_over(one)), None)

    def city_of(self, matter: OrderNote | CaseNote) -> City:
        """The city that an order or a case belongs to: not this one where the conversation has moved since."""
        return self.city if matter.city == self.city.slug else self.cities[matter.city]

    def is_over(self, order: OrderNote) -> bool:
        """Whether an order can no longer be paid."""
        return datetime.fromisoformat(order.expires_at) <= self.now

    @property
    def understood(self) -> bool:
        """Whether the sentence has an intent that says what is wished."""
        return self.intent not in NOT_UNDERSTOOD
