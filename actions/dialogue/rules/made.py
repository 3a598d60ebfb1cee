"""What was made already: news of it, when it is, another time for it, what "call it off" means of it."""

from dataclasses import replace

from actions.dialogue.answers import cases, orders, unpaid
from actions.dialogue.answers.reference_proof import PAYMENTS
from actions.dialogue.ports import Claim
from actions.dialogue.reading import appointments_meant
from actions.dialogue.rules.rule import At, Ran


async def news(at: At) -> Ran:
    turn = at.turn
    if not (cases.asks_news(turn) or appointments_meant.asks_when(turn, at.offer.declared.get(turn.intent))):
        return None
    asking = replace(turn, intent="request_status")
    return await at.handlers.in_progress.answer(asking, at.understood, Claim.NO)


async def in_the_making(at: At) -> Ran:
    """A change of the appointment that is only being made is a correction of it."""
    declared = None if at.front is None else at.offer.declared.get(at.front.service)
    return at.but(appointments_meant.of_what_is_made(at.turn, at.front, declared))


async def payment_elsewhere(at: At) -> Ran:
    """A question about the payment of a number that is none of this conversation's."""
    if at.turn.intent not in PAYMENTS or not orders.is_elsewhere(at.turn):
        return None
    return await at.handlers.in_progress.paid_elsewhere(at.turn, at.understood)


async def called_off(at: At) -> Ran:
    """What "cancel" ends, where nothing is in progress."""
    if at.turn.intent != "cancel" or at.front is not None:
        return None
    return unpaid.asked(at.turn, at.session, at.offer) or cases.still_booked(at.turn, at.session)


async def moved(at: At) -> Ran:
    """Another day for what stands booked, though no intent says so; else what a look-up knows of such a change."""
    turn = at.turn
    if at.front is None and cases.moves_appointment(turn):
        turn = replace(turn, intent="change_appointment")
    at = at.but(turn)
    if turn.intent == "change_appointment":
        needing = await at.handlers.follow_up(turn, at.session, Claim.SURE)
        if needing is not None:
            return await at.hand(needing)
    return at
