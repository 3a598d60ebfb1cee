"""The rights room, put together."""

from collections.abc import Mapping

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.app.parts import turn_parts
from desk.app.runtime import Runtime, now
from desk.city.files import City
from desk.city.topics import load_topics
from desk.conversations.live import Live
from desk.payments.opening import PaymentParts
from desk.rights.service import Rights
from desk.staff.news import News
from desk.texts.catalogs import Catalogs
from desk.tickets.room import Room


def opened_rights(
    at: Runtime,
    engine: AsyncEngine,
    redis: Redis,
    cities: Mapping[str, City],
    paying: PaymentParts | None,
    *,
    public_url: str,
) -> Rights:
    """What clerks do where residents ask for their rights. `public_url` is where links lead."""
    parts = turn_parts(
        keys=at.keys(),
        cities=cities,
        topics=load_topics(at.root / "cities"),
        public_url=public_url,
        now=now,
        cashier=paying.cashier if paying else None,
    )
    room = Room(
        engine,
        Live(redis),
        Catalogs(at.root / "locales"),
        cities,
        news=News(redis),
        published=at.published(cities),
    )
    return Rights(room, public_url, parts, at.retentions(cities))
