"""Tests by turns: every test within as many runs as there are parts, and no claim of many cases without one."""

import pytest
from fixtures.by_turns import MANY, chosen, turn

CASES = [f"a.py::test_x[{number}]" for number in range(31)]
FEW = [f"b{file}.py::test_{number}" for file in range(9) for number in range(4)]


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_all_parts_together_are_all_tests(parts: int) -> None:
    found = [chosen([*CASES, *FEW], part, parts) for part in range(parts)]
    assert set.union(*found) == {*CASES, *FEW}
    assert sum(map(len, found)) == len(CASES) + len(FEW)


def test_a_claim_of_many_cases_is_in_every_part() -> None:
    found = [len(chosen(CASES, part, 3)) for part in range(3)]
    assert sorted(found) == [10, 10, 11]


def test_what_else_a_file_holds_stays_together() -> None:
    cases = [f"b0.py::test_y[{number}]" for number in range(MANY - 1)]
    files = {test.partition("::")[0] for test in chosen([*FEW, *cases], 0, 2)}
    others = {test.partition("::")[0] for test in chosen([*FEW, *cases], 1, 2)}
    assert files.isdisjoint(others)


def test_the_order_of_tests_decides_nothing() -> None:
    assert chosen(CASES + FEW, 0, 2) == chosen(FEW + CASES[::-1], 0, 2)


@pytest.mark.parametrize("written", ["2/2", "1", "a/b", "-1/2", "/"])
def test_what_is_no_turn_is_an_error(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("CITYDESK_TURN", written)
    with pytest.raises(pytest.UsageError, match="PART/PARTS"):
        turn()
