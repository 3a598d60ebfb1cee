"""`desk announce`: what agencies tell the residents of a city."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.accounts.register import Register
from desk.announcements.board import Board
from desk.announcements.service import Announcements, Draft
from desk.announcements.words import Notice
from desk.app.acting import acting
from desk.app.runtime import now, runtime
from desk.city.topics import load_topics
from desk.contract.errors import NotFound
from desk.contract.staff import Actor, Permission
from desk.conversations.live import Live
from desk.platforms.loading import load_channels
from desk.publicity.planning import accounts_of, plan, posts_of, saying_of
from desk.publicity.ports import Public
from desk.store.database import transaction
from desk.store.valkey import create_client
from desk.texts.catalogs import Catalogs

app = App(name="announce", help="Announcements: publish, list, withdraw; what became of them in public.")

type AsJson = Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")]


@app.command
def publish(
    *,
    city: str,
    agency: str,
    topic: str,
    title: str,
    text: str,
    title_en: str,
    text_en: str,
    district: str | None = None,
    link: str | None = None,
    until: datetime | None = None,
    post: bool = False,
    to_subscribers: bool = False,
    as_json: AsJson = False,
) -> None:
    """Publish an announcement, and tell it to everybody who wants to hear of its topic.

    Args:
        city: as its file in cities/ is called.
        agency: slug of the agency that announces, as in the city file.
        topic: slug of a topic, as in cities/shared/topics.yml.
        title: in Simplified Chinese, up to 80 characters; Traditional is derived.
        text: in Simplified Chinese, up to 1,000 characters.
        title_en: in English.
        text_en: in English.
        district: slug of a district; unset: the whole city.
        link: where more is said.
        until: when it is out of date, with an offset or in UTC.
        post: also post it on the agency's accounts where everybody reads it.
        to_subscribers: also hand it to platforms for subscribers who can no longer be written to singly.
    """
    draft = Draft(
        city=city,
        agency=agency,
        topic=topic,
        titles={"zh_Hans": title, "en": title_en},
        texts={"zh_Hans": text, "en": text_en},
        district=district,
        link=link,
        until=None if until is None else until if until.tzinfo else until.replace(tzinfo=now().tzinfo),
    )

    wished: list[tuple[Public, bool]] = [("post", post), ("mass", to_subscribers)]
    kinds = [kind for kind, is_wished in wished if is_wished]
    planned: list[str] = []

    async def publishing(room: Announcements, actor: Actor) -> int:
        if not kinds:
            return await room.publish(actor, draft)
        register, saying = _register(room.engine), saying_of(draft.titles, draft.texts, link or _city_page(city))
        accounts = await accounts_of(register, city, agency)

        async def in_public(connection: AsyncConnection, number: int) -> None:
            planned.extend(await plan(connection, register, number, saying, accounts, kinds))

        return await room.publish(actor, draft, besides=in_public)

    number = asyncio.run(_in_the_room(publishing))
    if as_json:
        print(json.dumps({"announcement": number, "in_public": planned}))
        return
    Console().print(f"Published as {number}. To take it back: desk announce withdraw {number}")
    if planned:
        Console().print(f"Queued for {', '.join(planned)}; what becomes of it: desk announce posts {number}")


@app.command
def posts(number: int, *, as_json: AsJson = False) -> None:
    """Show what became of an announcement on public accounts.

    Args:
        number: as `desk announce list` shows it.
    """

    async def asking(room: Announcements, actor: Actor) -> list[dict[str, Any]]:
        if not actor.may_somewhere(Permission.ANNOUNCEMENT_READ):
            actor.require(Permission.ANNOUNCEMENT_READ)
        async with room.engine.connect() as connection:
            return await posts_of(connection, number)

    found = asyncio.run(_in_the_room(asking))
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
        return
    table = Table("Account", "Kind", "State", "Residents", "Platform's number", "Why")
    for one in found:
        table.add_row(*("" if value is None else str(value) for value in one.values()))
    Console().print(table)


@app.command
def withdraw(number: int, *, as_json: AsJson = False) -> None:
    """Take an announcement back: it is shown and told no more. What was said already stays said.

    Args:
        number: as `desk announce list` shows it.
    """

    async def withdrawing(room: Announcements, actor: Actor) -> None:
        await room.withdraw(actor, number)

    asyncio.run(_in_the_room(withdrawing))
    if as_json:
        print(json.dumps({"withdrawn": number}))
    else:
        Console().print(f"Withdrawn: {number}.")


@app.command(name="list")
def list_(*, city: str, topic: str | None = None, as_json: AsJson = False) -> None:
    """List what was published last and still holds.

    Args:
        city: as its file in cities/ is called.
        topic: slug of a topic; unset: all.
    """

    async def listing(room: Announcements, actor: Actor) -> list[Notice]:  # noqa: ARG001 - what was published is public
        if city not in room.cities:
            raise NotFound(f"There is no city {city!r}; there are {', '.join(room.cities)}.")
        async with transaction(room.engine) as connection:
            return await Board(room.cities, room.topics, now).latest(connection, city, topic, None, limit=50)

    found = asyncio.run(_in_the_room(listing))
    if as_json:
        notices = [
            {
                "announcement": one.id,
                "agency": one.agency,
                "topic": one.topic,
                "district": one.district,
                "titles": dict(one.titles),
                "texts": dict(one.texts),
                "link": one.link,
                "published_at": one.published_at.isoformat(timespec="seconds"),
            }
            for one in found
        ]
        print(json.dumps(notices, ensure_ascii=False, indent=2))
        return
    table = Table("No.", "Published", "Agency", "Topic", "District", "Title")
    for one in found:
        at = one.published_at.isoformat(sep=" ", timespec="minutes")
        table.add_row(str(one.id), at, one.agency, one.topic, one.district or "", one.titles["zh_Hans"])
    Console().print(table)


def _register(engine: AsyncEngine) -> Register:
    at = runtime()
    return Register(engine, at.keys(), load_channels(), at.serve_url)


def _city_page(city: str) -> str:
    return f"{runtime().serve_url}/{city}"


async def _in_the_room[Result](work: Callable[..., Awaitable[Result]]) -> Result:
    """Open the room for one command."""
    at = runtime()
    redis = create_client(at.redis_url)
    try:
        async with acting(at) as here:
            catalogs, topics = Catalogs(at.root / "locales"), load_topics(at.root / "cities")
            room = Announcements(here.engine, Live(redis), catalogs, at.cities(), topics, now)
            return await work(room, here.actor)
    finally:
        await redis.aclose()
