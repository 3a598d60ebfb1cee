"""Announcements in the dialogue: the latest, and who wants to hear of what. The desk keeps and says them.

Topics are chosen by name or by button, several at once; without one named, all of them stand on buttons.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import JsonValue

from actions.dialogue.answers import nearby, rhythm, wishes
from actions.dialogue.answers import replies as say
from actions.dialogue.answers.offer import Offer
from actions.dialogue.answers.wishes import Named
from actions.dialogue.state import stack
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Session
from actions.dialogue.state.turn import NOT_UNDERSTOOD, Turn
from desk.city.files import Names
from desk.contract.commands import Command
from desk.contract.messages import Button, Entity, Reply, ShowAnnouncements, Subscribe, Subscription, Text, Unsubscribe
from values.definition import Accepted

KIND = "topic"
"""Kind of the question which topic is meant; `intent` says what for, `district` where."""
NUMBER = "announcement"
"""What a button on one announcement names it by."""
ALL = "all"
EVERYTHING = "everything"
"""What a stop word says instead: also what nobody subscribed to, such as reminders. It is confirmed in any case."""
SURE_OF_NOTICES = 0.8
ANSWERING = frozenset({"inform", "choose", "air_quality"}) | NOT_UNDERSTOOD
"""Intents of a sentence that may be nothing but a topic."""


def latest_announcements(turn: Turn, session: Session, offer: Offer) -> Outcome:
    """What was published last: of a topic or a district, if one is named. The desk says it, before anything else."""
    meant = wishes.named(turn, offer.topics)
    topic, district = next(iter(meant.topics), None), next(iter(meant.districts), None)
    if topic is None and turn.first("topic") is not None and turn.kind == "text":
        reply = Reply(key="announcements.no_such_topic", args={"written": turn.first("topic") or ""})
        return stack.returned(
            session, turn, (reply.model_copy(update={"buttons": _buttons(offer, turn.intent)}),), offer
        )
    outcome = stack.returned(session, turn, (), offer)
    return replace(outcome, effects=(*outcome.effects, ShowAnnouncements(topic=topic, district=district)))


def subscribe(turn: Turn, session: Session, offer: Offer) -> Outcome:
    """Notices of topics are wished; without one, or where some are left out, which is asked."""
    meant = wishes.named(turn, offer.topics)
    if not meant.topics or meant.excepts or meant.declines or _only_asks(turn, "subscribe"):
        district = ",".join(meant.districts) or None
        return _which(
            turn,
            session,
            offer,
            Reply(key="announcements.subscribe_which"),
            [*_buttons(offer, "subscribe", district), nearby.button()],
            district,
        )
    has = {(one.topic, one.district) for one in turn.context.subscriptions}
    new = [one for one in meant.wishes if one not in has and (one[0], None) not in has]
    key = "announcements.subscribed" if new else "announcements.subscribed_already"
    reply = _told(turn, offer, meant, key)
    again = payload("unsubscribe", ",".join(meant.topics), ",".join(meant.districts) or None)
    stop = Button(title=Text(key="button.unsubscribe"), payload=again if meant.in_each else "/unsubscribe")
    digest = [rhythm.button()] if len(new) > 1 else []  # of several topics there may be much
    outcome = stack.returned(session, turn, (reply.model_copy(update={"buttons": [stop, *digest]}),), offer)
    return replace(outcome, effects=tuple(Subscribe(topic=topic, district=district) for topic, district in new))


def _told(turn: Turn, offer: Offer, meant: Named, key: str) -> Reply:
    """What was understood, exactly: topics and districts, or each topic with its own."""
    if meant.in_each:
        return Reply(key=key, args={"topic": _listed(offer, meant.topics), "where": _places(turn, meant.districts)})
    lines: list[JsonValue] = [
        {"key": "announcements.wish", "args": {"topic": _named(offer, topic), "where": where(turn, district)}}
        for topic, district in meant.wishes
    ]
    return Reply(key=f"{key}_each", args={"wishes": {"items": lines, "join": "and"}})


def _only_asks(turn: Turn, command: Command) -> bool:
    """Whether a message asks about notices, or is not sure to want them begun or ended: nothing is done on a guess."""
    if turn.kind != "text" or not turn.reading.of_model or turn.means(command):
        return False
    if turn.reading.first.command == command and turn.confidence >= SURE_OF_NOTICES:
        return False  # words and situation hear the same, and it is ended by a press
    asks = turn.inquiry is not None and turn.inquiry.is_question
    return asks or turn.confidence < SURE_OF_NOTICES


def unsubscribe(turn: Turn, session: Session, offer: Offer) -> Outcome:
    """Notices are wished no more: of some topics, of some districts, or of all."""
    if turn.kind == "payload" and turn.first("topic") == EVERYTHING:
        return _stopped(turn, session, offer)
    had, near = turn.context.subscriptions, bool(turn.context.places)
    if not (had or near):
        reply = Reply(key="announcements.subscribed_nothing", buttons=_buttons(offer, "subscribe"))
        return stack.returned(session, turn, (reply,), offer)
    everything = turn.kind == "payload" and turn.first("topic") == ALL
    meant = wishes.named(turn, offer.topics)
    if not everything and (meant.excepts or _only_asks(turn, "unsubscribe")):
        return _which(turn, session, offer, Reply(key="announcements.unsubscribe_which"), _had(turn, offer), None)
    named = bool(meant.topics or meant.districts)
    if everything or (not named and len(had) + near == 1):
        outcome = stack.returned(session, turn, (Reply(key="announcements.unsubscribed_all"),), offer)
        return replace(outcome, effects=(Unsubscribe(),))
    if not named:
        return _which(turn, session, offer, Reply(key="announcements.unsubscribe_which"), _had(turn, offer), None)
    reply, effects = _ended(turn, offer, meant)
    outcome = stack.returned(session, turn, (reply,), offer)
    return replace(outcome, effects=effects)


def _stopped(turn: Turn, session: Session, offer: Offer) -> Outcome:
    """Nothing more is sent unasked. Of what is open it is said that it is and how to end it; it is asked again."""
    said, front = Reply(key="announcements.stopped"), session.front
    if front is not None and front.question is not None:
        title = front.named or offer.title(front.service)
        said = Reply(key="announcements.stopped_open", args={"service": say.nested(title)})
    return replace(stack.returned(session, turn, (said,), offer), effects=(Unsubscribe(),))


def _ended(turn: Turn, offer: Offer, meant: Named) -> tuple[Reply, tuple[Unsubscribe, ...]]:
    """What ends of what is had: told exactly, or that nothing of it was had."""
    had = turn.context.subscriptions
    ends = [one for one in had if _is_meant(one, meant)]
    if not ends:
        there = "" if meant.topics else "_there"
        args = {"topic": _listed(offer, meant.topics)} if meant.topics else {"where": _places(turn, meant.districts)}
        return Reply(key=f"announcements.not_subscribed{there}", args=args, buttons=_had(turn, offer)), ()
    topics = tuple(dict.fromkeys(one.topic for one in ends))
    if not meant.districts:
        reply = Reply(key="announcements.unsubscribed", args={"topic": _listed(offer, topics)})
        return reply, tuple(Unsubscribe(topic=topic) for topic in topics)
    places = tuple(dict.fromkeys(one.district for one in ends if one.district))
    pairs = tuple((one.topic, one.district) for one in ends)
    reply = _told(turn, offer, Named(topics, places, pairs), "announcements.unsubscribed_there")
    return reply, tuple(Unsubscribe(topic=one.topic, district=one.district) for one in ends)


def _is_meant(one: Subscription, meant: Named) -> bool:
    if not meant.topics:
        return one.district in meant.districts
    if not meant.districts:
        return one.topic in meant.topics
    return (one.topic, one.district) in meant.wishes


MOVES = {"latest_announcements": latest_announcements, "subscribe": subscribe, "unsubscribe": unsubscribe}

ALL_BUTTON = Button(title=Text(key="button.unsubscribe_all"), payload=f'/unsubscribe{{"topic": "{ALL}"}}')


def settled(turn: Turn, session: Session, pending: Mapping[str, JsonValue], offer: Offer) -> Turn | Outcome | None:
    """The turn as an answer to the question which topic, if it is one; a question about notices is none.

    Districts alone are kept, and the topic is asked for again.
    """
    intent = str(pending.get("intent"))
    answers = turn.intent in ANSWERING or turn.intent == intent
    asks = turn.inquiry is not None and turn.inquiry.is_question
    wished = turn.intent == intent and turn.confidence >= SURE_OF_NOTICES  # politely: "may I have …?"
    if pending.get("kind") != KIND or turn.kind != "text" or not answers or (asks and not wished):
        return None
    meant = wishes.named(turn, offer.topics)
    topics = meant.topics if len(meant.topics) > 1 else (topic_named(turn, offer) or meant.topics)
    places = ",".join(meant.districts) or str(pending.get("district") or "")
    if not topics and meant.districts and not meant.excepts and intent == "subscribe":
        said = Reply(key="announcements.subscribe_which_there", args={"where": _places(turn, meant.districts)})
        return _which(replace(turn, intent=intent), session, offer, said, _buttons(offer, intent, places), places)
    if meant.excepts or not (len(topics) == 1 or meant.in_each) or not (topics or meant.districts):
        return None
    chosen = {"topic": ",".join(topics), "district": places}
    given = tuple(Entity(entity=name, value=value) for name, value in chosen.items() if value)
    return replace(turn, kind="payload", intent=intent, entities=given)


def topic_named(turn: Turn, offer: Offer) -> tuple[str, ...]:
    """The topic whose name a message is, and nothing else; empty: it is none."""
    reading = wishes.topic_choice(offer.topics).read(turn.text)
    return (reading.value,) if isinstance(reading, Accepted) else ()


def _which(
    turn: Turn, session: Session, offer: Offer, asked: Reply, buttons: list[Button], district: str | None
) -> Outcome:
    pending: dict[str, JsonValue] = {"kind": KIND, "intent": turn.intent, "district": district}
    said = asked.model_copy(update={"buttons": buttons})
    return stack.returned(replace(session, pending=pending), turn, (said,), offer)


def district_of(turn: Turn) -> str | None:
    """The district that a message names, the first of several."""
    return next(iter(wishes.named(turn, {}).districts), None)


def _listed(offer: Offer, topics: Sequence[str]) -> JsonValue:
    """An argument that names topics."""
    return _items([_named(offer, topic) for topic in topics])


def _places(turn: Turn, districts: Sequence[str]) -> JsonValue:
    """An argument that names districts, or the city."""
    return _items([where(turn, district) for district in districts or (None,)])


def _items(names: Sequence[JsonValue]) -> JsonValue:
    if len(names) == 1:
        return names[0]
    return {"items": [{"key": "card.value", "args": {"value": name}} for name in names], "join": "and"}


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


def payload_of(number: int) -> str:
    """The payload of a button on one announcement."""
    return f"/latest_announcements{json.dumps({NUMBER: str(number)})}"


def _buttons(offer: Offer, intent: str, district: str | None = None) -> list[Button]:
    return [
        Button(
            title=Text(key="card.value", args={"value": _named(offer, slug)}), payload=payload(intent, slug, district)
        )
        for slug in offer.topics
    ]


def _had(turn: Turn, offer: Offer) -> list[Button]:
    """What can be ended: topics, notices near places, all."""
    near = [nearby.end_button()] if turn.context.places else []
    return [*_of(turn.context.subscriptions, offer), *near, ALL_BUTTON]


def _of(subscriptions: tuple[Subscription, ...], offer: Offer) -> list[Button]:
    topics = dict.fromkeys(one.topic for one in subscriptions if one.topic in offer.topics)
    return [_button(offer, "unsubscribe", slug, None) for slug in topics]


def _button(offer: Offer, intent: str, topic: str, district: str | None) -> Button:
    title = Text(key="card.value", args={"value": _named(offer, topic)})
    return Button(title=title, payload=payload(intent, topic, district))
