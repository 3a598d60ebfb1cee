"""The number of a ticket, a report, an order, a receipt or a decision."""

from __future__ import annotations

from values.definition import HINT, SURE, Open, ValueType, pattern
from values.digits import as_digits
from values.words import ALONE, BEHIND, END, SAID

REFERENCE_WORD = (
    r"(?:(?<![a-z])(?:ticket|report|reference|ref|case|order|application|receipt|transaction|penalty notice|filing)"
    r"(?![a-z])|(?<!快递)(?<!顺丰)(?<!运)单号|受理编?号|业务号|办件编?号|回执编?号?|案号|流水号|工单编?号?|订单编?号?"
    r"|申请编?号|交易编?号|查询编?号|决定书编?号|档案号)"
)


def normal(written: str) -> str:
    """The one form of a number, by which two are compared: ASCII letters and digits, in capitals."""
    return "".join(char for char in as_digits(written).upper() if char.isascii() and char.isalnum())


TYPE = ValueType(
    "reference",
    patterns=(
        pattern(
            10,
            SURE,
            rf"{REFERENCE_WORD}{SAID}(?!sf|w\d{{8}}|20\d\d-\d{{1,2}}-\d)"
            rf"(?P<value>(?:(?:[a-z]{{1,4}}-){{1,2}}\d|[a-z]{{1,4}}\d|\d\d)[\d-]{{2,24}}\d){END}",
        ),
        pattern(120, SURE, rf"{ALONE}(?!sf)[a-z]{{1,4}}20[12]\d(?:0[1-9]|1[0-2])\d{{2,10}}(?:-\d{{1,6}})?{END}"),
        pattern(
            150,
            SURE,  # a kind, a day, a count: GD-20261101-77, HZ-BJ-20261101-12
            rf"{ALONE}(?:[a-z]{{1,4}}-){{1,2}}20\d{{4,6}}(?:-\d{{1,6}})?{END}",
        ),
        pattern(160, SURE, rf"{ALONE}(?!sf)(?P<value>(?:[a-z]{{1,4}}-?)?\d{{6,20}}){BEHIND}{REFERENCE_WORD}))"),
        pattern(200, SURE, rf"编号(?:是|系|为|[\s:：#])*(?!w\d{{8}})(?P<value>[a-z]{{1,4}}-?\d[\d-]{{2,18}}\d){END}"),
        # 330101-2026-00818
        pattern(210, HINT, rf"{ALONE}\d{{6}}-20\d\d-\d{{3,6}}{END}"),
        # GD-20261101-77
        pattern(220, HINT, rf"{ALONE}[a-z]{{1,4}}-?\d{{4,8}}(?:-\d{{2,6}})+{END}"),
        # HZ-BJ-20261101-12
        pattern(230, HINT, rf"{ALONE}[a-z]{{1,3}}-[a-z]{{2,3}}-\d{{6,8}}(?:-\d{{1,4}})?{END}"),
        pattern(
            240,
            HINT,
            rf"{ALONE}(?!sf\d)(?:[a-z]{{2,4}}-?\d{{5,14}}|[a-z]\d{{7,12}}|[a-z]-\d{{4,8}}|20[12]\d{{8,11}}){END}",
        ),
    ),
    open=Open(20, r"T-\d+-\d\b"),
)
