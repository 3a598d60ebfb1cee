"""The announcements room, put together for commands, pages and workers."""

from functools import partial

from sqlalchemy.ext.asyncio import AsyncEngine

from desk.accounts.register import Register
from desk.announcements.audience.lists import Lists
from desk.announcements.composing.images import page_of
from desk.announcements.service import Announcements
from desk.app.channels import channels_of
from desk.app.runtime import Runtime, now
from desk.cases.rows import reference_hash
from desk.city.topics import load_topics
from desk.publicity.planning import PublicAccounts
from desk.texts.catalogs import Catalogs


def announcing(
    at: Runtime, engine: AsyncEngine, *, catalogs: Catalogs | None = None, register: Register | None = None
) -> Announcements:
    """The room of an installation; what a process has already of it is taken from there."""
    cities = at.cities()
    known = register or Register(engine, at.keys(), channels_of(at), at.serve_url)
    return Announcements(
        engine,
        catalogs or Catalogs(at.root / "locales"),
        cities,
        load_topics(at.root / "cities"),
        now,
        PublicAccounts(known, cities, lambda row: page_of(at.serve_url, row.city, row.id)),
        at.serve_url,
        scanner=at.scanner(),
    )


def lists(at: Runtime, engine: AsyncEngine) -> Lists:
    """What takes lists that agencies bring."""
    keys = at.keys()
    channels = [name for name, one in channels_of(at).items() if one.abilities.by_telephone]
    return Lists(engine, keys, channels, partial(reference_hash, keys), now)
