"""How Chinese characters sound, for the model: the table `bot/components/text/readings.json`, which a command writes.

By syllable without tone (`lv` for lü), its characters; behind a character that has several readings, how often it has
this one, in tenths. Counted over what residents and guides say and cities are called, and the phrases of pypinyin.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pypinyin import Style, lazy_pinyin, pinyin
from pypinyin.constants import PHRASES_DICT
from pypinyin.style import convert

from values.writing import normalised

TABLE = Path("bot/components/text/readings.json")
SOURCES = ("nlu/*/zh_Hans.yml", "nlu/*/zh_Hant.yml", "nlu/*/turns/zh_Hans.yml", "guides/*.yml", "cities/**/*.yml")
_HAN = re.compile("[\u3400-\u9fff]+")
_LEAST_SHARE = 0.05
_FIRST, _LAST = 0xB0, 0xF7
"""The rows of GB 2312 that hold characters."""

type Readings = dict[str, str]


def write_readings(root: Path) -> int:
    """Write the table in one step, and give how many characters it has."""
    table = readings(_counted(root))
    fresh = (root / TABLE).with_suffix(".new")
    fresh.write_text(json.dumps(table, ensure_ascii=False, indent=0, sort_keys=True) + "\n", encoding="utf-8")
    fresh.replace(root / TABLE)
    return len({char for chars in table.values() for char in chars if not char.isdigit()})


def readings(counted: Mapping[str, Counter[str]]) -> Readings:
    """Give the table, of how often each character has which reading."""
    table: defaultdict[str, list[str]] = defaultdict(list)
    for char in sorted(counted):
        total = counted[char].total()
        kept = {sound: count / total for sound, count in counted[char].items() if count / total >= _LEAST_SHARE}
        for sound, share in kept.items():
            table[sound].append(char if len(kept) == 1 else f"{char}{max(1, min(9, round(10 * share)))}")
    return {sound: "".join(chars) for sound, chars in table.items()}


def _counted(root: Path) -> dict[str, Counter[str]]:
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for char, sound in _pairs(root):
        counted[char][sound] += 1
    for char in _simplified():
        if char not in counted:
            counted[char][lazy_pinyin(char, style=Style.NORMAL)[0]] += 1
    return counted


def _pairs(root: Path) -> Iterator[tuple[str, str]]:
    """Characters as they are read, one after the other."""
    for phrase, sounds in PHRASES_DICT.items():
        for char, said in zip(phrase, sounds, strict=False):
            if _HAN.fullmatch(char):
                yield from ((at, _toneless(said[0])) for at in normalised(char))
    for path in sorted(path for pattern in SOURCES for path in root.glob(pattern)):
        yield from _read(_HAN.findall(normalised(path.read_text(encoding="utf-8"))))


def _read(runs: Iterable[str]) -> Iterator[tuple[str, str]]:
    for run in runs:
        for char, sounds in zip(run, pinyin(run, style=Style.NORMAL, v_to_u=False), strict=True):
            if sounds[0].isascii():  # of a few rare characters no reading is known
                yield char, sounds[0]


def _toneless(sound: str) -> str:
    return str(convert(sound, Style.NORMAL, strict=False))


def _simplified() -> Iterator[str]:
    """All characters of GB 2312."""
    for row in range(_FIRST, _LAST + 1):
        for place in range(0xA1, 0xFF):
            try:
                yield bytes((row, place)).decode("gb2312")
            except UnicodeDecodeError:
                continue
