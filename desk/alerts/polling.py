"""Asking sources for their documents: each minute, with what changed since, within limits of time, size and place.

An address leads where the city file says and nowhere else: no redirection is followed, and an index may name documents
of its own origin alone.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit

import structlog
from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout
from prometheus_client import Gauge
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.alerts.documents import LARGEST, Element, Refused, parse
from desk.alerts.elements import CAP
from desk.alerts.service import Alerts
from desk.city.files import City
from desk.contract.errors import BackendError, BackendNonsense, BackendRefused, BackendTimeout, BackendUnavailable
from desk.contract.staff import Permission, system
from desk.store.database import transaction
from desk.store.deferring import REPLIES, defer

log = structlog.get_logger(__name__)
POLL = "alerts.poll"
FAILING = Gauge(
    "desk_alert_source_failures", "Times in a row that a source of alerts did not answer", ["city", "source"]
)

ANSWER_SECONDS = 10.0
POLL_SECONDS = 45.0  # of an index and its documents together
EVERY = timedelta(seconds=55)
LONGEST_PAUSE = timedelta(minutes=10)  # an emergency must not wait for a source that has come back
MOST_LISTED = 200
MOST_READ = 20  # documents at once; the others the next time
ATOM = "http://www.w3.org/2005/Atom"
ACCEPT = "application/cap+xml, application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.9"
LONGEST_TAG = 500  # characters of an ETag that are kept
LONGEST_FAULT = 500
LONGEST_LINK = 2_000

# The claim is the fence: of two jobs one asks.
CLAIM = text("""
    INSERT INTO alert_polls (city, source, asked_at, next_at) VALUES (:city, :source, :now, :next)
    ON CONFLICT (city, source) DO UPDATE SET asked_at = :now, next_at = :next
    WHERE alert_polls.next_at <= :now
    RETURNING etag, modified, failures
""")
ANSWERED = text("""
    UPDATE alert_polls SET etag = :etag, modified = :modified, answered_at = :now, failures = 0, fault = :fault
    WHERE city = :city AND source = :source
""")
FAILED = text("""
    UPDATE alert_polls SET failures = failures + 1, fault = :fault, next_at = :next
    WHERE city = :city AND source = :source RETURNING failures
""")
KNOWN = text(
    "SELECT address FROM alert_readings WHERE city = :city AND source = :source AND address = ANY (:addresses)"
)
OLD_READINGS = text("DELETE FROM alert_readings WHERE alert_id IS NULL AND read_at < :before")
KEPT_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source answered; `body` None: nothing has changed."""

    body: bytes | None
    etag: str = ""
    modified: str = ""


@dataclass(frozen=True)
class Polling:
    """The room for jobs. `addresses` are where the sources that are asked really are, by city and slug."""

    engine: AsyncEngine
    alerts: Alerts
    http: ClientSession
    addresses: Mapping[tuple[str, str], str]
    now: Callable[[], datetime]

    async def queue(self) -> None:
        """Queue asking every source."""
        if self.addresses:
            async with transaction(self.engine) as connection:
                for city, source in self.addresses:
                    await defer(connection, POLL, lane=REPLIES, city=city, source=source)

    async def poll(self, city: str, source: str) -> int:
        """Ask a source, unless it was asked just now. Answers how many documents were new."""
        address = self.addresses.get((city, source))
        if address is None:
            return 0
        now, key = self.now(), {"city": city, "source": source}
        async with transaction(self.engine) as connection:
            claimed = (await connection.execute(CLAIM, {**key, "now": now, "next": now + EVERY})).one_or_none()
        if claimed is None:
            return 0
        try:
            async with asyncio.timeout(POLL_SECONDS):
                answer = await self._ask(address, claimed.etag, claimed.modified)
                new, fault, is_whole = await self._take(self.alerts.cities[city], source, address, answer)
        except (BackendError, TimeoutError) as exc:
            await self._failed(key, exc, claimed.failures)
            return 0
        tags = {"etag": answer.etag, "modified": answer.modified} if is_whole else {"etag": "", "modified": ""}
        async with transaction(self.engine) as connection:
            await connection.execute(ANSWERED, {**key, **tags, "now": self.now(), "fault": fault})
        FAILING.labels(**key).set(0)
        return new

    async def tidy(self) -> None:
        """Forget old refusals: documents that are still listed are refused anew."""
        async with transaction(self.engine) as connection:
            await connection.execute(OLD_READINGS, {"before": self.now() - KEPT_FOR})

    async def _failed(self, key: Mapping[str, str], exc: Exception, failures: int) -> None:
        pause = min(EVERY * 2**failures, LONGEST_PAUSE)
        fault = f"{type(exc).__name__}: {exc}"[:LONGEST_FAULT]
        async with transaction(self.engine) as connection:
            values = {**key, "fault": fault, "next": self.now() + pause}
            now_failing: int = (await connection.execute(FAILED, values)).scalar_one()
        FAILING.labels(**key).set(now_failing)
        error, city, source = type(exc).__name__, key["city"], key["source"]
        log.warning("alert_source_failed", city=city, source=source, error=error, failures=now_failing)

    async def _take(self, city: City, source: str, address: str, answer: Answer) -> tuple[int, str, bool]:
        """Take in what an answer holds: how many were new, what was wrong, and whether all of it was looked at."""
        if answer.body is None:
            return 0, "", True
        try:
            root = await asyncio.to_thread(parse, answer.body)
        except Refused as exc:
            raise BackendNonsense(str(exc)) from exc
        if (root.namespace, root.name) == (CAP, "alert"):
            new, fault = await self._one(city, source, address, answer.body)
            return new, fault, True
        listed = links_of(root, address)
        if listed is None:
            raise BackendNonsense("It is neither a CAP document nor an Atom or RSS index of some.")
        foreign = [one for one in listed if _origin(one) != _origin(address)]
        own = [one for one in listed if _origin(one) == _origin(address)][:MOST_LISTED]
        known = await self._known(city.slug, source, own)
        fresh = [one for one in reversed(own) if one not in known]  # the oldest first
        new, faults = 0, [f"it lists {len(foreign)} documents elsewhere"] if foreign else []
        is_whole = len(fresh) <= MOST_READ
        for one in fresh[:MOST_READ]:
            try:
                document = (await self._ask(one, "", "")).body or b""
            except BackendError as exc:  # the others are no worse for it
                faults.append(f"{one}: {exc}")
                is_whole = False
                continue
            added, fault = await self._one(city, source, one, document)
            new += added
            faults += [fault] if fault else []
        return new, "; ".join(faults)[:LONGEST_FAULT], is_whole

    async def _one(self, city: City, source: str, address: str, document: bytes) -> tuple[int, str]:
        actor = system(f"alerts:{source}", Permission.ALERT_UPLOAD)
        try:
            taken = await self.alerts.take(actor, city.slug, source, document, via="poll", address=address)
        except Refused as refused:
            return 0, str(refused)
        return int(taken.is_new), ""

    async def _known(self, city: str, source: str, addresses: list[str]) -> set[str]:
        wanted = {"city": city, "source": source, "addresses": addresses}
        async with self.engine.connect() as connection:
            return set((await connection.execute(KNOWN, wanted)).scalars())

    async def _ask(self, address: str, etag: str, modified: str) -> Answer:
        """Get what is at an address.

        Raises:
            BackendUnavailable, BackendTimeout, BackendRefused, BackendNonsense: it is not had.
        """
        since = {"If-None-Match": etag, "If-Modified-Since": modified}
        headers = {
            "Accept": ACCEPT,
            "Accept-Encoding": "identity",
            **{name: said for name, said in since.items() if said},
        }
        limits = ClientTimeout(total=ANSWER_SECONDS, sock_connect=3.0)
        try:
            async with self.http.get(address, headers=headers, timeout=limits, allow_redirects=False) as response:
                if response.status == 304 and (etag or modified):
                    return Answer(None, etag, modified)
                if response.status in {429, 500, 502, 503, 504}:
                    raise BackendUnavailable(f"It answered {response.status}.")
                if response.status != 200:
                    raise BackendRefused(f"It answered {response.status}.", status=response.status)
                body = await _bounded(response)
                tags = (response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""))
        except TimeoutError as exc:
            raise BackendTimeout("It did not answer in time.") from exc
        except (ClientError, OSError, ValueError) as exc:
            raise BackendUnavailable(f"It cannot be reached: {type(exc).__name__}.") from exc
        return Answer(body, *(one if len(one) <= LONGEST_TAG else "" for one in tags))


async def _bounded(response: ClientResponse) -> bytes:
    """The body of an answer, as far as a document may be large; packed it may be of any size."""
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise BackendNonsense("Its answer is packed, though nothing packed was asked for.")
    body = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        body += chunk
        if len(body) > LARGEST:
            raise BackendNonsense(f"Its answer has more than {LARGEST} bytes.")
    return bytes(body)


def links_of(root: Element, address: str) -> list[str] | None:
    """The documents that an index names, in its order; None: it is no index."""
    if (root.namespace, root.name) == (ATOM, "feed"):
        entries = [one for one in root.children if one.name == "entry"]
        links = [_atom_link(one) for one in entries]
    elif root.name == "rss":
        items = [item for channel in root.children for item in channel.children if item.name == "item"]
        links = [next((one.text.strip() for one in item.children if one.name == "link"), "") for item in items]
    else:
        return None
    return list(dict.fromkeys(filter(None, (_joined(address, one) for one in links if one))))


def _joined(address: str, link: str) -> str:
    """A link of an index, whole; empty where it is none."""
    try:
        whole = urljoin(address, link)
        return whole if len(whole) <= LONGEST_LINK and urlsplit(whole).port != 0 else ""
    except ValueError:
        return ""


def _atom_link(entry: Element) -> str:
    links = [one for one in entry.children if one.name == "link"]
    typed = [one for one in links if one.attribute("type") == "application/cap+xml"]
    plain = [one for one in links if one.attribute("rel") in {"", "alternate"}]
    return next((one.attribute("href") for one in [*typed, *plain]), "")


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port
