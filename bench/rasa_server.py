"""A peer: `rasa run` as stock Rasa comes, with the REST channel and its SQL tracker store in our PostgreSQL.

A turn is completed when `POST /webhooks/rest/webhook` has answered 200 with at least one message of the action. That
the action was really called is counted in what Rasa stored: only its answer sets the slot `session`.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import yaml
from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector
from psycopg.sql import SQL, Identifier

from bench.environment import STOCK_RASA, without_limits
from bench.lines import Script
from bench.load import Talk
from bench.memory import resident_mb
from desk.contract.errors import StartError
from desk.http.sockets import LOOPBACK, free_port
from tools.supervisor.process import Command, Process

START_SECONDS = 600.0
TURN_SECONDS = 120.0
COPY = """
    WITH numbered AS (
        SELECT events.*, count(*) FILTER (WHERE type_name = 'user') OVER (ORDER BY id) AS turn
        FROM events WHERE sender_id = %(sender)s
    ), copied AS (
        INSERT INTO events (sender_id, type_name, timestamp, intent_name, action_name, data)
        SELECT sender_id, type_name, timestamp, intent_name, action_name, data
        FROM numbered CROSS JOIN generate_series(1, %(times)s) AS again
        WHERE turn BETWEEN %(first)s AND %(last)s ORDER BY again, id
        RETURNING type_name, data
    )
    SELECT count(*) FILTER (WHERE type_name = 'user'),
           count(*) FILTER (WHERE type_name = 'slot' AND data::json->>'name' = 'session')
    FROM copied
"""
CALLS = "SELECT count(*) FROM events WHERE type_name = 'slot' AND data::json->>'name' = 'session'"


@dataclass(frozen=True)
class RasaPlan:
    """What to start: a model, its code's folder if it has any, the shared PostgreSQL, the peers' actions server."""

    name: str
    slug: str
    python: Path
    model: Path
    code: Path | None
    folder: Path
    postgres: str
    actions_url: str


class RasaServer:
    """A running stock Rasa."""

    def __init__(self, plan: RasaPlan, port: int, process: Process, http: ClientSession) -> None:
        self.name = plan.name
        self.pid = process.pid
        self._plan = plan
        self._url = f"http://{LOOPBACK}:{port}/webhooks/rest/webhook"
        self._http = http

    async def prepare(self, script: Script) -> Callable[[], AbstractAsyncContextManager[Talk]]:
        """A sender needs no opening."""
        return self.begin(f"resident-{uuid4().hex}", script.city)

    def begin(self, sender: str, city: str) -> Callable[[], AbstractAsyncContextManager[Talk]]:
        """A conversation of a chosen sender."""

        @asynccontextmanager
        async def begun() -> AsyncIterator[Talk]:
            yield _RestTalk(self._http, self._url, sender, city)

        return begun

    def memory_mb(self, *shared: int) -> float | None:
        """Memory of Rasa and of what it needs and shares: PostgreSQL and the actions server."""
        return resident_mb((self.pid, *shared))

    async def actions_called(self) -> int:
        """How often the action answered, by what Rasa stored."""
        async with await psycopg.AsyncConnection.connect(
            self._plan.postgres, options=f"-csearch_path={_schema(self._plan)}"
        ) as connection:
            row = await (await connection.execute(CALLS)).fetchone()
        return int(row[0]) if row else 0

    async def lengthen(self, sender: str, first: int, last: int, times: int) -> int:
        """Give a conversation its turns from `first` to `last` again, so many times, as Rasa stores them.

        Rasa reads a tracker's events in the order of their ids and keeps none between turns. Answers how many of the
        action's answers were copied.

        Raises:
            StartError: the store does not have these turns.
        """
        values = {"sender": sender, "first": first, "last": last, "times": times}
        async with await psycopg.AsyncConnection.connect(
            self._plan.postgres, options=f"-csearch_path={_schema(self._plan)}"
        ) as connection:
            row = await (await connection.execute(COPY, values)).fetchone()
        if row is None or row[0] != times * (last - first + 1):
            raise StartError(f"The store of {self.name} lacks the turns {first} to {last} of a conversation.")
        return int(row[1])


class _RestTalk:
    def __init__(self, http: ClientSession, url: str, sender: str, city: str) -> None:
        self._http, self._url, self._sender, self._city = http, url, sender, city

    async def say(self, line: str) -> bool:
        """Completed when the reply has come."""
        said = {"id": uuid4().hex, "kind": "text", "text": line}
        now = datetime.now(UTC).isoformat(timespec="seconds")
        context = {"city": self._city, "locale": "zh_Hans", "channel": "webchat", "now": now}
        body = {"sender": self._sender, "message": line, "metadata": {"message": said, "context": context}}
        try:
            async with self._http.post(self._url, json=body) as answer:
                messages = await answer.json()
                return answer.status == 200 and any("custom" in message for message in messages)
        except (ClientError, TimeoutError):
            return False

    async def rest(self) -> None:
        """Rasa needs nothing."""


@asynccontextmanager
async def serving(plan: RasaPlan) -> AsyncIterator[RasaServer]:
    """Run a stock Rasa while the block lasts.

    Raises:
        StartError: it does not come up.
    """
    await _make_schema(plan)
    await asyncio.to_thread(_write_files, plan)
    port = free_port()
    code = {"PYTHONPATH": str(plan.code)} if plan.code else {}
    process = await Process.start(
        Command(
            program=(*without_limits(os.environ), *_program(plan, port)),
            environment=STOCK_RASA | code | {"POSTGRESQL_SCHEMA": _schema(plan)},
            folder=plan.folder,
            log=plan.folder / "rasa.log",
            stop_seconds=20.0,
        )
    )
    timeout = ClientTimeout(total=TURN_SECONDS)
    try:
        async with ClientSession(timeout=timeout, connector=TCPConnector(limit=0)) as http:
            await _ready(process, http, port, plan)
            yield RasaServer(plan, port, process, http)
    finally:
        await process.stop()


def endpoints(plan: RasaPlan) -> dict[str, Any]:
    """`endpoints.yml`: the actions server and the tracker store."""
    at = urlsplit(plan.postgres)
    return {
        "action_endpoint": {"url": f"{plan.actions_url}/webhook"},
        "tracker_store": {
            "type": "SQL",
            "dialect": "postgresql",
            "url": at.hostname,
            "port": at.port,
            "db": at.path.lstrip("/"),
            "username": at.username,
            "password": at.password,
        },
    }


def _write_files(plan: RasaPlan) -> None:
    plan.folder.mkdir(parents=True)
    (plan.folder / "endpoints.yml").write_text(yaml.safe_dump(endpoints(plan)), encoding="utf-8")
    (plan.folder / "credentials.yml").write_text("rest:\n", encoding="utf-8")


def _schema(plan: RasaPlan) -> str:
    return f"peer_{plan.slug}"


async def _make_schema(plan: RasaPlan) -> None:
    async with await psycopg.AsyncConnection.connect(plan.postgres, autocommit=True) as connection:
        await connection.execute(SQL("CREATE SCHEMA {}").format(Identifier(_schema(plan))))


def _program(plan: RasaPlan, port: int) -> tuple[str, ...]:
    files = ("--model", str(plan.model), "--endpoints", "endpoints.yml", "--credentials", "credentials.yml")
    return (str(plan.python), "-m", "rasa", "run", "-i", LOOPBACK, "--port", str(port), *files)


async def _ready(process: Process, http: ClientSession, port: int, plan: RasaPlan) -> None:
    """Rasa listens when its model is loaded."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.exit_code is None:
        try:
            async with http.get(f"http://{LOOPBACK}:{port}/webhooks/rest/") as answer:
                if answer.status == 200:
                    return
        except ClientError:
            pass
        await asyncio.sleep(0.3)
    raise StartError(f"{plan.name} did not start:\n{process.said()}")
