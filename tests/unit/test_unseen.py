"""What is taken out of a text before members of staff read it, and what stays."""

import sys
import unicodedata

import pytest

from desk.texts.invisible import seen
from desk.texts.masking import masked

DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
INVISIBLE = (
    "\u200b\u200c\u200d\u2060\u2061\u2064\u206a\u206f\ufeff\u00ad\u034f\u3164\u115f\uffa0\ufe0f\U000e0041\U000e0101"
)
COMMANDS = "\x00\x07\x08\r\x1b\x7f\x9b"


@pytest.mark.parametrize("character", [*DIRECTIONS, *INVISIBLE, *COMMANDS], ids=lambda one: f"U+{ord(one):04X}")
def test_a_number_is_masked_whatever_stands_unseen_in_it(character: str) -> None:
    """A telephone, a plate and an address of mail are known through it, and it is gone."""
    said = f"138{character}0013{character}8000 浙A{character}12345 wang{character}@example.com"
    assert masked(said) == "****8000 浙A****5 ***@example.com"


def test_no_character_of_format_or_control_is_left() -> None:
    """All of Unicode's categories Cc and Cf but tab and newline; those that shape a script stand visible and stay."""
    every = (chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000)
    left = [one for one in every if unicodedata.category(one) in ("Cc", "Cf") and seen(f"a{one}b") != "ab"]
    shown = ("ARABIC", "SYRIAC", "KAITHI", "EGYPTIAN")
    assert [f"{ord(one):04X}" for one in left if not unicodedata.name(one, "").startswith(shown)] == ["0009", "000A"]


@pytest.mark.parametrize(
    "said", ["👨‍👩‍👧 谢谢", "❤️", "❤️‍🔥", "🏳️‍🌈", "👩🏽‍⚕️", "🤷‍♀️", "路灯坏了\n\t第二行", "مرحبا", "नमस्ते"]
)
def test_what_is_seen_stays(said: str) -> None:
    """Pictures of several parts, lines, other scripts."""
    assert seen(said) == said
