"""What signs of a case, which the desk finds named, change in hearing an emergency."""

from typing import Any, Dict

import pytest

from bot.components.heads.emergency_head import DOUBTFUL, LEAST, SHARES, WEAK, Judged, decide, settled, with_pieces

BODY = {"medical": 0.95, "fraud": 0.05}
BLOWS = {"domestic_violence": 0.75, "medical": 0.2, "fraud": 0.05}


def heard(kind: str, *also: str) -> Dict[str, Any]:
    """What is heard of a kind."""
    return {"kind": kind, "also": [*also], "confidence": 0.9, WEAK: False, "down": False}


def test_two_signs_of_a_case_want_less() -> None:
    """One alone does not; and whatever the words sound like, it is of the kind whose signs they are."""
    judged = Judged(-3.0, BODY, 0.0)
    assert decide(judged, 0.0) is None
    assert decide(judged, 0.0, signs={"medical": 1}) is None
    found = decide(Judged(-3.0, BLOWS, 1.0), 0.0, signs={"medical": 2})
    assert found is not None
    assert (found["kind"], found["also"], found[WEAK]) == ("medical", ["domestic_violence"], False)
    assert found[SHARES] == BLOWS


def test_two_signs_are_no_mood() -> None:
    """Where words alone say little of danger, a doubtful kind is a mood; named signs are none."""
    judged = Judged(1.0, BLOWS, 0.0)
    assert decide(judged, 0.1) is None
    assert decide(judged, 0.1, signs={"medical": 2}) is not None


@pytest.mark.parametrize(
    ("score", "shares", "calls"), [(-5.0, BODY, True), (LEAST - 0.1, BODY, False), (-5.0, BLOWS, False)]
)
def test_a_sign_calls_for_a_word_of_caution(score: float, shares: Dict[str, float], calls: bool) -> None:
    """Not where it is long past, nor where an emergency would be another."""
    assert Judged(score, shares, 0.0).calls_for("medical") is calls


def test_life_leads_where_only_money_is_heard() -> None:
    """Whoever wants to die and is called by swindlers is told first what saves a life; other pieces change nothing."""
    found = with_pieces(heard("fraud", "crime"), [heard("crime"), heard("self_harm")])
    assert (found["kind"], found["also"]) == ("self_harm", ["fraud"])
    assert with_pieces(heard("fraud"), [heard("crime")]) == heard("fraud")


@pytest.mark.parametrize(
    ("kind", "intent", "sure", "heard_of", "warned_of"),
    [
        ("self_harm", "thanks", 0.7, None, None),  # a courtesy is one
        ("self_harm", "nlu_fallback", 0.3, None, "self_harm"),  # cross, or alone
        ("self_harm", "out_of_scope", 0.9, "self_harm", None),  # surely nothing that the account does
        ("child", "next_bus", 0.86, None, "child"),  # crying at a stop
        ("child", "next_bus", 0.5, "child", None),
        ("fire", "report_problem", 0.98, "fire", None),  # what somebody in danger is taken for
    ],
)
def test_what_is_weak_is_settled_by_what_else_is_heard(
    kind: str, intent: str, sure: float, heard_of: str, warned_of: str
) -> None:
    """It is answered as an emergency, with a word of caution, or as what it is."""
    found, caution = settled({**heard(kind), WEAK: True}, intent, sure)
    assert ((found or {}).get("kind"), caution) == (heard_of, warned_of)


def test_what_is_clear_or_of_somebody_who_is_down_is_believed() -> None:
    """Whatever the words want beside it; of what is weak, from just below the bound on."""
    for one in (heard("self_harm"), {**heard("self_harm"), WEAK: True, "down": True}):
        found, caution = settled(one, "goodbye", 0.99)
        assert (found or {}).get("kind") == "self_harm"
        assert caution is None
    (clear, weak) = (decide(Judged(score, BODY, 0.0), 5.0) for score in (DOUBTFUL, DOUBTFUL - 0.1))
    assert (clear or {})[WEAK] is False
    assert (weak or {})[WEAK] is True


def test_what_is_weak_as_a_whole_is_clear_where_a_piece_is() -> None:
    """Of the same kind; another kind's piece, and one that is weak itself, make nothing clear."""
    weak, clear = {**heard("self_harm"), WEAK: True}, heard("self_harm")
    assert with_pieces(weak, [heard("fire"), clear])[WEAK] is False
    assert with_pieces(weak, [heard("fire"), weak]) == weak
