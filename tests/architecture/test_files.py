"""What must stay true of the files themselves."""

import re
from functools import cache
from pathlib import Path

import pytest

from desk.city.yaml_files import parse_yaml
from tests.architecture.sources import CODE, ROOT, files, python_files, text_of

VAGUE = {"utils", "util", "helpers", "helper", "common", "base", "misc"}
NAMES_A_CITY = ("cities", "guides", "sandbox", "tests", "docs", "nlu", "bench")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
TIME_ZONE = "Asia/Shanghai"  # of the whole country: the one word of code in which a city's name stands
PAGE = re.compile(r"\b([\w-]+\.md)\b")
MACHINE_PATH = re.compile(r"(?<![\w.])/(root|home/\w+|Users/\w+)/")


def test_no_module_has_a_vague_name() -> None:
    """A module is named for the one noun in it."""
    assert [str(path) for path in python_files(*CODE) if path.stem in VAGUE] == []


def city_words() -> list[str]:
    """Slugs and names of all cities."""
    words: list[str] = []
    for path in sorted((ROOT / "cities").glob("*.yml")):
        city = parse_yaml(path.read_text(encoding="utf-8"))
        words += [city["slug"], *city["names"].values()]
    return words


@cache
def code() -> dict[str, str]:
    """All that may know no city, in small letters, by its path."""
    kinds = {".py", ".js", ".html", ".css", ".po", ".yml", ".toml"}
    paths = [path for path in files() if path.suffix in kinds and path.parts[0] not in NAMES_A_CITY]
    return {str(path): text_of(path).replace(TIME_ZONE, "").lower() for path in paths}


@pytest.mark.parametrize("word", city_words())
def test_no_city_is_named_in_code(word: str) -> None:
    """A new city is data: nothing outside cities/, sandbox/, nlu/, tests/ and docs/ knows one by name."""
    small = word.lower()
    pattern = re.compile(rf"(?<![a-z]){re.escape(small)}(?![a-z])")
    assert [path for path, text in code().items() if small in text and pattern.search(text)] == []


def text_files() -> list[Path]:
    """All files that are text, except locks and this test."""
    kinds = {".py", ".md", ".yml", ".yaml", ".toml", ".js", ".html", ".css", ".sh", ".po", ".txt", ""}
    return [path for path in files() if path.suffix in kinds and path.name != Path(__file__).name]


def test_nothing_is_left_to_do() -> None:
    """Unfinished things are issues, not remarks in the code."""
    assert [str(path) for path in text_files() if UNFINISHED.search(text_of(path))] == []


def test_every_document_that_is_named_can_be_read() -> None:
    """Sources are the project's own pages or named by their publisher."""
    pages = {path.name for path in files() if path.suffix == ".md"}
    named = {(str(path), name) for path in text_files() for name in PAGE.findall(text_of(path))}
    assert sorted(where for where in named if where[1] not in pages) == []


def test_no_path_of_a_machine_is_written_down() -> None:
    """Nothing depends on where somebody keeps a checkout."""
    assert [str(path) for path in text_files() if MACHINE_PATH.search(text_of(path))] == []
