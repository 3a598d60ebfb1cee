"""The staff room with all that takes two, put together."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.accounts import entering, replacing
from desk.contract.staff import Actor
from desk.kill_switch.service import KillSwitch, Scope
from desk.staff.people import Staff
from desk.staff.requests import After, Handler, Kind
from desk.staff.rows import RequestRow
from desk.teaching import models, trials

if TYPE_CHECKING:
    from desk.city.files import City
    from desk.payments.clerk_refunds import ClerkRefunds
    from desk.rights.service import Rights


def staff(
    engine: AsyncEngine,
    cities: "Mapping[str, City]",
    refunds: "ClerkRefunds | None" = None,
    rights: "Rights | None" = None,
) -> Staff:
    """The staff room. Without `refunds` or `rights`, those cannot be allowed here."""
    voice = KillSwitch(engine)

    async def start_voice(connection: AsyncConnection, asked: RequestRow, actor: Actor) -> After | None:
        scope = Scope(asked.what["scope"], asked.what["subject"])
        await voice.start_in(connection, scope, reason=asked.reason, by=f"{asked.requested_by}, {actor.login}")
        return None

    others: dict[Kind, Handler] = {
        Kind.VOICE_START: start_voice,
        Kind.CHANNEL_ACCOUNT: entering.allowed,
        Kind.CHANNEL_SECRETS: replacing.allowed,
        Kind.MODEL_RELEASE: models.released,
        Kind.MODEL_CANARY: trials.allowed,
    }
    if refunds is not None:
        others[Kind.REFUND] = refunds.allowed
    declined: dict[Kind, Handler] = {
        Kind.CHANNEL_ACCOUNT: entering.declined,
        Kind.CHANNEL_SECRETS: replacing.declined,
    }
    if rights is not None:
        others |= {Kind.DATA_COPY: rights.copied, Kind.DATA_ERASE: rights.erased}
        declined |= dict.fromkeys((Kind.DATA_COPY, Kind.DATA_ERASE), rights.declined)
    places = {slug: [agency.slug for agency in city.agencies] for slug, city in cities.items()}
    return Staff(engine, places, others, declined)
