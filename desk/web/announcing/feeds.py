"""A city's announcements as feeds: Atom, JSON Feed, and a calendar of those with a day; of all topics or of one."""

from aiohttp import web

from desk.announcements.feeds import archive, atom, calendar, json_feed
from desk.announcements.feeds.archive import Public
from desk.announcements.feeds.feed import FORMS, Entry, Feed, File, Picture, address_of, paragraphs_of
from desk.city.files import City
from desk.contract.wire import Locale
from desk.texts.catalogs import LANGUAGE_TAGS, locale_of
from desk.web.access import public
from desk.web.announcing.announced import Seen, Words, web_link, words_of
from desk.web.conditional import validated
from desk.web.gate import insist_on_pace
from desk.web.limits import Rate
from desk.web.parts import ANNOUNCED, PARTS, Announced
from desk.web.problems import Problem

ADDRESS = "/{city:[a-z][a-z0-9_]*}/announcements.{form:" + "|".join(FORMS) + "}"
READING = Rate(per_second=10, capacity=300)  # of one address: a reader of many may ask for every topic
CACHE = "public, max-age=60"
TYPES = {"atom": atom.CONTENT_TYPE, "json": json_feed.CONTENT_TYPE, "ics": calendar.CONTENT_TYPE}


@public
async def feed(request: web.Request) -> web.Response:
    """A feed in the language that its address names; without one in the city's first."""
    parts, form = request.app[PARTS], request.match_info["form"]
    city = parts.cities.get(request.match_info["city"])
    if city is None:
        raise Problem("unknown_city", cities=[*sorted(parts.cities)])
    topic = request.query.get("topic") or None
    if topic is not None and topic not in request.app[ANNOUNCED].topics:
        raise Problem("not_found")
    await insist_on_pace(request, "feeds", READING)
    asked = locale_of(request.query.get("lang", ""))
    words = words_of(request, city, asked if asked in city.languages else city.languages[0])
    read = archive.dated if form == "ics" else archive.recent
    async with parts.engine.connect() as connection:
        rows = await read(connection, city.slug, topic, words.now)
        changed = await archive.changed_at(connection, city.slug, topic, words.now)
    made = feed_of(request.app[ANNOUNCED], words, topic, form, rows)
    response = web.Response(
        body=_written(made, form, words),
        content_type=TYPES[form],
        charset="utf-8",
        headers={
            "Cache-Control": CACHE,
            "Content-Language": made.language,
            "Link": _links(made),
            "Access-Control-Allow-Origin": "*",  # it is for everybody, other sites' pages included
            "Cross-Origin-Resource-Policy": "cross-origin",
        },
    )
    moments = [row.changed_at for row in rows]
    return validated(request, response, max([*moments, *([changed] if changed else [])], default=None), words.now)


def feed_of(announced: Announced, words: Words, topic: str | None, form: str, rows: list[Public]) -> Feed:
    """Put a feed together."""
    city, name, base = words.city, words.city_name(), announced.public_url
    tag = LANGUAGE_TAGS[words.locale]
    title = (
        words.text("title", city=name)
        if topic is None
        else words.text("title_topic", city=name, topic=words.topic(topic))
    )
    page = f"{base}/{city.slug}/announcements?lang={tag}" + ("" if topic is None else f"&topic={topic}")
    return Feed(
        authority=announced.authority,
        path=f"{city.slug}/announcements",
        topic=topic,
        language=tag,
        title=title,
        subtitle=words.text("subtitle", city=name),
        author=words.catalogs.name(city.agencies[0].names.model_dump(), words.locale),
        url=address_of(base, city.slug, form, tag, topic),
        page=page,
        icon=f"{base}/static/icon.svg",
        hub=announced.hub,
        entries=tuple(_entry(base, words, row) for row in rows),
    )


def _entry(base: str, words: Words, row: Public) -> Entry:
    agency, _ = words.agency(row)
    tag = LANGUAGE_TAGS[words.locale]
    if row.withdrawn_at is not None:
        title = words.text("gone")
        told: tuple[str, ...] = (words.text("gone_by", agency=agency, at=words.at(row.withdrawn_at)),)
    else:
        heading, said = words.written(row)
        title, tag, told = words.headed(row, heading.text), heading.tag, paragraphs_of(said.text)
        if (wrong := words.wrong(row)) is not None:
            told = (wrong.text, *told)
        if row.corrected_at is not None:
            title = words.text("corrected_title", title=title)
            newer = _page(base, words.city, row.corrected_by or row.id, words.locale)
            told = (words.text("corrected_see", at=words.at(row.corrected_at), link=newer), *told)
    begins = row.valid_from or row.published_at
    return Entry(
        number=row.id,
        language=tag,
        title=title,
        paragraphs=told,
        url=_page(base, words.city, row.id, words.locale),
        link=None if row.withdrawn_at is not None else web_link(row.link),
        author=agency,
        category=(row.topic, words.topic(row.topic)),
        place=words.place(row),
        published=row.published_at,
        updated=row.changed_at,
        begins=begins,
        ends=row.until if row.until is not None and row.until > begins else None,
        is_off=row.withdrawn_at is not None or row.corrected_by is not None,
        picture=_picture(base, words.picture(row)),
        documents=tuple(
            File(f"{base}{one.address}", one.named.text, one.named.tag, one.size) for one in words.documents(row)
        ),
    )


def _picture(base: str, seen: Seen | None) -> Picture | None:
    if seen is None:
        return None
    return Picture(
        url=f"{base}{seen.address}",
        alternative=seen.alternative.text,
        language=seen.alternative.tag,
        content_type=seen.content_type,
        size=seen.size,
        width=seen.width,
        height=seen.height,
    )


def _page(base: str, city: City, number: int, locale: Locale) -> str:
    return f"{base}/{city.slug}/announcements/{number}?lang={LANGUAGE_TAGS[locale]}"


def _written(made: Feed, form: str, words: Words) -> bytes:
    match form:
        case "atom":
            return atom.write(made)
        case "json":
            return json_feed.write(made)
        case _:
            return calendar.write(made, words.zone)


def _links(made: Feed) -> str:
    """The links that a WebSub subscriber looks for (https://www.w3.org/TR/websub/#discovery)."""
    return ", ".join([f'<{made.url}>; rel="self"', *([f'<{made.hub}>; rel="hub"'] if made.hub else [])])
