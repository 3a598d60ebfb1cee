"""A question without a word of its matter is about the guide that was told last ("and what papers?", "who do I call?"),
or about those that were offered: then the choice stands with the part that is asked for.

The model weighs what a message is about without the situation, and finds something for any question. So whether
another matter is meant, its own words say; or that it is all but surely another one.
"""

from collections.abc import Collection
from dataclasses import replace

from actions.dialogue.ports import Claim
from actions.dialogue.reading import negation
from actions.dialogue.reading.aspects import asked_in
from actions.dialogue.reading.inquiry import GUIDE as PREFIX
from actions.dialogue.reading.inquiry import LIKELY, NEAR, UNSAID, Inquiry, Passage
from actions.dialogue.reading.polar import is_asked, is_polar
from actions.dialogue.reading.reading import SURE
from actions.dialogue.rules import fact, whom_to_call
from actions.dialogue.rules.rule import GUIDE, At, Ran
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import NEEDS_TOLD, Frame
from actions.dialogue.state.turn import NOT_UNDERSTOOD, Turn
from actions.phrases import phrases, plain
from desk.contract.commands import Command

ASKED: frozenset[Command] = frozenset(
    {"ask_fee", "ask_papers", "ask_duration", "ask_place", "ask_hours", "ask_phone", "ask_who", "ask_next"}
)
"""What may be asked about a guide."""
ASKS, OF_A_CLAUSE = 0.8, 0.7
"""So likely the situation hears such a question in the whole message; and so likely in a clause."""
WHERE: tuple[Command, ...] = ("ask_place", "ask_phone", "ask_hours", "ask_papers")
ALL_BUT_SURE = 0.9
"""So likely another matter is meant though no word of it is said."""
MAY_ASK = NOT_UNDERSTOOD | {"complain_about_bot", "deny", "correct"}
"""Intents of words that may say that something was not answered ("you never told me about the photo")."""
RECORD, CASE = "record", "case"
"""The kind of services that show one's own record; and the part of a guide that is a special case."""
BEGINS: tuple[Command, ...] = ("start",)
SOUNDS, HEARD = 0.8, 0.5
"""So sure of a service by its words, and so likely begun, it is wished, whatever aspect it names."""
NAMES_A_THING = frozenset({"bus_line", "stop", "plate", "utility_type", "reference", "topic"})
"""Entities of other matters: a question that names one is about that."""


async def another_case(at: At) -> Ran:
    """Of a service that was told of and not begun only another case is named ("and a foreigner?"): what it declares of
    that, else the fact of it that stands out; no guide of another matter.
    """
    newest = at.session.finished[-1] if at.session.finished and at.front is None else None
    if newest is None or not newest.shown.get(NEEDS_TOLD) or at.turn.kind != "text" or at.session.pending is not None:
        return None
    if not _goes_on(at.turn) or negation.heard(at.turn, at.offer).wanted:
        return None
    claim = await at.handlers.claim(at.turn, newest)
    told = None if claim is Claim.SURE else fact.of_a_case(at, newest.service)
    return told if told is not None or claim is Claim.NO else await at.hand(newest)


async def run(at: At) -> Ran:
    turn = at.turn
    shown = _told_last(at)
    if turn.kind != "text" or shown is None or at.session.pending is not None or _names_a_thing(turn):
        return None
    slugs = _slugs(shown)
    if whom_to_call.is_another(at):
        return None
    if (spoken_of := _spoken_of(at, shown)) is not None:
        return await at.but(spoken_of).hand(shown)
    of_an_aspect = _asks_for_an_aspect(at, slugs)
    asks = _asks(turn) or of_an_aspect or (whom_to_call.was_named(at) and _asks_on(turn))
    if turn.means("city") or not asks or _is_of_another(at, slugs) or fact.is_of_what_was_shown(at):
        return None
    matters = tuple((f"{PREFIX}{one}", 1.0 / len(slugs)) for one in slugs)
    inquiry = replace(turn.inquiry or Inquiry(1.0), matters=matters)
    inquiry = replace(inquiry, asks=max(inquiry.asks, 1.0 if _goes_on(turn) or of_an_aspect else 0.0))
    return await at.but(replace(turn, intent=shown.service, inquiry=inquiry)).hand(shown)


async def not_said(at: At) -> Outcome | None:
    """What the guide that was told last says of a part that is heard, else that it does not say what is asked; no text
    of it that is merely near. None where no guide was told.
    """
    shown = _told_last(at)
    slugs = [] if shown is None else _slugs(shown)
    if shown is None or len(slugs) != 1 or "guide" not in shown.shown:
        return None
    inquiry = Inquiry(1.0, ((f"{PREFIX}{slugs[0]}", 1.0),))
    return await at.but(replace(at.turn, intent=shown.service, inquiry=inquiry, parts=())).hand(shown)


def _spoken_of(at: At, shown: Frame) -> Turn | None:
    """The turn as a question of a special case of the guide that was told, where it wants a yes or a no of what a
    record is called by, and that case speaks of it ("may I pay into the housing fund with it?"): nothing is looked up.
    """
    turn, slug = at.turn, shown.shown.get("guide")
    declared = at.offer.declared.get(turn.intent)
    guide = at.offer.finder.guides.get(slug) if isinstance(slug, str) else None
    asks = turn.inquiry is not None and turn.inquiry.asks >= ASKS and is_polar(turn.text)
    if guide is None or declared is None or declared.kind != RECORD or not asks or turn.has(declared.entities):
        return None
    words = [one for one in map(plain, declared.called) if one in plain(turn.text)]
    texts = [plain(" ".join(case.said.model_dump(exclude_none=True).values())) for case in guide.cases]
    found = [number for number, text in enumerate(texts) if any(one in text for one in words)]
    if len(found) != 1:
        return None
    passage = Passage(str(slug), CASE, found[0], 1.0)
    inquiry = Inquiry(1.0, ((f"{PREFIX}{slug}", 1.0),), (), (), (), (passage,))
    return replace(turn, intent=shown.service, commands=(), inquiry=inquiry, parts=())


def _names_a_thing(turn: Turn) -> bool:
    """Whether it names what is another matter; a place that is asked about may sound like a stop ("in Haishu?")."""
    asks_where = turn.reading.of_model and turn.reading.probability(WHERE) >= SURE
    return turn.has(NAMES_A_THING - {"stop"} if asks_where else NAMES_A_THING)


def _told_last(at: At) -> Frame | None:
    """The guide that was told last, or the guides that were offered, where nothing is open."""
    newest = at.session.finished[-1] if at.session.finished and at.front is None else None
    of_guides = newest is not None and at.offer.declared[newest.service].kind == GUIDE
    return newest if newest is not None and of_guides and _slugs(newest) else None


def _slugs(shown: Frame) -> list[str]:
    """The guide that was told, or those that were offered to choose from."""
    told, offered = shown.shown.get("guide"), shown.shown.get("near")
    if isinstance(told, str):
        return [told]
    return [str(one) for one in offered] if isinstance(offered, list) else []


def _asks(turn: Turn) -> bool:
    """Whether the situation surely hears a question about it, in the whole message or in each of its clauses."""
    clauses = [turn.only(part) for part in turn.parts]
    least = ASKS if turn.understood else SURE  # where no service is heard there is nothing else that it could mean
    heard = _goes_on(turn) or _hears(turn, least) or any(_hears(one, OF_A_CLAUSE) for one in clauses)
    return heard or any(_names_nothing(one) for one in clauses)


def _asks_for_an_aspect(at: At, slugs: Collection[str]) -> bool:
    """Whether it asks for an aspect of it ("must I go myself?"), or says that this was not answered; and names no other
    guide that may be meant.
    """
    turn = at.turn
    if _names_another(at, turn, slugs, NEAR):
        return False
    wished = at.offer.is_wish(turn.intent) and turn.confidence >= SOUNDS and turn.reading.probability(BEGINS) >= HEARD
    if wished or not asked_in(turn.text):
        return False
    asks = turn.inquiry is not None and turn.inquiry.is_question
    return asks or is_asked(turn.text, turn.text) or turn.intent in MAY_ASK


def _asks_on(turn: Turn) -> bool:
    """Whether it asks something right after a telephone was named: that is about the matter for which it was asked."""
    return turn.inquiry is not None and turn.inquiry.is_question and _hears(turn, whom_to_call.HEARD)


def _goes_on(turn: Turn) -> bool:
    """Whether it only names another case of what was told ("and for rent?")."""
    return not turn.entities and phrases("what_about").whole(plain(turn.text))


def _hears(turn: Turn, least: float) -> bool:
    return turn.reading.of_model and turn.reading.probability(ASKED) >= least


def _names_nothing(clause: Turn) -> bool:
    """Whether a clause asks something, and names no matter ("the school wants it, can I have it today?")."""
    inquiry = clause.inquiry
    return inquiry is not None and inquiry.is_question and inquiry.probability(UNSAID) >= LIKELY


def _is_of_another(at: At, slugs: Collection[str]) -> bool:
    """Whether it, or what it asks in a clause, names another matter, or is all but surely about one."""
    wanted = negation.heard(at.turn, at.offer).wanted
    if at.turn.intent in wanted or (wanted and not whom_to_call.was_named(at)):
        return True  # who asks what to do after a telephone says "report", too
    clauses = [at.turn.only(part) for part in at.turn.parts]
    asked = clauses if any(map(_names_nothing, clauses)) else [at.turn]
    return any(_names_another(at, one, slugs) for one in asked) or _is_surely_another(at.turn, slugs)


def _names_another(at: At, turn: Turn, slugs: Collection[str], least: float = LIKELY) -> bool:
    matters = () if turn.inquiry is None else turn.inquiry.matters
    guides = [(name.removeprefix(PREFIX), likely) for name, likely in matters if name.startswith(PREFIX)]
    others = [name for name, likely in guides if name not in slugs and likely >= least]
    return any(at.offer.finder.names(turn.text, name) for name in others)


def _is_surely_another(turn: Turn, slugs: Collection[str]) -> bool:
    matters = () if turn.inquiry is None else turn.inquiry.matters
    own = {f"{PREFIX}{slug}" for slug in slugs}
    return any(likely >= ALL_BUT_SURE for name, likely in matters if name not in own)
