"""A register of a hundred and thirty thousand accounts: none is loaded before it is needed. Real PostgreSQL."""

from pathlib import Path

from fixtures.house import House
from fixtures.post import post_office
from sqlalchemy import TextClause, text

from desk.accounts import register
from desk.sending import outbox
from desk.store.database import transaction

ACCOUNTS = 130_000
ENTER = text("""
    INSERT INTO channel_accounts (agency_id, channel, slug, city, platform_id, secrets)
    SELECT one.agency_id, 'telegram', 'many_' || number, one.city, 'm' || number, one.secrets
    FROM channel_accounts AS one CROSS JOIN generate_series(1, :accounts) AS number WHERE one.id = :id
""")


async def plan_of(house: House, statement: TextClause, **values: object) -> str:
    """How PostgreSQL would carry out a statement."""
    async with house.engine.connect() as connection:
        return "\n".join((await connection.execute(text(f"EXPLAIN {statement.text}"), values)).scalars())


async def test_one_of_very_many_accounts_is_found_by_an_index(house: House, tmp_path: Path) -> None:
    """When a webhook comes, when something is sent, and page by page; a webhook to one of them is taken in."""
    async with post_office(house, tmp_path) as office:
        async with transaction(house.engine) as connection:
            await connection.execute(ENTER, {"accounts": ACCOUNTS, "id": office.account.id})
        async with house.engine.connect() as connection:
            await connection.exec_driver_sql("ANALYZE channel_accounts")
        plans = [
            await plan_of(house, register.BY_SLUG, slug="many_77777"),
            await plan_of(house, register.BY_ID, id=office.account.id),
            await plan_of(house, outbox.DUE, lane=0, after=0, limit=outbox.ACCOUNTS_AT_ONCE),
        ]
        done = await office.do(5001, say="你好")
        page = await office.register.all(after=office.account.id, limit=100)
        conversations = await office.conversations()
    assert not any("Seq Scan on channel_accounts" in plan for plan in plans), plans
    assert len(page) == 100
    assert len(conversations) == 1, done
