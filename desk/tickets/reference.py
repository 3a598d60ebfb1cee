"""References of tickets, as read out on the phone: `T-4711-8` is the ticket's id with a check digit (Luhn)."""

import re

from stdnum import luhn

from desk.contract.errors import NotFound

WHOLE_OR_NOT = re.compile(r"\s*T?\s*-?\s*(\d{1,18})\s*(?:-\s*(\d?)\s*)?", re.IGNORECASE)
"""A reference as it is looked for: the hyphen before the last digit may be missing, or that digit."""
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


def looked_for(written: str) -> list[int]:
    """The ids of the tickets that somebody may mean who looks for one: `1003` is T-1003-3, as is `t10033`.

    Empty: it is no reference, or a digit is wrong.
    """
    found = WHOLE_OR_NOT.fullmatch(written)
    if found is None:
        return []
    number, digit = found[1], found[2]
    if digit:
        return [int(number)] if digit == luhn.calc_check_digit(number) else []
    hurried = [int(number[:-1])] if number[:-1] and luhn.is_valid(number) else []
    return [int(number), *hurried]
