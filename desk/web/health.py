"""Whether serve lives, and whether it can take messages in. Asked by monitors, never where residents come in."""

import asyncio

from aiohttp import web
from psycopg import OperationalError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

READY_SECONDS = 2.0


def add_readiness(application: web.Application, engine: AsyncEngine) -> None:
    """Add `/healthz` and `/readyz` to an application for monitors (`desk.http.serving.measures`)."""

    async def healthz(_: web.Request) -> web.Response:
        """Answers while the process lives."""
        return web.json_response({"status": "alive"})

    async def readyz(_: web.Request) -> web.Response:
        """Answers 200 while messages can be taken in: the database answers. Valkey is not needed for that."""
        try:
            async with asyncio.timeout(READY_SECONDS), engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except (SQLAlchemyError, OperationalError, OSError, TimeoutError):
            return web.json_response({"status": "not ready", "waits_for": "database"}, status=503)
        return web.json_response({"status": "ready"})

    application.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz)])
