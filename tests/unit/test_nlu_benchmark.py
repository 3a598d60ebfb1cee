"""The benchmark of understanding: how public sets are read, what is counted, and what the page shows."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bench.nlu import ours, page, public_sets, stock
from desk.errors import StartError

SIDE = {
    "train": 20000,
    "test": 1708,
    "accuracy": 0.94,
    "by_lang": {"zh_Hans": 0.937, "en": 0.93},
    "entities_f1": 0.914,
    "foreign_refused": 0.885,
    "false_refusals": 0.012,
    "sentences_per_second": 410.4,
    "memory_mb": 371,
    "training_seconds": 178.4,
    "training_wall_seconds": 109.6,
}
COST = {"training_seconds": 12.4, "sentences_per_second": 450.0, "memory_mb": 240}
DOCUMENT: dict[str, Any] = {
    "machine": {"processor": "A", "cores": 2, "memory_gb": 8.0, "system": "Linux 6", "load_before": 0.1},
    "own": [{"name": "ours, all lines", **SIDE}],
    "sets": [
        {
            "name": "CLINC150 with foreign lines",
            "train": 15100,
            "test": 5500,
            "bar": 0.95,
            "foreign_bar": 0.7,
            "ours": {"accuracy": 0.945, "foreign_refused": 0.71, **COST},
            "stock": None,
        },
        {
            "name": "HWU64, 10 lines an intent",
            "train": 640,
            "test": 1076,
            "bar": 0.835,
            "foreign_bar": None,
            "ours": {"accuracy": 0.8, "foreign_refused": None, **COST},
            "stock": {"accuracy": 0.7, "foreign_refused": None, **COST, "training_seconds": 300.0},
        },
    ],
}


def test_sentences_and_labels_are_paired_by_line(tmp_path: Path) -> None:
    """A missing label is said, not guessed."""
    (tmp_path / "seq.in").write_text("top up\nlost card\n", encoding="utf-8")
    (tmp_path / "label").write_text("top_up\nlost_card\n", encoding="utf-8")
    assert public_sets.pairs(tmp_path) == [("top up", "top_up"), ("lost card", "lost_card")]
    (tmp_path / "label").write_text("top_up\n", encoding="utf-8")
    with pytest.raises(StartError, match="2 sentences and 1 labels"):
        public_sets.pairs(tmp_path)


def test_xsid_is_read_from_its_comments(tmp_path: Path) -> None:
    """The text in its own language, not the English beside it; an equals sign may stand in it."""
    file = tmp_path / "zh.conll"
    file.write_text(
        "# id = 1\n# text-en = rain?\n# text = 1+1=2 下雨吗？\n# intent = weather/find\n1\t下雨\tweather/find\tO\n",
        encoding="utf-8",
    )
    assert public_sets.conll(file) == [("1+1=2 下雨吗？", "weather/find")]


def test_foreign_lines_of_clinc_have_one_label(tmp_path: Path) -> None:
    """They stand apart in the file, and are learnt and asked with the others."""
    lines = {f"{prefix}{part}": [["hi", "x"]] for part in ("train", "val", "test") for prefix in ("", "oos_")}
    file = tmp_path / "data_full.json"
    file.write_text(json.dumps(lines), encoding="utf-8")
    assert public_sets.clinc150(file)["val"] == [("hi", "x"), ("hi", public_sets.FOREIGN)]


def test_a_missing_file_names_what_to_set(tmp_path: Path) -> None:
    """Whoever has no public data learns where they belong."""
    with pytest.raises(StartError, match="CITYDESK_CONFORMANCE"):
        public_sets.conll(tmp_path / "zh.conll")


def test_foreign_lines_are_counted_apart() -> None:
    """A refusal of a line in scope is wrong; of a foreign line it is what is wanted."""
    meant = [("a", "x"), ("b", "x"), ("c", public_sets.FOREIGN)]
    found = ours.shares(meant, ["x", public_sets.FOREIGN, public_sets.FOREIGN])
    assert found == {"accuracy": 0.5, "foreign_refused": 1.0}
    assert ours.shares(meant[:2], ["x", "x"]) == {"accuracy": 1.0, "foreign_refused": None}


def test_a_bracket_of_a_public_line_is_no_mark() -> None:
    """Rasa would read it as an entity."""
    assert stock.marked([("pay [now](soon)", "pay")])[0].marked == "pay (now)(soon)"


def test_the_page_has_a_row_a_side_and_a_set() -> None:
    """Foreign lines have their own row; the stock side stands second, and where it was not asked nothing stands."""
    rows = page.set_rows(DOCUMENT)
    assert rows[0][4:6] == ("94.5 %", "–")
    assert rows[1][3:5] == ("70.0 %", "71.0 %")
    assert rows[2][4:6] == ("80.0 %", "70.0 %")
    assert rows[2][7] == "12 · 300"
    assert page.own_rows(DOCUMENT)[0][3:7] == ("93.7 %", "–", "93.0 %", "–")


def test_a_busy_machine_and_a_side_left_out_are_told_on_the_page(tmp_path: Path) -> None:
    """Speeds of a machine that others use are not what they could be."""
    (tmp_path / page.DATA.parent).mkdir(parents=True)
    written = page.write(tmp_path, DOCUMENT, date(2026, 11, 26))
    assert [path.relative_to(tmp_path) for path in written] == [page.PAGE, page.DATA]
    assert "kept the machine busy" not in written[0].read_text(encoding="utf-8")
    assert "the second is its" in written[0].read_text(encoding="utf-8")
    assert "took 110 s from beginning to end, on 2 cores" in written[0].read_text(encoding="utf-8")
    alone = {**DOCUMENT, "sets": DOCUMENT["sets"][:1]}
    assert "was left out of this run" in page.markdown(alone, date(2026, 11, 26))
    busy = {**DOCUMENT, "machine": {**DOCUMENT["machine"], "load_before": 3.0}}
    assert "kept the machine busy" in page.markdown(busy, date(2026, 11, 26))
