"""Jobs of the attempts room: codes are sent, owners are told, what no longer counts is deleted. Arguments are ids."""

from procrastinate import RetryStrategy
from procrastinate.job_context import JobContext
from sqlalchemy import text

from desk.attempts.codes import SEND, CodeSender
from desk.attempts.guard import WARN
from desk.contract.errors import NotFound
from desk.contract.messages import Reply
from desk.conversations import stream
from desk.conversations.live import Live
from desk.conversations.rows import message_event
from desk.store.database import transaction
from desk.store.deferring import REPLIES, UPKEEP
from desk.store.jobs import JOBS, tools_of

AGAIN = RetryStrategy(max_attempts=5, exponential_wait=2)

OF = text("SELECT conversation_id FROM attempt_warnings WHERE id = :id")
TAKE = text("DELETE FROM attempt_warnings WHERE id = :id RETURNING service")
TIDY = (
    text("DELETE FROM attempts WHERE at < now() - interval '1 day'"),
    text("DELETE FROM reservations WHERE until < now()"),
    text("DELETE FROM wished_codes WHERE created_at < now() - interval '1 hour'"),
)


@JOBS.task(name=SEND, queue=REPLIES, pass_context=True, retry=AGAIN)
async def send_code(context: JobContext, *, wish: int) -> None:
    """Send a one-time code that was wished."""
    sender = tools_of(context).part(CodeSender)
    if sender is None:
        raise NotFound("Codes are not sent in this worker.")
    await sender.send(wish)


@JOBS.task(name=WARN, queue=REPLIES, pass_context=True, retry=AGAIN)
async def warn(context: JobContext, *, warning: int) -> None:
    """Tell an owner that somebody guessed at what is theirs: once, whatever is killed."""
    tools = tools_of(context)
    async with transaction(tools.engine) as connection:
        conversation_id = (await connection.execute(OF, {"id": warning})).scalar_one_or_none()
        if conversation_id is None:
            return
        known = await stream.lock(connection, conversation_id)
        service = (await connection.execute(TAKE, {"id": warning})).scalar_one_or_none()
        if service is None:
            return
        agency = tools.cities[known.city].agencies[0]
        if service in tools.cities[known.city].services:
            agency = tools.cities[known.city].responsible(service)
        args = {"agency": {"name": agency.names.model_dump(exclude_none=True)}, "phone": agency.phone}
        reply = Reply(key="limits.owner_told", args=args)
        message = tools.catalogs.in_manner(known.manner).render(reply, known.locale)
        await stream.append(connection, conversation_id, [message_event(message, author="bot")])
    await Live(tools.redis).publish(conversation_id)


@JOBS.periodic(cron="17 * * * *")
@JOBS.task(name="attempts.tidy", queue=UPKEEP, pass_context=True, queueing_lock="attempts.tidy")
async def tidy(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Delete what no longer counts."""
    async with transaction(tools_of(context).engine) as connection:
        for statement in TIDY:
            await connection.execute(statement)
