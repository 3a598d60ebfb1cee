"""Agencies and channel accounts in the store, as the city files have them."""

import json
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.city.files import City

AGENCIES = text("""
    INSERT INTO agencies (city, slug, names)
    SELECT city, slug, CAST(names AS jsonb)
    FROM unnest(CAST(:cities AS text[]), CAST(:slugs AS text[]), CAST(:names AS text[])) AS named (city, slug, names)
    ON CONFLICT (city, slug) DO UPDATE SET names = excluded.names
""")
ACCOUNTS = text("""
    INSERT INTO channel_accounts (agency_id, channel, slug, city)
    SELECT agencies.id, named.channel, named.slug, named.city
    FROM unnest(
        CAST(:cities AS text[]), CAST(:agencies AS text[]), CAST(:channels AS text[]), CAST(:slugs AS text[])
    ) AS named (city, agency, channel, slug)
    JOIN agencies ON agencies.city = named.city AND agencies.slug = named.agency
    ON CONFLICT (slug) DO UPDATE SET agency_id = excluded.agency_id, channel = excluded.channel, city = excluded.city
""")
LEFT_OUT = text("""
    SELECT DISTINCT city FROM conversations
    WHERE EXISTS (SELECT FROM agencies WHERE city <> ALL(:cities)) AND city <> ALL(:cities)
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
    agencies = [(city.slug, agency) for city in cities.values() for agency in city.agencies]
    names = [json.dumps(agency.names.model_dump(exclude_none=True), ensure_ascii=False) for _, agency in agencies]
    await connection.execute(
        AGENCIES,
        {"cities": [city for city, _ in agencies], "slugs": [agency.slug for _, agency in agencies], "names": names},
    )
    accounts = [(city.slug, account) for city in cities.values() for account in city.accounts]
    await connection.execute(
        ACCOUNTS,
        {
            "cities": [city for city, _ in accounts],
            "agencies": [account.agency for _, account in accounts],
            "channels": [account.channel for _, account in accounts],
            "slugs": [account.slug for _, account in accounts],
        },
    )


async def left_out(connection: AsyncConnection, cities: Collection[str]) -> list[str]:
    """The cities that residents talked to and that are none of these; where all agencies are theirs nothing is read."""
    return sorted((await connection.execute(LEFT_OUT, {"cities": list(cities)})).scalars())


async def find_account(connection: AsyncConnection, *, channel: str, city: str) -> ChannelAccountRow | None:
    """Find the account through which a city speaks on a channel."""
    row = (await connection.execute(FIND, {"channel": channel, "city": city})).one_or_none()
    return None if row is None else ChannelAccountRow(**row._mapping)
