"""XML of strangers as a tree of elements, bounded before and while it is parsed; no DTD, entity or outside reference.

The parser is expat behind defusedxml: it stops at a DOCTYPE, so no entity is ever declared. Nothing of a document is
looked at that a limit here has not let through.
"""

from dataclasses import dataclass, field
from typing import cast
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from desk.contract.errors import DeskError

LARGEST = 2_000_000  # bytes
DEEPEST = 16
MOST_ELEMENTS = 20_000
QUOTED = 60  # characters of a document that a reason repeats


class Refused(DeskError):
    """A document is refused. `why` names the rule, one of a closed list; the message says what to mend."""

    def __init__(self, why: str, message: str) -> None:
        super().__init__(message)
        self.why = why


@dataclass(frozen=True, slots=True)
class Element:
    """An element: its local name, its namespace (empty: none), its text, its elements. Attributes say nothing here."""

    name: str
    namespace: str
    text: str = ""
    children: tuple["Element", ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()

    def attribute(self, name: str) -> str:
        """The value of an attribute; empty where there is none."""
        return dict(self.attributes).get(name, "")


@dataclass(slots=True)
class _Open:
    tag: str
    attributes: tuple[tuple[str, str], ...]
    texts: list[str] = field(default_factory=list)
    children: list[Element] = field(default_factory=list)


class _Tree:
    """What the parser tells of a document, put together; it stops the parser at a limit."""

    def __init__(self, root: tuple[str, str] | None) -> None:
        self._root = root
        self._open: list[_Open] = []
        self._count = 0
        self._made: Element | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if not self._open and self._root is not None and _split(tag) != self._root:
            namespace, name = self._root
            raise Refused("not_cap", f"The document is no {name!r} of the namespace {namespace}: it is {quoted(tag)}.")
        self._count += 1
        if self._count > MOST_ELEMENTS:
            raise Refused("too_many_elements", f"It has more than {MOST_ELEMENTS} elements.")
        if len(self._open) >= DEEPEST:
            raise Refused("too_deep", f"Its elements stand more than {DEEPEST} deep.")
        self._open.append(_Open(tag, tuple(attributes.items())))

    def end(self, tag: str) -> None:  # noqa: ARG002 - the parser tells it; it is that of the last start
        ended = self._open.pop()
        namespace, name = _split(ended.tag)
        made = Element(name, namespace, "".join(ended.texts), tuple(ended.children), ended.attributes)
        if self._open:
            self._open[-1].children.append(made)
        else:
            self._made = made

    def data(self, text: str) -> None:
        if self._open:
            self._open[-1].texts.append(text)

    def close(self) -> Element | None:
        return self._made


def parse(document: bytes, root: tuple[str, str] | None = None) -> Element:
    """Parse a document; `root` is the namespace and name that its outermost element must have.

    Raises:
        Refused: it is too large, no XML, has a DTD, or is more than the limits allow.
    """
    if len(document) > LARGEST:
        raise Refused("too_large", f"It has {len(document)} bytes; at most {LARGEST} are read.")
    parser = DefusedXMLParser(target=_Tree(root), forbid_dtd=True, forbid_entities=True, forbid_external=True)
    try:
        parser.feed(document)
        made = cast("Element | None", parser.close())
    except DefusedXmlException as exc:
        raise Refused("has_dtd", "It has a document type or entities, which no alert needs.") from exc
    except (ParseError, ValueError, LookupError) as exc:  # of an encoding that nobody knows, too
        raise Refused("not_xml", f"It is no XML in UTF-8: {quoted(str(exc))}.") from exc
    if made is None:
        raise Refused("not_xml", "It is no XML: it has no element.")
    return made


def quoted(said: str) -> str:
    """What a document says, as a reason repeats it: short, on one line."""
    plain = "".join(char if char.isprintable() else " " for char in said[:QUOTED])
    return repr(plain + ("…" if len(said) > QUOTED else ""))


def _split(tag: str) -> tuple[str, str]:
    namespace, _, name = tag[1:].rpartition("}") if tag.startswith("{") else ("", "", tag)
    return namespace, name
