"""What is typed by its sound: held-out lines in pinyin, or with a homophone each, and English lines, which stay."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from random import Random
from statistics import fmean
from typing import Any

from pypinyin import Style, lazy_pinyin

from bench.machine import load
from bench.nlu.ours import ONE_THREAD, run
from bench.sample import read_lines
from tools.evaluation.lines import Line
from values.writing import has_han, normalised

SAMPLE = 300
"""Lines that are typed in pinyin."""
SEED = 3
LEAST = 3
"""Chinese characters of a line that is asked."""
LETTERS_AN_ERROR = 14
COMMON = 20
"""So often a character stands in our lines that may be written for another."""
_HAN = re.compile("[\u3400-\u9fff]")
_SIGN = re.compile(r"[^\w]+")
_WRONG_INITIALS = {"zh": "z", "ch": "c", "sh": "s"}

type Style_ = Callable[[str, Random], str]


def measure(root: Path, python: Path, held_out: Sequence[Line], english: Iterable[str]) -> dict[str, Any]:
    """All of it, in one run of the bot's Python.

    Args:
        root: the project's folder.
        python: the bot's Python.
        held_out: our lines that nobody trained on.
        english: lines of others, of which those in English are asked beside ours.

    Raises:
        StartError: the program failed.
    """
    before = load()
    chinese = sorted({line.text for line in held_out if is_chinese(line.text)})
    chosen = [_SIGN.sub("", normalised(line)) for line in Random(SEED).sample(chinese, SAMPLE)]
    stay = sorted({text for text in [*(line.text for line in held_out), *english] if text.isascii()})
    written = [normalised(line) for line in chinese]
    wrong = with_homophones(written, Counter("".join(normalised(line.said()) for line in read_lines(root / "nlu"))))
    parts: dict[str, list[str]] = {name: typed(chosen, style) for name, style in STYLES.items()}
    parts |= {"english": stay, "written": written, "wrong": wrong}
    said = run(
        (str(python), "-m", "bot.by_sound"), json.dumps([*chain.from_iterable(parts.values())]), root, ONE_THREAD
    )
    answer = json.loads(said)
    of_part = _parted(parts, list(zip(answer["read"], answer["ms"], strict=True)))
    return {
        "pinyin": [{"name": name, **in_pinyin(chosen, of_part[name])} for name in STYLES],
        "english": stayed(stay, of_part["english"]),
        "homophones": set_right(written, wrong, of_part["written"], of_part["wrong"]),
        "training_seconds": round(answer["training_seconds"], 1),
        "load_before": before,
    }


type Read = tuple[tuple[str | None, str], float]
"""Text (None: it stays) and normalised text of a message, and the milliseconds of it."""


def is_chinese(text: str) -> bool:
    """Whether a line is Chinese without Latin letters."""
    return len(_HAN.findall(text)) >= LEAST and not re.search("[A-Za-z]", text)


def in_pinyin(meant: Sequence[str], read: Sequence[Read]) -> dict[str, Any]:
    """How many characters and whole lines are read as they were meant."""
    errors = [
        min(len(line), distance(line, normalised(text or ""))) for line, ((text, _), _) in zip(meant, read, strict=True)
    ]
    return {
        "lines": len(meant),
        "characters": round(1 - sum(errors) / sum(map(len, meant)), 4),
        "whole": round(errors.count(0) / len(meant), 4),
        "ms": round(fmean(ms for _, ms in read), 2),
    }


def stayed(lines: Sequence[str], read: Sequence[Read]) -> dict[str, Any]:
    """How many English lines were read as pinyin, and which."""
    wrongly = [[line, text] for line, ((text, _), _) in zip(lines, read, strict=True) if text is not None]
    return {"lines": len(lines), "read": wrongly, "ms": round(fmean(ms for _, ms in read), 3)}


def set_right(
    written: Sequence[str], wrong: Sequence[str], read: Sequence[Read], read_wrong: Sequence[Read]
) -> dict[str, Any]:
    """How many lines with a homophone are set right, and how many without are changed."""
    changed = [[line, found] for line, ((_, found), _) in zip(written, read, strict=True) if found != line]
    right = [found == line for line, ((_, found), _) in zip(written, read_wrong, strict=True)]
    left = [found == line for line, ((_, found), _) in zip(wrong, read_wrong, strict=True)]
    return {
        "lines": len(written),
        "right": round(fmean(right), 4),
        "left": round(fmean(left), 4),
        "changed": changed,
        "ms": round(fmean(ms for _, ms in read), 2),
    }


def typed(lines: Iterable[str], style: Style_) -> list[str]:
    """Lines as they are typed in a style; always the same."""
    random = Random(SEED)
    return [style(line, random) for line in lines]


def with_homophones(lines: Iterable[str], common: Mapping[str, int]) -> list[str]:
    """Lines with one character each written for another of the same sound; as they are where none has such."""
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for character in sorted(common):
        if has_han(character) and common[character] >= COMMON:
            alike[lazy_pinyin(character)[0]].append(character)
    random = Random(SEED)
    return [_with_homophone(line, alike, random) for line in lines]


def _with_homophone(line: str, alike: Mapping[str, Sequence[str]], random: Random) -> str:
    places = [place for place, character in enumerate(line) if has_han(character)]
    for place in random.sample(places, len(places)):
        others = [one for one in alike.get(lazy_pinyin(line[place])[0], ()) if one != line[place]]
        if others:
            return line[:place] + random.choice(others) + line[place + 1 :]
    return line


def distance(one: str, other: str) -> int:
    """How many characters must be put in, left out or replaced (Levenshtein)."""
    row = list(range(len(other) + 1))
    for number, character in enumerate(one, 1):
        before, row[0] = row[0], number
        for place, theirs in enumerate(other, 1):
            before, row[place] = (
                row[place],
                min(row[place] + 1, row[place - 1] + 1, before + (character != theirs)),
            )
    return row[-1]


def _syllables(line: str, style: Style = Style.NORMAL) -> list[str]:
    return lazy_pinyin(line, style=style, v_to_u=False)


def _spaced_at_random(line: str, random: Random) -> str:
    return "".join(syllable + (" " if random.random() < 1 / 2 else "") for syllable in _syllables(line)).strip()


def _without_h(line: str, random: Random) -> str:  # noqa: ARG001 - as the others are asked
    return " ".join(re.sub("^[zcs]h", lambda found: _WRONG_INITIALS[found[0]], one) for one in _syllables(line))


def _with_errors(line: str, random: Random) -> str:
    letters = list(_spaced_at_random(line, random))
    for _ in range(max(1, len(letters) // LETTERS_AN_ERROR)):
        places = [at for at in range(1, len(letters)) if letters[at - 1].isalpha() and letters[at].isalpha()]
        if places:
            at = random.choice(places)
            letters[at - 1 : at + 1] = random.choice(
                ([letters[at - 1]], [letters[at], letters[at - 1]], [letters[at - 1], letters[at], letters[at]])
            )
    return "".join(letters)


STYLES: Mapping[str, Style_] = {
    "a syllable a word, tones as digits": lambda line, _: " ".join(_syllables(line, Style.TONE3)),
    "a syllable a word": lambda line, _: " ".join(_syllables(line)),
    "joined": lambda line, _: "".join(_syllables(line)),
    "spaced at random": _spaced_at_random,
    "zh, ch, sh as z, c, s": _without_h,
    f"an error every {LETTERS_AN_ERROR} letters": _with_errors,
}


def _parted(parts: Mapping[str, Sequence[str]], read: Sequence[Read]) -> dict[str, Sequence[Read]]:
    found: dict[str, Sequence[Read]] = {}
    start = 0
    for name, lines in parts.items():
        found[name] = read[start : start + len(lines)]
        start += len(lines)
    return found
