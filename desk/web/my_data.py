"""A resident's own data by a link that a clerk had made for them: what is kept, a copy of it, and erasing it.

Opening the address shows nothing of anybody: programs that look at addresses in messages open them too. What is kept is
shown to who presses for it.
"""

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from desk.contract.messages import Text
from desk.contract.wire import LOCALES, Locale
from desk.conversations import service as conversations
from desk.rights import links
from desk.rights.links import DataLink
from desk.store.database import transaction
from desk.store.terms import Stays
from desk.texts.catalogs import Catalogs, locale_of, seal_of
from desk.web import languages
from desk.web.access import caller_of, public
from desk.web.chat import EXPORTS, too_many
from desk.web.gate import WITH_FORM, posted
from desk.web.limits import Rate
from desk.web.masked_data import masked_data, own_ids
from desk.web.my_record import Record
from desk.web.pages import page
from desk.web.parts import PARTS

ADDRESS = f"{links.PATH}/{{code:[0-9a-f]{{{2 * links.CODE_BYTES}}}}}"
GUESSES = Rate(per_second=0.2, capacity=20)  # of one address: each look at a code
PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Content-Security-Policy": WITH_FORM,
}
NOTHING_BUT_STYLE = "default-src 'none'; style-src 'unsafe-inline'"
SHOWN = 200  # messages on the page; all are in the copy


@public
async def my_data_page(request: web.Request) -> web.Response:
    """What the link is for, and until when it holds: nothing of what is kept."""
    return await _page(request, await _find(request))


@public
async def my_data(request: web.Request) -> web.StreamResponse:
    """Show what is kept, give out a copy, or erase it."""
    link, form = await _find(request), await posted(request)
    if link is None:
        return await _page(request, None)
    match form.get("do"):
        case "show":
            return await _page(request, link, shown=await _data(request, link))
        case "read":
            return _record(request, link, await _data(request, link))
        case "save":
            body = json.dumps(await _data(request, link), ensure_ascii=False, indent=1)
            headers = _attached(request, link, "json")
            return web.Response(text=body, content_type="application/json", headers=headers)
        case "erase" if not link.erases:
            raise web.HTTPForbidden
        case "erase" if form.get("sure") == "yes":
            await _erase(request, link)
            return await _page(request, link, erased=True)
        case "erase":
            return await _page(request, link, unsure=True)
        case _:
            raise web.HTTPBadRequest


async def _find(request: web.Request) -> DataLink | None:
    parts = request.app[PARTS]
    admission = await parts.buckets.take("data links", caller_of(request, parts.proxies), GUESSES)
    if admission.wait_seconds:
        raise too_many("too_many_messages", admission.wait_seconds)
    async with parts.engine.connect() as connection:
        found = await links.find(connection, request.match_info["code"])
    return found if found is not None and found.city in parts.cities else None


async def _data(request: web.Request, link: DataLink) -> dict[str, Any]:
    """What is kept, as `GET /chat/v1/me/data` gives it out."""
    parts = request.app[PARTS]
    admission = await parts.buckets.take("exports", str(link.conversation_id), EXPORTS)
    if admission.wait_seconds:
        raise too_many("too_many_messages", admission.wait_seconds)
    async with transaction(parts.engine) as connection:
        found = await conversations.data_of(connection, link.conversation_id, parts.turn, timezone=_zone(request, link))
        is_own = await own_ids(connection, parts.keys, link.conversation_id)
        await links.note_opened(connection, link)
    found = await asyncio.to_thread(masked_data, found, parts.published, is_own)
    stays = _stays(request, link)
    said = parts.catalogs.text(stays.said, _locale(request, link))
    return {**found, "stays_when_erased": {**asdict(stays), "said": said}}


def _record(request: web.Request, link: DataLink, kept: dict[str, Any]) -> web.Response:
    """All of it to read and to print: one file that needs no network."""
    parts, locale = request.app[PARTS], _locale(request, link)
    topics = {slug: topic.names for slug, topic in parts.topics.items()}
    record = Record(parts.catalogs, locale, parts.cities, parts.services, topics)
    today = datetime.now(_zone(request, link)).date().isoformat()
    return page(
        request,
        "my_record.html",
        locale,
        LOCALES,
        headers={**_attached(request, link, "html"), "Content-Security-Policy": NOTHING_BUT_STYLE},
        name=parts.catalogs.name(parts.cities[link.city].names.model_dump(), locale),
        day=parts.catalogs.text(Text(key="card.value", args={"value": {"date": today}}), locale),
        masked=kept["masked"],
        stays=kept["stays_when_erased"]["said"],
        sections=record.sections(kept),
        lines=_lines(kept, _chosen(parts.catalogs, locale)),
    )


def _attached(request: web.Request, link: DataLink, kind: str) -> dict[str, str]:
    name = f"citydesk-{datetime.now(_zone(request, link)).date()}.{kind}"
    return {**PAGE_HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}


def _chosen(catalogs: Catalogs, locale: Locale) -> dict[str, str]:
    """What is said of a message that is no text, by its kind."""
    return {kind: catalogs.text(Text(key=f"web.data_line_{kind}"), locale) for kind in ("payload", "location", "media")}


async def _erase(request: web.Request, link: DataLink) -> None:
    parts = request.app[PARTS]
    confirmation = parts.catalogs.render(_stays(request, link).erased, _locale_of(link))
    await conversations.erase(parts.engine, parts.live, link.conversation_id, confirmation, parts.turn)


async def _page(
    request: web.Request,
    link: DataLink | None,
    *,
    shown: dict[str, Any] | None = None,
    erased: bool = False,
    unsure: bool = False,
) -> web.Response:
    parts = request.app[PARTS]
    locale = _locale(request, link)
    if link is None:
        return page(request, "my_data_over.html", locale, LOCALES, http_status=404, headers=PAGE_HEADERS)
    city = parts.cities[link.city]
    until = link.good_until.astimezone(_zone(request, link)).isoformat()
    return page(
        request,
        "my_data.html",
        locale,
        LOCALES,
        http_status=422 if unsure else 200,
        headers=PAGE_HEADERS,
        city=city.slug,
        name=parts.catalogs.name(city.names.model_dump(), locale),
        seal=seal_of(city.names.model_dump(), locale),
        until=parts.catalogs.text(Text(key="card.value", args={"value": {"datetime": until}}), locale),
        stays=parts.catalogs.text(_stays(request, link).said, locale),
        days=parts.retentions.of(link.city).conversation_days,
        code=request.match_info["code"],
        erased=erased,
        erases=link.erases,
        unsure=unsure,
        shown=shown,
        lines=[] if shown is None else _lines(shown, _chosen(parts.catalogs, locale))[-SHOWN:],
        counts={} if shown is None else _counts(parts.catalogs, shown, locale),
    )


def _lines(shown: dict[str, Any], chosen: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Who said what, and when, the oldest first. `chosen` is what is said of a button, a place and a file."""
    titles = {
        button["payload"]: button["title"]
        for said in shown["said"]
        for button in (*said["buttons"], *(one for card in said["cards"] for one in card["buttons"]))
    }
    received = deque(sorted(shown["received"], key=lambda one: int(one["id"])))
    found: list[tuple[str, str, str | None]] = []
    for said in shown["said"]:
        answered = int(said.get("in_reply_to") or 0)
        while received and (int(received[0]["id"]) <= answered or received[0]["at"] <= said["at"]):
            found.append(_line(received.popleft(), "resident", titles, chosen))
        found.append(_line(said, "clerk" if said.get("author") == "clerk" else "desk", titles, chosen))
    found += [_line(one, "resident", titles, chosen) for one in received]
    return [(at, who, text) for at, who, text in found if isinstance(text, str) and text]


def _line(
    said: dict[str, Any], who: str, titles: Mapping[str, str], chosen: Mapping[str, str]
) -> tuple[str, str, str | None]:
    text = said.get("text") or titles.get(said.get("payload", "")) or chosen.get(said.get("kind", ""))
    return said["at"][:16].replace("T", " "), who, text


def _counts(catalogs: Catalogs, shown: dict[str, Any], locale: Locale) -> dict[str, int]:
    """How many there are of what has a name for residents; all else is `other`."""
    known: frozenset[str] = catalogs.keys(locale)
    counts: dict[str, int] = {}
    for name, of in shown.items():
        if isinstance(of, list) and of:
            named = name if f"web.data_of_{name}" in known else "other"
            counts[named] = counts.get(named, 0) + len(of)
    return counts


def _stays(request: web.Request, link: DataLink) -> Stays:
    return request.app[PARTS].retentions.of(link.city).stays


def _zone(request: web.Request, link: DataLink) -> ZoneInfo:
    return ZoneInfo(request.app[PARTS].cities[link.city].timezone)


def _locale_of(link: DataLink) -> Locale:
    return next(one for one in LOCALES if one == link.locale)


def _locale(request: web.Request, link: DataLink | None) -> Locale:
    """The language asked for, else that of the conversation."""
    if link is None:
        return languages.requested(request)
    return locale_of(request.query.get("lang", "")) or _locale_of(link)
