"""A booking whose fee is open: which of the two a resident calls off is asked, never guessed. Knows no service.

An application cannot be taken back here: its payment is, and that is said.
"""

import json
from collections.abc import Mapping
from dataclasses import replace

from pydantic import JsonValue

from actions.dialogue.answers import orders
from actions.dialogue.answers import replies as say
from actions.dialogue.answers.offer import Offer
from actions.dialogue.reading.appointments_meant import CASE
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Session
from actions.dialogue.state.turn import Turn
from actions.phrases import phrases, plain
from desk.contract.messages import Button, CaseNote, Entity, OrderNote, Reply, Text

WHICH = "which_to_cancel"
"""Kind of the question whether the fee alone is called off, or the booking too; it holds both numbers."""


def asked(turn: Turn, session: Session, offer: Offer) -> Outcome | None:
    """Ask what "cancel" means, where a booking stands and its fee can still be paid; None: it is plain."""
    order = turn.open_order
    case = None if order is None else _paid_for(turn, order)
    if turn.kind != "text" or order is None or case is None or phrases("of_the_fee").within(plain(turn.text)):
        return None
    args: dict[str, JsonValue] = {"about": say.nested(case.about), "amount": {"money": order.amount}}
    if case.kind != "appointment":
        closed = orders.cancelled(turn, session, offer)
        stays = args | say.agency_args(turn.city_of(case).agency(case.agency))
        return replace(closed, replies=(*closed.replies, Reply(key="cases.application_stays", args=stays)))
    fee = Button(title=Text(key="button.cancel_fee_only"), payload=f'/cancel{{"reference": "{order.order}"}}')
    both = Button(title=Text(key="button.cancel_booking_too"), payload=_giving_up(case.case))
    pending: dict[str, JsonValue] = {"kind": WHICH, "order": order.order, CASE: case.case}
    reply = Reply(key="cases.fee_or_booking", args=args, buttons=[fee, both])
    return Outcome(replace(session, pending=pending, failures=0), turn.locale, (reply,))


def settled(turn: Turn, session: Session, pending: Mapping[str, JsonValue], offer: Offer) -> Turn | Outcome | None:
    """The press of the button that words mean; that both stay, where neither is called off; None: it is no answer."""
    if pending.get("kind") != WHICH or turn.kind != "text":
        return None
    said = plain(turn.text)
    fee, booking = phrases("of_the_fee").within(said), phrases("of_the_booking").within(said)
    if fee and (not booking or phrases("only").within(said)):
        return _pressed(turn, "cancel", {"reference": str(pending["order"])})
    if booking:
        return _pressed(turn, "change_appointment", {CASE: str(pending[CASE]), "field": "give_up"})
    if turn.intent == "deny" and turn.open_order is not None:
        return orders.shown_again(turn, session, offer, turn.open_order)
    return None


def _paid_for(turn: Turn, order: OrderNote) -> CaseNote | None:
    """What an order pays for, if it stands."""
    items = {item.reference for item in order.items}
    return next((one for one in turn.context.cases if not one.over and one.facts.get("key") in items), None)


def _giving_up(case: str) -> str:
    return f"/change_appointment{json.dumps({CASE: case, 'field': 'give_up'})}"


def _pressed(turn: Turn, intent: str, values: Mapping[str, str]) -> Turn:
    entities = tuple(Entity(entity=name, value=value) for name, value in values.items())
    return replace(turn, kind="payload", intent=intent, text="", entities=entities)
