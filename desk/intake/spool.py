"""The spool: what platforms brought while the database is away, on this computer's disk until it is back.

A platform that gives up after seconds would lose what residents wrote; one that tries again for hours needs none of
this (`Abilities.tries_for`). A process appends to a file of its own, sealed and flushed before the platform is
answered, and takes it in when the database is back, in the order in which it came: each thing has the same name as
ever, so what is taken in twice is stored once. While anything waits, all that comes after it waits behind it. What a
process left behind that ended is taken in by the next one.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
from prometheus_client import Counter, Gauge

from desk.contract.channel import Delivery
from desk.contract.errors import DeskError, StartError
from desk.intake.spool_file import Record, SpoolFile
from desk.store.database import is_outage, trace_of
from desk.store.keys import Keys, Unsealable

log = structlog.get_logger(__name__)
WAITING = Gauge("desk_spool_bytes", "Bytes of webhooks that wait on disk until the database is back")
KEPT = Counter("desk_spool_kept_total", "Webhooks kept on disk because the database was away", ["channel"])
TAKEN = Counter("desk_spool_taken_total", "Webhooks taken in from disk", ["outcome"])
REFUSED = Counter("desk_spool_refused_total", "Webhooks that found no room on disk, so that the platform was refused")

PURPOSE = "webhook on disk"
SPOOL, SUFFIX = "spool", ".spool"  # the folder in the data directory; ends of names of files in it
LOOK_SECONDS = 1.0
AT_ONCE = 50  # taken in together: faster than they came, or what comes meanwhile would wait for ever


class SpoolFull(DeskError):
    """There is no room for more webhooks on disk; the platform is told to come again."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A genuine webhook, as it came."""

    account: str  # its slug
    delivery: Delivery


type Take = Callable[[Sequence[Kept]], Awaitable[None]]  # all, or nothing of them


class Spool:
    """The spool of one process. Files are opened by `open_spool`.

    Args:
        keys: seal what is kept.
        limit_bytes: so much is kept at most.
        own: where this process appends.
        left: what processes left behind that ended, the oldest first.
    """

    def __init__(self, keys: Keys, limit_bytes: int, own: SpoolFile, left: list[SpoolFile]) -> None:
        self._keys = keys
        self._limit_bytes = limit_bytes
        self._own = own
        self._left = left
        WAITING.set(self._bytes)

    @property
    def holds(self) -> bool:
        """Whether anything waits: then what comes waits behind it."""
        return bool(self._left) or self._own.size > 0

    @property
    def _bytes(self) -> int:
        return self._own.size + sum(file.size for file in self._left)

    def keep(self, kept: Kept, channel: str) -> None:
        """Keep a webhook that was verified. It is on disk when this returns: nobody can interrupt it.

        Raises:
            SpoolFull: there is no room.
        """
        at = self._own.size
        record = self._keys.seal(_written(kept), purpose=PURPOSE, of=f"{self._own.path.name} {at}")
        if self._bytes + len(record) > self._limit_bytes:
            REFUSED.inc()
            raise SpoolFull
        try:
            self._own.append(record)
        except OSError as exc:
            REFUSED.inc()
            raise SpoolFull from exc
        if at == 0:
            log.error("webhooks_kept_on_disk", why="the database is away")
        KEPT.labels(channel=channel).inc()
        WAITING.set(self._bytes)

    async def drain(self, take: Take) -> int:
        """Take in what waits, in its order. Answers how many webhooks there were.

        Raises:
            Exception: what `take` raises while the database is away; the rest waits on.
        """
        taken = 0
        while self._left:
            taken += await self._drain_file(self._left[0], take)
            self._left.pop(0).remove()
        while self._own.size:
            taken += await self._drain_file(self._own, take)
            self._own.clear()  # nothing came since the last record was looked for
        WAITING.set(self._bytes)
        return taken

    async def _drain_file(self, file: SpoolFile, take: Take) -> int:
        taken = 0
        while records := file.ahead(AT_ONCE):
            opened = [self._opened(file, record) for record in records]
            many = [kept for kept in opened if kept is not None]
            if not await self._took(take, many):  # one of them is to blame, and not the others
                for one in many:
                    if not await self._took(take, [one]):
                        TAKEN.labels(outcome="broken").inc()  # it would break for ever, and hold up all behind it
            file.passed(records[-1])
            taken += len(records)
        return taken

    def _opened(self, file: SpoolFile, record: Record) -> Kept | None:
        try:
            return _read(self._keys.open(record.content, purpose=PURPOSE, of=f"{file.path.name} {record.at}"))
        except Unsealable:
            TAKEN.labels(outcome="unreadable").inc()
            log.error("spool_unreadable", file=file.path.name, at=record.at)
            return None

    async def _took(self, take: Take, many: Sequence[Kept]) -> bool:
        """Take in what was opened, and tell whether it could be."""
        try:
            await take(many)
        except Exception as exc:
            if is_outage(exc):
                raise
            log.error("spool_broke", webhooks=len(many), trace=trace_of(exc))
            return False
        TAKEN.labels(outcome="taken").inc(len(many))
        return True

    @asynccontextmanager
    async def draining(self, take: Take) -> AsyncIterator[None]:
        """Take in what waits, each second anew, while the block lasts."""

        async def drain() -> None:
            while True:
                if self.holds:
                    try:
                        taken = await self.drain(take)
                    except Exception as exc:  # noqa: BLE001 - the loop outlives whatever the database does
                        if not is_outage(exc):
                            log.error("spool_not_drained", trace=trace_of(exc))
                    else:
                        log.warning("webhooks_taken_in_from_disk", webhooks=taken)
                await asyncio.sleep(LOOK_SECONDS)

        task = asyncio.create_task(drain(), name="spool")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            self.close()

    def close(self) -> None:
        """Let go of all files; what waits in them is the next process's."""
        for file in (self._own, *self._left):
            file.close()


def open_spool(folder: Path, keys: Keys, limit_bytes: int) -> Spool:
    """Open a spool in a folder, with what ended processes left there.

    Raises:
        StartError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        left = [file for path in sorted(folder.glob(f"*{SUFFIX}")) if (file := SpoolFile.adopt(path)) is not None]
        own = SpoolFile.make(folder, SUFFIX)
    except OSError as exc:
        raise StartError(
            f"Webhooks cannot be kept in {folder} ({exc.strerror}) while the database is away. Set DESK_DATA_DIR to a"
            " folder of yours, or DESK_SPOOL_MEGABYTES=0 to do without."
        ) from exc
    return Spool(keys, limit_bytes, own, left)


def _written(kept: Kept) -> bytes:
    one = kept.delivery
    parts = [kept.account, one.method, dict(one.query), dict(one.headers), one.at.isoformat()]
    return json.dumps(parts).encode() + b"\n" + one.body


def _read(plain: bytes) -> Kept:
    head, _, body = plain.partition(b"\n")
    account, method, query, headers, at = json.loads(head)
    return Kept(account, Delivery(method, query, headers, body, datetime.fromisoformat(at)))
