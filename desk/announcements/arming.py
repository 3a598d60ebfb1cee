"""In which store announcements may be sent: one that was restored from a backup sends nothing until somebody arms it.

A store is known by PostgreSQL's system identifier, which a dump that is loaded elsewhere changes, and by its timeline,
which recovery from a base backup changes (and a failover too: alerts go then all the same).
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.audit.trail import record
from desk.contract.staff import Actor, Permission
from desk.store.database import transaction

STORE = """(
    SELECT system_identifier::text || '/' || timeline_id::text FROM pg_control_system(), pg_control_checkpoint()
)"""
IS_ARMED = text(f"SELECT coalesce((SELECT store = {STORE} FROM announcement_arming), false)")
ARM = text(f"""
    INSERT INTO announcement_arming (store, armed_by, armed_at) VALUES ({STORE}, :by, clock_timestamp())
    ON CONFLICT (one) DO UPDATE SET store = excluded.store, armed_by = excluded.armed_by, armed_at = excluded.armed_at
""")


async def is_armed(connection: AsyncConnection) -> bool:
    """Whether announcements may be sent from this store."""
    return bool((await connection.execute(IS_ARMED)).scalar_one())


async def arm(engine: AsyncEngine, actor: Actor) -> None:
    """Let this store send, once somebody has seen that what it is about to send was not sent by another.

    Raises:
        NotPermitted: the actor does not manage sending.
    """
    actor.require(Permission.SENDING_MANAGE)
    async with transaction(engine) as connection:
        await connection.execute(ARM, {"by": actor.login})
        await record(connection, actor, "announcement.arm")
