"""Announcements in the dialogue: the latest, and who wants to hear of what. The desk keeps and says them.

Topics are chosen by name or by button; without one named, all of them stand on buttons.
"""

import json
from collections.abc import Mapping
from dataclasses import replace

from pydantic import JsonValue

from actions.dialogue.answers.offer import Offer
from actions.dialogue.state import stack
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Session
from actions.dialogue.state.turn import NOT_UNDERSTOOD, Turn
from actions.fields.choice import Choice
from actions.fields.reading import Option
from desk.city.files import Names
from desk.contract.commands import Command
from desk.contract.messages import Button, Entity, Reply, ShowAnnouncements, Subscribe, Subscription, Text, Unsubscribe
from values.definition import Accepted
from values.lexicon import lexicon

_DISTRICT_ENDS = lexicon(__file__).text("district_ends")

KIND = "topic"
"""Kind of the question which topic is meant; `intent` says what for, `district` where."""
ALL = "all"
SURE_OF_NOTICES = 0.8
ANSWERING = frozenset({"inform", "choose", "air_quality"}) | NOT_UNDERSTOOD
"""Intents of a sentence that may be nothing but a topic."""


def latest_announcements(turn: Turn, session: Session, offer: Offer) -> Outcome:
    """What was published last: of a topic or a district, if one is named. The desk says it, before anything else."""
    topic, district = _topic(turn, offer), district_of(turn)
    if topic is None and turn.first("topic") is not None and turn.kind == "text":
        reply = Reply(key="announcements.no_such_topic", args={"written": turn.first("topic") or ""})
        return stack.returned(
            session, turn, (reply.model_copy(update={"buttons": _buttons(offer, turn.intent)}),), offer
        )
    outcome = stack.returned(session, turn, (), offer)
    return replace(outcome, effects=(*outcome.effects, ShowAnnouncements(topic=topic, district=district)))


def subscribe(turn: Turn, session: Session, offer: Offer) -> Outcome:
    """Notices of a topic are wished; without one, which is asked."""
    topic, district = _topic(turn, offer), district_of(turn)
    if topic is None or _only_asks(turn, "subscribe"):
        return _which(
            turn, session, offer, "announcements.subscribe_which", _buttons(offer, "subscribe", district), district
        )
    about = {"topic": _named(offer, topic), "where": where(turn, district)}
    known = any(one.topic == topic and one.district in (None, district) for one in turn.context.subscriptions)
    stop = Button(title=Text(key="button.unsubscribe"), payload=payload("unsubscribe", topic, district))
    key = "announcements.subscribed_already" if known else "announcements.subscribed"
    outcome = stack.returned(session, turn, (Reply(key=key, args=about, buttons=[stop]),), offer)
    return outcome if known else replace(outcome, effects=(Subscribe(topic=topic, district=district),))


def _only_asks(turn: Turn, command: Command) -> bool:
    """Whether a message asks about notices, or is not sure to want them begun or ended: nothing is done on a guess."""
    if turn.kind != "text" or not turn.reading.of_model or turn.means(command):
        return False
    if turn.reading.first.command == command and turn.confidence >= SURE_OF_NOTICES:
        return False  # words and situation hear the same, and it is ended by a press
    asks = turn.inquiry is not None and turn.inquiry.is_question
    return asks or turn.confidence < SURE_OF_NOTICES


def unsubscribe(turn: Turn, session: Session, offer: Offer) -> Outcome:
    """Notices are wished no more: of one topic, or of all."""
    if not turn.context.subscriptions:
        reply = Reply(key="announcements.subscribed_nothing", buttons=_buttons(offer, "subscribe"))
        return stack.returned(session, turn, (reply,), offer)
    everything = turn.kind == "payload" and turn.first("topic") == ALL
    topic, district = _topic(turn, offer), district_of(turn)
    if not everything and _only_asks(turn, "unsubscribe"):
        buttons = [*_of(turn.context.subscriptions, offer), ALL_BUTTON]
        return _which(turn, session, offer, "announcements.unsubscribe_which", buttons, None)
    if everything or (topic is None and len(turn.context.subscriptions) == 1):
        outcome = stack.returned(session, turn, (Reply(key="announcements.unsubscribed_all"),), offer)
        return replace(outcome, effects=(Unsubscribe(),))
    if topic is None:
        buttons = [*_of(turn.context.subscriptions, offer), ALL_BUTTON]
        return _which(turn, session, offer, "announcements.unsubscribe_which", buttons, None)
    if not any(one.topic == topic for one in turn.context.subscriptions):
        args = {"topic": _named(offer, topic)}
        reply = Reply(
            key="announcements.not_subscribed", args=args, buttons=[*_of(turn.context.subscriptions, offer), ALL_BUTTON]
        )
        return stack.returned(session, turn, (reply,), offer)
    reply = Reply(key="announcements.unsubscribed", args={"topic": _named(offer, topic)})
    outcome = stack.returned(session, turn, (reply,), offer)
    return replace(outcome, effects=(Unsubscribe(topic=topic, district=district),))


MOVES = {"latest_announcements": latest_announcements, "subscribe": subscribe, "unsubscribe": unsubscribe}

ALL_BUTTON = Button(title=Text(key="button.unsubscribe_all"), payload=f'/unsubscribe{{"topic": "{ALL}"}}')


def settled(turn: Turn, pending: Mapping[str, JsonValue], offer: Offer) -> Turn | None:
    """The turn as an answer to the question which topic, if it is one."""
    answers = turn.intent in ANSWERING or turn.intent == pending.get("intent")
    if pending.get("kind") != KIND or turn.kind != "text" or not answers:
        return None
    reading = _choice(offer).read(turn.text)
    named = turn.first("topic")
    if not isinstance(reading, Accepted) and named is not None:
        reading = _choice(offer).read(named)
    if not isinstance(reading, Accepted):
        return None
    found = tuple(one for one in turn.entities if one.entity == "district")
    chosen = {"topic": reading.value, **({"district": str(pending["district"])} if pending.get("district") else {})}
    given = tuple(Entity(entity=name, value=value) for name, value in chosen.items())
    return replace(turn, kind="payload", intent=str(pending["intent"]), entities=(*found, *given))


def _which(
    turn: Turn, session: Session, offer: Offer, key: str, buttons: list[Button], district: str | None
) -> Outcome:
    pending: dict[str, JsonValue] = {"kind": KIND, "intent": turn.intent, "district": district}
    return stack.returned(replace(session, pending=pending), turn, (Reply(key=key, buttons=buttons),), offer)


def _topic(turn: Turn, offer: Offer) -> str | None:
    """The topic that is named: in a button by its slug, else in words."""
    return _meant(turn, "topic", _choice(offer))


def district_of(turn: Turn) -> str | None:
    """The district that a message names."""
    options = [Option(one.slug, one.names, (one.names.zh_Hans.rstrip(_DISTRICT_ENDS),)) for one in turn.city.districts]
    return _meant(turn, "district", Choice(options))


def _meant(turn: Turn, entity: str, choice: Choice) -> str | None:
    found = choice.find(turn.text)[:1] if turn.kind == "text" else []
    for value in (*turn.values(entity), *found):
        reading = choice.read(value)
        if isinstance(reading, Accepted):
            return reading.value
    return None


def _choice(offer: Offer) -> Choice:
    return Choice([Option(one.slug, one.names, tuple(one.also)) for one in offer.topics.values()])


def _named(offer: Offer, topic: str) -> JsonValue:
    names: Names = offer.topics[topic].names
    return {"name": names.model_dump(exclude_none=True)}


def where(turn: Turn, district: str | None) -> JsonValue:
    """An argument that names a district, or the city."""
    names = next((one.names for one in turn.city.districts if one.slug == district), turn.city.names)
    return {"name": names.model_dump(exclude_none=True)}


def payload(intent: str, topic: str | None, district: str | None = None) -> str:
    """The payload of a button on notices of a topic."""
    values = {name: value for name, value in (("topic", topic), ("district", district)) if value is not None}
    return f"/{intent}{json.dumps(values)}" if values else f"/{intent}"


def _buttons(offer: Offer, intent: str, district: str | None = None) -> list[Button]:
    return [
        Button(
            title=Text(key="card.value", args={"value": _named(offer, slug)}), payload=payload(intent, slug, district)
        )
        for slug in offer.topics
    ]


def _of(subscriptions: tuple[Subscription, ...], offer: Offer) -> list[Button]:
    topics = dict.fromkeys(one.topic for one in subscriptions if one.topic in offer.topics)
    return [_button(offer, "unsubscribe", slug, None) for slug in topics]


def _button(offer: Offer, intent: str, topic: str, district: str | None) -> Button:
    title = Text(key="card.value", args={"value": _named(offer, topic)})
    return Button(title=title, payload=payload(intent, topic, district))
