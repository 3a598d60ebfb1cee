"""What a resident is told of an order when something happened to it: replies as keys.

`{link}` arguments are filled by `desk.payments.links`.
"""

from decimal import Decimal

from pydantic import JsonValue

from desk.city.files import City
from desk.contract.messages import Card, Reply, Row, Text

REASONS = frozenset({"already_paid", "wrong_amount", "not_found", "not_reached"})
"""Why an agency did not take money, as far as there is a text `payments.why_<reason>`."""


def paid(amount: Decimal, subject: Text, city: City, agency: str) -> Reply:
    """The money has arrived; the agency is being told."""
    return _said("payments.paid", amount, subject, city, agency)


def booked(order: str, amount: Decimal, subject: Text, city: City, agency: str, receipt: str) -> Reply:
    """The agency has taken all of it: number and address of the receipt."""
    reply = _said("payments.booked", amount, subject, city, agency, receipt=receipt, link={"receipt_page": receipt})
    rows = [
        Row(label=Text(key="card.amount_paid"), value=_value(_money(amount))),
        Row(label=Text(key="card.paid_for"), value=_value(_nested(subject))),
        Row(label=Text(key="card.receipt"), value=_value(receipt)),
    ]
    card = Card(kind="receipt", title=Text(key="payments.receipt_title"), rows=rows, order=order)
    return reply.model_copy(update={"cards": [card]})


def booked_in_part(
    taken: Decimal, returned: Decimal, subject: Text, city: City, agency: str, receipt: str, why: str | None
) -> Reply:
    """The agency has taken a part; the rest is on its way back."""
    return _said(
        "payments.booked_in_part",
        taken,
        subject,
        city,
        agency,
        receipt=receipt,
        link={"receipt_page": receipt},
        returned=_money(returned),
        why=_why(why),
    )


def not_taken(amount: Decimal, subject: Text, city: City, agency: str, why: str | None) -> Reply:
    """The agency did not take it, for a reason; all of it is on its way back."""
    return _said("payments.not_taken", amount, subject, city, agency, why=_why(why))


def refunded(amount: Decimal, subject: Text, city: City, agency: str) -> Reply:
    """Money is back with the payer."""
    return _said("payments.refunded", amount, subject, city, agency)


def refund_by_hand(
    amount: Decimal,  # noqa: ARG001 - one shape of what is said of matters
    subject: Text,
    city: City,
    agency: str,
    order: str,
    reference: str,
    *,
    returned: Decimal,
) -> Reply:
    """The gateway refused to pay `returned` back: a person sees to it."""
    return _said("payments.refund_by_hand", returned, subject, city, agency, order=order, reference=reference)


def agency_silent(amount: Decimal, subject: Text, city: City, agency: str, order: str, reference: str) -> Reply:
    """The agency may have taken the money and does not say so: a person asks."""
    return _said("payments.agency_silent", amount, subject, city, agency, order=order, reference=reference)


def second_trade(amount: Decimal, subject: Text, city: City, agency: str, order: str, reference: str) -> Reply:
    """The order was paid twice: a person pays one back."""
    return _said("payments.second_trade", amount, subject, city, agency, order=order, reference=reference)


def amount_differs(
    amount: Decimal, subject: Text, city: City, agency: str, order: str, reference: str, *, billed: Decimal
) -> Reply:
    """Another amount was paid than the order's: nothing is booked, a person sees to it."""
    return _said(
        "payments.amount_differs",
        amount,
        subject,
        city,
        agency,
        order=order,
        reference=reference,
        billed=_money(billed),
    )


def expired(amount: Decimal, subject: Text, city: City, agency: str) -> Reply:
    """Nobody paid in time; nothing was taken."""
    return _said("payments.expired", amount, subject, city, agency)


def _said(key: str, amount: Decimal, subject: Text, city: City, agency: str, **more: JsonValue) -> Reply:
    office = city.agency(agency)
    return Reply(
        key=key,
        args={
            "amount": _money(amount),
            "subject": _nested(subject),
            "agency": {"name": office.names.model_dump(exclude_none=True)},
            "phone": office.phone,
            **more,
        },
    )


def _why(code: str | None) -> JsonValue:
    reason = (code or "").replace("-", "_")
    return _nested(Text(key=f"payments.why_{reason if reason in REASONS else 'other'}"))


def _money(amount: Decimal) -> JsonValue:
    return {"money": f"{amount:.2f}"}


def _nested(text: Text) -> JsonValue:
    return {"text": text.model_dump(mode="json")}


def _value(value: JsonValue) -> Text:
    return Text(key="card.value", args={"value": value})
