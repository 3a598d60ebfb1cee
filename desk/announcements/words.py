"""An announcement as a resident reads it: replies as keys."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from desk.city.files import City
from desk.city.topics import Topic
from desk.contract.messages import Button, Reply, ShowAnnouncements, Text


@dataclass(frozen=True, slots=True)
class Notice:
    """An announcement as it was published. `titles` and `texts` by language; times are aware."""

    id: int
    city: str
    agency: str
    topic: str
    district: str | None
    titles: Mapping[str, str]
    texts: Mapping[str, str]
    link: str | None
    published_at: datetime


def in_zone(notice: Notice, zone: ZoneInfo) -> Notice:
    """The same with its time in the city's zone."""
    return replace(notice, published_at=notice.published_at.astimezone(zone))


def said(notice: Notice, city: City, topics: Mapping[str, Topic], *, unasked: bool) -> Reply:
    """One announcement: what, where, from whom, when. Unasked ones come with a button to hear no more of the topic."""
    agency = next((one for one in city.agencies if one.slug == notice.agency), city.agencies[0])
    where = next((one.names for one in city.districts if one.slug == notice.district), city.names)
    args: dict[str, JsonValue] = {
        "title": {"name": dict(notice.titles)},
        "text": {"name": dict(notice.texts)},
        "where": {"name": where.model_dump(exclude_none=True)},
        "agency": {"name": agency.names.model_dump(exclude_none=True)},
        "at": {"datetime": notice.published_at.isoformat()},
    }
    key = "announcements.notice"
    if notice.link is not None:
        key, args["link"] = "announcements.notice_link", notice.link
    topic = topics.get(notice.topic)
    if not unasked or topic is None:
        return Reply(key=key, args=args)
    title = Text(key="button.unsubscribe_topic", args={"topic": {"name": topic.names.model_dump(exclude_none=True)}})
    return Reply(key=key, args=args, buttons=[Button(title=title, payload=f'/unsubscribe{{"topic": "{topic.slug}"}}')])


def listed(
    notices: Sequence[Notice], city: City, topics: Mapping[str, Topic], wanted: ShowAnnouncements
) -> list[Reply]:
    """What was published last, below a heading with city and topic; or that nothing was. Either can be subscribed."""
    args: dict[str, JsonValue] = {"city": {"name": city.names.model_dump(exclude_none=True)}}
    key = "announcements.latest" if notices else "announcements.none"
    if wanted.topic is not None:
        key, args["topic"] = f"{key}_topic", {"name": topics[wanted.topic].names.model_dump(exclude_none=True)}
    about = {name: slug for name, slug in (("topic", wanted.topic), ("district", wanted.district)) if slug is not None}
    payload = f"/subscribe{json.dumps(about)}" if about else "/subscribe"
    heading = Reply(key=key, args=args, buttons=[Button(title=Text(key="button.subscribe"), payload=payload)])
    return [heading, *(said(notice, city, topics, unasked=False) for notice in notices)]
