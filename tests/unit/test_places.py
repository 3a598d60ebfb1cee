"""Where a fault stands in a file, also in one that was made of two."""

from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from desk.city.overlay import layered
from desk.city.places import faults, place
from desk.city.yaml_files import NotYaml, read_yaml

TEXT = """\
slug: town
agencies:
  - slug: hall
    phone: 1
  - slug: baths
    phone: 2
"""
OVER = """\
# of this operator
agencies:
  - {slug: baths, phone: 3}
"""


class Strict(BaseModel):
    """A schema that the text breaks twice."""

    model_config = ConfigDict(extra="forbid")
    slug: int
    agencies: list[dict[str, str]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "town.yml"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def both(tmp_path: Path, file: Path) -> Path:
    """A file made of another laid over it."""
    over, made = tmp_path / "over.yml", tmp_path / "made.yml"
    over.write_text(OVER, encoding="utf-8")
    made.write_text(layered(over, file, tmp_path) or "", encoding="utf-8")
    return made


@pytest.mark.parametrize(
    ("loc", "line"),
    [((), 1), (("slug",), 1), (("agencies", 1, "phone"), 6), (("agencies", 1, "fax"), 5), (("nothing",), 1)],
)
def test_place_is_the_line_of_the_value_or_of_what_is_around_it(
    file: Path, loc: tuple[str | int, ...], line: int
) -> None:
    """By keys and by numbers of lists."""
    assert place(file, loc) == f"{file}:{line}"


@pytest.mark.parametrize(
    ("loc", "name", "line"),
    [(("agencies", 1, "phone"), "over.yml", 3), (("agencies", 0, "phone"), "town.yml", 4), (("slug",), "town.yml", 1)],
)
def test_place_in_a_file_made_of_two_is_where_it_was_said(
    both: Path, loc: tuple[str | int, ...], name: str, line: int
) -> None:
    """Lists are matched by slug: what is first in one file may be second in both."""
    assert place(both, loc) == f"{both.with_name(name)}:{line}"


def test_faults_names_each_fault_of_a_schema_with_its_line(file: Path) -> None:
    """And shows no value: a file may hold what is nobody's business."""
    with pytest.raises(ValidationError) as caught:
        Strict.model_validate(read_yaml(file))
    said = faults(file, caught.value)
    assert [part.split(": ")[:2] for part in said.split("; ")] == [
        [f"{file}:1", "slug"],
        [f"{file}:4", "agencies.0.phone"],
        [f"{file}:6", "agencies.1.phone"],
    ]


def test_faults_of_what_is_no_yaml_have_the_line_where_reading_ended(tmp_path: Path) -> None:
    """A file that cannot be read has no tree to look in."""
    path = tmp_path / "broken.yml"
    path.write_text("slug: town\nnames: {en: Town\nagencies: []\n", encoding="utf-8")
    with pytest.raises(NotYaml) as caught:
        read_yaml(path)
    assert faults(path, caught.value).startswith(f"{path}:3: ")


def test_a_file_with_many_faults_is_read_once(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And not once a fault: in a large file that took as long as there were faults."""
    read, compose = [], yaml.compose
    monkeypatch.setattr(yaml, "compose", lambda *given: (read.append(given), compose(*given))[1])
    file.write_text(f"slug: town\nagencies: [{', '.join(['{phone: 1}'] * 50)}]\n", encoding="utf-8")
    with pytest.raises(ValidationError) as caught:
        Strict.model_validate(read_yaml(file))
    said = faults(file, caught.value)
    assert (said.count(f"{file}:2: agencies."), len(read)) == (50, 1)
