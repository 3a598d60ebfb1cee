"""Which of the free days and times a resident would have who names none: the earliest, the latest, any after three."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import JsonValue

from actions.backends.appointments import Office
from actions.dialogue.state.session import Frame
from actions.dialogue.state.turn import Turn
from actions.fields.kinds import field_kind
from actions.fields.reading import FieldKind
from actions.fields.refusal import is_refused
from actions.forms.filling import Filling
from actions.forms.given import Given
from actions.phrases import phrases
from actions.schema.appointment import DATE, OFFICE, TIME
from values.definition import Accepted
from values.lexicon import lexicon
from values.types.time import AFTERNOON, MORNING, part_of
from values.writing import compact, plain

_WORDS = lexicon(__file__)

PREFERRED = "preferred"
"""Remembered beside the values: which is to be taken, of days and of times, and between which times."""
FIRST, LAST = "first", "last"
BESIDE = 10
"""So many characters may stand beside the words of a message that is nothing but such a wish."""

ALONE = 2
"""So many characters may stand beside an hour in its clause, that it is what is wished."""
_CLAUSES = re.compile(r"[,，.。;；!！?？、\s]+")
_BARE = re.compile(r"(?<![\w.:/-])\d{1,2}(?![\w.:/-]|\s?[\u3400-\u9fff])")
_N = r"(\d{1,2}(?::[0-5]\d)?\s?(?:[ap]\.?m\.?)?)"
_NO_DATE = r"(?![\d:/.-])(?!\s*(?:st|nd|rd|th|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|days?|weeks?))"
_AFTER_EN = re.compile(
    rf"\b(?:after|from|past|not before|no earlier than)\s+{_N}{_NO_DATE}|\b{_N}\s+(?:or|and) (?:later|after)\b"
)
_BEFORE_EN = re.compile(
    rf"\b(?:before|by|until|not after|no later than)\s+{_N}{_NO_DATE}|\b{_N}\s+or (?:earlier|before)\b"
)
_AFTER = _WORDS.pattern("after")
_BEFORE = _WORDS.pattern("before")


@dataclass(frozen=True, slots=True)
class Preference:
    """`pick` of what is free between `after` and `before` (HH:MM): the first, the last; empty where that is left open.

    `of`: days, times, or empty where the words fit both. `anything`: it does not matter which. `bare`: no more is said.
    """

    pick: str = ""
    after: str = ""
    before: str = ""
    of: str = ""
    anything: bool = False
    bare: bool = False


NOON = "12:00"


def heard(turn: Turn) -> Preference | None:
    """Hear it in a sentence; None: there is none."""
    if turn.kind != "text":
        return None
    said = plain(turn.text)
    first, last, anything = (_meant(name, said) for name in ("the_first", "the_last", "any_of_them"))
    after, before = _bound(said, _AFTER, _AFTER_EN), _bound(said, _BEFORE, _BEFORE_EN)
    if not (first or last or anything or after or before):
        return None
    of = (
        TIME if after or before or phrases("of_times").within(said) else DATE if phrases("of_days").within(said) else ""
    )
    words = "".join(found[0] for found in (first, last, anything) if found)
    beside = len(compact(said)) - len(compact(words)) - (6 if after or before else 0)
    pick = LAST if last and not first else FIRST if first or anything else ""
    only_any = anything is not None and not (first or last)
    return Preference(pick, after, before, of, only_any, beside <= BESIDE)


def taken(filling: Filling, found: Given, asked: str | None, offices: Sequence[Office]) -> tuple[Filling, Given]:
    """Remember what this turn prefers; who does not mind where takes the first office.

    A time that is only a bound ("after three") is none that was chosen.
    """
    wish, found = heard(filling.turn), _no_less_exact(filling, found)
    if wish is None or (wish.anything and not (wish.after or wish.before) and asked not in (OFFICE, DATE, TIME)):
        return filling, found
    readings = dict(found.readings)
    if (wish.after or wish.before) and not _is_part(readings.get(TIME)):
        readings.pop(TIME, None)
    if wish.pick:  # the word for "the latest" holds one for "evening"
        readings = {
            name: one for name, one in readings.items() if isinstance(one, Accepted) or name not in (DATE, TIME)
        }
    if asked == OFFICE and wish.anything and wish.bare and not wish.of and not readings and offices:
        return filling, replace(found, readings={OFFICE: Accepted(offices[0].id)}, bare=True)
    known = preferred(filling.shown)
    if wish.after or wish.before:
        known |= {"after": wish.after, "before": wish.before}
    filling = _anew(filling, wish, asked)
    if wish.pick:
        of_times = wish.of == TIME or (
            wish.of != DATE and (asked == TIME or DATE in readings or DATE in filling.values)
        )
        known[TIME if of_times else DATE] = wish.pick
        if not (of_times or wish.of) and asked not in (DATE, TIME) and not wish.anything:
            known[TIME] = wish.pick
    remembered: dict[str, JsonValue] = {**known}
    return replace(filling, shown={**filling.shown, PREFERRED: remembered}), replace(found, readings=readings)


def exact(turn: Turn, found: Given) -> Given:
    """With the hour in the place of a part of the day, where a clause says that hour and no more ("morning, 8:00")."""
    part = found.readings.get(TIME)
    if turn.kind != "text" or not isinstance(part, Accepted) or not _is_part(part):
        return found
    clock = field_kind("time")
    for clause in _CLAUSES.split(turn.text):
        for written in clock.find(clause):
            value, rest = _time(clock, written), clause.replace(written, "")
            if value and part_of(value) == part.value and len(compact(rest)) <= ALONE:
                return replace(found, readings={**found.readings, TIME: Accepted(value)})
    return found


def on_offer(turn: Turn, frame: Frame, found: Given) -> Given:
    """With the hour that a bare number names, where a time is asked for and that hour is free ("9 is fine")."""
    question = frame.question
    if question is None or question.field != TIME or turn.kind != "text" or found.readings:
        return found
    numbers = _BARE.findall(turn.text)
    if len(numbers) != 1 or not turn.means("provide", "choose", "confirm"):
        return found
    hour = f"{int(numbers[0]):02}:00"
    return Given({TIME: Accepted(hour)}, bare=True, asked=True) if hour in question.free else found


def _no_less_exact(filling: Filling, found: Given) -> Given:
    """Without the part of a day in which the time lies that was taken already: half past nine is in the morning."""
    time, part = filling.values.get(TIME, ""), found.readings.get(TIME)
    if ":" not in time or not _is_part(part) or not isinstance(part, Accepted):
        return found
    if (time < NOON) != (part.value == MORNING):
        return found
    return replace(found, readings={name: one for name, one in found.readings.items() if name != TIME})


def _anew(filling: Filling, wish: Preference, asked: str | None) -> Filling:
    """Without a day or time that was taken before, where it is wished otherwise now."""
    if asked in (OFFICE, DATE, TIME):
        return filling
    time = filling.values.get(TIME, "")
    bounds: dict[str, JsonValue] = {PREFERRED: {"after": wish.after, "before": wish.before}}
    if ":" in time and not between([time], bounds):
        return filling.without(TIME)
    return filling.without(wish.of) if wish.pick and wish.bare and wish.of else filling


def preferred(shown: Mapping[str, JsonValue]) -> dict[str, str]:
    """What is remembered."""
    kept = shown.get(PREFERRED)
    return {name: str(value) for name, value in kept.items()} if isinstance(kept, dict) else {}


def picked(filling: Filling, name: str, free: Sequence[str]) -> tuple[Filling, str | None]:
    """The day or time that is preferred of those that are free; once taken it is no wish any more."""
    known = preferred(filling.shown)
    pick = known.pop(name, "")
    if not pick or not free:
        return filling, None
    kept: dict[str, JsonValue] = {**known}
    value = free[0] if pick == FIRST else free[-1]
    filling = replace(filling, shown={**filling.shown, PREFERRED: kept}, values={**filling.values, name: value})
    return filling, value


def between(times: Sequence[str], shown: Mapping[str, JsonValue]) -> list[str]:
    """Times within the remembered bounds."""
    known = preferred(shown)
    after, before = known.get("after") or "00:00", known.get("before") or "24:00"
    return [time for time in times if after <= time <= before]


def _meant(group: str, said: str) -> re.Match[str] | None:
    """Where words stand that are not refused in the same breath ("not the earliest")."""
    found = phrases(group).found(said)
    return None if found is None or is_refused(said, found[0]) else found


def _is_part(reading: object) -> bool:
    return isinstance(reading, Accepted) and reading.value in (MORNING, AFTERNOON)


def _bound(said: str, chinese: re.Pattern[str], english: re.Pattern[str]) -> str:
    """The time before or after which it is to be."""
    clock = field_kind("time")
    if found := english.search(said):
        written = next(one for one in found.groups() if one).strip()
        return _time(clock, written if any(char in written for char in ":m") else written + _WORDS.text("o_clock"))
    for written in clock.find(said):
        at = said.find(written)
        if chinese.match(said, at + len(written)):
            return _time(clock, written)
    return ""


def _time(clock: FieldKind, written: str) -> str:
    reading = clock.read(written)
    return reading.value if isinstance(reading, Accepted) and ":" in reading.value else ""
