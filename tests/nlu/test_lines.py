"""The lines residents say: what nlu/README.md promises of them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from stdnum.cn import ric

from values.writing import compact

NLU = Path(__file__).parents[2] / "nlu"
TEXT_FILES = sorted(
    path for path in NLU.glob("*/*.yml") if path.name not in {"service.yml", "facts.yml", "rules.yml", "domain.yml"}
)
UNTRAINED = sorted([*NLU.glob("*/tests/held_out.jsonl"), *NLU.glob("*/tests/development.jsonl")])
LANGUAGES = {"zh_Hans", "zh_Hant", "en", "mixed"}
MARK = re.compile(r'\[([^\]]+)\](?:\((\w+)\)|\{"entity": "(\w+)"(?:, "role": "(?:from|to)")?\})')


class Line(NamedTuple):
    """A line of training: its text without marks, and the marked values by entity."""

    text: str
    intent: str
    values: list[tuple[str, str]]
    file: str


def _training() -> Iterator[Line]:
    for path in TEXT_FILES:
        for block in yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["nlu"]:
            for line in block["examples"].splitlines():
                assert line.startswith("- "), line
                marks = [(mark[2] or mark[3], mark[1]) for mark in MARK.finditer(line)]
                yield Line(MARK.sub(r"\1", line[2:]), block["intent"], marks, str(path.relative_to(NLU)))


def _untrained() -> Iterator[tuple[str, dict[str, object]]]:
    for path in UNTRAINED:
        for line in path.read_text(encoding="utf-8").splitlines():
            yield str(path.relative_to(NLU)), json.loads(line)


def _key(text: str) -> str:
    """Sameness for a reader: case, spaces and punctuation make no new text."""
    return re.sub(r"[\s,.?!，。？！、~～…]+", "", text.casefold())


def _id_number_checks(written: str) -> bool:
    number = compact(written)
    return len(number) == 18 and number[17] == ric.calc_check_digit(number)


TRAINING = list(_training())
TESTS = list(_untrained())


def test_no_text_stands_under_two_intents() -> None:
    """A model cannot learn a text that means two things."""
    seen: dict[str, Line] = {}
    twice = [
        (line.text, line.intent, first.intent)
        for line in TRAINING
        if (first := seen.setdefault(_key(line.text), line)).intent != line.intent
    ]
    assert twice == []


def test_no_text_of_a_test_stands_in_training_or_twice() -> None:
    """What is tested was not learnt by heart."""
    learnt = {_key(line.text) for line in TRAINING}
    keys = [_key(str(test["text"])) for _, test in TESTS]
    assert [key for key in keys if key in learnt] == []
    assert len(keys) == len(set(keys))


def test_every_mark_is_well_formed() -> None:
    """A bracket that is no mark would be read as text."""
    broken = [line for line in TRAINING if re.search(r"[\[\]]", line.text)]
    spaced = [(line.text, value) for line in TRAINING for _, value in line.values if value != value.strip()]
    assert (broken, spaced) == ([], [])


def test_spans_of_tests_are_the_text_they_name() -> None:
    """Offsets count code points, the end is exclusive, spans lie one behind the other."""
    for file, test in TESTS:
        text, end = str(test["text"]), 0
        assert test["lang"] in LANGUAGES, (file, text)
        for span in test["entities"]:  # type: ignore[attr-defined]
            assert text[span["start"] : span["end"]] == span["value"], (file, text, span)
            assert span["start"] >= end, (file, text, span)
            end = span["end"]


def test_intents_of_tests_and_entities_are_trained() -> None:
    """A test of something the model never saw tests nothing."""
    intents = {line.intent for line in TRAINING}
    entities = {entity for line in TRAINING for entity, _ in line.values}
    assert {str(test["intent"]) for _, test in TESTS} <= intents
    assert {span["entity"] for _, test in TESTS for span in test["entities"]} <= entities  # type: ignore[attr-defined]


@pytest.mark.parametrize("folder", sorted({path.parent.name for path in TEXT_FILES}))
def test_a_folder_speaks_every_language(folder: str) -> None:
    """Every intent is understood in Simplified, Traditional and Cantonese, English, and mixed."""
    found = {path.stem for path in TEXT_FILES if path.parent.name == folder}
    assert found == LANGUAGES


def test_resident_ids_check() -> None:
    """Ids in training are such as residents have: a wrong check digit would teach a wrong pattern."""
    numbers = [value for line in TRAINING for entity, value in line.values if entity == "id_number"]
    assert numbers
    assert [number for number in numbers if not _id_number_checks(number)] == []
