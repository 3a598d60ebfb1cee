"""An announcement as a resident reads it: replies as keys."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from desk.announcements.content import CONVERTED, SOURCE, Document
from desk.city.files import City, Names
from desk.city.topics import Topic
from desk.contract.messages import Button, Reply, ShowAnnouncements, Text
from desk.contract.wire import LOCALES, Locale
from desk.texts.catalogs import spoken_name
from values.lexicon import lexicon

if TYPE_CHECKING:
    from desk.announcements.content import Audience
    from desk.announcements.rows import AnnouncementRow

_WORDS = lexicon(__file__)
BETWEEN, HOUR, MINUTE, URGENT = (_WORDS.by_name(name) for name in ("between", "hour", "minute", "urgent"))
MARK: str = _WORDS.by_name("converted")[CONVERTED]
HEADS: Mapping[tuple[bool, str | None], Mapping[str, str]] = {
    (False, "wrong"): _WORDS.by_name("correction"),
    (True, None): _WORDS.by_name("alert"),
    (True, "wrong"): _WORDS.by_name("alert_correction"),
}
"""What titles of public posts begin with; the others say it themselves."""
NO_PLACES = '/unsubscribe{"near": "here"}'
"""The command of who wants no more notices near places."""
ANSWERS = 2
"""So many announcements answer until when."""
WRONG = "wrong"
KEYS: Mapping[tuple[bool, str | None], str] = {
    (False, None): "announcements.notice",
    (False, WRONG): "announcements.correction",
    (False, "changed"): "announcements.notice",
    (False, "over"): "announcements.notice",  # its title says so, as those of alerts that have changed or are over
    (True, None): "announcements.alert",
    (True, WRONG): "announcements.alert_correction",
    (True, "changed"): "announcements.alert_update",
    (True, "over"): "announcements.alert_over",
}
"""How one is said, by whether it is an alert and what became of the one before it."""


@dataclass(frozen=True, slots=True)
class Notice:
    """An announcement as it was published. `titles` and `texts` by language; times are aware.

    `corrects` is the announcement whose mistake it mends, or of which it says (`earlier`) that it has changed or is
    over; `corrected` is that one's `titles` and, as `at` in ISO 8601, when it was published, `mistake` what was wrong.
    `converted`: its Traditional Chinese says that it is.
    """

    id: int
    city: str
    agency: str
    topic: str
    districts: Sequence[str]
    titles: Mapping[str, str]
    texts: Mapping[str, str]
    link: str | None
    published_at: datetime
    valid_from: datetime | None = None
    until: datetime | None = None
    corrects: int | None = None
    kind: str = "announcement"
    urgency: str = "routine"
    earlier: str | None = None
    converted: bool = False
    mistake: Mapping[str, str] = field(default_factory=dict)
    corrected: Mapping[str, Any] | None = None

    @property
    def of_earlier(self) -> str | None:
        """What became of the one before it; None: there was none."""
        return self.earlier or (WRONG if self.corrects is not None else None)

    @property
    def is_marked_urgent(self) -> bool:
        """Whether it says in its first word that it is urgent; alerts say that they are alerts."""
        return self.urgency == "urgent" and self.kind != "alert" and self.of_earlier != "over"

    @classmethod
    def of(cls, row: "AnnouncementRow", *, at: datetime) -> Self:
        """The notice of an announcement that is published at a time."""
        return cls(
            id=row.id,
            city=row.city,
            agency=row.agency,
            topic=row.topic,
            districts=row.districts,
            titles=row.titles,
            texts=row.texts,
            link=row.link,
            published_at=at,
            valid_from=row.valid_from,
            until=row.until,
            corrects=row.corrects,
            kind=row.kind,
            urgency=row.urgency,
            earlier=row.earlier,
            converted=row.converted,
            mistake=row.mistake,
            corrected=row.corrected,
        )


NOTICE = ", ".join(Notice.__dataclass_fields__)
"""The columns of a notice."""


def in_zone(notice: Notice, zone: ZoneInfo) -> Notice:
    """The same with its times in the city's zone."""

    def there(at: datetime | None) -> datetime | None:
        return None if at is None else at.astimezone(zone)

    published = notice.published_at.astimezone(zone)
    return replace(notice, published_at=published, valid_from=there(notice.valid_from), until=there(notice.until))


def said(
    notice: Notice, city: City, topics: Mapping[str, Topic], *, unasked: bool, audience: "Audience | None" = None
) -> Reply:
    """One announcement: what, where, from whom, when. Unasked ones come with a button to hear no more of their kind.

    Args:
        notice: it.
        city: where it was published.
        topics: all, by slug.
        unasked: it comes by itself.
        audience: whom it is for, where that is known: of an area drawn on the map it says so.
    """
    notice = in_zone(notice, ZoneInfo(city.timezone))
    agency = next((one for one in city.agencies if one.slug == notice.agency), city.agencies[0])
    titles, texts = written(notice, city)
    titles = headed(notice, titles)
    args: dict[str, JsonValue] = {
        "title": {"name": titles},
        "text": {"name": texts},
        "where": {"name": where_of(notice.districts, city)},
        "agency": {"name": agency.names.model_dump(exclude_none=True)},
        "at": {"datetime": notice.published_at.isoformat()},
    }
    in_area = audience is not None and audience.area is not None and not notice.districts
    if in_area:
        args["where"] = {"text": {"key": "announcements.where_area"}}
    key = KEYS[notice.kind == "alert", notice.of_earlier]
    if notice.of_earlier == WRONG and notice.corrected is not None:
        key, args["what"] = f"{key}_of", {"text": _wrong(notice, city, notice.corrected, is_named=unasked)}
    if notice.link is not None:
        key, args["link"] = f"{key}_link", notice.link
    topic = topics.get(notice.topic)
    if not unasked or topic is None or notice.kind == "alert":
        return Reply(key=key, args=args)
    if in_area and audience is not None and not audience.and_followers:
        return Reply(key=key, args=args, buttons=[Button(title=Text(key="button.unsubscribe_near"), payload=NO_PLACES)])
    title = Text(key="button.unsubscribe_topic", args={"topic": {"name": topic.names.model_dump(exclude_none=True)}})
    return Reply(key=key, args=args, buttons=[Button(title=title, payload=f'/unsubscribe{{"topic": "{topic.slug}"}}')])


def _wrong(notice: Notice, city: City, corrected: Mapping[str, Any], *, is_named: bool) -> JsonValue:
    """What a correction says first: which announcement was wrong, by its time and another title, and in what.

    `is_named`: it may say that title: to those who were told of it. It may be taken back for all others.
    """
    at = datetime.fromisoformat(corrected["at"]).astimezone(ZoneInfo(city.timezone))
    args: dict[str, JsonValue] = {"when": {"datetime": at.isoformat()}}
    key = "announcements.wrong_alert" if notice.kind == "alert" else "announcements.wrong"
    titles = written(replace(notice, titles=corrected["titles"], valid_from=None, until=None), city)[0]
    if is_named and corrected["titles"] != notice.titles and not any("{" in str(one) for one in titles.values()):
        key, args["earlier"] = "announcements.wrong_named", {"name": titles}
    if notice.mistake.get(SOURCE):
        said_so: dict[str, JsonValue] = {locale: spoken_name(notice.mistake, locale) for locale in LOCALES}
        key, args["mistake"] = f"{key}_because", {"name": said_so}
    return {"key": key, "args": args}


@dataclass(frozen=True, slots=True)
class Attached:
    """Documents of an announcement, each with its address, and the page on which they stand."""

    documents: Sequence[tuple[Document, str]]
    page: str


def in_size(size: int) -> str:
    """A size in bytes as people read it: `340 KB`, `1.2 MB`."""
    return f"{size / 1_000_000:.1f} MB" if size >= 999_500 else f"{max(1, round(size / 1_000))} KB"


def described(document: Document) -> dict[str, JsonValue]:
    """A document by its name, kind and size, as a text."""
    names: dict[str, JsonValue] = {**document.named}
    return {"key": "announcements.document", "args": {"name": {"name": names}, "size": in_size(document.size)}}


def with_documents(reply: Reply, attached: Attached | None) -> Reply:
    """The same, with a line that names its documents and where they are fetched; each is a link of its own besides."""
    if attached is None:
        return reply
    whole: JsonValue = {"key": reply.key, "args": reply.args}
    named: list[JsonValue] = [described(one) for one, _ in attached.documents]
    args: dict[str, JsonValue] = {"documents": {"items": named, "join": "and"}, "page": attached.page}
    for place, (one, address) in enumerate(attached.documents):
        args[f"document_{place}"] = {"link": {"document": address}, "title": described(one)}
    where: JsonValue = {"key": "announcements.documents_at", "args": args}
    said_all: dict[str, JsonValue] = {"notice": {"text": whole}, "holds": {"text": where}}
    return reply.model_copy(update={"key": "announcements.answered", "args": said_all})


def noted(notice: Notice, city: City, image_at: str | None = None, documents_at: str | None = None) -> Text:
    """One announcement as a line among several; with the page where its image and documents are, if it has any."""
    reply = said(notice, city, {}, unasked=False)
    names = ("title", "text", "where", "agency", *(["link"] if notice.link is not None else []))
    key = "announcements.digest_line" if notice.link is None else "announcements.digest_line_link"
    args = {name: reply.args[name] for name in names}
    for what, page in (("image", image_at), ("documents", documents_at)):
        if page is not None:
            key, args["page"] = f"{key}_{what}", page
    return Text(key=key, args=args)


def ends(notice: Notice, city: City) -> Reply:
    """Until when an announcement holds, in a line; where it does not say so, all of it."""
    reply = said(notice, city, {}, unasked=False)
    if notice.until is None:
        return reply
    at = notice.until.astimezone(ZoneInfo(city.timezone))
    names = ("title", "where", "agency", *(["link"] if notice.link is not None else []))
    key = "announcements.ends" if notice.link is None else "announcements.ends_link"
    until: JsonValue = {"name": {locale: moment(at, locale) for locale in LOCALES}}
    about = {"title": {"name": written(in_zone(notice, ZoneInfo(city.timezone)), city)[0]}}
    return Reply(key=key, args={**{name: reply.args[name] for name in names}, **about, "until": until})


def answered(notice: Notice, city: City, now: datetime) -> Reply:
    """An announcement that was asked about: all of it, and when it holds; of one that is over that it is."""
    notice = in_zone(notice, ZoneInfo(city.timezone))
    times: dict[str, JsonValue] = {
        name: {"name": {locale: moment(at, locale) for locale in LOCALES}}
        for name, at in (("from", notice.valid_from), ("until", notice.until))
        if at is not None
    }
    reply = said(notice, city, {}, unasked=False)
    if notice.until is not None and notice.until <= now:
        names = ("title", "where", "agency", *(["link"] if notice.link is not None else []))
        key = "announcements.ended" if notice.link is None else "announcements.ended_link"
        return Reply(key=key, args={**{name: reply.args[name] for name in names}, "until": times["until"]})
    if notice.valid_from is not None and notice.valid_from <= now:
        del times["from"]
    if not times:
        return reply
    holds: JsonValue = {"key": f"announcements.holds_{'_'.join(times)}", "args": times}
    whole: JsonValue = {"key": reply.key, "args": reply.args}
    return Reply(key="announcements.answered", args={"notice": {"text": whole}, "holds": {"text": holds}})


def where_of(districts: Iterable[str], city: City) -> dict[str, JsonValue]:
    """What the districts of an announcement are called together; the city where there are none."""
    found = [one.names for one in city.districts if one.slug in set(districts)] or [city.names]
    return {locale: BETWEEN[locale].join(_name(one, locale) for one in found) for locale in LOCALES}


def listed(
    notices: Sequence[Notice],
    city: City,
    topics: Mapping[str, Topic],
    wanted: ShowAnnouncements,
    image_at: Mapping[int, str] = MappingProxyType({}),
    attached: Mapping[int, Attached] = MappingProxyType({}),
) -> list[Reply]:
    """What was published last, below a heading with city and topic; or that nothing was. Either can be subscribed.

    `image_at` are addresses where images are seen, by number, `attached` documents. Asked until when, the first that
    say it answer, without a heading.
    """
    if wanted.asks == "end" and notices:
        return [ends(notice, city) for notice in notices[:ANSWERS]]
    args: dict[str, JsonValue] = {"city": {"name": city.names.model_dump(exclude_none=True)}}
    key = "announcements.latest" if notices else "announcements.none"
    if wanted.topic is not None:
        key, args["topic"] = f"{key}_topic", {"name": topics[wanted.topic].names.model_dump(exclude_none=True)}
    about = {name: slug for name, slug in (("topic", wanted.topic), ("district", wanted.district)) if slug is not None}
    payload = f"/subscribe{json.dumps(about)}" if about else "/subscribe"
    heading = Reply(key=key, args=args, buttons=[Button(title=Text(key="button.subscribe"), payload=payload)])
    shown = ((one.id, _with_image(said(one, city, topics, unasked=False), image_at.get(one.id))) for one in notices)
    return [heading, *(with_documents(reply, attached.get(number)) for number, reply in shown)]


def _with_image(reply: Reply, image_at: str | None) -> Reply:
    """The same, with a line that says where its image is seen, if it has one."""
    if image_at is None:
        return reply
    whole: JsonValue = {"key": reply.key, "args": reply.args}
    where: JsonValue = {"key": "announcements.image_at", "args": {"page": image_at}}
    return Reply(key="announcements.answered", args={"notice": {"text": whole}, "holds": {"text": where}})


def written(notice: Notice, city: City) -> tuple[dict[str, JsonValue], dict[str, JsonValue]]:
    """Its titles and texts in all languages, with its facts in their braces; zh_Hant derived where nobody wrote it.

    What was derived and nobody read says so in a line below.
    """
    agency = next((one for one in city.agencies if one.slug == notice.agency), city.agencies[0])
    where = where_of(notice.districts, city)
    titles: dict[str, JsonValue] = {}
    texts: dict[str, JsonValue] = {}
    for locale in LOCALES:
        facts = {"city": _name(city.names, locale), "agency": _name(agency.names, locale), "where": str(where[locale])}
        for name, at in (("from", notice.valid_from), ("until", notice.until)):
            if at is not None:
                facts[name] = moment(at, locale)
        titles[locale] = _filled(spoken_name(notice.titles, locale), facts)
        texts[locale] = _filled(spoken_name(notice.texts, locale), facts)
    if notice.converted and not notice.texts.get(CONVERTED):
        texts[CONVERTED] = f"{texts[CONVERTED]}\n{MARK}"
    return titles, texts


def headed_in_public(notice: Notice, titles: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Titles with the word before them by which one stands alone: an alert, a correction of what stood there before."""
    form = HEADS.get((notice.kind == "alert", notice.of_earlier))
    said = headed(notice, titles)
    return said if form is None else _with_word(form, said)


def headed(notice: Notice, titles: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Titles with the word before them that says that it is urgent, where it is."""
    if not notice.is_marked_urgent:
        return dict(titles)
    return _with_word(URGENT, titles)


def moment(at: datetime, locale: Locale) -> str:
    """A time as an official of the language writes it."""
    form = MINUTE if at.minute else HOUR
    return str(form[locale]).format(month=at.month, name=f"{at:%B}", day=at.day, hour=at.hour, minute=at.minute)


def _with_word(form: Mapping[str, str], titles: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {locale: form[locale].replace("{title}", str(title)) for locale, title in titles.items()}


def _name(names: Names, locale: Locale) -> str:
    return spoken_name(names.model_dump(), locale)


def _filled(text: str, facts: Mapping[str, str]) -> str:
    for name, fact in facts.items():
        text = text.replace(f"{{{name}}}", fact)
    return text
