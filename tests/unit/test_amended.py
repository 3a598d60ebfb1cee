"""Guides that were changed in the console are told before the files have the change."""

from collections.abc import Iterator
from datetime import date
from itertools import count
from pathlib import Path

import pytest
from fixtures import loaded

from desk.city.amended import Amended, GuidesNow, write
from desk.city.guides import Guide, holding

SLUG = "dog_licence"
FILE = loaded.ROOT / "guides" / f"{SLUG}.yml"
CITY = "hangzhou"


@pytest.fixture
def seconds() -> Iterator[float]:
    """A clock that is two seconds on whenever it is looked at."""
    return iter(count(0, 2))  # type: ignore[arg-type]


def now_of(folder: Path, seconds: Iterator[float]) -> tuple[Amended, GuidesNow]:
    """Guides of a city, with those in a folder laid over them."""
    amended = Amended(folder, lambda: next(seconds))
    return amended, GuidesNow(loaded.all_guides(), loaded.cities(), ["service_guide"], amended)


def test_what_is_changed_is_told_and_what_is_merged_no_more(tmp_path: Path, seconds: Iterator[float]) -> None:
    """The new text at once, the end of a guide, a new guide; what is taken away leaves the files' text."""
    amended, guides = now_of(tmp_path / "amended", seconds)
    text = FILE.read_text("utf-8")
    before = guides[CITY][SLUG].guide.answer.en
    other = text.replace("please call first", "please call us first")
    write(tmp_path / "amended", {SLUG: f"{other}until: 2026-12-01\n", "cat_licence": text})
    assert guides[CITY][SLUG].guide.answer.en == before.replace("call first", "call us first")
    assert "cat_licence" in guides[CITY]
    assert SLUG not in holding(guides[CITY], date(2026, 12, 2))
    same = amended.guides()
    assert amended.guides() is same
    write(tmp_path / "amended", {})
    assert guides[CITY][SLUG].guide.answer.en == before
    assert "cat_licence" not in guides[CITY]


def test_what_cannot_be_read_is_left_out(tmp_path: Path, seconds: Iterator[float]) -> None:
    """Residents are told what the files say."""
    write(tmp_path, {SLUG: "names: none\n"})
    amended, guides = now_of(tmp_path, seconds)
    assert amended.guides() == {}
    assert isinstance(guides[CITY][SLUG].guide, Guide)


def test_nobody_looks_more_often_than_once_a_second(tmp_path: Path) -> None:
    """However many turns come."""
    times = iter([0.0, 0.5, 1.5])
    amended = Amended(tmp_path, lambda: next(times))
    assert amended.guides() == {}
    write(tmp_path, {SLUG: FILE.read_text("utf-8")})
    assert amended.guides() == {}
    assert set(amended.guides()) == {SLUG}
