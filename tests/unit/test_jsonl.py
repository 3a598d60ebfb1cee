"""Lines of JSONL files: read, or refused with the place of what is wrong."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from desk.contract.errors import StartError
from tools.evaluation.jsonl import read_jsonl


class Asked(BaseModel):
    """A line."""

    ask: str


def test_lines_of_all_files_come_in_order(tmp_path: Path) -> None:
    """One file after the other."""
    files = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    for number, file in enumerate(files):
        file.write_text(f'{{"ask": "{number}"}}\n', encoding="utf-8")
    assert [one.ask for one in read_jsonl(files, Asked)] == ["0", "1"]


def test_a_line_that_is_none_is_named(tmp_path: Path) -> None:
    """By file and number."""
    file = tmp_path / "a.jsonl"
    file.write_text('{"ask": "x"}\n{"said": "y"}\n', encoding="utf-8")
    with pytest.raises(StartError, match=r"a\.jsonl, line 2: "):
        read_jsonl([file], Asked)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """With what the system says."""
    with pytest.raises(StartError, match=r"a\.jsonl cannot be read: No such file"):
        read_jsonl([tmp_path / "a.jsonl"], Asked)
