"""The order of a fee: one thing, of a booking or an application. May not know what it is for."""

import hashlib

from actions.dialogue.turn import Turn
from desk.messages import OpenOrder, OrderItem, Text


def fee_order(turn: Turn, service: str, key: str, amount: str | None, title: Text, subject: Text) -> OpenOrder | None:
    """The order of a fee; None where nothing is to be paid, or nothing can be paid here.

    `key` addresses what it is for at the agency. The number is the same when the message is answered again.
    """
    if not turn.pays or amount in (None, "0.00") or amount is None:
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
