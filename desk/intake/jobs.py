"""Jobs of the intake room: files are loaded, old events forgotten. Their arguments are ids only."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from aiohttp import ClientSession
from procrastinate import RetryStrategy
from procrastinate.job_context import JobContext
from sqlalchemy import Row, text

from desk.accounts.register import Register
from desk.contract.channel import FileReceived
from desk.contract.errors import BackendError, NotFound, PayloadTooLarge
from desk.contract.messages import Reply
from desk.conversations import stream
from desk.conversations.bell import Bell
from desk.conversations.live import Live
from desk.conversations.outcomes import Outcome
from desk.conversations.rows import message_event, turn_done_event
from desk.conversations.service import store_media
from desk.intake.holding import watch_held
from desk.intake.quota import has_room
from desk.intake.scanning import Scanning
from desk.intake.service import FETCH
from desk.media.scanning import NoScanner, Scanner, Verdict
from desk.media.types import MEDIA_LIMIT, content_type_of
from desk.store.database import transaction
from desk.store.deferring import REPLIES, UPKEEP
from desk.store.jobs import JOBS, JobTools, tools_of

log = structlog.get_logger(__name__)

AN_HOUR, A_MINUTE = 3600, 60  # seconds
TRIES = 6  # 1, 2, 4, 8 and 16 s apart
AGAIN = RetryStrategy(max_attempts=TRIES, exponential_wait=2)

FILE = text("""
    SELECT file.account_id, file.reference, file.kind, file.size, message.conversation_id
    FROM channel_files AS file JOIN inbound_messages AS message ON message.id = file.message_id
    WHERE file.message_id = :id AND message.answered_at IS NULL
""")
FORGET_SIGNATURES = text("DELETE FROM used_signatures WHERE good_until < now()")
LOADED = text("""
    UPDATE inbound_messages
    SET body = jsonb_build_object('media', jsonb_build_object('id', CAST(:media AS text),
                                                              'content_type', CAST(:type AS text))),
        next_try_at = NULL
    WHERE id = :id AND answered_at IS NULL AND body = '{}'
""")
REFUSED = text("""
    UPDATE inbound_messages SET answered_at = clock_timestamp(), next_try_at = NULL, outcome = :outcome
    WHERE id = :id AND answered_at IS NULL
""")
FORGET_FILE = text("DELETE FROM channel_files WHERE message_id = :id")
FORGET = text("""
    DELETE FROM channel_events WHERE conversation_id IS NULL AND received_at < now() - make_interval(days => :days)
""")


@dataclass(frozen=True)
class Post:
    """What these jobs work with: the accounts, a session to speak with platforms, whom to ring for, a scanner."""

    register: Register
    http: ClientSession
    bell: Bell
    live: Live
    scanner: Scanner = field(default_factory=NoScanner)


@JOBS.task(name=FETCH, queue=REPLIES, pass_context=True, retry=AGAIN)
async def fetch(context: JobContext, *, message: int) -> None:
    """Load the file of a message; then the message is due. A file that is not taken is said to be so."""
    tools, post = tools_of(context), _post(context)
    async with tools.engine.connect() as connection:
        row = (await connection.execute(FILE, {"id": message})).one_or_none()
    account = None if row is None else await post.register.of(row.account_id)
    if row is None or account is None:
        return
    channel, file = post.register.channel_of(account), FileReceived(row.reference, row.kind, row.size)
    if (unwanted := await _unwanted(tools, row)) is not None:
        await _refuse(tools, post, row.conversation_id, message, unwanted)
        return
    try:
        content = await channel.fetch(post.http, post.register.opened(account), file, limit=MEDIA_LIMIT)
    except PayloadTooLarge:
        await _refuse(tools, post, row.conversation_id, message, "channels.file_too_large")
        return
    except BackendError as exc:
        if exc.retryable and (context.job.attempts or 0) + 1 < TRIES:
            raise
        log.warning("file_not_loaded", message_id=message, channel=account.channel, error=type(exc).__name__)
        await _refuse(tools, post, row.conversation_id, message, "channels.file_lost")
        return
    content_type = content_type_of(content)
    if content_type is None:
        await _refuse(tools, post, row.conversation_id, message, "channels.file_type")
        return
    if not await _has_room(tools, row, len(content)):
        await _refuse(tools, post, row.conversation_id, message, "channels.file_quota")
        return
    verdict = await post.scanner.scan(content)
    if verdict == Verdict.MALWARE:
        await _refuse(tools, post, row.conversation_id, message, "channels.file_malware")
        return
    async with transaction(tools.engine) as connection:
        media = await store_media(
            connection,
            conversation_id=row.conversation_id,
            content_type=content_type,
            content=content,
            verdict=verdict,
        )
        values = {"id": message, "media": str(media), "type": content_type}
        if (await connection.execute(LOADED, values)).rowcount == 0:
            raise NotFound("The message was answered or erased while its file was loaded.")  # rolls the file back
        await connection.execute(FORGET_FILE, {"id": message})
    await post.bell.ring(row.conversation_id)


async def _unwanted(tools: JobTools, row: Row[Any]) -> str | None:
    """Why a file is not even loaded, as a key of the texts; None: it is."""
    if row.kind == "video":
        return "channels.file_type"
    if (row.size or 0) > MEDIA_LIMIT:
        return "channels.file_too_large"
    return None if await _has_room(tools, row, row.size or 0) else "channels.file_quota"


async def _has_room(tools: JobTools, row: Row[Any], size: int) -> bool:
    async with tools.engine.connect() as connection:
        return await has_room(connection, row.conversation_id, size)


async def _refuse(tools: JobTools, post: Post, conversation_id: UUID, message: int, key: str) -> None:
    """Say why a file is not taken, in place of an answer to it."""
    async with transaction(tools.engine) as connection:
        try:
            conversation = await stream.lock(connection, conversation_id)
        except NotFound:  # forgotten in between
            return
        values = {"id": message, "outcome": Outcome.FILE_REFUSED.value}
        if (await connection.execute(REFUSED, values)).rowcount == 0:
            return
        await connection.execute(FORGET_FILE, {"id": message})
        said = tools.catalogs.render(Reply(key=key), conversation.locale)
        events = [message_event(said, author="bot", in_reply_to=message), turn_done_event(message)]
        await stream.append(connection, conversation_id, events)
    await post.live.publish(conversation_id)
    await post.bell.ring(conversation_id)


@JOBS.periodic(cron="* * * * *")
@JOBS.task(name="intake.scan", queue=UPKEEP, pass_context=True, queueing_lock="intake.scan")
async def scan(context: JobContext, timestamp: int) -> None:
    """Look for malware in files that were kept back because nobody could; say each hour where nobody will."""
    tools, post = tools_of(context), _post(context)
    looked = await Scanning(tools.engine, post.live, tools.catalogs, post.scanner).look()
    if looked:
        log.info("files_scanned", files=looked)
    await watch_held(tools.engine, looks=post.scanner.looks, says_so=timestamp % AN_HOUR < A_MINUTE)


@JOBS.periodic(cron="41 * * * *")
@JOBS.task(name="intake.forget", queue=UPKEEP, pass_context=True, queueing_lock="intake.forget")
async def forget(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Forget events that belong to no conversation, as conversations are forgotten, and signatures that are over."""
    tools = tools_of(context)
    async with transaction(tools.engine) as connection:
        await connection.execute(FORGET, {"days": tools.retentions.default.conversation_days})
        await connection.execute(FORGET_SIGNATURES)


def _post(context: JobContext) -> Post:
    post = tools_of(context).part(Post)
    if post is None:
        raise NotFound("Channels are not served by this worker.")
    return post
