"""The stream of hints to pages that are open: `event: news`, whose data is a topic."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from desk.console import visits
from desk.console.access import signed_in
from desk.console.parts import CONSOLE
from desk.console.sections import Section
from desk.contract.staff import NotLoggedIn
from desk.web.parts import PARTS

BEAT_SECONDS = 20.0
"""How often a quiet stream shows that it lives, and whether its session does."""
MOST = 2_000  # streams of this process
MOST_OF_ONE = 20  # of one person: one for each browser that they use
FULL_RETRY_SECONDS = 30


class Streams:
    """How many streams of a kind are open in this process; `most_of_one`: of one person."""

    def __init__(self, most_of_one: int = MOST_OF_ONE, *, most: int = MOST) -> None:
        self._most_of_one = most_of_one
        self._most = most
        self._open: Counter[str] = Counter()

    @contextmanager
    def admit(self, login: str) -> Iterator[bool]:
        """Count a stream of somebody while the block lasts; yields whether there may be one more."""
        self._open[login] += 1
        try:
            yield self._open[login] <= self._most_of_one and self._open.total() <= self._most
        finally:
            self._open[login] -= 1
            if not self._open[login]:
                del self._open[login]


STREAMS = web.AppKey("console_streams", Streams)


def full() -> web.Response:
    """That no more streams are opened for now."""
    return web.Response(status=503, headers={"Retry-After": str(FULL_RETRY_SECONDS)})


@signed_in
async def news(request: web.Request) -> web.StreamResponse:
    """Tell of changes until the page is left, the session ends or the server stops."""
    with request.app[STREAMS].admit(visits.actor_of(request).login) as is_admitted:
        if not is_admitted:
            return full()
        return await _stream(request)


async def _stream(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
    await response.prepare(request)
    await response.write(b"retry: 3000\n\n")
    closing = asyncio.create_task(request.app[PARTS].closing.wait())
    telling = asyncio.create_task(_tell(request, response))
    try:
        await asyncio.wait((closing, telling), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (closing, telling):
            task.cancel()
        await asyncio.gather(closing, telling, return_exceptions=True)
    return response


async def _tell(request: web.Request, response: web.StreamResponse) -> None:
    console, token = request.app[CONSOLE], request[visits.VISIT].token
    async for topic in console.news.topics(BEAT_SECONDS):
        if topic is not None:
            await response.write(f"event: news\ndata: {topic}\n\n".encode())
            continue
        try:
            await console.door.left(token, noted=False)
        except NotLoggedIn:
            return
        await response.write(b": .\n\n")


SECTION = Section(routes=(web.get(f"{visits.ROOT}/news", news, allow_head=False),))
