"""PDF documents that are shown to everybody: kept as they came, so that seals and signatures in them hold.

So they are looked through, by a process of its own (`desk.media.document_reader`), and refused where they hold more
than pages.
"""

import asyncio
import re
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Literal, cast, get_args

import structlog

from desk.contract.errors import DeskError
from desk.media.types import MEDIA_LIMIT, content_type_of
from desk.texts.invisible import seen

PDF = "application/pdf"
LARGEST = MEDIA_LIMIT  # bytes
MOST_PAGES = 1_000
LONGEST_NAME = 80  # characters of a file's name
READER = Path(__file__).with_name("document_reader.py")
SECONDS = 20.0  # until the reader is ended: it has 10 of a processor
SUFFIX = re.compile(r"\.pdf$", re.IGNORECASE)
UNFIT = re.compile(r"[\x00-\x1f\x7f<>:\"/\\|?*{}]+")
"""What a file's name cannot hold on some system, and braces, which stand for facts in announcements."""

log = structlog.get_logger(__name__)

type Why = Literal[
    "kind", "large", "encrypted", "active", "files", "pages", "complex", "broken", "malware", "unscanned"
]
WHY = frozenset(get_args(Why.__value__))


class DocumentRefused(DeskError):
    """The document cannot be taken."""

    def __init__(self, why: Why) -> None:
        super().__init__(f"The document cannot be taken: {why}.")
        self.why: Why = why


async def insist_on_document(content: bytes) -> int:
    """Insist that a file is a PDF of pages and nothing else; answers how many.

    Raises:
        DocumentRefused: it is not.
    """
    if len(content) > LARGEST:
        raise DocumentRefused("large")
    if content_type_of(content) != PDF:
        raise DocumentRefused("kind")
    answer = await _asked(content)
    word, _, pages = answer.partition(" ")
    if word != "ok":
        raise DocumentRefused(cast(Why, word))
    return int(pages)


def file_name(given: str) -> str:
    """A file's name as it is kept: its last part, on one line, without what no file is called; empty: it says nothing.

    It ends in `.pdf` and has at most `LONGEST_NAME` characters.
    """
    last = re.split(r"[/\\]", seen(given))[-1]
    stem = SUFFIX.sub("", " ".join(UNFIT.sub(" ", last).split())).strip(". ")
    return f"{stem[: LONGEST_NAME - 4].rstrip('. ')}.pdf" if stem else ""


async def _asked(content: bytes) -> str:
    """What the reader says; of what broke it or took it too long that it is too complex."""
    reader = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(READER), str(MOST_PAGES), stdin=PIPE, stdout=PIPE, stderr=PIPE, env={}
    )
    try:
        async with asyncio.timeout(SECONDS):
            said, wrong = await reader.communicate(content)
    except TimeoutError:
        return "complex"
    finally:
        if reader.returncode is None:
            reader.kill()
            await reader.wait()
    answer = said.decode("ascii", "replace").strip()
    if reader.returncode is not None and reader.returncode < 0:
        log.warning("document_broke_its_reader", signal=-reader.returncode, bytes=len(content))
        return "complex"
    if answer.partition(" ")[0] not in {*WHY, "ok"}:
        raise RuntimeError(f"The reader of documents does not work: {wrong.decode(errors='replace')[-500:]}")
    return answer
