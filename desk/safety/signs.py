"""The signs of an emergency: runs of characters and words, each with a weight, that need nothing but a table.

A table (`nlu/safety/signs.json.gz`, made by `desk nlu signs` of the lines in `nlu/safety/` and of what residents say to
services) holds the weight of each sign. So an emergency is heard with the bot, its model and the agencies away. Where
the bot can be asked, the signs act by themselves only when they are sure; where it cannot, also when it is likely.
"""

import gzip
import hashlib
import json
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from desk.contract.errors import ConfigurationError
from desk.contract.wire import Locale
from desk.safety.kinds import FOLDER, LINES, NEAR_MISSES, Kind
from desk.safety.rows import Heard, Next
from desk.texts.scripts import converter

TABLE = "signs.json.gz"
NEXT_LINES = "next.jsonl"
READ = 1_000  # characters of a message that are read (docs/explanation/contracts.md)
LONGEST = 4  # characters of a run
ALSO = 0.3  # a kind that is so likely beside the first is named, too
UNCLEAR = 0.25  # no kind is likelier than this: a cry for help
HELP = "help"

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+|[\u3400-\u9fff]|[^\s\w]")
_HAN = re.compile("[\u3400-\u9fff]+")
_LATIN = re.compile("[a-z]+")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Signs:
    """A table of signs, read.

    `rarity` is how telling each known sign is by itself (inverse document frequency); weights are log odds of a text in
    which it stands alone. `kinds` and `follows` are by sign, then by name.
    """

    rarity: Mapping[str, float]
    weights: Mapping[str, float]
    bias: float
    kinds: Mapping[str, Mapping[str, float]]
    follows: Mapping[str, Mapping[str, float]]
    follows_bias: Mapping[str, float]
    traditional: Mapping[str, float]  # characters of written Cantonese, and of both writings that seem Simplified
    sure: float
    likely: float

    def hear(self, text: str, *, alone: bool = False) -> Heard | None:
        """Hear an emergency in a text, or none. `alone`: the bot cannot be asked, so that likely is enough."""
        found = self.found(text)
        score = self.bias + sum(value * self.weights.get(term, 0.0) for term, value in found.items())
        if not found or score < (self.likely if alone else self.sure):
            return None
        likely = _shares(_summed(self.kinds, found))
        ranked = sorted(likely, key=lambda kind: -likely[kind])
        kind = ranked[0] if ranked and likely[ranked[0]] >= UNCLEAR else HELP
        also = tuple(one for one in ranked if one != kind and likely[one] >= ALSO)
        return Heard(kind, _probability(score), "signs", also[:2])

    def found(self, text: str) -> dict[str, float]:
        """The known signs of a text, each with its share: of length one together."""
        return shares(terms(text), self.rarity)

    def follow(self, text: str) -> dict[Next, float]:
        """Say how likely a text, written in an emergency, is more of it, its end, or another wish."""
        summed = _summed(self.follows, self.found(text))
        each = _shares({name: summed.get(name, 0.0) + bias for name, bias in self.follows_bias.items()})
        return {name: each[name] for name in ("goes_on", "over", "wish", "never") if name in each}

    def language(self, text: str) -> Locale | None:
        """Tell the language of a text, by its letters; None where nothing in it tells."""
        folded = unicodedata.normalize("NFKC", text[:READ]).lower()
        han = "".join(_HAN.findall(folded))
        if not han:
            return "en" if len("".join(_LATIN.findall(folded))) > 1 else None
        score = sum(self.traditional.get(char, 0.0) for char in han)
        score += sum(script(char) for char in han)
        return None if score == 0 else "zh_Hant" if score > 0 else "zh_Hans"


def terms(text: str) -> frozenset[str]:
    """The signs that may stand in a text: words, pairs of words, and runs of two to four characters."""
    plain = normalised(text)
    words = [f"#{len(word)}" if word[0].isdigit() else word for word in _WORD.findall(plain)]
    found = {f"w {word}" for word in words}
    found.update(f"w {first} {second}" for first, second in pairwise(["^", *words, "$"]))
    characters = "^" + _DIGIT.sub("0", " ".join(plain.split())) + "$"
    for length in range(2, LONGEST + 1):
        found.update(characters[start : start + length] for start in range(len(characters) - length + 1))
    return frozenset(found)


def shares(found: Iterable[str], rarity: Mapping[str, float]) -> dict[str, float]:
    """How much each known sign of a text counts: its rarity, all of them together of length one."""
    known = {term: rarity[term] for term in sorted(found) if term in rarity}
    length = math.sqrt(sum(value * value for value in known.values())) or 1.0
    return {term: value / length for term, value in known.items()}


@lru_cache(maxsize=16_384)
def script(char: str) -> int:
    """1 for a character of Traditional writing alone, -1 for one of Simplified alone, 0 for what both have."""
    simplified = converter("t2s").convert(char) != char
    return 1 if simplified else -1 if converter("s2tw").convert(char) != char else 0


@lru_cache(maxsize=1024)
def normalised(text: str) -> str:
    """A text in Simplified characters, half width and lower case: what signs are looked for in."""
    return str(converter("t2s").convert(unicodedata.normalize("NFKC", text[:READ]).lower()))


def _summed(table: Mapping[str, Mapping[str, float]], found: Mapping[str, float]) -> dict[str, float]:
    summed: dict[str, float] = {}
    for term, value in found.items():
        for name, weight in table.get(term, {}).items():
            summed[name] = summed.get(name, 0.0) + weight * value
    return summed


def _shares(scores: Mapping[str, float]) -> dict[str, float]:
    """Scores as probabilities (softmax)."""
    top = max(scores.values(), default=0.0)
    each = {name: math.exp(score - top) for name, score in scores.items()}
    return {name: one / sum(each.values()) for name, one in each.items()}


def _probability(score: float) -> float:
    return 1 / (1 + math.exp(-score))


def load_signs(root: Path, kinds: Mapping[str, Kind]) -> Signs:
    """Read the table.

    Raises:
        ConfigurationError: it is missing or damaged, or names a kind that is not declared.
    """
    path = root / FOLDER / TABLE
    try:
        table = json.loads(gzip.decompress(path.read_bytes()))
        signs = Signs(**{name: table[name] for name in Signs.__slots__})
    except (OSError, ValueError, KeyError) as exc:
        raise ConfigurationError(f"{path} cannot be read ({exc}). Make it with: uv run desk nlu signs") from exc
    unknown = {kind for weights in signs.kinds.values() for kind in weights} - set(kinds)
    if unknown or HELP not in kinds:
        raise ConfigurationError(
            f"{path} knows kinds that nlu/safety/ lacks: {sorted(unknown)}; and {HELP} must be one."
        )
    return signs


def lines_fingerprint(root: Path) -> str:
    """What the lines are that the table is made of: 16 hexadecimal digits."""
    digest = hashlib.sha256()
    folder = root / FOLDER
    for path in sorted([*folder.glob(f"*/{LINES}"), *folder.glob(f"*/{NEAR_MISSES}"), folder / NEXT_LINES]):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def is_stale(root: Path) -> bool:
    """Whether the lines have changed since the table was made."""
    table = json.loads(gzip.decompress((root / FOLDER / TABLE).read_bytes()))
    return bool(table["made_of"] != lines_fingerprint(root))
