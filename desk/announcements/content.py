"""What an agency writes: a draft with its texts, for whom it is, and when it is said. The edge where it is checked."""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from desk.city.area import Area, meets
from desk.contract.errors import Conflict, NotFound
from desk.contract.text import Text
from desk.contract.wire import LOCALES, Locale, Slug
from desk.media.documents import LARGEST, file_name
from desk.media.documents import LONGEST_NAME as LONGEST_FILE
from desk.texts.invisible import seen

if TYPE_CHECKING:  # a list needs no files of cities
    from desk.city.files import City

LONGEST_TITLE, LONGEST_TEXT, LONGEST_LINK, LONGEST_ALTERNATIVE = 80, 1_000, 500, 300  # characters
LONGEST_MISTAKE = 120  # characters
LONGEST_DOCUMENT, MOST_DOCUMENTS = 60, 3  # characters of a name; so many go with one
LONGEST_NAME = 60  # characters, of what an agency keeps
MOST_LEFT_OUT = 5  # audiences that one leaves out
SOURCE: Locale = "zh_Hans"
"""The language in which each announcement is written, and which residents read where theirs is missing."""
NEEDED: tuple[Locale, ...] = (SOURCE, "en")
"""Languages that are written where the city has them and somebody in the audience reads them."""
CONVERTED: Locale = "zh_Hant"
"""The language that is converted from `SOURCE` where nobody wrote it."""
PLACEHOLDERS = frozenset({"city", "agency", "where", "from", "until"})
"""What may stand in braces in a title or text: facts of the announcement, never of a resident."""
LONGEST_WRITTEN = 20_000
"""Characters of any text of a draft, which may still be too long to be submitted."""
FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)
IN_BRACES = re.compile(r"\{([^{}]*)\}")
STALE_AFTER = timedelta(hours=24)
"""So long after it was due a send that never began is too late, where its schedule says nothing else."""
MOST_TIMES = 60


class Kind(StrEnum):
    """What an announcement is."""

    ANNOUNCEMENT = "announcement"
    ALERT = "alert"  # of an emergency: past quiet hours and caps, always approved by another


class Urgency(StrEnum):
    """How soon residents have to know."""

    ROUTINE = "routine"
    IMPORTANT = "important"
    URGENT = "urgent"  # past quiet hours


class Mode(StrEnum):
    """Whether it can ever reach residents. Never changes."""

    LIVE = "live"
    TRAINING = "training"


class Earlier(StrEnum):
    """What became of an earlier announcement that one is about, where that was not wrong."""

    CHANGED = "changed"
    OVER = "over"


class State(StrEnum):
    """How far an announcement is."""

    DRAFT = "draft"
    PENDING = "pending"  # submitted: waits for another to approve it
    RETURNED = "returned"  # to be changed
    REJECTED = "rejected"
    APPROVED = "approved"  # waits for its time
    SENDING = "sending"
    DONE = "done"
    CANCELLED = "cancelled"


EDITABLE = frozenset({State.DRAFT, State.PENDING, State.RETURNED, State.APPROVED})
"""Where it may be changed: what was approved is a draft again."""
OPEN = EDITABLE | {State.SENDING}
"""Where it may be cancelled."""

type Public = Literal["post", "mass"]
type Words = Annotated[str, Field(max_length=LONGEST_WRITTEN, pattern=r"^[^\x00]*$")]
type Moment = Annotated[AwareDatetime, Field(ge=FIRST, lt=LAST)]

FOR_THEM_ALONE = frozenset({"users", "list"})
"""Audiences whose announcements everybody may read only where the editor says so (`feeds.archive.ON_PAGES`)."""


class Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Group(Written):
    """Residents by what they have in common.

    Attributes:
        whom: who follows the topic; who used services here; who is on a list that the agency brought; who wants notices
            near a place in an area; or everybody who ever wrote here, for alerts alone.
        languages: only who reads one of these; empty: all.
        channels: only on these channels; empty: all.
        services: of `users`: those of these services.
        list: of `list`: its number.
        area: of `area`: where.
        and_followers: of `area`: also who follows the topic, in the announcement's districts.
        without_topics: nobody who follows one of these topics.
    """

    whom: Literal["followers", "users", "list", "area", "everybody"] = "followers"
    languages: tuple[Locale, ...] = ()
    channels: tuple[Slug, ...] = ()
    services: tuple[Slug, ...] = ()
    list: Annotated[int, Field(ge=1, le=2**62)] | None = None
    area: Area | None = None
    and_followers: bool = False
    without_topics: tuple[Slug, ...] = ()

    @model_validator(mode="after")
    def _services_are_of_users(self) -> Self:
        if (self.whom == "users") != bool(self.services):
            raise ValueError("services are named where, and only where, it is for those who used them")
        if (self.whom == "list") != (self.list is not None):
            raise ValueError("a list is named where, and only where, it is for those on it")
        if (self.whom == "area") != (self.area is not None):
            raise ValueError("an area is given where, and only where, it is for those in it")
        if self.and_followers and self.whom != "area":
            raise ValueError("who follows the topic is added to an area alone")
        return self


class LeftOut(Group):
    """Those to whom it is not told. `followers` are those of the announcement's topic, in its districts.

    Attributes:
        name: of the list, or the audience, as the agency keeps it.
    """

    name: Annotated[str, Field(max_length=LONGEST_NAME, pattern=r"^[^\x00]*$")] = ""

    @model_validator(mode="after")
    def _is_not_everybody(self) -> Self:
        if self.whom == "everybody":
            raise ValueError("nobody is left who is told where everybody is left out")
        return self


class Audience(Group):
    """To whom it is told.

    Attributes:
        without: nobody who is one of these, on whichever of their linked channels.
    """

    without: Annotated[tuple[LeftOut, ...], Field(max_length=MOST_LEFT_OUT)] = ()

    @property
    def lists(self) -> frozenset[int]:
        """The numbers of all lists that it names."""
        return frozenset(one.list for one in (self, *self.without) if one.list is not None)


class Schedule(Written):
    """When it is said.

    Attributes:
        at: not before; None: once it is approved.
        every: said again so often, `times` times in all.
        stale_at: too late to begin, for each time; None: `STALE_AFTER` after it was due, or when the content is over.
        quiet: nobody is told in the city's quiet hours; urgent ones heed none.
        a_minute: at most so many are told a minute; None: as fast as channels go.
        heeds_desk: slower, and paused, while many tickets wait for few clerks.
    """

    at: Moment | None = None
    every: Literal["day", "week", "month"] | None = None
    times: Annotated[int, Field(ge=1, le=MOST_TIMES)] = 1
    stale_at: Moment | None = None
    quiet: bool = True
    a_minute: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    heeds_desk: bool = False

    @model_validator(mode="after")
    def _repeats(self) -> Self:
        if (self.every is None) != (self.times == 1):
            raise ValueError("a repeated announcement says how often in all, and others do not")
        if self.every is not None and self.at is None:
            raise ValueError("a repeated announcement says when the first time is")
        return self


class Image(Written):
    """A picture beside the text.

    Attributes:
        sha256: names the one that is kept (`desk.announcements.composing.images`), in hexadecimal.
        alternatives: what is to be seen on it, for who does not see it; one is needed, in whatever language.
    """

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    alternatives: dict[Locale, Words] = {}


class Document(Written):
    """A document that is fetched from the announcement's page, as `keep_document` answers it, with its names.

    Attributes:
        sha256: names the one that is kept (`desk.announcements.composing.documents`), in hexadecimal.
        file: what it is called where it has no name of its own: the name of the file that came, cleaned.
        size: in bytes.
        names: what readers see, by language; a language without one has another's, all without one `file`.
    """

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    file: Annotated[str, Field(max_length=LONGEST_FILE, pattern=r"^[^\x00]+$")]
    size: Annotated[int, Field(ge=1, le=LARGEST)]
    names: dict[Locale, Words] = {}

    @property
    def named(self) -> dict[str, str]:
        """What it is called, by language, with Simplified Chinese, from which the others follow."""
        given: dict[str, str] = {locale: said.strip() for locale, said in self.names.items() if said.strip()}
        first = next((given[one] for one in LOCALES if one in given), self.file.removesuffix(".pdf"))
        return {SOURCE: first, **given}

    def named_in(self, locale: Locale) -> str:
        """What it is called in a language."""
        from desk.texts.catalogs import spoken_name  # a list says no document

        return spoken_name(self.named, locale)


class Draft(Written):
    """What is to be announced. `titles` and `texts` need zh_Hans, and en where city and audience have it.

    `mistake`: of a correction, what was wrong in the one that it corrects and what is right, a sentence by language.
    `on_pages`: whether everybody may read it, on public pages, in feeds and in search; None: unless it is for users of
    services or a list. A correction is read where what it corrects is, whatever stands here.
    """

    city: Slug
    agency: Slug
    topic: Slug
    titles: dict[Locale, Words]
    texts: dict[Locale, Words]
    mistake: dict[Locale, Words] = {}
    districts: tuple[Slug, ...] = ()
    link: Words | None = None
    image: Image | None = None
    documents: Annotated[tuple[Document, ...], Field(max_length=MOST_DOCUMENTS)] = ()
    urgency: Urgency = Urgency.ROUTINE
    kind: Kind = Kind.ANNOUNCEMENT
    mode: Mode = Mode.LIVE
    valid_from: Moment | None = None
    until: Moment | None = None
    public: tuple[Public, ...] = ()
    on_pages: bool | None = None
    audience: Audience = Audience()
    schedule: Schedule = Schedule()

    @property
    def as_json(self) -> str:
        """As it is kept; without documents where it has none: the release before knows nothing of them."""
        return self.model_dump_json(exclude=None if self.documents else {"documents"})

    @property
    def languages(self) -> tuple[Locale, ...]:
        """Languages that somebody wrote, in the order of `LOCALES`."""
        return tuple(one for one in LOCALES if self.titles.get(one, "").strip() or self.texts.get(one, "").strip())

    @property
    def derived(self) -> tuple[Locale, ...]:
        """Languages that nobody wrote, which are derived."""
        return tuple(one for one in LOCALES if one not in self.languages)

    @property
    def is_on_pages(self) -> bool:
        """Whether everybody may read it."""
        return self.audience.whom not in FOR_THEM_ALONE if self.on_pages is None else self.on_pages

    @property
    def is_urgent(self) -> bool:
        """Whether it goes past quiet hours and before all others."""
        return self.kind is Kind.ALERT or self.urgency is Urgency.URGENT


def languages_of(city: "City") -> tuple[Locale, ...]:
    """The languages in which a city is announced to: its own, and the one that all stand in for."""
    return tuple(one for one in LOCALES if one == SOURCE or one in city.languages)


def needed_of(draft: Draft, city: "City") -> tuple[Locale, ...]:
    """The languages in which a draft has to be written: those of `NEEDED` that the city and its audience have."""
    readers = draft.audience.languages or LOCALES
    return tuple(one for one in NEEDED if one == SOURCE or (one in city.languages and one in readers))


def is_converted(draft: Draft, city: "City") -> bool:
    """Whether residents of the city read a conversion that nobody wrote."""
    return CONVERTED in city.languages and CONVERTED not in draft.languages


def faults_of(draft: Draft, city: "City | None", *, topics: Mapping[str, object], now: datetime) -> Iterator[Conflict]:
    """What is wrong with a draft, as far as it is to be submitted; each for the field that `field_of` names.

    Raises:
        NotFound: there is no such city, agency, topic, district or service.
    """
    here = _insist_on_names(draft, city, topics)
    needed = needed_of(draft, here)
    for what, given, longest in (("title", draft.titles, LONGEST_TITLE), ("text", draft.texts, LONGEST_TEXT)):
        for language in LOCALES:
            written = given.get(language, "").strip()
            is_needed = language in needed or language in draft.languages
            if is_needed and not 0 < len(written) <= longest:
                yield fault(what, "error_announcement_length", language=language, have=len(written), most=longest)
            for name in IN_BRACES.findall(written):
                if name not in PLACEHOLDERS:
                    yield fault(what, "error_announcement_placeholder", language=language, name=f"{{{name}}}")
            if "{until}" in written and draft.until is None:
                yield fault(what, "error_announcement_no_until", language=language)
            if "{from}" in written and draft.valid_from is None:
                yield fault(what, "error_announcement_no_from", language=language)
    yield from _faults_of_mistake(draft.mistake, needed)
    if draft.link is not None and not _is_link(draft.link):
        yield fault("link", "error_announcement_link", most=LONGEST_LINK)
    yield from _faults_of_image(draft.image)
    yield from _faults_of_documents(draft.documents)
    yield from _faults_of_end(draft, now)
    if draft.schedule.stale_at is not None and draft.schedule.stale_at <= max(now, draft.schedule.at or now):
        yield fault("stale_at", "error_announcement_stale")
    yield from _faults_of_reach(draft, city)


def _faults_of_reach(draft: Draft, city: "City | None") -> Iterator[Conflict]:
    if draft.audience.whom == "everybody" and draft.kind is not Kind.ALERT:
        yield fault("whom", "error_announcement_everybody")
    if city is not None and draft.audience.area is not None and not meets(draft.audience.area, city.bounds):
        yield fault("area", "error_announcement_area_elsewhere")
    if draft.public and not draft.is_on_pages:
        yield fault("on_pages", "error_announcement_posted_not_shown")
    if draft.image is not None and not draft.is_on_pages:
        yield fault("on_pages", "error_announcement_image_not_shown")
    if draft.documents and not draft.is_on_pages:
        yield fault("on_pages", "error_announcement_document_not_shown")
    if draft.kind is Kind.ALERT and not draft.is_on_pages:
        yield fault("on_pages", "error_announcement_alert_not_shown")


def _faults_of_end(draft: Draft, now: datetime) -> Iterator[Conflict]:
    if draft.until is None:
        return
    if draft.schedule.at is not None and now < draft.schedule.at and draft.until <= draft.schedule.at:
        yield fault("until", "error_announcement_over_unsent")
    elif draft.until <= now:
        yield fault("until", "error_announcement_over")
    elif draft.valid_from is not None and draft.until <= draft.valid_from:
        yield fault("until", "error_announcement_over_unbegun")


def _faults_of_mistake(mistake: Mapping[Locale, str], needed: Collection[Locale]) -> Iterator[Conflict]:
    """What was wrong is said in all languages that are needed, or in none."""
    given = {language: said.strip() for language, said in mistake.items() if said.strip()}
    for language in LOCALES if given else ():
        have = len(given.get(language, ""))
        if (language in needed or language in given) and not 0 < have <= LONGEST_MISTAKE:
            yield fault("mistake", "error_announcement_length", language=language, have=have, most=LONGEST_MISTAKE)
        for name in IN_BRACES.findall(given.get(language, "")):
            yield fault("mistake", "error_announcement_placeholder", language=language, name=f"{{{name}}}")


def _faults_of_image(image: Image | None) -> Iterator[Conflict]:
    if image is None:
        return
    written = {language: len(said.strip()) for language, said in image.alternatives.items() if said.strip()}
    if not written:
        yield fault("alt", "error_announcement_alternative", language=LOCALES[0], most=LONGEST_ALTERNATIVE)
    for language, have in written.items():
        if have > LONGEST_ALTERNATIVE:
            most = LONGEST_ALTERNATIVE
            yield fault("alt", "error_announcement_length", language=language, have=have, most=most)


def _faults_of_documents(documents: Collection[Document]) -> Iterator[Conflict]:
    """Names that are too long, and a document that is there twice. The field of a name has its place, from 0."""
    known: set[str] = set()
    for place, document in enumerate(documents):
        if document.sha256 in known:
            yield fault("documents", "error_announcement_document_twice", name=document.file)
        known.add(document.sha256)
        for language, said in document.names.items():
            have = len(said.strip())
            if have > LONGEST_DOCUMENT:
                most = LONGEST_DOCUMENT
                yield fault(
                    f"documents.{place}.names", "error_announcement_length", language=language, have=have, most=most
                )


def as_seen(draft: Draft) -> Draft:
    """A draft as people see it: without characters that hide or turn words, and with titles of one line.

    Else who approves it would read another text than a program, a telephone or a feed reader does.
    """
    titles = {locale: " ".join(seen(said).split("\n")) for locale, said in draft.titles.items()}
    texts = {locale: seen(said) for locale, said in draft.texts.items()}
    mistake = {locale: " ".join(seen(said).split("\n")) for locale, said in draft.mistake.items()}
    image = draft.image
    if image is not None:
        alternatives = {locale: seen(said) for locale, said in image.alternatives.items()}
        image = image.model_copy(update={"alternatives": alternatives})
    documents = tuple(
        one.model_copy(
            update={
                "file": file_name(one.file) or one.sha256[:8],
                "names": {locale: " ".join(seen(said).split()) for locale, said in one.names.items()},
            }
        )
        for one in draft.documents
    )
    written = {"titles": titles, "texts": texts, "mistake": mistake, "image": image, "documents": documents}
    return draft.model_copy(update=written)


def fitted(words: str, longest: int) -> str:
    """As announcements take words of others: short enough, and without braces, which stand for facts there."""
    plain = words.replace("{", "(").replace("}", ")").strip()
    return plain if len(plain) <= longest else f"{plain[: longest - 1]}…"


def fault(field: str, key: str, **args: str | int) -> Conflict:
    """A fault of a field, with what the editor reads."""
    shown = " ".join(f"{name}={value}" for name, value in args.items())
    said = Text(key=f"console.{key}", args=dict(args))
    return AnnouncementFault(f"{field}: {key} {shown}".strip(), field=field, said=said)


class AnnouncementFault(Conflict):
    """A field of the announcement is wrong."""

    def __init__(self, message: str | None = None, *, field: str = "", said: Text | None = None) -> None:
        super().__init__(message, said=said)
        self.field = field


def _insist_on_names(draft: Draft, city: "City | None", topics: Mapping[str, object]) -> "City":
    if city is None:
        raise NotFound(f"There is no city {draft.city!r}.")
    groups = (draft.audience, *draft.audience.without)
    known = {
        "agency": ((draft.agency,), [one.slug for one in city.agencies]),
        "topic": ((draft.topic, *(one for of in groups for one in of.without_topics)), list(topics)),
        "district": (draft.districts, [one.slug for one in city.districts]),
        "service": ([one for of in groups for one in of.services], list(city.services)),
        "channel": ([one for of in groups for one in of.channels], sorted({one.channel for one in city.accounts})),
    }
    for what, (given, names) in known.items():
        for one in given:
            if one not in names:
                raise NotFound(f"There is no {what} {one!r}; there are {', '.join(names) or 'none'}.")
    return city


def _is_link(link: str) -> bool:
    return len(link) <= LONGEST_LINK and re.fullmatch(r"https://[^\s/?#@]+\.[^\s/?#@]+(/\S*)?", link) is not None
