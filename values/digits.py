"""Digits that are said rather than written: 六五五七, 幺三八, 洞, 两千零八, "six five five seven", "double six", "oh".
Letters of a code, too: 叉 and 埃克斯 for X, "cross", "kilo".

Two uses. `heard` is for a sentence: only a long run of said digits is somebody's number, and it keeps the places, so
that a value is given as it is written. `as_digits` is for what is meant to be a number: every said digit counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from values.numbers import ENGLISH, english, han
from values.writing import plain

SAID = {"零": "0", "〇": "0", "洞": "0", "一": "1", "幺": "1", "么": "1", "二": "2", "两": "2", "三": "3", "四": "4",
        "五": "5", "六": "6", "七": "7", "八": "8", "九": "9", "拐": "7", "勾": "9"}  # fmt: skip
"""Digits by the characters that say them: radio and railway say 幺, 拐, 勾 and 洞 where 一, 七, 九 and 零 might be
misheard.
"""
CROSS = "(?:[交打]?叉|[埃爱艾]克斯)"
"""What the letter X is called."""
HAN_DIGIT = "[{}]".format("".join(char for char in SAID if char != "两"))
LONG = 6
"""From so many said digits on, a run in a sentence is somebody's number."""

_ONES = {word: str(value) for word, value in ENGLISH.items() if value < 10}
_ONES |= {"zero": "0", "nought": "0", "oh": "0", "o": "0"}
_BELOW_100 = {word: str(value) for word, value in ENGLISH.items() if value >= 10}
_TIMES = {"double": 2, "triple": 3, "treble": 3}
_NAMES = (
    "alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike november oscar papa",
    "quebec romeo sierra tango uniform victor whiskey whisky xray yankee zulu",
    "bee cee dee gee jay kay ell em en pee queue ess tee vee wye zee zed",
)
_LETTERS = {word: word[0] for line in _NAMES for word in line.split()}
_LETTERS |= {"ell": "l", "em": "m", "en": "n", "ess": "s", "ex": "x", "ecks": "x", "cross": "x"}
"""Letters by their names in the ICAO's alphabet, and as they sound."""


def _any(words: Iterable[str]) -> str:
    return f"(?:{'|'.join(sorted(words, key=len, reverse=True))})(?![a-z])"


_ITEM = rf"(?:{_any(_TIMES)}[ -])?{_any(_ONES)}"
_NUMERAL = _any((*ENGLISH, "hundred", "thousand"))

_LONG_HAN = re.compile(rf"{HAN_DIGIT}(?:[ -]?{HAN_DIGIT}){{{LONG - 1},}}")
_LONG_ENGLISH = re.compile(rf"(?<![a-z0-9]){_ITEM}(?:[ ,-]+{_ITEM}){{{LONG // 2},}}")
LONG_RUN = re.compile(f"{_LONG_HAN.pattern}|{_LONG_ENGLISH.pattern}", re.IGNORECASE)
"""A long run of said digits in a text as it is written."""
_ANY_HAN = re.compile(r"[零〇洞一幺么二两三四五六七八九拐勾十百千万]+")
_PLAINLY = re.compile("[零〇一二三四五六七八九]")
_LARGE = re.compile(rf"(?<![a-z]){_NUMERAL}(?:(?:[ -]| and ){_NUMERAL})*")
_RUN = re.compile(rf"(?<![a-z])(?:{_ITEM}|{_any(_BELOW_100)})(?:[ ,-]+(?:{_ITEM}|{_any(_BELOW_100)}))+")
_LETTER = rf"(?:[a-z](?![a-z])|{_any(_LETTERS)})"
_CODE_SIGN = "[a-z0-9{}]".format("".join(SAID))
_EXPLAINED = re.compile(
    rf"(?:{CROSS}|x)[\s,，、(]*(?:也?就是|即是?|是)?(?:那个)?(?:英文|英语|字母|大写)(?:字母|里)?(?:的|那个|里)*(?:{CROSS}|x)+\)?"
)
"""An X with what explains it: 叉，就是英文那个叉."""
_CROSS_IN_CODE = re.compile(rf"(?:^|(?<={_CODE_SIGN}))[\s,，-]?{CROSS}(?=$|[\s,，。.、;；!！?？就也是]|{_CODE_SIGN})")
_SPELT = re.compile(rf"(?<![a-z])(?:{_ITEM}|{_LETTER})(?:[ ,-]+(?:{_ITEM}|{_LETTER})){{3,}}")
_ALONE = re.compile(rf"\s*(?:{_any(_ONES)}|{_any(_BELOW_100)})[\s.]*")


@dataclass(frozen=True)
class Heard:
    """A normalised text with long runs of said digits in ASCII; `places` gives for each character where it began."""

    text: str
    places: tuple[int, ...] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """A span of this text as a span of the normalised text it was made from."""
        if self.places is None:
            return start, end
        return self.places[start], self.places[end]


def heard(normalised: str) -> Heard:
    """Give a normalised text as it is heard. Nearly always it is the same."""
    if _LONG_HAN.search(normalised):
        normalised = _LONG_HAN.sub(lambda run: "".join(SAID.get(char, char) for char in run[0]), normalised)
    if sum(word in _ONES for word in normalised.replace("-", " ").split()) >= LONG // 2 and _LONG_ENGLISH.search(
        normalised
    ):
        return _english_heard(normalised)
    return Heard(normalised)


def _english_heard(normalised: str) -> Heard:
    text: list[str] = []
    places: list[int] = []
    end = 0
    for run in _LONG_ENGLISH.finditer(normalised):
        digits = _spelled(run[0])
        text += [normalised[end : run.start()], digits]
        places += [*range(end, run.start()), *[run.start()] * len(digits)]
        end = run.end()
    return Heard("".join([*text, normalised[end:]]), (*places, *range(end, len(normalised) + 1)))


def as_digits(written: str) -> str:
    """The normalised text of what is meant to be a number or a code, with every digit in ASCII.

    A numeral is written out (两千零八 is 2008), digits that are said one by one follow each other. One English word
    is a digit only if nothing stands beside it: "the last one" has none.
    """
    text = _ANY_HAN.sub(lambda run: _han_digits(run[0]), _with_cross(plain(written)))
    if any(word in text for word in ("hundred", "thousand")):
        return _LARGE.sub(lambda run: str(english(run[0])), text)
    if _ALONE.fullmatch(text):
        return _spelled(text)
    return _RUN.sub(lambda run: _spelled(run[0]), _SPELT.sub(lambda run: _with_letters(run[0]), text))


def _with_cross(text: str) -> str:
    """The text with an X for what it is called, where that stands in a code or by itself."""
    return _CROSS_IN_CODE.sub("x", _EXPLAINED.sub("x", text))


def _with_letters(run: str) -> str:
    """A code that is spelt out, "a eight k three seven p"; words with one digit or none among them are a sentence."""
    words = re.findall(r"[a-z]+", run)
    if sum(word in _ONES and len(word) > 1 for word in words) < 2:
        return run
    digits = re.sub(rf"(?<![a-z]){_ITEM}", lambda item: _said(re.findall("[a-z]+", item[0])), run)
    return re.sub(r"[ ,-]+", "", re.sub(rf"(?<![a-z]){_any(_LETTERS)}", lambda name: _LETTERS[name[0]], digits))


def _han_digits(run: str) -> str:
    if any(unit in run for unit in "十百千万"):
        return run if any(char in run for char in "幺么洞拐勾") else str(han(run))
    if not _PLAINLY.search(run) and run != "两":
        return run  # 么, 洞 and 拐 alone are words of their own
    return "".join(SAID[char] for char in run)


def _spelled(run: str) -> str:
    """The digits of English words: "double six" is 66, "sixty-five fifty seven" 6557. A lone "o" is a letter."""
    words = re.findall(r"[a-z]+", run)
    return run if all(word in ("o", "oh") for word in words) else _said(words)


def _said(words: Iterable[str]) -> str:
    digits, times, tens = "", 1, False
    for word in words:
        one = _ONES.get(word, "")
        digits = digits[:-1] + one if tens and one not in ("", "0") else digits + one * times + _BELOW_100.get(word, "")
        times, tens = _TIMES.get(word, 1), word.endswith("ty")
    return digits
