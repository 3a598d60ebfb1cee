"""What is named only to be refused is never begun: a service, which ends if it was open, and that is said; a person."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from actions.dialogue.answers import ended as ended_beside
from actions.dialogue.answers import misunderstanding, orders
from actions.dialogue.answers import replies as say
from actions.dialogue.answers.global_commands import MOVES
from actions.dialogue.ports import Claim
from actions.dialogue.reading import negation
from actions.dialogue.reading.guided import guided
from actions.dialogue.reading.misheard import heard_again
from actions.dialogue.reading.reservations import without_assent
from actions.dialogue.reading.third_party import about_a_record
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Frame
from desk.contract.messages import Reply

CANCELS, CHANGES = "cancel", "change_appointment"


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
