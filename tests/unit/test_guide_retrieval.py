"""Which guide answers: questions as residents ask them, in three languages, and what is refused."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.kinds.guide.retrieval import GuideIndex
from actions.kinds.guide.words import Vocabulary
from actions.services import GuideService, load_service
from desk.guides import Guide, load_guides

ROOT = Path(__file__).parents[2]
LINES = ROOT / "nlu" / "service_guide" / "tests" / "retrieval.yml"
SHARE = 0.9


@pytest.fixture(scope="module")
def guides() -> dict[str, Guide]:
    return load_guides(ROOT / "guides")


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    declared = load_service(ROOT / "nlu" / "service_guide" / "service.yml")
    assert isinstance(declared, GuideService)
    return Vocabulary.of(declared.same_words, declared.empty_words)


@pytest.fixture(scope="module")
def index(guides: dict[str, Guide], vocabulary: Vocabulary) -> GuideIndex:
    sentences = {slug: (one.names.zh_Hans, one.names.en, *one.asked.all) for slug, one in guides.items()}
    return GuideIndex(vocabulary, sentences)


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    return list(yaml.safe_load(LINES.read_text(encoding="utf-8")))


def test_lines_are_many_and_new(lines: list[dict[str, Any]], guides: dict[str, Guide]) -> None:
    """The lines are at least 120, name guides that there are, and none stands in a guide."""
    known = {sentence for guide in guides.values() for sentence in guide.asked.all}
    assert len(lines) >= 120
    assert {line["guide"] for line in lines} - {None} <= set(guides)
    assert [line["ask"] for line in lines if line["ask"] in known] == []


def test_the_first_guide_is_the_right_one(lines: list[dict[str, Any]], index: GuideIndex) -> None:
    """Of questions with a guide, nine in ten have it first and above the bound."""
    asked = [line for line in lines if line["guide"] is not None]
    wrong = [line["ask"] for line in asked if not (found := index.find(line["ask"])) or found[0].slug != line["guide"]]
    assert len(wrong) <= (1 - SHARE) * len(asked), wrong


def test_what_no_guide_answers_is_refused(lines: list[dict[str, Any]], index: GuideIndex) -> None:
    """Of questions without a guide, nine in ten get none."""
    strange = [line["ask"] for line in lines if line["guide"] is None]
    answered = [question for question in strange if index.find(question)]
    assert len(answered) <= (1 - SHARE) * len(strange), answered


def test_every_guide_is_found_by_its_own_sentences(guides: dict[str, Guide], index: GuideIndex) -> None:
    """A sentence of a guide finds it, alone or among those to choose from."""
    lost = [
        (slug, sentence)
        for slug, guide in guides.items()
        for sentence in (guide.names.zh_Hans, guide.names.en, *guide.asked.all)
        if slug not in {found.slug for found in index.find(sentence)}
    ]
    assert lost == []


@pytest.mark.parametrize(
    ("text", "features"),
    [
        ("補辦身分證", {"=补", "=身份证"}),
        ("passport renew在哪办", {"=护照", "=换"}),
        ("我的ID card唔見咗，點算", {"=身份证", "=丢"}),
        ("bid cards", {"bid", "card"}),
        ("请问怎么办理", set()),
        ("How do I apply for it?", set()),
    ],
)
def test_a_sentence_is_read_by_its_matter(vocabulary: Vocabulary, text: str, features: set[str]) -> None:
    """Scripts, spellings and languages come to the same words; what every question has says nothing."""
    assert set(vocabulary.features(text)) == features


def test_several_that_fit_stand_side_by_side(index: GuideIndex) -> None:
    """A bare 护照 means one of three guides."""
    assert {found.slug for found in index.find("护照")} >= {"passport_first", "passport_renewal"}


def test_an_empty_sentence_finds_nothing(index: GuideIndex) -> None:
    """A sentence that names no matter has no guide, and that can be told apart from an unknown matter."""
    assert (index.find("怎么办"), index.names_a_matter("怎么办"), index.names_a_matter("钓鱼")) == ((), False, True)
