"""Figures of turns, errors by meaning, and how far two labellers agree."""

import json
from pathlib import Path

import pytest

from desk.contract.errors import StartError
from tools.evaluation import agreement, groups, turns, turns_page, wrong
from tools.evaluation.turns import Heard, Line, Result

SITUATIONS = {"fines/shown_due": {}}


def line(say: str, *commands: str, lang: str = "en", hand: str = "h1") -> Line:
    return Line.model_validate(
        {"in": "fines/shown_due", "say": say, "lang": lang, "commands": list(commands), "hand": hand}
    )


def read(
    meant: str,
    *heard: tuple[str, float],
    sure: str | None = None,
    done: str | None = None,
    offered: tuple[str, ...] = (),
    confirms: str | None = None,
) -> Result:
    """A turn that means a command, and what was heard of it."""
    return Result(line(f"{meant} {heard}", meant), confirms, Heard(heard, sure, done, offered))


RESULTS = [
    read("pay_all", ("pay_all", 0.95), sure="pay_all", done="pay_all"),
    read("ask_fee", ("pay_all", 0.75), sure="pay_all", done="provide"),
    read("refuse", ("confirm", 0.85), ("refuse", 0.1), sure="confirm", done="confirm", confirms="submit"),
    read("start:next_bus", ("refuse", 0.4), ("start", 0.35), offered=("start:next_bus", "person")),
    read("wait", ("later", 0.45), ("wait", 0.3), offered=("start:next_bus", "person", "wait")),
    read("thanks", ("greet", 0.45), done="thanks"),
]


def test_the_likeliest_command_counts_and_what_is_sure_beside_it() -> None:
    """A service that is wished counts as a `start`."""
    found = turns.document(RESULTS)
    assert (found["turns"], found["right"], found["sure"]) == (6, round(1 / 6, 4), 0.5)
    assert found["right_where_sure"] == round(1 / 3, 4)


def test_what_is_asked_back_has_the_meaning_among_the_first_two_that_are_offered_or_not() -> None:
    """Of two turns one finds its service; the third that is offered is not seen."""
    found = turns.asked_back(RESULTS)
    assert (found["turns"], found["offered_right"], found["right_of_two"]) == (2, 0.5, 1.0)
    assert (found["by_words"], found["by_words_right"]) == (round(1 / 6, 4), 1.0)


def test_what_would_be_done_and_was_not_meant_is_told_by_harm() -> None:
    """A guard that stops it is told apart; a yes that submits is a yes, too."""
    found = turns.dangers(RESULTS)
    assert (found["pay"]["heard"], found["pay"]["done"]) == (1, 0)
    assert (found["confirm"]["heard"], found["submit"]["heard"], found["submit"]["done"]) == (1, 1, 1)
    assert found["submit"]["heard_per_thousand"] == 166.7
    assert (found["erase"]["heard"], found["hand_over"]["heard"]) == (0, 0)


def test_a_yes_that_submits_nothing_is_no_submission() -> None:
    found = turns.dangers([read("refuse", ("confirm", 0.9), sure="confirm", done="confirm", confirms="go_on")])
    assert (found["confirm"]["heard"], found["submit"]["heard"]) == (1, 0)


def test_what_the_words_alone_do_is_a_danger_too() -> None:
    """The situation is unsure, the words are for a person, and none was meant."""
    found = turns.dangers([read("ask_who", ("ask_who", 0.5), done="person")])
    assert (found["hand_over"]["heard"], found["hand_over"]["done"]) == (0, 1)


def test_what_a_guard_stops_without_another_meaning_is_asked_back() -> None:
    """The situation is sure, and still the dialogue asks."""
    found = turns.asked_back([read("wait", ("person", 0.7), sure="person", offered=("wait", "person"))])
    assert (found["turns"], found["offered_right"], found["by_words"]) == (1, 1.0, 0.0)


def test_calibration_compares_the_probability_with_what_is_meant() -> None:
    """Half of what is said to be sure is right: the error is a half. What is not read at all says nothing."""
    results = [read("wait", ("wait", 1.0)), read("wait", ("later", 1.0)), read("unclear")]
    assert turns.calibration(results) == {
        "error": 0.5,
        "bins": [{"from": 0.9, "turns": 2, "confidence": 1.0, "right": 0.5}],
    }


def test_commands_have_precision_and_recall() -> None:
    """A turn that means two things counts for the one that was heard."""
    both = Result(
        line("and what does it cost", "start:next_bus", "ask_fee"), None, Heard((("start", 0.9),), None, "start")
    )
    found = turns.by_command([*RESULTS, both])
    assert found["pay_all"] == {"turns": 1, "precision": 0.5, "recall": 1.0}
    assert found["start"] == {"turns": 2, "precision": 1.0, "recall": 0.5}
    assert "ask_fee" in found


def test_the_pages_show_all_and_escape_what_they_show() -> None:
    """Each group of errors opens; nothing that a resident wrote becomes markup."""
    shown = turns_page.html(turns.document(RESULTS))
    assert shown.count("<svg") == 1
    assert "hand over" in shown
    mistaken = wrong.of_turns([Result(line("<b>why", "ask_why"), None, Heard((("wait", 0.5),), None, None))])
    page = turns_page.errors(wrong.document(1, mistaken, [[1.0, 0.0]]))
    assert page.count("<details>") == 1
    assert "&lt;b&gt;why" in page
    assert "<b>" not in page


def test_errors_stand_together_by_meaning_the_most_typical_first() -> None:
    """Two that are near are one group, averagely linked; a third apart is its own."""
    rows = [[1.0, 0.0], [0.0, 1.0], [0.8, 0.6], [0.96, 0.28]]
    assert groups.grouped(rows, alike=0.7) == [[3, 0, 2], [1]]
    assert groups.grouped(rows, alike=0.99) == [[0], [1], [2], [3]]
    assert groups.grouped([]) == []


def test_a_group_says_what_was_taken_for_what() -> None:
    mistaken = wrong.of_turns(RESULTS)
    found = wrong.document(len(RESULTS), mistaken, [[1.0]] * len(mistaken))
    [group] = found["groups"]
    assert (found["of"], found["errors"], group["errors"]) == (6, 5, 5)
    assert {"meant": "ask_fee", "understood": "pay_all", "errors": 1} in group["taken"]


@pytest.mark.parametrize("name", ["held_out.jsonl", "turns_by_others.jsonl", "lines_by_others.jsonl"])
def test_lines_of_a_test_that_stays_unread_are_not_shown(name: str) -> None:
    """Totals of it may be told, its lines may not."""
    with pytest.raises(StartError, match="nobody reads"):
        wrong.may_be_read([Path("nlu/common/tests") / name])


@pytest.mark.parametrize("file", ["nlu/common/tests/turns_development.jsonl", "of_last_week.jsonl"])
def test_lines_of_development_and_of_ones_own_are_shown(file: str) -> None:
    wrong.may_be_read([Path(file)])


def test_a_bad_turn_is_named(tmp_path: Path) -> None:
    """The file, the line and what is wrong with it, an unknown situation too."""
    file = tmp_path / "turns.jsonl"
    written = {"in": "fines/shown_due", "say": "x", "lang": "en", "commands": ["wait"]}
    file.write_text(json.dumps(written), encoding="utf-8")
    assert turns.is_turn(file.read_text(encoding="utf-8"))
    assert turns.read([file], SITUATIONS)[0].meant == {"wait"}
    for wronged, said in (({"commands": []}, "line 1"), ({"in": "nowhere"}, "no situation nowhere")):
        file.write_text(json.dumps(written | wronged), encoding="utf-8")
        with pytest.raises(StartError, match=said):
            turns.read([file], SITUATIONS)


def test_kappa_is_agreement_beyond_chance() -> None:
    """Cohen's own example of two judges: 20 and 15 of 50 alike, 5 and 10 not."""
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    assert agreement.kappa(pairs) == 0.4
    assert agreement.kappa([("yes", "yes")] * 3) is None


def test_two_labellers_are_compared_by_command_where_both_labelled() -> None:
    """What only one of them labelled is counted apart."""
    first = [line("a", "wait"), line("b", "wait"), line("c", "thanks"), line("d", "start:next_bus"), line("e", "wait")]
    second = [line("a", "wait"), line("b", "later"), line("c", "thanks"), line("d", "start:bus_route")]
    found = agreement.document(first, second)
    assert (found["turns"], found["alone"], found["agree"]) == (4, 1, 0.75)
    assert found["by_command"]["thanks"] == {"first": 1, "second": 1, "both": 1, "kappa": 1.0}
    assert found["by_command"]["wait"]["kappa"] == 0.5
    assert found["disagreements"] == [{"first": "wait", "second": "later", "turns": 1}]


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ([line("a", "wait")], [line("b", "wait")], "in both files"),
        ([line("a", "wait"), line("a", "later")], [line("a", "wait")], "labelled twice"),
    ],
)
def test_what_cannot_be_compared_is_said(first: list[Line], second: list[Line], said: str) -> None:
    with pytest.raises(StartError, match=said):
        agreement.document(first, second)
