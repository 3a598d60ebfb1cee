"""Rasa's action protocol on the wire: `POST /webhook` in, slots and responses out.

The shapes are in docs/explanation/contracts.md, "Bot → actions".
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from actions.dialogue.reading.inquiry import Inquiry, LikelyFact, Passage
from actions.dialogue.reading.languages import reply_locale
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.turn import COMMAND, SHELL, Part, Turn, Typed
from desk.city.files import City
from desk.contract.commands import Command
from desk.contract.messages import Context, Effect, Entity, Intent, Message, Reply
from desk.contract.situation import Situation
from desk.contract.wire import Locale

OPEN_TO_ALL = ("city", "locale", "channel", "now")
"""What of a context nobody needs to be believed for."""
SESSION, SERVICE, ASKS_FOR, REPLY_LOCALE, REPLY_CITY = "session", "service", "asks_for", "reply_locale", "reply_city"


class _Lenient(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Parsed(_Lenient):
    """Name and confidence as Rasa gives them; it calls "nothing" a null name."""

    name: str | None = None
    confidence: float = 1.0


class Metadata(_Lenient):
    """What the bot's channel put beside the message; absent under `rasa shell`.

    `context` is a `desk.contract.messages.Context` in the very form that the desk signed (`signature`).
    """

    message: Message | None = None
    context: dict[str, JsonValue] | None = None
    signature: str = ""


class Asked(_Lenient):
    """What the bot finds that a text asks.

    A passage is a guide, a part of it, its number and how near it is; a fact a service, its name and its
    probability; `own` are the passages of the guide that was told last.
    """

    asks: float
    matters: tuple[tuple[str, float], ...] = ()
    about: tuple[tuple[str, float], ...] = ()
    passages: tuple[tuple[str, str, int, float], ...] = ()
    facts: tuple[tuple[str, str, float], ...] = ()
    own: tuple[tuple[str, str, int, float], ...] = ()

    @property
    def inquiry(self) -> Inquiry:
        passages, own = (tuple(Passage(*one) for one in several) for several in (self.passages, self.own))
        facts = tuple(LikelyFact(*one) for one in self.facts)
        return Inquiry(self.asks, self.matters, self.about, passages, facts, own)


class Meant(_Lenient):
    """What the bot makes of a text."""

    text: str | None = None
    intent: Parsed = Parsed()
    entities: list[Entity] = Field(default_factory=list)
    intent_ranking: list[Parsed] = Field(default_factory=list)
    commands: tuple[tuple[Command, float], ...] = ()
    inquiry: Asked | None = None

    @property
    def asked(self) -> Inquiry | None:
        return None if self.inquiry is None else self.inquiry.inquiry

    @property
    def ranking(self) -> tuple[Intent, ...]:
        return tuple(Intent(name=one.name, confidence=one.confidence) for one in self.intent_ranking if one.name)


class Said(Meant):
    """`tracker.latest_message`; `parts` are its parts as they would be understood alone, where it has several.

    `likeness` is how near it is in meaning to each text that the desk had it compared with; `typed` is of a message in
    pinyin where each character of its text was typed.
    """

    language: str | None = None
    typed: tuple[tuple[int, int], ...] | None = None
    likeness: tuple[float, ...] = ()
    parts: tuple[Meant, ...] = ()
    metadata: Metadata = Metadata()


class Tracker(_Lenient):
    sender_id: str = ""
    slots: dict[str, Any] = Field(default_factory=dict)
    latest_message: Said


class ActionCall(_Lenient):
    """`POST /webhook`."""

    next_action: str
    sender_id: str = ""
    tracker: Tracker

    def of_a_stranger(self) -> "ActionCall":
        """The call of a Rasa that is not ours: of its context where and when it is, and nothing of anybody."""
        said = self.tracker.latest_message
        if said.metadata.context is None:
            return self
        open_to_all = {name: value for name, value in said.metadata.context.items() if name in OPEN_TO_ALL}
        metadata = said.metadata.model_copy(update={"context": open_to_all})
        latest = said.model_copy(update={"metadata": metadata})
        return self.model_copy(update={"tracker": self.tracker.model_copy(update={"latest_message": latest})})


def turn_of(call: ActionCall, cities: Mapping[str, City], now: datetime) -> Turn:
    """Read the turn. Without a context (`rasa shell`) it is now, where and in the language that the slots say.

    Where they say nothing it is in the first city, in its first language.

    Raises:
        ValidationError: the context is none.
        KeyError: the context names a city that there is not.
    """
    said = call.tracker.latest_message
    given = said.metadata.context
    context = _in_shell(call.tracker.slots, cities, now) if given is None else Context.model_validate(given)
    message = said.metadata.message or Message(id="", kind="text", text=said.text or "")
    city, text = cities[context.city], (said.text or "") if message.kind == "text" else ""
    signal = said.language if text and not COMMAND.match(text) else None
    return Turn(
        conversation=call.tracker.sender_id or call.sender_id,
        kind=message.kind,
        intent=said.intent.name or "nlu_fallback",
        context=context,
        city=city,
        locale=reply_locale(signal, context.locale, city.languages),
        text=text,
        confidence=said.intent.confidence,
        commands=said.commands,
        ranking=said.ranking,
        entities=tuple(said.entities),
        parts=tuple(map(_part, said.parts)),
        inquiry=said.asked,
        likeness=said.likeness,
        language=next((locale for locale in city.languages if locale == signal), None),
        location=message.location,
        media=message.media,
        message_id=message.id,
        typed=_typed(said, message, text),
        harmless=message.harmless,
        cities=cities,
    )


def _typed(said: Said, message: Message, text: str) -> Typed | None:
    """A message in pinyin as it was typed; None of any other."""
    if not (text and said.typed and message.text):
        return None
    return Typed(message.text, said.typed, text)


def _part(part: Meant) -> Part:
    return Part(
        text=part.text or "",
        intent=part.intent.name or "nlu_fallback",
        confidence=part.intent.confidence,
        ranking=part.ranking,
        commands=part.commands,
        entities=tuple(part.entities),
        inquiry=part.asked,
    )


def _in_shell(slots: Mapping[str, Any], cities: Mapping[str, City], now: datetime) -> Context:
    city = cities.get(slots.get(REPLY_CITY) or "") or next(iter(cities.values()))
    locale = next((one for one in city.languages if one == slots.get(REPLY_LOCALE)), city.languages[0])
    return Context(city=city.slug, locale=locale, channel=SHELL, now=now)


def answer_of(outcome: Outcome) -> dict[str, JsonValue]:
    """Write an outcome: all five slots, then replies and effects in order."""
    slots: dict[str, JsonValue] = {
        SESSION: outcome.session.to_json(),
        SERVICE: outcome.service,
        ASKS_FOR: outcome.asks_for,
        REPLY_LOCALE: outcome.locale,
        REPLY_CITY: outcome.city,
    }
    return _answer(slots, outcome.replies, outcome.effects, outcome.situation)


def apology_of(reply: Reply, locale: Locale) -> dict[str, JsonValue]:
    """Write a reply that changes nothing that is remembered."""
    return _answer({REPLY_LOCALE: locale, REPLY_CITY: None}, (reply,), ())


def _answer(
    slots: Mapping[str, JsonValue],
    replies: tuple[Reply, ...],
    effects: tuple[Effect, ...],
    situation: Situation | None = None,
) -> dict[str, JsonValue]:
    said: list[JsonValue] = [{"custom": {"reply": reply.model_dump(mode="json")}} for reply in replies]
    done: list[JsonValue] = [{"custom": {"effect": effect.model_dump(mode="json")}} for effect in effects]
    if situation is not None:
        done.append({"custom": {"situation": situation.model_dump(mode="json")}})
    return {
        "events": [{"event": "slot", "timestamp": None, "name": name, "value": value} for name, value in slots.items()],
        "responses": [*said, *done],
    }
