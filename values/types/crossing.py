"""A crossing of two roads. No entity: the sentence says where the first name begins."""

from __future__ import annotations

from values.definition import HINT, ValueType, pattern
from values.words import ALONE, END

ROAD = r"[^\W\da-z在喺从到是系路街道巷和与跟同]{1,6}(?:大街|大道|路|街|巷)"
ENGLISH_ROAD = "(?:road|rd|street|st|avenue|lane|lu|gate)"


TYPE = ValueType(
    "crossing",
    patterns=(
        pattern(
            250,
            HINT,  # a crossing of two roads; no entity, since the sentence says where the first name begins
            rf"{ROAD}[和与跟同、]?{ROAD}(?:路口|口|交叉口|十字路口|交界处?|交汇处?)"
            rf"|{ALONE}(?:corner|junction|crossing|intersection) of [a-z' ]+? and [a-z' ]+?{ENGLISH_ROAD}{END}",
        ),
    ),
)
