"""A bare answer, a correction, a choice, yes, no, back: to the question, or to what was shown last."""

from collections.abc import Collection
from dataclasses import replace

from actions.dialogue.answers import menus, orders
from actions.dialogue.answers import replies as say
from actions.dialogue.answers.global_commands import MOVES
from actions.dialogue.ports import Claim
from actions.dialogue.reading import negation
from actions.dialogue.reading.intents import ANSWERS
from actions.dialogue.reading.reading import ASKS
from actions.dialogue.rules import not_understood, wish
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.state.outcome import Outcome
from desk.contract.commands import Command
from desk.contract.messages import Reply

GIVES: tuple[Command, ...] = ("provide", "choose", "change", "start")
BEGINS: frozenset[Command] = ASKS | {"start", "pay_all", "pay_some"}
LEAST, HEARD = 2, 0.3
"""So many characters beside a value say something; so likely a question or a wish must be heard to be one."""


async def run(at: At) -> Ran:
    if at.turn.intent not in ANSWERS:
        return None
    before, at = at, at.but(session=at.understood)
    turn, front = at.turn, at.front
    notes = turn.intent == "affirm" and not turn.means("pay_all", "pay_some")
    if notes and front is None and "payments.cancelled" in _just_said(at):
        return MOVES["thanks"](turn, at.session, at.offer)  # it takes note, and orders nothing anew
    to_the_question = front is not None and turn.intent == "deny"
    if not to_the_question and await at.claim() is Claim.NO:
        finished = await at.handlers.follow_up(turn, at.session, Claim.SURE)
        if finished is not None:
            return await at.hand(finished)
    if front is not None:
        if turn.intent == "deny" and front.question is None:
            return MOVES["cancel"](turn, at.session, at.offer)
        return await at.hand(front)
    return _to_the_order(at) or await _to_what_was_shown(at) or await _to_nothing(at, before)


def _just_said(at: At) -> Collection[str]:
    return [reply.key for reply in at.session.said]


def _to_the_order(at: At) -> Outcome | None:
    order = at.turn.open_order
    if order is None or at.turn.intent not in ("affirm", "choose", "deny"):
        return None
    if at.turn.intent == "deny":
        return MOVES["cancel"](at.turn, at.session, at.offer)
    return orders.shown_again(at.turn, at.session, at.offer, order)


async def _to_what_was_shown(at: At) -> Outcome | None:
    newest = at.session.finished[-1] if at.session.finished else None
    if newest is None or await at.handlers.claim(at.turn, newest) is not Claim.MAYBE:
        return None
    return await at.hand(newest)


def _takes_note(at: At) -> bool:
    """Whether a text with a value, after something was shown or made, gives, asks and begins nothing ("60 hours then,
    I will wait"): it is not asked what the value is for.
    """
    turn, context = at.turn, at.turn.context
    if turn.kind != "text" or not turn.reading.of_model or not turn.entities or turn.means(*GIVES):
        return False
    rest = turn.text
    for one in turn.entities:
        rest = rest.replace(one.value, "")
    says_more = sum(char.isalnum() for char in rest) >= LEAST
    asks = turn.reading.probability(BEGINS) >= HEARD or (turn.inquiry is not None and turn.inquiry.asks >= HEARD)
    return says_more and not asks and bool(at.session.finished or context.cases or context.orders)


async def _to_nothing(at: At, before: At) -> Outcome:
    """Nothing asked for it: what can be done with it."""
    turn, session, offer = at.turn, at.session, at.offer
    named = negation.heard(turn, offer).wanted if turn.intent == "inform" else ()
    if len(named) == 1 and offer.offers(turn.city, named[0]):  # "the water bill": its name alone is the wish
        return await wish.granted(at.but(replace(turn, intent=named[0])))
    given = [found.entity for found in turn.entities]
    if turn.intent in ("inform", "choose") and turn.kind == "text" and not given and not session.finished:
        return await not_understood.said(before)
    if _takes_note(at):
        return Outcome(session, turn.locale, (Reply(key="common.all_right"),))
    if takers := offer.taking(turn.city, given):
        buttons = [menus.with_values(name, turn, offer) for name in takers]
        return Outcome(session, turn.locale, (Reply(key="common.what_with_value", buttons=[*buttons, say.LIST]),))
    reply = Reply(key="common.nothing_open", buttons=menus.menu(turn, session, offer))
    return Outcome(session, turn.locale, (reply,))
