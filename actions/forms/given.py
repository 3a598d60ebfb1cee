"""What a turn gives of a form's fields."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from actions.dialogue.reading.intents import CITY_SERVICES
from actions.dialogue.state.turn import NOT_UNDERSTOOD, Turn
from actions.fields.choice import Choice
from actions.fields.correction import correction
from actions.fields.identity import is_told_by_its_question
from actions.fields.names import PersonName, spelt
from actions.fields.reading import FieldKind
from actions.fields.refusal import is_refused
from actions.forms.correcting import corrected
from actions.forms.field import EVERY, FormField
from actions.phrases import as_word, phrases
from desk.contract.commands import Command
from values.definition import Accepted, Reading, Rejected
from values.lexicon import lexicon
from values.types.person_name import has_surname
from values.writing import compact, has_han, plain

BESIDE_LENGTH = 8
"""So many characters may stand beside the values of a message that is nothing but an answer ("plate: …", "it's …")."""

NAME, IDENTITY = "person_name", "id_number"
MOVING = frozenset(
    {"affirm", "deny", "cancel", "restart", "go_back", "greet", "goodbye", "thanks", "human_agent", "list_services"}
    | {"change_city", "change_language", "delete_my_data", "complain_about_bot"}
)
"""Intents of short words that are no names."""


GIVES: frozenset[Command] = frozenset({"provide", "choose", "change", "confirm", "start"})
GIVEN = 0.2
"""So likely a text gives something, that it may be read as a value though no form of it bears that out."""
INFORMS, IN_WORDS = "inform", 0.7
"""So sure words alone give something, whatever the situation hears: a name is a bare word in both."""


AGREES, AGREED = "affirm", 0.8
"""So sure words alone agree to what is summed up, a day beside them is one of something else."""
PUTS_RIGHT: tuple[Command, ...] = ("change", "provide", "choose", "move", "start")
TOLD_OTHERWISE = frozenset({"date", "time", "person_name"})
"""Entities that a sentence names for other reasons than to give them."""
_LINKS = lexicon(__file__).pattern("links")
_CLAUSE = re.compile(r"[，,。;；!！?？\n]|\.(?![\d])")
_NUMBER = re.compile(r"\d{8}")
"""So many digits are somebody's number."""
PROVIDES: tuple[Command, ...] = ("provide",)
GIVES_SURELY = 0.9
"""So likely a clause gives what is asked, that the rest of the message is something else."""


WISHES = 0.85
"""So sure of a service by its words, as a part of a message is a wish by itself."""

ASKS = 0.5
"""So likely a text wants to know something, an option that it names is not chosen by that alone."""

OF_THE_CALENDAR = frozenset({"date", "time"})
"""Entities that a sentence names for other reasons, too: of several the one by itself is given."""
CODES = frozenset({"plate", "vin_last6", "id_number", "phone", "account_number", "permit_number"})
"""Entities whose form tells them: one that is asked for is given, whatever stands beside it."""


@dataclass(frozen=True, slots=True)
class Given:
    """Readings by field. `bare`: the message is nothing else; `asked`: what is asked for stands in it, by its form;
    where nothing is, another code or name than is known.
    """

    readings: Mapping[str, Reading] = field(default_factory=dict)
    bare: bool = False
    asked: bool = False

    @property
    def accepted(self) -> dict[str, Accepted]:
        return {name: one for name, one in self.readings.items() if isinstance(one, Accepted)}

    @property
    def rejected(self) -> dict[str, Rejected]:
        return {name: one for name, one in self.readings.items() if isinstance(one, Rejected)}


def given(
    fields: Sequence[FormField],
    turn: Turn,
    *,
    asked: str | None,
    before: Mapping[str, str],
    refused: Mapping[str, str] | None = None,
) -> Given:
    """Read a turn. `asked` is the field that is being asked for; `before` are the values known so far;
    `refused` was given in the message before and could not be taken, by field.

    What is unmistakable counts first, then a part of a known value that is put right in words, then a message that as
    a whole tries to answer the question, then what the understanding marked, then a message that tries to be anything
    else that could be given. A value that the sentence names only to refuse it is none.
    """
    if turn.kind == "payload":
        turn = replace(turn, entities=tuple(one for one in turn.entities if one.value != EVERY))
        return Given(_pressed(fields, turn, asked, before), bare=True)
    if turn.kind != "text":
        return Given()
    found = _said(fields, turn, asked=asked, before=before)
    if asked is None:
        found = _of_its_clause(found, fields, turn, before)
        anew = _anew(fields, found, turn, before) or puts_right(fields, turn, found, before)
        return replace(found, asked=found.asked or anew)
    if asked in found.readings:
        return found
    if puts_right(fields, turn, found, before):
        return replace(found, asked=True)
    if asked in (refused or {}) and not found.readings:
        mended = corrected([one for one in fields if one.name == asked], turn, asked=None, before=refused or {})
        if mended:
            return Given(mended, bare=True, asked=True)
    return _beside(found, fields, turn, asked, before)


def puts_right(fields: Sequence[FormField], turn: Turn, found: Given, before: Mapping[str, str]) -> bool:
    """Whether words say that a value that is known becomes another one ("something came up: make it the 7th")."""
    changed = (one for one in fields if one.name in found.accepted and one.name in before)
    return any(
        found.accepted[one.name].value != before[one.name]
        and any(_becomes(turn.text, written) for written in one.kind.find(turn.text))
        for one in changed
    )


def _becomes(text: str, written: str) -> bool:
    """Whether a piece of a text stands right behind the words that put it in the place of another."""
    said = plain(text)
    at = said.find(plain(written))
    return at > 0 and phrases("becomes").within(said[:at])


def _of_its_clause(found: Given, fields: Sequence[FormField], turn: Turn, before: Mapping[str, str]) -> Given:
    """Without days, times and names that a message tells beside its yes where nothing is asked for, and that change
    nothing ("yes, right so, my son comes and pays tomorrow").
    """
    if (found.bare and not turn.parts) or not turn.reading.of_model or _puts_right_in_words(turn):
        return found
    agrees = bool(turn.ranking) and turn.ranking[0].name == AGREES and turn.ranking[0].confidence >= AGREED
    told = {
        one.name
        for one in fields
        if one.name in before and one.entity in TOLD_OTHERWISE and (agrees or not _changes(turn, one))
    } - _named(fields, found.readings, turn)
    return Given({name: one for name, one in found.readings.items() if name not in told}, found.bare, found.asked)


def _changes(turn: Turn, field: FormField) -> bool:
    """Whether a clause in which such a value stands may change something, in its situation."""
    clauses = [turn.only(part) for part in turn.parts] or [turn]
    own = [one for one in clauses if one.has((field.entity,)) or field.kind.find(one.text)]
    return not own or any(one.reading.probability(PUTS_RIGHT) >= GIVEN for one in own)


def _puts_right_in_words(turn: Turn) -> bool:
    """Whether words refuse a value, name the field of one, or say that something was wrong or is to be another."""
    said = plain(turn.text)
    groups = ("of_a_correction", "reservation", "moves_it")
    return bool(correction(turn.text).refused) or any(phrases(one).within(said) for one in groups)


def _beside(found: Given, fields: Sequence[FormField], turn: Turn, asked: str, before: Mapping[str, str]) -> Given:
    """With what is asked for, where a clause of the message surely gives it ("West Street, and I have no photo")."""
    clauses = [turn.only(part) for part in turn.parts]
    named = any(one.name == asked and one.entity == NAME for one in fields)
    gives = (one for one in clauses if _gives_surely(one, named=named))
    for clause in gives:
        reading = _said(fields, clause, asked=asked, before=before).accepted.get(asked)
        if reading is not None and reading not in found.readings.values():
            return Given({**found.readings, asked: reading}, found.bare, asked=True)
    return found


def _gives_surely(clause: Turn, *, named: bool) -> bool:
    """Whether a clause surely gives something, in its situation; of a name that is asked for its words are enough."""
    heard = clause.reading.of_model and clause.reading.probability(PROVIDES) >= GIVES_SURELY
    in_words = named and clause.intent == INFORMS and clause.confidence >= GIVES_SURELY
    return heard or (in_words and has_surname(clause.text.strip()))


def _said(fields: Sequence[FormField], turn: Turn, *, asked: str | None, before: Mapping[str, str]) -> Given:
    """What a text gives as a whole."""
    turn = _without_names(fields, turn)
    found, rest = _unmistakable(fields, turn, asked, before)
    found = _put_right(found, fields, turn)
    if not (found or _gives_whole(fields, turn, asked)) and (
        mended := corrected(fields, turn, asked=asked, before=before)
    ):
        return Given(mended, bare=True)
    bare = bool(found) and len(compact(rest)) <= BESIDE_LENGTH
    coded = asked in found and any(one.name == asked and _told_by_form(one, turn) for one in fields)
    if not found:
        attempt = None if _gives_several(fields, turn, asked) else _attempt(fields, turn, asked)
        if attempt is not None and attempt.name == asked:
            return Given({attempt.name: attempt.kind.read(turn.text)}, bare=True)
    for group in _groups(fields):
        marked = [
            value
            for value in turn.values(group[0].entity)
            if compact(value) in compact(rest) and not is_refused(turn.text, value)
        ]
        if marked and not any(one.name in found for one in group):
            found |= _assigned(group, marked, turn, asked, before)
    found = {name: one for name, one in found.items() if bare or name == asked or not _tells(one)}
    if not (bare or _corrects(turn)):  # a name that is known is not another one for a word that sounds like a name
        names = {one.name for one in fields if one.entity == NAME and one.name != asked}
        known = names & before.keys() - _named(fields, found, turn)
        found = {name: one for name, one in found.items() if name not in known}
    free = [one for one in fields if one.name not in before] if _wishes_another(turn) else fields
    if not found and (attempt := _attempt(free, turn, None)) is not None:
        return Given(_attempted(attempt, fields, turn, asked), bare=True)
    return Given(found, bare, coded)


def _attempted(attempt: FormField, fields: Sequence[FormField], turn: Turn, asked: str | None) -> dict[str, Reading]:
    """What a text that tries to be a value is. Where a code is asked for, digits that are no value of another field
    either (the nine of a passport are no telephone) are a wrong one of what is asked.
    """
    reading = attempt.kind.read(turn.text)
    code = next((one for one in fields if one.name == asked and one.entity in CODES), None)
    if isinstance(reading, Accepted) or code is None or not compact(turn.text).isdigit():
        return {attempt.name: reading}
    return {code.name: code.kind.read(turn.text)}


def _told_by_form(one: FormField, turn: Turn) -> bool:
    """Whether a value that is asked for needs no more than its form: a code, a name that is said to be one or is a
    clause by itself, or an option where nothing is asked.
    """
    asks = turn.inquiry is not None and turn.inquiry.asks >= ASKS
    if one.entity in CODES:
        return True
    if turn.means("cancel_this"):
        return False
    is_name = isinstance(one.kind, PersonName) and bool(one.kind.introduced(turn.text))
    return is_name or (isinstance(one.kind, Choice) and not asks)


def _named(fields: Sequence[FormField], found: Mapping[str, Reading], turn: Turn) -> frozenset[str]:
    """The fields whose reading is a name behind words that say that it is one."""
    kinds = {one.name: one.kind for one in fields}
    said = {
        name: kind.named(turn.text) for name, kind in kinds.items() if name in found and isinstance(kind, PersonName)
    }
    return frozenset(
        name
        for name, names in said.items()
        if isinstance(one := found[name], Accepted) and one.value in {_value(kinds[name], each) for each in names}
    )


def _anew(fields: Sequence[FormField], found: Given, turn: Turn, before: Mapping[str, str]) -> bool:
    """Whether a text gives another code, or another name behind the words for it, than is known."""
    named = _named(fields, found.readings, turn)
    return any(
        one.name in found.accepted
        and before.get(one.name) not in (None, found.accepted[one.name].value)
        and (one.entity in CODES or one.name in named)
        for one in fields
    )


def _gives_whole(fields: Sequence[FormField], turn: Turn, asked: str | None) -> bool:
    """Whether a text is as a whole the name that is asked for, spelt out: then it puts no other name right."""
    one = next((one for one in fields if one.name == asked and one.entity == NAME), None)
    return one is not None and one.kind.attempts(turn.text)


def _is_spelt(fields: Sequence[FormField], turn: Turn, asked: str | None) -> bool:
    """Whether a text spells out the name that is asked for."""
    named = any(one.name == asked and one.entity == NAME for one in fields)
    return named and spelt(unicodedata.normalize("NFKC", turn.text)) is not None


def _put_right(found: dict[str, Reading], fields: Sequence[FormField], turn: Turn) -> dict[str, Reading]:
    """The values, with a code that the same message puts right behind it ("… 1450, no, it ends in 54, not 50")."""
    text = unicodedata.normalize("NFKC", turn.text)
    for group in _groups(fields):
        one, written = group[0], list(dict.fromkeys(group[0].kind.find(text)))
        if len(group) > 1 or one.entity not in CODES or len(written) != 1:
            continue
        reading, at = one.kind.read(written[0]), text.upper().rfind(written[0].upper())
        said = correction(text[at + len(written[0]) :]) if at >= 0 else None
        if said is None or not (said.refused and said.meant) or not isinstance(reading, Accepted):
            continue
        mended = one.kind.corrected(reading.value, said)
        if mended is not None and mended != reading.value:
            found = {**found, one.name: one.kind.read(mended)}
    return found


def _without_names(fields: Sequence[FormField], turn: Turn) -> Turn:
    """The turn without names of the matter that hold an option's words and choose none."""
    text, said = turn.text, plain(turn.text)
    for name in sorted(
        (plain(one) for given_for in fields for one in given_for.declared.no_choice), key=len, reverse=True
    ):
        while (at := said.find(name)) >= 0 and len(said) == len(text):
            text, said = (f"{whole[:at]}\n{whole[at + len(name) :]}" for whole in (text, said))
    return turn if text == turn.text else turn.saying(text)


def _corrects(turn: Turn) -> bool:
    """Whether something that was given is to be another."""
    return not turn.reading.of_model or turn.intent == "correct" or turn.means("change")


def _corrects_in_words(turn: Turn) -> bool:
    said = correction(turn.text)
    wrong = bool(said.refused) or phrases("of_a_correction").within(plain(turn.text))
    return wrong or turn.intent == "correct" or turn.means("change")


def _gives_several(fields: Sequence[FormField], turn: Turn, asked: str | None) -> bool:
    """Whether a text gives more than one value of what is asked for, and the form wants more ("mine is …, hers …")."""
    entity = next((one.entity for one in fields if one.name == asked), None)
    wanted = sum(one.entity == entity for one in fields)
    return entity is not None and wanted > 1 and len(set(turn.values(entity))) > 1


def _wishes_another(turn: Turn) -> bool:
    """Whether a text surely wishes a service and changes nothing: then no value that is known becomes its words."""
    wishes = turn.intent in CITY_SERVICES and turn.confidence >= WISHES
    return turn.reading.of_model and wishes and not turn.means("change", "provide")


def _tells(reading: Reading) -> bool:
    """Whether a day or a time in a sentence tells since when, and is none to come on ("it hurts since yesterday")."""
    return isinstance(reading, Rejected) and reading.reason in ("date.past", "time.past")


def _groups(fields: Sequence[FormField]) -> list[list[FormField]]:
    """Fields that one entity is given for, in their order."""
    groups: dict[str, list[FormField]] = {}
    for one in fields:
        groups.setdefault(one.entity, []).append(one)
    return list(groups.values())


def _pressed(
    fields: Sequence[FormField], turn: Turn, asked: str | None, before: Mapping[str, str]
) -> dict[str, Reading]:
    """What a button says: by the field's name, else by its entity."""
    found: dict[str, Reading] = {}
    for group in _groups(fields):
        named = {one.name: value for one in group if (value := turn.first(one.name)) is not None}
        if not named and (values := turn.values(group[0].entity)):
            found |= _assigned(group, list(values), turn, asked, before)
        found |= {one.name: one.kind.read(named[one.name]) for one in group if one.name in named}
    return found


def _unmistakable(
    fields: Sequence[FormField], turn: Turn, asked: str | None, before: Mapping[str, str]
) -> tuple[dict[str, Reading], str]:
    """What the fields themselves find, and the text without it: a piece of a plate is no VIN."""
    rest, found = unicodedata.normalize("NFKC", turn.text), dict[str, Reading]()
    groups = _groups(fields)
    for group in groups:
        written = _written(group, rest, turn, asked, before)
        written = [value for value in written if not _is_of_another(value, group, groups, asked, before)]
        if len(group) == 1 and group[0].name in before:
            written = [value for value in written if _becomes(rest, value)] or written
        if len(group) == 1 and (group[0].name == asked or group[0].entity in OF_THE_CALENDAR):
            written = _by_itself_first(written, rest, group[0].kind, groups)
        if len(group) == 1 and group[0].name == asked and turn.intent == "correct":  # then the last one is taken
            written.reverse()
        if meant := [value for value in written if not is_refused(turn.text, value)]:
            found |= _assigned(group, meant, turn, asked, before)
        for value in written:
            rest = re.sub(re.escape(value), "\n", rest, flags=re.IGNORECASE)  # codes are found in capitals
    return found, rest


def _written(
    group: Sequence[FormField], text: str, turn: Turn, asked: str | None, before: Mapping[str, str]
) -> list[str]:
    """What fields find in a text; of a choice that is still open or asked for a part of a name that tells it, too, and
    of names those that are said to be one; where one is asked for those that are said to be somebody's.
    """
    written = list(group[0].kind.find(text))
    one = group[0]
    if not written and isinstance(one.kind, PersonName):
        is_asked = any(each.name == asked for each in group)
        if is_asked:
            return list(one.kind.introduced(text))
        named = list(one.kind.named(text))
        is_open = any(each.name not in before for each in group)
        return named if is_open or len(named) > 1 or _is_about_a_person(turn) else []
    if not written and isinstance(one.kind, Choice) and (one.name == asked or one.name not in before):
        return list(one.kind.parts(text, asked=one.name == asked))
    return written


def _is_about_a_person(turn: Turn) -> bool:
    """Whether a message is about a name or what was wrong, or has a person's number: others have names, too."""
    said = plain(turn.text)
    about = phrases("field_person_name").within(said) or _corrects_in_words(turn)
    return about or any(one.entity in CODES for one in turn.entities) or _NUMBER.search(said) is not None


def _is_of_another(
    value: str,
    group: list[FormField],
    groups: list[list[FormField]],
    asked: str | None,
    before: Mapping[str, str],
) -> bool:
    """Whether a piece of a text is rather a value of other fields, which read it, too: 9.30 is a day and a time.

    What is asked for counts first, then what is still open; of what is known the last.
    """

    def need(fields: Sequence[FormField]) -> int:
        names = {one.name for one in fields}
        return 2 if asked in names else 1 if names - set(before) else 0

    behind = groups[groups.index(group) + 1 :] if need(group) == 0 else ()
    others = [one for one in groups if one is not group and (need(one) > need(group) or one in behind)]
    return any(list(one[0].kind.find(value)) == [value] for one in others)


def _by_itself_first(
    written: Sequence[str], text: str, kind: FieldKind, groups: Sequence[Sequence[FormField]]
) -> list[str]:
    """Values of what is asked for, those first beside which their clause says least: of "tomorrow I have guests,
    Thursday then" it is Thursday. What other fields read in a clause says nothing beside it.
    """
    if len(set(written)) < 2:
        return list(written)
    clauses = [clause for clause in _CLAUSE.split(text) if clause.strip()]

    def beside(value: str) -> int:
        own = [clause for clause in clauses if value in kind.find(clause)]
        return min((_beside_values(clause, groups) for clause in own), default=len(text))

    return sorted(written, key=beside)


def _beside_values(clause: str, groups: Sequence[Sequence[FormField]]) -> int:
    for group in groups:
        for value in group[0].kind.find(clause):
            clause = clause.replace(value, "")
    return len(compact(clause))


def _assigned(
    group: Sequence[FormField], written: Sequence[str], turn: Turn, asked: str | None, before: Mapping[str, str]
) -> dict[str, Reading]:
    """Which of the values belongs to which field of one entity.

    One field: of several values the first; in a correction ("not A, B") the last; never the one that is already known.
    Several: to whom the words before it say that it belongs ("mine is A, hers B"); else in their order, from the one
    that is asked for; when all are known, a value replaces the one that is named beside it ("not A, B"), else the last.
    """
    kind, known = group[0].kind, {before[one.name] for one in group if one.name in before}
    distinct = list(dict.fromkeys(written))
    others = [value for value in distinct if _value(kind, value) not in known] or distinct
    if len(group) == 1:
        return {group[0].name: kind.read(others[-1] if turn.intent == "correct" else others[0])}
    missing = [one for one in group if one.name not in before]
    if owned := _of_owners(group, distinct, turn, asked, before):
        left = [one for one in others if one not in owned.values()]
        still = [one for one in missing or group if one.name not in owned]
        owned |= {one.name: value for one, value in zip(still, left, strict=False)}
        return {one.name: one.kind.read(owned[one.name]) for one in group if one.name in owned}
    named = [one for one in group if before.get(one.name) in {_value(kind, value) for value in distinct}]
    if turn.intent == "correct" and named:
        return {named[-1].name: kind.read(others[-1])}
    if missing:
        first = next((one for one in missing if one.name == asked), missing[0])
        order = [first, *(one for one in missing if one is not first)]
        return {one.name: one.kind.read(value) for one, value in zip(order, others, strict=False)}
    target = next((one for one in group if one.name == asked), named[-1] if named else group[-1])
    return {target.name: kind.read(others[-1])}


def _of_owners(
    group: Sequence[FormField], written: Sequence[str], turn: Turn, asked: str | None, before: Mapping[str, str]
) -> dict[str, str]:
    """The values before which words say whose they are; what is asked for is not another's that is known already."""
    owned = _owned(group, written, turn.text)
    free = {one.name for one in group} - before.keys() - owned.keys()
    is_left = len(written) > len(owned)  # then that is what is asked for
    if asked not in free or asked is None or is_left or _corrects_in_words(turn):
        return owned
    return {asked if name in before else name: value for name, value in owned.items()}


def _owned(group: Sequence[FormField], written: Sequence[str], text: str) -> dict[str, str]:
    """The values before which words say whose they are, by field: the last such word since the value before."""
    words = {plain(word): one.name for one in group for word in one.declared.whose}
    if not words:
        return {}
    longest = sorted(words, key=len, reverse=True)
    pattern = re.compile("|".join(as_word(re.escape(word)) if word.isascii() else re.escape(word) for word in longest))
    said, begin, found = plain(text), 0, dict[str, str]()
    for at, value in sorted((said.find(plain(value)), value) for value in written):
        before = list(pattern.finditer(said, begin, max(at, begin)))
        if at >= 0 and before and words[before[-1][0]] not in found and _leads(said[before[-1].end() : at]):
            found[words[before[-1][0]]] = value
        begin = max(begin, at + len(plain(value)))
    return found


def _leads(between: str) -> bool:
    """Whether nothing between the word for whose a value is and the value makes it somebody else's."""
    return not has_han(between) or _LINKS.fullmatch(between) is not None


def _value(kind: FieldKind, written: str) -> str | None:
    reading = kind.read(written)
    return reading.value if isinstance(reading, Accepted) else None


def _attempt(fields: Sequence[FormField], turn: Turn, asked: str | None) -> FormField | None:
    """The field that a whole text tries to give; none where it hardly gives anything in its situation."""
    in_words = (turn.intent == INFORMS and turn.confidence >= IN_WORDS) or _is_spelt(fields, turn, asked)
    in_words = in_words or (turn.intent in NOT_UNDERSTOOD and _gives_whole(fields, turn, asked))
    if turn.reading.of_model and not in_words and turn.reading.probability(GIVES) < GIVEN:
        return None
    candidates = [one for one in fields if asked in (None, one.name)]
    if asked is None or (turn.intent in MOVING and not turn.has([NAME])):
        candidates = [
            one for one in candidates if one.entity != NAME
        ]  # any short word could be one: "Forget It", "Never Mind"
    if asked is None and is_told_by_its_question(turn.text):
        candidates = [one for one in candidates if one.entity != IDENTITY]
    return next((one for one in candidates if one.kind.attempts(turn.text)), None)
