"""The page on which residents choose what to be told of: in the chat beside it, or by a text message from their phone.

Nothing is kept here, and no telephone is asked for: the text message that the page writes comes from the telephone
itself, which proves it; no stranger can subscribe it, or have it sent codes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web

from desk.city.files import City, Names
from desk.contract.messages import Text
from desk.contract.wire import Locale
from desk.texts.catalogs import seal_of
from desk.web import languages
from desk.web.access import public
from desk.web.pages import page
from desk.web.parts import CHANNELS, PARTS
from desk.web.problems import Problem

ADDRESS = "/{city:[a-z][a-z0-9_]*}/follow"
MOST = 40  # topics and districts that one request may name


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to tick."""

    slug: str
    name: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class TextMessage:
    """A message that the resident sends: to which number, what it says, and the link that begins it (RFC 5724)."""

    number: str
    text: str

    @property
    def link(self) -> str:
        return f"sms:{self.number}?body={quote(self.text, safe='')}"


@public
async def follow_page(request: web.Request) -> web.Response:
    """Topics and districts to choose, and with some chosen the ways to be told."""
    parts, topics = request.app[PARTS], request.app[PARTS].topics
    city = parts.cities.get(request.match_info["city"])
    if city is None:
        raise Problem("unknown_city", cities=[*sorted(parts.cities)])
    locale = languages.requested(request, city.languages)
    wanted = _chosen(request, "topic", topics)
    where = _chosen(request, "district", {one.slug: one for one in city.districts})
    said = None if not wanted else _sentence(request, "follow_say", city, wanted, where, locale)
    keyword = "" if not wanted else _sentence(request, "follow_keyword", city, wanted, where, locale)
    return page(
        request,
        "follow.html",
        locale,
        city.languages,
        city=city.slug,
        name=_name(request, city.greeting_names or city.names, locale),
        seal=seal_of(city.names.model_dump(), locale),
        topics=[Choice(slug, _name(request, one.names, locale), slug in wanted) for slug, one in topics.items()],
        districts=[Choice(one.slug, _name(request, one.names, locale), one.slug in where) for one in city.districts],
        said=said,
        messages=[TextMessage(number, keyword) for number in await _numbers(request, city)] if wanted else [],
    )


def _chosen(request: web.Request, name: str, known: Mapping[str, object]) -> list[str]:
    return [slug for slug in known if slug in request.query.getall(name, [])[:MOST]]


def _sentence(
    request: web.Request, key: str, city: City, topics: Sequence[str], districts: Sequence[str], locale: Locale
) -> str:
    """What a resident says, or texts, who wants to hear of these."""
    catalogs, known = request.app[PARTS].catalogs, request.app[PARTS].topics
    between = catalogs.text(Text(key=f"web.{key}_between"), locale)
    names = {one.slug: one.names for one in city.districts}
    args: dict[str, object] = {"topics": between.join(_name(request, known[slug].names, locale) for slug in topics)}
    if districts:
        args["where"] = between.join(_name(request, names[slug], locale) for slug in districts)
        key = f"{key}_where"
    return catalogs.text(Text.model_validate({"key": f"web.{key}", "args": args}), locale)


async def _numbers(request: web.Request, city: City) -> list[str]:
    """Numbers of the city to which keywords are sent; none where it has no such account, or it is not served now."""
    channels = request.app.get(CHANNELS)
    if channels is None:
        return []
    found = []
    for name, channel in channels.register.channels.items():
        if channel.abilities.keywords:
            found += await channels.register.all(city=city.slug, channel=name, state="active", limit=5)
    return [one.platform_id for one in found if one.platform_id]


def _name(request: web.Request, names: Names, locale: Locale) -> str:
    return request.app[PARTS].catalogs.name(names.model_dump(), locale)
