"""The benchmark of understanding: how public sets are read, what is counted, and what the page shows."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bench.nlu import by_sound, ours, page, public_sets, stock
from desk.contract.errors import StartError

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
    "by_sound": {
        "pinyin": [{"name": "joined", "lines": 300, "characters": 0.925, "whole": 0.673, "ms": 0.94}],
        "english": {"lines": 20000, "read": [["nada", "拿大"]], "ms": 0.02},
        "homophones": {"lines": 900, "right": 0.74, "left": 0.2, "changed": [], "ms": 0.8},
        "load_before": 0.1,
    },
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


def test_the_page_has_a_row_a_way_to_type_in_pinyin() -> None:
    """And tells what became of English lines, and of homophones."""
    assert page.sound_rows(DOCUMENT) == [("joined", "300", "92.5 %", "67.3 %", "0.9")]
    shown = page.markdown(DOCUMENT, date(2026, 11, 26))
    assert "Of 20,000 English lines" in shown
    assert "74.0 % were set right" in shown


@pytest.mark.parametrize(
    ("style", "written"),
    [
        ("a syllable a word", "wo yao cha zhong xing lu"),
        ("joined", "woyaochazhongxinglu"),
        ("a syllable a word, tones as digits", "wo3 yao4 cha2 zhong1 xing1 lu4"),
        ("zh, ch, sh as z, c, s", "wo yao ca zong xing lu"),
    ],
)
def test_lines_are_typed_in_styles(style: str, written: str) -> None:
    """As people without a Chinese keyboard do."""
    assert by_sound.typed(["我要查中兴路"], by_sound.STYLES[style]) == [written]


def test_an_error_of_typing_keeps_most_letters() -> None:
    """One is left out, doubled, or moved."""
    style = by_sound.STYLES[f"an error every {by_sound.LETTERS_AN_ERROR} letters"]
    (written,) = by_sound.typed(["我要查中兴路"], style)
    assert 0 < by_sound.distance("woyaochazhongxinglu", written.replace(" ", "")) <= 4


def test_a_homophone_is_another_common_character() -> None:
    """A line that has none stays."""
    common = dict.fromkeys("费废", by_sound.COMMON)
    assert by_sound.with_homophones(["电费", "你好"], common) == ["电废", "你好"]


def test_what_was_read_is_counted_by_character_and_by_line() -> None:
    """What is not read at all has no character right."""
    read = [(("我要", "我要"), 1.0), ((None, "nihao"), 3.0), (("他们", "他们"), 2.0)]
    found = by_sound.in_pinyin(["我要", "你好", "她们"], read)
    assert found == {"lines": 3, "characters": 0.5, "whole": 0.3333, "ms": 2.0}
    stayed = by_sound.stayed(["nada", "he"], [(("拿大", "拿大"), 1.0), ((None, "he"), 1.0)])
    assert stayed == {"lines": 2, "read": [["nada", "拿大"]], "ms": 1.0}
    right = [((None, "电费"), 1.0), ((None, "公交"), 1.0)]
    changed = by_sound.set_right(
        ["电费", "工交"], ["电废", "工叫"], right, [((None, "电费"), 1.0), ((None, "工叫"), 1.0)]
    )
    assert changed == {"lines": 2, "right": 0.5, "left": 0.5, "changed": [["工交", "公交"]], "ms": 1.0}
