"""Settling what a bill has shown: which of it, whether it is paid or on order already, and the order. May not look up.

What was shown is the summary: nothing more is confirmed. All that is named at once is one order for each agency
and subject.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from actions.dialogue.answers import orders
from actions.dialogue.ports import Step
from actions.dialogue.reading.against_paying import refuses_plainly
from actions.dialogue.state.session import Frame
from actions.dialogue.state.turn import Turn
from actions.kinds.bill import paying
from actions.kinds.bill import replies as say
from actions.kinds.bill.paying import Due
from desk.city.files import Agency
from desk.contract.messages import Effect, OpenOrder, OrderNote, Reply, ShowOrder, Text

TAKEN = frozenset({"paid", "booked", "refunding"})
"""Orders whose items are not ordered again."""


def settled(name: str, turn: Turn, frame: Frame, agency: Agency, options: Iterable[str] = ()) -> Step:
    """Answer the wish to pay what a frame has shown; `options` are those that the wish names."""
    dues = paying.due(frame.shown)
    if not turn.context.pays or not dues:
        return shown_still(frame, say.next_step(name, agency))
    meant = dues if paying.is_pressed(turn) else paying.meant(turn, dues, options)
    if paying.is_a_part(turn, meant):
        return shown_still(frame, say.whole_alone(meant))
    chosen = paying.picked(turn, meant) or _only_one_left(name, turn, meant)
    if not chosen:
        return shown_still(frame, say.which(meant))
    under_way = [order for order in turn.context.orders if order.status in TAKEN]
    taken = [order for order in under_way if any(_is_for(order, one, name, turn) for one in chosen)]
    left = [one for one in chosen if not any(_is_for(order, one, name, turn) for order in taken)]
    if not left:
        said = [orders.reported(order, turn) for order in taken]
        return shown_still(frame, *(Reply(key=text.key, args=text.args) for text in said))
    replies, effects = list[Reply](), list[Effect]()
    for wanted in paying.by_about(left):
        reply, effect = _offered(name, turn, wanted)
        replies.append(reply)
        effects.append(effect)
    return shown_still(frame, *replies, effects=effects)


def _only_one_left(name: str, turn: Turn, meant: Sequence[Due]) -> list[Due]:
    """The one that is left of several of which others are on order or paid: it needs no choice."""
    left = without_ordered(name, turn, meant)
    return left if len(left) == 1 < len(meant) else []


def without_ordered(name: str, turn: Turn, dues: Sequence[Due]) -> list[Due]:
    """What is neither paid nor on an order that can still be paid: nothing else is offered again."""
    live = [*_payable(turn), *(one for one in turn.context.orders if one.status in TAKEN)]
    return [one for one in dues if not any(_is_for(order, one, name, turn) for order in live)]


def is_on_order(name: str, turn: Turn, dues: Sequence[Due]) -> bool:
    """Whether an order that can still be paid is for any of some things."""
    return any(_is_for(order, one, name, turn) for order in _payable(turn) for one in dues)


def _payable(turn: Turn) -> list[OrderNote]:
    return [one for one in turn.context.orders if one.status == "open" and not turn.is_over(one)]


def not_ordered(name: str, turn: Turn, frame: Frame) -> Step:
    """Say that nothing was ordered of what a frame has shown. Where there is an order, the store alone knows how it
    stands, and that is said; one that is open is closed where its payment is plainly refused.
    """
    dues = paying.due(frame.shown)
    kept = (order for order in turn.context.orders if order.status != "closed")
    made = [order for order in kept if any(_is_for(order, one, name, turn) for one in dues)]
    left = without_ordered(name, turn, dues)
    if not made or (left and not is_on_order(name, turn, dues)):
        return shown_still(frame, say.not_ordered(name, left))
    if refuses_plainly(turn):
        said, effects = orders.let_go(turn, name, {one.reference for one in dues})
        if said:
            return shown_still(frame, *said, effects=effects)
    payable = next((order for order in made if order.status == "open" and not turn.is_over(order)), None)
    if payable is not None:
        return shown_still(frame, orders.with_its_end(payable, turn), effects=[ShowOrder(order=payable.order)])
    stands = orders.reported(made[0], turn)
    return shown_still(frame, Reply(key=stands.key, args=stands.args))


def _offered(name: str, turn: Turn, wanted: list[Due]) -> tuple[Reply, Effect]:
    """An order for things of one agency and subject: that there is already, or a new one."""
    known = _open_order(name, turn, wanted)
    if known is not None:
        return orders.offered_again(known, turn), ShowOrder(order=known.order)
    order = _order(name, turn, wanted)
    return orders.offered(order, turn), order


def _open_order(name: str, turn: Turn, wanted: list[Due]) -> OrderNote | None:
    """The order for exactly these that can be paid already."""
    live = (order for order in turn.context.orders if order.status == "open" and not turn.is_over(order))
    same = (order for order in live if len(order.items) == len(wanted))
    return next((order for order in same if all(_is_for(order, one, name, turn) for one in wanted)), None)


def _order(name: str, turn: Turn, wanted: list[Due]) -> OpenOrder:
    about = wanted[0].about
    return OpenOrder(
        order=paying.order_number(turn, wanted),
        service=name,
        agency=about.agency,
        items=paying.order_items(wanted),
        amount=f"{sum((Decimal(one.amount) for one in wanted), Decimal(0)):.2f}",
        subject=Text(key=f"{name}.order_subject", args={**about.names, "count": len(wanted)}),
        subject_of=dict(about.subject_of),
    )


def _is_for(order: OrderNote, one: Due, name: str, turn: Turn) -> bool:
    """Whether an order pays for a thing. A reference is its agency's: another's, or another city's, may be the same."""
    whose = (order.city, order.service, order.agency)
    return whose == (turn.city.slug, name, one.about.agency) and any(
        item.reference == one.reference for item in order.items
    )


def shown_still(frame: Frame, *said: Reply, effects: Sequence[Effect] = ()) -> Step:
    """Say something and keep what was shown; what is being asked is asked again."""
    question = frame.question and replace(frame.question, notice=None)
    return Step(said, dict(frame.values), dict(frame.shown), question, finished=frame.finished, effects=tuple(effects))
