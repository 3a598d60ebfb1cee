"""The check digit of numbers that people read out and type: Luhn's, ISO/IEC 7812-1, annex B."""

from __future__ import annotations


def check_digit(number: int) -> int:
    """The digit that, written behind a number, lets one wrong digit or two that changed places be noticed."""
    total = 0
    for place, digit in enumerate(reversed(str(number))):
        doubled = int(digit) * 2 if place % 2 == 0 else int(digit)
        total += doubled - 9 if doubled > 9 else doubled
    return -total % 10
