"""Things that several ask for at the same time are done together: while a batch is under way the next one gathers.

Who asks alone waits for nobody. A batch that fails fails for all who are in it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence


class Gathering[One, Answer]:
    """Gathers what is asked for, at most `most` in a batch; `do` answers as many as it is given, in their order."""

    def __init__(self, do: Callable[[Sequence[One]], Awaitable[Sequence[Answer]]], *, most: int) -> None:
        self._do = do
        self._most = most
        self._waiting: list[tuple[One, asyncio.Future[Answer]]] = []
        self._serving: asyncio.Task[None] | None = None

    async def ask(self, one: One) -> Answer:
        """Ask for one thing. Raises what the batch raises."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((one, answer))
        if self._serving is None or self._serving.done():
            self._serving = loop.create_task(self._serve(), name="gathered")
        return await answer

    async def _serve(self) -> None:
        while self._waiting:
            waiting = [(one, future) for one, future in self._waiting if not future.done()]  # whoever still waits
            batch, self._waiting = waiting[: self._most], waiting[self._most :]
            if not batch:
                return
            try:
                answers = await self._do([one for one, _ in batch])
            except asyncio.CancelledError:
                for _, future in [*batch, *self._waiting]:
                    future.cancel()
                raise
            except Exception as exc:  # noqa: BLE001 - it is raised where each was asked for
                for _, future in batch:
                    if not future.done():
                        future.set_exception(exc)
            else:
                for (_, future), answer in zip(batch, answers, strict=True):
                    if not future.done():
                        future.set_result(answer)
