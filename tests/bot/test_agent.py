"""The agent as the bot uses it: a model unpacked in one pass, messages read together."""

import io
import tarfile
from pathlib import Path
from typing import Any, List

import pytest
from fake_actions import KEYS
from rasa.core.channels.channel import UserMessage
from rasa.exceptions import ModelNotFound

from bot.agent import TurnAgent
from bot.channel import _read
from bot.components.encoders import encoder
from roles.mac import BOT_TO_ACTIONS, Signer

TEXTS = ("fines of 浙A12345", "下一班车还有多久", "hello", "hello", "")


@pytest.fixture(scope="module")
def agent(model: Path) -> TurnAgent:
    """One with the small assistant."""
    made = new()
    made.load_model(model)
    return made


def new() -> TurnAgent:
    return TurnAgent("http://127.0.0.1:1", Signer(BOT_TO_ACTIONS, KEYS[BOT_TO_ACTIONS]))


def message(text: str) -> UserMessage:
    made = UserMessage()
    made.text = text
    return made


def rounded(read: Any) -> Any:
    """Numbers of single precision to what is the same in any order of adding them."""
    if isinstance(read, dict):
        return {name: rounded(value) for name, value in read.items() if name != "message_id"}
    if isinstance(read, (list, tuple)):
        return [rounded(one) for one in read]
    return round(read, 3) if isinstance(read, float) else read


def test_messages_mean_the_same_alone_and_read_together(agent: TurnAgent) -> None:
    """Whatever stands beside them, and in their order."""
    together = agent.processor.parse_all([message(text) for text in TEXTS])
    alone = [agent.processor.parse_all([message(text)])[0] for text in TEXTS]
    assert [rounded(one) for one in together] == [rounded(one) for one in alone]
    assert together[0]["entities"][0]["value"] == "浙A12345"
    assert together[1]["intent"]["name"] == "next_bus"


@pytest.mark.parametrize(
    ("text", "together"),
    [("hello, next bus please", ["hello, next bus please", "hello", " next bus please"]), ("hello.", ["hello."])],
)
def test_the_first_encoder_sees_a_message_and_its_parts_at_once(
    agent: TurnAgent, monkeypatch: pytest.MonkeyPatch, text: str, together: List[str]
) -> None:
    """Each once; of a message of one part the message alone, unless the n-grams are sure of it."""
    passes: List[List[str]] = []
    real = encoder._Encoder.encode
    monkeypatch.setattr(encoder._Encoder, "encode", lambda self, of: passes.append([*of]) or real(self, of))
    encoder._kept.clear()
    said = message(text)
    said.metadata = {"context": {}}
    _read(said, agent, ())
    assert passes == [together] or (not passes and len(together) == 1)


@pytest.mark.parametrize("name", ["../outside", "components/../../outside"])
def test_an_archive_that_leads_out_of_its_folder_is_refused(tmp_path: Path, name: str) -> None:
    """Nothing of it is unpacked there."""
    archive = tmp_path / "model.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        member = tarfile.TarInfo(name)
        member.size = 3
        packed.addfile(member, io.BytesIO(b"bad"))
    with pytest.raises(ModelNotFound):
        new().load_model(archive)
    assert [path.name for path in tmp_path.iterdir()] == ["model.tar.gz"]


def test_what_is_no_archive_is_no_model(tmp_path: Path) -> None:
    archive = tmp_path / "model.tar.gz"
    archive.write_bytes(b"no archive")
    with pytest.raises(ModelNotFound):
        new().load_model(archive)
