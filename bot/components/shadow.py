"""The shadow of a text: Simplified, lower case, half width, blanks as spaces. Exactly as long as the text.

Features look at the shadow, so that 電費, 电费 and ＤＩＡＮ are one; spans keep the offsets of the original.
"""

import unicodedata
from functools import lru_cache
from typing import Dict

from opencc import OpenCC

_HAN = [chr(code) for code in range(0x4E00, 0xA000)] + [chr(code) for code in range(0x3400, 0x4DC0)]


@lru_cache(maxsize=1)
def simplified() -> Dict[int, str]:
    """Gives the table from Traditional characters, Hong Kong and Taiwan forms included, to Simplified ones."""
    lines = "\n".join(_HAN)
    for step in ("hk2s", "tw2s"):
        lines = OpenCC(step).convert(lines)
    return {ord(old): new for old, new in zip(_HAN, lines.split("\n")) if len(new) == 1 and new != old}


@lru_cache(maxsize=65_536)
def _folded(character: str) -> str:
    folded = unicodedata.normalize("NFKC", character).lower()
    if len(folded) != 1:
        return character
    return " " if folded.isspace() else folded


def shadow(text: str) -> str:
    """Gives the shadow. Characters whose normal form is longer than one character stay as they are."""
    return "".join(map(_folded, text)).translate(simplified())
