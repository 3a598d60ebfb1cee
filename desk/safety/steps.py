"""Which step of what to do is said next: the one nearest to what was just written, else the next in order. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise

from desk.contract.wire import Locale
from desk.safety.kinds import Act, Kind
from desk.safety.signs import READ
from values.lexicon import lexicon
from values.writing import plain

NEAR = 0.26
"""Likeness in meaning from which a step answers what was written: of twenty questions of testers the nearest step was
the right one in all but two that reached it."""
ASKED = 0.48
"""And likeness to a question that a step answers: of 29 questions of one hand 25 find their step so, 9 by the acts
alone; from 0.26 on 26 would, but what merely tells of something is then taken for a question about it."""
RECENT = 2
"""So many of the last steps are not said again, however near."""
FIRST, DOWN, MEANWHILE, FACT = "first", "down", "meanwhile", "fact"
BODY = "medical"
"""The kind that leads where somebody is down and no danger of the place comes before them."""

_LAST = re.compile(r"(?<=[？?。.！!；;…\n])|[，,、]|(?<=[\u3400-\u9fff]) +(?=[\u3400-\u9fff])")
_DENIES = lexicon(__file__).pattern("denies_next")
_ASKS = lexicon(__file__).pattern("asks")
_WONDERS = lexicon(__file__).pattern("wonders")
_PAST = lexicon(__file__).pattern("past")
_LIVES = lexicon(__file__).pattern("lives")
_CLAUSE = re.compile(r"[\s，,。.！!？?；;、…]+(?=[\u3400-\u9fff])|[，,。.！!？?；;、…\n]+")


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do.

    `name` is its kind, a colon, and its place among the steps; or `first`, or `down`; or `meanwhile` with a place; or
    `fact` with a place, after the place of the case of which it is one.
    """

    name: str
    act: Act

    @property
    def kind(self) -> str:
        return self.name.partition(":")[0]

    @property
    def is_meanwhile(self) -> bool:
        """Whether it is right in every case of its kind."""
        return self.name.partition(":")[2].startswith(MEANWHILE)

    @property
    def is_fact(self) -> bool:
        """Whether it only answers what is asked."""
        return FACT in self.name.partition(":")[2]

    @property
    def case(self) -> str | None:
        """The name of the step for the case of which it is a fact; None: it is of the kind, or no fact."""
        place = self.name.partition(":")[2].partition(FACT)[0]
        return f"{self.kind}:{place}" if self.is_fact and place else None

    def texts(self, locale: Locale) -> list[str]:
        """What a message is held against, in a language: the act, and the questions that it answers."""
        return [str(getattr(said, locale)) for said in (self.act, *self.act.answers)]


def steps_of(kinds: Mapping[str, Kind], names: Sequence[str], *, first: bool) -> list[Step]:
    """All steps of some kinds; what is said at once is one of them, where `first`."""
    return [
        step
        for name in dict.fromkeys(names)
        for step in (
            *([Step(f"{name}:{FIRST}", kinds[name].first)] if first else []),
            *(Step(f"{name}:{DOWN}", act) for act in (kinds[name].down,) if act is not None),
            *(Step(f"{name}:{place}", act) for place, act in enumerate(kinds[name].then)),
            *(Step(f"{name}:{MEANWHILE}{place}", act) for place, act in enumerate(kinds[name].meanwhile)),
            *_facts(name, kinds[name]),
        )
    ]


def _facts(name: str, kind: Kind) -> Iterator[Step]:
    yield from (Step(f"{name}:{FACT}{number}", fact) for number, fact in enumerate(kind.facts))
    for place, act in enumerate(kind.then):
        yield from (Step(f"{name}:{place}{FACT}{number}", fact) for number, fact in enumerate(act.facts))


def down_step(kinds: Mapping[str, Kind], kind: str) -> Step | None:
    """What is said first of somebody who is down: of the kind, or of the body where the kind has nothing of its own."""
    for name in (kind, BODY):
        if (act := kinds[name].down) is not None:
            return Step(f"{name}:{DOWN}", act)
    return None


def signs_named(step: Step, text: str) -> int:
    """How many signs of a step's case a text names; one that it denies ("he is not choking") is none."""
    return count_named(step.act.signs, text)


def count_named(signs: Sequence[re.Pattern[str]], text: str) -> int:
    """How many of some signs a text names and does not deny: each counts once."""
    return sum(_is_named(sign, text) for sign in signs)


def is_past(text: str) -> bool:
    """Whether a text tells of something long ago ("he had a stroke last year")."""
    return _PAST.search(plain(text[:READ])) is not None


def without_life(text: str) -> str | None:
    """What a text says beside that somebody breathes, or has a pulse; None where it says nothing of that.

    Who breathes may be in danger all the same.
    """
    clauses = _clauses(text[:READ])
    others = [clause for clause in clauses if _LIVES.search(clause) is None]
    return " ".join(others) if len(others) < len(clauses) else None


def asks(text: str) -> bool:
    """Whether the last thing that a text says is a question: who asks what to do goes on."""
    clauses = [clause for clause in _LAST.split(plain(text)) if clause.strip()]
    return bool(clauses) and _ASKS.search(clauses[-1]) is not None


def denies(signs: Sequence[re.Pattern[str]], text: str) -> bool:
    """Whether a text names what it is called to say that it is not so, and nowhere that it is."""
    named = [denied for _, denied in _named(signs, text)]
    return bool(named) and all(named)


def _named(signs: Sequence[re.Pattern[str]], text: str) -> list[tuple[str, bool]]:
    """The signs that clauses of a text name, each with whether it is denied there."""
    found = ((sign.search(clause), clause) for sign in signs for clause in _clauses(text[:READ]))
    return [(one[0], _DENIES.search(clause[: one.start()]) is not None) for one, clause in found if one is not None]


@lru_cache(2048)
def _is_named(sign: re.Pattern[str], text: str) -> bool:
    """Whether a sign is named and not denied: kinds share signs, and a turn asks more than once."""
    return any(not denied for _, denied in _named([sign], text))


@lru_cache(64)
def _clauses(text: str) -> tuple[str, ...]:
    """The clauses of a text, in plain writing."""
    return tuple(clause for clause in _CLAUSE.split(plain(text)) if clause)


def borne_out(steps: Sequence[Step], text: str | None, said: Sequence[str] = ()) -> list[Step]:
    """The steps without those for a case of which a text names no sign, and which was not told before; of a case its
    facts go with it."""
    unsaid = [step for step in steps if step.act.signs and step.name not in said]
    unnamed = {step.name for step in unsaid if not signs_named(step, text or "")}
    return [step for step in steps if step.name not in unnamed and step.case not in unnamed]


def case_named(steps: Sequence[Step], text: str | None, said: Sequence[str] = ()) -> Step | None:
    """The step for the case that a text names by its signs, and that was not told yet: the one with the most of them,
    the first of equals. None: none is named.
    """
    named = [(signs_named(step, text or ""), -place) for place, step in enumerate(steps) if step.name not in said]
    count, place = max(named, default=(0, 0))
    return steps[-place] if count else None


def asked_about(steps: Sequence[Step], text: str | None, said: Sequence[str] = ()) -> Step | None:
    """The step that answers what a clause of a text asks, or wonders, in its own words or those of the clause before
    it; of several the first; not the one that was told last. None: none does."""
    parts = [part for part in _LAST.split(plain((text or "")[:READ])) if part.strip()]
    pairs = [
        f"{before} {part}"
        for before, part in pairwise(["", *parts])
        if _ASKS.search(part) is not None or _WONDERS.search(part) is not None
    ]
    for step in steps:
        if step.name not in said[-1:] and any(one.search(pair) for one in step.act.asked for pair in pairs):
            return step
    return None


def compared(steps: Sequence[Step], locale: Locale) -> list[str]:
    """All that a message is held against to find the step that fits, in the order that `nearest` reads."""
    return [text for step in steps for text in step.texts(locale)]


def nearest(
    steps: Sequence[Step], likeness: Sequence[float], said: Sequence[str], among: Sequence[Step] | None = None
) -> Step | None:
    """The step that answers what was written, but for those just said; None where none is near, or it is not known.

    `likeness` is that to each text of `compared`. A step is as near as its act, or as a question that it answers.
    `among`: those of the steps that may be told.
    """
    told = steps if among is None else among
    left = iter(likeness)
    each = [_nearness(*islice(left, 1 + len(step.act.answers))) for step in steps]
    near = [
        (like, place)
        for place, (step, like) in enumerate(zip(steps, each, strict=True))
        if like >= NEAR and step in told and step.name not in said[-RECENT:]
    ]
    return steps[max(near)[1]] if near else None


def _nearness(act: float = -1.0, *questions: float) -> float:
    """How near a step is, of how near its act and each question that it answers are."""
    return max([act, *(like for like in questions if like >= ASKED)])


def in_order(kind: str, steps: Sequence[Step], said: Sequence[str]) -> Step:
    """The next step of a kind that was not said; once all were, the one said longest ago.

    Of a kind with cases it is one that is right in every case, of others one that wants no sign: another case's would
    frighten and mislead.
    """
    own = [step for step in steps if step.kind == kind and not step.name.endswith((FIRST, DOWN)) and not step.is_fact]
    own = [step for step in own if step.is_meanwhile] or [step for step in own if not step.act.signs]
    unsaid = [step for step in own if step.name not in said]
    return unsaid[0] if unsaid else min(own, key=lambda step: len(said) - said[::-1].index(step.name))
