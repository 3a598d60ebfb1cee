"""Fetches feeds from URLs and files."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import aiohttp

from desk.contract.errors import BackendNonsense, BackendTimeout, BackendUnavailable

CHUNK_BYTES = 256 * 1024
USER_AGENT = "citydesk (+GTFS)"


def is_url(source: str) -> bool:
    """Whether a source is a URL; else it is a path."""
    return source.startswith(("http://", "https://"))


def without_secrets(source: str) -> str:
    """Give a feed's address for logs: no query and no user, where operators put their keys."""
    if not is_url(source):
        return source
    parts = urlsplit(source)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


async def fetch(session: aiohttp.ClientSession, source: str, *, timeout_seconds: float, limit_bytes: int) -> bytes:
    """Read a small source whole.

    Raises:
        BackendTimeout: it did not arrive in time.
        BackendUnavailable: it cannot be reached or read, or the answer is an error.
        BackendNonsense: it is larger than the limit.
    """
    try:
        async with asyncio.timeout(timeout_seconds):
            if not is_url(source):
                return await asyncio.to_thread(_read, Path(source), limit_bytes)
            async with session.get(source, headers={"User-Agent": USER_AGENT}) as response:
                if response.status != 200:
                    raise BackendUnavailable(f"The feed answers {response.status}.")
                body = bytearray()
                async for chunk in response.content.iter_chunked(CHUNK_BYTES):
                    body += chunk
                    if len(body) > limit_bytes:
                        raise BackendNonsense(f"The feed is larger than {limit_bytes} bytes.")
                return bytes(body)
    except TimeoutError as exc:
        raise BackendTimeout(f"The feed did not answer within {timeout_seconds} s.") from exc
    except (aiohttp.ClientError, OSError) as exc:
        raise BackendUnavailable(f"The feed cannot be read: {exc}") from exc


def _read(path: Path, limit_bytes: int) -> bytes:
    with path.open("rb") as file:
        body = file.read(limit_bytes + 1)
    if len(body) > limit_bytes:
        raise BackendNonsense(f"The feed is larger than {limit_bytes} bytes.")
    return body


@dataclass(frozen=True, slots=True)
class Validators:
    """What an HTTP server said to recognise the version it sent."""

    etag: str | None = None
    last_modified: str | None = None


async def download(
    session: aiohttp.ClientSession,
    url: str,
    target: Path,
    known: Validators,
    *,
    timeout_seconds: float,
    limit_bytes: int,
) -> Validators | None:
    """Stream a URL into a file, unless the server still has the version that `known` stands for (then None).

    Raises:
        BackendTimeout, BackendUnavailable, BackendNonsense: as `fetch`.
    """
    headers = {"User-Agent": USER_AGENT}
    if known.etag:
        headers["If-None-Match"] = known.etag
    if known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    try:
        async with asyncio.timeout(timeout_seconds), session.get(url, headers=headers) as response:
            if response.status == 304:
                return None
            if response.status != 200:
                raise BackendUnavailable(f"The timetable's address answers {response.status}.")
            size = 0
            with target.open("wb") as file:
                async for chunk in response.content.iter_chunked(CHUNK_BYTES):
                    size += len(chunk)
                    if size > limit_bytes:
                        raise BackendNonsense(f"The timetable is larger than {limit_bytes} bytes.")
                    await asyncio.to_thread(file.write, chunk)
            return Validators(response.headers.get("ETag"), response.headers.get("Last-Modified"))
    except TimeoutError as exc:
        raise BackendTimeout(f"The timetable did not arrive within {timeout_seconds} s.") from exc
    except (aiohttp.ClientError, OSError) as exc:
        raise BackendUnavailable(f"The timetable cannot be fetched: {exc}") from exc
