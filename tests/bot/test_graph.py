"""Rasa's graphs, run without dask."""

from typing import Any, List

import pytest

from bot.graph import results


def test_a_step_gets_the_results_of_those_that_it_needs() -> None:
    """In the order in which it names them; an input is its name and its value."""
    graph: Any = {
        "sum": (lambda *given: ("sum", [value for _, value in given]), "b", "text"),
        "b": (lambda given: ("b", given[1] + 1), "a"),
        "a": ("a", 1),
        "text": ("text", "a"),
    }
    assert results(graph, ["sum", "a"]) == (("sum", [2, "a"]), ("a", 1))


def test_a_step_runs_once_and_only_where_it_is_needed() -> None:
    """Two that need the same get the same, and nothing else runs."""
    ran: List[str] = []

    def step(name: str) -> Any:
        return lambda *given: ran.append(name) or (name, given)

    graph: Any = {
        "top": (step("top"), "left", "right"),
        "left": (step("left"), "base"),
        "right": (step("right"), "base"),
    }
    graph |= {"base": (step("base"),), "apart": (step("apart"),)}
    results(graph, ["top"])
    assert ran == ["base", "left", "right", "top"]


def test_what_a_step_raises_is_raised() -> None:
    """Rasa turns it into its own error."""

    def fails() -> None:
        raise RuntimeError("no")

    graph: Any = {"a": (fails,)}
    with pytest.raises(RuntimeError, match="no"):
        results(graph, ["a"])
