"""Plates of which the province's character, or the letter behind it, is written for its sound, as dictation does."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from actions.fields.codes import Code
from actions.fields.reading import Circumstances
from actions.fields.sounding import sounds
from values.definition import Accepted, Reading, Rejected, ValueType
from values.digits import CROSS, HAN_DIGIT, as_digits
from values.types.plate import LAST, PROVINCES
from values.writing import compact, has_han, plain

BY_SOUND = frozenset({"plate.no_province", "plate.no_letter"})
"""Reasons for which a plate may be one whose first two characters are written for their sound."""
LETTERS = {
    **{"a": "A", "ei": "A", "bi": "B", "xi": "C", "sei": "C", "di": "D", "yi": "E", "ji": "G", "jie": "J", "kai": "K"},
    **{"en": "N", "pi": "P", "qiu": "Q", "ti": "T", "you": "U", "wei": "V", "wai": "Y", "zei": "Z"},
}
"""Letters by the one syllable that says them in Chinese."""
_SIGN = f"(?:[0-9a-z\u4e24]|{HAN_DIGIT}|{CROSS})"
_HEARD = re.compile(rf"(?=([\u3400-\u9fff]\s?(?:[a-hj-z]|[\u3400-\u9fff])[\s·•.\-]?{_SIGN}{{5,6}}(?!{_SIGN})))")
"""Wherever one may begin: what stands before it is Chinese, too."""
_CODE = re.compile(rf"([\u3400-\u9fff])([A-Z]|[\u3400-\u9fff])([A-Z0-9]{{4,5}}[A-Z0-9{LAST}])")


class Plate(Code):
    """`plate`: what sounds like the city's own province is that; any other guess is asked about."""

    def __init__(self, value_type: ValueType, at: Circumstances) -> None:
        super().__init__(value_type, at)
        example = None if at.city is None else at.city.examples.get("plate")
        self._province = "" if example is None else example.zh_Hans[:1]

    def read(self, written: str) -> Reading:
        reading = super().read(written)
        if isinstance(reading, Accepted) or reading.reason not in BY_SOUND:
            return reading
        return self._heard(written) or reading

    def find(self, text: str) -> Sequence[str]:
        found = super().find(text)
        if found:
            return found
        normal = unicodedata.normalize("NFKC", text)
        written = [normal[one.start(1) : one.end(1)] for one in _HEARD.finditer(plain(normal))]
        return [one for one in written if self._heard(one) is not None][-1:]

    def _heard(self, written: str) -> Reading | None:
        """The plate that a text sounds like; None where it sounds like none."""
        code = _CODE.fullmatch(compact(as_digits(written)))
        if code is None:
            return None
        province, letter, rest = code.groups()
        heard = [f"{one}{behind}{rest}" for one in _provinces(province) for behind in _letters(letter)]
        plates = [one for one in heard if isinstance(super(Plate, self).read(one), Accepted)]
        own = [one for one in plates if one[0] == self._province] or plates
        if len(own) > 1:
            return Rejected("plate.which_province", {"written": rest}, tuple(own))
        if not own:
            return None
        if own[0][0] == self._province and not has_han(letter):
            return Accepted(own[0], remark="plate.heard")
        return Rejected("plate.perhaps", {"plate": own[0]}, (own[0],))


def _provinces(character: str) -> Iterator[str]:
    """The provinces' characters that a character is, or sounds like."""
    if character in PROVINCES:
        yield character
    else:
        yield from (one for one in PROVINCES if sounds(one) & sounds(character))


def _letters(written: str) -> Iterator[str]:
    """The letters that a letter is, or a character sounds like."""
    if not has_han(written):
        yield written
    else:
        yield from dict.fromkeys(LETTERS[sound] for sound in sounds(written) if sound in LETTERS)
