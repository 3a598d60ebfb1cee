"""Finds stops by what residents call them: exact, Traditional, English, pinyin, misspelt, alone or in a sentence."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from actions.transit.naming import initials, pinyin, plain, without_brackets
from actions.transit.network import Network, Place
from actions.transit.scanning import Sentence
from values.lexicon import lexicon
from values.writing import has_han

TYPO_SCORE = 88.0
"""From here on (of 100) a misspelling is taken as meant, if it is long enough and nothing else comes near."""
TYPO_LEAD = 6.0
TYPO_LETTERS = 6
NEAR_SCORE, NEAR_SOUND = 50.0, 75.0
"""From here on (of 100) a name is offered instead of one that is unknown: by its signs, by its sound. Names of a few
syllables share half of their letters by chance."""
NEAR_PLACES = 4
SOUNDING_NAME = 8
SOUNDING_LETTERS = 100
_WORDS = lexicon(__file__)
_SUFFIX = _WORDS.pattern("suffix")
_HUBS = _WORDS["hubs"]
"""What everybody calls by its kind alone, where a city has one: "railway station" for the one whose name ends so."""
TOWARDS = frozenset(_WORDS["towards"])


@dataclass(frozen=True, slots=True)
class Found:
    """What a name may mean. `sure`: these are meant (several only if they share the name); else the nearest names."""

    sure: bool
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Mention:
    """A stop named in a sentence. `towards`: after a word like "to". `letters`: how many it was named with."""

    places: tuple[Place, ...]
    start: int
    end: int
    towards: bool

    @property
    def letters(self) -> int:
        return self.end - self.start


def core(text: str) -> str:
    """Spell a stop's name without "bus station", "station", "stop": what remains must still be a name."""
    key = plain(without_brackets(text))
    short = _SUFFIX.sub("", key)
    return short if len(short) >= 2 else key


class StopIndex:
    """All names of the served places of a network."""

    def __init__(self, network: Network) -> None:
        exact: defaultdict[str, dict[str, Place]] = defaultdict(dict)
        spelt: defaultdict[str, dict[str, Place]] = defaultdict(dict)
        short: defaultdict[str, dict[str, Place]] = defaultdict(dict)
        for place in network.places:
            if not place.lines:
                continue
            for name in _names(place):
                for key in {plain(name), plain(without_brackets(name)), core(name)} - {""}:
                    exact[key][place.key] = place
                if has_han(name):
                    spelt[pinyin(core(name))][place.key] = place
                    short[initials(core(name))][place.key] = place
            for stop in place.platforms:
                if stop.code:
                    exact[plain(stop.code)][place.key] = place
        self._exact = {key: tuple(places.values()) for key, places in exact.items()}
        self._spelt = {key: tuple(places.values()) for key, places in spelt.items()}
        self._short = {key: tuple(places.values()) for key, places in short.items()}
        codes = {plain(stop.code) for place in network.places for stop in place.platforms if stop.code}
        self._in_sentences = {
            **{key: places for key, places in self._spelt.items() if len(key) >= 6},
            **dict(_hubs(self._exact)),
            **{key: p for key, p in self._exact.items() if key not in codes and len(key) >= (2 if has_han(key) else 4)},
        }

    def find(self, text: str) -> Found:
        """Find a stop by a name that stands alone."""
        for key in (plain(text), core(text)):
            if key in self._exact:
                return Found(True, self._exact[key])
        key = core(text)
        if len(key) < 2:
            return Found(False, ())
        sound = pinyin(key)
        if sound in self._spelt:  # typed in pinyin, or with other characters of the same sound
            return Found(True, self._spelt[sound])
        if not has_han(key) and key in self._short:
            return Found(len(self._short[key]) == 1, self._short[key][:NEAR_PLACES])
        within = _unique(p for name in sorted(self._exact, key=len) if key in name for p in self._exact[name])
        if within and (has_han(key) or len(key) >= 4):
            return Found(len(within) == 1, within[:NEAR_PLACES])
        return self._misspelt(key, sound)

    def _misspelt(self, key: str, sound: str) -> Found:
        scores: dict[str, tuple[float, Place]] = {}
        for names, wanted, least in ((self._exact, key, NEAR_SCORE), (self._spelt, sound, NEAR_SOUND)):
            near = process.extract(wanted, names.keys(), scorer=fuzz.ratio, limit=12, score_cutoff=least)
            for place, score in ((place, score) for name, score, _ in near for place in names[name]):
                if score > scores.get(place.key, (0.0, place))[0]:
                    scores[place.key] = (score, place)
        ranked = sorted(scores.values(), key=lambda pair: (-pair[0], pair[1].key))
        if ranked and ranked[0][0] >= TYPO_SCORE and len(sound) >= TYPO_LETTERS:
            best = [place for score, place in ranked if score > ranked[0][0] - TYPO_LEAD]
            if len(best) == 1:
                return Found(True, (best[0],))
        return Found(False, tuple(place for _, place in ranked[:NEAR_PLACES]))

    def scan(self, sentence: Sentence) -> list[Mention]:
        """Find the stops named in a sentence, in its order; where there is none, those that only sound so."""
        spans = [
            (*span, self._in_sentences[sentence.text[slice(*span)]]) for span in sentence.spans(self._in_sentences)
        ]
        spans = spans or list(self._sounding(sentence.text[:SOUNDING_LETTERS]))
        return [Mention(places, start, end, sentence.follows(start, TOWARDS)) for start, end, places in spans]

    def _sounding(self, text: str) -> Iterator[tuple[int, int, tuple[Place, ...]]]:
        sounds = [pinyin(sign) if has_han(sign) else "" for sign in text]
        start = 0
        while start < len(text):
            end = start
            for stop in range(min(len(text), start + SOUNDING_NAME), start + 2, -1):
                sound = "".join(sounds[start:stop])
                if all(sounds[start:stop]) and sound in self._spelt:
                    end = stop
                    yield start, end, self._spelt[sound]
                    break
            start = max(end, start + 1)


def _hubs(names: Mapping[str, tuple[Place, ...]]) -> Iterator[tuple[str, tuple[Place, ...]]]:
    """The kinds of stations of which the network has one alone, with it."""
    for hub in _HUBS:
        ending = [places for name, places in names.items() if name.endswith(hub)]
        found = {frozenset(place.key for place in places): places for places in ending}
        if len(found) == 1:
            yield hub, next(iter(found.values()))


def _names(place: Place) -> set[str]:
    return {name for names in (place.names, *(stop.names for stop in place.platforms)) for name in names.values()}


def _unique(places: Iterable[Place]) -> tuple[Place, ...]:
    return tuple({place.key: place for place in places}.values())
