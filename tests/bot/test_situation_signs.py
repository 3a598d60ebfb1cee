"""What of a situation, and of the values in a text, tells commands apart."""

from typing import Any, Dict, List, Optional, Set

import pytest

from bot.components.heads.situation_signs import coverage, signs

DUE = {"step": "idle", "shown": [{"service": "traffic_fines", "due": True}], "standing": [], "buttons": []}
ASKING = {"service": "bus_route", "step": "asking", "asks_for": "from"}


@pytest.mark.parametrize(
    ("situation", "there", "not_there"),
    [
        pytest.param(None, {"nothing open", "step=idle"}, {"due"}, id="nothing was stated"),
        pytest.param(DUE, {"shown=traffic_fines", "due"}, {"nothing open"}, id="a fine was shown"),
        pytest.param(ASKING, {"service=bus_route", "asks=from"}, {"nothing open"}, id="a place is asked for"),
        pytest.param(
            {"standing": [{"what": "order", "service": "x", "status": "open"}]},
            {"standing=order", "open order"},
            {"nothing open"},
            id="an order is open",
        ),
        pytest.param(
            {"buttons": [{"command": "choose"}, {"command": "person"}]},
            {"button=choose"},
            {"button=person"},
            id="buttons that stand everywhere tell nothing",
        ),
    ],
)
def test_signs_of_a_situation(situation: Optional[Dict[str, Any]], there: Set[str], not_there: Set[str]) -> None:
    """Each item of a situation is a sign."""
    found = set(signs(situation))
    assert there <= found
    assert not not_there & found


@pytest.mark.parametrize(
    ("text", "given", "of_it", "of_any"),
    [
        ("武林广场", [["stop", "武林广场"]], 1.0, 1.0),
        ("在武林广场", [["place", "武林广场"]], 0.8, 0.8),
        ("28路", [["bus_line", "28路"]], 0.0, 1.0),
        ("好的", [], 0.0, 0.0),
    ],
)
def test_coverage_is_the_share_of_the_text(text: str, given: List[List[str]], of_it: float, of_any: float) -> None:
    """A place that is asked for may be found as a stop."""
    assert coverage(text, given, ASKING)[:2] == [of_it, of_any]
