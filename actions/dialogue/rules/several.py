"""Several things in one message: each is heard, keeps its values, and is named; nothing is dropped in silence.

A part counts where it surely means something alone: a wish for a service, the value that is asked for, a question on
what is talked about, the end of it. Look-ups that need nothing more are answered at once; what asks for more is done
one after the other, and what waits is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from actions.dialogue.answers import office_hours
from actions.dialogue.answers import replies as say
from actions.dialogue.answers.global_commands import MOVES
from actions.dialogue.answers.loops import WITH_NOTICE
from actions.dialogue.ports import Claim, Told
from actions.dialogue.reading import arbiter, negation, remainder
from actions.dialogue.reading.declining import is_no_end
from actions.dialogue.reading.inquiry import LIKELY
from actions.dialogue.reading.intents import ANSWERS, CITY_SERVICES
from actions.dialogue.reading.misheard import heard_again
from actions.dialogue.reading.polar import is_asked
from actions.dialogue.reading.reading import ASKS
from actions.dialogue.rules import fact, knowing, question, wish
from actions.dialogue.rules.notices import current
from actions.dialogue.rules.questions import asked_beside
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.state import stack
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Frame
from actions.dialogue.state.turn import NOT_UNDERSTOOD, Part, Turn
from actions.fields.sounding import misspelt
from actions.forms.given import NAME
from actions.forms.replies import SKIP
from actions.phrases import phrases, plain
from actions.schema import BillService
from actions.schema.field import FormService
from desk.city.files import Agency
from desk.contract.commands import Command
from desk.contract.messages import Effect, Reply, Text
from values.place_told import told as place_in
from values.writing import plain as spelled

SURE = 0.85
"""So likely a part is a wish by itself: of 2,500 of our own lines with one wish four are taken for two."""
LIKELY_ONE = 0.6
"""And so likely one of several, where the whole surely wishes the same."""
NAMED_AND_BEGUN = 0.4
"""And so likely where it names what the service is about, and the situation surely hears something begun."""
HINTED = 0.03
"""So likely the whole message must find what one of its parts wishes."""
BEGINS: tuple[Command, ...] = ("start",)
MANY, ALL_BUT_SURE, SURELY_BEGINS = 3, 0.95, 0.9
"""Of so many wishes one counts without a hint of the whole that is so sure by its words, and so likely begins."""
HINTED_IN_A_QUESTION = 0.2
PAIR = 2
"""And so likely where the whole asks something: who tells a story first does not order what it sounds like. Of a pair
of wishes, that is; of more each has the less of the whole."""
CANCELS = "cancel"
ENDS = frozenset({CANCELS, "deny"})
GIVES: tuple[Command, ...] = ("provide",)
WHEN_IT_IS = ("date", "time")
"""A day or an hour is given, though it is asked whether that is free."""
YES = "affirm"
COURTESIES = frozenset({"thanks", "goodbye", "greet", YES})
COURTEOUS: tuple[Command, ...] = ("thanks", "goodbye", "greet")
"""Intents and commands of what is said beside a yes and says no more."""
DOUBTS_IN_WORDS, IN_WORDS = frozenset({"deny", "correct", "cancel", "change_appointment", "go_back"}), 0.4
"""Intents of words beside a yes that make it none, and so sure of one."""
CONFIRMS: tuple[Command, ...] = ("confirm",)
GIVEN = 0.9
"""So likely a part is what is asked for though no value was found in it: the place of a report is any words."""
PLACE, LIKELY_GIVEN = "place", 0.5
ANY_WORDS = frozenset({"place", "person_name", "description"})
"""What is asked for and may be any words; of any other its own form, or a list, bears out that a part gives it."""
BRIEF = 12
"""The end of something is said in so many characters; with more it says what is ended, and that is another rule's."""

A_QUESTION = 4
"""A question of fewer characters belongs to what stands before it ("next bus", then "minutes?", three in Chinese)."""

MAY_ASK = 0.3
"""So likely a part, or the whole, must ask something, it may ask what holds now: bills are named in the same words."""
WHEN_AND_WHAT = ("topic", "date", "time", "district", "utility_type")
"""What a question of the day names."""
REPORT = "report_problem"
SUBSCRIBES, TOPICS = "subscribe", ("topic",)
"""Notices are begun at once where their topic is named."""

type What = Literal["wish", "answer", "question", "inquiry", "notices", "now", "end"]
_PAIRS: tuple[frozenset[What], ...] = (frozenset({"answer", "question"}), frozenset({"question", "end"}))
"""A question about what is open, beside its answer or its end."""


@dataclass(frozen=True, slots=True)
class _Item:
    """What a part means. `told`: what a wish is about, where several of its service may be wanted at once."""

    what: What
    turn: Turn
    told: Told | None = None
    number: int = 0  # of several of one service, from 0


async def run(at: At) -> Ran:
    if at.turn.kind != "text" or at.session.pending is not None:
        return None
    proposed = _each_once(_proposed(at))
    return await _done(at, proposed) if len(proposed) > 1 else await _of_parts(at)


async def _of_parts(at: At) -> Ran:
    whole = at.turn.inquiry
    if len(at.turn.parts) < 2 or (whole is not None and knowing.puts_right(at, whole)):
        return None
    items, each = list[_Item](), await _heard(at)
    if _is_courteous_yes(at, each):
        return await _done(at, [item for item in each if item is not None][:1])
    for part, item in zip(at.turn.parts, each, strict=True):
        if item is not None:
            items.append(item)
        elif items and _is_of(at, items[-1], part):
            items[-1] = _with_part(at.turn, items[-1], part)
    surer = _surer_values(at, items)
    if [item.what for item in surer] == ["answer"] and len(items) > 1:
        return await _done(at, surer)
    apart = await _told_apart(at, _as_corrected(at.turn, surer))
    meant_so = _without_stories(at, apart)
    items = _each_once(meant_so)
    if len(meant_so) < len(apart) and [item.what for item in items] == ["wish"] and at.front is None:
        [wish_of_all] = items
        meant = wish_of_all.turn
        return at.but(replace(at.turn, intent=meant.intent, confidence=meant.confidence, parts=()))
    wishes = [item for item in items if item.what in ("wish", "inquiry", "notices", "now")]
    if at.front is None and (_is_of_one_guide(wishes) or not _is_of_these(at.turn, wishes)):
        return None
    what = {item.what for item in items}
    if len(items) < 2 or not (wishes or any(pair <= what for pair in _PAIRS)):
        return None
    return await _done(at, items)


def _without_stories(at: At, items: Sequence[_Item]) -> Sequence[_Item]:
    """The items without a report that tells of nothing that one reports, beside a wish for another service: that clause
    only says why ("my throat hurts; can I see a doctor", "we stand at the gate; is there a bus").

    Where the whole likely reports, what is wrong may be told in words that nobody knows.
    """
    if at.turn.intent == REPORT and at.turn.confidence >= LIKELY_ONE:
        return items
    tells = [not (_reports(item) and (item.told is None or item.told.sort is None)) for item in items]
    wished = any(item.what == "wish" and not _reports(item) for item in items)
    return [item for item, told in zip(items, tells, strict=True) if told] if wished else items


def _reports(item: _Item) -> bool:
    return item.what == "wish" and item.turn.intent == REPORT


def _proposed(at: At) -> list[_Item]:
    """What a larger model takes for several wishes, or for a wish and a question about what is in front."""
    alone = [(one, replace(at.turn, proposed=(one,))) for one in at.turn.proposed]
    wishes = [_Item("wish", replace(turn, intent=one.service)) for one, turn in alone if one.service is not None]
    asked = [_Item("question", turn) for one, turn in alone if one.command in ASKS and at.front is not None]
    return [*asked, *wishes] if wishes else []


async def _heard(at: At) -> list[_Item | None]:
    """What each part means; beside the end of what is open also another wish, as if nothing had been open."""
    parts = [at.turn.only(part) for part in at.turn.parts]
    items = [await _item(at, part) for part in parts]
    if not any(item is not None and _is_over(item) for item in items):
        return items
    return [item or await _wished_apart(at, part) for part, item in zip(parts, items, strict=True)]


async def _wished_apart(at: At, turn: Turn) -> _Item | None:
    """The wish of a part, where what is open is over; that is not begun anew by its name, and what waits goes on."""
    front = at.front
    if front is None or len(at.session.open) > 1 or turn.intent == front.service or turn.means(*remainder.ENDS):
        return None
    item = await _item(at.but(session=replace(at.session, open=())), turn)
    return item if item is not None and item.what == "wish" else None


def _is_over(item: _Item) -> bool:
    """Whether what was open has surely ended: a no may only refuse what was said before it."""
    return item.what == "end" and item.turn.intent == CANCELS and not item.turn.means("change", "refuse", "skip")


async def _item(at: At, turn: Turn) -> _Item | None:
    front = at.front
    if front is not None and _ends(at, turn, front):
        return _Item("end", turn) if _may_end(front) else None
    if _confirms(at, turn) or await _answers(at, turn) or _tells_where(at, turn) or _gives_more(at, turn):
        return _Item("answer", turn)
    if front is not None and turn.means(*ASKS) and len(turn.text.strip()) >= A_QUESTION:
        return _Item("question", turn)
    if _inquires(at, turn):
        return _Item("inquiry", turn)
    if await _is_of_the_day(at, turn):
        return _Item("now", turn)
    if turn.intent == SUBSCRIBES and turn.confidence >= SURE and turn.has(TOPICS):
        return _Item("notices", turn)
    own = front is not None and turn.intent == front.service
    if turn.intent not in at.offer.declared or own or not _is_wished(at, turn):
        return None
    if front is not None and turn.reading.of_model and not turn.means("start"):
        return None  # in the middle of something its words alone say little ("opposite the bus stop")
    named = turn.has(at.offer.declared[turn.intent].entities) or _is_agreed(turn)
    in_the_whole = _is_of_many(at.turn, turn) or _is_in_the_whole(at.turn, turn.intent, named=named)
    if front is None and (not in_the_whole or _rather_asks(turn)):
        return None
    return None if turn.intent in negation.heard(at.turn, at.offer).refused else _Item("wish", turn)


def _is_wished(at: At, turn: Turn) -> bool:
    """Whether a part surely wishes a service by itself; less surely where it names its own matter (a place) and the
    whole message surely wishes that: of several problems one may be told in words that nobody knows.
    """
    named = turn.has(at.offer.declared[turn.intent].entities)
    one_of_several = named and at.turn.intent == turn.intent and at.turn.confidence >= SURE
    begins = named and turn.reading.of_model and turn.reading.probability(BEGINS) >= SURE
    if begins and turn.confidence >= NAMED_AND_BEGUN:
        return True
    return turn.confidence >= (LIKELY_ONE if one_of_several else SURE)


def _ends(at: At, turn: Turn, front: Frame) -> bool:
    """Whether a part ends what is open, and no more; one that names it may be longer, one that asks is none."""
    ends = {CANCELS} if may_skip(front) or names_a_person(at) else ENDS
    surely = turn.intent in ends and turn.confidence >= SURE and not is_no_end(turn)
    surely = surely and not is_asked(turn.text, at.turn.text)
    return surely and (len(turn.text.strip()) <= BRIEF or negation.names_only(turn, front.service, at.offer))


def names_a_person(at: At) -> bool:
    """Whether somebody's name is given where the form is about persons: a no beside it puts something right."""
    declared = None if at.front is None else at.offer.declared.get(at.front.service)
    return isinstance(declared, FormService) and NAME in declared.entities and at.turn.has((NAME,))


def may_skip(front: Frame) -> bool:
    """Whether what is asked may be left out: a bare no refuses that, and ends nothing."""
    asked = front.question
    return asked is not None and any(one.payload == SKIP.payload for one in asked.reply.buttons)


def _is_of_one_guide(wishes: Sequence[_Item]) -> bool:
    """Whether all that is asked is about one guide: that answers all of it at once."""
    asked = [item.turn.inquiry for item in wishes if item.what == "inquiry"]
    guides = {one.matters[0][0] for one in asked if one is not None and one.is_of_a_guide}
    return len(wishes) == len(asked) > 1 == len(guides)


def _as_corrected(whole: Turn, items: Sequence[_Item]) -> Sequence[_Item]:
    """Answers that stand side by side as one; of two with a no between them the second ("the first, no, the third")."""
    kept = list[_Item]()
    for item in items:
        before = [one.what for one in kept[-2:]]
        if item.what == "answer" and before == ["answer", "end"]:
            kept = kept[:-2]
        elif item.what == "answer" and before[-1:] == ["answer"]:
            last = kept.pop()
            said = _from_to(whole, last.turn.text, item.turn.text)
            item = replace(
                last, turn=replace(last.turn, text=said, entities=(*last.turn.entities, *item.turn.entities))
            )
        kept.append(item)
    return kept


def _from_to(whole: Turn, first: str, last: str) -> str:
    """The piece of a message from one of its parts to another."""
    begin = whole.text.index(first)
    return whole.text[begin : whole.text.index(last, begin) + len(last)]


def _is_of(at: At, item: _Item, part: Part) -> bool:
    """Whether a part only gives what the wish before it is about ("a speeding ticket, plate …")."""
    if item.what == "wish" and _names_an_option(at, item.turn.intent, part.text):
        return True
    named = {one.entity for one in part.entities}
    only_gives = part.intent in ANSWERS and part.confidence >= SURE
    return (
        item.what == "wish" and bool(named) and only_gives and named <= {*at.offer.declared[item.turn.intent].entities}
    )


def _names_an_option(at: At, service: str, text: str) -> bool:
    """Whether a part names an option of a service that is divided, with a character written by its sound."""
    declared = at.offer.declared[service]
    if not isinstance(declared, BillService) or declared.divided is None:
        return False
    options = declared.field(declared.divided.field).options
    names = [spelled(name) for one in options for name in one.names.model_dump(exclude_none=True).values()]
    return any(misspelt(spelled(text), name) for name in names)


def _with_part(whole: Turn, item: _Item, part: Part) -> _Item:
    said = _from_to(whole, item.turn.text, part.text)
    return replace(item, turn=replace(item.turn, text=said, entities=(*item.turn.entities, *part.entities)))


def _is_of_these(turn: Turn, wishes: Sequence[_Item]) -> bool:
    """Whether the whole message means one of the things that its parts wish or ask."""
    whole = turn.inquiry
    asked = whole is not None and whole.is_question and any(item.what == "inquiry" for item in wishes)
    wished = {item.turn.intent for item in wishes}
    return asked or turn.intent in wished or _likeliest_begun(turn) in wished


def _likeliest_begun(turn: Turn) -> str | None:
    """What a message likeliest wishes that is sure of none, since it wishes several, and surely begins something."""
    begins = turn.reading.of_model and turn.reading.probability(BEGINS) >= SURELY_BEGINS
    return turn.ranking[0].name if turn.intent in NOT_UNDERSTOOD and begins and turn.ranking else None


async def _is_of_the_day(at: At, turn: Turn) -> bool:
    """Whether a part asks what holds now ("is the water off tomorrow?"), and wishes nothing by itself."""
    asking = _asking_with_the_whole(at.turn, turn)
    asks = asking.inquiry is not None and asking.inquiry.asks >= MAY_ASK
    if not asks or not turn.has(WHEN_AND_WHAT) or turn.means("subscribe"):
        return False
    return isinstance(await current.run(at.but(asking)), Outcome)


def _asking_with_the_whole(whole: Turn, part: Turn) -> Turn:
    """A part of a message that asks, as asking as that ("a hole in the road; also will they cut the water")."""
    if whole.inquiry is None or part.inquiry is None:
        return part
    return replace(part, inquiry=replace(part.inquiry, asks=max(part.inquiry.asks, whole.inquiry.asks)))


def _inquires(at: At, turn: Turn) -> bool:
    """Whether a part asks; in a first message only what a guide or a fact surely tells: the rest the whole says."""
    inquiry = turn.inquiry
    asks = inquiry is not None and inquiry.is_question
    if at.front is not None:
        return (asks or (_asked_in_a_form(at) and is_asked(turn.text, at.turn.text))) and not turn.means(*ASKS)
    if inquiry is None or not asks:
        return False
    if fact.is_surely_asked(at.but(turn)):
        return True
    return inquiry.likeliest_guide >= SURE and _is_asked_in_the_whole(at.turn, inquiry.matters[0][0])


def _asked_in_a_form(at: At) -> bool:
    """Whether what is asked for has a form of its own: where any words are, a clause that asks may tell of it."""
    question = None if at.front is None else at.front.question
    return question is not None and question.asks_for is not None and question.asks_for not in ANY_WORDS


def _rather_asks(turn: Turn) -> bool:
    """Whether a part asks something of what is hardly the service's own that it sounds like ("can I take it out?")."""
    inquiry = turn.inquiry
    return inquiry is not None and inquiry.is_question and inquiry.is_of_a_guide and inquiry.likeliest_guide >= LIKELY


def _is_asked_in_the_whole(turn: Turn, guide: str) -> bool:
    """Whether the whole message may be about a guide: "without an invoice" is about what stands before it."""
    return turn.inquiry is None or turn.inquiry.probability(guide) >= HINTED


def _is_in_the_whole(turn: Turn, intent: str, *, named: bool) -> bool:
    """Whether the whole message hints at the wish, too: "seven months pregnant, …" alone sounds like a doctor's.

    A part that names what its service is about (a stop, a plate) tells no story.
    """
    likely = {one.name: one.confidence for one in turn.ranking}
    asks = turn.inquiry is not None and turn.inquiry.is_question
    if asks and not named:
        return likely.get(intent, 0.0) >= HINTED_IN_A_QUESTION * PAIR / max(PAIR, len(_surely_wished(turn)))
    return intent == turn.intent or likely.get(intent, 0.0) >= (HINTED / 3 if named else HINTED)


def _is_agreed(part: Turn) -> bool:
    """Whether words, situation and matter of a part all surely say its service: a story agrees on none."""
    begins = part.reading.of_model and part.reading.probability(BEGINS) >= SURELY_BEGINS
    return begins and part.inquiry is not None and part.inquiry.probability(part.intent) >= SURELY_BEGINS


def _is_of_many(whole: Turn, part: Turn) -> bool:
    """Whether a part surely begins something, as two others do: each has the less of the whole."""
    begins = part.reading.of_model and part.reading.probability(BEGINS) >= SURELY_BEGINS
    return len(_surely_wished(whole)) >= MANY and begins and part.confidence >= ALL_BUT_SURE


def _surely_wished(whole: Turn) -> set[str]:
    """The services that parts of a message surely wish: of the whole each has its share."""
    return {one.intent for one in whole.parts if one.intent in CITY_SERVICES and one.confidence >= SURE}


def _may_end(front: Frame) -> bool:
    """Whether the form in front may simply be dropped: where a yes is awaited, a no is its answer."""
    return front.question is not None and front.question.asks_for is not None


def _confirms(at: At, part: Turn) -> bool:
    """Whether a part is the plain yes to what is summed up, and nothing in the whole message is a doubt of it."""
    question = None if at.front is None else at.front.question
    if question is None or question.confirms is None or part.intent != YES or part.confidence < SURE:
        return False
    heard = part.reading.of_model and part.reading.probability(CONFIRMS) >= arbiter.PLAIN
    doubts = arbiter.DOUBTS - ASKS if _asks_beside(at, part) else arbiter.DOUBTS
    return heard and at.turn.reading.probability(doubts) < arbiter.DOUBT


def _asks_beside(at: At, part: Turn) -> bool:
    """Whether what is said beside a yes asks something, and neither changes nor doubts it ("yes, book it; may I pay at
    the counter?"): that is answered.
    """
    others = [at.turn.only(one) for one in at.turn.parts if one.text != part.text]
    asks = any(one.means(*ASKS) or is_asked(one.text, at.turn.text) for one in others)
    heard = any(one.reading.probability(arbiter.DOUBTS - ASKS) >= arbiter.DOUBT for one in others)
    doubts = heard or any(map(_doubts_in_words, others))
    return asks and not doubts and not phrases("reservation").within(plain(at.turn.text))


def _is_courteous_yes(at: At, items: Sequence[_Item | None]) -> bool:
    """Whether one clause plainly confirms what is summed up, and the others are thanks, a farewell or another yes."""
    told = [item for item in items if item is not None]
    if not told or any(item.what != "answer" or not _confirms(at, item.turn) for item in told):
        return False
    others = [at.turn.only(part) for part, item in zip(at.turn.parts, items, strict=True) if item is None]
    doubts = any(map(_doubts_in_words, others)) or phrases("reservation").within(plain(at.turn.text))
    courteous = (one.intent in COURTESIES and one.confidence >= LIKELY_ONE for one in others)
    return not doubts and all(polite or one.means(*COURTEOUS) for polite, one in zip(courteous, others, strict=True))


def _doubts_in_words(clause: Turn) -> bool:
    """Whether words deny, undo or change something, whatever the situation hears beside a yes."""
    return clause.intent in DOUBTS_IN_WORDS and clause.confidence >= IN_WORDS


async def _answers(at: At, turn: Turn) -> bool:
    """Whether a part is the value that is asked for, and what is asked for has a form of its own; or another value of
    the form, where the whole surely gives something ("on Thursday, would half past nine do?").
    """
    asked = None if at.front is None or at.front.question is None else at.front.question.asks_for
    if asked is None or await at.handlers.claim(turn, at.front) is not Claim.SURE:
        return False
    told = asked not in ANY_WORDS and turn.intent in ANSWERS and turn.confidence >= SURE
    beside = bool(turn.entities) and at.turn.means("provide") and not (turn.means(*ASKS) or _inquires(at, turn))
    return told or beside or turn.has((asked,)) or (turn.reading.of_model and turn.reading.probability(GIVES) >= GIVEN)


def _tells_where(at: At, turn: Turn) -> bool:
    """Whether a part tells more of the place that is asked for, where the whole likely gives something."""
    asked = None if at.front is None or at.front.question is None else at.front.question.asks_for
    if asked != PLACE or not at.turn.reading.of_model or at.turn.reading.probability(GIVES) < LIKELY_GIVEN:
        return False
    return place_in(turn.text, turn.values(PLACE), asked=True) is not None


def _gives_more(at: At, turn: Turn) -> bool:
    """Whether a part gives a day or an hour that the form in front may take, also as a question ("nine, ok?")."""
    declared = None if at.front is None else at.offer.declared.get(at.front.service)
    if declared is None or not {*WHEN_IT_IS} <= {*declared.entities} or not turn.has(WHEN_IT_IS):
        return False
    return turn.intent in ANSWERS and turn.confidence >= LIKELY_ONE


def _surer_values(at: At, items: Sequence[_Item]) -> Sequence[_Item]:
    """The items without a value of which a clause says something else ("ten, then; nine is too early"), where another
    clause surely gives one of its kind.
    """
    asked = None if at.front is None or at.front.question is None else at.front.question.asks_for
    values = [item for item in items if item.what == "answer" and asked in WHEN_IT_IS and item.turn.has((str(asked),))]
    sure = [item for item in values if item.turn.intent in ANSWERS and item.turn.confidence >= SURE]
    return items if len(sure) != 1 else [item for item in items if item is sure[0] or item not in values]


async def _told_apart(at: At, items: Sequence[_Item]) -> Sequence[_Item]:
    """The items, with several wishes of one service numbered where each surely tells of another thing.

    One of another kind at no place of its own, behind a mere mark, tells more of the same ("the cover is loose, it
    clatters all night"): it is one thing.
    """
    numbered = list[_Item]()
    for item in items:
        told = await at.handlers.told(item.turn, item.turn.intent) if item.what == "wish" else None
        others = [one.told for one in numbered if one.told is not None and one.turn.intent == item.turn.intent]
        apart = told is not None and bool(others) and all(told.is_apart(one) for one in others)
        if apart and told is not None and told.place is None:
            apart = _is_added(at.turn, numbered[-1].turn, item.turn)
        numbered.append(replace(item, told=told, number=len(others) if apart else 0))
    return numbered


def _is_added(whole: Turn, before: Turn, part: Turn) -> bool:
    """Whether a word stands before a part, or in it, by which it is added to the one before."""
    end, begin = whole.text.find(before.text) + len(before.text), whole.text.find(part.text)
    joined = any(char.isalnum() for char in whole.text[end:begin])
    said = plain(part.text)
    return joined or phrases("beside_it").within(said) or phrases("one_more_report").within(said)


def _each_once(items: Sequence[_Item]) -> list[_Item]:
    """One wish of each service, with its values; what was open ends before all else, but after a question about it."""
    seen, kept = set[str](), list[_Item]()
    for item in items:
        name = (
            f"{item.turn.intent} {item.number or ''}"
            if item.what == "wish"
            else f"{item.what} {item.turn.text if item.what == 'inquiry' else ''}"
        )
        if name not in seen:
            seen.add(name)
            kept.append(item)
        elif item.what == "wish":
            kept = [_with_values(one, item) if one.turn.intent == name else one for one in kept]
    asks = any(item.what == "question" for item in kept)
    return sorted(kept, key=lambda item: (item.what == "end") if asks else (item.what != "end"))


def _with_values(wish: _Item, more: _Item) -> _Item:
    """A wish with what another part says of it ("I am waiting for the bus, when is the 28 at the square")."""
    if wish.turn.entities or not more.turn.entities:
        return wish
    return more


async def _done(at: At, items: Sequence[_Item]) -> Outcome:
    said, effects, whole = list[Reply](), list[Effect](), at.turn
    begun, last = list[tuple[Frame, Reply | None]](), None
    ended = at.front if any(item.what == "end" for item in items) else None
    for item in items:
        before = at.session
        if item.what == "wish":
            own = tuple(frame for frame in before.open if frame.service == item.turn.intent and not item.number)
            wished = heard_again(item.turn, ended, at.offer)
            outcome = await wish.granted(at.but(wished, replace(before, open=own)))
            told, asked = _told(outcome)
            if (opened := outcome.session.front) is not None:
                begun.append((replace(opened, named=item.told.named) if item.number and item.told else opened, asked))
            others = tuple(frame for frame in before.open if frame not in own)
            at = at.but(session=replace(outcome.session, open=others))
        elif item.what == "inquiry":
            outcome = await _inquired(at.but(item.turn))
            told, _ = _told(outcome)
            at = at.but(session=replace(outcome.session, open=before.open))
        elif item.what == "now":
            ran = await current.run(at.but(_asking_with_the_whole(whole, item.turn)))
            outcome = ran if isinstance(ran, Outcome) else at.answered()
            told, last = _told(outcome) if before.front is not None else (outcome.replies, last)
            at = at.but(session=replace(outcome.session, open=before.open))
        elif item.what == "notices":
            outcome = MOVES[SUBSCRIBES](item.turn, before, at.offer)
            told, _ = _told(outcome)
            at = at.but(session=replace(outcome.session, open=before.open, pending=None))
        else:
            outcome = await _of_the_front(at, item)
            told, last = (outcome.replies, None) if item.what == "end" else _told(outcome)
            at = at.but(session=outcome.session)
        said += told
        effects += outcome.effects
    return _asking(at, said, effects, begun, last)


def _concerned(at: At) -> Agency:
    return office_hours.concerned(at.turn, at.session, at.offer)


def _told(outcome: Outcome) -> tuple[Sequence[Reply], Reply | None]:
    """What an outcome says, and the question at its end."""
    front = outcome.session.front
    if front is None or front.question is None or not outcome.replies:
        return outcome.replies, None
    return outcome.replies[:-1], outcome.replies[-1]


async def _of_the_front(at: At, item: _Item) -> Outcome:
    front = at.front
    at = at.but(item.turn)
    if item.what == "end" and front is not None:
        args = {"service": say.nested(at.offer.title(front.service))}
        return Outcome(stack.dropped(at.session), at.turn.locale, (Reply(key="common.set_aside", args=args),))
    if item.what == "question":
        if front is None:
            return await asked_beside.told(at)  # the value before it ended what was open
        ran = await question.run(_of_what_is_open(at))
        if isinstance(ran, Outcome):
            return ran
    return at.answered() if front is None else await at.hand(front)


async def _inquired(at: At) -> Outcome:
    """The answer to a part that asks: beside a value of what is talked of, too."""
    if at.front is not None or at.session.finished:
        return await asked_beside.told(at)
    ran = await knowing.run(at)
    return ran if isinstance(ran, Outcome) else knowing.unknown(at, _concerned(at))


def _of_what_is_open(at: At) -> At:
    """A part that the situation hears as a question, and that names no other thing, is not of what its words sound."""
    declared, front = at.offer.declared.get(at.turn.intent), at.front
    other = declared is not None and front is not None and front.service != at.turn.intent
    names = declared is not None and at.turn.has(declared.entities)
    return at.but(replace(at.turn, intent="nlu_fallback", confidence=0.0)) if other and not names else at


def _asking(
    at: At,
    said: list[Reply],
    effects: Sequence[Effect],
    begun: Sequence[tuple[Frame, Reply | None]],
    last: Reply | None,
) -> Outcome:
    """Ask what is to be asked now: of what was open before, else of the first wish; and tell what waits."""
    session, front = at.session, at.session.front
    goes_on = last is not None and front is not None
    asks_now = 0 if goes_on else 1
    frames = [frame if at < asks_now else _unasked(frame, asked) for at, (frame, asked) in enumerate(begun)]
    others = (*session.open[:-1], *reversed(frames)) if goes_on else (*session.open, *reversed(frames))
    session = replace(session, open=(*others, front) if goes_on and front is not None else others, failures=0)
    waiting = frames if goes_on else frames[1:]
    if waiting:
        titles: list[Text] = [frame.named or at.offer.title(frame.service) for frame in waiting]
        named = {frame.service: at.offer.title(frame.service) for frame in waiting if frame.named is None}
        buttons = say.service_buttons(named)
        key = "common.then_next" if buttons else "common.then_next_alone"
        said.append(Reply(key=key, args={"services": say.listed(titles, "and")}, buttons=buttons))
    asked = last or (begun[0][1] if begun else None)
    if asked is not None:
        said.append(asked)
    elif not begun and front is not None and front.question is not None:
        said.append(say.asked_again(front.question, at.offer.title(front.service)))
    return Outcome(session, at.turn.locale, tuple(said), tuple(effects))


def _unasked(frame: Frame, asked: Reply | None) -> Frame:
    """A form that waits, whose question nobody has seen: the notice beside it is shown when it is asked."""
    if frame.question is None or asked is None or asked.key != WITH_NOTICE:
        return frame
    notice = asked.args["notice"]
    text = notice.get("text") if isinstance(notice, dict) else None
    return replace(frame, question=replace(frame.question, notice=Text.model_validate(text)))
