"""Documents of announcements: each looked through and kept once, by its hash; an announcement names it by that.

Public once an announcement with it is, and nothing personal. What no version and no template names is deleted a day
after it came.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.announcements.composing.images import Illustrating, page_of
from desk.announcements.content import Document, fault
from desk.announcements.feeds.archive import ONCE_PUBLIC
from desk.announcements.words import Attached
from desk.audit.trail import record
from desk.contract.errors import Conflict, NotFound
from desk.contract.staff import WITHIN, Actor, Permission
from desk.media.documents import LARGEST, MOST_PAGES, DocumentRefused, Why, file_name, insist_on_document
from desk.media.scanning import NoScanner, Scanner, Verdict
from desk.store.database import transaction

LIMITS = {"megabytes": LARGEST // 1024 // 1024, "pages": MOST_PAGES}
NAMELESS = "document.pdf"
"""What a file is called whose own name says nothing."""

KEEP = text("""
    INSERT INTO announcement_documents (sha256, content, brought_by, wanted_at)
    VALUES (:sha256, :content, :by, :now)
    ON CONFLICT (sha256) DO UPDATE SET brought_by = excluded.brought_by, wanted_at = excluded.wanted_at
""")
# A change, not a lock: so a deletion that waits for it looks at the row anew.
WANT = text("""
    UPDATE announcement_documents SET wanted_at = :now
    WHERE sha256 = :sha256 AND octet_length(content) = :size RETURNING sha256
""")
NAMES = "-> 'documents' @> jsonb_build_array(jsonb_build_object('sha256', document.sha256))"
NAMED = f"""
    EXISTS (SELECT FROM announcement_versions AS one JOIN announcements ON announcements.id = one.announcement_id
            WHERE one.written {NAMES} AND <within>)
    OR EXISTS (SELECT FROM announcement_templates AS announcements
               WHERE announcements.written {NAMES} AND <within>)
"""
WITHIN_PLACES = WITHIN.format(city="announcements.city", agency="announcements.agency")
SEEN = text(f"""
    SELECT content FROM announcement_documents AS document
    WHERE sha256 = :sha256 AND (brought_by = :login OR {NAMED.replace("<within>", WITHIN_PLACES)})
""")
# By the beginning of its hash, which stands in its address.
SHOWN = text(f"""
    SELECT one.named, announcements.withdrawn_at IS NOT NULL AS is_gone
    FROM announcements CROSS JOIN LATERAL jsonb_array_elements(announcements.documents) AS one (named)
    WHERE announcements.id = :number AND announcements.city = :city AND {ONCE_PUBLIC}
      AND starts_with(one.named ->> 'sha256', :begins)
    LIMIT 1
""")
PART = text("SELECT substring(content FROM :begin FOR :length) FROM announcement_documents WHERE sha256 = :sha256")
FORGET = text(f"""
    DELETE FROM announcement_documents AS document
    WHERE wanted_at < :before AND NOT ({NAMED.replace("<within>", "true")})
""")
AT_ONCE = 256 * 1024  # bytes; a file is kept unpacked, so that the store reads no more of it than these
BEGINS = 16
"""So many characters of its hash stand in the address of a document: it is one of at most three."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A document that everybody may fetch, or might until its announcement was withdrawn: then it `is_gone`."""

    document: Document
    is_gone: bool


@dataclass(frozen=True)
class Documenting(Illustrating):
    """The room with documents. One is read at a time; `scanner` looks for malware."""

    scanner: Scanner = field(default_factory=NoScanner, compare=False)
    reading: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1), compare=False)

    async def keep_document(self, actor: Actor, city: str, agency: str, content: bytes, name: str) -> Document:
        """Look through a PDF and keep it, to be named by an announcement of the agency within `UNUSED_HOURS`.

        Args:
            actor: who brings it.
            city: of the agency.
            agency: whose announcement is to name it.
            content: the file.
            name: what the file is called.

        Raises:
            AnnouncementFault: it is none, too large, encrypted, broken, holds more than pages, or is not clean.
            NotPermitted: the actor may not write for this agency.
        """
        actor.require(Permission.ANNOUNCEMENT_PUBLISH, city, agency)
        try:
            async with self.reading:
                await insist_on_document(content)
        except DocumentRefused as exc:
            raise refused(exc.why) from exc
        match await self.scanner.scan(content):
            case Verdict.MALWARE:
                raise refused("malware")
            case Verdict.UNKNOWN:  # who brings it waits, and can try again: nothing is held
                raise refused("unscanned")
        sha256 = hashlib.sha256(content).hexdigest()
        kept = {"sha256": sha256, "content": content, "by": actor.login, "now": self.now()}
        async with transaction(self.engine) as connection:
            await connection.execute(KEEP, kept)
            await record(connection, actor, "announcement.keep_document", subject=sha256, city=city, agency=agency)
        return Document(sha256=sha256, file=file_name(name) or NAMELESS, size=len(content))

    async def document(self, actor: Actor, sha256: str) -> bytes:
        """A document of an announcement or a template that the actor may see, or one that they brought.

        Raises:
            NotFound: there is none.
        """
        values = {**actor.places(Permission.ANNOUNCEMENT_READ).values(), "sha256": sha256, "login": actor.login}
        async with self.engine.connect() as connection:
            found: bytes | None = (await connection.execute(SEEN, values)).scalar_one_or_none()
        if found is None:
            raise NotFound("There is no such document.")
        return found

    async def insist_on_documents(self, connection: AsyncConnection, documents: Sequence[Document]) -> None:
        """Insist that documents are kept, each of its size, and keep them for what names them from now on.

        Raises:
            AnnouncementFault: one is not.
        """
        for one in documents:
            wanted = {"sha256": one.sha256, "size": one.size, "now": self.now()}
            if (await connection.execute(WANT, wanted)).one_or_none() is None:
                raise fault("documents", "error_announcement_document_gone", name=one.file)


def refused(why: Why) -> Conflict:
    """What is wrong with a file, as its editor reads it."""
    return fault("documents", f"error_announcement_document_{why}", **LIMITS)


async def shown(connection: AsyncConnection, city: str, number: int, begins: str, now: datetime) -> Shown | None:
    """A document of an announcement that everybody may read, also if that was taken back. None: there is none."""
    values: dict[str, Any] = {"city": city, "number": number, "begins": begins, "now": now}
    found = (await connection.execute(SHOWN, values)).one_or_none()
    return None if found is None else Shown(Document.model_validate(found.named), found.is_gone)


async def parts(engine: AsyncEngine, document: Document) -> AsyncIterator[bytes]:
    """Its content, part by part: nothing is held for who reads slowly, neither the whole of it nor a connection.

    Raises:
        NotFound: it is gone meanwhile.
    """
    for begin in range(0, document.size, AT_ONCE):
        wanted = {"sha256": document.sha256, "begin": begin + 1, "length": AT_ONCE}
        async with engine.connect() as connection:
            part: bytes | None = (await connection.execute(PART, wanted)).scalar_one_or_none()
        if part is None:
            raise NotFound("There is no such document.")
        yield part


def path_of(city: str, number: int, sha256: str) -> str:
    """Where everybody finds a document of an announcement, from the root of the site: below its page."""
    return f"/{city}/announcements/{number}/{sha256[:BEGINS]}.pdf"


def attached(documents: Sequence[Document], city: str, number: int, public_url: str) -> Attached | None:
    """What goes along with messages of an announcement; None: nothing."""
    if not documents or not public_url:
        return None
    found = [(one, public_url + path_of(city, number, one.sha256)) for one in documents]
    return Attached(found, page_of(public_url, city, number))


async def forget_unused(connection: AsyncConnection, before: datetime) -> None:
    """Delete documents that nobody wanted since and nothing names."""
    await connection.execute(FORGET, {"before": before})
