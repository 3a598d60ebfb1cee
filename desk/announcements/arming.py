"""Letting a store send, on record: `desk.store.arming` says what that means."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.audit.trail import record
from desk.contract.staff import Actor, Permission
from desk.store.arming import STORE, is_armed
from desk.store.database import transaction

__all__ = ["arm", "is_armed"]

ARM = text(f"""
    INSERT INTO announcement_arming (store, armed_by, armed_at) VALUES ({STORE}, :by, clock_timestamp())
    ON CONFLICT (one) DO UPDATE SET store = excluded.store, armed_by = excluded.armed_by, armed_at = excluded.armed_at
""")


async def arm(engine: AsyncEngine, actor: Actor) -> None:
    """Let this store send, once somebody has seen that what it is about to send was not sent by another.

    Raises:
        NotPermitted: the actor does not manage sending.
    """
    actor.require(Permission.SENDING_MANAGE)
    async with transaction(engine) as connection:
        await connection.execute(ARM, {"by": actor.login})
        await record(connection, actor, "announcement.arm")
