"""Facts are found by how they are asked for and by what they say, on the day they are written."""

from pathlib import Path
from typing import Dict, Optional

import pytest
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.components import NORMALISED
from bot.components.encoders.encoder import VECTOR, encode
from bot.components.encoders.reading_encoder import vector
from bot.components.heads.fact_index import TOLD, Asking, FactIndex, of_facts, unit
from bot.questions import FACT
from values.writing import normalised

TEXTS = {
    ("parking", "price", "fee"): ["停车一小时多少钱", "how much is parking", "停车收费: 每小时五元。"],
    ("parking", "wrong_plate", "what_if"): ["车牌输错了怎么办", "I typed the wrong plate", "车牌输错: 打电话更正。"],
    ("library", "price", "fee"): ["办借书证多少钱", "how much is a library card", "借书证费用: 免费。"],
}


def line(text: str, **keys: object) -> Message:
    return Message({TEXT: text, NORMALISED: normalised(text), **keys})


@pytest.fixture(scope="module")
def index() -> FactIndex:
    """Three facts of two services."""
    lines = [line(text, **{FACT: fact}) for fact, texts in TEXTS.items() for text in texts]
    return FactIndex.of_lines(of_facts([*lines, line("随便说一句")]))


def asked(
    text: str,
    *,
    about: Optional[Dict[str, float]] = None,
    matters: Optional[Dict[str, float]] = None,
    asks: float = 0.95,
    at_hand: Optional[str] = None,
) -> Asking:
    sentence = normalised(text)
    first = unit(encode((sentence,))[:, -VECTOR:])[0]
    return Asking(sentence, vector(sentence), first, about or {}, matters or {}, asks, at_hand)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("停車幾錢一個鐘", ("parking", "price")),
        ("typed a wrong number plate", ("parking", "wrong_plate")),
        ("借书证贵不贵", ("library", "price")),
    ],
)
def test_a_fact_is_found_by_how_it_is_asked_for(index: FactIndex, text: str, fact: object) -> None:
    """In any of our languages."""
    assert index.likely(asked(text))[0][:2] == fact


@pytest.mark.parametrize("service", ["parking", "library"])
def test_a_question_without_its_matter_is_about_what_is_at_hand(index: FactIndex, service: str) -> None:
    """The same words mean another fact beside another service."""
    found = index.likely(asked("要多少钱", about={"fee": 0.9}, matters={"unsaid": 0.9}, at_hand=service))
    assert found[0][:2] == (service, "price")


def test_a_wish_makes_facts_less_likely(index: FactIndex) -> None:
    """What is hardly asked is hardly answered."""
    question, wish = (index.likely(asked("停车一小时多少钱", asks=asks))[0][2] for asks in (0.95, 0.05))
    assert wish < question


def test_no_more_than_some_are_told(index: FactIndex) -> None:
    """Each once, the likeliest first, as probabilities."""
    found = index.likely(asked("停车"))
    assert len({one[:2] for one in found}) == len(found) <= TOLD
    assert [one[2] for one in found] == sorted((one[2] for one in found), reverse=True)
    assert all(0 <= one[2] <= 1 for one in found)


def test_it_is_the_same_after_it_was_kept(index: FactIndex, tmp_path: Path) -> None:
    """To the digits that are told."""
    index.save(tmp_path)
    again = FactIndex.load(tmp_path)
    for text in ("停车一小时多少钱", "wrong plate"):
        kept, made = again.likely(asked(text)), index.likely(asked(text))
        assert [one[:2] for one in kept] == [one[:2] for one in made]
        assert [one[2] for one in kept] == pytest.approx([one[2] for one in made], abs=0.01)


def test_without_facts_there_is_none() -> None:
    assert FactIndex.of_lines([]).likely(asked("停车")) == []
