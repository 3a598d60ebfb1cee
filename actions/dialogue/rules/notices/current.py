"""What holds now: announcements in force answer a question of the day, before any guide or form.

Asked until when, what is in force says that alone; asked from when, all of it. Where none is in force that is said in a
line, with whom to call; then what is generally so, where a guide knows it and not an end was asked for. While it is
asked which notices are wished, such a question is answered, and the choice stays open.
"""

from dataclasses import replace

from actions.dialogue.answers import notices, wishes
from actions.dialogue.ports import Claim
from actions.dialogue.reading.finder import telephone_args
from actions.dialogue.reading.inquiry import LIKELY
from actions.dialogue.rules import knowing
from actions.dialogue.rules.knowing import SOUNDS
from actions.dialogue.rules.rule import GUIDE, At, Ran
from actions.dialogue.state.turn import NOT_UNDERSTOOD, Turn
from desk.city.current import Current
from desk.contract.messages import Button, Effect, Reply, ShowAnnouncements, Text
from values.lexicon import lexicon
from values.writing import plain

SURELY, NEAR, NEARLY = 0.75, 0.55, 0.4
"""So near to a sample a message is that question, in the middle of a form and else; less near it is where it is known
to ask, or not understood else."""
OTHERWISE = frozenset({"subscribe", "unsubscribe", "greet", "thanks", "goodbye", "delete_my_data", "change_city"})
"""Intents of messages that hold the same words and wish something of the account."""
NAMES = frozenset({"city", "date", "district", "place", "stop"})
_WORDS = lexicon(__file__)
_ENDS, _BEGINS = _WORDS.pattern("ends"), _WORDS.pattern("begins")
REPORT, WISHES = "report_problem", 0.9
"""The service that takes what is wrong, and how sure a wish for it must be to go on with it."""


async def run(at: At) -> Ran:
    turn = at.turn
    pending = at.session.pending
    chooses = pending is not None and pending.get("kind") == notices.KIND
    if turn.kind != "text" or (pending is not None and not chooses) or _is_for_the_account(turn, chooses=chooses):
        return None
    question = None if chooses and _chooses(at) else _asked(at)
    if question is None or (at.front is not None and await at.claim() is Claim.SURE):
        return None
    at = at.but(session=at.understood)
    district = notices.district_of(turn)
    topics = [topic for topic in question.topics if _in_force(at, topic, district)]
    if topics:
        asks = "end" if _asks_for_the_end(turn) else None
        shown: list[Effect] = [ShowAnnouncements(topic=topic, district=district, asks=asks) for topic in topics]
        outcome = at.answered()
        return replace(outcome, effects=(*outcome.effects, *shown))
    return await _nothing(at, question, district)


def _is_for_the_account(turn: Turn, *, chooses: bool) -> bool:
    """Whether it wishes something of the account; while notices are chosen, names of topics sound so by themselves."""
    return turn.intent in OTHERWISE and not (chooses and turn.confidence < notices.SURE_OF_NOTICES)


def _chooses(at: At) -> bool:
    """Whether a message names a topic and asks nothing."""
    asks = at.turn.inquiry is not None and at.turn.inquiry.is_question
    return bool(notices.topic_named(at.turn, at.offer)) and not (asks or _asks_for_the_end(at.turn))


def _asks_for_the_end(turn: Turn) -> bool:
    said = plain(turn.text)
    return _ENDS.search(said) is not None and _BEGINS.search(said) is None


def _asks_when(turn: Turn) -> bool:
    said = plain(turn.text)
    return _ENDS.search(said) is not None or _BEGINS.search(said) is not None


def _asked(at: At) -> Current | None:
    """The question of the day that a message is; with a topic by name, and when, it is one in any words.

    A topic that is named is meant, however near its words are to a question of another.
    """
    turn = at.turn
    question, likeness = at.offer.day.nearest(_without_names(turn))
    asks = turn.inquiry is not None and turn.inquiry.is_question
    least = NEARLY if asks or turn.intent in NOT_UNDERSTOOD | {"latest_announcements"} else NEAR
    is_near = likeness >= (SURELY if at.front is not None or _is_wished(at) else least)
    if not is_near and not _asks_when(turn):
        return None
    topics = wishes.named(turn, at.offer.topics).topics
    named = at.offer.day.of(topics[0]) if len(topics) == 1 else None
    if not is_near or named is None:
        return question if is_near else named
    return named if question is not None and topics[0] not in question.topics else question


def _is_wished(at: At) -> bool:
    """Whether its words surely wish a service that does or looks up what they say."""
    declared = at.offer.declared.get(at.turn.intent)
    named = declared is not None and declared.kind != GUIDE and at.turn.intent != REPORT
    return named and at.turn.confidence >= SOUNDS


def _without_names(turn: Turn) -> str:
    """The text without the names of places and days, which say where and when, not what."""
    spans = [(one.start, one.end) for one in turn.entities if one.entity in NAMES and None not in (one.start, one.end)]
    text = turn.text
    for start, end in sorted(spans, reverse=True):
        text = f"{text[:start]} {text[end:]}"
    return text


def _in_force(at: At, topic: str, district: str | None) -> bool:
    """Whether an announcement on a topic is in force in a district; without one, anywhere in the city."""
    here = (None, district) if district is not None else None
    return any(one.topic == topic and (here is None or one.district in here) for one in at.turn.context.notices)


async def _nothing(at: At, question: Current, district: str | None) -> Ran:
    """That nothing is in force, and whom to call; then the guide of the matter, or the wish to report it."""
    turn, offer = at.turn, at.offer
    topic = offer.topics[question.topics[0]].names.model_dump(exclude_none=True)
    where = notices.where(turn, district)
    telephone = offer.finder.directory.of(turn.city, question.line)
    said = Reply(key="now.none", args={**telephone_args(telephone), "topic": {"name": topic}, "where": where})
    inquiry = turn.inquiry
    if inquiry is not None and inquiry.likeliest_guide >= LIKELY and not _asks_for_the_end(turn):
        told = await knowing.told_by_a_guide(at, inquiry)
        if told is not None:
            return told.after((said,))
    asks = inquiry is not None and inquiry.is_question
    if turn.intent == REPORT and turn.confidence >= WISHES and not asks:
        return replace(at, said_first=(*at.said_first, said))
    subscribe = notices.payload("subscribe", question.topics[0], district)
    buttons = [Button(title=Text(key="button.subscribe"), payload=subscribe)]
    buttons += [Button(title=offer.title(REPORT), payload=f"/{REPORT}")] if offer.offers(turn.city, REPORT) else []
    return at.answered(said.model_copy(update={"buttons": buttons}))
