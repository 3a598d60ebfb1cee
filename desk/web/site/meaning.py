"""What a search means, as the bot understands it: found by meaning where words alone would not find it.

Only reads, and remembers nothing of who asks. Where the bot is away, slow or busy, words alone find: a search waits for
it less than a second, few ask it at once, and after some failures nobody does for a while.
"""

import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from desk.contract.errors import BackendError, BackendUnavailable, BotError
from desk.contract.turns import Understood
from desk.conversations.bot import BotClient
from desk.http.circuit import Circuit
from desk.store.keys import Keys

SECONDS = 0.8
AT_ONCE = 2  # of one process: turns of residents come first
SHORTEST = 2  # characters
MOST_KEPT = 1000
KEPT_SECONDS = 600.0
LOOK_SECONDS = 5.0  # a stack moves its bot when another model takes over
SERVICE, GUIDE, NOTICE = 0.6, 0.4, 0.36
"""So sure a service must be meant, and so near a guide's passage, or an announcement's title, must be in meaning.

Of 33 questions by strangers that a guide answers (of `nlu/service_guide/tests/questions.jsonl`, drawn by lot) the right
one is among three from 0.4 on in 29, from 0.45 on in 25, from 0.5 on in 19.
"""
BESIDE, MOST = 0.1, 3
"""So much further off than the nearest a guide may be at most, and so many are named: who looks chooses among few."""

log = structlog.get_logger(__name__)


class Reader(Protocol):
    """The bot, as far as it is asked here."""

    def stands_at(self, url: str) -> None:
        """Ask it at these addresses from now on."""

    async def understand(
        self, text: str, compared: Sequence[str] = (), *, asked: bool = False, seconds: float
    ) -> Understood:
        """What a text means, how near it is to others, and which passages of guides are near to it."""


@dataclass(frozen=True, slots=True)
class Meant:
    """What a search may mean: a service by its name, guides by slug with how near they are, the nearest first, and how
    near each compared text is.
    """

    service: str | None = None
    guides: Mapping[str, float] = field(default_factory=dict)
    likeness: Sequence[float] = ()


NOTHING_MEANT = Meant()


class Meanings:
    """Asks the bot. `stands` says where it is now; `clock` is monotonic, in seconds."""

    def __init__(
        self, reader: Reader, stands: Callable[[], str] = str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._reader, self._stands, self._clock = reader, stands, clock
        self._circuit = Circuit(clock)
        self._looked = -LOOK_SECONDS
        self._asking = 0
        self._kept: OrderedDict[tuple[str, ...], tuple[float, Meant]] = OrderedDict()

    async def of(self, written: str, compared: Sequence[str] = ()) -> Meant:
        """What a search means; nothing where the bot does not say it in time."""
        key, now = (written.casefold(), *compared), self._clock()
        known = self._kept.get(key)
        if known is not None and now - known[0] < KEPT_SECONDS:
            return known[1]
        if len(written) < SHORTEST or self._asking >= AT_ONCE:
            return NOTHING_MEANT
        if now - self._looked >= LOOK_SECONDS:
            self._reader.stands_at(self._stands())
            self._looked = now
        self._asking += 1
        try:
            meant = meant_by(await self._understood(written, compared))
        except BackendError as exc:
            log.info("search_by_words_alone", error=type(exc.__cause__ or exc).__name__)
            return NOTHING_MEANT
        finally:
            self._asking -= 1
        self._kept[key] = now, meant
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return meant

    async def _understood(self, written: str, compared: Sequence[str]) -> Understood:
        with self._circuit.guard():
            try:
                return await self._reader.understand(written, compared, asked=True, seconds=SECONDS)
            except BotError as exc:
                raise BackendUnavailable("The bot does not say what a search means.") from exc


def meant_by(understood: Understood) -> Meant:
    """What was understood, as far as it is sure enough."""
    guides: dict[str, float] = {}
    for guide, _, _, likeness in understood.passages:
        guides[guide] = max(likeness, guides.get(guide, -1.0))
    least = max(GUIDE, max(guides.values(), default=0.0) - BESIDE)
    near = sorted(((likeness, guide) for guide, likeness in guides.items() if likeness >= least), reverse=True)[:MOST]
    service = understood.intent.name if understood.intent.confidence >= SERVICE else None
    return Meant(service, {guide: likeness for likeness, guide in near}, tuple(understood.likeness))


@asynccontextmanager
async def open_meanings(stands: Callable[[], str], keys: Keys) -> AsyncIterator[Meanings | None]:
    """Open the way to the bot while the block lasts; None where no address is known."""
    url = stands()
    if not url:
        yield None
        return
    async with BotClient(url, SECONDS, keys) as bot:
        yield Meanings(bot, stands)
