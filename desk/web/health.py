"""Whether the process lives, whether it can serve, and what it counts."""

import asyncio

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from psycopg import OperationalError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from desk.web.access import loopback, public
from desk.web.parts import PARTS

READY_SECONDS = 2.0


@public
async def healthz(_: web.Request) -> web.Response:
    """Answers while the process lives."""
    return web.json_response({"status": "alive"})


@public
async def readyz(request: web.Request) -> web.Response:
    """Answers 200 while messages can be taken in: the database answers. Valkey is not needed for that."""
    try:
        async with asyncio.timeout(READY_SECONDS), request.app[PARTS].engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except (SQLAlchemyError, OperationalError, OSError, TimeoutError):
        return web.json_response({"status": "not ready", "waits_for": "database"}, status=503)
    return web.json_response({"status": "ready"})


@loopback
async def metrics(_: web.Request) -> web.Response:
    """Prometheus' text format; only for this machine."""
    return web.Response(body=generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})
