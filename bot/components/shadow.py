"""The shadow of a text: Simplified, lower case, half width, blanks as spaces. Exactly as long as the text.

Features look at the shadow, so that 電費, 电费 and ＤＩＡＮ are one; spans keep the offsets of the original.
"""

import unicodedata
from functools import lru_cache
from typing import Dict

from opencc import OpenCC

_HAN = [chr(code) for code in range(0x4E00, 0xA000)] + [chr(code) for code in range(0x3400, 0x4DC0)]

_SIMPLIFIED_ANYWAY = "么著"
"""Everyday Simplified characters that the tables take for Traditional ones (麼 is 么, but they go on to 幺)."""


@lru_cache(maxsize=1)
def simplified() -> Dict[int, str]:
    """Gives the table from Traditional characters, Hong Kong and Taiwan forms included, to Simplified ones."""
    table: Dict[int, str] = {}
    for step in ("tw2s", "hk2s"):
        converted = OpenCC(step).convert("\n".join(_HAN)).split("\n")
        table.update({ord(old): new for old, new in zip(_HAN, converted, strict=True) if len(new) == 1 and new != old})
    return {code: new for code, new in table.items() if chr(code) not in _SIMPLIFIED_ANYWAY}


@lru_cache(maxsize=65_536)
def _folded(character: str) -> str:
    folded = unicodedata.normalize("NFKC", character).lower()
    if len(folded) != 1:
        return character
    return " " if folded.isspace() else folded


def shadow(text: str) -> str:
    """Gives the shadow. Characters whose normal form is longer than one character stay as they are."""
    return "".join(map(_folded, text)).translate(simplified())
