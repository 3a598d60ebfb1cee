"""Keywords as data: `cities/shared/keywords.yml`, with the topics and districts of a city behind them.

Words of `stop` are read on every channel; all else only where residents write keywords rather than sentences.
A message is a keyword only if nothing in it is left over: "subscribe power cut Xihu" is one, "subscribe to a paper that
comes at noon" is none and is read as a sentence.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from desk.city.files import City, CityModel
from desk.city.places import faults
from desk.city.topics import Topic
from desk.city.yaml_files import read_yaml
from desk.contract.errors import ConfigurationError
from values.writing import plain

FILE = "shared/keywords.yml"
LONGEST = 80  # characters of a message that may be a keyword

type Verb = Literal["stop", "subscribe", "unsubscribe", "ask"]
INTENTS: Mapping[Verb, str] = {
    "stop": "unsubscribe",
    "subscribe": "subscribe",
    "unsubscribe": "unsubscribe",
    "ask": "latest_announcements",
}
VERBS: tuple[Verb, ...] = ("subscribe", "unsubscribe", "ask")


class _File(CityModel):
    stop: list[str] = Field(min_length=1)
    stop_texts: list[str] = Field(default_factory=list)
    subscribe: list[str] = Field(min_length=1)
    unsubscribe: list[str] = Field(min_length=1)
    ask: list[str] = Field(min_length=1)
    between: list[str] = Field(default_factory=list)
    district_ends: list[str] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Keyword:
    """What a message asks for: slugs of topics and of districts of the city, in the order in which they stand."""

    verb: Verb
    topics: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()

    @property
    def payload(self) -> str:
        """The payload of the dialogue that asks for the same; slugs of one kind are joined by commas."""
        named = {"topic": ",".join(self.topics), "district": ",".join(self.districts)}
        given = {name: slugs for name, slugs in named.items() if slugs}
        return f"/{INTENTS[self.verb]}{json.dumps(given)}" if given else f"/{INTENTS[self.verb]}"


class Keywords:
    """Reads keywords."""

    def __init__(self, words: Mapping[str, Iterable[str]], topics: Mapping[str, Topic]) -> None:
        ends = list(words["district_ends"])
        said = {name: [_plain(word) for word in given] for name, given in words.items()}
        self._stop = frozenset(_bare(word) for word in said["stop"])
        self._stop_texts = self._stop | {_bare(word) for word in said["stop_texts"]}
        verbs = [(word, verb) for verb in VERBS for word in said[verb]]
        self._verbs = sorted(verbs, key=lambda one: -len(one[0]))
        self._between = said["between"]
        self._ends = ends
        self._topics = topics

    def is_stop(self, text: str) -> bool:
        """Whether a message, on whatever channel, is a stop word and nothing else: one that means nothing besides."""
        return len(text) <= LONGEST and _bare(_plain(text)) in self._stop

    def read(self, text: str, city: City) -> Keyword | None:
        """Read a message; None where it is a sentence."""
        if len(text) > LONGEST:
            return None
        said = _plain(text)
        if _bare(said) in self._stop_texts:
            return Keyword("stop")
        for word, verb in self._verbs:
            if not _begins(said, word):
                continue
            found = self._named(said[len(word) :], city)
            if found is not None and (found.topics or found.districts or verb != "unsubscribe"):
                return Keyword(verb, found.topics, found.districts)
        return None

    def _named(self, rest: str, city: City) -> Keyword | None:
        """The topics and districts that a text consists of; None where something is left over."""
        names = self._names(city)
        found: dict[str, list[str]] = {"topic": [], "district": []}
        rest = rest.strip(MARKS)
        while rest:
            for name, kind, slug in names:
                if _begins(rest, name):
                    if kind and slug not in found[kind]:
                        found[kind].append(slug)
                    rest = rest[len(name) :].strip(MARKS)
                    break
            else:
                return None
        return Keyword("ask", tuple(found["topic"]), tuple(found["district"]))

    def _names(self, city: City) -> list[tuple[str, str, str]]:
        """All that may stand behind a keyword, the longest first: its name, its kind and its slug."""
        own = city.announcing.keywords
        names = [
            (_plain(name), "topic", slug)
            for slug, topic in self._topics.items()
            for name in (*topic.names.model_dump(exclude_none=True).values(), *topic.also, *own.get(slug, ()))
        ]
        for district in city.districts:
            for name in district.names.model_dump(exclude_none=True).values():
                whole = _plain(name)
                names += [(whole.removesuffix(end), "district", district.slug) for end in ("", *self._ends)]
        names += [(word, "", "") for word in self._between]
        return sorted({one for one in names if len(one[0]) > 1 or not one[1]}, key=lambda one: (-len(one[0]), one))


MARKS = " \t\r\n,，.。、;；:：!！?？+＋/／|()（）【】[]“”\"'#＃-—"


def load_keywords(cities: Path, topics: Mapping[str, Topic]) -> Keywords:
    """Read the keywords of all cities. `cities` is the folder of city files.

    Raises:
        ConfigurationError: the file is absent or wrong.
    """
    try:
        read = _File.model_validate(read_yaml(cities / FILE))
    except (OSError, ValueError) as exc:
        raise ConfigurationError(f"{faults(cities / FILE, exc)}. Mend the file.") from exc
    return Keywords(read.model_dump(), topics)


def _plain(text: str) -> str:
    return " ".join(plain(text).split())


def _bare(text: str) -> str:
    return text.strip(MARKS)


def _begins(text: str, word: str) -> bool:
    """Whether a text begins with a word; one in Latin letters as a whole word."""
    if not text.startswith(word):
        return False
    following = text[len(word) : len(word) + 1]
    return not (word[-1:].isascii() and word[-1:].isalnum() and following.isascii() and following.isalnum())
