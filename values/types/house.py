"""The numbers of a house, which are no line and no day. Staff see the street and the estate, not the door."""

from __future__ import annotations

import re

from values.definition import HINT, Mask, ValueType, pattern
from values.words import ALONE, END, NUMBER

_ONE = rf"(?:[0-9A-Za-z]{{1,5}}|[{NUMBER}]{{1,5}})"
_BUILDING, _DOOR = "号楼|號樓|幢|栋|棟|座", "室|房|单元|單元"
_BEGIN, _END = rf"(?<![0-9A-Za-z{NUMBER}])", r"(?![0-9A-Za-z])"
_BEHIND = rf"[0-9]{{2,5}}{_END}(?! ?[号號个個])"
_MASKED = re.compile(
    "|".join(
        (
            rf"{_BEGIN}(?:{_ONE}(?:{_BUILDING}|楼|樓|层|層|{_DOOR})){{2,6}}(?:[0-9A-Za-z]{{1,5}}{_END})?",
            rf"{_BEGIN}{_ONE}(?:{_BUILDING}){_BEHIND}",
            rf"{_BEGIN}(?=[A-Za-z]{{0,4}}[0-9])[0-9A-Za-z]{{1,5}}(?:{_DOOR})(?:{_BEHIND})?",
            rf"{_BEGIN}(?i:flat|apartment|apt|unit|room|rm|suite)\.? ?#?"
            rf"(?=[A-Za-z-]{{0,5}}[0-9])[0-9A-Za-z-]{{1,6}}{_END}",
        )
    )
)
"""Where in its estate somebody lives: 3幢2单元501室, 501室, 12幢302, A座12樓B室, flat 12B. Every
run is bounded, so that it is found in linear time."""


def _seen(found: re.Match[str]) -> str:
    word = re.match(r"[A-Za-z]+", found[0])
    return f"{word[0]} ***" if word and " " in found[0] else "***"


TYPE = ValueType(
    "house",
    patterns=(
        pattern(
            260,
            HINT,  # the numbers of a house are no line and no day
            rf"(?:(?:\d+|[{NUMBER}]+)(?:号楼|号院|幢|栋|单元|室|弄))+"
            rf"|{ALONE}(?:building|block|flat|unit|room|window|gate) \d+{END}",
        ),
    ),
    mask=Mask(90, _MASKED, _seen),
)
