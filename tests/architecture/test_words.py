"""Words are data: no Chinese character stands in code, and no word stands in a file that no code reads."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from desk.city.yaml_files import parse_yaml

ROOT = Path(__file__).parents[2]
CODE = ("actions", "bench", "bot", "channels", "desk", "roles", "scripts", "tools")
"""All but `values/`, whose types are what values look like, the pretend city, and tests."""
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def modules() -> Iterator[Path]:
    """The Python files of the folders."""
    for folder in CODE:
        yield from (path for path in sorted((ROOT / folder).rglob("*.py")) if ".venv" not in path.parts)


def lexicons() -> list[Path]:
    """The files of words that stand beside a module of their name."""
    return [path.with_suffix(".yml") for path in modules() if path.with_suffix(".yml").exists()]


def test_no_chinese_character_stands_in_code() -> None:
    """Neither in a pattern nor in a sentence, nor in a comment: words are in YAML beside the code, or in locales/."""
    counted = {path.relative_to(ROOT).as_posix(): len(_HAN.findall(path.read_text("utf-8"))) for path in modules()}
    assert {path: count for path, count in counted.items() if count} == {}


@pytest.mark.parametrize("path", lexicons(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_entry_of_words_is_read(path: Path) -> None:
    """By its name, in the module beside it or in another entry."""
    code, entries = path.with_suffix(".py").read_text("utf-8"), parse_yaml(path.read_text("utf-8"))
    used = {*re.findall(r"[\"'](\w+)[\"']", code), *re.findall(r"<(\w+)>", path.read_text("utf-8"))}
    assert sorted(set(entries) - used) == []
