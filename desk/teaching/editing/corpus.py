"""What the model learns from, by its texts: what stands twice, leaks, is scarce, or is probably mislabelled.

A text is compared without spaces, case and signs. What is near is told by shared letters; no model is asked, so that it
is said while somebody types.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import median

from rapidfuzz import fuzz, process

from desk.city.yaml_files import parse_yaml
from desk.teaching.editing.rows import Finding
from desk.teaching.marks import bare, is_telling, unmarked

LANGUAGES = ("zh_Hans", "zh_Hant", "en", "mixed")
SAID = ("text", "say", "ask")
"""Under which name a held-out text stands, by the kind of its file."""
NEAREST = 5
ALIKE = 80.0
"""So near, of a hundred (`rapidfuzz.fuzz.ratio`), a line is one that says something of another."""
MOSTLY = 0.8
"""So many of the near lines must mean something else."""
FEWEST = 8
"""Lines of an intent in a language below which it is scarce."""
SCARCE = 0.1
"""So much of what intents usually have in a language, and less, is scarce."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of training, as it is written; `folder` and `intent` say where it stands."""

    text: str
    intent: str
    folder: str
    language: str


@dataclass(frozen=True, slots=True)
class Scarce:
    """An intent with few lines in a language, or none."""

    folder: str
    intent: str
    language: str
    lines: int
    usual: int


@dataclass(frozen=True, slots=True)
class Suspect:
    """A line that is probably mislabelled: what it stands under, and what the other lines say that it is."""

    text: str
    intent: str
    folder: str
    language: str
    rather: str
    sure: float


class Corpus:
    """The lines of a root. Read when they are first asked for, and then kept."""

    def __init__(self, root: Path, suspects: Path | None = None) -> None:
        self._root, self._suspects = root, suspects

    @cached_property
    def lines(self) -> list[Line]:
        """All lines, in the order of the files."""
        return list(_lines(self._root))

    @cached_property
    def held_out(self) -> frozenset[str]:
        """The texts that nobody may learn from; short ones are said by everybody."""
        return frozenset(one for one in _held_out(self._root) if is_telling(one))

    @cached_property
    def _by_text(self) -> dict[str, Line]:
        return {bare(unmarked(one.text)): one for one in self.lines}

    @cached_property
    def _texts(self) -> list[str]:
        return [unmarked(one.text).casefold() for one in self.lines]

    def looked_at(self, said: str, intent: str) -> Iterator[Finding]:
        """What is to be said of a line that somebody adds."""
        plain = unmarked(said)
        found = self._by_text.get(bare(plain))
        if found is not None:
            twice = found.intent == intent
            yield Finding("twice" if twice else "conflict", f"{plain} → {found.intent}", stops=True)
        if bare(plain) in self.held_out:
            yield Finding("leak", plain, stops=True)
        if found is None and (other := self.rather(plain, intent)):
            yield Finding("rather", f"{plain} → {other}")

    def rather(self, said: str, intent: str) -> str | None:
        """What lines that are near mean, if nearly all of them mean the same, and something else than is said."""
        near = process.extract(said.casefold(), self._texts, scorer=fuzz.ratio, limit=NEAREST, score_cutoff=ALIKE)
        counts = Counter(self.lines[place].intent for _, _, place in near)
        if not counts:
            return None
        likeliest, count = counts.most_common(1)[0]
        return likeliest if likeliest != intent and count >= MOSTLY * len(near) else None

    @cached_property
    def scarce(self) -> Sequence[Scarce]:
        """Intents with few lines in a language, those with the fewest first."""
        counts: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for one in self.lines:
            counts[one.folder, one.intent][one.language] += 1
        usual = {name: int(median(one[name] for one in counts.values())) for name in LANGUAGES} if counts else {}
        found = [
            Scarce(folder, intent, language, of[language], usual[language])
            for (folder, intent), of in counts.items()
            for language in LANGUAGES
            if of[language] < max(FEWEST, SCARCE * usual[language])
        ]
        return sorted(found, key=lambda one: (one.lines, one.folder, one.intent, one.language))

    @cached_property
    def contradictions(self) -> Sequence[tuple[Line, Line]]:
        """Lines that stand twice: pairs of the first and the other."""
        first: dict[str, Line] = {}
        found = []
        for one in self.lines:
            other = first.setdefault(bare(unmarked(one.text)), one)
            if other is not one:
                found.append((other, one))
        return found

    @cached_property
    def suspects(self) -> Sequence[Suspect]:
        """Lines that are probably mislabelled (`desk nlu suspects`), the surest first, and have not changed since."""
        if self._suspects is None or not self._suspects.is_file():
            return []
        known = {(one.text, one.intent) for one in self.lines}
        found = [Suspect(**one) for one in json.loads(self._suspects.read_text(encoding="utf-8"))]
        return [one for one in found if (one.text, one.intent) in known]

    @cached_property
    def leaks(self) -> Sequence[Line]:
        """Lines that are held out, too."""
        return [one for one in self.lines if bare(unmarked(one.text)) in self.held_out]


def _lines(root: Path) -> Iterator[Line]:
    for file in sorted((root / "nlu").glob("*/*.yml")):
        if file.stem not in LANGUAGES:
            continue
        for entry in parse_yaml(file.read_text(encoding="utf-8")).get("nlu", ()):
            for said in str(entry.get("examples", "")).splitlines():
                if "intent" in entry and said.strip():
                    yield Line(said.removeprefix("- "), str(entry["intent"]), file.parent.name, file.stem)


def _held_out(root: Path) -> Iterator[str]:
    for file in sorted((root / "nlu").glob("*/tests/*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.strip():
                read = json.loads(line)
                yield bare(next((str(read[name]) for name in SAID if name in read), ""))
