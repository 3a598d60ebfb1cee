"""`console`: how long the pages of the staff console take with a million conversations in the store.

All pages are opened that the console's routes have, each by everybody of `grants_of` whom it admits, who log in by the
console's own form. The same pages of a store of a hundredth are opened in turn with them, round after round, by the
same program on the same PostgreSQL: the ratio says what growth costs.
"""

import asyncio
import hashlib
import json
import os
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from aiohttp import ClientSession
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bench import grown, grown_rooms
from bench.console_pages import Found, Page, grants_of, may_read_tickets, opens_tickets, pages
from bench.figures import percentile, ratio
from bench.ground import Tell
from bench.machine import load, machine
from bench.product import secrets_of
from bench.staff import Refused, browser, hire
from desk.accounts.service import sync
from desk.city.files import load_cities
from desk.contract.staff import Actor, Grant, Permission
from desk.http.sockets import LOOPBACK, free_port
from desk.store.database import create_engine, transaction
from desk.store.keys import make as make_secret
from desk.store.migrations import upgrade
from desk.tickets.reference import reference_of
from tools.engines.postgres import Postgres
from tools.engines.valkey import Valkey
from tools.supervisor.http_role import HttpRole, own_program
from tools.supervisor.role import start

SIZE, ROUNDS = 1_000_000, 20
SMALL = 100  # how much smaller the other store is
LEAST = 1_000  # conversations of it
WARM_UP = 2  # rounds before the clock
OPENINGS = 5  # times as many of a ticket's page as of others
LOADING = {"max_wal_size": "4GB"}  # a store is filled with fewer checkpoints; reading does not know it
FILLED = "filled.json"

REFERENCES = text("""
    SELECT ticket.id FROM tickets AS ticket
    WHERE EXISTS (SELECT FROM ticket_notes AS note WHERE note.ticket_id = ticket.id)
      AND EXISTS (SELECT FROM inbound_messages AS said
                  WHERE said.conversation_id = ticket.conversation_id AND said.outcome = 'with_clerk')
      AND (CAST(:city AS text) IS NULL OR city = :city) AND (CAST(:agency AS text) IS NULL OR agency = :agency)
    ORDER BY (state IN ('open', 'claimed')) DESC, id DESC LIMIT 200
""")
LOGINS = text("""
    SELECT login FROM staff JOIN staff_grants ON staff_id = staff.id
    WHERE created_by = 'bench' AND (CAST(:city AS text) IS NULL OR city = :city) ORDER BY md5(login) LIMIT 50
""")
OWN = text("""
    UPDATE tickets SET claimed_by = :login WHERE id IN (
        SELECT id FROM tickets WHERE state = 'claimed' AND (CAST(:city AS text) IS NULL OR city = :city)
        AND (CAST(:agency AS text) IS NULL OR agency = :agency) ORDER BY id LIMIT 8)
""")
OF_PLACE = "(CAST(:city AS text) IS NULL OR city = :city) AND (CAST(:agency AS text) IS NULL OR agency = :agency)"
ORDERS = text(f"SELECT number FROM orders WHERE {OF_PLACE} ORDER BY created_at DESC, number DESC LIMIT 50")
CASES = text(f"""
    SELECT id FROM cases WHERE {OF_PLACE}
      AND EXISTS (SELECT FROM inbound_messages AS said
                  WHERE said.conversation_id = cases.conversation_id AND said.outcome = 'with_clerk')
    ORDER BY id DESC LIMIT 50
""")
"""Of conversations that are sealed with their real keys."""
ALERTS = text(f"SELECT id FROM alerts WHERE {OF_PLACE} ORDER BY id DESC LIMIT 50")
LINES = text("SELECT id FROM teaching_lines WHERE state = 'open' ORDER BY id DESC LIMIT 50")
LAST = text("SELECT last_number FROM audit_chain")
WAITING = text("""
    SELECT id FROM staff_requests WHERE state = 'open' AND (CAST(:city AS text) IS NULL OR city = :city) ORDER BY id
""")


@dataclass
class Side:
    """One store behind one web server, with everybody logged in. `took` are seconds by page."""

    name: str
    size: grown.Size
    url: str
    browsers: Mapping[str, ClientSession]
    pages: Sequence[Page]
    took: dict[str, list[float]] = field(default_factory=dict)
    visits: int = 0

    async def open(self, page: Page, *, counts: bool) -> None:
        """Open a page once.

        Raises:
            Refused: it is not answered as it should be.
        """
        address, http = next(page.addresses), self.browsers[page.who]
        self.visits += 1
        # a visitor each time from another address: a limit is of one
        headers = {"X-Forwarded-For": f"198.51.{self.visits // 250 % 250}.{self.visits % 250}"}
        began = time.perf_counter()
        async with http.get(self.url + address, headers=headers, allow_redirects=False) as answer:
            if page.is_stream:
                await answer.content.readany()
            else:
                await answer.read()
            if answer.status not in page.statuses:
                raise Refused(f"{page.who} opened {address}: {answer.status}.")
        if counts:
            self.took.setdefault(f"{page.who} {page.name}", []).append(time.perf_counter() - began)


async def measure(
    root: Path, tell: Tell, *, size: int = SIZE, rounds: int = ROUNDS, store: Path | None = None
) -> dict[str, Any]:
    """Measure, and answer the result's document. `store` keeps what was filled, and what it keeps is taken.

    Raises:
        StartError: the engines or a web server do not come up.
        Refused: a page is not answered as it should be.
    """
    load_before = load()
    sizes = [grown.Size.of(max(LEAST, size)), grown.Size.of(max(LEAST, size // SMALL))]
    at = None if store is None else await asyncio.to_thread(store.absolute)
    async with _standing(root, tell, sizes, at) as (ours, peer):
        pairs = list(zip(ours.pages, peer.pages, strict=True))
        tell.step(f"{rounds} rounds of {len(pairs)} pages at {len(sizes)} stores")
        for number in range(-WARM_UP, rounds):
            for page, same in pairs:
                for _ in range(OPENINGS if opens_tickets(page) else 1):
                    both = ((ours, page), (peer, same))
                    for side, one in both if number % 2 == 0 else reversed(both):
                        await side.open(one, counts=number >= 0)
            tell.progress(number + WARM_UP + 1, rounds + WARM_UP)
    found, theirs = _document(ours), _document(peer)
    return {
        "name": "console",
        "ours": found,
        "peer": theirs,
        "ratio": round(median(_ratios(found, theirs)), 2),
        "other_peers": [],
        "machine": machine(load_before),
        "method": {"rounds": rounds, "openings_of_a_ticket_in_a_round": OPENINGS, "clients": 1},
    }


def _ratios(ours: Mapping[str, Any], peer: Mapping[str, Any]) -> list[float]:
    return [ratio(one["p95_ms"], other["p95_ms"]) for one, other in zip(ours["pages"], peer["pages"], strict=True)]


def _document(side: Side) -> dict[str, Any]:
    shown = [
        {"page": page.name, "who": page.who, **_figures(side.took[f"{page.who} {page.name}"])} for page in side.pages
    ]
    opened = [one for page in side.pages if opens_tickets(page) for one in side.took[f"{page.who} {page.name}"]]
    return {"name": side.name, "holds": asdict(side.size), "opening": _figures(opened), "pages": shown}


def _figures(took: Sequence[float]) -> dict[str, float]:
    return {
        "p50_ms": round(percentile(took, 0.5) * 1000, 1),
        "p95_ms": round(percentile(took, 0.95) * 1000, 1),
        "max_ms": round(max(took) * 1000, 1),
        "times": len(took),
    }


@asynccontextmanager
async def _standing(
    root: Path, tell: Tell, sizes: Sequence[grown.Size], store: Path | None
) -> AsyncIterator[tuple[Side, Side]]:
    tell.step("starting the engines")
    kept = nullcontext(str(store)) if store else tempfile.TemporaryDirectory(prefix="citydesk-bench-")
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(kept))
        make_secret(folder)
        postgres = await stack.enter_async_context(
            Postgres(folder, settings=LOADING, grants=("ALTER ROLE desk CREATEDB",))
        )
        valkey = await stack.enter_async_context(Valkey(folder))
        sides = []
        for place, size in enumerate(sizes):
            database = await _filled(root, folder, postgres, size, tell)
            redis = f"{valkey.url.rsplit('/', 1)[0]}/{place}"
            sides.append(await stack.enter_async_context(_side(root, folder, database, redis, size, tell)))
        yield sides[0], sides[1]


async def _filled(root: Path, folder: Path, postgres: Postgres, size: grown.Size, tell: Tell) -> str:
    """The address of a store of a size: kept from an earlier run, else filled now; of the newest shape."""
    name, mark = f"of_{size.conversations}", folder / FILLED
    url = postgres.url_of(name)
    filled = json.loads(mark.read_text(encoding="utf-8")) if mark.exists() else {}
    wanted = {**asdict(size), "by": _filling()}
    is_filled = filled.get(name) == wanted
    if not is_filled:
        async with await psycopg.AsyncConnection.connect(postgres.url_of("postgres"), autocommit=True) as connection:
            for statement in ("DROP DATABASE IF EXISTS {}", "CREATE DATABASE {}"):
                await connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
    await asyncio.to_thread(upgrade, url)
    if not is_filled:
        keys, vault = secrets_of(folder)
        engine = create_engine(url, pool_size=1, vault=vault)
        async with transaction(engine) as connection:
            await sync(connection, load_cities(root / "cities"))
        await engine.dispose()
        await grown.fill(url, keys, vault, size, tell)
        mark.write_text(json.dumps({**filled, name: wanted}), encoding="utf-8")
    return url


def _filling() -> str:
    """By what a store is filled: one that was filled otherwise would be measured with tables that are empty."""
    files = (Path(grown.__file__), Path(grown_rooms.__file__))
    return hashlib.sha256(b"".join(one.read_bytes() for one in files)).hexdigest()


@asynccontextmanager
async def _side(
    root: Path, folder: Path, database: str, redis: str, size: grown.Size, tell: Tell
) -> AsyncIterator[Side]:
    tell.step(f"logging in at {size.conversations:,} conversations")
    keys, vault = secrets_of(folder)
    city = next(iter(load_cities(root / "cities").values()))
    who = grants_of(city.slug, city.agencies[0].slug)
    engine = create_engine(database, pool_size=2, vault=vault)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(engine.dispose)
        hired = await hire(engine, keys, who)
        usual = (city.slug, city.agencies[0].slug)
        found = {login: await found_of(engine, login, grants, usual) for login, grants in who.items()}
        port, health = free_port(), free_port()
        serving = await start(_role(root, folder, database, redis, port, health))
        stack.push_async_callback(serving.stop)
        url = f"http://{LOOPBACK}:{port}"
        entered = {login: (await stack.enter_async_context(browser(url, one))).http for login, one in hired.items()}
        visitor = (await stack.enter_async_context(browser(url))).http
        name = f"{size.conversations:,} conversations"
        yield Side(name, size, url, {**entered, "visitor": visitor}, pages(who, found))


async def found_of(engine: AsyncEngine, login: str, grants: Sequence[Grant], usual: tuple[str, str]) -> Found:
    """What there is to be opened for somebody; some tickets of their agencies become theirs."""
    place = {"city": grants[0].city, "agency": grants[0].agency}
    async with transaction(engine) as connection:
        if may_read_tickets(grants):
            await connection.execute(OWN, {"login": login, **place})
        ids = (await connection.execute(REFERENCES, place)).scalars().all()
        logins = (await connection.execute(LOGINS, {"city": place["city"]})).scalars().all()
        decides = Actor(login, grants=tuple(grants)).may_somewhere(Permission.STAFF_MANAGE)
        waiting = (await connection.execute(WAITING, place)).scalars().all() if decides else []
        last = (await connection.execute(LAST)).scalar_one()
        orders, cases, alerts, lines = [
            (await connection.execute(one, place)).scalars().all() for one in (ORDERS, CASES, ALERTS, LINES)
        ]
    return Found(
        city=place["city"] or usual[0],
        agency=place["agency"] or usual[1],
        references=[reference_of(one) for one in ids],
        logins=logins,
        requests=waiting,
        record=last // 2,
        today=datetime.now(UTC).date(),
        orders=orders,
        cases=cases,
        alerts=alerts,
        lines=lines,
    )


def _role(root: Path, folder: Path, database: str, redis: str, port: int, health: int) -> HttpRole:
    """A web server as `desk serve` runs it, on a store."""
    data_dir = folder / f"serve-{database.rsplit('/', 1)[1]}"
    data_dir.mkdir(exist_ok=True)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DESK_")}
    settings = {
        "DESK_ROOT_DIR": str(root),
        "DESK_DATA_DIR": str(data_dir),
        "DESK_DATABASE_URL": database,
        "DESK_REDIS_URL": redis,
        "DESK_SECRET_KEY": (folder / "secret.key").read_text(encoding="ascii").strip(),
        "DESK_PUBLIC_URL": f"http://{LOOPBACK}:{port}",
        "DESK_BIND_HOST": LOOPBACK,
        "DESK_HOST": LOOPBACK,
        "DESK_PORT": str(port),
        "DESK_METRICS_HOST": LOOPBACK,
        "DESK_METRICS_PORT": str(health),
        "DESK_TRUSTED_PROXIES": LOOPBACK,
    }
    return HttpRole(
        name="serve",
        program=own_program("serve"),
        port=port,
        folder=root,
        log=folder / "logs" / f"{data_dir.name}.log",
        environment={**inherited, **settings},
        whole=True,
        health="/readyz/intake",
        health_port=health,
    )
