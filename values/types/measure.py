"""A measure or a span of time: neither money nor a line."""

from __future__ import annotations

from values.definition import HINT, ValueType, pattern
from values.words import NUMBER

TYPE = ValueType(
    "measure",
    patterns=(
        pattern(
            270,
            HINT,  # neither money nor a line
            rf"[{NUMBER}]+多?(?:度(?!电)|岁|米|公里|平方|小时|分钟|个钟)"
            r"|(?<![\d.:/-])\d+(?:\.\d+)?\s?多?(?:个半?小时|小时|个?钟头?|分钟|分鐘|岁|米(?!市)|公里|千米|度(?!电)|平方|%|％|percent(?![a-z])"
            r"|min(?:ute)?s?(?![a-z])|hours?(?![a-z])|hrs?(?![a-z])|days?(?![a-z])|weeks?(?![a-z])|years?(?![a-z])|months?(?![a-z])"
            r"|degrees?(?![a-z])|times(?![a-z]))",
        ),
    ),
)
