"""What is said of orders: offered, reported, cancelled, asked to be refunded.

A turn knows the orders of its conversation; whether money has moved is for the desk alone to say.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from pydantic import JsonValue

from actions.dialogue.answers import replies as say
from actions.dialogue.answers.offer import Offer
from actions.dialogue.answers.refunds import rule_text
from actions.dialogue.ports import Step
from actions.dialogue.state import stack
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Session
from actions.dialogue.state.turn import Turn
from desk.contract.messages import (
    ORDER_MINUTES,
    Button,
    Card,
    CloseOrder,
    Effect,
    OpenOrder,
    OpenTicket,
    OrderNote,
    Reply,
    Row,
    ShowOrder,
    Text,
)
from values.types.reference import normal

REPORTED = 5
"""So many orders are reported at once, the newest first."""


def offered(order: OpenOrder, turn: Turn) -> Reply:
    """Offer a payment: amount, what for, where, how long."""
    return _to_pay("payments.order", order, turn, count=ORDER_MINUTES)


def offered_again(order: OrderNote, turn: Turn) -> Reply:
    """Offer a payment that is open already."""
    until = datetime.fromisoformat(order.expires_at).astimezone(turn.now.tzinfo)  # the city's time
    return _to_pay("payments.status_open", order, turn, until={"datetime": until.isoformat()})


def reported(order: OrderNote, turn: Turn) -> Text:
    """Say how an order stands."""
    if order.ticket is not None:
        return _with_clerk(order, turn)
    if order.status == "open":
        if not turn.is_over(order):
            return offered_again(order, turn)
        return _said("payments.status_expired", order, turn)
    if order.status == "booked" and order.receipt is not None:
        key = "payments.status_booked" if order.refunded == "0.00" else "payments.status_booked_in_part"
        link: JsonValue = {"receipt_page": order.receipt}
        return _said(key, order, turn, receipt=order.receipt, link=link, returned={"money": order.refunded})
    return _said(f"payments.status_{order.status}", order, turn)


def _with_clerk(order: OrderNote, turn: Turn) -> Text:
    """Say of an order that a clerk settles something of it; what is booked stays so."""
    settled: dict[str, JsonValue] = {"reference": order.ticket}
    if order.status == "booked" and order.receipt is not None:
        link: JsonValue = {"receipt_page": order.receipt}
        return _said("payments.status_booked_with_clerk", order, turn, receipt=order.receipt, link=link, **settled)
    return _said("payments.status_with_clerk", order, turn, **settled)


def payment_status(turn: Turn, session: Session, offer: Offer) -> Outcome:
    """How the orders of this conversation stand, with receipts; a number that is none of theirs is said so first."""
    unknown = _unknown(turn, offer)
    orders = _meant(turn)
    if not orders:
        args = say.agency_args(offer.account_agency(turn.city, turn.context.channel))
        reply = Reply(
            key="payments.none", args=args, buttons=[*say.service_buttons(offer.titles(turn.city)), say.HUMAN]
        )
        return stack.returned(session, turn, unknown or (reply,), offer)
    if len(orders) == 1:
        said = reported(orders[0], turn)
        reply = said if isinstance(said, Reply) else Reply(key=said.key, args=said.args, cards=_cards(orders[0]))
    else:
        lines = [Text(key=one.key, args=one.args) for one in (reported(order, turn) for order in orders)]
        cards = [
            card for order in orders if order.status == "open" and not turn.is_over(order) for card in _cards(order)
        ]
        reply = Reply(key="payments.statuses", args={"orders": say.listed(lines, "numbered")}, cards=cards)
    step = Step(finished=True, effects=_shown(turn, orders))
    return stack.returned(session, turn, (*unknown, reply), offer, step)


def refund(turn: Turn, session: Session, offer: Offer) -> Outcome:
    """What can be paid back: nothing of what is open; what an agency has taken is for a person to decide.

    Of several that were paid it is asked which.
    """
    if unknown := _unknown(turn, offer):
        return stack.returned(session, turn, unknown, offer)
    orders = [order for order in _meant(turn) if order.status != "closed"]
    paid = [order for order in orders if order.status == "booked"]
    if len(paid) > 1:
        which = Reply(key="payments.which_refund", buttons=[_refund_button(order) for order in paid])
        return stack.returned(session, turn, (which,), offer)
    if not orders:
        args = say.agency_args(offer.account_agency(turn.city, turn.context.channel))
        reply = Reply(key="payments.nothing_to_refund", args=args, buttons=[say.HUMAN])
        return stack.returned(session, turn, (reply,), offer)
    order = (paid or orders)[0]
    if order.status == "booked" and order.city != turn.city.slug:  # its own city's agency has the money
        city = turn.city_of(order)
        named: dict[str, JsonValue] = {"order": order.order, "city": say.named(city)}
        back = Reply(key="cities.refund_there", args=named, buttons=[say.move(city)])
        return stack.returned(session, turn, (back,), offer)
    if order.ticket is not None:
        return _with(session, turn, _reply(reported(order, turn)), offer, ())
    match order.status:
        case "open":
            reply = _reply(_said("payments.refund_open", order, turn), buttons=[say.CANCEL])
            return _with(session, turn, reply, offer, _shown(turn, [order]))
        case "booked" if (ruled := _by_rule(turn, order, offer)) is not None:
            return _with(session, turn, ruled, offer, ())
        case "booked":
            said = _reply(_said("payments.refund_booked", order, turn))
            ticket = OpenTicket(reason="refund", service=order.service)
            return Outcome(session, turn.locale, (said,), (ticket,))
        case "paid":
            return _with(session, turn, _reply(_said("payments.refund_paid", order, turn)), offer, ())
    return _with(session, turn, _reply(reported(order, turn)), offer, ())


def _by_rule(turn: Turn, order: OrderNote, offer: Offer) -> Reply | None:
    """What the rule of its service says: it is given up first, or nothing goes back. None: a person decides."""
    rule, items = offer.refund_rule(turn.city, order.service), {item.reference for item in order.items}
    if rule is None or order.refunded != "0.00":
        return None
    live = (one for one in turn.context.cases if not one.over and one.facts.get("key") in items and one.at is not None)
    case = next((one for one in live if datetime.fromisoformat(str(one.at)) > turn.now), None)
    if case is not None:
        at = datetime.fromisoformat(str(case.at))
        said = _said("refund.give_up_first", order, turn, rule=say.nested(rule_text(rule, at, turn.now)))
        give_up = f'/change_appointment{{"case": "{case.case}", "field": "give_up"}}'
        return _reply(said, [Button(title=Text(key="button.drop_appointment"), payload=give_up), say.HUMAN])
    if rule.full_until_hours is None and rule.otherwise == "none":
        return _reply(_said("refund.not_back", order, turn), [say.HUMAN])
    return None


def cancelled(turn: Turn, session: Session, offer: Offer) -> Outcome:
    """Close all that can be paid, and name each. What it came from stays: who thinks better of it pays after all."""
    said = list(closed(turn))
    said[-1] = said[-1].model_copy(update={"buttons": say.service_buttons(offer.titles(turn.city))})
    return Outcome(replace(session, shelved=None, pending=None), turn.locale, tuple(said), closing(turn))


def one_cancelled(turn: Turn, session: Session, offer: Offer, order: OrderNote) -> Outcome:
    """Close the order whose number was given, by its card's button or in words; what was asked is asked again."""
    if order.status != "open" or turn.is_over(order):
        return _with(session, turn, _reply(reported(order, turn)), offer, ())
    said = _reply(_said("payments.cancelled", order, turn), say.service_buttons(offer.titles(turn.city)))
    return _with(session, turn, said, offer, (CloseOrder(order=order.order),))


def shown_again(turn: Turn, session: Session, offer: Offer, order: OrderNote) -> Outcome:
    """Repeat the payment that is open."""
    return _with(session, turn, offered_again(order, turn), offer, (ShowOrder(order=order.order),))


def whether_cancelled(turn: Turn, session: Session, offer: Offer, order: OrderNote) -> Outcome:
    """Repeat the payment that is open with the button that cancels it, where "cancel" may mean something else."""
    return _with(session, turn, with_its_end(order, turn), offer, (ShowOrder(order=order.order),))


def with_its_end(order: OrderNote, turn: Turn) -> Reply:
    """Offer a payment that is open already, with the button that cancels it."""
    reply = offered_again(order, turn)
    return reply.model_copy(update={"buttons": [button for card in reply.cards for button in card.buttons]})


def not_taken(order: OrderNote, turn: Turn) -> Reply:
    """Say of an order that nobody paid that no money is taken by itself, with the button that cancels it."""
    until = datetime.fromisoformat(order.expires_at).astimezone(turn.now.tzinfo)
    said = _said("payments.not_by_itself", order, turn, until={"datetime": until.isoformat()})
    return _reply(said, [button for card in _cards(order) for button in card.buttons])


def let_go(turn: Turn, service: str, references: Collection[str]) -> tuple[list[Reply], list[Effect]]:
    """Close the orders of a service that could still be paid and are for some of these things, and say so."""
    payable = [order for order in turn.context.orders if order.status == "open" and not turn.is_over(order)]
    meant = [
        one for one in payable if one.service == service and any(item.reference in references for item in one.items)
    ]
    said = [_reply(_said("payments.cancelled", order, turn)) for order in meant]
    return said, [CloseOrder(order=order.order) for order in meant]


def closed(turn: Turn) -> tuple[Reply, ...]:
    """Say of each order that could still be paid that it is closed."""
    payable = (order for order in turn.context.orders if order.status == "open" and not turn.is_over(order))
    return tuple(_reply(_said("payments.cancelled", order, turn)) for order in payable)


def closing(turn: Turn) -> tuple[Effect, ...]:
    """Close all open orders."""
    return tuple(CloseOrder(order=order.order) for order in turn.context.orders if order.status == "open")


def named(turn: Turn) -> list[OrderNote]:
    """The orders of which a number was given: the order's, its receipt's, or the agency's of what it pays for."""
    given = {normal(value) for value in turn.values("reference")}
    given |= {normal(str(case.facts.get("key"))) for case in turn.context.cases if normal(case.reference) in given}
    return [order for order in turn.context.orders if not given.isdisjoint(_numbers(order))]


def is_elsewhere(turn: Turn) -> bool:
    """Whether a number was given that is none of this conversation's payments."""
    return bool(turn.values("reference")) and not named(turn)


def _numbers(order: OrderNote) -> set[str]:
    receipt = [] if order.receipt is None else [order.receipt]
    return {normal(one) for one in (order.order, *receipt, *(item.reference for item in order.items))}


def _unknown(turn: Turn, offer: Offer) -> tuple[Reply, ...]:
    """Say of a number that it is none of this conversation's payments."""
    given = turn.last("reference")
    if given is None or named(turn):
        return ()
    args = say.agency_args(offer.account_agency(turn.city, turn.context.channel))
    return (Reply(key="payments.not_here", args={"reference": given[:40], **args}, buttons=[say.HUMAN]),)


def _refund_button(order: OrderNote) -> Button:
    title = Text(
        key="button.refund_order",
        args={"subject": say.nested(order.subject), "about": _about(order), "amount": {"money": order.amount}},
    )
    return Button(title=title, payload=f'/refund{{"reference": "{order.order}"}}')


def _meant(turn: Turn) -> list[OrderNote]:
    """The order whose number was given; else all but closed ones; else the newest."""
    if found := named(turn):
        return found
    live = [order for order in turn.context.orders if order.status != "closed"]
    return live[:REPORTED] or list(turn.context.orders[:1])


def _shown(turn: Turn, orders: Sequence[OrderNote]) -> tuple[Effect, ...]:
    shown = turn.open_order
    return (ShowOrder(order=shown.order),) if shown is not None and shown in orders else ()


def _with(session: Session, turn: Turn, reply: Reply, offer: Offer, effects: tuple[Effect, ...]) -> Outcome:
    return stack.returned(session, turn, (reply,), offer, Step(finished=True, effects=effects))


def _reply(text: Text, buttons: Sequence[Button] = ()) -> Reply:
    return Reply(key=text.key, args=text.args, buttons=list(buttons))


def _to_pay(key: str, order: OpenOrder | OrderNote, turn: Turn, **more: JsonValue) -> Reply:
    said = _said(key, order, turn, link={"pay_page": order.order}, **more)
    return Reply(key=said.key, args=said.args, cards=_cards(order))


def _said(key: str, order: OpenOrder | OrderNote, turn: Turn, **more: JsonValue) -> Text:
    city = turn.city_of(order) if isinstance(order, OrderNote) else turn.city
    agency = city.agency(order.agency)
    args: dict[str, JsonValue] = {
        "order": order.order,
        "amount": {"money": order.amount},
        "subject": say.nested(order.subject),
        "about": _about(order),
        **say.agency_args(agency),
        **more,
    }
    return Text(key=key, args=args)


def _about(order: OpenOrder | OrderNote) -> JsonValue:
    """Whom or what an order is about: a plate, an account; else what it pays for."""
    values = [Text(key="card.value", args={"value": value}) for value in order.subject_of.values()]
    return say.listed(values or [one.title for one in order.items], "and")


def _cards(order: OpenOrder | OrderNote) -> list[Card]:
    rows = [
        ("card.to_pay", {"money": order.amount}),
        ("card.paid_for", say.nested(order.subject)),
        *((f"card.{name}", value) for name, value in order.subject_of.items()),
        ("card.order", order.order),
    ]
    cancel = Button(title=Text(key="button.cancel_payment"), payload=f'/cancel{{"reference": "{order.order}"}}')
    return [
        Card(
            kind="payment",
            title=Text(key="payments.card_title"),
            rows=[
                Row(label=Text(key=label), value=Text(key="card.value", args={"value": value})) for label, value in rows
            ],
            buttons=[cancel] if isinstance(order, OpenOrder) or order.status == "open" else [],
            order=order.order,
        )
    ]
