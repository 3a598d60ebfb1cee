"""Check digits and dates inside numbers."""

from datetime import date

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10x98765432"


def id_number_checks(number: str) -> bool:
    """Whether 18 characters end with the check digit of a PRC resident id (GB 11643-1999, ISO 7064 MOD 11-2)."""
    total = sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, number[:17], strict=True))
    return _ID_CHECKS[total % 11] == number[17].lower()


def has_birth_date(number: str) -> bool:
    """Whether digits 7 to 14 are a date on which somebody alive may have been born."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14])).year >= 1900
    except ValueError:
        return False
