"""One spelling of a text, for comparing: its normalised form, exactly as long, and a code without its separators.

The normalised form is Simplified, lower case, half width, with blanks as spaces: 電費, 电费 and ＤＩＡＮ are one, and
what is found in it stands at the same place of the text.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from opencc import OpenCC

_HAN = [chr(code) for code in range(0x4E00, 0xA000)] + [chr(code) for code in range(0x3400, 0x4DC0)]
_HAS_HAN = re.compile(r"[㐀-鿿豈-﫿]")

_SIMPLIFIED_ANYWAY = "么著"
"""Everyday Simplified characters that the tables take for Traditional ones (麼 is 么, but they go on to 幺)."""

_SEPARATORS = str.maketrans("", "", " \t\r\n\u3000·•・‧∙.。,，、-–—_/\\:：'\"“”‘’()（）[]【】#*")


KEPT = 4096
"""Names are compared with every message, and a message is asked for by some hundred rules."""
GAP = r"[\s\-‐-―－.·・•]{0,2}"
"""What may stand between two digits of a number, as part of a pattern."""


@lru_cache(maxsize=1)
def simplified() -> dict[int, str]:
    """Give the table from Traditional characters, Hong Kong and Taiwan forms included, to Simplified ones."""
    table: dict[int, str] = {}
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


@lru_cache(maxsize=KEPT)
def normalised(text: str) -> str:
    """Give the normalised text. Characters whose normal form is longer than one character stay as they are."""
    return "".join(map(_folded, text)).translate(simplified())


@lru_cache(maxsize=KEPT)
def plain(text: str) -> str:
    """The normalised text of the NFKC form: as long as that form, which may be longer than the text."""
    return normalised(unicodedata.normalize("NFKC", text))


def compact(written: str) -> str:
    """Put a code into capital ASCII letters and digits without the marks that people set between them."""
    return unicodedata.normalize("NFKC", written).translate(_SEPARATORS).upper()


def has_han(text: str) -> bool:
    """Whether the text has a Chinese character."""
    return _HAS_HAN.search(text) is not None
