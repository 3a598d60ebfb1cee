"""What a handler may know of one turn. May not know where it came from."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from desk.certificate import Certificate
from desk.cities import City
from desk.messages import (
    CaseNote,
    Entity,
    Intent,
    Locale,
    Location,
    Manner,
    Media,
    OrderNote,
    Remembered,
    Subscription,
)

COMMAND = re.compile(r"\s*[/／]\s*[A-Za-z_]")
"""Typed text is never a command, whatever it is understood as: only buttons carry payloads."""

NOT_UNDERSTOOD = frozenset({"nlu_fallback", "out_of_scope"})
"""Intents that say "this was not understood" rather than what is wished."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a resident, as understood.

    `text` is what was typed ("" for a location, a file or a button). A pressed button has `kind` "payload": its intent
    and entities are exactly what the button said, so an entity's value may be an id there. `entities` stand in
    the order of the text; `value` is the surface text. `locale` is the language the reply will be in. `now` carries
    its offset and is the only clock a handler may read.
    """

    conversation: str
    kind: Literal["text", "payload", "location", "media"]
    intent: str
    city: City
    locale: Locale
    now: datetime
    text: str = ""
    confidence: float = 1.0
    ranking: tuple[Intent, ...] = ()
    entities: tuple[Entity, ...] = ()
    language: Locale | None = None  # the language this message is clearly in, if it is
    before: Locale | None = None  # the language of the conversation before it
    location: Location | None = None
    media: Media | None = None
    channel: str = field(default="webchat")
    manner: Manner = "standard"
    message_id: str = ""  # unique; the same when the turn is repeated
    pays: bool = False  # whether orders can be paid here
    orders: tuple[OrderNote, ...] = ()  # of this conversation, the newest first
    cases: tuple[CaseNote, ...] = ()  # likewise
    subscriptions: tuple[Subscription, ...] = ()
    remembered: tuple[Remembered, ...] = ()
    certificate: Certificate | None = None  # who the channel's platform says that this is
    followed: tuple[str, ...] = ()  # cities whose accounts the resident comes to, the first that of this account
    cities: Mapping[str, City] = field(default_factory=dict)  # all there are: an order may be of another

    def values(self, entity: str, role: str | None = None) -> tuple[str, ...]:
        """Give all surface values of an entity, in the order of the text."""
        return tuple(
            found.value for found in self.entities if found.entity == entity and (role is None or found.role == role)
        )

    def first(self, entity: str, role: str | None = None) -> str | None:
        """Give the first value of an entity, or None."""
        return next(iter(self.values(entity, role)), None)

    def last(self, entity: str, role: str | None = None) -> str | None:
        """Give the last value of an entity, or None: in a correction ("不是28路，是30路") the one that is meant."""
        return next(reversed(self.values(entity, role)), None)

    def has(self, entities: Iterable[str]) -> bool:
        """Whether any of the named entities was mentioned."""
        wanted = set(entities)
        return any(found.entity in wanted for found in self.entities)

    @property
    def open_order(self) -> OrderNote | None:
        """The newest order that can still be paid."""
        return next((one for one in self.orders if one.status == "open" and not self.is_over(one)), None)

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
