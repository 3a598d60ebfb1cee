"""What a sentence wants of a service that is divided: several options, several subjects, which belongs to which.

"Water, power and gas" wants three things, "water 33912530 power 4179708628" two with their accounts. What is refused in
the same breath ("not water") is not wanted.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from actions.dialogue.reading.negation import letting_go
from actions.dialogue.state.turn import Turn
from actions.fields.correction import CLAUSE
from actions.fields.sounding import misspelt
from actions.forms.field import FormField
from actions.phrases import phrases
from actions.phrases import plain as folded
from actions.schema import BillService
from actions.schema.field import DeclaredOption
from values.definition import Accepted
from values.writing import plain as spelled

MOST = 6
"""So many things are wanted at once; what is beyond is not heard."""
LONG = 3
"""Characters of another word for an option, by which it is told by its sound: shorter ones are often other words."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing that is wanted; what was not said is None."""

    option: str | None
    subject: str | None

    def values(self, declared: BillService) -> dict[str, str]:
        """As values of the form."""
        assert declared.divided is not None
        values = {declared.divided.field: self.option, declared.subject: self.subject}
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Heard:
    """What a sentence wants, in its order; `not_here` is what cannot be had, `refused` what is not wanted.

    `only`: it says that it wants nothing else.
    """

    wishes: tuple[Wish, ...] = ()
    not_here: tuple[DeclaredOption, ...] = ()
    refused: frozenset[str] = frozenset()
    only: bool = False


@dataclass(frozen=True, slots=True)
class _Mention:
    """Something named: `at` and `end` are places in the text."""

    at: int
    end: int
    options: tuple[str, ...] = ()
    subject: str | None = None
    not_here: DeclaredOption | None = None
    refused: bool = False
    only: bool = False


def heard(turn: Turn, declared: BillService, fields: Sequence[FormField]) -> Heard:
    """Hear what a sentence wants. Nothing, where the service is not divided, or where nothing was typed."""
    if declared.divided is None or turn.kind != "text":
        return Heard()
    choice = next(one for one in fields if one.name == declared.divided.field)
    subject = next(one for one in fields if one.name == declared.subject)
    text = spelled(turn.text)
    subjects, rest = _subjects(turn, text, subject)
    options = _options(turn, rest, choice, declared)
    options = [one if _goes_on(one, turn, text) else replace(one, refused=True) for one in options]
    refused = {option for one in options if one.refused for option in one.options}
    wanted = _only_those([one for one in options if not one.refused], text)
    mentions = sorted([*wanted, *subjects], key=lambda one: one.at)
    wishes = _whole(_paired([one for one in mentions if one.not_here is None]))
    return Heard(
        tuple(wishes[:MOST]),
        tuple({one.not_here.value: one.not_here for one in wanted if one.not_here is not None}.values()),
        frozenset(refused - {one.option for one in wishes}),
        only=any(one.only for one in wanted),
    )


def _only_those(wanted: Sequence[_Mention], text: str) -> list[_Mention]:
    """Of what is named that which alone is wanted, where a word says so ("the water is paid, I only pay the power"):
    with what stands in its clause; else all of it.
    """
    first = next((one for one in wanted if one.only), None)
    if first is None:
        return list(wanted)
    return [one for one in wanted if one.at >= first.at and not CLAUSE.search(text[first.at : one.at])]


def unnamed(text: str, declared: BillService, options: Collection[str | None]) -> str:
    """A text without the names of some options: “pay the power first” says no more than to pay."""
    assert declared.divided is not None
    meant = (one for one in declared.field(declared.divided.field).options if one.value in options)
    said = spelled(text)
    for name in sorted((name for one in meant for name in _names(one)), key=len, reverse=True):
        said = _pattern(name).sub(" ", said)
    return said


def in_turn(said: Heard, now: str | None, turn: Turn) -> Heard:
    """The same in the middle of a form that asks for something of the option `now`.

    What is asked for stays first where it is named again, or where more is wished beside it ("and gas, too"); who
    passes it over does not want it.
    """
    if now is None or turn.kind != "text":
        return said
    if phrases("passes_over").whole(folded(turn.text)):
        return Heard(refused=frozenset({now}))
    mine = [one for one in said.wishes if one.option == now]
    others = tuple(one for one in said.wishes if one.option != now)
    if any(one.subject is not None for one in others):
        return said
    if mine:
        return replace(said, wishes=(*mine, *others))
    beside = others and now not in said.refused and phrases("beside_it").within(folded(turn.text))
    return replace(said, wishes=(Wish(now, None), *others)) if beside else said


def _options(turn: Turn, text: str, choice: FormField, declared: BillService) -> list[_Mention]:
    """Options by their words, the longest first, then by their sound; single characters only where they were understood
    to be one.
    """
    assert declared.divided is not None
    words: dict[str, tuple[tuple[str, ...], DeclaredOption | None]] = {}
    for option in choice.declared.options:
        words |= dict.fromkeys(_names(option), ((option.value,), None))
    words |= {spelled(word): (tuple(several), None) for word, several in declared.divided.together.items()}
    for option in declared.divided.not_here:
        words |= dict.fromkeys(_names(option), ((), option))
    found: list[_Mention] = []
    for word in sorted((one for one in words if len(one) > 1), key=len, reverse=True):
        for match in _pattern(word).finditer(text):
            _add(found, match.start(), match.end(), text, *words[word])
    for value in turn.values(choice.entity):
        plain = spelled(value)
        known = words.get(plain) or next((words[char] for char in plain if char in words), None)
        if known is not None:
            at = _free(found, text, plain)
            if at >= 0:
                _add(found, at, at + len(plain), text, *known)
    for option in choice.declared.options:
        for word in _told_by_sound(option):
            for at in misspelt(text, word):
                _add(found, at, at + len(word), text, (option.value,), None)
    return sorted(found, key=lambda one: one.at)


def _add(
    found: list[_Mention], start: int, end: int, text: str, options: tuple[str, ...], not_here: DeclaredOption | None
) -> None:
    if any(start < one.end and one.at < end for one in found):
        return
    refused = phrases("refused_after_this").within(text[:start]) or phrases("refused_before_this").begins(text[end:])
    only = not refused and phrases("only_this").within(text[:start])
    found.append(_Mention(start, end, options, not_here=not_here, refused=refused, only=only))


def _free(found: Sequence[_Mention], text: str, word: str) -> int:
    """Where a word stands and nothing else was found; -1 where it does not."""
    at = text.find(word)
    while at >= 0 and any(at < one.end and one.at < at + len(word) for one in found):
        at = text.find(word, at + 1)
    return at


def _goes_on(one: _Mention, turn: Turn, text: str) -> bool:
    """Whether what is named stands in no clause that surely lets it go, beside one that does not."""
    gone = [spelled(clause) for clause in letting_go(turn)] if len(turn.parts) > 1 else []
    if len(gone) == len(turn.parts):
        return True
    places = [(text.find(clause), len(clause)) for clause in gone]
    return not any(0 <= at <= one.at < at + long for at, long in places)


def _subjects(turn: Turn, text: str, field: FormField) -> tuple[list[_Mention], str]:
    """The subjects that are named, and the text with blanks in their place."""
    found: list[_Mention] = []
    written = [*field.kind.find(text), *(spelled(value) for value in turn.values(field.entity))]
    for value in dict.fromkeys(written):
        reading, at = field.kind.read(value), text.find(value)
        if at >= 0 and isinstance(reading, Accepted):
            found.append(_Mention(at, at + len(value), subject=reading.value))
            text = text.replace(value, " " * len(value))
    return found, text


def _paired(mentions: Sequence[_Mention]) -> list[Wish]:
    """Which subject belongs to which option: to the one beside it; to one that stands alone, all of them."""
    runs = [(is_subject, list(run)) for is_subject, run in groupby(mentions, lambda one: not one.options)]
    if not runs:
        return []
    subject_first, wishes = runs[0][0], list[Wish]()
    for at in range(0, len(runs), 2):
        pair = dict(runs[at : at + 2])
        options = [option for one in pair.get(False, []) for option in one.options]
        subjects = [one.subject for one in pair.get(True, [])]
        if not options:
            last = wishes[-1].option if wishes else None
            wishes += [Wish(last, subject) for subject in subjects]
        elif not subjects:
            wishes += [Wish(option, None) for option in options]
        elif len(options) == len(subjects):
            wishes += [Wish(option, subject) for option, subject in zip(options, subjects, strict=True)]
        else:
            near = options[0] if subject_first else options[-1]
            wishes += [Wish(option, None) for option in options] + [Wish(near, subject) for subject in subjects]
    return wishes


def _whole(wishes: Sequence[Wish]) -> list[Wish]:
    """Each once; an option alone is left out where it is wanted with a subject."""
    with_subject = {one.option for one in wishes if one.subject is not None}
    ordered = dict.fromkeys(one for one in wishes if one.subject is not None or one.option not in with_subject)
    first = {one.option: place for place, one in reversed(list(enumerate(wishes)))}
    return sorted(ordered, key=lambda one: first[one.option])


def _names(option: DeclaredOption) -> list[str]:
    names = [*option.names.model_dump(exclude_none=True).values(), *option.also]
    return [spelled(name) for name in names]


def _told_by_sound(option: DeclaredOption) -> list[str]:
    """The names by which an option is told though a character of it is written by its sound: no short words."""
    own = [spelled(name) for name in option.names.model_dump(exclude_none=True).values()]
    return list(dict.fromkeys([*own, *(name for name in _names(option) if len(name) >= LONG)]))


def _pattern(word: str) -> re.Pattern[str]:
    bound = r"(?<![a-z]){}(?![a-z])" if word[0].isascii() and word[-1].isascii() else "{}"
    return re.compile(bound.format(re.escape(word)))
