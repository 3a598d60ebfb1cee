"""The number of a household with a supplier: eight to thirteen digits."""

from __future__ import annotations

import re
from datetime import date

from values.definition import HINT, SURE, Accepted, Reading, Rejected, ValueType, pattern
from values.digits import as_digits
from values.words import ALONE, BEHIND, END, GROUPS, SAID
from values.writing import compact

ACCOUNT_WORD = (
    r"(?:(?<![a-z])(?:account|a/c|acct?|(?<!contract )customer|meter|consumer|household|contract)(?![a-z])"
    r"|户号|缴费号|缴费编号|客户编?号|用户编?号|户口号码?|[账帐]户?号码?|[账帐]户|合同号|表具?号)"
)


def read(written: str, _: date | None = None) -> Reading:
    """Read a number, in groups or not."""
    code = compact(as_digits(written))
    if re.fullmatch(r"\d{8,13}", code):
        return Accepted(code)
    return Rejected("account_number.wrong_form", {"given": len(code)})


def _is_account(text: str) -> bool:
    return 8 <= len(compact(text)) <= 16


def _has_account(text: str) -> bool:
    return 7 <= sum(character.isdigit() for character in text) <= 20


TYPE = ValueType(
    "account_number",
    patterns=(
        pattern(
            130,
            SURE,  # a group of digits is no line, and one after the word is what the word says: account 7702 1845
            rf"{ACCOUNT_WORD}{SAID}(?P<value>[a-z]\d{{6,9}}|\d[\d-]{{5,18}}\d(?![\d-])|{GROUPS}){END}",
            holds=_has_account,
        ),
        pattern(140, SURE, rf"{ALONE}(?P<value>\d{{8,16}}|{GROUPS}){BEHIND}{ACCOUNT_WORD}))", holds=_is_account),
        # in groups, as on bills
        pattern(780, HINT, r"(?<!\d)\d{2,8}(?: \d{2,5}){0,3} \d{1,5}(?![\d路号])", holds=_is_account),
        pattern(970, HINT, rf"{ALONE}\d[\d-]{{5,18}}\d{END}"),
    ),
    read=read,
    attempts=lambda text: re.fullmatch(r"\d{4,18}", compact(as_digits(text))) is not None,
)
