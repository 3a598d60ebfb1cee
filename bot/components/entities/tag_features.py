"""What the character tagger looks at, for each token: itself, its neighbours, values and names there, the intent."""

from typing import Dict, List, Sequence

from rasa.nlu.tokenizers.tokenizer import Token

from bot.components.entities.gazetteer import Gazetteer, endings
from bot.components.entities.spans import Span
from values.lexicon import lexicon
from values.surnames import COMMON

_ADDRESS = lexicon(__file__).pattern("address")
"""An address is told, or what is near: a road or an estate there is no stop."""
_GIVEN = 2
"""So many characters a given name has at most."""


def features(
    tokens: Sequence[Token], shaded: str, values: Sequence[Span], intent: str, names: Gazetteer
) -> List[List[str]]:
    """Gives a list of features for each token of a text, by its normalised text."""
    words = [shaded[token.start : token.end] for token in tokens]
    found = _values_at(tokens, values)
    kinds = [_kind(word) for word in words]
    masked = [word if kind != "n" else f"#{len(word)}" for word, kind in zip(words, kinds, strict=True)]
    shapes = [_shape(token.text, kind, place) for place, (token, kind) in enumerate(zip(tokens, kinds, strict=True))]
    named = names.marks(words)
    ends = endings(shaded, [token.start for token in tokens])
    scene = f"{any(value.entity == 'bus_line' for value in values)}{bool(_ADDRESS.search(shaded))}|{intent}"
    return [
        [
            *_features_at(place, tokens[place].text, masked, kinds, found, intent),
            *_name_features(place, named, ends, intent),
            *_person_features(place, words, shapes, intent),
            f"scene={scene}",
            f"scene,k={scene}|{kinds[place]}",
        ]
        for place in range(len(tokens))
    ]


def _person_features(place: int, words: Sequence[str], shapes: Sequence[str], intent: str) -> List[str]:
    """A surname here or just before, and what stands before it; capital letters, which English gives names."""
    result = [
        f"s-1,0,1={_at(shapes, place - 1)}{shapes[place]}{_at(shapes, place + 1)}",
        f"si={shapes[place]}|{intent}",
    ]
    for back in range(min(_GIVEN, place) + 1):
        if words[place - back] in COMMON:
            result += [f"f{back}", f"f{back}|{intent}", f"f{back}|{_at(words, place - back - 1)}"]
    return result


def _shape(surface: str, kind: str, place: int) -> str:
    """The kind of a word; of a Latin one its capitals: U all, T the first, A the first of the first word, l none."""
    if kind != "l" or not surface[:1].isupper():
        return kind
    if place == 0:
        return "A"
    return "U" if len(surface) > 1 and surface.isupper() else "T"


def _name_features(place: int, named: Sequence[str], ends: Sequence[str], intent: str) -> List[str]:
    result = [f"n+1={_at(named, place + 1)}", f"e={ends[place]}", f"ei={ends[place]}|{intent}"]
    if named[place] != "O":
        result += [f"n={named[place]}", f"ni={named[place]}|{intent}"]
    return result


def _features_at(
    place: int, surface: str, words: Sequence[str], kinds: Sequence[str], found: Sequence[str], intent: str
) -> List[str]:
    def word(offset: int) -> str:
        return _at(words, place + offset)

    here = words[place]
    result = [
        "bias",
        f"i={intent}",
        f"w={here}",
        f"wi={here}|{intent}",
        f"k={kinds[place]}",
        f"v={found[place]}",
        f"vi={found[place]}|{intent}",
        *(f"w{offset:+d}={word(offset)}" for offset in (-3, -2, -1, 1, 2, 3)),
        f"w-1,0={word(-1)}{here}",
        f"w0,1={here}{word(1)}",
        f"w-2,-1={word(-2)}{word(-1)}",
        f"w1,2={word(1)}{word(2)}",
        f"w-1,1={word(-1)}|{word(1)}",
        f"k-1,0,1={_at(kinds, place - 1)}{kinds[place]}{_at(kinds, place + 1)}",
        f"v-1={_at(found, place - 1)}",
        f"v+1={_at(found, place + 1)}",
    ]
    if kinds[place] == "l":
        result += [f"title={surface[:1].isupper()}", f"end={here[-3:]}"]
    return result


def _at(row: Sequence[str], place: int) -> str:
    """What stands at a place of a row, or the sign of its begin or end."""
    return row[place] if 0 <= place < len(row) else ("^" if place < 0 else "$")


def _kind(word: str) -> str:
    """Han, Latin, number (with or without letters) or sign."""
    if "\u3400" <= word[0] <= "\u9fff":
        return "h"
    if any(character.isdigit() for character in word):
        return "n" if word.isdigit() else "m"
    return "l" if word[0].isalpha() else "s"


def _values_at(tokens: Sequence[Token], values: Sequence[Span]) -> List[str]:
    marks: Dict[int, str] = {}
    for value in values:
        for place, token in enumerate(tokens):
            if value.start <= token.start < value.end:
                marks[place] = f"{'B' if token.start == value.start else 'I'}-{value.entity}"
    return [marks.get(place, "O") for place in range(len(tokens))]
