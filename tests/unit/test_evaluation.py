"""Figures of an evaluation: what is right, refused, sure and found."""

import json
from pathlib import Path

import pytest

from desk.contract.errors import StartError
from tools.evaluation import figures, lines, page
from tools.evaluation.lines import Cost, Line, Understood

COST = Cost(seconds=0.5, load_seconds=2.0, memory_bytes=300_000_000)


def pair(meant: str, guessed: str, confidence: float, lang: str = "en", **spans: object) -> figures.Pair:
    """A line of an intent, and what is made of it; `found` and `wanted` are names of entities in one place."""
    span = {"start": 0, "end": 2, "value": "28"}
    wanted = [{"entity": name, **span} for name in spans.get("wanted", ())]  # type: ignore[attr-defined]
    found = [{"entity": name, **span} for name in spans.get("found", ())]  # type: ignore[attr-defined]
    likeliest = guessed if guessed != lines.REFUSED else str(spans.get("likeliest", meant))
    understood = {"intent": guessed, "confidence": confidence, "ranking": [[likeliest, 0.9]], "language": lang}
    return (
        Line.model_validate({"text": "28 then", "intent": meant, "lang": lang, "entities": wanted}),
        Understood.model_validate({**understood, "entities": found}),
    )


PAIRS = [
    pair("next_bus", "next_bus", 0.95, wanted=["bus_line"], found=["bus_line"]),
    pair("next_bus", lines.REFUSED, 0.35, "zh_Hans", wanted=["stop"], found=["bus_line"]),
    pair("greet", "next_bus", 0.65, "zh_Hant"),
    pair("out_of_scope", lines.REFUSED, 0.25, likeliest="greet"),
    pair("out_of_scope", "out_of_scope", 0.85, "mixed"),
]


def test_an_intent_counts_after_the_gate() -> None:
    """What is refused is out of scope: right for a foreign line, wrong for any other."""
    found = figures.document(PAIRS, COST)
    assert found["intent"]["accuracy"] == 0.6
    assert found["by_lang"]["zh_Hans"] == {"lines": 1, "accuracy": 0.0}


def test_macro_f1_is_the_mean_over_intents() -> None:
    """An intent of one line weighs as much as one of a thousand."""
    assert figures.document(PAIRS, COST)["intent"]["macro_f1"] == pytest.approx((0.5 + 0.0 + 0.8) / 3, abs=1e-3)


def test_refusals_are_told_apart() -> None:
    """Recall is over foreign lines, false refusals are over the others."""
    assert figures.document(PAIRS, COST)["out_of_scope"] == {"recall": 1.0, "false_refusals": 0.3333}


def test_entities_count_by_type_and_exact_span() -> None:
    """A stop taken for a line is one wanted and not found, and one found and not wanted."""
    found = figures.document(PAIRS, COST)
    assert found["entities"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5}
    assert found["by_entity"]["stop"]["recall"] == 0.0


def test_the_curve_moves_the_gate() -> None:
    """At threshold 0 nothing is refused for want of confidence; at 0.9 only the surest line is let through."""
    curve = {at["threshold"]: at for at in figures.document(PAIRS, COST)["threshold_curve"]}
    assert curve[0.0]["false_refusals"] == 0.0
    assert curve[0.9]["false_refusals"] == 0.6667


def test_calibration_compares_confidence_with_what_is_right() -> None:
    """A sure and right line makes no error, a half sure and wrong one makes one."""
    assert figures.calibration([pair("greet", "greet", 1.0)])["error"] == 0.0
    assert figures.calibration([pair("greet", "next_bus", 0.65)])["error"] == 0.65


def test_confusions_and_speed_are_told() -> None:
    """Lines over the seconds that they took on one core."""
    found = figures.document(PAIRS, COST)
    assert {"intent": "greet", "understood": "next_bus", "lines": 1} in found["confusion"]
    assert found["sentences_per_second"] == 10.0


def test_the_page_shows_every_intent_and_escapes_what_it_shows() -> None:
    """Tables of all intents, two plots, and nothing that a file's text could turn into markup."""
    shown = page.html(figures.document([*PAIRS, pair("<b>", "greet", 0.5)], COST))
    assert shown.count("<svg") == 2
    assert "&lt;b&gt;" in shown
    assert "<b>" not in shown


@pytest.mark.parametrize(
    ("written", "said"),
    [
        pytest.param("{", "line 2: the line", id="no JSON"),
        pytest.param('{"text": "x", "intent": "greet", "lang": "fr"}', "line 2: lang", id="an unknown language"),
        pytest.param('{"text": "x", "lang": "en"}', "line 2: intent", id="no intent"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, written: str, said: str) -> None:
    """The file, the line and what is wrong with it."""
    file = tmp_path / "lines.jsonl"
    file.write_text(f"{json.dumps({'text': 'hi', 'intent': 'greet', 'lang': 'en'})}\n{written}\n", encoding="utf-8")
    with pytest.raises(StartError, match=said):
        lines.read([file])


def test_a_missing_file_and_an_empty_one_are_named(tmp_path: Path) -> None:
    """There is no evaluation of nothing."""
    with pytest.raises(StartError, match="cannot be read"):
        lines.read([tmp_path / "none.jsonl"])
    (tmp_path / "empty.jsonl").touch()
    with pytest.raises(StartError, match="no lines"):
        lines.read([tmp_path / "empty.jsonl"])
