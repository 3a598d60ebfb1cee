"""Finds lines by what residents call them: 28路, 28, bus 28, b支4路, 二十八路, or a name of words."""

import re
from collections import defaultdict
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from actions.transit.naming import plain
from actions.transit.network import Line, Network
from actions.transit.scanning import Sentence
from values.writing import has_han

NEAR_LINES = 4
NEAR_SCORE = 50.0
_SUFFIXES = ("路公交车", "路公交", "路车", "路巴士", "路", "号线", "线", "号车", "号", "bus")
_PREFIXES = (
    "busline", "busroute", "busnumber", "busno", "bus", "line", "route", "number", "no", "公交车", "公交", "巴士",
)  # fmt: skip
_COUNTED = ("号", "点", "分", "月", "年", "日", "元", "块", "个", "人", "米", "公里", "岁", "天", "小时")
_CALLED = frozenset({"the", "bus", "line", "route", "number", "no", "buses", "公交", "公交车", "巴士"})
_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_CHINESE_NUMBER = re.compile(r"(?<![另哪这那同每])[零〇一二两三四五六七八九十百]+(?=路(?!上|人|口)|号线)")
_UNKNOWN = re.compile(r"(?<![a-z0-9])([a-z]{0,2}支?\d{1,4}[a-z]?)(?:路(?!口)|号线)")
_NOT = frozenset({"不是", "不坐", "不要", "唔系", "唔是", "not"})


@dataclass(frozen=True, slots=True)
class LineMention:
    """A line named in a sentence. Without `lines` the city has none of that name."""

    text: str
    lines: tuple[Line, ...]
    rejected: bool


def arabic(text: str) -> str:
    """Write Chinese numbers before 路 and 号线 in digits: 二十八路 → 28路, 一五五路 → 155路."""
    return _CHINESE_NUMBER.sub(lambda match: _number(match[0]), text)


def _number(text: str) -> str:
    if not set(text) & {"十", "百"}:
        return "".join(str(_DIGITS[sign]) for sign in text)
    total, digit = 0, 0
    for sign in text:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        else:
            total += (digit or 1) * (10 if sign == "十" else 100)
            digit = 0
    return str(total + digit)


def line_key(text: str) -> str:
    """Spell a line's name for comparing: 28路, bus 28 and 28 are one."""
    key = arabic(plain(text))
    for suffix in _SUFFIXES:
        if key.endswith(suffix) and len(key) > len(suffix):
            key = key.removesuffix(suffix)
            break
    for prefix in _PREFIXES:
        if key.startswith(prefix) and len(key) > len(prefix):
            return key.removeprefix(prefix)
    return key


class LineIndex:
    """All names of the lines of a network."""

    def __init__(self, network: Network) -> None:
        known: defaultdict[str, dict[str, Line]] = defaultdict(dict)
        for line in network.lines:
            for route in line.routes:
                names = (route.short, route.long, *route.short_names.values(), *route.long_names.values())
                for name in {name for name in names if name}:
                    known[line_key(name)][line.key] = line
                    known[plain(name)][line.key] = line
        self._known = {key: tuple(lines.values()) for key, lines in known.items() if key}

    def find(self, text: str) -> tuple[Line, ...]:
        """Find the lines of a name that stands alone: several if operators share it, none if it is unknown."""
        return self._known.get(line_key(text)) or self._known.get(plain(text)) or ()

    def near(self, text: str) -> tuple[Line, ...]:
        """Give the lines whose names look most like an unknown one."""
        found = process.extract(
            line_key(text), self._known.keys(), scorer=fuzz.ratio, limit=NEAR_LINES, score_cutoff=NEAR_SCORE
        )
        return tuple({line.key: line for key, _, _ in found for line in self._known[key]}.values())[:NEAR_LINES]

    def scan(self, text: str) -> list[LineMention]:
        """Find the lines named in a sentence beyond doubt, in its order.

        A bare number needs 路, 号线, "bus" or "the" beside it, or must come first and count nothing.
        """
        sentence = Sentence.read(arabic(Sentence.read(text).spaced()))
        text = sentence.text
        found: dict[int, LineMention] = {}
        for start, end in sentence.spans(self._known):
            name = text[start:end]
            if self._named(sentence, name, start, end):
                found[start] = LineMention(name, self._known[name], sentence.follows(start, _NOT))
        for match in _UNKNOWN.finditer(text):
            if not any(start <= match.start() < start + len(m.text) for start, m in found.items()):
                lines = self.find(match[1])
                found[match.start()] = LineMention(match[0], lines, sentence.follows(match.start(), _NOT))
        return [found[start] for start in sorted(found)]

    def _named(self, sentence: Sentence, name: str, start: int, end: int) -> bool:
        if (start, end) == (0, len(sentence.text)):
            return True
        after = sentence.text[end:]
        called = after.startswith(("路", "号线", "线")) and not after.startswith("路口")
        called = called or sentence.follows(start, _CALLED) or sentence.words.get(end + 3) == "bus"
        called = called or (start == 0 and not after.startswith(_COUNTED) and not after[:1].isascii())
        mixed = any(sign.isdigit() for sign in name) and not name.isdigit()
        return called or mixed or (has_han(name) and len(name) >= 3) or (name.isalpha() and len(name) >= 8)
