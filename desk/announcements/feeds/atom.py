"""A feed as Atom 1.0 (RFC 4287)."""

import re
from datetime import UTC, datetime
from html import escape
from xml.etree import ElementTree as ET

from desk.announcements.feeds.feed import Entry, Feed, as_html, plain

CONTENT_TYPE = "application/atom+xml"
ATOM = "http://www.w3.org/2005/Atom"
GENERATOR = "Citydesk"
_MARKUP = re.compile(r"<[A-Za-z/!?]|&#?\w+;")
"""What the feed validator takes for undeclared HTML."""
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def write(feed: Feed) -> bytes:
    """Write the document."""
    root = ET.Element("feed", {"xmlns": ATOM, _LANGUAGE: feed.language})
    _text(root, "id", feed.id)
    _words(root, "title", feed.title)
    _words(root, "subtitle", feed.subtitle)
    _text(root, "updated", _time(feed.updated))
    _text(ET.SubElement(root, "author"), "name", feed.author)
    _link(root, "self", feed.url, type=CONTENT_TYPE)
    _link(root, "alternate", feed.page, type="text/html", hreflang=feed.language)
    if feed.hub is not None:
        _link(root, "hub", feed.hub)
    _text(root, "icon", feed.icon)
    _text(root, "generator", GENERATOR)
    for entry in feed.entries:
        _entry(root, feed, entry)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _entry(root: ET.Element, feed: Feed, entry: Entry) -> None:
    element = ET.SubElement(root, "entry")
    _text(element, "id", feed.id_of(entry))
    spoken = _spoken(entry.language, feed.language)
    _words(element, "title", entry.title, **spoken)
    _text(element, "published", _time(entry.published))
    _text(element, "updated", _time(entry.updated))
    _text(ET.SubElement(element, "author"), "name", entry.author)
    _link(element, "alternate", entry.url, type="text/html", hreflang=feed.language)
    if entry.link is not None:
        _link(element, "related", entry.link)
    if (image := entry.picture) is not None:
        size = str(image.size)
        _link(element, "enclosure", image.url, type=image.content_type, length=size, title=plain(image.alternative))
    for one in entry.documents:
        told = {"type": one.content_type, "length": str(one.size), "title": plain(one.name)}
        _link(element, "enclosure", one.url, **told, **_spoken(one.language, feed.language))
    ET.SubElement(element, "category", {"term": entry.category[0], "label": plain(entry.category[1])})
    _text(element, "content", as_html(entry), type="html", **spoken)


def _spoken(language: str, of_feed: str) -> dict[str, str]:
    """What says the language of something in another than the feed's."""
    return {} if language == of_feed else {_LANGUAGE: language}


def _words(parent: ET.Element, name: str, value: str, **attributes: str) -> None:
    """Words for people. What looks like markup is declared as HTML in which nothing is: some readers guess."""
    if _MARKUP.search(value):
        value, attributes = escape(value, quote=False), {"type": "html", **attributes}
    _text(parent, name, value, **attributes)


def _text(parent: ET.Element, name: str, value: str, **attributes: str) -> None:
    ET.SubElement(parent, name, attributes).text = plain(value)


def _link(parent: ET.Element, relation: str, address: str, **attributes: str) -> None:
    ET.SubElement(parent, "link", {"rel": relation, "href": address, **attributes})


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
