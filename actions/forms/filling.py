"""One turn of filling in a form: values are taken, rejected, gone back on, and the next one is asked for."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import JsonValue

from actions.dialogue.ports import Claim, Step
from actions.dialogue.reading.declining import answers_to_asking, asks_why, declines, is_bare_no, lacks
from actions.dialogue.reading.reservations import has_reservation
from actions.dialogue.state.session import REFUSED, Frame
from actions.dialogue.state.turn import NOT_UNDERSTOOD, Turn
from actions.fields.choice import Choice
from actions.forms import replies as say
from actions.forms.field import FormField
from actions.forms.given import CODES, Given
from actions.phrases import as_word, phrases, plain
from desk.city.files import Agency
from desk.contract.commands import Command
from desk.contract.messages import Reply
from values.definition import Accepted

WITHOUT_MATTER = frozenset({"service_guide", "inform", "affirm", "deny", "choose"}) | NOT_UNDERSTOOD
"""Intents of such a question: it names no other matter."""
SHORT = 16
"""A sentence that skips something and has no more words than these is nothing but that."""
REFUSES: tuple[Command, ...] = ("skip", "refuse")
SURELY, HEARD = 0.9, 0.5
"""So sure of a no by its words, and so likely a refusal in its situation, a last clause leaves out what may be."""
SKIPPED = ""
"""The value of an optional field that the resident does not give."""


@dataclass(frozen=True, slots=True)
class Filling:
    """A form in one turn: what is known of it (`values`, `shown`) and what this turn says.

    `asked` is the choice that was asked for with all that there is, if this turn answers to that.
    """

    turn: Turn
    agency: Agency
    fields: Sequence[FormField]
    values: dict[str, str]
    shown: dict[str, JsonValue]
    asked: str | None = None
    said: tuple[Reply, ...] = ()
    consents: tuple[str, ...] = ()

    @property
    def noticed(self) -> list[str]:
        """Fields that were asked for with their notice."""
        names = self.shown.get("noticed")
        return [str(name) for name in names] if isinstance(names, list) else []

    @property
    def missing(self) -> FormField | None:
        """The first field that is neither given nor skipped."""
        return next((one for one in self.fields if one.name not in self.values), None)

    def field(self, name: str) -> FormField:
        """The field of a name.

        Raises:
            StopIteration: there is none.
        """
        return next(one for one in self.fields if one.name == name)

    def named(self, name: str) -> JsonValue:
        """A given value as an argument of texts: its name, its date, masked where due."""
        return self.field(name).kind.shown(self.values[name])

    @property
    def known(self) -> dict[str, str]:
        """The values that were given: without what was skipped."""
        return {name: value for name, value in self.values.items() if value != SKIPPED}

    @property
    def args(self) -> dict[str, JsonValue]:
        """Arguments of questions and help: what is known, as it is shown, and who asks."""
        known = [one.name for one in self.fields if one.name in self.known]
        agency = {"agency": say.agency_name(self.agency), "phone": self.agency.phone}
        return {**agency, **{name: self.named(name) for name in known}}

    def say(self, *replies: Reply) -> "Filling":
        return replace(self, said=(*self.said, *replies))

    def without(self, *names: str) -> "Filling":
        """Without some values: they are asked for again."""
        return replace(self, values={name: value for name, value in self.values.items() if name not in names})

    def without_last(self) -> "Filling":
        """Without the last value that was given."""
        known = [one.name for one in self.fields if self.values.get(one.name)]
        return self.without(known[-1]) if known else self

    def step(self, *, finished: bool = False, **shown: JsonValue) -> Step:
        """A step that asks nothing; the values stay, and `shown` is added to what is remembered."""
        return Step(
            self.said,
            dict(self.values),
            {**self.shown, **shown},
            finished=finished,
            consents=self.consents,
            agency=self.agency.slug,
        )


def begun(turn: Turn, frame: Frame, agency: Agency, fields: Sequence[FormField]) -> Filling:
    """The form as the frame remembers it."""
    asked = asked_field(frame) if turn.kind == "text" else None
    shown = {name: value for name, value in frame.shown.items() if name != REFUSED}
    return Filling(turn, agency, fields, strings(frame.values), shown, asked)


def refused(frame: Frame) -> dict[str, str]:
    """What was given in the message before and could not be taken, by field."""
    kept = frame.shown.get(REFUSED)
    return {str(name): str(value) for name, value in kept.items()} if isinstance(kept, dict) else {}


def _written(field: FormField, turn: Turn) -> str | None:
    """The value of a code that a text gives, as it is written; it may be wrong."""
    if turn.kind != "text" or field.entity not in CODES:
        return None
    written = [*turn.values(field.entity), *field.kind.find(turn.text)]
    return written[-1] if written else turn.text if field.kind.attempts(turn.text) else None


def asked_field(frame: Frame) -> str | None:
    """The name of the field that is being asked for."""
    question = frame.question
    return None if question is None else question.field or question.asks_for


def claim(turn: Turn, frame: Frame, found: Given, fields: Sequence[FormField] = ()) -> Claim:
    """Whether a turn belongs to an open form, beside what its intent says. A summary takes the yes and the no.

    Args:
        fields: those of the form that residents have words for: what one of them is may be asked meanwhile.
    """
    summed_up = frame.question is not None and frame.question.asks_for is None
    if summed_up and (turn.intent in ("affirm", "deny", "correct") or (found.accepted and has_reservation(turn))):
        return Claim.SURE
    if not found.readings and _may_skip(frame) and refuses_at_last(turn):
        return Claim.SURE
    if not found.readings:
        if asked_field(frame) is not None and (answers_to_asking(turn) or _seeks(turn, fields)):
            return Claim.SURE
        return Claim.MAYBE if frame.question is not None and says(turn, "questions") else Claim.NO
    return Claim.SURE if (found.bare or found.asked) and found.accepted else Claim.MAYBE


def _may_skip(frame: Frame) -> bool:
    asked = frame.question
    return asked is not None and any(one.payload == say.SKIP.payload for one in asked.reply.buttons)


def chooses(turn: Turn, frame: Frame, fields: Sequence[FormField]) -> Claim:
    """Whether words that are not understood may be meant for the choice that is asked for: then it asks for others."""
    asked = asked_field(frame)
    is_choice = any(one.name == asked and isinstance(one.kind, Choice) for one in fields)
    unclear = turn.kind == "text" and turn.intent in NOT_UNDERSTOOD and turn.reading.sure != "out_of_scope"
    return Claim.MAYBE if is_choice and unclear else Claim.NO


def _seeks(turn: Turn, fields: Sequence[FormField]) -> bool:
    """Whether a text asks where the value that is asked for is found, or what is meant by it or by another field."""
    if turn.kind != "text":
        return False
    if turn.means("ask_what", "ask_why"):
        return True
    named = _asked_about(turn, fields) is not None
    asks = named or says(turn, "asks_where_it_stands")
    seeks = asks and (turn.intent in WITHOUT_MATTER or (named and turn.intent == "list_services"))
    return seeks or phrases("puzzled").whole(plain(turn.text))


def taken(filling: Filling, found: Given) -> Filling:
    """Take accepted values. What was taken is said only if it changed, or if a part was taken; the rest shows."""
    values, said, consents = dict(filling.values), list(filling.said), list(filling.consents)
    complete = all(one.name in {**values, **found.accepted} for one in filling.fields)
    for field in filling.fields:
        reading = found.accepted.get(field.name)
        if reading is None:
            continue
        changed = values.get(field.name) not in (None, SKIPPED, reading.value)
        if reading.remark is not None:
            said.append(say.remark(reading.remark, field, reading.value))
        elif changed or not (complete or field.declared.noted is None):
            said.append(say.noted(field, reading, changed=changed))
        values[field.name] = reading.value
        if field.name in filling.noticed:
            consents.append(field.name)
    values = _told_apart(filling, found, values)
    return replace(filling, values=values, said=tuple(said), consents=tuple(consents))


def _told_apart(filling: Filling, found: Given, values: Mapping[str, str]) -> dict[str, str]:
    """The values, without what stood for another person and is now said to be this one's: it is asked for again."""
    moved = {
        (field.entity, values[field.name])
        for field in filling.fields
        if field.name in found.accepted and filling.values.get(field.name, SKIPPED) not in (SKIPPED, values[field.name])
    }
    twice = {
        field.name
        for field in filling.fields
        if field.name not in found.accepted and (field.entity, values.get(field.name)) in moved
    }
    return {name: value for name, value in values.items() if name not in twice}


def rejected(filling: Filling, found: Given) -> Step:
    """Say what is wrong with a value and ask for it again; what was known of it before is not meant, either."""
    field = next(one for one in filling.fields if one.name in found.rejected)
    reason = say.rejected(field, found.rejected[field.name], {**filling.args, **say.example(field, filling.turn.city)})
    step = ask(filling.without(field.name), field.name)
    offered = [] if step.question is None else [one.payload for one in step.question.reply.buttons]
    if all(one.payload in offered for one in reason.buttons):  # what may be meant stands among all there is
        reason = reason.model_copy(update={"buttons": []})
    written = _written(field, filling.turn)
    kept: dict[str, JsonValue] = {} if written is None else {REFUSED: {field.name: written}}
    return replace(step, replies=(*filling.said, reason), shown={**step.shown, **kept})


def gone_back(filling: Filling, *, to_the_first: bool = False) -> Step:
    """Ask again for the last thing that was given; or for all of it."""
    known = [one.name for one in filling.fields if filling.values.get(one.name)]
    if to_the_first or not known:
        return ask(replace(filling, values={}), filling.fields[0].name)
    return ask(filling.without(known[-1]), known[-1])


def skips(turn: Turn, frame: Frame, filling: Filling) -> bool:
    """Whether the resident does not want to give what is being asked for, and need not."""
    asked = asked_field(frame)
    if asked is None or asked not in {one.name for one in filling.fields if one.declared.optional}:
        return False
    says_so = turn.kind == "text" and len(turn.text) <= SHORT and says(turn, "skips_briefly")
    return turn.intent == "deny" or declines(turn) or says_so or refuses_at_last(turn)


def refuses_at_last(turn: Turn) -> bool:
    """Whether the last clause surely refuses what is asked, by its words and in its situation ("so dark here, no")."""
    last = turn.only(turn.parts[-1]) if turn.parts and turn.kind == "text" else None
    if last is None or last.intent != "deny" or last.confidence < SURELY:
        return False
    return last.reading.of_model and last.reading.probability(REFUSES) >= HEARD


def passed_over(filling: Filling, found: Given, frame: Frame) -> Filling:
    """The form without what is being asked for, where that is optional and the turn gives something else or nothing."""
    asked = asked_field(frame)
    if asked is None or asked in found.readings or not skips(filling.turn, frame, filling):
        return filling
    return skipped(filling, asked)


def skipped(filling: Filling, name: str) -> Filling:
    """The form without an optional value."""
    return replace(filling, values={**filling.values, name: SKIPPED})


def helped(filling: Filling, frame: Frame, before: Mapping[str, str]) -> Filling:
    """Say where a value is found, if the question did not help; to who will not give it, what it is needed for."""
    asked, turn = asked_field(frame), filling.turn
    if asked is None or filling.values != before or asked not in {one.name for one in filling.fields}:
        return filling
    if (about := _asked_about(turn, filling.fields)) is not None:
        return filling.say(Reply(key=about, args=filling.args))
    field, help_text = filling.field(asked), filling.field(asked).declared.help
    if declines(turn) or is_bare_no(turn):
        return filling.say(say.needed(field, filling.agency))
    if help_text is not None:
        return filling.say(Reply(key=help_text, args=filling.args))
    if lacks(turn) or turn.intent == "deny" or (asks_why(turn) and field.declared.why is not None):
        return filling.say(say.needed(field, filling.agency))
    return filling.say(Reply(key="form.cannot_say")) if says(turn, "questions") else filling


def _asked_about(turn: Turn, fields: Sequence[FormField]) -> str | None:
    """The help of the field that a question names, whichever is being asked for ("what is a VIN")."""
    if not (says(turn, "asks_what_it_is") or says(turn, "asks_where_it_stands")):
        return None
    said = plain(turn.text)
    for one in fields:
        if any(re.search(as_word(word) if word.isascii() else word, said) for word in one.declared.called):
            return one.declared.help
    return None


def ask(filling: Filling, name: str, *, with_choices: bool = True) -> Step:
    """Ask for a field: personal data for the first time with the notice why and by whom."""
    field = filling.field(name)
    fresh = field.declared.personal and name not in filling.noticed
    shown: dict[str, JsonValue] = dict(filling.shown)
    if fresh:
        shown["noticed"] = [*filling.noticed, name]
    args = {**filling.args, **say.example(field, filling.turn.city)}
    again = filling.asked == name and not filling.said  # what is said this turn tells how to choose
    if again and isinstance(field.kind, Choice) and len(field.kind.options) > say.FEW:
        return Step(
            filling.said,
            dict(filling.values),
            shown,
            say.which_of_these(field, field.kind.likeliest(filling.turn.text)),
            consents=filling.consents,
            agency=filling.agency.slug,
        )
    question = say.question(field, filling.agency, args, with_notice=fresh, with_choices=with_choices)
    return Step(
        filling.said,
        dict(filling.values),
        shown,
        question,
        consents=filling.consents,
        agency=filling.agency.slug,
    )


def says(turn: Turn, group: str) -> bool:
    """Whether the text has one of a group of phrases."""
    return phrases(group).within(plain(turn.text))


def has_words(turn: Turn, words: Sequence[str]) -> bool:
    """Whether the text has any of the words."""
    text = turn.text.lower()
    return any(word in text for word in words)


def strings(values: Mapping[str, JsonValue]) -> dict[str, str]:
    """The values that are strings."""
    return {name: value for name, value in values.items() if isinstance(value, str)}


def value_of(found: Given, name: str) -> str | None:
    """What a turn gave of a field, if it was accepted."""
    reading = found.readings.get(name)
    return reading.value if isinstance(reading, Accepted) else None
