"""What `desk check` says of words, before anybody trains for minutes."""

from pathlib import Path

import pytest

from actions.schema import FormService, load_services
from actions.schema.lines import line_problems, load_lines
from desk.contract.errors import ConfigurationError

ROOT = Path(__file__).parents[2]
FILE = 'version: "3.1"\n\nnlu:\n- intent: {}\n  examples: |\n    {}\n'


def problems(folder: Path, **files: tuple[str, str]) -> list[str]:
    """What is said of lines (intent, lines), by folder."""
    for name, (intent, lines) in files.items():
        (folder / name).mkdir()
        (folder / name / "en.yml").write_text(FILE.format(intent, lines), encoding="utf-8")
    return list(line_problems(load_lines(folder), ["plate"]))


def test_ours_are_right() -> None:
    """All lines of all services."""
    services = load_services(ROOT / "nlu").values()
    asked = {field.entity for one in services if isinstance(one, FormService) for field in one.fields}
    assert list(line_problems(load_lines(ROOT / "nlu"), asked)) == []


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        pytest.param("- [A1](plate) please", "- next bus", [], id="right"),
        pytest.param(
            "- Next bus?", "- next bus", ["nlu/b/en.yml: 'next bus' means b, and a in nlu/a/en.yml"], id="two"
        ),
        pytest.param(
            "- [A1](plat)", "- x", ["nlu/a/en.yml: 'A1' marks 'plat', for which no service asks"], id="entity"
        ),
        pytest.param("- [A1 please", "- x", ["nlu/a/en.yml: '[A1 please' has a bracket that marks nothing"], id="open"),
    ],
)
def test_what_no_model_could_learn_is_named(tmp_path: Path, one: str, other: str, said: list[str]) -> None:
    """With its file and its text."""
    assert problems(tmp_path, a=("a", one), b=("b", other)) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("nlu: [", "nlu/a/en.yml is no YAML", id="no YAML"),
        pytest.param("nlu:\n- examples: x\n", "nlu/a/en.yml: nlu.0.intent is not as", id="no intent"),
        pytest.param(FILE.format("a", "* x"), "begins with", id="no list"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(tmp_path: Path, text: str, said: str) -> None:
    """In one line."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "en.yml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=said):
        load_lines(tmp_path)
