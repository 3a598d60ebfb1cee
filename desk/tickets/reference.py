"""References of tickets, as read out on the phone: `T-4711-8` is the ticket's id with a check digit (Luhn)."""

import re

from stdnum import luhn

from desk.contract.errors import NotFound

SHAPE = re.compile(r"\s*T?\s*-?\s*(\d{1,18})\s*-\s*(\d)\s*", re.IGNORECASE)


def reference_of(ticket_id: int) -> str:
    """Write a ticket's reference."""
    return f"T-{ticket_id}-{luhn.calc_check_digit(str(ticket_id))}"


def ticket_id_of(reference: str) -> int:
    """Read a reference; the T, case and spaces do not matter.

    Raises:
        NotFound: it is no reference, or a digit is wrong.
    """
    found = SHAPE.fullmatch(reference)
    if found is None:
        raise NotFound(f"{reference!r} is no ticket reference; they look like {reference_of(4711)}.")
    ticket_id = int(found[1])
    if found[2] != luhn.calc_check_digit(str(ticket_id)):
        raise NotFound(f"There is no ticket {reference!r}: a digit of it is wrong.")
    return ticket_id
