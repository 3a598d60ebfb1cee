"""Writes what a resident has going on in their language: in plain words, with persons' values masked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from desk.city.files import City
from desk.contract.messages import Text
from desk.contract.wire import Locale
from desk.conversations.own_matters import Group, OwnMatter, Way
from desk.texts.catalogs import Catalogs
from desk.texts.masking import masked
from desk.web.matters.grouping import grouped
from desk.web.parts import Parts, ServiceWords

OF_PERSONS = frozenset({"of"})
"""Facts that may name a person, besides what a matter is about and where it takes place. Numbers of agencies do not."""


@dataclass(frozen=True, slots=True)
class WayShown:
    """What can be done: a link to `href`, or a button that begins it in this browser's chat (`way` of `matter`)."""

    name: str
    label: str
    href: str | None
    matter: str
    way: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing as the page shows it. `when` is when it is due or takes place, `comes` what comes next and who does it,
    `elsewhere`: something of it is done in another chat alone.
    """

    id: str
    kind: str
    title: str
    state: str
    when: str | None
    comes: str | None
    facts: Sequence[tuple[str, str]]
    ways: Sequence[WayShown]
    elsewhere: bool


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes for a visitor of a city's page. `own` is the conversation of the chat in this browser, if there is one."""

    parts: Parts
    here: City
    locale: Locale
    own: UUID | None

    def groups(self, matters: Iterable[OwnMatter], now: datetime) -> Sequence[tuple[Group, Sequence[Shown]]]:
        """All of them, by group; what is of a city that is no more is left out."""
        known = [one for one in matters if one.city in self.parts.cities]
        return [(name, [self._shown(one, now) for one in ones]) for name, ones in grouped(known, now).items()]

    def _shown(self, one: OwnMatter, now: datetime) -> Shown:
        ways = [shown for way in one.ways if (shown := self._way(one, way)) is not None]
        return Shown(
            id=one.id,
            kind=self._say(f"web.own_kind_{one.kind}"),
            title=self._masked(one.about),
            state=self._state(one),
            when=None if one.at is None else self._when(one, one.at, now),
            comes=self._comes(one),
            facts=self._facts(one),
            ways=ways,
            elsewhere=len(ways) < len(one.ways),
        )

    def _state(self, one: OwnMatter) -> str:
        known = self._catalogs.keys(self.locale)
        return self._catalogs.text(next(said for said in one.state if said.key in known), self.locale)

    def _comes(self, one: OwnMatter) -> str | None:
        """The next step in words; what is over, or only followed, has none."""
        key = f"web.own_next_{one.kind}_{one.group}"
        return self._say(key) if key in self._catalogs.keys(self.locale) else None

    def _when(self, one: OwnMatter, at: datetime, now: datetime) -> str:
        """The day with its weekday, today and tomorrow by that name, and the time; both in the time of its city."""
        zone = ZoneInfo(self.parts.cities[one.city].timezone)
        there = at.astimezone(zone)
        args = {
            "day": {"day": there.date().isoformat(), "today": now.astimezone(zone).date().isoformat()},
            "time": {"time": there.time().isoformat(timespec="minutes")},
        }
        key = "web.own_pay_until" if one.kind == "order" else "web.own_at"
        return self._catalogs.text(Text.model_validate({"key": key, "args": args}), self.locale)

    def _facts(self, one: OwnMatter) -> Sequence[tuple[str, str]]:
        city = self.parts.cities[one.city]
        agency = next((each for each in city.agencies if each.slug == one.agency), city.agencies[0])
        facts = [
            (f"web.own_label_{name}", self._masked(said) if name in OF_PERSONS else self._text(said))
            for name, said in one.lines
        ]
        if one.place is not None:
            facts.insert(0, ("web.own_label_place", self._masked(one.place)))
        service = self.parts.services.get(one.service or "")
        if service is not None and one.kind in ("ticket", "asked"):
            facts.insert(0, ("web.own_label_service", self._title(service)))
        if one.kind != "subscription":
            facts.append(("web.own_label_agency", self._catalogs.name(agency.names.model_dump(), self.locale)))
        if city.slug != self.here.slug:
            facts.append(("web.own_label_city", self._catalogs.name(city.names.model_dump(), self.locale)))
        return [(self._say(label), said) for label, said in facts]

    def _way(self, one: OwnMatter, way: Way) -> WayShown | None:
        """What can be done from this browser: in its own chat by one press, else by words that stand ready there."""
        label = self._say(f"web.own_do_{way.name}")
        if way.url is not None:
            return WayShown(way.name, label, self._in_language(way.url), one.id, way.name)
        if one.conversation_id == self.own:
            href = None if way.payload else f"/{self.here.slug}?lang={self.locale}#talk"
            return WayShown(way.name, label, href, one.id, way.name)
        if way.says is None:
            return None
        words = self._catalogs.text(way.says, self.locale)
        asked = urlencode({"lang": self.locale, "ask": words})
        return WayShown(way.name, label, f"/{one.city}?{asked}#talk", one.id, way.name)

    def _in_language(self, url: str) -> str:
        return f"{url}&lang={self.locale}" if "?" in url else url

    def _masked(self, said: Text) -> str:
        return masked(self._text(said), self.parts.published)

    def _text(self, said: Text) -> str:
        return self._catalogs.text(said, self.locale)

    def _title(self, service: ServiceWords) -> str:
        return self._say(service.title)

    def _say(self, key: str) -> str:
        return self._catalogs.text(Text(key=key), self.locale)

    @property
    def _catalogs(self) -> Catalogs:
        return self.parts.catalogs


def begun(matters: Iterable[OwnMatter], own: UUID | None, wanted: Mapping[str, str]) -> str | None:
    """The payload that begins what was pressed; None: there is no such thing of this chat's."""
    for one in matters:
        if one.id == wanted["matter"] and own is not None and one.conversation_id == own:
            return next((way.payload for way in one.ways if way.name == wanted["way"] and way.payload), None)
    return None
