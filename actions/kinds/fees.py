"""A fee of a booking or an application: its order, and its payment told to the agency."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Protocol

from actions.backends.wire import Payment
from actions.dialogue.state.turn import Turn
from actions.kinds.statements import NotTaken
from actions.kinds.statements import Payment as Paid
from desk.contract.errors import BackendRefused
from desk.contract.messages import OpenOrder, OrderItem, Text


def fee_order(turn: Turn, service: str, key: str, amount: str | None, title: Text, subject: Text) -> OpenOrder | None:
    """The order of a fee; None where nothing is to be paid, or nothing can be paid here.

    `key` addresses what it is for at the agency. The number is the same when the message is answered again.
    """
    if not turn.context.pays or amount in (None, "0.00") or amount is None:
        return None
    seed = "\n".join([turn.conversation, turn.message_id, key])
    digits = int(hashlib.sha256(seed.encode()).hexdigest(), 16) % 10**16
    return OpenOrder(
        order=f"{turn.now:%Y%m%d}{digits:016d}",
        service=service,
        agency=turn.city.services[service].agency,
        items=[OrderItem(reference=key, amount=amount, title=title)],
        amount=amount,
        subject=subject,
    )


class Settled(Protocol):
    """What an agency gives for a payment that it has taken."""

    @property
    def reference(self) -> str:
        """Its number of what was paid for."""

    @property
    def receipt(self) -> str | None:
        """Its own number of the receipt, where it has one."""


FINAL = frozenset({"already-paid", "wrong-amount", "cancelled", "not-found"})
"""Refusals of a payment that asking again cannot change: the money goes back."""


async def settle_fee(pay: Callable[[str, Payment], Awaitable[Settled]], payment: Paid) -> str | NotTaken:
    """Report a fee's payment to the agency; the same may be reported any number of times.

    Args:
        pay: the agency's call, with its key of what was paid for.
        payment: the money, as the desk has it.

    Raises:
        BackendError: the agency's system failed.
    """
    report = Payment(order=payment.order, amount=payment.amount, trade_no=payment.trade_no, paid_at=payment.paid_at)
    try:
        taken = await pay(payment.reference, report)
    except BackendRefused as exc:
        if exc.code in FINAL:
            return NotTaken(exc.code)
        raise
    return taken.receipt or taken.reference
