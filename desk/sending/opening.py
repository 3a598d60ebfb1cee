"""The sending room in one piece."""

from aiohttp import ClientSession
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.accounts.register import Register
from desk.conversations.numbered import wordings
from desk.sending.delivery import Deliverer
from desk.sending.outbox import Outbox
from desk.sending.pacing import Pacing
from desk.sending.pushing import Pushing
from desk.sending.sender import Sender
from desk.store.backpressure import Backpressure
from desk.store.keys import Keys
from desk.texts.catalogs import Catalogs


def open_sender(
    engine: AsyncEngine,
    redis: Redis,
    register: Register,
    keys: Keys,
    http: ClientSession,
    catalogs: Catalogs,
    backpressure: Backpressure,
    pushing: Pushing | None = None,
) -> Sender:
    """Make a sender; it sends while `run`, and bulk gives way to residents who wait.

    `pushing` tells on devices that there is news in the web chat; None: nobody does, and what is to be told waits.
    """
    pacing = Pacing(redis)
    deliverer = Deliverer(Outbox(engine), register, pacing, keys, http, wordings(catalogs))
    return Sender(
        engine=engine,
        redis=redis,
        register=register,
        deliverer=deliverer,
        pacing=pacing,
        backpressure=backpressure,
        pushing=pushing,
    )
