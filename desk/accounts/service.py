"""Agencies and channel accounts in the store, as the city files have them. May not know conversations."""

import json
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.cities import City

AGENCY = text("""
    INSERT INTO agencies (city, slug, names) VALUES (:city, :slug, CAST(:names AS jsonb))
    ON CONFLICT (city, slug) DO UPDATE SET names = excluded.names
    RETURNING id
""")
ACCOUNT = text("""
    INSERT INTO channel_accounts (agency_id, channel, slug, city) VALUES (:agency_id, :channel, :slug, :city)
    ON CONFLICT (slug) DO UPDATE SET agency_id = excluded.agency_id, channel = excluded.channel, city = excluded.city
""")
FIND = text("""
    SELECT id, channel, slug, city FROM channel_accounts WHERE channel = :channel AND city = :city ORDER BY id LIMIT 1
""")


@dataclass(frozen=True, slots=True)
class ChannelAccountRow:
    """An account of an agency on a channel."""

    id: int
    channel: str
    slug: str
    city: str


async def sync(connection: AsyncConnection, cities: dict[str, City]) -> None:
    """Write agencies and accounts from the city files. What a file no longer names stays: conversations point to it."""
    for city in cities.values():
        agencies = {agency.slug: agency for agency in city.agencies}
        ids: dict[str, int] = {}
        for slug, agency in agencies.items():
            names = json.dumps(agency.names.model_dump(exclude_none=True), ensure_ascii=False)
            ids[slug] = (
                await connection.execute(AGENCY, {"city": city.slug, "slug": slug, "names": names})
            ).scalar_one()
        for account in city.accounts:
            await connection.execute(
                ACCOUNT,
                {
                    "agency_id": ids[account.agency],
                    "channel": account.channel,
                    "slug": account.slug,
                    "city": city.slug,
                },
            )


async def find_account(connection: AsyncConnection, *, channel: str, city: str) -> ChannelAccountRow | None:
    """Find the account through which a city speaks on a channel."""
    row = (await connection.execute(FIND, {"channel": channel, "city": city})).one_or_none()
    return None if row is None else ChannelAccountRow(**row._mapping)
