"""Words that values of several types are made of or stand beside, as parts of patterns."""

from __future__ import annotations

NUMBER = "一二两三四五六七八九十百零〇"
ALONE, END = r"(?<![a-z0-9])", r"(?![a-z0-9])"
ENGLISH_NUMBERS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|seventy"
    "|eighty|ninety|hundred|thousand"
)
ENGLISH_HOUR = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
SUM = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d{1,2})?"
GROUPS = r"\d{2,8}(?:[ -]\d{2,5}){0,3}[ -]\d{1,5}"
"""A long number in groups, as it is printed on bills."""
SAID = r"(?:,? ?(?:numbers?|nr\.?|no\.?|num|id|code|is|was|says)(?![a-z])|号码?|编号|是|系|为|就|[\s:：#,，])*"
BEHIND = r"(?=[\s,，]*(?:(?:is|says|on) (?:the|my)|是我?的?|系我?嘅?|就是)?\s?(?:"
"""What stands between a number and the word behind it: 3301081992 is my account."""
