"""How characters sound, without tones: the table beside it, which `desk nlu readings` writes."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Dict, List, Mapping, Tuple

TABLE = Path(__file__).with_name("readings.json")


@dataclass(frozen=True)
class Readings:
    """`of_sound`: the characters of each syllable; `of_character`: the syllables of each, the commonest first; both
    with the share of times that a character is read so."""

    of_sound: Mapping[str, Tuple[Tuple[str, float], ...]]
    of_character: Mapping[str, Tuple[Tuple[str, float], ...]]

    def sound(self, character: str) -> str:
        """Gives the commonest syllable of a character; what is none of the table's is its own sound."""
        known = self.of_character.get(character)
        return known[0][0] if known else character


@lru_cache(maxsize=1)
def readings() -> Readings:
    """Gives the table, read once."""
    of_sound = {sound: _parsed(line) for sound, line in json.loads(TABLE.read_text(encoding="utf-8")).items()}
    of_character: Dict[str, List[Tuple[str, float]]] = {}
    for sound, characters in of_sound.items():
        for character, share in characters:
            of_character.setdefault(character, []).append((sound, share))
    ranked = {one: tuple(sorted(sounds, key=lambda pair: -pair[1])) for one, sounds in of_character.items()}
    return Readings(of_sound, ranked)


def _parsed(line: str) -> Tuple[Tuple[str, float], ...]:
    """Reads a line such as "X2YZ": characters, and behind one that has several readings the tenths of this."""
    found: List[Tuple[str, float]] = []
    for character in line:
        if character.isdecimal():
            found[-1] = (found[-1][0], int(character) / 10)
        else:
            found.append((character, 1.0))
    return tuple(found)
