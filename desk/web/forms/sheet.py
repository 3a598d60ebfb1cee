"""A conversation as it stands, as one page: what was said, the open question, and how it is answered. Pure.

What is asked and what is said of it are the dialogue's; of a field only its kind is known here, for the right input.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from desk.contract.messages import Text
from desk.contract.situation import Situation
from desk.contract.wire import Locale
from desk.conversations.standing import Standing
from desk.texts.catalogs import Catalogs
from desk.web.forms.days import Month, months, weekdays
from desk.web.parts import ServiceWords
from values.types.time import MORNING, part_of

CANCEL, CONFIRM, CHANGE, BACK = "/cancel", "/affirm", "/correct", "/go_back"
"""Presses that have a place of their own on the page."""
OF_LISTS = frozenset({"choice", "date", "time"})
"""Kinds of fields that are chosen from what there is."""
NO_VALUE = re.compile(r"[a-z_]+:")
"""How what a button gives begins where it is no value: it shows more of what there is."""
PERSONS = {"person_name": "name", "phone": "tel", "mail": "email"}
"""What browsers may fill in, of the first field of such a kind: of the resident, and of nobody else."""

type Kind = Literal["radios", "calendar", "times", "date", "lines", "file", "secret", "line"]

WORDS: Mapping[str, str] = {"autocomplete": "off"}
CODE: Mapping[str, str] = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
NUMBER: Mapping[str, str] = {"autocomplete": "off", "inputmode": "numeric", "spellcheck": "false"}
ATTRIBUTES: Mapping[str, Mapping[str, str]] = {
    "account_number": NUMBER,
    "id_number": CODE,
    "mail": {"autocomplete": "off", "type": "email", "inputmode": "email", "spellcheck": "false"},
    "one_time_code": {"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"},
    "permit_number": CODE,
    "person_name": {"autocomplete": "off", "spellcheck": "false"},
    "phone": {"autocomplete": "off", "type": "tel", "inputmode": "tel"},
    "place": {"autocomplete": "off"},
    "plate": CODE,
    "vin_last6": CODE,
}
"""Attributes of the input for a kind of field."""
INPUTS: Mapping[str, Kind] = {"words": "lines", "id_number": "secret", "permit_number": "secret", "date": "date"}
KNOWN: Collection[str] = frozenset({*ATTRIBUTES, *INPUTS})
"""Kinds that are typed; buttons beside them are guesses."""


@dataclass(frozen=True, slots=True)
class Press:
    """A button: what it says, and what is put into the conversation."""

    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text; with `url` a link."""

    text: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class CardLine:
    """One fact of a card, and what changes it, where it can be changed."""

    label: str
    value: str
    change: str | None = None


@dataclass(frozen=True, slots=True)
class Card:
    title: str
    lines: Sequence[CardLine]
    pay: str | None = None  # the address of an order that is open


@dataclass(frozen=True, slots=True)
class Said:
    """A message: its paragraphs, its cards, and addresses that stand as buttons."""

    paragraphs: Sequence[Sequence[Piece]]
    cards: Sequence[Card] = ()
    links: Sequence[Piece] = ()

    @property
    def first(self) -> str:
        return "".join(piece.text for one in self.paragraphs[:1] for piece in one)

    @property
    def after_first(self) -> "Said":
        return replace(self, paragraphs=self.paragraphs[1:])

    @property
    def says(self) -> bool:
        return bool(self.paragraphs or self.cards or self.links)


@dataclass(frozen=True, slots=True)
class Asked:
    """The open question: how it is answered. `attributes` are those of the input."""

    name: str
    kind: Kind
    label: str
    options: Sequence[Press] = ()
    parts: Sequence[tuple[str, Sequence[Press]]] = ()  # of a day: morning and afternoon, by name
    months: Sequence[Month] = ()
    weekdays: Sequence[tuple[str, str]] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    chosen: str | None = None  # the press that was chosen before


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page. `errors` say why what was given was not taken; `before` is what was said else before the question."""

    heading: str
    rest: Sequence[Sequence[Piece]]
    errors: Sequence[str]
    before: Sequence[Said]
    cards: Sequence[Card]
    links: Sequence[Piece]
    asked: Asked | None
    confirm: Press | None
    presses: Sequence[Press]
    cancel: Press | None
    back: Press | None
    written: str = ""


def presses(standing: Standing) -> frozenset[str]:
    """All that may be pressed as the conversation stands: nothing else that a browser sends is one."""
    situation = standing.situation or Situation()
    buttons = [one["payload"] for message in _messages(standing) for one in _buttons(message)]
    free = [] if situation.field is None else [gives(situation.field, value) for value in situation.free]
    return frozenset([*buttons, *(one.payload for one in situation.further), *free])


def gives(name: str, value: str) -> str:
    """The press that gives a value (`desk.contract.situation`)."""
    return f"/inform{json.dumps({name: value}, ensure_ascii=False)}"


def sheet(
    standing: Standing, words: ServiceWords, catalogs: Catalogs, locale: Locale, *, was: str | None = None
) -> Sheet:
    """Write the page. `was` names the field for which something was just given: asked again, that was wrong."""
    return _Writer(standing, words, catalogs, locale).sheet(was)


@dataclass(frozen=True)
class _Writer:
    standing: Standing
    words: ServiceWords
    catalogs: Catalogs
    locale: Locale

    @property
    def situation(self) -> Situation:
        return self.standing.situation or Situation()

    def sheet(self, was: str | None) -> Sheet:
        messages = _messages(self.standing)
        said = [self._said(one) for one in messages]
        asks = self.situation.step != "idle" and self._is_of_dialogue and bool(said)
        before, last = (said[:-1], said[-1]) if asks else (said, None)
        again = asks and was is not None and was == self.situation.field
        asked = self._chosen_before(self._asked(messages))
        rest = self._others(messages, asked)
        heading, paragraphs = self._heading(last)
        return Sheet(
            heading=heading,
            rest=paragraphs,
            errors=[one.first for one in before] or [self._say("web.form_again")] if again else [],
            before=[one.after_first for one in before if one.after_first.says] if again else before,
            cards=() if last is None else last.cards,
            links=() if last is None else last.links,
            asked=asked,
            confirm=rest.pop(CONFIRM, None) or self._pays(rest),
            cancel=rest.pop(CANCEL, None),
            back=self._further(BACK),
            presses=[one for one in rest.values() if one.payload != CHANGE or not self._changes],
            written=self._written(asked, self.standing.written if again else self.standing.before.get("text")),
        )

    def _written(self, asked: Asked | None, text: str | None) -> str:
        """What was written stands in the input again, unless it is masked."""
        shows = asked is not None and asked.kind in ("line", "lines")
        return (text or "") if shows else ""

    def _chosen_before(self, asked: Asked | None) -> Asked | None:
        """The question with what was chosen before, by a press or by its name."""
        if asked is None:
            return None
        before = self.standing.before
        named = (one.payload for one in asked.options if one.title == before.get("text"))
        return replace(asked, chosen=before.get("payload") or next(named, None))

    def _pays(self, rest: dict[str, Press]) -> Press | None:
        """The first button that pays, where nothing is asked."""
        if self.situation.step == "asking":
            return None
        paying = (one.payload for one in self.situation.buttons if one.command in ("pay_all", "pay_some"))
        return next((rest.pop(one) for one in paying if one in rest), None)

    @property
    def _is_of_dialogue(self) -> bool:
        """Whether the dialogue answered last, and not the desk itself: an emergency, the line of a clerk."""
        ends = [event.body["service"] for event in self.standing.events if event.type == "turn_done"]
        return not ends or ends[-1] == self.situation.service

    def _heading(self, last: Said | None) -> tuple[str, Sequence[Sequence[Piece]]]:
        """The question's first line; a page that asks nothing has the service's name."""
        if last is None or not last.paragraphs:
            return self._say(self.words.title), ()
        return "".join(one.text for one in last.paragraphs[0]), last.paragraphs[1:]

    def _asked(self, messages: Sequence[Mapping[str, Any]]) -> Asked | None:
        name = self.situation.field or self.situation.asks_for
        if self.situation.step != "asking" or name is None:
            return None
        kind = self._kind(name)
        label = self._label(name)
        options = [
            Press(one["title"], one["payload"])
            for message in messages
            for one in _buttons(message)
            if (value := _value(one["payload"])) is not None and not NO_VALUE.match(value)
        ]
        options = list({one.payload: one for one in options}.values())
        if kind == "date" and self.situation.free:
            return Asked(
                name, "calendar", label, months=months(self.situation.free, self.locale), weekdays=weekdays(self.locale)
            )
        if kind == "time" and self.situation.free:
            return Asked(name, "times", label, parts=self._times(name))
        if kind == "photo":
            return Asked(name, "file", label)
        if options and (kind in OF_LISTS or kind not in KNOWN):
            return Asked(name, "radios", label, options=options)
        return Asked(name, INPUTS.get(kind, "line"), label, attributes=self._attributes(name, kind))

    def _kind(self, name: str) -> str:
        found = self.words.fields.get(name)
        return (self.situation.asks_for or "") if found is None else found.kind

    def _times(self, name: str) -> Sequence[tuple[str, Sequence[Press]]]:
        parts: dict[str, list[Press]] = {}
        for one in self.situation.free:
            part = "morning" if part_of(one) == MORNING else "afternoon"
            title = self.catalogs.text(Text(key="card.value", args={"value": {"time": one}}), self.locale)
            parts.setdefault(part, []).append(Press(title, gives(name, one)))
        return [(self._say(f"web.form_{part}"), ones) for part, ones in parts.items()]

    def _attributes(self, name: str, kind: str) -> Mapping[str, str]:
        """Attributes of an input; a browser may fill in what the first field of a kind asks of a person."""
        given = dict(ATTRIBUTES.get(kind, WORDS))
        first = next((one for one, words in self.words.fields.items() if words.kind == kind), None)
        if kind in PERSONS and name == first:
            given["autocomplete"] = PERSONS[kind]
        return given

    def _others(self, messages: Sequence[Mapping[str, Any]], asked: Asked | None) -> dict[str, Press]:
        """Buttons that are no answers to choose from, by what they press."""
        chosen: set[str] = set()
        if asked is not None:
            chosen |= {one.payload for one in asked.options}
        lists = asked is not None and asked.kind in ("calendar", "times")
        found = {}
        for one in (each for message in messages for each in _buttons(message)):
            is_value = lists and (value := _value(one["payload"])) is not None and not NO_VALUE.match(value)
            if one["payload"] not in chosen and not is_value:
                found[one["payload"]] = Press(one["title"], one["payload"])
        return found

    @property
    def _changes(self) -> Mapping[str, str]:
        """By the label of a value, what changes it."""
        return {
            self.catalogs.text(one.title, self.locale): one.payload
            for one in self.situation.further
            if one.payload != BACK
        }

    def _further(self, payload: str) -> Press | None:
        found = next((one for one in self.situation.further if one.payload == payload), None)
        return None if found is None else Press(self.catalogs.text(found.title, self.locale), payload)

    def _said(self, message: Mapping[str, Any]) -> Said:
        links, cards = message.get("links") or [], message.get("cards") or []
        text = (message.get("line") if cards else None) or message["text"]
        paragraphs = [_pieces(line, links) for line in text.splitlines() if line.strip()]
        pays = any(card.get("payment") for card in cards)
        beside = [
            Piece(one["title"], one["url"]) for one in links if cards and not (pays and one["kind"] == "pay_page")
        ]
        return Said(paragraphs, [self._card(one) for one in cards], beside)

    def _card(self, card: Mapping[str, Any]) -> Card:
        changes = self._changes if card["kind"] == "summary" else {}
        lines = [CardLine(one["label"], one["value"], changes.get(one["label"])) for one in card["rows"]]
        payment = _payment(card, self.standing)
        return Card(card["title"], lines, payment.get("url") if payment.get("status") == "open" else None)

    def _label(self, name: str) -> str:
        key = f"card.{name}"
        return self._say(key if key in self.catalogs.keys(self.locale) else "web.form_answer")

    def _say(self, key: str) -> str:
        return self.catalogs.text(Text(key=key), self.locale)


def _messages(standing: Standing) -> list[Mapping[str, Any]]:
    """What was said in the last turn, or by a clerk since; not what came unasked."""
    found = [event.body["message"] for event in standing.events if event.type == "message"]
    return [one for one in found if one["author"] == "clerk" or one["in_reply_to"] is not None]


def _buttons(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Buttons that are pressed here: what dials stands in the text, too."""
    cards = [one for card in message.get("cards") or [] for one in card["buttons"]]
    return [one for one in (*(message.get("buttons") or []), *cards) if one.get("url") is None]


def _value(payload: str) -> str | None:
    """The value that a press gives; None: it gives none."""
    if not payload.startswith("/inform{"):
        return None
    return str(next(iter(json.loads(payload.removeprefix("/inform")).values()), ""))


def _pieces(line: str, links: Sequence[Mapping[str, Any]]) -> list[Piece]:
    """A line with its addresses as links by name."""
    found, left = [], line
    for link in sorted((one for one in links if one["url"] in line), key=lambda one: line.index(one["url"])):
        before, _, left = left.partition(link["url"])
        found += [Piece(before), Piece(link["title"], link["url"])]
    return [one for one in (*found, Piece(left)) if one.text]


def _payment(card: Mapping[str, Any], standing: Standing) -> Mapping[str, Any]:
    """A card's order as it stands now."""
    payment = card.get("payment") or {}
    news = [one.body["payment"] for one in standing.events if one.type == "payment"]
    return {**payment, **next((one for one in reversed(news) if one["order"] == payment.get("order")), {})}
