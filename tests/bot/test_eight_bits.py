"""Vectors in eight bits, and n-grams by what has them, beside the same to the last digit."""

from pathlib import Path

import numpy as np
import pytest

from bot.components.encoders import layers
from bot.components.encoders.eight_bits import HIGHEST, EightBits
from bot.components.heads.text_bank import TextBank, unit

NEAR = 0.01


def vectors(count: int) -> np.ndarray:
    """Vectors of length one that have something in common, as those of sentences do."""
    random = np.random.default_rng(count)
    return unit(random.standard_normal((count, 384)) + random.standard_normal(384)).astype(np.float32)


@pytest.mark.parametrize("kept_as", [np.float32, np.float16])
def test_all_are_near_and_the_highest_exact(kept_as: type) -> None:
    """However they are kept: what decides is computed again."""
    rows, vector = vectors(1000).astype(kept_as), vectors(7)[3]
    found, exact = EightBits(rows).near(vector), rows.astype(np.float32) @ vector
    assert np.abs(found - exact).max() < NEAR
    highest = np.argsort(-found)[:HIGHEST]
    assert np.allclose(found[highest], exact[highest], atol=1e-6)
    assert found.argmax() == exact.argmax()


def test_an_older_processor_is_given_numbers_that_it_can_add_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Half as large, and nearly as right; what is highest is exact there, too."""
    older = tmp_path / "cpuinfo"
    older.write_text("flags : fpu sse4_2 avx2\n", encoding="ascii")
    monkeypatch.setattr(layers, "PROCESSOR", older)
    monkeypatch.setattr(layers.platform, "machine", lambda: "x86_64")
    rows, vector = vectors(1000), vectors(7)[3]
    coarse, exact = EightBits(rows).near(vector), rows @ vector
    assert NEAR / 10 < np.abs(coarse - exact).max() < NEAR
    assert coarse.max() == pytest.approx(exact.max(), abs=1e-6)


@pytest.mark.parametrize("count", [0, 1, HIGHEST])
def test_few_are_exact(count: int) -> None:
    """Of a small assistant there is nothing to save."""
    rows, vector = vectors(1000)[:count], vectors(7)[3]
    assert np.allclose(EightBits(rows).near(vector), rows @ vector, atol=1e-6)


def test_texts_have_in_common_what_the_product_of_n_grams_says() -> None:
    """Also where nothing is."""
    texts = ["停车一小时多少钱", "how much is parking", "停车费贵不贵", "parking price", "车牌输错了怎么办"]
    bank = TextBank.of_texts(texts)
    for text in ("停车多少钱 how much", "parking", "完全没有", ""):
        places, values = bank.space.vector(text)
        dense = np.zeros(len(bank.space.weights), np.float32)
        dense[places] = values
        found = bank.near(text, bank.tuned[0], bank.first[0]).ngrams
        assert np.allclose(found, bank.ngrams @ dense, atol=1e-6)
