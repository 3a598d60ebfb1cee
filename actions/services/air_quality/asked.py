"""What a resident asks of the air and the weather: of which, of which day, of which district."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from actions.backends.environment import District
from actions.phrases import phrases
from actions.phrases import plain as folded
from actions.transit.naming import plain
from values.calendar import mentions
from values.lexicon import lexicon

_WORDS = lexicon(__file__)

READ_CHARACTERS = 300


class Topic(StrEnum):
    """What is asked about; several may be. `about_<value>` are its phrases."""

    AIR = "air"
    WEATHER = "weather"
    RAIN = "rain"
    UV = "uv"
    WARNINGS = "warnings"
    MASK = "mask"
    EXERCISE = "exercise"


_NOW = _WORDS.pattern("now")
_TOMORROW = _WORDS.pattern("tomorrow")
"""Parts of a day that say which day."""
_WEEKEND = _WORDS.pattern("weekend")
_DISTRICT_END = _WORDS.pattern("district_end")
COMING = _WORDS.pattern("coming")


@dataclass(frozen=True, slots=True)
class Asked:
    """What one message says. `days` are days of the city; none: today is meant."""

    topics: frozenset[Topic]
    days: tuple[date, ...]

    @property
    def says_anything(self) -> bool:
        return bool(self.topics or self.days)


def read(text: str, today: date) -> Asked:
    """Read a message on a day of the city."""
    said = folded(text[:READ_CHARACTERS])
    topics = frozenset(topic for topic in Topic if phrases(f"about_{topic}").within(said))
    return Asked(topics, tuple(_days(said, today)))


def district_in(text: str, marked: Iterable[str], districts: Sequence[District]) -> District | None:
    """The district that a text names, with or without "district"; the longest name counts."""
    said = plain(" ".join([text[:READ_CHARACTERS], *marked]))
    known = [(key, district) for district in districts for key in _keys(district) if key in said]
    return max(known, key=lambda pair: len(pair[0]))[1] if known else None


def _keys(district: District) -> set[str]:
    whole = {plain(district.names.zh_Hans), plain(district.names.en)}
    short = {_DISTRICT_END.sub("", name) for name in whole}
    return whole | {name for name in short if len(name) >= 2}


def _days(said: str, today: date) -> Iterable[date]:
    if COMING.search(said):
        return [today + timedelta(days=offset) for offset in range(3)]
    found = [one.day for one in mentions(said, today) if one.day is not None and one.day >= today]
    found += [today] if _NOW.search(said) else []
    found += [today + timedelta(days=1)] if _TOMORROW.search(said) else []
    if _WEEKEND.search(said):
        saturday = today + timedelta(days=max(0, 5 - today.weekday()))
        found += [saturday, saturday + timedelta(days=1)] if today.weekday() < 6 else [today]
    return sorted(set(found))
