"""A city as the head of a chat shows it, once a conversation has moved there."""

from aiohttp import web
from aiohttp_pydantic.oas.typing import r200

from channels.webchat import NAME, CityShown
from desk.city.hours import hours_text
from desk.contract.messages import Text
from desk.contract.wire import Locale
from desk.texts.catalogs import seal_of
from desk.tickets.hours import answering_agency
from desk.web.access import public
from desk.web.parts import PARTS
from desk.web.problems import Problem
from desk.web.typed import typed


@public
@typed
async def shown_city(request: web.Request, city: str, /, locale: Locale = "zh_Hans") -> r200[CityShown]:
    """Read how a city is shown: its name, the title of its services, the agency of its account, its colour.

    In a language that the city does not have, the city's first one is taken.

    Status Codes:
        200: The city.
    """
    parts = request.app[PARTS]
    found = parts.cities.get(city)
    if found is None:
        raise Problem("unknown_city", cities=[*sorted(parts.cities)])
    spoken = locale if locale in found.languages else found.languages[0]
    agency = answering_agency(found, channel=NAME, service=None)
    names = (found.greeting_names or found.names).model_dump(exclude_none=True)
    shown = CityShown(
        city=found.slug,
        name=parts.catalogs.name(names, spoken),
        title=parts.catalogs.text(Text(key="cities.title", args={"city": {"name": names}}), spoken),
        agency=parts.catalogs.name(agency.names.model_dump(), spoken),
        phone=agency.phone,
        hours=parts.catalogs.text(hours_text(agency.hours), spoken),
        seal=seal_of(found.names.model_dump(), spoken),
        colour=found.colour,
        locale=spoken,
    )
    return web.json_response(shown.model_dump(), headers={"Cache-Control": "public, max-age=300"})
