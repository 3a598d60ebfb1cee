"""What is refused: the thing at hand in so many words, which is over; a service by its name, which is never begun, and
ends if it was open; a person.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from actions.dialogue.answers import ended as ended_beside
from actions.dialogue.answers import misunderstanding, orders
from actions.dialogue.answers import replies as say
from actions.dialogue.answers.global_commands import MOVES
from actions.dialogue.ports import Claim
from actions.dialogue.reading import negation, refusing, remainder
from actions.dialogue.reading.guided import guided
from actions.dialogue.reading.misheard import heard_again
from actions.dialogue.reading.reservations import without_assent
from actions.dialogue.reading.third_party import about_a_record
from actions.dialogue.rules import closing
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.rules.several import may_skip
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Frame
from actions.dialogue.state.turn import Turn
from actions.schema import ApplicationService, AppointmentService, BillService, ReportService
from desk.contract.commands import Command
from desk.contract.messages import Reply

CANCELS, CHANGES = "cancel", "change_appointment"
SURELY = 0.85
"""So sure of another service by its words, it is wished beside a refusal."""
ENDS: tuple[Command, ...] = ("cancel_this",)
GIVES: tuple[Command, ...] = ("provide", "choose", "confirm", "change", "start")
CERTAIN, GIVEN = 0.9, 0.5
"""So sure of an end are the words and the situation of a clause, and so likely what follows gives something."""
HELD = frozenset({"case", "sent_at", "not_sent", "attempted", "withdraws"})
"""Remembered of a form that changes what stands, or of which something may have been done: its service ends it."""
TOLD_IN_WORDS = frozenset({"place", "description", "category"})
"""What is asked for in a report and told in any words."""


async def of_what_waits(at: At) -> Ran:
    """What waits and is refused by its name ends with a word; the rest is heard without that ("no water bills; is there
    a stop by the lake?").
    """
    turn, session = at.turn, at.session
    if turn.kind != "text" or len(session.open) < 2 or session.pending is not None:
        return None
    refused = negation.heard(turn, at.offer).refused
    gone = [frame for frame in session.open[:-1] if frame.service in refused]
    if not gone:
        return None
    kept = tuple(frame for frame in session.open if frame not in gone)
    at = replace(at, session=replace(session, open=kept, failures=0))
    said = Reply(key="common.set_aside", args={"service": say.nested(at.offer.title(gone[-1].service))})
    left = _without(at, turn, {frame.service for frame in gone})
    if left is None:
        return at.answered(said)
    return replace(at.but(left), said_first=(*at.said_first, said))


def _without(at: At, turn: Turn, gone: Collection[str]) -> Turn | None:
    """What is said behind the clause that refuses, else before it; None where that is all."""
    names_it = [any(negation.names_only(turn.only(part), name, at.offer) for name in gone) for part in turn.parts]
    if True not in names_it:
        return remainder.without(turn, turn.intent) if turn.intent in gone else turn
    last = len(names_it) - names_it[::-1].index(True)
    left = turn.parts[last:] or turn.parts[: names_it.index(True)]
    return remainder.of(turn, left) if left else None


async def in_words(at: At) -> Ran:
    """What is refused in so many words is over, whatever the situation hears: a form is set aside, what is due is not
    paid, its order is closed; and that nothing was done is said. What else is said is heard by itself.
    """
    act, owing, front = _at_hand(at), closing.owing(at), at.front
    if act is None or at.turn.kind != "text" or at.session.pending is not None:
        return None
    if not (refusing.refuses(at.turn.text, act) or (front is not None and _ends_at_last(at, front))):
        return None
    if front is not None and not _is_summed_up(front) and await _is_for_others(at, act, front):
        return None
    rest = _beside_the_refusal(at, act)
    if front is not None:
        session, said = closing.left(at, front)
        if refusing.speaks_of_charging(at.turn.text):
            said = [*said, *ended_beside.charged_nothing(at.turn, front, at.offer)]
        if rest is None:
            return at.but(session=session).answered(*said)
        rest = heard_again(rest, front, at.offer)
        return replace(at.but(rest, session), said_first=(*at.said_first, *said))
    if owing is not None:
        nothing = replace(at.turn, intent="deny", text="", entities=(), parts=())  # what it names is refused
        ended = await at.but(nothing).hand(owing)
    else:
        ended = orders.cancelled(at.turn, at.understood, at.offer)
    if rest is None:
        return ended
    done = (*at.done_first, *ended.effects)
    return replace(at.but(rest, ended.session), said_first=(*at.said_first, *ended.replies), done_first=done)


def _ends_at_last(at: At, front: Frame) -> bool:
    """Whether a clause ends the form by its words and as the situation surely hears it, and what follows gives nothing
    ("I am …; ah, leave it, her mother is against it").
    """
    clauses = [at.turn.only(part) for part in at.turn.parts]
    ends = [
        place
        for place, one in enumerate(clauses)
        if one.intent == CANCELS and one.confidence >= CERTAIN and one.reading.probability(ENDS) >= CERTAIN
    ]
    if not front.values or not ends or may_skip(front):
        return False
    entities = {*at.offer.declared[front.service].entities}
    after = clauses[ends[-1] + 1 :]
    gives = (one.has(entities) or one.reading.probability(GIVES) >= GIVEN for one in after if not one.means("later"))
    return not any(gives)


def _at_hand(at: At) -> refusing.Act | None:
    """What would be done next, and may be refused: the form in front, what is due, or an open order."""
    front = at.front
    if front is None:
        return "pay" if closing.owing(at) is not None or at.turn.open_order is not None else None
    question, declared = front.question, at.offer.declared[front.service]
    if question is None or HELD & front.shown.keys():
        return None
    if question.asks_for is None:
        return refusing.OF_A_YES.get(question.confirms) if question.confirms is not None else None
    if isinstance(declared, BillService):
        return "pay"
    if isinstance(declared, AppointmentService):
        return "book" if front.values else None
    if isinstance(declared, ReportService) and (question.asks_for in TOLD_IN_WORDS or may_skip(front)):
        return "report"  # "I will not send one" leaves a photo out
    return "submit" if isinstance(declared, ApplicationService | ReportService) and front.values else None


async def _is_for_others(at: At, act: refusing.Act, front: Frame) -> bool:
    """Whether one of several bills is refused, or something is asked or wished beside it: rules of these decide."""
    of_several = isinstance(at.offer.declared[front.service], BillService) and await at.claim() is Claim.SURE
    clauses = [at.turn.only(part) for part in at.turn.parts]
    others = [one for one in clauses if one.intent != front.service and not refusing.refuses(one.text, act)]
    return of_several or any(map(remainder.says_more, others))


def _is_summed_up(front: Frame) -> bool:
    return front.question is not None and front.question.asks_for is None


def _beside_the_refusal(at: At, act: refusing.Act) -> Turn | None:
    """The clause that wishes another service, or behind the refusal asks something but whether money is taken."""
    service = None if at.front is None else at.front.service
    clauses = [at.turn.only(part) for part in at.turn.parts]
    refused = [place for place, one in enumerate(clauses) if refusing.refuses(one.text, act)]
    others = [
        one
        for place, one in enumerate(clauses)
        if place not in refused and _goes_beyond(at, one, service, behind=bool(refused) and place > refused[0])
    ]
    return others[-1] if others else None


def _goes_beyond(at: At, clause: Turn, service: str | None, *, behind: bool) -> bool:
    wishes = at.offer.is_wish(clause.intent) and clause.intent != service and clause.confidence >= SURELY
    heard = not clause.reading.of_model or clause.means("start")
    asks = behind and clause.inquiry is not None and clause.inquiry.is_question
    return (wishes and heard) or (asks and not refusing.speaks_of_charging(clause.text))


async def run(at: At) -> Ran:
    if at.turn.intent == "human_agent" and negation.refuses_a_person(at.turn):
        if at.front is not None:
            return at.answered(Reply(key="common.no_person_open"))
        return at.answered(Reply(key="common.no_person", buttons=[say.LIST]))
    turn = guided(about_a_record(at.turn, at.offer), at.offer)
    front, said = at.front, negation.heard(turn, at.offer)
    at = at.but(turn)
    one_of_it = front is not None and said.refused == {front.service} and not said.wanted  # of several bills one
    if front is not None and one_of_it and _holds_something(front) and await at.claim() is Claim.SURE:
        return await at.handlers.hand(turn, at.session, front)
    if front is not None and not said.refused and _may_be_an_end(at, front):
        return _asked_back(at, front)
    if front is not None and one_of_it and turn.intent == front.service and not _holds_something(front):
        return MOVES["cancel"](turn, at.understood, at.offer).after(ended_beside.charged_nothing(turn, front, at.offer))
    turn = negation.meant(without_assent(turn, front), at.session, said, at.offer)
    session, ended = negation.ended(at.session, said, turn, at.offer)
    if front is not None and front not in session.open:
        turn = heard_again(turn, front, at.offer)
    ends = turn.intent == CANCELS or turn.intent in said.refused
    if front is not None and ends and front.service not in said.refused and not said.wanted:
        called_off = _another_called_off(at.but(turn, session), said.refused, ended)
        if called_off is not None:
            return called_off
    return replace(at, turn=turn, session=session, said_first=(*at.said_first, *ended))


def _holds_something(front: Frame) -> bool:
    """Whether anything was given for it, or shown of it: of what holds nothing no part ends, but all of it."""
    return bool(front.values) or any(front.shown.values())


def _may_be_an_end(at: At, front: Frame) -> bool:
    """Whether a text may end what is in front by its name, and gives nothing that is asked for."""
    asks_for = None if front.question is None else front.question.asks_for
    wishes_it = at.turn.intent == front.service and asks_for is not None and not at.turn.has((asks_for,))
    return wishes_it and negation.may_end(at.turn, front.service, at.offer)


def _asked_back(at: At, front: Frame) -> Outcome:
    """Ask whether what is in front ends, or goes on; its question stands beside that."""
    title = at.offer.title(front.service)
    return at.answered(
        say.meanings(at.session.turns, [misunderstanding.meaning("cancel_this")], {front.service: title})
    )


def _another_called_off(at: At, refused: Collection[str], ended: Sequence[Reply]) -> Ran:
    """What ends where another service than the one in front is named: it waits, is to be paid, or stands booked."""
    turn = at.turn
    if not refused:
        return None
    if ended:
        return at.but(session=replace(at.session, failures=0)).answered(*ended)
    order = turn.open_order
    if order is not None and order.service in refused:
        return orders.one_cancelled(turn, at.understood, at.offer, order)
    if any(case.service in refused and not case.over for case in turn.context.cases):
        return at.but(replace(turn, intent=CHANGES))
    titles = [at.offer.title(name) for name in sorted(refused)]
    said = Reply(key="common.not_in_progress", args={"services": say.listed(titles, "and")})
    return at.but(session=at.understood).answered(said)
