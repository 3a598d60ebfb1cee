"""Announcements as public pages and feeds show them: in one language, in the city's time."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from aiohttp import web
from pydantic import JsonValue

from desk.announcements.composing import documents
from desk.announcements.composing.images import path_of
from desk.announcements.feeds import archive
from desk.announcements.feeds.archive import Public
from desk.announcements.feeds.feed import paragraphs_of
from desk.announcements.words import Notice, described, in_zone, where_of, written
from desk.city.files import City, Names
from desk.city.topics import Topic
from desk.contract.messages import Text
from desk.contract.wire import LOCALES, Locale
from desk.store.database import OUTAGES, is_outage
from desk.texts.catalogs import LANGUAGE_TAGS, Catalogs
from desk.web.parts import ANNOUNCED, PARTS

TIMELINE = 5  # on the city's page
EXCERPT = 120  # characters
PATIENCE = 2.0  # seconds that the city's page waits for its announcements

type Mark = Literal["corrected", "over", "coming"]


@dataclass(frozen=True, slots=True)
class Said:
    """Words as they are shown, and their language (BCP 47): another than the wanted one where that is missing."""

    text: str
    tag: str


@dataclass(frozen=True, slots=True)
class Seen:
    """An image as a page or a feed shows it: its address on this site, and what is to be seen on it."""

    address: str
    alternative: Said
    content_type: str
    width: int
    height: int
    size: int


@dataclass(frozen=True, slots=True)
class File:
    """A document as a page or a feed names it: its address on this site, its name with kind and size, its bytes."""

    address: str
    named: Said
    size: int


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """An announcement as a list shows it.

    `word` says before its title that it is urgent, an alert or a correction, `wrong` of a correction what was wrong in
    the one with the number `corrects`; `about` by whom, where and when; `mark` what is special about it.
    """

    number: int
    word: str
    wrong: Said | None
    corrects: int | None
    title: Said
    excerpt: Said
    topic: str
    about: str
    picture: Seen | None
    mark: Mark | None
    marked: str


@dataclass(frozen=True, slots=True)
class NoticeSheet:
    """An announcement as its page shows it; `word`, `wrong` and `mark` as in a list."""

    number: int
    word: str
    wrong: Said | None
    corrects: int | None
    title: Said
    paragraphs: tuple[str, ...]
    tag: str
    picture: Seen | None
    documents: tuple[File, ...]
    link: str | None
    agency: str
    phone: str
    place: str
    topic: tuple[str, str]
    published: str
    begins: str | None
    ends: str | None
    mark: Mark | None
    marked: str


@dataclass(frozen=True, slots=True)
class Words:
    """What a city's announcements are shown with: names, topics and times in one language."""

    catalogs: Catalogs
    city: City
    topics: Mapping[str, Topic]
    locale: Locale
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.city.timezone)

    def text(self, key: str, **args: JsonValue) -> str:
        return self.catalogs.text(Text(key=f"web.announced_{key}", args=args), self.locale)

    def plain(self, key: str, args: dict[str, JsonValue]) -> str:
        """A text that residents read in chats, too."""
        return self.catalogs.text(Text(key=key, args=args), self.locale)

    def at(self, moment: datetime) -> JsonValue:
        """A time as an argument of a text."""
        return {"datetime": moment.astimezone(self.zone).isoformat()}

    def name(self, names: Names) -> str:
        return self.catalogs.name(names.model_dump(), self.locale)

    def city_name(self) -> str:
        return self.name(self.city.greeting_names or self.city.names)

    def topic(self, slug: str) -> str:
        found = self.topics.get(slug)
        return slug if found is None else self.name(found.names)

    def place(self, row: Public) -> str:
        """Where it is about: its districts, else the whole city."""
        return str(where_of(row.districts, self.city)[self.locale])

    def agency(self, row: Public) -> tuple[str, str]:
        """Name and telephone of whose announcement it is."""
        found = next((one for one in self.city.agencies if one.slug == row.agency), self.city.agencies[0])
        return self.name(found.names), found.phone

    def written(self, row: Public) -> tuple[Said, Said]:
        """Title and text of one that was not taken back: in the language, else in one that there is."""
        notice = Notice(
            id=row.id,
            city=row.city,
            agency=row.agency,
            topic=row.topic,
            districts=row.districts,
            titles=_whole(row.titles),
            texts=_whole(row.texts),
            link=row.link,
            published_at=row.published_at,
            valid_from=row.valid_from,
            until=row.until,
            converted=row.converted,
        )
        titles, texts = written(in_zone(notice, self.zone), self.city)
        return self._said(titles, row.titles), self._said(texts, row.texts)

    def _said(self, written: Mapping[str, JsonValue], given: Mapping[str, str]) -> Said:
        derived = self.locale == "zh_Hant" and given.get("zh_Hans")
        spoken = self.locale if given.get(self.locale) or derived else _first(given)
        return Said(str(written[self.locale]), LANGUAGE_TAGS[spoken])

    def picture(self, row: Public) -> Seen | None:
        """Its image, if it has one: what is to be seen on it in the language, else in one that there is."""
        if row.picture is None:
            return None
        given = {locale: said for locale, said in row.picture.alternatives.items() if said.strip()}
        written = self.catalogs.name(_whole(given), self.locale)
        return Seen(
            address=path_of(row.city, row.picture.sha256, row.picture.content_type),
            alternative=self._said({self.locale: written}, given),
            content_type=row.picture.content_type,
            width=row.picture.width,
            height=row.picture.height,
            size=row.picture.size,
        )

    def documents(self, row: Public) -> tuple[File, ...]:
        """Its documents: what each is called in the language, else in one that there is."""
        found = []
        for one in row.documents:
            given: dict[str, str] = {locale: said for locale, said in one.names.items() if said.strip()}
            named = self.catalogs.text(Text.model_validate(described(one)), self.locale)
            address = documents.path_of(row.city, row.id, one.sha256)
            found.append(File(address, self._said({self.locale: named}, given or one.named), one.size))
        return tuple(found)

    def word(self, row: Public) -> str:
        """What stands before its title: alert, correction, urgent; of alerts over or changed the title says so."""
        if row.kind == "alert":
            if row.earlier is not None:
                return ""
            return self.text("alert" if row.corrects is None else "alert_correction")
        words = [
            name for name, is_so in (("urgent", row.urgency == "urgent"), ("correction", row.is_correction)) if is_so
        ]
        return self.text("_".join(words)) if words else ""

    def wrong(self, row: Public) -> Said | None:
        """Of a correction which announcement was wrong, by its time, and in what."""
        if not row.is_correction or row.corrects_at is None:
            return None
        key = "wrong_alert" if row.kind == "alert" else "wrong"
        args: dict[str, JsonValue] = {"when": self.at(row.corrects_at)}
        if not row.mistake.get("zh_Hans"):
            return Said(self.plain(f"announcements.{key}", args), LANGUAGE_TAGS[self.locale])
        args["mistake"] = {"name": {locale: said for locale, said in row.mistake.items() if said}}
        return Said(self.plain(f"announcements.{key}_because", args), LANGUAGE_TAGS[self.locale])

    def headed(self, row: Public, title: str) -> str:
        """A title with that word before it, where there is one."""
        word = self.word(row)
        return self.text("headed", word=word, title=title) if word else title

    def mark(self, row: Public) -> tuple[Mark | None, str]:
        """What is special about it, and in words."""
        if row.corrected_at is not None:
            return "corrected", self.text("corrected", at=self.at(row.corrected_at))
        if row.until is not None and row.until <= self.now:
            return "over", self.text("over", at=self.at(row.until))
        if row.valid_from is not None and row.valid_from > self.now:
            return "coming", self.text("coming", at=self.at(row.valid_from))
        return None, ""

    def line(self, row: Public) -> NoticeLine:
        title, words = self.written(row)
        short = " ".join(paragraphs_of(words.text))
        excerpt = short if len(short) <= EXCERPT else f"{short[: EXCERPT - 1].rstrip()}…"
        mark, marked = self.mark(row)
        agency, _ = self.agency(row)
        return NoticeLine(
            number=row.id,
            word=self.word(row),
            wrong=self.wrong(row),
            corrects=row.corrects if row.is_correction else None,
            title=title,
            excerpt=Said(excerpt, words.tag),
            topic=self.topic(row.topic),
            about=self.text("about", agency=agency, place=self.place(row), at=self.at(row.published_at)),
            picture=self.picture(row),
            mark=mark,
            marked=marked,
        )

    def sheet(self, row: Public) -> NoticeSheet:
        title, words = self.written(row)
        agency, phone = self.agency(row)
        mark, marked = self.mark(row)
        return NoticeSheet(
            number=row.id,
            word=self.word(row),
            wrong=self.wrong(row),
            corrects=row.corrects if row.is_correction else None,
            title=title,
            paragraphs=paragraphs_of(words.text),
            tag=words.tag,
            picture=self.picture(row),
            documents=self.documents(row),
            link=web_link(row.link),
            agency=agency,
            phone=phone,
            place=self.place(row),
            topic=(row.topic, self.topic(row.topic)),
            published=self._time(row.published_at),
            begins=None if row.valid_from is None else self._time(row.valid_from),
            ends=None if row.until is None else self._time(row.until),
            mark=mark,
            marked=marked,
        )

    def _time(self, moment: datetime) -> str:
        return self.text("at", at=self.at(moment))


def _first(given: Mapping[str, str]) -> Locale:
    """The language that stands in for one that is missing: Simplified Chinese, else any that there is."""
    return next((locale for locale in LOCALES if given.get(locale)), "zh_Hans")


def _whole(given: Mapping[str, str]) -> Mapping[str, str]:
    """The same with Simplified Chinese, from which the others follow."""
    return {**given, "zh_Hans": given.get(_first(given), "")}


def web_link(link: str | None) -> str | None:
    """A link of an announcement if it leads to a page; whatever else it might be is not shown."""
    if link is None:
        return None
    try:
        parsed = urlsplit(link)
    except ValueError:
        return None
    return link if parsed.scheme in ("http", "https") and parsed.netloc else None


def words_of(request: web.Request, city: City, locale: Locale) -> Words:
    """What a request's announcements are shown with."""
    parts = request.app[PARTS]
    return Words(parts.catalogs, city, request.app[ANNOUNCED].topics, locale, parts.now())


async def timeline(request: web.Request, city: City, locale: Locale) -> list[NoticeLine] | None:
    """What holds now, for the city's page; None while the database is away: the rest of the page is shown."""
    words = words_of(request, city, locale)
    try:
        async with asyncio.timeout(PATIENCE), request.app[PARTS].engine.connect() as connection:
            rows = await archive.in_force(connection, city.slug, words.now, TIMELINE)
    except OUTAGES as exc:
        if not is_outage(exc):
            raise
        return None
    return [words.line(row) for row in rows]
