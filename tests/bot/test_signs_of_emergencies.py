"""What signs of a case, which the desk finds named, change in hearing an emergency."""

from typing import Any, Dict, Optional

import pytest

from bot.components.heads.emergency_head import (
    BARE,
    BARELY,
    DOUBTFUL,
    LEAST,
    PLAIN,
    PLAINLY,
    SHARES,
    WEAK,
    Judged,
    decide,
    settled,
    with_lives,
    with_pieces,
)

BODY = {"medical": 0.95, "fraud": 0.05}
BLOWS = {"domestic_violence": 0.75, "medical": 0.2, "fraud": 0.05}


def heard(kind: str, *also: str) -> Dict[str, Any]:
    """What is heard of a kind."""
    return {"kind": kind, "also": [*also], "confidence": 0.9, WEAK: False, PLAINLY: False, BARE: False, "down": False}


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
    ("score", "shares", "warned_of"), [(-5.0, BODY, "medical"), (LEAST - 0.1, BODY, None), (-5.0, BLOWS, None)]
)
def test_a_sign_calls_for_a_word_of_caution(score: float, shares: Dict[str, float], warned_of: Optional[str]) -> None:
    """Not where it is long past, nor where an emergency would be another."""
    assert Judged(score, shares, 0.0).warns_of(["medical"]) == warned_of


def test_kinds_that_share_a_sign_call_for_it_together() -> None:
    """Who swallowed a thing may be a child or not: the likelier is warned of."""
    judged = Judged(-5.0, {"poisoning": 0.35, "child": 0.3, "medical": 0.1}, 0.0)
    assert judged.warns_of(["child", "poisoning"]) == "poisoning"
    assert judged.warns_of(["child"]) is None
    assert judged.warns_of([]) is None


def test_of_kinds_with_the_same_signs_the_likelier_is_heard() -> None:
    """The signs of a child who is down are those of anybody; what is hardly likely is not heard for its signs."""
    found = decide(Judged(-3.0, {"medical": 0.9, "child": 0.05}, 0.0), 0.0, signs={"child": 2, "medical": 2})
    assert found is not None
    assert found["kind"] == "medical"
    assert decide(Judged(-3.0, {"medical": 0.9, "child": 0.01}, 0.0), 0.0, signs={"child": 2}) is None


def test_two_signs_of_what_is_likely_are_heard_before_a_booking_begins() -> None:
    """Of what is not, no sooner than ever."""
    assert decide(Judged(-9.0, BODY, 0.0), 0.0, signs={"medical": 2}) is not None
    assert decide(Judged(-9.0, BODY, 0.0), 0.0, signs={"medical": 1}) is None
    assert decide(Judged(-9.0, BLOWS, 0.0), 0.0, signs={"medical": 2}) is None


def test_a_wish_to_die_is_warned_of_however_it_is_told() -> None:
    """Long ago, of somebody else, beside another wish; and where money is in danger its telephone is named."""
    assert Judged(-20.0, BODY, 0.0).warns_of(["medical", "self_harm"]) == "self_harm"
    assert with_lives(heard("fraud", "crime"), [("self_harm", 1)])["also"] == ["self_harm", "crime"]
    assert with_lives(heard("fire"), [("self_harm", 1)])["also"] == []


@pytest.mark.parametrize(
    ("kind", "intent", "sure", "plain", "believed"),
    [
        ("power_line", "report_problem", 0.97, True, False),  # a lamp that is dark
        ("power_line", "report_problem", 0.97, False, True),  # its words tell of danger, or name a sign
        ("power_line", "report_problem", 0.6, True, True),
        ("fire", "report_problem", 0.97, True, True),  # no broken thing
        ("fraud", "traffic_fines", 0.7, True, False),  # who would rather pay elsewhere
        ("fraud", "payment_status", 0.7, False, True),
    ],
)
def test_a_broken_thing_in_plain_words_is_a_report(
    kind: str, intent: str, sure: float, plain: bool, believed: bool
) -> None:
    """And a word of caution beside it at most."""
    found, caution = settled({**heard(kind), WEAK: True, PLAINLY: plain}, intent, sure)
    assert (found is not None, caution) == (believed, None if believed else kind)


def test_words_are_plain_that_name_no_sign() -> None:
    """Of what is heard, and say little of danger."""
    judged = Judged(3.0, BODY, 0.0)
    assert (decide(judged, PLAIN - 0.1) or {})[PLAINLY] is True
    assert (decide(judged, PLAIN - 0.1, signs={"medical": 1}) or {})[PLAINLY] is False
    assert (decide(judged, PLAIN) or {})[PLAINLY] is False


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


@pytest.mark.parametrize(
    ("kind", "intent", "sure", "said"),
    [
        ("self_harm", "utility_bills", 0.97, (None, None)),  # my daughter is away, how do I pay the water?
        ("child", "utility_bills", 0.97, (None, None)),
        ("child", "inform", 0.46, (None, "child")),  # it is for myself, the children are all away
        ("self_harm", "inform", 0.46, (None, "self_harm")),
        ("fire", "inform", 0.46, ("fire", None)),
    ],
)
def test_who_barely_sounds_alone_is_not_frightened(kind: str, intent: str, sure: float, said: tuple) -> None:
    """Beside a service that is surely wished nothing is said; else a warning, where a child is only spoken of."""
    found, caution = settled({**heard(kind), WEAK: True, BARE: True}, intent, sure)
    assert (found and found["kind"], caution) == said


def test_barely_is_little_above_the_threshold_and_without_a_sign() -> None:
    """A sign that is named, or more that is heard, counts as before."""
    shares = {"child": 0.95}
    told = [
        decide(Judged(score, shares, 0.0), 1.0, signs=signs)
        for score, signs in ((BARELY - 0.1, {}), (BARELY + 0.1, {}), (BARELY - 0.1, {"child": 1}))
    ]
    assert [one and one[BARE] for one in told] == [True, False, False]


@pytest.mark.parametrize(
    ("signs", "kind"), [({}, None), ({"child": 1}, None), ({"medical": 1}, "medical"), ({"poisoning": 1}, "poisoning")]
)
def test_a_sign_of_the_body_is_more_than_a_mood(signs: Dict[str, int], kind: Optional[str]) -> None:
    """What was swallowed is of that kind, whatever else its words sound like; signs of others change nothing."""
    found = decide(Judged(0.8, {"domestic_violence": 0.5, "fraud": 0.2, "poisoning": 0.1}, 0.0), 0.0, signs=signs)
    assert (found and found["kind"]) == kind
    assert found is None or not found[WEAK]
