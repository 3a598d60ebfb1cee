"""The first words of a conversation: who speaks, and the city's services as buttons; or that a person will answer."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from desk.accounts.rows import AccountRow
from desk.city.files import City
from desk.city.hours import hours_text
from desk.contract.messages import Button, Reply, Text
from desk.contract.rendered import RenderedMessage
from desk.contract.wire import Locale
from desk.intake.residents import Greet
from desk.kill_switch.service import is_silent
from desk.texts.catalogs import Catalogs
from desk.tickets.hours import answering_agency
from desk.web.offered import in_order
from desk.web.parts import ServiceWords


def greeter(catalogs: Catalogs, services: Mapping[str, ServiceWords]) -> Greet:
    """What greets residents of channels: the city, or that a person will answer."""
    written: dict[tuple[str, Locale, int], RenderedMessage] = {}  # the same for everybody: written once

    async def greet(connection: AsyncConnection, account: AccountRow, city: City, locale: Locale) -> RenderedMessage:
        if await is_silent(connection, city=city.slug, account_id=account.id):
            return catalogs.render(silent_greeting(city, channel=account.channel), locale)
        month = datetime.now(ZoneInfo(city.timezone)).month
        if (city.slug, locale, month) not in written:
            written[city.slug, locale, month] = catalogs.render(greeting(city, services, month), locale)
        return written[city.slug, locale, month]

    return greet


def greeting(city: City, services: Mapping[str, ServiceWords], month: int) -> Reply:
    """Greet in the city's name and offer its services, those of the month's season first."""
    names_of = in_order((name for name in city.services if name in services), month)
    offered = [(name, Text(key=services[name].title)) for name in names_of]
    names = city.greeting_names or city.names
    return Reply(
        key="common.greeting",
        args={
            "city": {"name": names.model_dump(exclude_none=True)},
            "services": {"items": [title.model_dump() for _, title in offered], "join": "and"},
        },
        buttons=[Button(title=title, payload=f"/{name}") for name, title in offered],
    )


def silent_greeting(city: City, *, channel: str) -> Reply:
    """Say that the assistant is paused, and that what is written will be read by the agency's staff."""
    names, agency = city.greeting_names or city.names, answering_agency(city, channel=channel, service=None)
    return Reply(
        key="ticket.greeting_stopped",
        args={
            "city": {"name": names.model_dump(exclude_none=True)},
            "agency": {"name": agency.names.model_dump(exclude_none=True)},
            "hours": {"text": hours_text(agency.hours).model_dump(mode="json")},
            "phone": agency.phone,
        },
    )
