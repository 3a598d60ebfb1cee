"""Reads messages typed in pinyin: which Chinese text was meant, and where each of its characters was typed.

Syllables may be joined or spaced, toneless or with tones as marks or digits, and stand beside Chinese characters,
numbers and plates. A message is read so only where its letters are likelier as Chinese than as English.
"""

import math
import re
import unicodedata
from dataclasses import dataclass
from itertools import product
from typing import AbstractSet, Any, Dict, FrozenSet, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from bot.components.entities.spans import values_in
from bot.components.text.language_model import Following, LanguageModel, signs
from bot.components.text.latin_words import WORD, LatinWords
from bot.components.text.pinyin import CONFUSED, LONGEST, MISTYPED, is_spelt, reaching, syllable, syllables_meant
from bot.components.text.readings import readings
from values.writing import normalised

BEAM = 8
"""So many readings of what is typed up to a place go on."""
COMMONEST = 12
"""So many characters of a syllable are thought of that were never seen after those before."""
LETTERS_SPELT = 0.7
"""Share of a message's letters that must be in words that are rows of syllables, for a look at them at all."""
AHEAD = 3.0
"""Log odds by which Chinese must be ahead of English."""
POOR = -6.5
"""Log probability of a syllable, in the mean, below which errors of typing are thought of, too."""
LONG = 3
"""Letters from which on a word that is no English one may be syllables with an error of typing."""
NAMED = 6.0
"""Log odds that a word with a capital at first is the name known that is spelt so."""
LONGEST_NAME = 4
"""Characters of a name that a word may be; longer ones are in several words, or like nothing else."""
NAME_WORDS = 4
"""So many words in capitals at first, and nothing else, are a name."""
CODE = 4
"""Letters from which on a row of syllables in front of a digit is no code."""
_TONES = frozenset("\u0304\u0301\u030c\u0300")
_DIAERESIS = "\u0308"
_DIGIT_NEXT = re.compile(r"-?\d")
_WORD = re.compile("[A-Za-z]+")
_NAME = re.compile(r"(?<![A-Za-z])[A-Z][a-z]+(?:['’-][a-z]+)*(?![A-Za-z])")
_TONED = re.compile(r"[a-z][1-5](?!\d)")
# Each begins where a word begins: looked for within one, a word of 10,000 letters took 1.4 s.
_ADDRESS = re.compile(r"(?<!\w)\w+://\S+|(?<!\S)\S+@\S+|(?<![a-z\d])[a-z\d]+(?:[._][a-z\d]+)+")
_PIECE = re.compile(r"(?P<word>[a-z]+)|(?P<space>\s+|(?<=[a-z])['’](?=[a-z]))|\d+|[\u3400-\u9fff]|[^\s\w]+|.")


@dataclass(frozen=True)
class Spelt:
    """A text that was typed by its sound: for each character where what was typed for it begins and ends."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]


class _Piece(NamedTuple):
    """`letters` to be read, or "" of what stays as it is typed. `capital`: as the words of names begin."""

    letters: str
    start: int
    end: int
    capital: bool


_Reading = Tuple[float, Any, str, int, int]
"""A reading up to a place: its log probability, the reading before its last character, this, its begin and its end."""
_NOTHING: _Reading = (0.0, None, "", 0, 0)

States = Dict[Tuple[int, int], _Reading]
"""The likeliest reading by its last two characters."""
Ranked = Sequence[Tuple[Tuple[int, int], _Reading]]


class PinyinReader:
    """By what is likely in Chinese, what words are in English, and Chinese names that English writes in pinyin."""

    def __init__(self, chinese: LanguageModel, english: LatinWords, names: AbstractSet[str]) -> None:
        self._chinese, self._english, self._names = chinese, english, names
        self._spelt_names = _spelt_names(names)

    def read(self, text: str) -> Optional[Spelt]:
        """Gives what was meant by a message in pinyin, or None where it is none."""
        letters, places = _folded(text)
        if not self._may_be_spelt(letters):
            return None
        capitals = _capitals(unicodedata.normalize("NFKC", text)) if len(letters) == len(text) else frozenset()
        names = _names(letters, capitals)
        pieces = list(self._pieces(letters, capitals))
        spelt = [piece for piece in pieces if piece.letters]
        if not spelt or self._is_name(spelt, letters, names):
            return None
        read = self._best(pieces, letters, wrong=False)
        if read is None or read[0] < POOR * max(len(spelt), len(_characters(read))):
            other = self._best(pieces, letters, wrong=True)
            read = other if read is None or (other is not None and other[0] > read[0]) else read
        if read is None or not self._is_chinese(read, spelt, names):
            return None
        found = _spelt(read, text, letters, places)
        return None if spelt[0].start in names and found.text in self._names else found

    @staticmethod
    def _is_name(spelt: Sequence[_Piece], letters: str, names: AbstractSet[int]) -> bool:
        """Whether all words that are syllables are written as names, and are several, or beside English ones."""
        others = sum(found.lastgroup == "word" for found in _PIECE.finditer(letters)) - len(spelt)
        return all(piece.start in names for piece in spelt) and (others > 0 or 1 < len(spelt) <= NAME_WORDS)

    def _is_chinese(self, read: _Reading, spelt: Sequence[_Piece], names: AbstractSet[int]) -> bool:
        """Whether what was read is likelier than English words; of several words names are no sign."""
        telling = [piece for piece in spelt if piece.start not in names] or spelt
        english = sum(self._english.likely(piece.letters) for piece in telling)
        english += NAMED * sum(piece.capital and piece.letters in self._spelt_names for piece in telling)
        chinese = sum(
            one[0] - one[1][0]
            for one in _characters(read)
            if any(piece.start <= one[3] < piece.end for piece in telling)
        )
        return chinese >= english + AHEAD

    def _may_be_spelt(self, letters: str) -> bool:
        """Whether most words are rows of syllables, or may be meant so; what English knows is not."""
        total = spelt = 0
        for found in _PIECE.finditer(letters):
            word = found["word"]
            if word is not None:
                total += len(word)
                spelt += len(word) if is_spelt(word) or self._may_be_wrong(word) else 0
        if spelt < 2 or spelt < LETTERS_SPELT * total:
            return False
        return spelt >= 2 * sum("\u3400" <= character <= "\u9fff" for character in letters)

    def _may_be_wrong(self, word: str) -> bool:
        return len(word) >= LONG and not self._english.knows(word)

    def _pieces(self, letters: str, capitals: AbstractSet[int]) -> Iterator[_Piece]:
        """Gives the rows of letters that may be syllables, and what is between them, but spaces."""
        toned = len(_TONED.findall(letters)) >= 2
        stays = [(value.start, value.end) for value in values_in(letters) if value.sure]
        stays += [found.span() for found in _ADDRESS.finditer(letters)]
        dropped = -1
        for found in _PIECE.finditer(letters):
            start, end = found.span()
            if found["space"] or (start == dropped and end == start + 1):
                continue
            word = found["word"] or ""
            if not (is_spelt(word) or self._may_be_wrong(word)) or any(one < end and start < two for one, two in stays):
                word = ""
            elif toned and _TONED.match(letters, end - 1):
                dropped = end
            elif _is_code(letters, start, end):
                word = ""
            yield _Piece(word, start, end, start in capitals)

    def _best(self, pieces: Sequence[_Piece], letters: str, *, wrong: bool) -> Optional[_Reading]:
        states: States = {(0, 0): _NOTHING}
        for piece in pieces:
            states = self._through(states, piece, wrong) if piece.letters else self._past(states, piece, letters)
            if not states:
                return None
        return max((self._ended(state, reading) for state, reading in states.items()), key=_likely)

    def _past(self, states: States, piece: _Piece, letters: str) -> States:
        """Goes on with what stays as it is typed. It counts for nothing, but what comes next is seen after it."""
        typed = letters[piece.start : piece.end]
        numbers = [self._chinese.number.get(sign, 0) for sign in signs(typed)]
        found: States = {}
        for (before, one), reading in states.items():
            for number in numbers:
                before, one = one, number
            _keep(found, (before, one), (reading[0], reading, typed, piece.start, piece.end))
        return found

    def _through(self, states: States, piece: _Piece, wrong: bool) -> States:
        """Goes on with the characters that a row of letters may be."""
        edges = dict(_edges(piece.letters, wrong))
        reached = reaching(piece.letters, {place: [end for end, _, _ in found] for place, found in edges.items()})
        at: List[States] = [{} for _ in range(len(piece.letters) + 1)]
        at[0] = states
        for place, found in edges.items():
            if not at[place]:
                continue
            best = _ranked(at[place])
            for end, sound, cost in found:
                if reached[end]:
                    self._extend(best, sound, cost, (piece.start + place, piece.start + end), at[end])
        if piece.capital:
            self._name(states, piece, at[-1])
        return dict(_ranked(at[-1]))

    def _name(self, states: States, piece: _Piece, into: States) -> None:
        """Adds the names that are spelt so to the likeliest reading."""
        for name, sounds in self._spelt_names.get(piece.letters, ()):
            (before, one), reading = max(states.items(), key=_likely_of_state)
            likely, start = reading[0] + NAMED, piece.start
            for character, sound in zip(name, sounds, strict=True):
                number = self._chinese.number[character]
                likely += self._chinese.likely(before, one, number, sound)
                reading = (likely, reading, character, start, start + len(sound))
                before, one, start = one, number, start + len(sound)
            _keep(into, (before, one), reading)

    def _extend(self, states: Ranked, sound: str, cost: float, where: Tuple[int, int], into: States) -> None:
        """Adds a character of the sound to each reading; those never seen there only to the likeliest."""
        chinese, symbols = self._chinese, self._chinese.symbols
        unseen, last, after = -math.inf, 0, states[0][1]

        def add(reading: _Reading, one: int, likely: float, characters: Following) -> None:
            for character, found in characters:
                known = into.get((one, character))
                if known is None or known[0] < likely + found:  # as `_keep` has it, without a tuple for each
                    into[one, character] = (likely + found, reading, symbols[character], *where)

        for (before, one), reading in states:
            likely = reading[0] + cost
            three, off_three = chinese.after_two(before, one, sound)
            two, off_two = chinese.after_one(one, sound)
            add(reading, one, likely, three)
            add(reading, one, likely + off_three, two)
            if likely + off_three + off_two > unseen:
                unseen, last, after = likely + off_three + off_two, one, reading
        add(after, last, unseen, chinese.alone(sound)[:COMMONEST])

    def _ended(self, state: Tuple[int, int], reading: _Reading) -> _Reading:
        """The reading with what the end makes of it."""
        return (reading[0] + self._chinese.likely(*state, 0, self._chinese.symbols[0]), *reading[1:])


def _keep(states: States, state: Tuple[int, int], reading: _Reading) -> None:
    known = states.get(state)
    if known is None or known[0] < reading[0]:
        states[state] = reading


def _likely(reading: _Reading) -> float:
    return reading[0]


def _ranked(states: States) -> Ranked:
    return sorted(states.items(), key=_likely_of_state, reverse=True)[:BEAM]


def _likely_of_state(pair: Tuple[Tuple[int, int], _Reading]) -> float:
    return pair[1][0]


def _folded(text: str) -> Tuple[str, List[int]]:
    """Gives a text in lower case without marks of tones, v for ü, and where each character of it stands."""
    if text.isascii():
        return text.lower(), list(range(len(text)))
    letters: List[str] = []
    places: List[int] = []
    for place, character in enumerate(normalised(text)):
        base, *marks = unicodedata.normalize("NFD", character)
        if not marks and (base in _TONES or base == _DIAERESIS):
            if base == _DIAERESIS and letters and letters[-1] == "u":
                letters[-1] = "v"
            continue
        if marks and base.isascii():
            character = "v" if _DIAERESIS in marks and base == "u" else base
        letters.append(character)
        places.append(place)
    return "".join(letters), places


def _capitals(text: str) -> FrozenSet[int]:
    """Gives where words begin that are written as names: in capitals at first, and small after it."""
    names = [found.span() for found in _NAME.finditer(text)]
    words = [found.start() for found in _WORD.finditer(text)]
    return frozenset(word for word in words if any(start <= word < end for start, end in names))


def _names(letters: str, capitals: AbstractSet[int]) -> AbstractSet[int]:
    """Gives which of them are names: the first of a message not on this ground alone, as telephones write it so."""
    words = [found.start() for found in WORD.finditer(letters)]
    alone = len(words) > 1 and words[1] not in capitals
    return capitals - set(words[:1]) if alone else capitals


def _spelt_names(names: AbstractSet[str]) -> Dict[str, List[Tuple[str, Sequence[str]]]]:
    """Gives the names that one word may be, with their syllables, by how they are spelt."""
    known = readings().of_character
    found: Dict[str, List[Tuple[str, Sequence[str]]]] = {}
    for name in sorted(names):
        if 1 < len(name) <= LONGEST_NAME and all(character in known for character in name):
            for sounds in product(*([sound for sound, _ in known[character]] for character in name)):
                found.setdefault("".join(sounds), []).append((name, sounds))
    return found


def _is_code(letters: str, start: int, end: int) -> bool:
    """Whether letters are part of a code: a few in front of a digit, or a single one behind it."""
    if _DIGIT_NEXT.match(letters, end):
        return end - start < CODE or not is_spelt(letters[start:end])
    return end - start == 1 and letters[start - 1 : start].isdigit()


def _edges(letters: str, wrong: bool) -> Iterator[Tuple[int, Sequence[Tuple[int, str, float]]]]:
    """Gives for each place the syllables that may begin there: where they end, and the log probability of an error."""
    least = CONFUSED if is_spelt(letters) else MISTYPED
    for place in range(len(letters)):
        found: List[Tuple[int, str, float]] = []
        for end in range(place + 1, min(len(letters), place + LONGEST + 1) + 1):
            typed = letters[place:end]
            found += [(end, sound, 0.0) for sound in syllable(typed)]
            if wrong:
                found += [(end, sound, cost) for sound, cost in syllables_meant(typed) if cost >= least]
        yield place, [one for one in found if one[1] in readings().of_sound]


def _characters(reading: Optional[_Reading]) -> List[_Reading]:
    found: List[_Reading] = []
    while reading is not None and reading is not _NOTHING:
        found.append(reading)
        reading = reading[1]
    return found[::-1]


def _spelt(reading: _Reading, text: str, letters: str, places: Sequence[int]) -> Spelt:
    """Gives what was read; what stays is as it was typed, and spaces stand only between what stays."""
    bounds = [*places, len(text)]
    found: List[Tuple[str, int, int]] = []
    for _, _, said, start, end in _characters(reading):
        stays = said == letters[start:end]
        if stays and found and letters[start - 1].isspace() and _is_latin(said[0]) and _is_latin(found[-1][0]):
            found.append((" ", bounds[start - 1], bounds[start]))
        if stays:
            found += [(text[place], place, place + 1) for place in range(bounds[start], bounds[end])]
        else:
            found.append((said, bounds[start], bounds[end]))
    characters, starts, ends = zip(*found, strict=True)
    return Spelt("".join(characters), starts, ends)


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()
