"""Jobs of the linking room: the other channels are told of one that was linked, parted or erased, by ids only."""

from procrastinate import RetryStrategy
from procrastinate.job_context import JobContext
from sqlalchemy import text

from desk.contract.messages import Reply
from desk.conversations import stream
from desk.conversations.live import Live
from desk.conversations.rows import message_event, offers_after
from desk.linking.service import LEAVE, TELL
from desk.linking.words import channel_text
from desk.store.database import transaction
from desk.store.deferring import REPLIES
from desk.store.jobs import JOBS, tools_of

AGAIN = RetryStrategy(max_attempts=8, exponential_wait=2)

OF = text("SELECT conversation_id FROM link_news WHERE id = :id")
TAKE = text("DELETE FROM link_news WHERE id = :id RETURNING what, channel")


@JOBS.task(name=TELL, queue=REPLIES, pass_context=True, retry=AGAIN)
async def tell(context: JobContext, *, news: int) -> None:
    """Say in a conversation that a channel was linked with it, parted or erased: once, whatever is killed."""
    tools = tools_of(context)
    async with transaction(tools.engine) as connection:
        conversation_id = (await connection.execute(OF, {"id": news})).scalar_one_or_none()
        if conversation_id is None:
            return
        known = await stream.lock(connection, conversation_id)
        row = (await connection.execute(TAKE, {"id": news})).one_or_none()
        if row is None:
            return
        args = {"channel": {"text": channel_text(row.channel).model_dump()}}
        reply = Reply(key=f"linking.told_{row.what}", args=args, buttons=[LEAVE] if row.what == "joined" else [])
        message = tools.catalogs.in_manner(known.manner).render(reply, known.locale)
        offered = await stream.offered_in(connection, conversation_id)
        await stream.offer(connection, conversation_id, offers_after(offered, [message]))
        await stream.append(connection, conversation_id, [message_event(message, author="bot")])
    await Live(tools.redis).publish(conversation_id)
