"""PDF documents that were made to do harm to whoever reads them, or to hide what they hold."""

import resource
from collections.abc import Callable, Mapping

import pytest
from fixtures.drawn import drawn
from fixtures.papers import (
    circling,
    crowded,
    in_another_file,
    leads,
    locked,
    many_pages,
    nested,
    opening,
    plainly,
    pressed,
    printed,
    script,
    swollen,
    twice,
    typed,
    unreached,
    with_file,
)
from pikepdf import Array, Dictionary, Name, String

from desk.media.documents import LARGEST, DocumentRefused, insist_on_document

BEGINS = b"%PDF-1.7\n"
HOSTILE: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "asks for a password": (lambda: locked("secret"), "encrypted"),
    "is encrypted, with no password": (lambda: locked(""), "encrypted"),
    "runs a script when it is opened": (lambda: opening(script()), "active"),
    "starts a program": (lambda: pressed(Dictionary(S=Name.Launch, F=String("cmd.exe"))), "active"),
    "leads to an address when it is opened": (
        lambda: opening(Dictionary(S=Name.URI, URI=String("https://a.b"))),
        "active",
    ),
    "goes on to something else": (lambda: opening(Dictionary(S=Name.GoTo, Next=Dictionary(S=Name.Named))), "active"),
    "does something by itself": (lambda: typed("/AA", Dictionary(C=Dictionary(S=Name.Named))), "active"),
    "sends its form away": (lambda: pressed(Dictionary(S=Name.SubmitForm, F=String("https://a.b"))), "active"),
    "opens another's file": (lambda: pressed(Dictionary(S=Name.GoToR, F=String("\\\\a\\b"))), "active"),
    "leads to a script": (lambda: leads("javascript:alert(1)"), "active"),
    "leads to a file": (lambda: leads(" FILE:///etc/passwd"), "active"),
    "has a script that no page leads to": (lambda: unreached(), "active"),
    "has a script of another name": (lambda: pressed(script("/Strange")), "active"),
    "has a file in it": (lambda: with_file(), "files"),
    "has a form that is a program": (lambda: typed("/XFA", String("<xdp/>")), "files"),
    "shows what another file holds": (lambda: in_another_file(), "files"),
    "has ten thousand pages": (lambda: many_pages(), "pages"),
    "unpacks to very much": (lambda: swollen(600), "broken"),
    "has very many objects": (lambda: crowded(310_000), "complex"),
    "has pages in a circle": (lambda: circling(), "broken"),
    "has an entry twice": (lambda: twice(), "broken"),
    "has lists in lists": (lambda: nested(100_000), "broken"),
    "ends before its end": (lambda: printed()[:-300], "broken"),
    "is no more than a beginning": (lambda: BEGINS, "broken"),
    "has no pages": (lambda: plainly([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"]), "broken"),
    "is a page of a website": (lambda: b"<html><script>alert(1)</script>" + printed(), "kind"),
    "is a picture": (lambda: drawn(), "kind"),
    "is larger than any": (lambda: printed() + bytes(LARGEST), "large"),
}
TAKEN: Mapping[str, Callable[[], bytes]] = {
    "as a library writes it": lambda: printed(),
    "of many pages": lambda: printed(pages=300),
    "that shows its first page": lambda: opening(None),
    "that shows a place in it": lambda: opening(Dictionary(S=Name.GoTo, D=Array([String("a")]))),
    "with a link": lambda: leads("https://water.example/map"),
    "with a link to write to": lambda: leads("mailto:water@example.com"),
    "with a link that names no scheme": lambda: leads("water.example:8080/map"),
    "with a form to fill in": lambda: typed("/NeedAppearances", True),
}


@pytest.mark.parametrize("what", HOSTILE)
async def test_a_document_that_does_more_than_show_pages_is_refused(what: str) -> None:
    """Whatever it is made of, in a word that says why; and nothing but its reader is broken by it."""
    made, why = HOSTILE[what]
    with pytest.raises(DocumentRefused) as refused:
        await insist_on_document(made())
    assert refused.value.why == why


@pytest.mark.parametrize("what", TAKEN)
async def test_a_document_as_offices_write_it_is_taken(what: str) -> None:
    """Links, forms and the place that is shown first do nothing by themselves."""
    assert await insist_on_document(TAKEN[what]()) >= 1


async def test_the_reader_has_no_more_than_its_bounds() -> None:
    """This process needs no more memory for what breaks its reader."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(DocumentRefused):
        await insist_on_document(HOSTILE["unpacks to very much"][0]())
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # KiB
