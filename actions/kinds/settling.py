"""Settling what a bill has shown: which of it, whether it is paid or on order already, and the order. May not look up.

What was shown is the summary: nothing more is confirmed. All that is named at once is one order.
"""

from decimal import Decimal

from actions.dialogue import orders
from actions.dialogue.ports import Step
from actions.dialogue.session import Frame
from actions.dialogue.turn import Turn
from actions.kinds import bill_replies as say
from actions.kinds import paying
from actions.kinds.paying import Due
from actions.services import BillService
from desk.cities import Agency
from desk.messages import Effect, OpenOrder, OrderNote, Reply, ShowOrder, Text

TAKEN = frozenset({"paid", "booked", "refunding"})
"""Orders whose items are not ordered again."""


def settled(name: str, declared: BillService, turn: Turn, frame: Frame, agency: Agency) -> Step:
    """Answer the wish to pay what a finished frame has shown."""
    dues = paying.due(frame.shown)
    if not turn.pays or not dues:
        return _shown_still(frame, say.next_step(name, agency))
    chosen = paying.picked(turn, dues)
    if not chosen:
        return _shown_still(frame, say.which(dues))
    references = {one.reference for one in chosen}
    ours = [order for order in turn.orders if order.city == turn.city.slug]  # another city's numbers mean nothing here
    taken = [order for order in ours if order.status in TAKEN and references & _references(order)]
    left = [one for one in chosen if not any(one.reference in _references(order) for order in taken)]
    if not left:
        said = [orders.reported(order, turn) for order in taken]
        return _shown_still(frame, *(Reply(key=text.key, args=text.args) for text in said))
    known = _open_order(turn, left)
    if known is not None:
        return _shown_still(frame, orders.offered_again(known, turn), effects=(ShowOrder(order=known.order),))
    order = _order(name, declared, turn, frame, left)
    return _shown_still(frame, orders.offered(order, turn), effects=(order,))


def _open_order(turn: Turn, wanted: list[Due]) -> OrderNote | None:
    """The order for exactly these that can be paid already."""
    references = {one.reference for one in wanted}
    ours = (order for order in turn.orders if order.city == turn.city.slug)
    live = (order for order in ours if order.status == "open" and not turn.is_over(order))
    return next((order for order in live if _references(order) == references), None)


def _order(name: str, declared: BillService, turn: Turn, frame: Frame, wanted: list[Due]) -> OpenOrder:
    subject = frame.text(declared.subject)
    return OpenOrder(
        order=paying.order_number(turn, wanted),
        service=name,
        agency=turn.city.services[name].agency,
        items=paying.order_items(wanted),
        amount=f"{sum((Decimal(one.amount) for one in wanted), Decimal(0)):.2f}",
        subject=Text(key=f"{name}.order_subject", args={"count": len(wanted)}),
        subject_of={declared.subject: subject} if subject is not None else {},
    )


def _references(order: OrderNote) -> set[str]:
    return {item.reference for item in order.items}


def _shown_still(frame: Frame, *said: Reply, effects: tuple[Effect, ...] = ()) -> Step:
    """Say something and keep what was shown."""
    return Step(said, dict(frame.values), dict(frame.shown), finished=True, effects=effects)
