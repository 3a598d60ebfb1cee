"""Whom a model on trial answers."""

from uuid import UUID

from desk.conversations.candidate import Candidate

CONVERSATIONS = [str(UUID(int=place * 7919)) for place in range(4000)]


def answered(candidate: Candidate, city: str = "hangzhou") -> set[str]:
    return {one for one in CONVERSATIONS if candidate.answers(one, city)}


def test_a_share_is_that_share_and_grows_without_losing_any() -> None:
    """Of ten of a hundred none is lost where it becomes thirty."""
    ten, thirty = (answered(Candidate("a1", frozenset(), share)) for share in (10, 30))
    assert 0.08 < len(ten) / len(CONVERSATIONS) < 0.12
    assert 0.27 < len(thirty) / len(CONVERSATIONS) < 0.33
    assert ten < thirty


def test_all_and_none() -> None:
    """Of a hundred all; of none nobody."""
    assert answered(Candidate("a1", frozenset(), 100)) == {*CONVERSATIONS}
    assert answered(Candidate("a1", frozenset(), 0)) == set()


def test_other_cities_are_left_alone() -> None:
    """Only the cities that are named; without a name all."""
    some = Candidate("a1", frozenset({"ningbo"}), 100)
    assert answered(some) == set()
    assert answered(some, "ningbo") == {*CONVERSATIONS}


def test_each_model_begins_with_others() -> None:
    """The same residents are not always those who are tried on."""
    one, other = (answered(Candidate(name, frozenset(), 10)) for name in ("a1", "b2"))
    assert len(one & other) < len(one) / 3
