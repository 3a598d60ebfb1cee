"""What a message asks: a guide is found by what it says on the day it is written; probabilities stay probabilities."""

from typing import Dict, List

import numpy as np
import pytest
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.components import NORMALISED
from bot.components.encoders.encoder import VECTOR, encode
from bot.components.encoders.reading_encoder import vector
from bot.components.heads.question_head import GuideIndex, _matters, of_guides, unit, weighing
from bot.questions import GUIDE, HAND, MATTER, NONE, PASSAGE
from values.writing import normalised

ASKED = {"dogs": ["养狗要办证吗", "register a dog"], "passport": ["护照丢了怎么补", "lost my passport"]}
CASES = {
    "dogs": ("狗证: 拉布拉多能不能养", "case", 0),
    "passport": ("护照丢失: 在国外丢的找使领馆", "case", 1),
}


def line(text: str, **keys: object) -> Message:
    return Message({TEXT: text, NORMALISED: normalised(text), **keys})


@pytest.fixture(scope="module")
def index() -> GuideIndex:
    """Two guides."""
    asked = [line(text, **{MATTER: f"{GUIDE}{slug}", HAND: ""}) for slug, texts in ASKED.items() for text in texts]
    cases = [line(text, **{PASSAGE: (slug, part, number)}) for slug, (text, part, number) in CASES.items()]
    other = [line("孩子几岁上小学", **{MATTER: NONE, HAND: "q1"})]
    return GuideIndex.of_lines(of_guides([*asked, *cases, *other]))


def features(index: GuideIndex, text: str) -> np.ndarray:
    sentence = normalised(text)
    return index.features(vector(sentence), unit(encode((sentence,))[:, -VECTOR:])[0])[0]


@pytest.mark.parametrize(("text", "slug"), [("小狗要不要上牌", "dogs"), ("passport was stolen", "passport")])
def test_a_guide_is_found_by_how_it_is_asked_for(index: GuideIndex, text: str, slug: str) -> None:
    """In any of our languages."""
    assert index.slugs[int(features(index, text)[:, 0].argmax())] == slug


def test_the_nearest_passage_is_told(index: GuideIndex) -> None:
    """With the part that it is, each once."""
    sentence = normalised("在泰国把护照丢了怎么办")
    _, likeness = index.features(vector(sentence), unit(encode((sentence,))[:, -VECTOR:])[0])
    passages = index.passages(likeness)
    assert passages[0][:3] == ("passport", "case", 1)
    assert len({where[:3] for where in passages}) == len(passages)


def test_a_guide_that_the_encoder_does_not_know_is_no_less_likely(index: GuideIndex) -> None:
    """Its likeness decides."""
    rows = weighing(index, features(index, "护照丢了"), {f"{GUIDE}dogs": 0.01, NONE: 0.9}, {})
    known, new = rows[index.slugs.index("dogs")], rows[index.slugs.index("passport")]
    assert new[0] > known[0] - 2
    assert new[4] > known[4]


@pytest.mark.parametrize("guides", [[0.9, 0.8], [0.1, 0.0], [0.0, 0.0]])
def test_matters_are_probabilities(guides: List[float]) -> None:
    """Guides as they were weighed, the rest shared among services and none."""
    tuned: Dict[str, float] = {f"{GUIDE}dogs": 0.2, NONE: 0.5, "next_bus": 0.3}
    found = _matters(["dogs", "passport"], np.array(guides), tuned)
    assert sum(likely for _, likely in found) == pytest.approx(1, abs=0.01)
    assert found == sorted(found, key=lambda one: -one[1])


def test_matters_are_plain_numbers() -> None:
    """They are sent on as JSON, and numpy 2 keeps to single precision where numpy 1 did not."""
    matters = _matters(
        ["dogs"], np.array([0.25], np.float32), {"marriage": np.float32(0.5), "guide:dogs": np.float32(0.5)}
    )
    assert matters == [("marriage", 0.75), (f"{GUIDE}dogs", 0.25)]
    assert {type(likely) for _, likely in matters} == {float}
