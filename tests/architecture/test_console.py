"""The console's files: pages without script or style of their own, every form guarded, every text in all languages."""

import hashlib
import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from desk.console.server import ALL
from desk.console.shell import CONTENT_TYPES, STATIC
from desk.contract.staff import Role
from desk.contract.wire import LOCALES
from desk.staff.requests import Kind
from tests.architecture.sources import ROOT, python_files, text_of

CONSOLE = Path("desk/console")
TEMPLATES = sorted((ROOT / CONSOLE / "templates").glob("*.html"))
HTMX = "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"
"""SHA-256 of `dist/htmx.min.js` of htmx.org 4.0.1, as npm has it."""
BARRED = re.compile(
    r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:|hx-on|hx-vals|hx-headers|https?://(?!www\.w3\.org)"
)
"""What the pages' policy refuses, and what would take code or a form's code from elsewhere."""
FORMS = re.compile(r'<form(?![^>]*method="(?:get|dialog)")')
SAID = re.compile(r"""\bt\(["']([a-z_]+)["'][,)]|["']console\.(?!css|js)([a-z_]+)["']""")


def keys_of(locale: str) -> set[str]:
    """The texts of a language, by the rest of their key."""
    found = set()
    for path in (ROOT / "locales" / locale / "LC_MESSAGES").glob("console*.po"):
        with path.open("rb") as file:
            messages = [one.id if isinstance(one.id, str) else one.id[0] for one in read_po(file, locale=locale)]
        found |= {key.removeprefix("console.") for key in messages if key}
    return found


@cache
def said() -> frozenset[str]:
    """The texts that pages and rooms name: literally, and by what roles, requests, places and tiles are called."""
    pages = [path.read_text("utf-8") for path in TEMPLATES]
    code = [text_of(path) for path in python_files("desk")]
    found = {one[0] or one[1] for source in (*pages, *code) for one in SAID.findall(source)}
    found |= {f"role_{role}" for role in Role} | {f"asks_{kind}" for kind in Kind}
    found |= {f"place_{place.name}" for section in ALL for place in section.places}
    tiles = [tile for section in ALL for tile in section.tiles]
    found |= {f"tile_{tile.name}" for tile in tiles} | {one.text for section in ALL for one in section.actions}
    found |= {f"decide_{tile.name}" if tile.decided_by else f"tile_{tile.name}_none" for tile in tiles}
    return frozenset(found)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_pages_hold_neither_script_nor_style(path: Path) -> None:
    """Nor addresses elsewhere: the policy of every page refuses them."""
    assert BARRED.findall(path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_forms_are_made_where_their_code_is_put_in(path: Path) -> None:
    """Whatever changes something is written by the one macro that guards it, or with the field of that macro."""
    source = path.read_text("utf-8")
    assert len(FORMS.findall(source)) <= source.count("csrf_field() }}")


@pytest.mark.parametrize("locale", LOCALES)
def test_every_text_of_the_console_is_there(locale: str) -> None:
    """In each language."""
    assert sorted(said() - keys_of(locale)) == []


def test_htmx_is_as_it_was_published() -> None:
    """And stands among the notices."""
    assert hashlib.sha256((STATIC / "htmx.js").read_bytes()).hexdigest() == HTMX
    assert "htmx 4.0.1" in text_of("THIRD_PARTY_NOTICES.md")


def test_files_are_of_kinds_that_are_served() -> None:
    """What no page could load would lie there for nothing."""
    assert [path.name for path in STATIC.iterdir() if path.suffix not in CONTENT_TYPES] == []


def test_assets_that_pages_name_are_there() -> None:
    """A page with a file that is not there is an error."""
    named = {name for path in TEMPLATES for name in re.findall(r"asset\('([^']+)'\)", path.read_text("utf-8"))}
    assert sorted(named - {path.name for path in STATIC.iterdir()}) == []
