"""What nobody sees in a text, and what a terminal obeys: taken out before members of staff read it.

Such characters turn the direction of reading, hide words, part a number so that it is not known for one, or command a
terminal. What joins the parts of a picture (an emoji) stays.
"""

import re

PICTURE = "\u2190-\u21ff\u2300-\u27bf\u2900-\u297f\u2b00-\u2bff\U0001f000-\U0001faff"
JOINS = rf"(?<=[{PICTURE}\ufe0f])\u200d(?=[{PICTURE}])|(?<=[{PICTURE}])\ufe0f"
CHARACTERS = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # commands, but tab and newline
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # directions
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0"
    "\u2028\u2029\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\ufe00-\ufe0f\U000e0000-\U000e0fff"  # variants of characters, tags
)
"""Unicode's Default_Ignorable_Code_Point, and controls (https://www.unicode.org/reports/tr44/)."""
UNSEEN = re.compile(f"(?!{JOINS})[{CHARACTERS}]")


def seen(text: str) -> str:
    """The text without them."""
    return UNSEEN.sub("", text)
