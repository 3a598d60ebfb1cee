"""What differs between two versions of an announcement, for people: which facts, and which words of a text."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from desk.announcements.content import Draft
from desk.contract.wire import LOCALES

PIECE = re.compile(r"[A-Za-z0-9]+|\s+|.", re.DOTALL)
"""Words of letters and digits stay whole; of other scripts each character counts."""

MOST_COMPARED = 2_000_000
"""So many pairs of pieces are compared one by one, in 0.3 s at worst: 1,400 by 1,400. What is submitted is shorter."""

type Mark = Literal["same", "gone", "new"]


@dataclass(frozen=True, slots=True)
class Change:
    """A field that differs. `field` is as in `Draft`, of a text with its language: `titles.en`.

    `pieces` are the marked parts of a text; a field that is no text has none, but `before` and `after`.
    """

    field: str
    pieces: Sequence[tuple[Mark, str]] = ()
    before: Any = None
    after: Any = None


def changes(before: Draft, after: Draft) -> list[Change]:
    """What is another in the later of two versions."""
    return [
        *_texts(before, after),
        *_alternatives(before, after),
        *_documents(before, after),
        *_facts(before, after),
    ]


def marked(before: str, after: str) -> list[tuple[Mark, str]]:
    """A text with what went and what came; of long texts all that lies between the first and the last difference."""
    old, new = PIECE.findall(before), PIECE.findall(after)
    found: list[tuple[Mark, str]] = []
    for act, begin, end, new_begin, new_end in _steps(old, new):
        if act == "equal":
            found.append(("same", "".join(old[begin:end])))
            continue
        found += [("gone", "".join(old[begin:end]))] if end > begin else []
        found += [("new", "".join(new[new_begin:new_end]))] if new_end > new_begin else []
    return found


def _steps(old: Sequence[str], new: Sequence[str]) -> Iterable[tuple[str, int, int, int, int]]:
    """What leads from one to the other: which pieces are equal and which are not, as `SequenceMatcher` says it."""
    if len(old) * len(new) <= MOST_COMPARED:
        return SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    same = _alike(old, new)
    ends = _alike(old[same:][::-1], new[same:][::-1])
    until, new_until = len(old) - ends, len(new) - ends
    return (
        ("equal", 0, same, 0, same),
        ("replace", same, until, same, new_until),
        ("equal", until, len(old), new_until, len(new)),
    )


def _alike(old: Sequence[str], new: Sequence[str]) -> int:
    """How many pieces two texts begin with alike."""
    differing = (at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other)
    return next(differing, min(len(old), len(new)))


def _texts(before: Draft, after: Draft) -> Iterator[Change]:
    for field in ("titles", "texts", "mistake"):
        old, new = getattr(before, field), getattr(after, field)
        for locale in LOCALES:
            if old.get(locale, "") != new.get(locale, ""):
                yield Change(f"{field}.{locale}", marked(old.get(locale, ""), new.get(locale, "")))


def _alternatives(before: Draft, after: Draft) -> Iterator[Change]:
    old, new = ({} if one.image is None else one.image.alternatives for one in (before, after))
    for locale in LOCALES:
        if old.get(locale, "") != new.get(locale, ""):
            yield Change(f"alternatives.{locale}", marked(old.get(locale, ""), new.get(locale, "")))


def _documents(before: Draft, after: Draft) -> Iterator[Change]:
    """Documents by their names and what they hold, where any is another; else what they are called."""
    old, new = ([(one.sha256, one.file) for one in draft.documents] for draft in (before, after))
    if old != new:
        yield Change("documents", before=before.documents, after=after.documents)
        return
    for locale in LOCALES:
        was, now = (
            "\n".join(one.names.get(locale, "") for one in draft.documents).strip() for draft in (before, after)
        )
        if was != now:
            yield Change(f"document_names.{locale}", marked(was, now))


def _facts(before: Draft, after: Draft) -> Iterator[Change]:
    one, other = before.image, after.image
    if (one and one.sha256) != (other and other.sha256):
        yield Change("image", before=one and one.sha256, after=other and other.sha256)
    for field in ("topic", "districts", "link", "urgency", "valid_from", "until", "public", "on_pages"):
        old, new = getattr(before, field), getattr(after, field)
        if old != new:
            yield Change(field, before=old, after=new)
    for part in ("audience", "schedule"):
        one, other = getattr(before, part), getattr(after, part)
        for field in type(one).model_fields:
            if getattr(one, field) != getattr(other, field):
                yield Change(f"{part}.{field}", before=getattr(one, field), after=getattr(other, field))
