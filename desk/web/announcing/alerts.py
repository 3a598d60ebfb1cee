"""Emergency alerts on the web: what holds, on pages and for chats; documents given out; documents that sources push."""

import asyncio
import hmac
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web
from aiohttp_pydantic.oas.typing import r200
from pydantic import BaseModel

from desk.alerts.documents import Refused
from desk.alerts.issuing import ATOM, CAP_TYPE, Issuing
from desk.alerts.rows import AlertRow
from desk.alerts.said import Said, said
from desk.alerts.service import Alerts
from desk.alerts.standing import Standing
from desk.city.alerting import AlertSource
from desk.city.files import City
from desk.contract.messages import Text
from desk.contract.staff import Permission, system
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs
from desk.web import languages
from desk.web.access import caller_of, public, signed
from desk.web.gate import insist_on_pace
from desk.web.limits import Rate
from desk.web.parts import PARTS
from desk.web.problems import Problem
from desk.web.typed import typed

CITY = "/{city:[a-z][a-z0-9_]*}"
PAGE = CITY + "/alerts"
INDEX = CITY + "/alerts.cap"
DOCUMENT = CITY + "/alerts/{number:[0-9]{14}_[0-9]{14}_[0-9]}.cap"
PUSH = "/alerts/{city:[a-z][a-z0-9_]*}"
FORGERIES = Rate(per_second=0.5, capacity=20)  # of one address: then no key is looked at
PUSHED = Rate(per_second=5.0, capacity=100)  # of one source
GIVEN_OUT = Rate(per_second=10.0, capacity=300)  # to one address: an index, and each document that it names


@dataclass(frozen=True)
class AlertParts:
    """What handlers work with. `keys` are those by which sources push, by city and source."""

    alerts: Alerts
    standing: Standing
    issuing: Issuing
    keys: Mapping[tuple[str, str], bytes]


ALERTS = web.AppKey("alerts", AlertParts)  # absent where none are taken


@dataclass(frozen=True, slots=True)
class AlertLine:
    """An alert as pages show it. `tag` is the language of its texts."""

    number: str
    tag: str
    severity: str
    grade: str
    urgency: str
    certainty: str
    headline: str
    areas: str
    description: str
    instruction: str
    sender: str
    until: str
    link: str | None


class AlertShown(BaseModel):
    """An alert that holds. `severity` is in words, `grade` the code of CAP; texts are in the language of `tag`."""

    number: str
    tag: str
    severity: str
    grade: str
    headline: str
    areas: str
    instruction: str
    until: str


class AlertsShown(BaseModel):
    """The alerts of a city that hold, the gravest first."""

    alerts: list[AlertShown]


async def alert_lines(request: web.Request, city: City, locale: Locale) -> list[AlertLine]:
    """The alerts of a city that hold, as its pages show them; none where none are taken."""
    parts = request.app.get(ALERTS)
    if parts is None:
        return []
    catalogs = request.app[PARTS].catalogs
    return [_line(catalogs, city, row, locale) for row in await parts.standing.of(city)]


@public
@typed
async def shown_alerts(request: web.Request, city: str, /, locale: Locale = "zh_Hans") -> r200[AlertsShown]:
    """Read the emergency alerts that hold in a city, the gravest first.

    Status Codes:
        200: The alerts.
    """
    parts = request.app[PARTS]
    here = parts.cities.get(city)
    if here is None:
        raise Problem("unknown_city", cities=[*sorted(parts.cities)])
    spoken = locale if locale in here.languages else here.languages[0]
    lines = await alert_lines(request, here, spoken)
    names = AlertShown.model_fields
    shown = [AlertShown(**{name: getattr(one, name) for name in names}) for one in lines]
    answer = AlertsShown(alerts=shown).model_dump()
    return web.json_response(answer, headers={"Cache-Control": "public, max-age=5"})


@public
async def alert_index(request: web.Request) -> web.Response:
    """The index of a city's CAP documents, as an Atom feed."""
    await insist_on_pace(request, "alert documents", GIVEN_OUT)
    parts, city = _opened(request)
    locale = languages.requested(request, city.languages)
    name = _name(request.app[PARTS].catalogs, city, locale)
    feed, changed = await parts.issuing.index(city, name, locale)
    answer = web.Response(
        body=feed, content_type=ATOM, charset="utf-8", headers={"Cache-Control": "public, max-age=30"}
    )
    answer.last_modified = changed
    return answer


@public
async def alert_document(request: web.Request) -> web.Response:
    """A signed CAP document of an alert. It never changes."""
    await insist_on_pace(request, "alert documents", GIVEN_OUT)
    parts, city = _opened(request)
    document = await parts.issuing.document(city, request.match_info["number"])
    if document is None:
        raise Problem("not_found")
    cached = {"Cache-Control": "public, max-age=86400, immutable"}
    return web.Response(body=document, content_type=CAP_TYPE, charset="utf-8", headers=cached)


@signed
async def push(request: web.Request) -> web.Response:
    """Take in a CAP document that a source pushes, by its key. Pushing it twice is pushing it once."""
    city, source, alerts = await _pusher(request)
    parts = request.app[PARTS]
    admission = await parts.buckets.take("alerts", f"{city.slug} {source.slug}", PUSHED)
    if admission.wait_seconds:
        raise Problem("too_many_messages", headers={"Retry-After": str(math.ceil(admission.wait_seconds))})
    try:
        async with asyncio.timeout(parts.limits.body_seconds):
            document = await request.read()
    except TimeoutError as exc:
        raise Problem("too_slow") from exc
    actor = system(f"alerts:{source.slug}", Permission.ALERT_UPLOAD)
    try:
        taken = await alerts.take(actor, city.slug, source.slug, document, via="push")
    except Refused as refused:
        raise Problem("not_valid", why=refused.why, errors=[str(refused)]) from refused
    row = taken.alert
    answer = {"alert": row.id, "done": row.done.value, "state": row.state, "why": row.why, "new": taken.is_new}
    return web.json_response(answer, status=201 if taken.is_new else 200)


async def _pusher(request: web.Request) -> tuple[City, AlertSource, Alerts]:
    """Whose key a request carries. Its body is not looked at before."""
    parts, opened = request.app[PARTS], request.app.get(ALERTS)
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    city = parts.cities.get(request.match_info["city"])
    if opened is not None and city is not None and scheme.lower() == "bearer":
        given = key.strip().encode(errors="surrogateescape")
        found = [one for one in city.alerts.sources if _is_key(opened.keys.get((city.slug, one.slug)), given)]
        if found:
            return city, found[0], opened.alerts
    admission = await parts.buckets.take("alert_forgeries", caller_of(request, parts.proxies), FORGERIES)
    if admission.wait_seconds:
        raise Problem("too_many_messages", headers={"Retry-After": str(math.ceil(admission.wait_seconds))})
    raise Problem("not_authenticated", headers={"WWW-Authenticate": 'Bearer realm="alerts"'})


def _is_key(key: bytes | None, given: bytes) -> bool:
    return key is not None and hmac.compare_digest(key, given)


def _opened(request: web.Request) -> tuple[AlertParts, City]:
    parts, opened = request.app[PARTS], request.app.get(ALERTS)
    city = parts.cities.get(request.match_info["city"])
    if city is None:
        raise Problem("unknown_city", cities=[*sorted(parts.cities)])
    if opened is None:
        raise Problem("not_found")
    return opened, city


def _line(catalogs: Catalogs, city: City, row: AlertRow, locale: Locale) -> AlertLine:
    read = said(row, locale)
    return AlertLine(
        number=read.number,
        tag=read.tag,
        severity=_word(catalogs, "severity", read.severity, locale),
        grade=read.severity,
        urgency=_word(catalogs, "urgency", read.urgency, locale),
        certainty=_word(catalogs, "certainty", read.certainty, locale),
        headline=read.headline,
        areas=read.areas,
        description=read.description,
        instruction=read.instruction,
        sender=_sender(catalogs, city, row, read, locale),
        until=catalogs.text(
            Text(key="web.alerts_until", args={"until": {"datetime": city.local(read.until).isoformat()}}), locale
        ),
        link=read.link,
    )


def _word(catalogs: Catalogs, what: str, code: str, locale: Locale) -> str:
    return catalogs.text(Text(key=f"alerts.{what}_{code.lower()}"), locale)


def _sender(catalogs: Catalogs, city: City, row: AlertRow, read: Said, locale: Locale) -> str:
    """Who warns: as the document says, else the agency of its source."""
    agency: Sequence[str] = [
        catalogs.name(one.names.model_dump(), locale) for one in city.agencies if one.slug == row.agency
    ]
    return read.sender if read.sender != row.sender or not agency else agency[0]


def _name(catalogs: Catalogs, city: City, locale: Locale) -> str:
    names = (city.greeting_names or city.names).model_dump(exclude_none=True)
    return catalogs.text(Text(key="web.alerts_title", args={"city": {"name": names}}), locale)
