"""Where something is: a place in words, completed or put right in words, or a shared one."""

import re
import unicodedata
from collections.abc import Sequence

from actions.fields.correction import Correction
from actions.fields.reading import Circumstances
from actions.fields.typed import Typed
from actions.phrases import normalised, phrases
from desk.city.files import District
from desk.contract.datum import gcj02_to_wgs84
from desk.contract.messages import Location
from values.definition import ValueType
from values.lexicon import lexicon
from values.place_extent import extended
from values.types.place import GEO, point_of
from values.writing import has_han

_WORDS = lexicon(__file__)
_BEFORE = (_WORDS.pattern("before_it"), _WORDS.pattern("before_it_en"))
_BEHIND = (_WORDS.pattern("behind_it"), _WORDS.pattern("behind_it_en"))
_CLAUSE = re.compile(r"[，,。;；!！、\n]|\.(?!\w)")
LEAST_ROAD = 4
"""Characters: of a shorter name too little stays the same."""
_SIGNS = " \t“”\"'「」：:"


class Place(Typed):
    """`place`: also completed by its district, its gate, a road that crosses; or with a part of it replaced."""

    def __init__(self, value_type: ValueType, at: Circumstances) -> None:
        super().__init__(value_type, at)
        self._districts = at.city.districts if at.city is not None else ()

    def corrected(self, value: str, said: Correction) -> str | None:
        if point_of(value) is not None:
            return None
        return (
            _extended(value, said.text)
            or _replaced(value, said)
            or _road(value, said)
            or _completed(value, said.text, self._districts)
        )


def is_extended(text: str) -> bool:
    """Whether a text says what is to stand before or behind a place that is known, and tells no place anew."""
    return _told(text, _BEFORE) is not None or _told(text, _BEHIND) is not None


def _extended(place: str, text: str) -> str | None:
    """The place with words before or behind it, where a text says to put them there; None where it does not."""
    before, behind = _told(text, _BEFORE), _told(text, _BEHIND)
    joint = "" if has_han(place) else ", "
    if before is not None and not normalised(place).startswith(normalised(before)):
        place = f"{before}{joint}{place}"
    if behind is not None and not normalised(place).endswith(normalised(behind)):
        place = f"{place}{joint}{behind}"
    return place if before is not None or behind is not None else None


def _told(text: str, patterns: Sequence[re.Pattern[str]]) -> str | None:
    """What a text says to add, as it is written."""
    normal = unicodedata.normalize("NFKC", text)
    found = next(filter(None, (one.search(normalised(normal)) for one in patterns)), None)
    if found is None:
        return None
    start, end = next(found.span(name) for name, value in found.groupdict().items() if value is not None)
    return normal[start:end].strip(_SIGNS) or None


def written(location: Location) -> str:
    """A shared place as a value: degrees of WGS 84, whatever datum it came in."""
    lat, lon = location.lat, location.lon
    if location.datum == "gcj02":
        lat, lon = gcj02_to_wgs84(lat, lon)
    return f"{GEO}{lat:.6f},{lon:.6f}"


def _replaced(place: str, said: Correction) -> str | None:
    """The place with a part of it in the place of what is refused ("the west gate, not the east gate")."""
    for wrong in map(_bare, said.refused):
        at = normalised(place).find(normalised(wrong))
        alone = at >= 0 and normalised(place).count(normalised(wrong)) == 1 and len(wrong) < len(place)
        right = next(filter(None, map(_bare, said.meant or (said.lead,))), "")
        if (
            len(wrong) > 1
            and alone
            and right
            and _takes_its_place(right, wrong)
            and normalised(right) not in normalised(place)
        ):
            return place[:at] + right + place[at + len(wrong) :]
    return None


def _road(place: str, said: Correction) -> str | None:
    """The place with the one road that is another but for a character ("it's West Lake South Road", in Chinese)."""
    right = _bare(said.meant[-1]) if said.meant and not said.refused else ""
    if len(right) < LEAST_ROAD or not has_han(right) or len(right) >= len(place) or right in place:
        return None
    pieces = {at: place[at : at + len(right)] for at in range(len(place) - len(right) + 1)}
    alike = [at for at, one in pieces.items() if one[-1] == right[-1] and _differ(one, right) == 1]
    return f"{place[: alike[0]]}{right}{place[alike[0] + len(right) :]}" if len(alike) == 1 else None


def _differ(one: str, other: str) -> int:
    """In how many characters two names of one length differ."""
    return sum(a != b for a, b in zip(normalised(one), normalised(other), strict=True))


def _takes_its_place(right: str, wrong: str) -> bool:
    """Whether a part can stand where another does: both end alike ("east gate" and "west gate", in Chinese, too)."""
    if has_han(right):
        return right[-1] == wrong[-1]
    return right.split()[-1].casefold() == wrong.split()[-1].casefold()


def _completed(place: str, text: str, districts: Sequence[District]) -> str | None:
    """The place with what else is said of it; None where a text says anything else."""
    behind, within = "", None
    for piece in _CLAUSE.split(text):
        rest = _bare(piece)
        if not rest or phrases("of_a_correction").whole(normalised(rest)):
            continue
        found = _district_of(rest, districts)
        if found is not None:
            within, rest = found[0], _bare(rest[found[1] :])
        if rest:
            detail = _detail(place, rest)
            if detail is None:
                return None
            behind += detail
    if within is not None and normalised(_name(within, place)) not in normalised(place):
        return (
            f"{_name(within, place)}{place}{behind}" if has_han(place) else f"{place}{behind}, {_name(within, place)}"
        )
    return place + behind if behind else None


def _bare(piece: str) -> str:
    """A piece of a sentence without what leads to a place, and what ends it."""
    rest = piece.strip(_SIGNS)
    while (found := phrases("leads_to_a_place").found(normalised(rest))) is not None and found.start() == 0:
        rest = rest[found.end() :].strip(_SIGNS)
    if (found := phrases("ends_a_place").found(normalised(rest))) is not None:
        rest = rest[: found.start()].strip(_SIGNS)
    return rest


def _district_of(text: str, districts: Sequence[District]) -> tuple[District, int] | None:
    """The district that a text begins with, and where its name ends."""
    said, found = normalised(text), list[tuple[int, District]]()
    for one in districts:
        for name in (normalised(one.names.zh_Hans), normalised(one.names.en)):
            short = phrases("kind_of_district").cut_from(name).strip()
            found += [
                (len(key), one)
                for key in (name, short)
                if len(key) > 1 and said.startswith(key) and not "a" <= said[len(key) : len(key) + 1] <= "z"
            ]
    best = max(found, key=lambda pair: pair[0], default=None)
    return None if best is None else (best[1], best[0])


def _name(district: District, place: str) -> str:
    return district.names.zh_Hans if has_han(place) else district.names.en


def _detail(place: str, rest: str) -> str | None:
    """What a text adds to a place: a number, a gate, a road that crosses; None where it does not wholly do so."""
    base = unicodedata.normalize("NFKC", place)
    for joint in ("",) if has_han(rest) else (", ", " "):
        if len(extended(f"{base}{joint}{rest}", base)) == len(base) + len(joint) + len(rest):
            return f"{joint}{rest}"
    return None
