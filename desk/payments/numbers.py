"""Numbers of receipts, as they are read out and typed.

`R1000023-7`: the number within all cities, with a check digit (Luhn).
"""

import re

from stdnum import luhn

from desk.contract.errors import NotFound

SHAPE = re.compile(r"\s*R?\s*-?\s*(\d{1,15})\s*-?\s*(\d)\s*", re.IGNORECASE)


def receipt_number(serial: int) -> str:
    """Write the number of a receipt."""
    return f"R{serial}-{luhn.calc_check_digit(str(serial))}"


def serial_of(number: str) -> int:
    """Read a receipt's number; the R, case, the hyphen and spaces do not matter.

    Raises:
        NotFound: it is none, or a digit is wrong.
    """
    found = SHAPE.fullmatch(number)
    if found is None or luhn.calc_check_digit(str(int(found[1]))) != found[2]:
        raise NotFound(f"{number!r} is no receipt's number; they look like {receipt_number(1000001)}.")
    return int(found[1])
