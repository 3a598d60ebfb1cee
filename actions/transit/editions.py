"""Keeps one city's timetable at hand and current.

Each feed becomes a file named after its content, built beside and moved into place; a broken feed changes nothing.
"""

import asyncio
import hashlib
import shutil
import sqlite3
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import aiohttp
import structlog
from pydantic import BaseModel, ValidationError

from actions.transit.archive import BrokenFeed
from actions.transit.asked import Reader
from actions.transit.journeys import JourneyIndex
from actions.transit.lines import LineIndex
from actions.transit.loader import REFUSED
from actions.transit.pathways import pathways
from actions.transit.schema import VERSION
from actions.transit.sources import Validators, download, is_url, without_secrets
from actions.transit.stops import StopIndex
from actions.transit.timetable import Timetable
from desk.contract.errors import BackendError, BackendUnavailable

REFRESH_SECONDS = 3600.0
"""Operators publish timetables daily at most; a request with validators costs them nothing."""
RETRY_SECONDS = (1.0, 2.0, 5.0, 15.0, 60.0, 300.0)
DOWNLOAD_SECONDS = 300.0
BUILD_SECONDS = 1800.0
MAX_ZIP_BYTES = 1024**3

_log = structlog.get_logger(__name__)


class State(BaseModel):
    """Which edition is current: the file `current.json` beside it."""

    source: str  # a hash: addresses may carry keys
    fingerprint: str
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Edition:
    """A timetable ready to be asked."""

    fingerprint: str
    timetable: Timetable
    stops: StopIndex
    lines: LineIndex
    journeys: JourneyIndex

    @property
    def reader(self) -> Reader:
        """Reads what residents write against these names."""
        return Reader(self.timetable.network, self.stops, self.lines)


class Editions:
    """The editions of one feed, of which one is current. `keep_fresh` must run for it to change."""

    def __init__(self, source: str, folder: Path, session: aiohttp.ClientSession) -> None:
        self.source = source
        self.current: Edition | None = None
        self.problem: BackendError | None = None
        self._folder = folder
        self._session = session
        self._retired: list[Edition] = []
        self._tried = asyncio.Event()
        self._wanted = asyncio.Event()

    async def keep_fresh(self) -> None:
        """Open what was kept, then look for a new edition: at once, hourly, and when one is missing and asked for."""
        await self._open_kept()
        failures = 0
        while True:
            try:
                await self.refresh()
                failures = 0
            except BackendError as exc:
                self.problem = exc
                failures += 1
                _log.warning("timetable_not_refreshed", source=without_secrets(self.source), error=str(exc))
            self._tried.set()
            wait = REFRESH_SECONDS if not failures else RETRY_SECONDS[min(failures, len(RETRY_SECONDS)) - 1]
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._wanted.wait()
            self._wanted.clear()

    async def ready(self, timeout_seconds: float) -> Edition:
        """Give the current edition; wait a little where there is none yet.

        Raises:
            BackendError: there is none; why the feed could not be used.
        """
        if self.current is None and self.problem is not None:
            self._tried.clear()
            self._wanted.set()
        if self.current is None:
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout_seconds):
                    await self._tried.wait()
        if self.current is None:
            raise self.problem or BackendUnavailable("The timetable is still being read for the first time.")
        return self.current

    def close(self) -> None:
        """Close all files."""
        for edition in [*self._retired, *([self.current] if self.current else [])]:
            edition.timetable.close()
        self._retired, self.current = [], None

    async def refresh(self) -> bool:
        """Look for a new edition and switch to it. Gives whether there was one.

        Raises:
            BackendError: it cannot be had, or is broken (`BrokenFeed`); the current one stays.
        """
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
        state = await asyncio.to_thread(self._state)
        work = self._folder / f"new-{uuid4().hex}"
        feed, built = work.with_suffix(".zip"), work.with_suffix(".sqlite")
        try:
            known = Validators(state.etag, state.last_modified) if state and self.current else Validators()
            validators: Validators | None = Validators()
            if is_url(self.source):
                validators = await download(
                    self._session, self.source, feed, known, timeout_seconds=DOWNLOAD_SECONDS, limit_bytes=MAX_ZIP_BYTES
                )
            else:
                await asyncio.to_thread(_copy, Path(self.source), feed)
            if validators is None:
                return False
            fingerprint = await asyncio.to_thread(_fingerprint, feed)
            target = self._folder / f"{fingerprint}.sqlite"
            fresh = self.current is None or self.current.fingerprint != fingerprint
            if fresh:
                if not target.exists():
                    await _build(feed, built)
                    await asyncio.to_thread(built.replace, target)
                await self._switch(target)
            new = State(
                source=_hash(self.source),
                fingerprint=fingerprint,
                etag=validators.etag,
                last_modified=validators.last_modified,
            )
            await asyncio.to_thread(self._keep, new)
            self.problem = None
            return fresh
        except OSError as exc:
            raise BackendUnavailable(f"The timetable cannot be read or stored: {exc}") from exc
        finally:
            for path in (feed, built):
                path.unlink(missing_ok=True)

    async def _open_kept(self) -> None:
        state = await asyncio.to_thread(self._state)
        if state is None:
            return
        path = self._folder / f"{state.fingerprint}.sqlite"
        if await asyncio.to_thread(path.exists):
            try:
                await self._switch(path)
            except BackendError as exc:
                _log.warning("kept_timetable_unreadable", source=without_secrets(self.source), error=str(exc))
                path.unlink(missing_ok=True)

    async def _switch(self, path: Path) -> None:
        edition = await asyncio.to_thread(open_edition, path)
        for old in self._retired:
            old.timetable.close()
        self._retired = [self.current] if self.current else []  # may still be answering a question
        self.current = edition
        _log.info("timetable_in_use", source=without_secrets(self.source), fingerprint=edition.fingerprint)

    def _state(self) -> State | None:
        try:
            state = State.model_validate_json((self._folder / "current.json").read_bytes())
        except (OSError, ValidationError):
            return None
        return state if state.source == _hash(self.source) and state.fingerprint.endswith(f".v{VERSION}") else None

    def _keep(self, state: State) -> None:
        new = self._folder / f"current-{uuid4().hex}.json"
        new.write_text(state.model_dump_json(), encoding="utf-8")
        new.replace(self._folder / "current.json")
        day_ago = time.time() - 86400
        for path in self._folder.glob("*"):
            left_over = path.name.startswith(("new-", "current-")) and path.stat().st_mtime < day_ago
            if left_over or (path.suffix == ".sqlite" and not path.name.startswith(("new-", state.fingerprint))):
                path.unlink(missing_ok=True)


def open_edition(path: Path) -> Edition:
    """Open a file of the loader and index its names.

    Raises:
        BackendUnavailable: the file is damaged.
    """
    try:
        timetable = Timetable(path)
    except (sqlite3.Error, OSError, LookupError, ValueError) as exc:
        raise BackendUnavailable(f"{path.name} is damaged: {exc}") from exc
    network = timetable.network
    journeys = JourneyIndex(network, pathways(timetable))
    return Edition(path.stem, timetable, StopIndex(network), LineIndex(network), journeys)


def _hash(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()


def _copy(source: Path, target: Path) -> None:
    if source.stat().st_size > MAX_ZIP_BYTES:
        raise BrokenFeed(f"{source.name} is larger than {MAX_ZIP_BYTES} bytes.")
    shutil.copyfile(source, target)


def _fingerprint(path: Path) -> str:
    with path.open("rb") as file:
        return f"{hashlib.file_digest(file, 'sha256').hexdigest()[:24]}.v{VERSION}"


async def _build(feed: Path, target: Path) -> None:
    """Build in a child process.

    Raises:
        BrokenFeed: the feed breaks the standard.
        BackendUnavailable: the child failed for another reason (disk, memory) or took too long.
    """
    arguments = (sys.executable, "-m", "actions.transit.loader", str(feed), str(target))
    child = await asyncio.create_subprocess_exec(
        *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(BUILD_SECONDS):
            said, complaint = await child.communicate()
    except TimeoutError as exc:
        raise BackendUnavailable(f"The timetable took more than {BUILD_SECONDS} s to read.") from exc
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode == REFUSED:
        raise BrokenFeed(said.decode(errors="replace").strip())
    if child.returncode != 0:
        last = complaint.decode(errors="replace").strip().splitlines()[-1:] or [f"exit code {child.returncode}"]
        raise BackendUnavailable(f"The timetable could not be built: {last[0]}")
