"""What others may not see of residents' texts: the numbers of persons. What is seen of each, its type says (`values/`).

Both rules err on the side of hiding: any run of six or more digits, written or said, and any mixture of letters and
digits that long, is somebody's number. For staff it is masked; dates, times, amounts and ticket references stay. For
who is no staff (a model elsewhere) it is redacted, and so is every value of a type that is somebody's. Telephones that
cities publish are nobody's: whoever shows a text says which those are (`desk.city.published`).

Masking takes a time that grows with the length of a text and no faster: no pattern may look at one run of characters
from each of its places. Redacting has no such bound: it is given what the bot reads, 1,000 characters.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from desk.texts.invisible import seen
from values.definition import Mask, ValueType
from values.digits import LONG_RUN
from values.finding import find
from values.registry import value_types
from values.writing import GAP, compact, normalised

DIGITS = re.compile(rf"(?<![0-9A-Za-z])\d(?:{GAP}\d){{5,}}(?![0-9A-Za-z])")
MIXED = re.compile(r"(?<![0-9A-Za-z])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[0-9A-Za-z]{6,}(?![0-9A-Za-z])")
ALONE = re.compile(rf"\d(?:{GAP}\d)*")
PARTS = 4  # into which one telephone is written: country, area code, and two halves of the number
WIDE = {ord(wide): chr(ord(wide) - 0xFEE0) for wide in map(chr, range(0xFF01, 0xFF5F))}

NOBODYS = frozenset(
    {
        *("amount", "bus_line", "crossing", "date", "dotted", "hotline", "language", "measure", "number_words"),
        *("numbered", "ordinal", "time"),
    }
)
"""Types whose values say nothing of a person. A type that is not named here is redacted."""
NONE: frozenset[str] = frozenset()
type IsOwn = Callable[[str], bool]
"""Whether a number of an identity card, in capital letters and digits alone, is that of who reads it."""
NUMBER = "number"
"""What a redacted text has in place of a number whose type is not known."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is hidden: `name` stands for it in a redacted text, `write` gives what staff see of it."""

    name: str
    regex: re.Pattern[str]
    write: Callable[[re.Match[str]], str]


@dataclass(frozen=True, slots=True)
class Span:
    """A value that somebody found in a text: offsets in code points, and the name of its type."""

    start: int
    end: int
    name: str


def _rules() -> Iterator[Rule]:
    """Those of the types, the longer first: an id is not taken for a phone. Then whatever looks like a number."""
    yield from (Rule(name, mask.regex, mask.write) for name, mask in sorted(_masks(), key=lambda one: one[1].rank))
    yield Rule(NUMBER, DIGITS, _number)
    yield Rule(NUMBER, MIXED, _number)
    yield Rule(NUMBER, LONG_RUN, lambda _: "****")


def _masks() -> list[tuple[str, Mask]]:
    return [(one.name, one.mask) for one in value_types().values() if one.mask is not None]


def _harmless(types: Iterable[ValueType]) -> re.Pattern[str]:
    """What looks like a long number and is none."""
    opened = sorted((one.open for one in types if one.open is not None), key=lambda one: one.rank)
    return re.compile("|".join(one.written for one in opened))


def masked(text: str, published: Collection[str] = NONE, is_own: IsOwn | None = None) -> str:
    """Mask every number of a person in a text. Full-width digits and letters are read, and written, as plain ones.

    What nobody sees in it is taken out first: it would hide a number, or what is written.

    Args:
        published: telephones that everybody may know, in digits alone; they stay.
        is_own: which numbers of identity cards stay, since their holder reads them; None: none do.
    """
    plain, hide = _plain(seen(text)), partial(_but_for, HARMLESS, hide=partial(_mask, published=published))
    if is_own is None:
        return hide(plain)
    parts, end = [], 0
    for found in ID_NUMBER.finditer(plain):
        if is_own(compact(found[0])):
            parts += [hide(plain[end : found.start()]), found[0]]
            end = found.end()
    return "".join([*parts, hide(plain[end:])])


def redacted(text: str, found: Iterable[Span] = ()) -> str:
    """The text with the name of its type, in brackets, in place of each value that may be somebody's.

    Args:
        found: what else is hidden: values that were found by other means, such as the names of persons.
    """
    plain = _plain(text)
    values = [Span(one.start, one.end, one.entity) for one in find(normalised(plain)) if one.entity not in NOBODYS]
    parts, end = [], 0
    for span in sorted((*found, *values), key=lambda one: (one.start, -one.end)):
        if span.end <= end:
            continue
        parts += [_but_for(NO_NUMBERS, plain[end : max(end, span.start)], _named), f"[{span.name}]"]
        end = span.end
    return "".join([*parts, _but_for(NO_NUMBERS, plain[end:], _named)])


def masked_body(value: Any, published: Collection[str] = NONE, is_own: IsOwn | None = None) -> Any:
    """Mask all texts of a message body or an event (JSON); `published` and `is_own` as with `masked`."""
    if isinstance(value, str):
        return masked(value, published, is_own)
    if isinstance(value, list):
        return [masked_body(item, published, is_own) for item in value]
    if isinstance(value, dict):
        return {key: masked_body(item, published, is_own) for key, item in value.items()}
    return value


def _but_for(harmless: re.Pattern[str], text: str, hide: Callable[[str], str]) -> str:
    """Hide what is to be hidden in a text, but for what only looks like a number."""
    parts, end = [], 0
    for found in harmless.finditer(text):
        if _inside_a_number(text, found):
            continue
        parts += [hide(text[end : found.start()]), found[0]]
        end = found.end()
    return "".join([*parts, hide(text[end:])])


def _inside_a_number(text: str, found: re.Match[str]) -> bool:
    before, after = text[found.start() - 1 : found.start()], text[found.end() : found.end() + 1]
    return (before.isascii() and before.isalnum()) or (after.isascii() and after.isalnum())


def _mask(text: str, published: Collection[str]) -> str:
    for rule in RULES:
        text = rule.regex.sub(partial(_write, rule, published), text)
    return text


def _write(rule: Rule, published: Collection[str], found: re.Match[str]) -> str:
    return found[0] if published and _is_published(found[0], published) else rule.write(found)


def _is_published(written: str, published: Collection[str]) -> bool:
    """Whether digits are nothing but telephones that are published, one or several: with a digit more they are not."""
    if ALONE.fullmatch(written) is None:
        return False
    groups = re.findall(r"\d+", written)
    ends = {0}
    for end in range(1, len(groups) + 1):
        if any(start in ends and "".join(groups[start:end]) in published for start in range(max(0, end - PARTS), end)):
            ends.add(end)
    return len(groups) in ends


def _named(text: str) -> str:
    for rule in RULES:
        text = rule.regex.sub(f"[{rule.name}]", text)
    return text


def _plain(text: str) -> str:
    """Full-width digits and letters in half width; as long as the text."""
    return text.translate({code: char for code, char in WIDE.items() if char.isalnum()})


def _number(found: re.Match[str]) -> str:
    """Long numbers keep their last four; short ones (the end of a VIN) keep nothing."""
    number = re.sub(r"[^0-9A-Za-z]", "", found[0])
    return f"****{number[-4:]}" if len(number) > 8 else "****"


RULES = tuple(_rules())
HARMLESS = _harmless(value_types().values())
ID_NUMBER = next(mask.regex for name, mask in _masks() if name == "id_number")
NO_NUMBERS = _harmless(one for one in value_types().values() if one.name in NOBODYS)
