"""Making the table of signs of the lines, by the bot's Python, which has the means to fit it (`desk nlu signs`).

Thresholds are chosen on what the table says of lines by writers that it has not learnt from: `sure` so that hardly a
sentence that residents say to services, or that merely sounds like an emergency, is taken for one; `likely`, for when
the bot is away, so that more emergencies are heard at the price of some more of these.
"""

import gzip
import json
import math
import re
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from desk.contract.errors import StartError
from desk.safety.kinds import FOLDER, LINES, NEAR_MISSES
from desk.safety.signs import NEXT_LINES, TABLE, lines_fingerprint, script, shares, terms

SECONDS = 1800.0
PARTS = 5
SURE = (0.0005, 0.005)
"""Of what residents say to services, and of near misses, at most this share is taken for an emergency at once."""
LIKELY = 0.003
"""The same of services alone, where the bot is away."""
NEAR_WEIGHT = 2.0
REGULARISATION = 30.0
OWN = "own"
"""The hand of lines that every table learns from: the plainest words for each kind. They measure nothing."""
SEEN = 2  # lines of emergencies or near misses that a sign must be in
SEEN_ELSEWHERE = 4  # or lines of services
LEAST_OF_KINDS = 0.2  # smaller weights tell kinds no better
BOTH = 5  # times in Traditional lines, of a character that seems Simplified
CANTONESE = (40, 60)  # times in Traditional lines, and so many times as often as in Simplified ones
HANS = ("zh_Hans", "zh_Hant")
_MARKED = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})")
_NOT_LINES = {"service.yml", "facts.yml", "rules.yml", "domain.yml"}
_HAN = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Line:
    """A line to learn from. `kind` is None for what is no emergency; `hand` names its writer, "" of services."""

    text: str
    lang: str
    kind: str | None = None
    next: str | None = None
    hand: str = ""
    direct: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """What was made, and what the table says of lines by writers that it had not learnt from."""

    signs: int
    sure: Mapping[str, float]
    likely: Mapping[str, float]


def make(root: Path, python: Path) -> Made:
    """Make the table and write it.

    Raises:
        StartError: the bot's Python could not fit it.
    """
    lines = [*read_lines(root), *service_lines(root)]
    told = {line.text for line in lines if line.kind is not None}
    lines = [line for line in lines if line.kind is not None or line.hand or line.text not in told]
    found = [terms(line.text) for line in lines]
    rarity = _rarity(lines, found)
    fitter = _Fitter(lines, [shares(one, rarity) for one in found], sorted(rarity), python, root)
    learns = [line.next is None for line in lines]
    unseen = fitter.unseen(learns)
    sure, likely = _thresholds(lines, unseen)
    heard, kinds, follows = fitter.fit([_heard(lines, learns), _kinds(lines), _follows(lines)])
    table: dict[str, Any] = {
        "made_of": lines_fingerprint(root),
        "rarity": {term: round(value, 3) for term, value in rarity.items()},
        "weights": fitter.named(heard["weights"][0]),
        "bias": heard["bias"][0],
        "kinds": _by_sign(kinds, fitter, LEAST_OF_KINDS),
        "follows": _by_sign(follows, fitter, LEAST_OF_KINDS),
        "follows_bias": dict(zip(follows["classes"], follows["bias"], strict=True)),
        "traditional": _traditional(lines),
        "sure": round(sure, 3),
        "likely": round(likely, 3),
    }
    written = json.dumps(table, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    (root / FOLDER / TABLE).write_bytes(gzip.compress(written, 9, mtime=0))
    return Made(len(rarity), _figures(lines, unseen, sure), _figures(lines, unseen, likely))


def read_lines(root: Path) -> list[Line]:
    """All lines of `nlu/safety/`, in the order of the files."""
    folder = root / FOLDER
    told = [
        Line(one["text"], one["lang"], path.parent.name, None, one["hand"], one["direct"])
        for path in sorted(folder.glob(f"*/{LINES}"))
        for one in _json_lines(path)
    ]
    near = [
        Line(one["text"], one["lang"], hand=one["hand"])
        for path in sorted(folder.glob(f"*/{NEAR_MISSES}"))
        for one in _json_lines(path)
    ]
    after = [Line(one["text"], one["lang"], None, one["next"], one["hand"]) for one in _json_lines(folder / NEXT_LINES)]
    return [*told, *near, *after]


def service_lines(root: Path) -> list[Line]:
    """What residents say to services, moves and the account: the lines of `nlu/<folder>/<language>.yml`."""
    lines = []
    for path in sorted((root / "nlu").glob("*/*.yml")):
        if path.name in _NOT_LINES:
            continue
        document = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader) or {}
        for block in document.get("nlu", []):
            if "intent" in block:
                said = (one.strip().removeprefix("- ") for one in str(block["examples"]).splitlines())
                lines += [Line(_MARKED.sub(r"\1", one), path.stem) for one in said if one]
    return lines


def _json_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(one) for one in path.read_text(encoding="utf-8").splitlines() if one]


def _rarity(lines: Sequence[Line], found: Sequence[frozenset[str]]) -> dict[str, float]:
    """The known signs, each with its inverse document frequency."""
    of_safety = Counter(term for line, one in zip(lines, found, strict=True) if line.hand for term in one)
    of_services = Counter(term for line, one in zip(lines, found, strict=True) if not line.hand for term in one)
    known = {term for term, count in of_safety.items() if count >= SEEN}
    known |= {term for term, count in of_services.items() if count >= SEEN_ELSEWHERE}
    total = len(lines)
    return {term: 1 + math.log((1 + total) / (1 + of_safety[term] + of_services[term])) for term in sorted(known)}


class _Fitter:
    """Fits linear classifiers on the shares of signs in lines, in the bot's Python."""

    def __init__(
        self,
        lines: Sequence[Line],
        values: Sequence[Mapping[str, float]],
        known: Sequence[str],
        python: Path,
        root: Path,
    ) -> None:
        self._lines, self._values, self._known = lines, values, known
        self._columns = {term: place for place, term in enumerate(known)}
        self._python, self._root = python, root

    def fit(self, tasks: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        job = {
            "columns": len(self._known),
            "rows": [[self._columns[term] for term in one] for one in self._values],
            "values": [[round(value, 6) for value in one.values()] for one in self._values],
            "tasks": [{"regularisation": REGULARISATION, **task} for task in tasks],
        }
        command = [str(self._python), "-m", "bot.fit_linear"]
        done = subprocess.run(
            command, input=json.dumps(job).encode(), cwd=self._root, capture_output=True, timeout=SECONDS, check=False
        )
        if done.returncode != 0:
            raise StartError(f"The signs could not be fitted:\n{done.stderr.decode(errors='replace')[-1500:]}")
        fitted: list[dict[str, Any]] = json.loads(done.stdout)["tasks"]
        return fitted

    def named(self, weights: Iterable[tuple[int, float]]) -> dict[str, float]:
        return {self._known[column]: weight for column, weight in weights}

    def unseen(self, learns: Sequence[bool]) -> list[float]:
        """What is said of each line by a table that has not learnt from its writer, or, of services, from it."""
        hands = sorted({line.hand for line in self._lines if line.hand not in ("", OWN)})
        part = {OWN: PARTS, **{hand: place % PARTS for place, hand in enumerate(hands)}}
        places = [part[line.hand] if line.hand else place % PARTS for place, line in enumerate(self._lines)]
        tasks = [
            _heard(self._lines, [can and place != left for can, place in zip(learns, places, strict=True)])
            for left in range(PARTS)
        ]
        tables = [(self.named(one["weights"][0]), one["bias"][0]) for one in self.fit(tasks)]
        said = []
        for values, place in zip(self._values, places, strict=True):
            weights, bias = tables[place % PARTS]
            said.append(bias + sum(value * weights.get(term, 0.0) for term, value in values.items()))
        return said


def _heard(lines: Sequence[Line], learns: Sequence[bool]) -> dict[str, Any]:
    """The task to tell emergencies from all else."""
    labels = [int(line.kind is not None) if can else None for line, can in zip(lines, learns, strict=True)]
    weights = [NEAR_WEIGHT if line.hand and line.kind is None else 1.0 for line in lines]
    return {"labels": labels, "weights": weights}


def _kinds(lines: Sequence[Line]) -> dict[str, Any]:
    return {"labels": [line.kind for line in lines], "weights": [1.0] * len(lines)}


def _follows(lines: Sequence[Line]) -> dict[str, Any]:
    return {"labels": [line.next for line in lines], "weights": [1.0] * len(lines)}


def _by_sign(fitted: Mapping[str, Any], fitter: _Fitter, least: float) -> dict[str, dict[str, float]]:
    table: dict[str, dict[str, float]] = defaultdict(dict)
    for name, weights in zip(fitted["classes"], fitted["weights"], strict=True):
        for term, weight in fitter.named(weights).items():
            if abs(weight) >= least:
                table[term][name] = round(weight, 2)
    return dict(table)


def _traditional(lines: Sequence[Line]) -> dict[str, float]:
    """Characters of written Cantonese: those of lines in Traditional writing that lines in Simplified hardly have; and
    those that only seem to be Simplified, since lines in Traditional writing have them, which tell nothing so.
    """
    counts = {lang: Counter(_HAN.findall("".join(one.text for one in lines if one.lang == lang))) for lang in HANS}
    simplified, traditional = (counts[lang] for lang in HANS)
    return {
        char: 1.0
        for char, count in sorted(traditional.items())
        if (count >= CANTONESE[0] and simplified[char] * CANTONESE[1] < count) or (count >= BOTH and script(char) < 0)
    }


def _thresholds(lines: Sequence[Line], said: Sequence[float]) -> tuple[float, float]:
    services = _highest(lines, said, lambda line: not line.hand)
    near = _highest(lines, said, _is_near_miss)
    sure = max(_at_most(services, SURE[0]), _at_most(near, SURE[1]))
    return sure, min(sure, _at_most(services, LIKELY))


def _highest(lines: Sequence[Line], said: Sequence[float], wanted: Any) -> list[float]:
    return sorted((score for line, score in zip(lines, said, strict=True) if wanted(line)), reverse=True)


def _at_most(scores: Sequence[float], share: float) -> float:
    """The least threshold that no more than a share of the scores reach."""
    return scores[int(len(scores) * share)] + 1e-3


def _is_near_miss(line: Line) -> bool:
    return line.hand not in ("", OWN) and line.kind is None and line.next is None


def _is_told(line: Line) -> bool:
    return line.hand != OWN and line.kind is not None


def _figures(lines: Sequence[Line], said: Sequence[float], threshold: float) -> dict[str, float]:
    groups = {
        "direct": lambda line: _is_told(line) and line.direct,
        "indirect": lambda line: _is_told(line) and not line.direct,
        "near misses": _is_near_miss,
        "services": lambda line: not line.hand,
    }
    found = {}
    for name, wanted in groups.items():
        scores = _highest(lines, said, wanted)
        found[name] = round(sum(score >= threshold for score in scores) / len(scores), 4)
    return found


def as_document(made: Made) -> dict[str, Any]:
    """What was made, for printing."""
    return asdict(made)
