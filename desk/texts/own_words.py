"""What a resident's own words look like once they are answered: numbers of persons are masked as replies mask them.

A number that is refused stays as it was written, so that it can be put right. Plates and accounts of bills stay, too:
they name a thing, and replies show them whole (`ValueType.shown`).
"""

import unicodedata
from collections.abc import Iterator

from values.definition import Accepted, ValueType
from values.finding import find, find_asked
from values.registry import value_types
from values.writing import normalised

LONGEST = 1_000
"""Characters that are looked at: the bot reads no more."""
PERSONAL = frozenset({"id_number", "mail", "one_time_code", "passport", "permit_number", "phone"})
"""Types whose values replies show masked."""
DOCUMENTS = frozenset({"id_number", "passport", "permit_number"})
"""Who is asked for the number of one may give that of another."""


def as_shown(text: str, asked: str | None = None) -> str:
    """The text with every number of a person that is taken written as a reply shows it.

    Args:
        text: what the resident wrote.
        asked: the type of value that was asked for, if any: some numbers are such only then.
    """
    plain = unicodedata.normalize("NFKC", text[:LONGEST])
    shown = plain
    for written, mask in sorted(set(_masks(plain, asked)), key=lambda pair: -len(pair[0])):
        shown = shown.replace(written, mask)
    return text if shown == plain else shown + text[LONGEST:]


def _masks(text: str, asked: str | None) -> Iterator[tuple[str, str]]:
    """Each number as it is written, and as it is shown."""
    types = value_types()
    found = {(one.entity, text[one.start : one.end]) for one in find(normalised(text)) if one.entity in PERSONAL}
    for name in DOCUMENTS if asked in DOCUMENTS else PERSONAL & {asked or ""}:
        found |= {(name, written) for written in find_asked(types[name], text, None)}
        if types[name].attempts(text):
            found.add((name, text.strip()))
    found |= {("mail", written) for written in find_asked(types["mail"], text, None)}
    for name, written in found:
        mask = _mask(types[name], written)
        if mask is not None and mask != written:
            yield written, mask


def _mask(one: ValueType, written: str) -> str | None:
    """A value as replies show it; None: it is not taken."""
    assert one.read is not None
    reading = one.read(written, None)
    shown = one.shown(reading.value) if isinstance(reading, Accepted) else None
    return shown if isinstance(shown, str) else None
