"""The rooms of channels in one piece: what the web and the worker work with."""

from collections.abc import Mapping
from dataclasses import dataclass

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.accounts.memory import KnownAccounts
from desk.accounts.register import Register
from desk.city.files import City
from desk.city.keywords import Keywords
from desk.contract.channel import Channel
from desk.conversations.bell import Bell
from desk.conversations.live import Live
from desk.intake.residents import Greet, Residents
from desk.intake.service import Intake
from desk.intake.spool import Spool
from desk.platforms.loading import load_channels
from desk.store.keys import Keys


@dataclass(frozen=True)
class Channels:
    """The register of accounts, and what takes in what happens. `spool` is where there is a disk to keep it on."""

    register: Register
    known: KnownAccounts
    intake: Intake
    spool: Spool | None = None


def open_channels(
    *,
    engine: AsyncEngine,
    redis: Redis,
    keys: Keys,
    cities: Mapping[str, City],
    public_url: str,
    greet: Greet,
    keywords: Keywords,
    spool: Spool | None = None,
    channels: Mapping[str, Channel] | None = None,
) -> Channels:
    """Open the rooms. `greet` makes the first words of a conversation; `keywords` are those of all cities.

    `channels` are those of an installation; None: those that have code.
    """
    register = Register(engine, keys, channels or load_channels(), public_url)
    return Channels(
        register=register,
        known=KnownAccounts(register),
        spool=spool,
        intake=Intake(
            engine=engine,
            bell=Bell(redis),
            live=Live(redis),
            keys=keys,
            cities=cities,
            residents=Residents(keys, greet),
            keywords=keywords,
        ),
    )
