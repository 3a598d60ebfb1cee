"""Alerts in a conversation: what a resident is told who asks what is going on."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.alerts.rows import AlertRow
from desk.alerts.said import Said, said
from desk.alerts.standing import in_force
from desk.city.files import City
from desk.contract.messages import Reply, Text
from desk.contract.wire import LOCALES, Locale

SHOWN = 3
LONGEST = 500  # characters of a description in a chat; the page has all of it

TOPICS: Mapping[str, tuple[str, ...]] = {
    "Met": ("weather", "transit", "traffic", "education"),
    "Geo": ("weather", "traffic"),
    "Fire": ("traffic",),
    "Health": ("health",),
    "Env": ("health",),
    "Transport": ("transit", "traffic"),
    "Infra": ("water", "power", "gas"),
    "CBRNE": ("health",),
}
"""What questions of the day an alert of a category may answer: topics of announcements. What it says is read out."""

# Of the city that a statement around it names; which of them hold at the desk's own clock is decided beside.
CATEGORIES = """
    SELECT coalesce(jsonb_agg(jsonb_build_object(
        'categories', (SELECT jsonb_agg(DISTINCT category) FROM jsonb_array_elements(infos) AS info,
                       jsonb_array_elements_text(info -> 'categories') AS category),
        'districts', to_jsonb(districts), 'effective', effective, 'expires', expires)), '[]')
    FROM alerts
    WHERE done = 'public' AND state = 'live' AND kind IN ('Alert', 'Update')
      AND expires > clock_timestamp() - interval '1 day' AND city = ({city})
"""


def noticed(row: Mapping[str, Any], now: datetime) -> list[dict[str, JsonValue]]:
    """What an alert of `CATEGORIES` is about, as the bot is told of announcements: topics, and where."""
    if not datetime.fromisoformat(row["effective"]) <= now < datetime.fromisoformat(row["expires"]):
        return []
    topics = dict.fromkeys(topic for one in row["categories"] or () for topic in TOPICS.get(one, ()))
    return [{"topic": topic, "district": district} for topic in topics for district in row["districts"] or [None]]


async def asked(
    connection: AsyncConnection, city: City, districts: Sequence[str | None], now: datetime
) -> list[AlertRow]:
    """The alerts that hold where a resident asks about: in one of these districts, None being the whole city."""
    found = await in_force(connection, city, now)
    if None in districts:
        return found
    return [one for one in found if one.districts is None or set(one.districts) & {*districts}]


def told(alerts: Sequence[AlertRow], city: City, public_url: str | None) -> list[Reply]:
    """Alerts as replies: the gravest of them, whole. Where there is more, the address of the city's page says."""
    page = None if public_url is None else f"{public_url}/{city.slug}/alerts"
    return [_told(one, city, page) for one in alerts[:SHOWN]]


def _told(alert: AlertRow, city: City, page: str | None) -> Reply:
    spoken = {locale: said(alert, locale) for locale in LOCALES}
    severity = Text(key=f"alerts.severity_{alert.severity.value.lower()}")
    lines = [
        Text(key="alerts.where", args={"areas": _names(spoken, lambda one: one.areas)}),
        *_said(spoken, lambda one: _short(one.description)),
        *_said(spoken, lambda one: one.instruction),
        Text(
            key="alerts.from",
            args={
                "sender": _names(spoken, lambda one: one.sender),
                "until": {"datetime": city.local(alert.expires).isoformat()},
            },
        ),
        *([] if page is None else [Text(key="alerts.page", args={"link": page})]),
    ]
    return Reply(
        key="alerts.notice",
        args={
            "severity": {"text": severity.model_dump(mode="json")},
            "headline": _names(spoken, lambda one: one.headline),
            "lines": {"items": [one.model_dump(mode="json") for one in lines], "join": "lines"},
        },
    )


def _said(spoken: Mapping[Locale, Said], read: Callable[[Said], str]) -> list[Text]:
    if not all(read(one) for one in spoken.values()):
        return []
    return [Text(key="alerts.line", args={"said": _names(spoken, read)})]


def _names(spoken: Mapping[Locale, Said], read: Callable[[Said], str]) -> dict[str, JsonValue]:
    return {"name": {locale: read(one) for locale, one in spoken.items()}}


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
