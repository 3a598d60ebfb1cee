"""How a text message is counted: in the 7-bit alphabet of GSM where it has all characters, else in UCS-2. Pure.

3GPP TS 23.038, 6.2.1 (the alphabet and its extension) and TS 23.040, 9.2.3.24.1 (the header that joins parts). One part
holds 160 or 70 units; of a longer message each holds 153 or 67, since the header takes the rest.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")  # two units each: an escape goes before
SINGLE = {"gsm7": 160, "ucs2": 70}
JOINED = {"gsm7": 153, "ucs2": 67}


@dataclass(frozen=True, slots=True)
class Parts:
    """What a text is charged as: `units` are septets or 16-bit words, `parts` what the network counts."""

    encoding: Literal["gsm7", "ucs2"]
    units: int
    parts: int

    def cost(self, price: Decimal) -> Decimal:
        """What it costs at a price a part, in yuan."""
        return self.parts * price


def parts_of(text: str) -> Parts:
    """Count a text; an empty one is one part.

    A character that takes two units is never divided between two parts, which may make one more.
    """
    extended = all(char in BASIC or char in EXTENDED for char in text)
    if extended:
        sizes = [2 if char in EXTENDED else 1 for char in text]
        return _counted("gsm7", sizes)
    return _counted("ucs2", [2 if ord(char) > 0xFFFF else 1 for char in text])


def _counted(encoding: Literal["gsm7", "ucs2"], sizes: list[int]) -> Parts:
    units = sum(sizes)
    if units <= SINGLE[encoding]:
        return Parts(encoding, units, 1)
    room, parts, used = JOINED[encoding], 1, 0
    for size in sizes:
        if used + size > room:
            parts, used = parts + 1, 0
        used += size
    return Parts(encoding, units, parts)
