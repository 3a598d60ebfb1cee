"""What a message asks: a guide is found by what it says on the day it is written; probabilities stay probabilities."""

from typing import Dict, List

import numpy as np
import pytest
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.components import NORMALISED
from bot.components.heads.asking import Asking
from bot.components.heads.guide_index import GuideIndex
from bot.components.heads.matter_lines import MatterLine
from bot.components.heads.question_head import _matters
from bot.components.heads.text_bank import TextBank
from bot.questions import GUIDE, NONE, PASSAGE
from values.writing import normalised

ASKED = {"dogs": ["养狗要办证吗", "register a dog"], "passport": ["护照丢了怎么补", "lost my passport"]}
CASES = {
    "dogs": ("狗证: 拉布拉多能不能养", "case", 0),
    "passport": ("护照丢失: 在国外丢的找使领馆", "case", 1),
}
LINES = [
    *((text, "", f"{GUIDE}{slug}") for slug, texts in ASKED.items() for text in texts),
    ("孩子几岁上小学", "q1", NONE),
]


def line(text: str, **keys: object) -> Message:
    return Message({TEXT: text, NORMALISED: normalised(text), **keys})


@pytest.fixture(scope="module")
def index() -> GuideIndex:
    """Two guides."""
    cases = [line(text, **{PASSAGE: (slug, part, number)}) for slug, (text, part, number) in CASES.items()]
    compared = [MatterLine(normalised(text), hand, frozenset({of}), hand != "", line(text)) for text, hand, of in LINES]
    return GuideIndex.of_lines(cases, compared)


@pytest.fixture(scope="module")
def bank() -> TextBank:
    return TextBank.of_texts([normalised(text) for text, _, _ in LINES])


def figures(index: GuideIndex, bank: TextBank, text: str) -> Dict[str, np.ndarray]:
    """The figures of each guide."""
    asking = Asking.of(normalised(text))
    near = bank.near(asking.sentence, asking.tuned, asking.first)
    weighed = index.weighed(asking, near, index.near(asking.tuned), {})
    return {index.slugs[place]: row for place, row in zip(weighed.places, weighed.figures, strict=True)}


@pytest.mark.parametrize(("text", "slug"), [("小狗要不要上牌", "dogs"), ("passport was stolen", "passport")])
def test_a_guide_is_found_by_how_it_is_asked_for(index: GuideIndex, bank: TextBank, text: str, slug: str) -> None:
    """In any of our languages, also one that the tuned encoder does not know."""
    found = figures(index, bank, text)
    other = next(name for name in found if name != slug)
    assert found[slug][4] > found[other][4]


def test_the_nearest_passage_is_told(index: GuideIndex) -> None:
    """With the part that it is, each once."""
    passages = index.passages(index.near(Asking.of(normalised("在泰国把护照丢了怎么办")).tuned))
    assert passages[0][:3] == ("passport", "case", 1)
    assert len({where[:3] for where in passages}) == len(passages)


def test_of_one_guide_all_passages_are_told(index: GuideIndex) -> None:
    """And none of another."""
    found = index.passages_of("dogs", index.near(Asking.of(normalised("在泰国把护照丢了怎么办")).tuned))
    assert [one[:3] for one in found] == [("dogs", "case", 0)]


@pytest.mark.parametrize("guides", [[0.6, 0.3], [0.1, 0.0], [0.0, 0.0]])
def test_matters_are_probabilities(guides: List[float]) -> None:
    """Guides as they were weighed, the rest shared among services and none."""
    tuned: Dict[str, float] = {f"{GUIDE}dogs": 0.2, NONE: 0.5, "next_bus": 0.3}
    found = _matters({f"{GUIDE}dogs": guides[0], f"{GUIDE}passport": guides[1]}, tuned)
    assert sum(likely for _, likely in found) == pytest.approx(1, abs=0.01)
    assert found == sorted(found, key=lambda one: -one[1])


def test_where_no_guide_is_meant_the_rest_is_the_tuned_heads() -> None:
    assert _matters({f"{GUIDE}dogs": 0.25}, {"marriage": 0.5, f"{GUIDE}dogs": 0.5}) == [
        ("marriage", 0.75),
        (f"{GUIDE}dogs", 0.25),
    ]
