"""What an account's messages were charged as, and whether they arrived: by day, of channels that count parts."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

DAYS = text("""
    SELECT (sent.ended_at AT TIME ZONE :zone)::date AS day, count(*) AS messages,
           coalesce(sum(sent.parts), 0)::bigint AS parts,
           count(*) FILTER (WHERE sent.reports <> '{}'
                            AND NOT jsonb_path_exists(sent.reports, '$.* ? (@ == false)')) AS arrived,
           count(*) FILTER (WHERE jsonb_path_exists(sent.reports, '$.* ? (@ == false)')) AS lost
    FROM (
        SELECT account_id, state, parts, reports, ended_at FROM deliveries
        UNION ALL
        SELECT account_id, state, parts, '{}'::jsonb, ended_at FROM contact_texts
    ) AS sent JOIN channel_accounts AS account ON account.id = sent.account_id
    WHERE account.slug = :account AND sent.state IN ('sent', 'unknown')
      AND sent.ended_at > clock_timestamp() - CAST(:span AS interval)
    GROUP BY day ORDER BY day DESC
""")


@dataclass(frozen=True, slots=True)
class Charged:
    """A day: `arrived` and `lost` as was reported; of the rest nothing was told."""

    day: date
    messages: int
    parts: int
    arrived: int
    lost: int


async def charged(engine: AsyncEngine, account: str, zone: str, days: int) -> list[Charged]:
    """The days of an account in a time zone, the latest first; without messages that retention has forgotten."""
    values = {"account": account, "zone": zone, "span": timedelta(days=days)}
    async with engine.connect() as connection:
        return [Charged(**row._mapping) for row in await connection.execute(DAYS, values)]
