"""Which texts of a guide answer a question about it: by their likeness in meaning, and by the words that both have.

A first question names its matter, and all texts of the guide are near to it; what follows ("and for my child?") names
none, and its likeness to each is small. So what follows is answered by the text that stands out from the others.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from actions.dialogue.reading.inquiry import Passage
from actions.samples import Samples
from desk.city.guides import Guide

CASE_PART, ANSWER, NOTES = "case", "answer", "notes"
RIVALS = frozenset({CASE_PART, NOTES})
"""Texts that answer what is asked beside the parts of a guide."""
WORDS = 0.5
"""What the words in common add to the likeness."""
CASE, APART = 0.45, 0.04
"""So near a first question must be to a special case (cosine of the tuned encoder): of 40 by strangers the nearest one
of the right guide was then what was asked in nine of ten; and so much nearer than to the guide's answer."""
CALLED = 0.25
"""With so many words of a case, a question is near to it that is less like it."""
STANDS, BOTH, AHEAD, AS_NEAR = 0.12, 0.2, 0.04, 0.02
"""So near what follows must be to a text, and so near where two are about as near; and so far ahead of the others.

Of 33 questions that followed, of one hand, in three languages, 15 of 24 whose answer is such a text are told it (with
the bound of first questions none), and 1 of 9 others is told one.
"""
BEATS, SHARED = 0.1, 0.1
"""So much nearer than the part that is asked about, and with so many words in common, a case is what is asked ("what
share is paid" of the case on shares, not of the fee)."""


@dataclass(frozen=True, slots=True)
class Near:
    """A text of a guide, and how near a question is to it; `words` is the share of words, from 0 to 1."""

    part: str
    number: int
    likeness: float
    words: float

    @property
    def score(self) -> float:
        return self.likeness + WORDS * self.words


@dataclass(frozen=True)
class Texts:
    """Compares questions with the texts of guides; each guide's are cut into words once."""

    _cut: dict[str, Samples] = field(default_factory=dict, compare=False, repr=False)

    def near(self, text: str, slug: str, guide: Guide, passages: Collection[Passage]) -> list[Near]:
        """Rank the texts of a guide that the bot finds near, the nearest first."""
        if slug not in self._cut:
            self._cut[slug] = Samples(_texts(guide))
        words = dict(self._cut[slug].near(text))
        found = [Near(one.part, one.number, one.likeness, words.get(_name(one), 0.0)) for one in passages]
        return sorted(found, key=lambda one: -one.score)


def cases_first(near: Sequence[Near], parts: Collection[str]) -> list[int]:
    """The special cases that a first question is about; `parts` are those that it surely asks about."""
    of_all = max((one.score for one in near if one.part == ANSWER), default=0.0)
    rivals = [one for one in near if one.part in RIVALS]
    least = max(CASE, of_all + APART, rivals[0].score - AS_NEAR if rivals else 0.0)
    cases = [one for one in rivals if one.part == CASE_PART and (one.likeness >= CASE or one.words >= CALLED)]
    return _beating([one for one in cases if one.score >= least], near, parts)


def following(near: Sequence[Near], parts: Collection[str]) -> tuple[list[int], list[str]]:
    """The special cases, else the notes, that a question after the guide is about."""
    rivals = [one for one in near if one.part in RIVALS]
    best = [one for one in rivals if one.score >= rivals[0].score - AS_NEAR]
    rest = rivals[len(best)].score if len(best) < len(rivals) else 0.0
    if not best or best[0].score < (STANDS if len(best) == 1 else BOTH) or best[0].score - rest < AHEAD:
        return [], []
    cases = _beating([one for one in best if one.part == CASE_PART], near, parts)
    return cases, [] if cases or best[0].part == CASE_PART else [best[0].part]


def notes_first(near: Sequence[Near]) -> list[str]:
    """The notes, where a first question that names no part is nearer to them than to all else."""
    return [one.part for one in near[:1] if one.part == NOTES and one.likeness >= CASE]


def _beating(cases: Sequence[Near], near: Sequence[Near], parts: Collection[str]) -> list[int]:
    """Those that are nearer than the parts that are asked about."""
    asked = max((one.score for one in near if one.part in parts), default=0.0)
    return [one.number for one in cases if not parts or (one.score >= asked + BEATS and one.words >= SHARED)]


def _texts(guide: Guide) -> dict[str, list[str]]:
    single = {"answer": guide.answer, "place": guide.place, "fee": guide.fee, "days": guide.days}
    texts = {f"{part}.0": [*said.model_dump(exclude_none=True).values()] for part, said in single.items() if said}
    for number, case in enumerate(guide.cases):
        names = (case.about, case.said)
        texts[f"case.{number}"] = [one for name in names for one in name.model_dump(exclude_none=True).values()]
    for part in ("papers", "steps", "notes"):
        names = getattr(guide, part)
        texts[f"{part}.0"] = [one for name in names for one in name.model_dump(exclude_none=True).values()]
    return texts


def _name(passage: Passage) -> str:
    return f"{passage.part}.{passage.number}"
