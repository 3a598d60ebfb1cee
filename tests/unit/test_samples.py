"""Declared words and sample questions, and how near a message is to them."""

import math
from collections import Counter
from collections.abc import Iterable

import pytest

from actions.samples import Samples, samples
from actions.samples.book import FOLDER, written
from actions.samples.likeness import HELD, pieces

QUESTIONS = Samples({"tea": ["有茶吗", "do you have tea"], "price": ["多少钱一杯", "how much is a cup"]})
WORDS = Samples({"tea": ["茶叶", "teapot"], "coffee": ["咖啡", "咖啡豆"]})


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("有茶嗎？", "tea"),
        ("請問有冇茶", "tea"),
        ("Do you have any tea", "tea"),
        ("一杯多少钱", "price"),
        ("HOW MUCH IS A CUP?", "price"),
    ],
)
def test_a_question_is_nearest_to_what_it_is_like(said: str, name: str) -> None:
    """Script, capitals and signs make no difference; other words little."""
    assert QUESTIONS.nearest(said)[0] == name


def test_what_is_a_sample_is_wholly_near() -> None:
    """And what shares nothing with any is near to none."""
    assert QUESTIONS.nearest("有茶吗")[1] == pytest.approx(1.0)
    assert QUESTIONS.nearest("123") == (None, 0.0)


@pytest.mark.parametrize("said", ["有茶吗有茶", "how much tea do you have", "一杯茶多少钱"])
def test_likeness_is_the_cosine_of_weighed_pieces(said: str) -> None:
    """What is counted once of the samples gives what comparing with each of them would."""
    written = {"tea": ["有茶吗", "do you have tea"], "price": ["多少钱一杯", "how much is a cup"]}
    every = [pieces(one) for several in written.values() for one in several]

    def weighed(text: str) -> dict[str, float]:
        often = Counter(piece for one in every for piece in one)
        rarest = math.log(1 + len(every)) + 1
        return {
            piece: (1 + math.log(times)) * (rarest - math.log(1 + often[piece]))
            for piece, times in pieces(text).items()
        }

    def cosine(one: dict[str, float], other: dict[str, float]) -> float:
        shared = sum(weight * other.get(piece, 0.0) for piece, weight in one.items())
        return shared / (math.hypot(*one.values()) * math.hypot(*other.values()))

    expected = {name: max(cosine(weighed(said), weighed(one)) for one in several) for name, several in written.items()}
    assert dict(Samples(written).near(said)) == pytest.approx({name: near for name, near in expected.items() if near})


def test_words_are_found_within_a_sentence() -> None:
    """The name comes first whose words are more of it."""
    assert [name for name, _ in WORDS.held("我想买茶叶和咖啡豆")] == ["coffee", "tea"]
    assert [name for name, _ in WORDS.held("two teapots, please")] == ["tea"]
    assert WORDS.held("我想喝水") == []


@pytest.mark.parametrize(
    "said", ["我想买茶叶和咖啡豆", "two teapots, please", "咖啡", "我想喝水", "", "teapot 茶叶 茶"]
)
def test_what_a_sentence_holds_is_what_looking_at_each_sample_finds(said: str) -> None:
    """Though only those are looked at with which it has pieces in common."""
    written = {"tea": ["茶叶", "teapot"], "coffee": ["咖啡", "咖啡豆"], "signs": ["！"]}
    every = [pieces(one) for several in written.values() for one in several]
    often = Counter(piece for one in every for piece in one)

    def weight(held: Iterable[str]) -> float:
        return sum(math.log(1 + len(every)) + 1 - math.log(1 + often[piece]) for piece in held)

    expected = {}
    for name, several in written.items():
        samples_held = [pieces(one) & Counter(dict.fromkeys(pieces(said), 99)) for one in several]
        theirs = [
            held
            for held, one in zip(samples_held, map(pieces, several), strict=True)
            if held and weight(held) >= HELD * weight(one)
        ]
        if theirs:
            expected[name] = weight({piece for held in theirs for piece in held})
    assert dict(Samples(written).held(said)) == pytest.approx(expected)


@pytest.mark.parametrize("file", sorted(path.stem for path in FOLDER.glob("*.yml")))
def test_every_sample_is_nearest_to_its_own_name(file: str) -> None:
    """No sample of one name says another; none stands twice."""
    said = [(name, one) for name, asked in written(file).items() for one in asked.all]
    assert [(name, one) for name, one in said if samples(file).nearest(one)[0] != name] == []
    assert len({one for _, one in said}) == len(said)
