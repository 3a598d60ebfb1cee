"""Names known beforehand: found whole, the longest first, in any script; and the words that names end with."""

from pathlib import Path

from bot.components.entities.gazetteer import Gazetteer, endings
from bot.components.text.tokenizer import split
from bot.known_names import known_names
from values.writing import normalised

NAMES = Gazetteer.of({"city": ["Taiyuan", "大同"], "district": ["大同区", "Xihu District"]})


def marked(text: str) -> list:
    """Gives the marks of a text's tokens."""
    return NAMES.marks([normalised(token.text) for token in split(text)])


def test_the_longest_name_is_marked() -> None:
    """大同区 is one district, not a city and a character; Traditional writing is the same name."""
    assert marked("在大同區") == ["O", "B-district", "I-district", "I-district"]


def test_names_are_found_whatever_their_case() -> None:
    """English names are compared by their normalised text, word by word."""
    assert marked("near xihu district, taiyuan") == ["O", "B-district", "I-district", "O", "B-city"]


def test_no_names_mark_nothing() -> None:
    """A root without cities has no names."""
    assert Gazetteer.of({}).marks(["大", "同"]) == ["O", "O"]


def test_tokens_know_the_ending_that_follows() -> None:
    """Characters before 医院 are near an office's ending, those of it are in one, later ones are not."""
    text = "去红会医院挂号"
    assert endings(text, range(len(text))) == ["office<", "office<", "office<", "office=", "office=", "-", "-"]


def test_city_files_give_names_with_and_without_their_kind(tmp_path: Path) -> None:
    """A district is called with 区 and without; a topic has further words; systems of cities know stops and lines."""
    (tmp_path / "shared").mkdir()
    (tmp_path / "a.yml").write_text(
        "names: {zh_Hans: 大同, en: Datong}\ndistricts: [{names: {zh_Hans: 平城区, en: Pingcheng District}}]\n", "utf-8"
    )
    (tmp_path / "shared" / "topics.yml").write_text("topics: [{names: {zh_Hans: 停水}, also: [供水]}]\n", "utf-8")
    (tmp_path / "names").mkdir()
    (tmp_path / "names" / "a.yml").write_text("stop: [Gulou, 鼓楼]\nbus_line: [B支4]\n", "utf-8")
    assert known_names(tmp_path) == {
        "topic": ["供水", "停水"],
        "office": [],
        "city": ["Datong", "大同", "大同市"],
        "district": ["Pingcheng", "Pingcheng District", "平城", "平城区"],
        "stop": ["Gulou", "鼓楼"],
        "bus_line": ["B支4"],
    }
