"""What a turn gives of a report: fields, category, description, answers to what the category asks."""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import JsonValue

from actions.dialogue.state.session import Frame
from actions.dialogue.state.turn import NOT_UNDERSTOOD, Turn
from actions.fields.choice import Choice
from actions.fields.correction import Correction
from actions.fields.kinds import field_kind
from actions.fields.place import is_extended, written
from actions.fields.reading import Circumstances, FieldKind, Option
from actions.fields.refusal import is_refused
from actions.forms import filling as forms
from actions.forms.field import FormField
from actions.forms.given import Given, given
from actions.kinds.report.agency import Asked, Sort
from actions.kinds.report.pinyin import Known, as_typed, nothing
from actions.phrases import phrases, plain
from actions.schema.report import CATEGORY, DESCRIPTION, PHONE, PHOTO, PLACE, ReportService
from desk.city.files import City
from desk.contract.messages import Entity
from values.definition import Accepted, Reading, Rejected
from values.lexicon import lexicon
from values.place_extent import extended
from values.place_told import completed, told
from values.types.place import asks, point_of

ANSWERS = "answers"
"""Remembered beside the values: answers to attributes, as JSON by code."""
ATTRIBUTE = "attribute_"
"""What is asked for begins so where an attribute of the category is."""
WORDS = frozenset({"inform", "correct", "choose"}) | NOT_UNDERSTOOD
"""Intents under which, beside the service's own, words may be the answer to an open question."""
SHORT = 16
"""An answer to what a category asks that is not longer counts whatever it is understood as, if it has a digit."""
ADDRESS_LONGEST = 60
FEW = 4
"""So many characters beside opening words say something of the problem."""

ASIDE, ASIDE_SURE = frozenset({"complain_about_bot", "greet", "thanks", "human_agent", "goodbye"}), 0.8
"""Intents of clauses that say nothing of a problem, and so sure of it they are left out."""
_CLAUSES = re.compile(r"([，,。;；!！?？\n]+\s*|\.(?!\w)\s*)")
_WISHES = lexicon(__file__).pattern("wishes_a_report")
_NAMED_NUMBER = lexicon(__file__).written("named_number")
"""Words that say of a telephone number what it is: they go with it."""


class Categories:
    """The category as a field: chosen by a button; from words it is inferred, not read."""

    def __init__(self, sorts: Sequence[Sort]) -> None:
        self._options = Choice([Option(one.code, one.names) for one in sorts])

    def read(self, written: str) -> Reading:
        return self._options.read(written)

    def find(self, text: str) -> Sequence[str]:  # noqa: ARG002 - see actions/kinds/report/inference.py
        return ()

    def attempts(self, text: str) -> bool:  # noqa: ARG002 - see actions/kinds/report/inference.py
        return False

    def shown(self, value: str) -> JsonValue:
        return self._options.shown(value)

    def corrected(self, value: str, said: Correction) -> str | None:  # noqa: ARG002 - see actions/kinds/report/inference.py
        return None


@dataclass(frozen=True, slots=True)
class Form:
    """A report's form in one turn. `with_photo`: whether a photo could be shown to the agency; `anonymous`: whether
    it takes a report without a telephone number. `known` are the city's names by how they are spelt in pinyin.
    """

    service: str
    declared: ReportService
    sorts: Sequence[Sort]
    city: City
    with_photo: bool
    anonymous: bool = False
    known: Known = nothing

    def fields(self) -> list[FormField]:
        """The fields, in order."""
        return [
            FormField(
                one.left_out_at_will() if one.name == PHONE and self.anonymous else one,
                self._kind(one.name, one.validation),
            )
            for one in self.declared.fields
            if one.name != PHOTO or self.with_photo
        ]

    def given(self, turn: Turn, frame: Frame) -> Given:
        """What a turn gives of the fields, but for category and description from words; a place in pinyin as typed."""
        found = self._given(turn, frame)
        place = found.accepted.get(PLACE)
        if turn.typed is None or place is None or point_of(place.value) is not None:
            return found
        written = Accepted(as_typed(place.value, turn.typed, self.known))
        return replace(found, readings={**found.readings, PLACE: written})

    def _given(self, turn: Turn, frame: Frame) -> Given:
        turn = without_remarks(turn)
        if turn.kind == "text" and not turn.text:
            return Given()
        asked, before = forms.asked_field(frame), forms.strings(frame.values)
        fields = self.fields()
        if turn.kind == "location":
            return Given({PLACE: self._shared(turn)}, bare=True)
        if turn.kind == "media":
            media = turn.media
            fits = self.with_photo and media is not None and media.content_type.startswith("image/")
            return Given({PHOTO: Accepted(media.id)}, bare=True) if fits and media is not None else Given()
        wide = _widened(turn)
        found = given(fields, wide, asked=asked, before=before, refused=forms.refused(frame))
        found = self._place_told(found, wide, asked, before)
        if PLACE not in before and turn.intent != "correct":
            found = self._in_pieces(found, wide)
        if asked is not None and asked.startswith(ATTRIBUTE) and turn.intent != "correct":
            found = Given({name: one for name, one in found.readings.items() if name != PLACE or name not in before})
        whole = turn.intent == self.service and not (found.bare and PLACE in before)
        if whole and asked != PLACE and not turn.values(PLACE):  # a whole report is no place
            found = Given({name: one for name, one in found.readings.items() if name != PLACE})
        if turn.kind != "text" or found.bare or not in_words(turn, self.service):
            return found
        if asked == PLACE and PLACE not in found.readings and turn.intent not in (self.service, "out_of_scope"):
            return self._with_words(found, turn, PLACE)
        if asked == DESCRIPTION:
            return self._with_words(found, turn, DESCRIPTION)
        return found

    def description(self, turn: Turn) -> str | None:
        """The resident's own words, if they say something of the problem: without a telephone number, what they ask,
        and the wish to report. Of a message in pinyin what was typed stands behind them.
        """
        if turn.kind != "text":
            return None
        text = " ".join(without_remarks(turn).text.split())
        for number in field_kind("phone").find(text):
            text = re.sub(_NAMED_NUMBER + re.escape(number), "", text, flags=re.IGNORECASE)
        rest = text
        for word in sorted(self.declared.opening_words, key=len, reverse=True):
            rest = re.sub(re.escape(word), " ", rest, flags=re.IGNORECASE)
        if len("".join(char for char in rest if char.isalnum())) < FEW:
            return None
        words = _of_the_problem(text, turn, self.declared.opening_words).strip(" ，,。.;；、")
        typed = None if turn.typed is None else turn.typed.of(words)
        read = field_kind("words").read(words if typed is None else f"{words} ({typed})")
        return read.value if isinstance(read, Accepted) else None

    def _kind(self, name: str, validation: str) -> FieldKind:
        return Categories(self.sorts) if name == CATEGORY else field_kind(validation, Circumstances(city=self.city))

    def _shared(self, turn: Turn) -> Reading:
        assert turn.location is not None
        value = written(turn.location)
        point = point_of(value)
        if point is None or not turn.city.bounds.contain(*point):
            return Rejected("place.outside", {"city": {"name": turn.city.names.model_dump(exclude_none=True)}})
        return Accepted(value)

    def _place_told(self, found: Given, turn: Turn, asked: str | None, before: Mapping[str, str]) -> Given:
        """With the place in all words that tell it, where it is asked for or put right as a whole."""
        if PLACE in before and is_extended(turn.text):
            return found
        corrects = PLACE in before and (turn.intent == "correct" or phrases("field_place").within(plain(turn.text)))
        corrects = corrects and (PLACE in found.readings or phrases("field_place").within(plain(turn.text)))
        if turn.kind != "text" or not (corrects or (asked == PLACE and PLACE in found.accepted)):
            return found
        marked = [value for value in turn.values(PLACE) if not is_refused(turn.text, value)]
        whole = told(turn.text, marked, asked=asked == PLACE)
        if whole is None or ((reading := found.readings.get(PLACE)) is None and not corrects):
            return found
        if isinstance(reading, Accepted) and len(whole) <= len(reading.value):
            return found
        whole = completed(before[PLACE], whole, turn.text) if corrects else whole
        read = next(one.kind for one in self.fields() if one.name == PLACE).read(whole)
        if not isinstance(read, Accepted):  # more of a place that is one, in a sentence that alone would be none
            known = isinstance(reading, Accepted) and reading.value in whole
            read = Accepted(whole) if known else read
        if not isinstance(read, Accepted):
            return found
        return replace(found, readings={**found.readings, PLACE: read}, asked=found.asked or corrects)

    def _in_pieces(self, found: Given, turn: Turn) -> Given:
        """The place with all that is told of it ("on West Street the light by the post office is out")."""
        place = found.accepted.get(PLACE)
        if place is None or turn.kind != "text":
            return found
        kind, value = next(one.kind for one in self.fields() if one.name == PLACE), place.value
        for piece in dict.fromkeys(turn.values(PLACE)):
            read = kind.read(piece)
            known = not isinstance(read, Accepted) or read.value in value or value in read.value
            if isinstance(read, Accepted) and not known and not is_refused(turn.text, piece):
                value = f"{value}, {read.value}"
        whole = kind.read(value)
        return replace(found, readings={**found.readings, PLACE: whole}) if isinstance(whole, Accepted) else found

    def _with_words(self, found: Given, turn: Turn, name: str) -> Given:
        """The whole message is the answer."""
        if name == PLACE and (found.readings or len(turn.text) > ADDRESS_LONGEST or asks(turn.text)):
            return found
        field = next(one for one in self.fields() if one.name == name)
        return Given({**found.readings, name: field.kind.read(turn.text)})


def _of_the_problem(text: str, turn: Turn, opening: Sequence[str]) -> str:
    """A text without clauses before and behind that ask something, wish no more than the report, or are about who
    writes it; all of it where nothing else is left.
    """
    pieces = _CLAUSES.split(text)
    clauses = list(zip(pieces[::2], [*pieces[1::2], ""], strict=True))
    aside = {plain(one.text) for one in turn.parts if one.intent in ASIDE and one.confidence >= ASIDE_SURE}
    told = [
        bool(clause.strip()) and not (_asks_or_wishes(clause, mark, opening) or plain(clause) in aside)
        for clause, mark in clauses
    ]
    if not any(told):
        return text
    first, last = told.index(True), len(told) - told[::-1].index(True)
    return "".join(clause + mark for clause, mark in clauses[first:last])


def _asks_or_wishes(clause: str, mark: str, opening: Sequence[str]) -> bool:
    said = plain(clause)
    for word in sorted(opening, key=len, reverse=True):
        said = said.replace(plain(word), " ")
    rest = _WISHES.sub("", said)
    return "?" in mark or "？" in mark or (rest != plain(clause) and sum(map(str.isalnum, rest)) < FEW)


def has_no_photo(turn: Turn) -> bool:
    """Whether a sentence says, whatever else it says, that there is no photo."""
    return turn.kind == "text" and phrases("no_photo").within(plain(turn.text))


def wants_no_name(turn: Turn) -> bool:
    """Whether the resident wants to stay unnamed, or asks whether that can be."""
    return turn.kind == "text" and phrases("stays_unnamed").within(plain(turn.text))


def without_remarks(turn: Turn) -> Turn:
    """The turn without the words that there is no photo, or no name is given: no place, and no answer to anything."""
    for group in ("no_photo", "stays_unnamed"):
        if turn.kind == "text" and phrases(group).within(plain(turn.text)):
            turn = turn.saying(phrases(group).cut_from(turn.text).strip(" ,，。.!！?？;；、"))
    return turn


def in_words(turn: Turn, service: str) -> bool:
    """Whether words of this turn may answer an open question of the service."""
    return turn.intent in WORDS or turn.intent == service


def answers(frame_values: Mapping[str, JsonValue]) -> dict[str, str]:
    """Answers to attributes that were given so far."""
    kept = frame_values.get(ANSWERS)
    return dict(json.loads(kept)) if isinstance(kept, str) else {}


def answer_to(attribute: Asked, turn: Turn, service: str) -> str | None:
    """The answer to an attribute that is being asked for; None: this turn has none."""
    if turn.kind == "payload":
        return turn.first("attribute")
    if turn.kind != "text" or not turn.text.strip():
        return None
    if attribute.is_list:
        read = Choice([Option(key, names) for key, names in attribute.values]).read(turn.text)
        return read.value if isinstance(read, Accepted) else None
    brief = len(turn.text) <= SHORT and any(char.isdigit() for char in turn.text)
    if not in_words(turn, service) and not brief:
        return None
    read = field_kind("words").read(turn.text)
    return read.value if isinstance(read, Accepted) else None


def answered_in(turn: Turn, asked: Sequence[Asked], entities: Mapping[str, str]) -> dict[str, str]:
    """Answers that entities of the sentence are: the line of a bus."""
    return {
        one.code: value
        for one in asked
        if not one.is_list and (value := turn.first(entities.get(one.code, ""))) is not None
    }


def _widened(turn: Turn) -> Turn:
    """The turn with its places as far as they go; what stands within a wider one is none of its own."""
    if turn.kind != "text" or not turn.has((PLACE,)):
        return turn
    text, wide, entities = unicodedata.normalize("NFKC", turn.text), list[str](), list[Entity]()
    for one in turn.entities:
        if one.entity != PLACE:
            entities.append(one)
            continue
        value = extended(text, one.value)
        if not any(value in other for other in wide):
            wide.append(value)
            entities.append(one.model_copy(update={"value": value}))
    return replace(turn, entities=tuple(entities))
