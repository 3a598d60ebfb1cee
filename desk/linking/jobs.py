"""Jobs of the linking room: the other channels are told that one was linked or parted. Arguments are ids only."""

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
from desk.store.jobs import JOBS, REPLIES, tools_of

AGAIN = RetryStrategy(max_attempts=8, exponential_wait=2)

OF = text("SELECT conversation_id FROM link_news WHERE id = :id")
TAKE = text("DELETE FROM link_news WHERE id = :id RETURNING what, channel")


@JOBS.task(name=TELL, queue=REPLIES, pass_context=True, retry=AGAIN)
async def tell(context: JobContext, *, news: int) -> None:
    """Say in a conversation that a channel was linked with it, or parted from it: once, whatever is killed."""
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
        reply = Reply(key="linking.told_parted", args=args)
        if row.what == "joined":
            reply = Reply(key="linking.told_joined", args=args, buttons=[LEAVE])
        message = tools.catalogs.in_manner(known.manner).render(reply, known.locale)
        offered = await stream.offered_in(connection, conversation_id)
        await stream.offer(connection, conversation_id, offers_after(offered, [message]))
        await stream.append(connection, conversation_id, [message_event(message, author="bot")])
    await Live(tools.redis).publish(conversation_id)
