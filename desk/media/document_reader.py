"""Reads the PDF on its standard input, and says in a line what it is: `ok` with the number of its pages, or why not.

A process of its own, run by its path (`desk.media.documents`): a document that was made to break whoever reads it
breaks this one, within bounds, and nothing else. It imports nothing of the desk.

A document is read strictly, and nothing about it is mended: what is broken is read by each viewer in its own way, and
what this one looked at has to be what the others show. All its objects are looked at, whether a page leads there or
not; streams of pages and pictures stay packed.
"""

import io
import re
import resource
import sys
from collections.abc import Iterable, Mapping

import pikepdf

SECONDS = 10  # of a processor
MEMORY = 384 * 1024 * 1024  # bytes: 300,000 objects take 310 MiB, and a role has 1 GiB
MOST_OBJECTS = 300_000
MOST_VALUES = 3_000_000  # within them
ACTIONS = frozenset(
    {
        *("/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/Rendition", "/Movie", "/Sound"),
        *("/RichMediaExecute", "/GoToR", "/GoToE", "/GoTo3DView"),
    }
)
"""Actions that run, send or open something outside the document (ISO 32000-2, 12.6.4)."""
SUBTYPES = frozenset({"/FileAttachment", "/RichMedia", "/3D", "/Movie", "/Sound"})
"""Annotations that hold files, or play something (ISO 32000-2, 12.5.6)."""
FILES = ("/EF", "/EmbeddedFiles", "/RichMediaContent", "/XFA")
"""Entries that hold other files, or a form that is a program of its own."""
SCHEME = re.compile(rb"\s*([A-Za-z][A-Za-z0-9+.\-]*):(?![0-9])")
OPENED = frozenset({b"http", b"https", b"mailto", b"tel"})
"""Schemes of addresses that one may be led to by a press."""
BROKEN = (pikepdf.PdfError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RuntimeError, OSError)
"""What the library raises over a file that is not what it says."""


class Refused(Exception):
    """The document is not taken; why, in a word."""


def read(content: bytes, most: int) -> int:
    """How many pages it has, of at most `most`.

    Raises:
        Refused: `encrypted`, `active`, `files`, `pages`, `complex` or `broken`.
    """
    try:
        with pikepdf.open(io.BytesIO(content), attempt_recovery=False, suppress_warnings=True) as document:
            if document.is_encrypted:
                raise Refused("encrypted")
            return _looked_through(document, most)
    except pikepdf.PasswordError as exc:
        raise Refused("encrypted") from exc
    except MemoryError as exc:
        raise Refused("complex") from exc
    except BROKEN as exc:
        raise Refused("broken") from exc


def _looked_through(document: pikepdf.Pdf, most: int) -> int:
    pages = len(document.pages)
    if not 0 < pages <= most:
        raise Refused("pages" if pages else "broken")
    _insist_on_opening(document.Root.get("/OpenAction"))
    objects = document.objects
    if len(objects) > MOST_OBJECTS:
        raise Refused("complex")
    _look([document.trailer, *objects])
    if document.get_warnings():  # something was mended after all, or left out
        raise Refused("broken")
    return pages


def _insist_on_opening(action: object) -> None:
    """Insist that opening it shows a place in it, and does no more: word processors write that."""
    if isinstance(action, pikepdf.Dictionary) and (str(action.get("/S")) != "/GoTo" or "/Next" in action):
        raise Refused("active")


def _look(objects: Iterable[object]) -> None:
    """Look at objects and all that stands within them; what they lead to is among the objects."""
    waiting, seen = list(objects), 0
    while waiting:
        value = waiting.pop()
        seen += 1
        if seen > MOST_VALUES:
            raise Refused("complex")
        if isinstance(value, pikepdf.Array):
            waiting += [one for one in value if _is_within(one)]
        elif isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
            is_stream = isinstance(value, pikepdf.Stream)
            entries = dict(value.stream_dict.items() if is_stream else value.items())
            _insist_on(entries, is_stream=is_stream)
            waiting += [one for one in entries.values() if _is_within(one)]


def _is_within(value: object) -> bool:
    """Whether it holds others, and stands nowhere else."""
    return isinstance(value, pikepdf.Array | pikepdf.Dictionary) and not value.is_indirect


def _insist_on(entries: Mapping[str, object], *, is_stream: bool) -> None:
    """Insist that a dictionary neither does anything nor holds a file."""
    action = str(entries.get("/S", ""))
    if action in ACTIONS or isinstance(entries.get("/JS"), pikepdf.String | pikepdf.Stream):
        raise Refused("active")
    extra = entries.get("/AA")
    if isinstance(extra, pikepdf.Dictionary) and len(extra):
        raise Refused("active")
    if action == "/URI" and not _is_opened(entries.get("/URI")):
        raise Refused("active")
    kinds = {str(entries.get(name, "")) for name in ("/Type", "/Subtype")}
    if "/EmbeddedFile" in kinds or kinds & SUBTYPES or any(name in entries for name in FILES):
        raise Refused("files")
    if is_stream and "/F" in entries:  # its content is another file's
        raise Refused("files")


def _is_opened(address: object) -> bool:
    found = SCHEME.match(bytes(address)) if isinstance(address, pikepdf.String) else None
    return found is None or found[1].lower() in OPENED


def main() -> None:
    """Answer the one who runs this, with the most pages; the bounds are set before anything is read."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        said = f"ok {read(sys.stdin.buffer.read(), int(sys.argv[1]))}"
    except Refused as exc:
        said = str(exc)
    print(said)


if __name__ == "__main__":
    main()
