"""Jobs of the visits room: codes are sent, what is over is deleted. Arguments are ids."""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from aiohttp import ClientSession
from procrastinate import RetryStrategy
from procrastinate.job_context import JobContext
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.city.files import City
from desk.contract.agency_commands import CodeCommand, CodeSent
from desk.contract.errors import BackendRefused, NotFound
from desk.http import agencies
from desk.http.peers import signer
from desk.store.database import transaction
from desk.store.deferring import REPLIES, UPKEEP
from desk.store.jobs import JOBS, tools_of
from desk.store.keys import Keys
from desk.visits.service import FRAME, SEALED, SEND, named
from roles.mac import DESK_TO_ACTIONS

CODE = "/commands/code"
SECONDS = 6.0
"""So long the gateway is waited for."""
AGAIN = RetryStrategy(max_attempts=4, exponential_wait=2)
READ = text("SELECT id, city, locale, private, sendings FROM visits WHERE id = :id AND sent_at IS NOT NULL")
TIDY = text("DELETE FROM visits WHERE good_until < now()")

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class VisitorCodes:
    """Sends codes through the actions server at `url`. The session is owned by the caller."""

    engine: AsyncEngine
    keys: Keys
    cities: Mapping[str, City]
    url: str
    http: ClientSession

    async def send(self, visit: int) -> None:
        """Send the code that was wished last in a visit: once more if this is repeated, the same one.

        Raises:
            BackendError: the gateway failed; the job is tried again.
        """
        async with self.engine.connect() as connection:
            row = (await connection.execute(READ, {"id": visit})).one_or_none()
        if row is None or row.city not in self.cities:
            return
        service = self.cities[row.city].texting_service
        if service is None:
            return
        command = CodeCommand(
            conversation=named(visit),
            frame=FRAME,
            number=row.sendings,
            service=service,
            of="visitor",
            city=row.city,
            locale=row.locale,
            phone=self.keys.open(bytes(row.private), purpose=SEALED, of=str(visit)).decode(),
        )
        by = signer(self.keys, DESK_TO_ACTIONS)
        try:
            await agencies.command(self.http, by, self.url, CODE, command, CodeSent, seconds=SECONDS)
        except BackendRefused as exc:
            log.warning("code_refused", service=service, status=exc.status)


@JOBS.task(name=SEND, queue=REPLIES, pass_context=True, retry=AGAIN)
async def send_code(context: JobContext, *, visit: int) -> None:
    """Send a one-time code to a visitor."""
    sender = tools_of(context).part(VisitorCodes)
    if sender is None:
        raise NotFound("Codes are not sent in this worker.")
    await sender.send(visit)


@JOBS.periodic(cron="*/10 * * * *")
@JOBS.task(name="visits.tidy", queue=UPKEEP, pass_context=True, queueing_lock="visits.tidy")
async def tidy(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Delete visits that are over, and with them the telephones that were typed."""
    async with transaction(tools_of(context).engine) as connection:
        await connection.execute(TIDY)
