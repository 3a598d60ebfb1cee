"""Names of which a character is described ("bao as in baozi", or by parts), and names of which a part is another."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from actions.fields.correction import Correction
from actions.fields.sounding import letters, sounds, syllables
from actions.fields.typed import Typed
from actions.phrases import normalised, phrases
from values.definition import Accepted, Reading
from values.speech import GRAMMAR, NOT_IN_NAMES
from values.surnames import COMPOUND, SURNAMES
from values.types import person_name
from values.writing import has_han

LONGEST = 4
"""Characters of a name that is spelt out."""
_HAN_NAME = re.compile(r"[\u3400-\u9fff]{2,4}")
_REPEATED = re.compile(r"([\u3400-\u9fff]{2,4})\1")


@dataclass(frozen=True, slots=True)
class Described:
    """A character that words describe; `start` and `end` are where they stand. `of_parts`: by what it is made of."""

    character: str
    start: int
    end: int
    of_parts: bool


class PersonName(Typed):
    """`person_name`: also spelt out, and with characters put right by what describes them."""

    def read(self, written: str) -> Reading:
        name = spelt(unicodedata.normalize("NFKC", written))
        return super().read(_bare(written) if name is None else name)

    def find(self, text: str) -> Sequence[str]:
        both = _in_both_scripts(text)
        return super().find(text) if both is None else [both]

    def introduced(self, text: str) -> Sequence[str]:
        """Names behind words that say whose they are, or that stand by themselves, beside other words: where a name is
        asked for.
        """
        alone = person_name.by_itself(text)
        return person_name.introduced(text) or person_name.named(text) or ([] if alone is None else [alone])

    def named(self, text: str) -> Sequence[str]:
        """Names behind words that say that they are: whatever is asked for."""
        return person_name.named(text)

    def attempts(self, text: str) -> bool:
        return super().attempts(_bare(text)) or spelt(unicodedata.normalize("NFKC", text)) is not None

    def corrected(self, value: str, said: Correction) -> str | None:
        return corrected(value, said)


def _bare(written: str) -> str:
    """A name without the words that it is that of a document ("as in my passport")."""
    return phrases("as_on_the_document").cut_from(written).strip(" ,，。.")


def _in_both_scripts(text: str) -> str | None:
    """The Chinese name of a text that gives it with its pinyin beside it: the card has the Chinese one."""
    normal = unicodedata.normalize("NFKC", text)
    han, latin = _HAN_NAME.findall(normal), letters(normal)
    if len(han) != 1 or not latin or not person_name.attempts(han[0]):
        return None
    sounds_so = ["".join(order) for one in (syllables(han[0]),) for order in (one, (*one[1:], one[0]))]
    return han[0] if any(one in latin for one in sounds_so) else None


def described(text: str) -> list[Described]:
    """The characters that a text (NFKC) describes, in its order."""
    said, found = normalised(text), list[Described]()
    for match in phrases("of_its_parts").every(said):
        found.append(Described(text[match.end() - 1], *match.span(), of_parts=True))
    for match in phrases("of_a_word").every(said):
        start, end = match.span()
        character = said[end - 1]
        at = said.rfind(character, start, end - 2)
        taken = any(one.start < end and start < one.end for one in found)
        if at >= 0 and not taken and character not in GRAMMAR:
            found.append(Described(text[end - 1], at, end, of_parts=False))
    return sorted(found, key=lambda one: one.start)


def spelt(text: str) -> str | None:
    """The name that a text (NFKC) gives with a description of its characters, or by nothing else; None: it does not."""
    characters = described(text)
    if not characters:
        return None
    before = person_name.read(text[: characters[0].start])
    if isinstance(before, Accepted) and has_han(before.value):
        name = before.value
        for one in characters:
            at = _by_sound(name, one.character)
            name = name if one.character in name or at is None else _with(name, at, one.character)
        return name
    return _whole(characters)


def corrected(name: str, said: Correction) -> str | None:
    """The name as a sentence puts it right; None where it says nothing of it, or not clearly what."""
    if not has_han(name):
        return _in_words(name, said)
    if (whole := _named(name, said)) is not None:
        return whole
    refused = [*_characters(said.refused), *(one for one in said.refused if len(one) == 1)]
    characters = [one for piece in said.meant for one in described(piece)] or [
        one for one in described(said.text) if one.character not in refused
    ]
    if (spelt_out := _whole(characters)) is not None and len(spelt_out) >= len(name):
        return spelt_out
    meant = [(one.character, one.of_parts) for one in characters]
    meant += [
        (piece, False) for piece in said.meant if has_han(piece) and len(piece) == 1 and piece not in NOT_IN_NAMES
    ]
    mended = name
    for character, of_parts in meant:
        if normalised(character) in normalised(mended):
            continue
        at = _place(mended, character, refused, said, of_parts=of_parts)
        if at is None:
            return mended + character if mended + character in said.text else None
        mended = _with(mended, at, character)
    return mended if mended != name else None


def _in_words(name: str, said: Correction) -> str | None:
    """A name in Latin letters with a word of it replaced."""
    words = name.split()
    for wrong in said.refused:
        for right in said.meant or (said.lead,):
            at = [number for number, word in enumerate(words) if word.casefold() == wrong.casefold()]
            if len(at) == 1 and re.fullmatch(r"[A-Za-zÀ-ÿ'\-]+", right):
                return " ".join([*words[: at[0]], right, *words[at[0] + 1 :]])
    return None


def _named(name: str, said: Correction) -> str | None:
    """Another whole name: said twice over, or in the place of this one."""
    for piece in said.meant:
        twice = _REPEATED.match(piece)
        whole = twice[1] if twice is not None else piece
        if whole == name or described(piece) or not person_name.attempts(whole):
            continue
        refused = any(name in one or (len(one) > 1 and one in name) for one in said.refused)
        if twice is not None or refused:
            return whole
    return None


def _whole(characters: list[Described]) -> str | None:
    """The name that described characters make, one after the other."""
    name = "".join(one.character for one in characters)
    return name if 2 <= len(name) <= LONGEST and person_name.has_surname(name) else None


def _characters(pieces: tuple[str, ...]) -> Iterator[str]:
    for piece in pieces:
        yield from (one.character for one in described(piece))


def _place(name: str, character: str, refused: list[str], said: Correction, *, of_parts: bool) -> int | None:
    """Which character of a name is another one: the one that is refused or named, else the one that sounds so.

    None of a name that does not have what is refused: then somebody else's is meant ("my surname is A, not B").
    """
    if refused and not any(normalised(one) in normalised(name) for one in refused):
        return None
    named = [*refused, said.lead[-1:]]
    if (at := next((name.find(one) for one in named if one and name.count(one) == 1), None)) is not None:
        return at
    if said.says("of_the_surname"):
        return 0
    if (at := _by_sound(name, character)) is not None:
        return at
    if said.says("at_the_end"):
        return len(name) - 1
    surname = name[:2] not in COMPOUND and normalised(character) in SURNAMES
    return 0 if of_parts and surname else None


def _by_sound(name: str, character: str) -> int | None:
    """The one character of a name that sounds like another; a microphone and a keyboard write what is heard."""
    alike = [at for at, one in enumerate(name) if sounds(one) & sounds(character)]
    return alike[0] if len(alike) == 1 else None


def _with(name: str, at: int, character: str) -> str:
    return name[:at] + character + name[at + 1 :]
