"""Sentences that want nothing but to pay what is shown: all of it, some, or one.

"Pay it", "pay them together", "the first two first", "just the first one": every word of them is one of these, so
that a sentence that says anything else (a question, a no, another matter) is none.
"""

import re
from functools import cache

from actions.fields.sounding import syllables
from actions.phrases import phrases, plain, words
from values.writing import has_han

LONGEST = 60
FEW = 8
"""Characters of a message that is nothing but to pay, by its sound."""
DIGITS = 4
"""A number of more digits is no amount and no place in a list, but a value of its own."""

_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)?|[0-9]+(?:\.[0-9]+)?(?:st|nd|rd|th)?|[\u3400-\u9fff]+|[¥￥]|\S")
_SIGNS = frozenset(",，.。!！、~～;；:：¥￥-—…“”\"'")


def wants_all(text: str) -> bool:
    """Whether all that was shown is meant, and not some of it."""
    said = plain(text)
    return phrases("all_of_it").within(said) and not phrases("some_of_it").within(said)


def wants_to_pay(text: str) -> bool:
    """Whether a sentence says to pay, and nothing else but what of the things shown, and how willingly."""
    return _reads(text, need_verb=True)


def wants_which(text: str) -> bool:
    """Whether a sentence says nothing but which of the things shown, all of them, or to pay them."""
    return _reads(text, need_verb=False)


def _reads(text: str, *, need_verb: bool) -> bool:
    if len(text) > LONGEST or "?" in text or "？" in text:  # a question is none
        return False
    said = plain(text)
    pays = counts = False
    for found in _WORD.finditer(said):
        word = found[0]
        if word in _SIGNS:
            continue
        if word[0].isdigit():
            if len(word.partition(".")[0]) > DIGITS:
                return False
        elif "\u3400" <= word[0] <= "\u9fff":
            pieces = _pieces(word)
            if pieces is None:
                return False
            pays = pays or any(one in words("to_pay") for one in pieces)
            counts = counts or any(one in words("to_count") for one in pieces)
        else:
            latin = word.replace("'", "").replace("’", "")
            if latin not in _known():
                return False
            pays, counts = pays or latin in words("to_pay"), counts or latin in words("to_count")
    return pays or (counts and not need_verb)


def sounds_like_paying(text: str) -> bool:
    """Whether a few Chinese characters sound like a word for paying, with nothing but what may fill it, also twice
    over: written by ear, or by a wrong key.
    """
    said = "".join(found[0] for found in _WORD.finditer(plain(text)) if found[0] not in _SIGNS)
    if not has_han(said) or len(said) > FEW or "?" in text or "？" in text:
        return False
    words_of = {syllables(word) for word in words("to_pay") if has_han(word)}
    fills = [word for word in _chinese() if word in words("to_fill")]
    pays = False
    while said:
        count = next((count for count in (2, 1) if syllables(said[:count]) in words_of), 0)
        fill = next((word for word in fills if said.startswith(word)), "")
        if not (count or fill):
            return False
        pays, said = pays or count > 0, said[count or len(fill) :]
    return pays


@cache
def _known() -> frozenset[str]:
    return words("to_pay") | words("to_count") | words("to_fill")


@cache
def _chinese() -> list[str]:
    """Those of Chinese characters, the longest first."""
    return sorted((word for word in _known() if not word.isascii()), key=len, reverse=True)


def _pieces(word: str) -> list[str] | None:
    """The known words that Chinese characters are made of, the longest first; None: there is another one."""
    pieces = list[str]()
    while word:
        piece = next((one for one in _chinese() if word.startswith(one)), None)
        if piece is None:
            return None
        pieces.append(piece)
        word = word[len(piece) :]
    return pieces
