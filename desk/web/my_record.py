"""What is kept of a resident, in words: what stands in the copy for machines, by kinds of things, to read and to print.

What is about programs alone (identifiers, what the assistant understood, its memory) is only counted: the copy for
machines has it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from desk.city.files import City, Names
from desk.contract.messages import Text
from desk.contract.wire import Locale
from desk.linking.words import channel_text
from desk.texts.catalogs import Catalogs
from desk.tickets.grades.notices import title_of
from desk.tickets.reference import reference_of
from desk.web.parts import ServiceWords

NOTHING: tuple[object, ...] = (None, "", "0.00", {})
"""What is not worth a line."""

type Entry = tuple[tuple[str, str], ...]
"""One thing that is kept: labels with what is said of it."""

FIELDS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "orders": (
        ("number", "order", "text"),
        ("service", "service", "service"),
        ("amount", "amount", "money"),
        ("status", "state", "code"),
        ("created_at", "time", "time"),
        ("paid_at", "paid", "time"),
        ("refunded", "returned", "money"),
    ),
    "tickets": (
        ("id", "reference", "ticket"),
        ("service", "service", "service"),
        ("state", "state", "code"),
        ("opened_at", "time", "time"),
        ("ended_at", "ended", "time"),
        ("contact", "contact", "text"),
    ),
    "grades": (
        ("grade", "grade", "grade"),
        ("words", "words", "text"),
        ("at", "time", "time"),
        ("mended_at", "ended", "time"),
        ("second_grade", "grade", "grade"),
    ),
    "asked_by_clerks": (
        ("said", "asked", "text"),
        ("state", "state", "code"),
        ("asked_at", "time", "time"),
        ("answered_at", "ended", "time"),
    ),
    "texts_of_answers": (("state", "state", "code"), ("made_at", "time", "time"), ("ended_at", "ended", "time")),
    "past_answers": (("question", "asked", "text"), ("answer", "answer", "text"), ("kept_at", "time", "time")),
    "cases": (
        ("about", "about", "said"),
        ("reference", "reference", "text"),
        ("service", "service", "service"),
        ("at", "when", "time"),
        ("place", "place", "said"),
        ("created_at", "time", "time"),
    ),
    "remembered": (("service", "service", "service"), ("values", "values", "values"), ("at", "time", "time")),
    "consents": (
        ("agency", "agency", "agency"),
        ("service", "service", "service"),
        ("field", "asked", "field"),
        ("given_at", "time", "time"),
    ),
    "receipts_of_consent": (
        ("agency", "agency", "agency"),
        ("service", "service", "service"),
        ("field", "asked", "field"),
        ("given_at", "time", "time"),
        ("erased_at", "erased", "time"),
    ),
    "subscriptions": (
        ("topic", "topic", "topic"),
        ("district", "district", "district"),
        ("created_at", "time", "time"),
    ),
    "notice_places": (("square", "square", "text"), ("created_at", "time", "time")),
    "announcements": (("titles", "title", "names"), ("said_at", "time", "time")),
    "emergencies": (("opened_at", "time", "time"), ("ended_at", "ended", "time")),
    "linked": (("channel", "channel", "channel"), ("linked_at", "time", "time")),
    "identity": (("issuer", "issuer", "text"), ("proved_at", "time", "time"), ("good_until", "until", "time")),
    "files": (("content_type", "type", "text"), ("at", "time", "time")),
    "data_links": (("made_at", "time", "time"), ("good_until", "until", "time"), ("opened_at", "opened", "time")),
}
"""By kind of thing, what is said of each: its name in the copy for machines, its label, and how it is written."""


@dataclass(frozen=True, slots=True)
class Section:
    """Things of one kind; `name` is that of their title."""

    name: str
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Record:
    """Writes in a language what is kept in a city."""

    catalogs: Catalogs
    locale: Locale
    cities: Mapping[str, City]
    services: Mapping[str, ServiceWords]
    topics: Mapping[str, Names]

    def sections(self, kept: Mapping[str, Any]) -> list[Section]:
        """All things that there are any of, by kind."""
        found = [
            Section(name, [self._entry(one, fields, kept) for one in kept[name]])
            for name, fields in FIELDS.items()
            if kept.get(name)
        ]
        return [one for one in found if any(one.entries)]

    def label(self, name: str) -> str:
        """What something is called."""
        return self._say(f"web.data_field_{name}")

    def _entry(self, one: Mapping[str, Any], fields: Sequence[tuple[str, str, str]], kept: Mapping[str, Any]) -> Entry:
        city = self.cities.get(one.get("city", "")) or self.cities[kept["city"]]
        written = (
            (label, self._written(one[name], kind, city))
            for name, label, kind in fields
            if one.get(name) not in NOTHING
        )
        return tuple((self.label(label), said) for label, said in written)

    def _written(self, value: Any, kind: str, city: City) -> str:
        ways: Mapping[str, Callable[[], str]] = {
            "time": lambda: self._value({"datetime": value}),
            "money": lambda: self._value({"money": value}),
            "service": lambda: self._service(value),
            "agency": lambda: self._named((one.slug, one.names) for one in city.agencies)(value),
            "district": lambda: self._named((one.slug, one.names) for one in city.districts)(value),
            "topic": lambda: self._named(self.topics.items())(value),
            "channel": lambda: self.catalogs.text(channel_text(value), self.locale),
            "grade": lambda: self.catalogs.text(title_of(value), self.locale),
            "ticket": lambda: reference_of(int(value)),
            "said": lambda: self.catalogs.text(Text.model_validate(value), self.locale),
            "names": lambda: self.catalogs.name(value, self.locale),
            "code": lambda: self._known(f"web.data_code_{value}", value),
            "field": lambda: self._field(value),
            "values": lambda: "; ".join(f"{self._field(name)}: {said}" for name, said in value.items()),
        }
        return ways[kind]() if kind in ways else str(value)

    def _named(self, known: Any) -> Callable[[str], str]:
        names = dict(known)
        return lambda slug: self.catalogs.name(names[slug].model_dump(), self.locale) if slug in names else slug

    def _service(self, name: str) -> str:
        found = self.services.get(name)
        return self._known(f"button.{name}", name) if found is None else self._say(found.title)

    def _field(self, name: str) -> str:
        return self._known(f"card.{name}", self._known(f"web.data_field_{name}", name))

    def _known(self, key: str, otherwise: str) -> str:
        return self._say(key) if key in self.catalogs.keys(self.locale) else otherwise

    def _say(self, key: str) -> str:
        return self.catalogs.text(Text(key=key), self.locale)

    def _value(self, value: Mapping[str, Any]) -> str:
        return self.catalogs.text(Text(key="card.value", args={"value": dict(value)}), self.locale)
