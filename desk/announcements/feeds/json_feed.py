"""A feed as JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""

import json
from typing import Any

from desk.announcements.feeds.feed import Entry, Feed, as_html

CONTENT_TYPE = "application/feed+json"
VERSION = "https://jsonfeed.org/version/1.1"


def write(feed: Feed) -> bytes:
    """Write the document."""
    document: dict[str, Any] = {
        "version": VERSION,
        "title": feed.title,
        "description": feed.subtitle,
        "home_page_url": feed.page,
        "feed_url": feed.url,
        "icon": feed.icon,
        "language": feed.language,
        "authors": [{"name": feed.author}],
        "items": [_item(feed, entry) for entry in feed.entries],
    }
    if feed.hub is not None:
        document["hubs"] = [{"type": "WebSub", "url": feed.hub}]
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _item(feed: Feed, entry: Entry) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": feed.id_of(entry),
        "url": entry.url,
        "title": entry.title,
        "content_html": as_html(entry),
        "content_text": "\n\n".join(entry.paragraphs),
        "date_published": entry.published.isoformat(),
        "date_modified": entry.updated.isoformat(),
        "authors": [{"name": entry.author}],
        "tags": [entry.category[1]],
        "language": entry.language,
    }
    files = [_file(one.url, one.content_type, one.size, one.name) for one in entry.documents]
    if (image := entry.picture) is not None:
        files.insert(0, _file(image.url, image.content_type, image.size, image.alternative))
        item["image"] = image.url
    if files:
        item["attachments"] = files
    return item if entry.link is None else {**item, "external_url": entry.link}


def _file(url: str, content_type: str, size: int, title: str) -> dict[str, Any]:
    return {"url": url, "mime_type": content_type, "size_in_bytes": size, "title": title}
