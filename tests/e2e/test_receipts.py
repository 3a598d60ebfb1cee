"""What the chat says was read: announcements that were on the screen, in a real browser."""

from datetime import UTC, datetime

from fixtures.announcing import Room
from fixtures.house import House, until
from fixtures.resident import resident
from fixtures.street import street
from playwright.async_api import Browser
from sqlalchemy import text

from desk.store.database import transaction

FOLLOW = text("""
    INSERT INTO subscriptions (conversation_id, city, topic, district, account_id, created_at)
    SELECT id, city, 'water', '', account_id, now() FROM conversations
""")
READ = "SELECT count(read_at) FROM announcement_deliveries"


async def test_what_is_seen_is_told_and_what_is_out_of_sight_is_not(house: House, browser: Browser) -> None:
    """One announcement stands on the screen; another comes while the resident looks elsewhere, and counts once seen."""
    room = Room(house, now=datetime.now(UTC))

    async def read() -> int:
        return int(await house.scalar(READ))

    async with street(house) as there, resident(browser) as someone:
        await someone.open(there.url)
        async with transaction(house.engine) as connection:
            await connection.execute(FOLLOW)
        before = await someone.theirs.count()
        await room.publish(urgency="urgent")
        await room.tell()
        await someone.hear(before)

        async def first() -> bool:
            return await read() == 1

        await until(first)
        for _ in range(6):
            await someone.say("W " * 200)
        await someone.log.evaluate("log => { log.scrollTop = 0 }")
        await room.publish(urgency="urgent")
        await room.tell()

        async def told() -> bool:
            return int(await house.scalar("SELECT count(*) FROM announcement_deliveries")) == 2

        await until(told)
        await someone.page.wait_for_timeout(3_000)
        assert await read() == 1
        await someone.log.evaluate("log => { log.scrollTop = log.scrollHeight }")

        async def second() -> bool:
            return await read() == 2

        await until(second)
        assert someone.faults == []
