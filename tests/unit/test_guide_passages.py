"""Which texts of a guide answer a question about it."""

from pathlib import Path

import pytest

from actions.dialogue.reading.inquiry import Passage
from actions.kinds.guide.passages import Near, Texts, cases_first, following, notes_first
from desk.city.guides import load_guide

GUIDE = load_guide(Path(__file__).parents[2] / "guides" / "passport_lost.yml")


def near(*texts: tuple[str, int, float, float]) -> list[Near]:
    return sorted((Near(*one) for one in texts), key=lambda one: -one.score)


@pytest.mark.parametrize(
    ("texts", "parts", "cases", "told"),
    [
        ([("case", 2, 0.16, 0.0), ("case", 1, 0.05, 0.0)], [], [2], []),
        ([("case", 2, 0.16, 0.0), ("case", 1, 0.15, 0.0)], [], [], []),
        ([("case", 2, 0.26, 0.0), ("case", 1, 0.25, 0.0), ("case", 0, 0.1, 0.0)], [], [2, 1], []),
        ([("case", 2, 0.1, 0.0), ("case", 1, 0.02, 0.0)], [], [], []),
        ([("notes", 0, 0.16, 0.0), ("case", 1, 0.05, 0.0)], [], [], ["notes"]),
        ([("fee", 0, 0.1, 0.0), ("case", 2, 0.2, 0.2)], ["fee"], [2], []),
        ([("fee", 0, 0.2, 0.1), ("case", 2, 0.25, 0.1)], ["fee"], [], []),
        ([("fee", 0, 0.0, 0.0), ("case", 2, 0.2, 0.0)], ["fee"], [], []),
        ([], [], [], []),
    ],
    ids=["stands out", "two, hardly", "two", "far", "notes", "nearer than the fee", "the fee", "no word of it", "none"],
)
def test_what_follows_is_answered_by_the_text_that_stands_out(
    texts: list[tuple[str, int, float, float]], parts: list[str], cases: list[int], told: list[str]
) -> None:
    """However far it is: what is far from all of them alike is answered by none."""
    assert following(near(*texts), parts) == (cases, told)


def test_a_first_question_is_near_to_all_and_wants_more() -> None:
    """A case must be near, and nearer than the answer and the notes."""
    assert cases_first(near(("answer", 0, 0.5, 0.0), ("case", 1, 0.6, 0.1)), []) == [1]
    assert cases_first(near(("answer", 0, 0.5, 0.0), ("case", 1, 0.52, 0.0)), []) == []
    assert cases_first(near(("case", 1, 0.3, 0.0)), []) == []
    assert cases_first(near(("notes", 0, 0.6, 0.0), ("case", 1, 0.5, 0.0)), []) == []
    assert notes_first(near(("notes", 0, 0.6, 0.0), ("case", 1, 0.5, 0.0))) == ["notes"]
    assert notes_first(near(("case", 1, 0.6, 0.0), ("notes", 0, 0.5, 0.0))) == []


def test_words_in_common_count_beside_the_likeness() -> None:
    """A case that is called what is asked comes first, in any of the languages and scripts."""
    number, heading = 1, GUIDE.cases[1].about
    passages = [Passage("passport_lost", "case", at, 0.2) for at in range(len(GUIDE.cases))]
    for said in (heading.zh_Hans, heading.en):
        best = Texts().near(f"{said}?", "passport_lost", GUIDE, passages)[0]
        assert (best.part, best.number) == ("case", number)
        assert best.words > 0.2
