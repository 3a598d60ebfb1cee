"""Types of value: a file is all that one needs, and a wrong file is named."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from desk.texts.masking import masked
from values.definition import Accepted, Trust
from values.finding import find, find_asked
from values.registry import types_in, value_types
from values.writing import normalised

NEW = """
import re
from values.definition import SURE, Accepted, Rejected, ValueType, pattern

def read(written, _=None):
    code = written.upper()
    return Accepted(code) if re.fullmatch(r"LIB\\d{4}", code) else Rejected("library_card.wrong_form")

TYPE = ValueType("library_card", patterns=(pattern(5000, SURE, r"lib\\d{4}"),), read=read)
"""


OTHER = NEW.replace("library_card", "other_card")


def _package(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, **files: str) -> ModuleType:
    (folder / name).mkdir()
    (folder / name / "__init__.py").touch()
    for module, text in files.items():
        (folder / name / f"{module}.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    return import_module(name)


def test_a_file_is_all_that_a_new_type_needs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is there, read, and found in sentences."""
    found = types_in(_package(monkeypatch, tmp_path, "right_types", library_card=NEW))
    card = found["library_card"]
    assert card.read is not None
    assert card.read("lib2041", None) == Accepted("LIB2041")
    assert find_asked(card, "我的卡LIB2041", None) == ["LIB2041"]


@pytest.mark.parametrize(
    ("name", "files", "why"),
    [
        ("untyped", {"library_card": "TYPE = 1"}, "has no TYPE"),
        ("misnamed", {"reader_card": NEW}, "has no TYPE"),
        ("ranked_twice", {"library_card": NEW, "other_card": OTHER}, "Two patterns have the rank 5000"),
    ],
)
def test_a_wrong_file_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, files: dict[str, str], why: str
) -> None:
    """The message says what to mend."""
    package = _package(monkeypatch, tmp_path, name, **files)
    with pytest.raises(TypeError, match=why):
        types_in(package)


def test_a_type_that_is_asked_for_is_shown_and_masked_by_itself() -> None:
    """Chat and staff see of a value what its own type says."""
    shown = {name: one.shown for name, one in value_types().items()}
    assert shown["phone"]("13800138000") == "*******8000"
    assert shown["passport"]("E12345678") == "*****5678"
    assert masked("护照E12345678") == "护照****5678"


def test_only_a_form_looks_for_what_is_asked_for() -> None:
    """A pattern of that trust finds nothing in a sentence of which nobody asked anything."""
    asked = value_types()["passport"]
    assert Trust.ASKED in {pattern.trust for pattern in asked.patterns}
    assert find_asked(asked, "K1234567", None) == ["K1234567"]
    assert "passport" not in {one.entity for one in find(normalised("K1234567"))}
