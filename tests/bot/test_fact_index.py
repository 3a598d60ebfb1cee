"""Facts are weighed by how they are asked for, by what they say, and by what is talked of."""

from dataclasses import replace
from pathlib import Path
from typing import Dict, Optional

import numpy as np
import pytest
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.components import NORMALISED
from bot.components.heads.asking import Asking
from bot.components.heads.fact_index import FactIndex, names_nothing, of_everybody
from bot.components.heads.matter_lines import FACT_OF, MatterLine, highest, of_facts
from bot.components.heads.text_bank import TextBank
from bot.questions import ASKS, FACT
from values.writing import normalised

TEXTS = {
    ("parking", "price", "fee"): ["停车一小时多少钱", "how much is parking", "停车收费: 每小时五元。"],
    ("parking", "wrong_plate", "what_if"): ["车牌输错了怎么办", "I typed the wrong plate", "车牌输错: 打电话更正。"],
    ("library", "price", "fee"): ["办借书证多少钱", "how much is a library card", "借书证费用: 免费。"],
}
KERNEL, TUNED, SAID = 0, 1, 3
"""Columns of the figures."""
HERE, BESIDE = -5, -4


def line(text: str, **keys: object) -> Message:
    return Message({TEXT: text, NORMALISED: normalised(text), **keys})


SOURCES = [line(text, **{FACT: fact, ASKS: ":" not in text}) for fact, texts in TEXTS.items() for text in texts]


@pytest.fixture(scope="module")
def bank() -> TextBank:
    return TextBank.of_texts([one.get(NORMALISED) for one in SOURCES])


@pytest.fixture(scope="module")
def index() -> FactIndex:
    """Three facts of two services."""
    names = [f"{FACT_OF}{one.get(FACT)[0]}.{one.get(FACT)[1]}" for one in SOURCES]
    lines = [
        MatterLine(one.get(NORMALISED), "", frozenset({of}), False, one) for one, of in zip(SOURCES, names, strict=True)
    ]
    return FactIndex.of_lines(of_facts([*SOURCES, line("随便说一句")]), lines)


def figures(
    index: FactIndex,
    bank: TextBank,
    text: str,
    at_hand: Optional[str] = None,
    scores: Optional[Dict[str, float]] = None,
) -> Dict[str, np.ndarray]:
    """The figures of each fact, by its name."""
    asking = replace(Asking.of(normalised(text)), at_hand=at_hand)
    weighed = index.weighed(asking, bank.near(asking.sentence, asking.tuned, asking.first), scores or {})
    return {".".join(index.facts[place][:2]): row for place, row in zip(weighed.places, weighed.figures, strict=True)}


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("停車幾錢一個鐘", "parking.price"),
        ("typed a wrong number plate", "parking.wrong_plate"),
        ("借书证贵不贵", "library.price"),
    ],
)
def test_a_fact_is_found_by_how_it_is_asked_for(index: FactIndex, bank: TextBank, text: str, fact: str) -> None:
    """In any of our languages, and by what it says."""
    found = figures(index, bank, text)
    assert max(found, key=lambda name: found[name][TUNED]) == fact
    assert found[fact][SAID] == max(row[SAID] for row in found.values())


@pytest.mark.parametrize("service", ["parking", "library"])
def test_what_is_at_hand_tells_facts_apart(index: FactIndex, bank: TextBank, service: str) -> None:
    """The same words mean another fact beside another service."""
    found = figures(index, bank, "要多少钱", service)
    assert {name for name, row in found.items() if row[HERE] == 1} == {one for one in found if one.startswith(service)}


def test_what_lines_that_are_alike_say_counts(index: FactIndex, bank: TextBank) -> None:
    found = figures(index, bank, "停车", scores={f"{FACT_OF}parking.wrong_plate": 0.7})
    assert max(found, key=lambda name: found[name][KERNEL]) == "parking.wrong_plate"


def test_it_is_the_same_after_it_was_kept(index: FactIndex, bank: TextBank, tmp_path: Path) -> None:
    """To the figure."""
    index.save(tmp_path)
    again = FactIndex.load(tmp_path)
    for text in ("停车一小时多少钱", "wrong plate"):
        kept, made = figures(again, bank, text), figures(index, bank, text)
        assert kept.keys() == made.keys()
        assert all(np.allclose(kept[name], made[name]) for name in made)


def test_what_names_no_matter_is_about_what_is_at_hand() -> None:
    """And where nothing is at hand it is about nothing, so that no fact is told of it."""
    asking = Asking.of(normalised("那要多久呢"))
    assert not names_nothing(asking)
    assert names_nothing(replace(asking, matters={"unsaid": 0.9}, at_hand="parking"))
    assert not names_nothing(replace(asking, matters={"unsaid": 0.1}, at_hand="parking"))


def test_facts_of_the_account_are_of_no_service() -> None:
    assert of_everybody({f"{FACT_OF}account.erase"})
    assert not of_everybody({f"{FACT_OF}parking.price"})


def test_the_highest_stand_in_front() -> None:
    """Of equal ones the first; all where there are no more."""
    figures = np.array([0.1, 0.9, 0.5, 0.9, -1.0])
    assert highest(figures, 3).tolist() == [1, 3, 2]
    assert highest(figures, 9).tolist() == [1, 3, 2, 0, 4]
