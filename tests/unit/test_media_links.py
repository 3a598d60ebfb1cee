"""Addresses of pictures: for whoever was given them, for a while."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from desk.media.links import LENGTH, MediaLinks
from desk.store.keys import Keys

KEYS = Keys("0123456789abcdef" * 3)
LINKS = MediaLinks(KEYS, "https://city.example")
FILE = UUID("6f1d2a52-3c1c-4f0e-9a63-0c8c2f5d7a11")
UNTIL = datetime(2026, 12, 24, tzinfo=UTC)


def test_an_address_opens_its_file_until_its_time() -> None:
    """To the last moment, and not a second longer."""
    code = LINKS.code(FILE, UNTIL)
    assert LINKS.address(FILE, UNTIL) == f"https://city.example/media/{code}"
    assert len(code) == LENGTH
    assert LINKS.opens(code, UNTIL) == FILE
    assert LINKS.opens(code, UNTIL + timedelta(seconds=1)) is None


@given(st.integers(0, LENGTH - 1), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
def test_another_code_opens_nothing_else(place: int, char: str) -> None:
    """Neither another file nor a longer time can be made of a code."""
    code = LINKS.code(FILE, UNTIL)
    changed = code[:place] + char + code[place + 1 :]
    assert LINKS.opens(changed, UNTIL) == (FILE if changed == code else None)


@given(st.text(max_size=80))
def test_nonsense_opens_nothing(code: str) -> None:
    """Whatever is asked for."""
    assert LINKS.opens(code, UNTIL) is None


def test_another_secret_opens_nothing() -> None:
    """Codes are of one installation."""
    assert MediaLinks(Keys("f" * 48), "").opens(LINKS.code(FILE, UNTIL), UNTIL) is None
