"""What the normaliser puts into messages, and what comes back of a message in pinyin."""

from pathlib import Path
from typing import Any, Dict, Optional

import pytest
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.channel import _entity
from bot.components import LANGUAGE, NORMALISED, TYPED
from bot.components.text.language import LanguageSignal
from bot.components.text.normaliser import Normaliser

LINES = ["我要交電費", "我要交电费", "电费怎么交", "到武林广场", "我要查违章"] * 20 + [
    "pay the fine",
    "next bus",
    "my name is",
]


@pytest.fixture(scope="module")
def normaliser(tmp_path_factory: Any) -> Normaliser:
    """One that was trained and read again."""
    folder: Path = tmp_path_factory.mktemp("normaliser")
    names = [{"name": "stop", "elements": ["武林广场", "Wulin Square"]}]
    lines = [Message.build(line, "any") for line in LINES]
    Normaliser({}).learn(TrainingData(lines, lookup_tables=names), folder)
    read = Normaliser({})
    read.read(folder)
    return read


def processed(normaliser: Normaliser, text: str, asks_for: Optional[str] = None) -> Message:
    """Gives a message as it leaves the normaliser."""
    situation: Dict[str, Any] = {"context": {"situation": {"asks_for": asks_for}}}
    return normaliser.process([Message({TEXT: text, "metadata": situation})])[0]


def test_a_message_in_pinyin_is_its_chinese_from_here_on(normaliser: Normaliser) -> None:
    """All that comes behind reads the text and its normalised text."""
    message = processed(normaliser, "wo yao jiao dianfei")
    assert (message.get(TEXT), message.get(NORMALISED)) == ("我要交电费", "我要交电费")
    assert message.get(TYPED) == [[0, 2], [3, 6], [7, 11], [12, 16], [16, 19]]


def test_homophones_are_set_right_in_the_normalised_text_alone(normaliser: Normaliser) -> None:
    """The text is what the resident wrote."""
    message = processed(normaliser, "我要交電废")
    assert (message.get(TEXT), message.get(NORMALISED)) == ("我要交電废", "我要交电费")
    assert message.get(TYPED) is None


def test_a_name_that_is_asked_for_stays_as_it_is_typed(normaliser: Normaliser) -> None:
    """Nobody can tell its characters."""
    assert processed(normaliser, "wu lin", "person_name").get(TEXT) == "wu lin"
    assert processed(normaliser, "wo yao jiao dianfei duoshao", "person_name").get(TYPED) is not None


@pytest.mark.parametrize(("text", "language"), [("wo yao jiao dianfei", "zh_Hans"), ("pay the fine", "en")])
def test_pinyin_is_answered_in_simplified_chinese(normaliser: Normaliser, text: str, language: str) -> None:
    """Letters alone are no English."""
    assert LanguageSignal().process([processed(normaliser, text)])[0].get(LANGUAGE) == language


def test_a_name_alone_in_pinyin_tells_no_language(normaliser: Normaliser) -> None:
    """English writes it so, too."""
    message = processed(normaliser, "wulin guangchang")
    message.set("entities", [{"entity": "stop", "start": 0, "end": 4, "value": "武林广场"}])
    assert message.get(TEXT) == "武林广场"
    assert LanguageSignal().process([message])[0].get(LANGUAGE) is None


def test_an_entity_is_told_as_it_was_typed() -> None:
    """The desk keeps the message as it came, and where in it something stands."""
    found = {"entity": "stop", "start": 1, "end": 3, "value": "武林"}
    typed = [[0, 3], [4, 6], [6, 9]]
    assert _entity(found, "dao wulin", typed) == {"entity": "stop", "start": 4, "end": 9, "value": "wulin"}
    assert _entity(found, "到武林", None) == found
