"""Announcements as a feed, before it is Atom, JSON or a calendar: texts in one language, addresses whole. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from desk.media.documents import PDF

FORMS = ("atom", "json", "ics")
HUBBED = ("atom", "json")  # those that a WebSub hub is told of
# What XML 1.0 cannot hold, whatever it is written as, or should not: https://www.w3.org/TR/xml/#charsets
_NO_XML = re.compile("[^\t\n\r\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
"""When a feed changed that never had an entry."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An image of an entry: its whole address, what is to be seen on it, its size in bytes and in pixels."""

    url: str
    alternative: str
    language: str  # BCP 47
    content_type: str
    size: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class File:
    """A document of an entry: its whole address, what it is called, its language (BCP 47) and size in bytes."""

    url: str
    name: str
    language: str
    size: int
    content_type: str = PDF


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry. `number` is the announcement's; `paragraphs` are plain text; `category` is slug and name of its topic.

    `language` is another than the feed's where it is not written in that (BCP 47).
    `begins` and `ends` are those of a dated one; one that `is_off` was taken back or corrected.
    """

    number: int
    language: str
    title: str
    paragraphs: tuple[str, ...]
    url: str
    link: str | None
    author: str
    category: tuple[str, str]
    place: str
    published: datetime
    updated: datetime
    begins: datetime | None = None
    ends: datetime | None = None
    is_off: bool = False
    picture: Picture | None = None
    documents: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed of a city in one language, of all topics or of one.

    `authority` is what ids begin with, a domain and a year (RFC 4151); it and `path`, `topic` and `language` never
    change. `url` is the feed's own address, `page` that of the page which shows the same; `hub` is a WebSub hub.
    """

    authority: str
    path: str
    topic: str | None
    language: str  # BCP 47
    title: str
    subtitle: str
    author: str
    url: str
    page: str
    icon: str
    hub: str | None
    entries: tuple[Entry, ...]

    @property
    def updated(self) -> datetime:
        return max((entry.updated for entry in self.entries), default=BEGINNING)

    @property
    def id(self) -> str:
        """The id of the feed: a tag URI."""
        about = f"{self.path}/{self.topic}" if self.topic else self.path
        return f"tag:{self.authority}:{about}/{self.language}"

    def id_of(self, entry: Entry) -> str:
        """The id of an entry: the same in the feed of its topic, another in another language."""
        return f"tag:{self.authority}:{self.path}/{entry.number}/{self.language}"


def plain(text: str) -> str:
    """A text that any XML document can hold: what it cannot, or should not, is a mark."""
    return _NO_XML.sub("\ufffd", text)


def as_html(entry: Entry) -> str:
    """The image, the paragraphs and the documents as HTML: nothing in them is markup."""
    words = "".join(f"<p>{escape(plain(one), quote=False)}</p>" for one in entry.paragraphs)
    return _image(entry.picture) + words + "".join(map(_document, entry.documents))


def _image(picture: Picture | None) -> str:
    if picture is None:
        return ""
    shown = {
        "src": picture.url,
        "alt": plain(picture.alternative),
        "lang": picture.language,
        "width": picture.width,
        "height": picture.height,
    }
    return f"<p><img {' '.join(f'{name}="{escape(str(value))}"' for name, value in shown.items())}></p>"


def _document(document: File) -> str:
    told = f'href="{escape(document.url)}" lang="{document.language}"'
    return f"<p><a {told}>{escape(plain(document.name), quote=False)}</a></p>"


def paragraphs_of(text: str) -> tuple[str, ...]:
    """A text in its paragraphs, without empty ones."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def address_of(base: str, city: str, form: str, language: str, topic: str | None) -> str:
    """The one address of a feed; `base` is where residents reach the desk."""
    return f"{base}/{city}/announcements.{form}?lang={language}" + ("" if topic is None else f"&topic={topic}")
