"""What is typed into the page where an announcement is written, as a draft, and a draft as fields of that page."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import JsonValue, ValidationError

from desk.announcements.beginning import later, times_of
from desk.announcements.content import (
    MOST_DOCUMENTS,
    MOST_LEFT_OUT,
    MOST_TIMES,
    AnnouncementFault,
    Audience,
    Document,
    Draft,
    Image,
    Kind,
    LeftOut,
    Mode,
    Public,
    Schedule,
    Urgency,
)
from desk.city.area import Area, AreaFault, Datum, written
from desk.city.area import read as area_read
from desk.city.files import City
from desk.console.faults import Fault, said_of
from desk.console.forms import Form
from desk.contract.errors import DeskError
from desk.contract.messages import Text
from desk.contract.wire import LOCALES

EVERY: tuple[Literal["day", "week", "month"], ...] = ("day", "week", "month")
LIST = re.compile(r"[1-9][0-9]{0,17}")
SHA256 = re.compile(r"[0-9a-f]{64}")
WHOM = ("followers", "users", "area", "list")
DATUMS: tuple[Datum, ...] = ("wgs84", "gcj02")
PUBLIC: tuple[Public, ...] = ("post", "mass")
ON_PAGES: Mapping[str, bool] = {"yes": True, "no": False}
FASTEST = 1_000_000  # a minute
CHOSEN = "yes"
LESS = "less_"
"""How fields begin that hold whom it leaves out, as JSON: `LeftOut`."""
DOCUMENT, DOCUMENT_DROP, DOCUMENT_NAME = "document_", "document_drop_", "name_"
"""How fields begin that hold a document, as JSON, let go of it, or name it in a language; a place follows, from 0."""
NAMED = {"stale_at": "stale"}
"""What fields are called, where it is another name."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What of an announcement never changes once it is begun."""

    city: City
    agency: str
    kind: Kind
    mode: Mode

    @classmethod
    def of(cls, draft: Draft, cities: Mapping[str, City]) -> "Frame":
        """The frame of what is written already."""
        return cls(cities[draft.city], draft.agency, draft.kind, draft.mode)

    @property
    def place(self) -> str:
        """City and agency, as a field has them."""
        return f"{self.city.slug}/{self.agency}"

    @property
    def channels(self) -> list[str]:
        """Channels on which the city is reached."""
        return sorted({one.channel for one in self.city.accounts})


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads fields, and notes those that say nothing that could be meant."""

    form: Form
    zone: ZoneInfo
    faults: list[Fault]

    def fault(self, field: str, key: str, **args: JsonValue) -> None:
        named: JsonValue = {"text": {"key": f"console.announcement_{NAMED.get(field, field)}"}}
        self.faults.append(Fault(Text(key=f"console.{key}", args={**args, "field": named}), field))

    def moment(self, field: str) -> datetime | None:
        given = self.form[field].strip()
        if not given:
            return None
        try:
            at = datetime.fromisoformat(given)
        except ValueError:
            self.fault(field, "error_announcement_time")
            return None
        if not 2000 <= at.year < 3000:
            self.fault(field, "error_announcement_time")
            return None
        return at if at.tzinfo is not None else at.replace(tzinfo=self.zone)

    def day(self, field: str) -> date | None:
        try:
            return date.fromisoformat(self.form[field].strip())
        except ValueError:
            self.fault(field, "error_announcement_day")
            return None

    def number(self, field: str, least: int, most: int) -> int | None:
        given = self.form[field].strip()
        if not given:
            return None
        if not (given.isascii() and given.isdigit() and len(given) < 10 and least <= int(given) <= most):
            self.fault(field, "error_announcement_number", least=least, most=most)
            return None
        return int(given)

    def chosen(self, field: str, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(one for one in names if self.form[f"{field}_{one}"])


NAMES_OF_DOCUMENT = re.compile(r"documents\.([0-9])\.names")
FILES: Mapping[str, str] = {"image": "image_file", "documents": "document_file"}
"""Where files are put right."""


def draft_of(form: Form, frame: Frame, topics: Iterable[str]) -> tuple[Draft, list[Fault]]:
    """The draft that a form describes. What says nothing that could be meant is left out: a fault at its field."""
    read, known = _Reader(form, ZoneInfo(frame.city.timezone), []), list(topics)
    draft = Draft(
        city=frame.city.slug,
        agency=frame.agency,
        topic=form["topic"] if form["topic"] in known else known[0],
        titles={one: form[f"title_{one}"].strip() for one in LOCALES if form[f"title_{one}"].strip()},
        texts={one: _lines(form[f"text_{one}"]) for one in LOCALES if form[f"text_{one}"].strip()},
        mistake={one: " ".join(form[f"mistake_{one}"].split()) for one in LOCALES if form[f"mistake_{one}"].strip()},
        districts=read.chosen("district", (one.slug for one in frame.city.districts)),
        link=form["link"].strip() or None,
        image=_image(form),
        documents=tuple(documents_in(form)),
        urgency=next((one for one in Urgency if form["urgency"] == one), Urgency.ROUTINE),
        kind=frame.kind,
        mode=frame.mode,
        valid_from=read.moment("valid_from"),
        until=read.moment("until"),
        public=tuple(one for one in PUBLIC if form[f"public_{one}"]),
        on_pages=ON_PAGES.get(form["on_pages"]),
        audience=_audience(read, frame, known),
        schedule=_schedule(read),
    )
    return draft, read.faults


def form_of_draft(draft: Draft, city: City, version: int | None = None) -> Form:
    """The fields in which a draft is changed."""
    zone, audience, schedule = ZoneInfo(city.timezone), draft.audience, draft.schedule

    def there(at: datetime | None) -> str:
        return "" if at is None else f"{at.astimezone(zone):%Y-%m-%dT%H:%M}"

    fields = {
        "topic": draft.topic,
        "link": draft.link or "",
        "urgency": draft.urgency,
        "valid_from": there(draft.valid_from),
        "until": there(draft.until),
        "whom": audience.whom,
        "list": str(audience.list or ""),
        "area": "" if audience.area is None else written(audience.area),
        "at": there(schedule.at),
        "every": schedule.every or "",
        "times": str(schedule.times) if schedule.every else "",
        "last_on": f"{times_of(schedule)[-1].astimezone(zone):%Y-%m-%d}" if schedule.every else "",
        "stale_at": there(schedule.stale_at),
        "a_minute": str(schedule.a_minute or ""),
        "on_pages": next((name for name, is_so in ON_PAGES.items() if is_so is draft.on_pages), ""),
        "version": "" if version is None else str(version),
    }
    fields |= {f"title_{one}": draft.titles.get(one, "") for one in LOCALES}
    fields |= {f"text_{one}": draft.texts.get(one, "") for one in LOCALES}
    fields |= {f"mistake_{one}": draft.mistake.get(one, "") for one in LOCALES}
    if draft.image is not None:
        fields["image"] = draft.image.sha256
        fields |= {f"alt_{one}": draft.image.alternatives.get(one, "") for one in LOCALES}
    fields |= fields_of_documents(draft.documents)
    chosen = {
        "district": draft.districts,
        "public": draft.public,
        "language": audience.languages,
        "channel": audience.channels,
        "service": audience.services,
        "without": audience.without_topics,
    }
    fields |= {f"{what}_{one}": CHOSEN for what, names in chosen.items() for one in names}
    fields |= {f"{LESS}{at}": one.model_dump_json() for at, one in enumerate(audience.without)}
    fields |= {
        name: CHOSEN
        for name, is_so in (
            ("any_hour", not schedule.quiet),
            ("heeds_desk", schedule.heeds_desk),
            ("and_followers", audience.and_followers),
        )
        if is_so
    }
    return Form(fields)


def fault_at(exc: DeskError, otherwise: str = "") -> Fault:
    """What is wrong with a draft, at the field where it is put right, with its language by name."""
    said = said_of(exc)
    language = said.args.get("language")
    field = exc.field if isinstance(exc, AnnouncementFault) else otherwise
    field = FILES.get(field, field)
    if (name := NAMES_OF_DOCUMENT.fullmatch(field)) is not None:
        field = f"{DOCUMENT_NAME}{name[1]}"
    if isinstance(language, str) and language in LOCALES:
        of = {"language": {"text": {"key": f"console.ticket_language_{language}"}}}
        what = "document_name" if field.startswith(DOCUMENT_NAME) else field
        named = {"text": {"key": f"console.announcement_{what}_in", "args": of}}
        said = Text(key=said.key, args={**said.args, "language": named})
        field = f"{field}_{language}"
    return Fault(said, field)


def _image(form: Form) -> Image | None:
    """The image that was brought before, with what is to be seen on it."""
    if not SHA256.fullmatch(form["image"]) or form["image_drop"]:
        return None
    said = {one: " ".join(form[f"alt_{one}"].split()) for one in LOCALES}
    return Image(sha256=form["image"], alternatives={one: text for one, text in said.items() if text})


def documents_in(form: Form) -> list[Document]:
    """The documents that were brought before, with their names, less those that are let go of."""
    found: list[Document] = []
    for at in range(MOST_DOCUMENTS):
        if form[f"{DOCUMENT_DROP}{at}"] or not form[f"{DOCUMENT}{at}"]:
            continue
        try:
            kept = Document.model_validate_json(form[f"{DOCUMENT}{at}"])
        except ValidationError:
            continue  # no page of ours wrote it
        said = {one: " ".join(form[f"{DOCUMENT_NAME}{at}_{one}"].split()) for one in LOCALES}
        found.append(kept.model_copy(update={"names": {one: name for one, name in said.items() if name}}))
    return found


def fields_of_documents(documents: Iterable[Document]) -> dict[str, str]:
    """The fields in which documents stand."""
    fields: dict[str, str] = {}
    for at, one in enumerate(documents):
        fields[f"{DOCUMENT}{at}"] = one.model_dump_json(exclude={"names"})
        fields |= {f"{DOCUMENT_NAME}{at}_{locale}": one.names.get(locale, "") for locale in LOCALES}
    return fields


def with_documents(form: Form, documents: Iterable[Document]) -> Form:
    """The form with these documents in place of its own."""
    others = {name: value for name, value in form.items() if not name.startswith((DOCUMENT, DOCUMENT_NAME))}
    return Form({**others, **fields_of_documents(documents)})


def _audience(read: _Reader, frame: Frame, topics: Iterable[str]) -> Audience:
    whom: Literal["followers", "users", "list", "area", "everybody"] = "followers"
    services: tuple[str, ...] = ()
    area = _area(read) if frame.kind is not Kind.ALERT and read.form["whom"] == "area" else None
    if frame.kind is Kind.ALERT:
        whom = "everybody"
    elif read.form["whom"] == "list" and LIST.fullmatch(read.form["list"]):
        whom = "list"
    elif area is not None:
        whom = "area"
    elif read.form["whom"] == "users":
        services = read.chosen("service", frame.city.services)
        if services:
            whom = "users"
        else:
            read.fault("whom", "error_announcement_services")
    return Audience(
        whom=whom,
        list=int(read.form["list"]) if whom == "list" else None,
        services=services,
        area=area,
        and_followers=area is not None and bool(read.form["and_followers"]),
        languages=tuple(one for one in LOCALES if read.form[f"language_{one}"]),
        channels=read.chosen("channel", frame.channels),
        without_topics=read.chosen("without", topics),
        without=_left_out(read),
    )


def _left_out(read: _Reader) -> tuple[LeftOut, ...]:
    """Those whom it leaves out, as the page had them; who is ticked off no more."""
    found: list[LeftOut] = []
    for given in (read.form[f"{LESS}{at}"] for at in range(MOST_LEFT_OUT)):
        try:
            found += [LeftOut.model_validate_json(given)] if given else []
        except ValidationError:
            read.fault("less", "error_announcement_less_lost")
    return tuple(found)


def _area(read: _Reader) -> Area | None:
    """The area that was pasted."""
    if not read.form["area"].strip():
        read.fault("area", "error_announcement_area_none")
        return None
    try:
        return area_read(read.form["area"], next((one for one in DATUMS if read.form["datum"] == one), DATUMS[0]))
    except AreaFault as exc:
        read.fault("area", exc.key, **exc.args_said)
        return None


def _schedule(read: _Reader) -> Schedule:
    at, every = read.moment("at"), next((one for one in EVERY if read.form["every"] == one), None)
    if every and at is None and not any(one.field == "at" for one in read.faults):
        read.fault("at", "error_announcement_first")
    times = _times(read, at, every) if every else None
    repeats = every is not None and at is not None and times is not None
    return Schedule(
        at=at,
        every=every if repeats else None,
        times=times if repeats and times is not None else 1,
        stale_at=read.moment("stale_at"),
        quiet=not read.form["any_hour"],
        a_minute=read.number("a_minute", 1, FASTEST),
        heeds_desk=bool(read.form["heeds_desk"]),
    )


def _times(read: _Reader, at: datetime | None, every: str) -> int | None:
    """How often in all, as it was said or up to a day; None: that says nothing that could be meant."""
    if read.form["ends"] != "day":
        times = read.number("times", 2, MOST_TIMES)
        if times is None and not any(one.field == "times" for one in read.faults):
            read.fault("times", "error_announcement_number", least=2, most=MOST_TIMES)
        return times
    last = read.day("last_on")
    if last is None or at is None:
        return None
    here = at.astimezone(read.zone)
    times = sum(later(here, every, count).date() <= last for count in range(MOST_TIMES + 1))
    if 2 <= times <= MOST_TIMES:
        return times
    read.fault("last_on", "error_announcement_last_on", least=2, most=MOST_TIMES)
    return None


def _lines(given: str) -> str:
    """A text as it was typed: a browser ends lines with two characters."""
    return given.replace("\r\n", "\n").strip()
