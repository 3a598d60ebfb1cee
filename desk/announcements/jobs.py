"""Jobs of the announcements room. Their arguments are ids only."""

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.job_context import JobContext

from desk.announcements.service import TELL, Announcements
from desk.contract.errors import NotFound
from desk.store.jobs import JOBS, UPKEEP, tools_of

AGAIN = RetryStrategy(max_attempts=8, exponential_wait=2)


@JOBS.task(name=TELL, queue=UPKEEP, pass_context=True, retry=AGAIN)
async def tell(context: JobContext, *, announcement: int, beyond: str) -> None:
    """Tell the next subscribers of an announcement."""
    room = tools_of(context).part(Announcements)
    if room is None:
        raise NotFound("Announcements are not told by this worker.")
    await room.tell(announcement, UUID(beyond))
