"""Asks the actions server for boards of stops: in time, seldom, and not while it is away."""

import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import aiohttp

from desk.contract.agency_commands import BoardAnswer, BoardCommand
from desk.contract.board import Board, StopAsked
from desk.contract.errors import BackendRefused
from desk.http.agencies import command
from desk.http.circuit import Circuit
from desk.http.peers import signer
from desk.store.keys import Keys
from roles.mac import DESK_TO_ACTIONS

PATH = "/commands/board"
SECONDS = 5.0
"""The actions wait 2 s for a timetable and 2 s for live feeds."""
KEPT_SECONDS = 5.0
"""So long one answer is everybody's: feeds are renewed every ten seconds or less often."""
MOST_KEPT = 500


class Boards:
    """Boards of all cities, from the actions server at `url`. The caller owns the session; `clock` is monotonic."""

    def __init__(
        self, url: str, session: aiohttp.ClientSession, keys: Keys, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = url.rstrip("/")
        self._session = session
        self._signer = signer(keys, DESK_TO_ACTIONS)
        self._clock = clock
        self._circuit = Circuit(clock)
        self._kept: OrderedDict[str, tuple[float, Board]] = OrderedDict()

    async def of(self, asked: StopAsked, at: datetime) -> Board | None:
        """The board of a stop as it was at most some seconds ago; None: there is no such stop.

        Raises:
            BackendError: nobody says it just now.
        """
        key = asked.model_dump_json()
        known = self._kept.get(key)
        if known is not None and self._clock() - known[0] < KEPT_SECONDS:
            return known[1]
        try:
            with self._circuit.guard():
                answer = await command(
                    self._session, self._signer, self._url, PATH, BoardCommand(asked=asked, at=at), BoardAnswer,
                    seconds=SECONDS,
                )  # fmt: skip
        except BackendRefused as exc:
            if exc.status == 404:
                return None
            raise
        self._kept[key] = self._clock(), answer.board
        self._kept.move_to_end(key)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return answer.board


@asynccontextmanager
async def open_boards(url: str | None, keys: Keys) -> AsyncIterator[Boards | None]:
    """Open the way to the actions server while the block lasts; None where no address is known."""
    if url is None:
        yield None
        return
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), trust_env=False) as session:
        yield Boards(url, session, keys)
