"""Words as data: lists, patterns made of them, and files that are wrong."""

import re
from pathlib import Path

import pytest

from values.lexicon import Lexicon, LexiconError, lexicon


def written(folder: Path, text: str) -> Lexicon:
    """The lexicon of a module whose words are such."""
    (folder / "asked.yml").write_text(text, encoding="utf-8")
    return lexicon(str(folder / "asked.py"))


def test_a_list_is_its_words_in_order(tmp_path: Path) -> None:
    """As written, signs and all."""
    assert written(tmp_path, "ends: [路口, 路, 'a.b']")["ends"] == ("路口", "路", "a.b")


def test_a_pattern_stands_on_lists_and_patterns(tmp_path: Path) -> None:
    """Words are taken literally, patterns as patterns; a group of the expression's own stays one."""
    words = written(tmp_path, "verb: [坐, 'a.b']\nhow: '怎么<verb>?'\nasked: '^(?P<how>.+)<how>$'")
    assert words.written("asked") == "^(?P<how>.+)(?:怎么(?:坐|a\\.b)?)$"
    found = words.pattern("asked").match("去机场怎么坐")
    assert found is not None
    assert found["how"] == "去机场"


def test_flags_are_the_callers(tmp_path: Path) -> None:
    """As of `re`."""
    assert written(tmp_path, "bus: bus").pattern("bus", re.IGNORECASE).search("BUS")


@pytest.mark.parametrize(
    ("text", "ask"),
    [("a: [b]", "c"), ("a: '<c>'", "a"), ("a: '('", "a"), ("a: 1", "a"), ("- a", "a"), ("a: [", "a")],
    ids=["no such entry", "no such list", "no expression", "no words", "no mapping", "no YAML"],
)
def test_what_is_wrong_is_said_at_once(tmp_path: Path, text: str, ask: str) -> None:
    """With the file's name."""
    with pytest.raises(LexiconError, match=r"asked\.yml"):
        written(tmp_path, text).pattern(ask)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The module was forgotten its words."""
    with pytest.raises(LexiconError, match=r"asked\.yml"):
        lexicon(str(tmp_path / "asked.py"))
