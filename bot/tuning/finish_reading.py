"""The last step for what is written to the account: `python -m bot.tuning.finish_reading TUNED.npz`.

On the bot's Python. Writes the tuned layers in the wheel's four bits with the heads, as
`bot/components/encoders/reading.npz`; and how the opinions on whose matter a question is weigh, fitted on the questions
of hands that nothing has learnt from. Prints what it brings.
"""

from bot.quiet import hush, one_thread, without_unused

one_thread()
hush()
without_unused()

import sys  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any, Collection, Dict, List, Optional, Sequence, Tuple  # noqa: E402

import numpy as np  # noqa: E402
from rasa.shared.nlu.constants import INTENT, TEXT  # noqa: E402
from rasa.shared.nlu.training_data.training_data import TrainingData  # noqa: E402

from bot.components import NORMALISED  # noqa: E402
from bot.components.encoders import reading_encoder  # noqa: E402
from bot.components.encoders.encoder import VECTOR, encode  # noqa: E402
from bot.components.encoders.ngrams import NgramSpace  # noqa: E402
from bot.components.encoders.reading_encoder import SHARPNESS  # noqa: E402
from bot.components.encoders.tuned_encoder import LAYER  # noqa: E402
from bot.components.heads.fact_index import of_facts, unit  # noqa: E402
from bot.components.heads.linear_head import LinearHead  # noqa: E402
from bot.components.heads.question_head import RAREST, GuideIndex, of_guides, of_services, weighing  # noqa: E402
from bot.components.heads.situation_signs import coverage, signs  # noqa: E402
from bot.importer import ServiceImporter  # noqa: E402
from bot.questions import ASKS, GUIDE, HAND, MATTER  # noqa: E402
from bot.tuning.finish import stored  # noqa: E402
from bot.turns import COMMAND, EMPTY  # noqa: E402
from values.writing import normalised  # noqa: E402

CANDIDATES = 8
"""Guides of each question, the nearest, that weights are fitted on."""
INVERSE_REGULARISATION = 30.0  # of the n-grams, as in config.yml
TURNS, SURELY = 2_500, 0.7
_SEED = 5
LEAST = (0.3, 0.4, 0.5, 0.6, 0.7)


def main(source: Path) -> int:
    """Reads what was tuned, writes what the product loads."""
    with np.load(source) as kept:
        tuned = {name: kept[name] for name in kept.files}
    unseen = {str(hand) for hand in tuned.pop("unseen")}
    layers = {name: stored(name, tuned.pop(name)) for name in list(tuned) if LAYER.match(name)}
    _write(layers, tuned)
    data = ServiceImporter("config.yml").get_nlu_data()
    for line in data.training_examples:
        line.set(NORMALISED, normalised(line.get(TEXT)))
    reading_encoder.keep(texts_kept(data), anew=True)
    questions = [line for line in data.training_examples if line.get(MATTER) and line.get(HAND) in unseen]
    learnt = [line for line in data.training_examples if line.get(MATTER) and line.get(HAND) not in unseen]
    found = _Found(GuideIndex.of_lines(of_guides(data.training_examples)), learnt + of_services(data), questions)
    tuned |= found.weights()
    tuned |= _asks(data, unseen)
    _write(layers, tuned)
    found.tell()
    return 0


def texts_kept(data: TrainingData) -> List[str]:
    """Gives what guides and facts say, and how they are asked for, as the encoder reads it."""
    lines = [*of_guides(data.training_examples), *of_facts(data.training_examples)]
    return [line.get(NORMALISED) for line in lines]


def _write(layers: Dict[str, np.ndarray], heads: Dict[str, Any]) -> None:
    np.savez(reading_encoder.READING, **layers, **heads)
    reading_encoder.reading.cache_clear()


def _asks(data: Any, unseen: Collection[str]) -> Dict[str, np.ndarray]:
    """Fits anew whether something is asked: strangers' questions are long, and short ones are asked, too.

    What is asked in the middle of something is so by its command; of a line of a service the command head says what it
    would be, had that service been begun.
    """
    from sklearn.linear_model import LogisticRegression

    random = np.random.default_rng(_SEED)
    told = [
        (line.get(NORMALISED), bool(line.get(ASKS)))
        for line in data.training_examples
        if line.get(ASKS) is not None and line.get(HAND) not in unseen
    ]
    turns = [line for line in data.training_examples if line.get(COMMAND)]
    for asks in (True, False):
        of_it = [line for line in turns if line.get(COMMAND).startswith("ask_") is asks]
        chosen = random.permutation(len(of_it))[:TURNS]
        told += [(of_it[place].get(NORMALISED), asks) for place in chosen]
    told += [(text, asks) for text, asks in map(_of_service, of_services(data)) if asks is not None]
    rows = np.array([SHARPNESS * reading_encoder.vector(text) for text, _ in told])
    model = LogisticRegression(C=0.05, max_iter=1000, class_weight="balanced").fit(rows, [asks for _, asks in told])
    weights, bias = model.coef_[0] / 2, model.intercept_[0] / 2
    _tell_asks(model, data, unseen)
    return {
        "asks_weights": np.stack([-weights, weights], axis=1).astype(np.float32),
        "asks_bias": np.array([-bias, bias], np.float32),
    }


def _of_service(line: Any) -> Tuple[str, Optional[bool]]:
    """A line of a service, and whether it would be a question in the middle of it; None where that is unsure."""
    encoder, text = reading_encoder.reading(), line.get(NORMALISED)
    found = set(signs({**EMPTY, "service": line.get(INTENT), "step": "asking"}))
    situation = [float(sign in found) for sign in encoder.names["signs"]] + coverage(text, (), EMPTY)
    likely = encoder.commands(reading_encoder.vector(text), np.array(situation, np.float32))
    asks = sum(
        float(one) for name, one in zip(encoder.names["commands"], likely, strict=True) if name.startswith("ask_")
    )
    return text, True if asks >= SURELY else False if asks <= 1 - SURELY else None


def _tell_asks(model: Any, data: Any, unseen: Collection[str]) -> None:
    asked = [line for line in data.training_examples if line.get(ASKS) and line.get(HAND) in unseen]
    rows = np.array([SHARPNESS * reading_encoder.vector(line.get(NORMALISED)) for line in asked])
    print(f"{np.mean(model.predict_proba(rows)[:, 1] >= 0.6):.1%} of {len(asked)} questions are heard as such")


class _Found:
    """What the opinions say of questions that none has learnt from: for each question, a row a guide."""

    def __init__(self, index: GuideIndex, learnt: Sequence[Any], questions: Sequence[Any]) -> None:
        encoder = reading_encoder.reading()
        space, matrix = NgramSpace.fit([line.get(NORMALISED) for line in learnt], RAREST)
        matters = LinearHead.fit(
            matrix, [line.get(MATTER) or line.get(INTENT) for line in learnt], INVERSE_REGULARISATION
        )
        texts = [line.get(NORMALISED) for line in questions]
        first = unit(encode(tuple(texts))[:, -VECTOR:])
        self.names = [f"{GUIDE}{slug}" for slug in index.slugs]
        self.wanted = [line.get(MATTER) for line in questions]
        self.rows: List[np.ndarray] = []
        for text, by_first in zip(texts, first, strict=True):
            row = reading_encoder.vector(text)
            tuned = dict(zip(encoder.names["matters"], encoder.scores("matters", row), strict=True))
            ngrams = dict(zip(matters.intents, matters.probabilities_at(*space.vector(text)), strict=True))
            self.rows.append(weighing(index, index.features(row, by_first)[0], tuned, ngrams))

    def weights(self) -> Dict[str, np.ndarray]:
        """Fits how they weigh."""
        return dict(zip(("guide_weights", "guide_bias"), self._fitted(range(len(self.rows))), strict=True))

    def _fitted(self, places: Sequence[int]) -> Tuple[np.ndarray, np.ndarray]:
        from sklearn.linear_model import LogisticRegression

        inputs, right = [], []
        for place in places:
            rows = self.rows[place]
            for guide in np.argsort(-rows[:, [0, 1, 4, 5, 6, 7]].sum(axis=1))[:CANDIDATES]:
                inputs.append(rows[guide])
                right.append(self.names[guide] == self.wanted[place])
        model = LogisticRegression(C=1.0, max_iter=1000).fit(np.array(inputs), right)
        return model.coef_[0].astype(np.float32), np.float32(model.intercept_[0])

    def tell(self) -> None:
        """Prints what is right, each half judged with weights fitted on the other."""
        told = []
        halves = [[place for place in range(len(self.rows)) if place % 2 == half] for half in (0, 1)]
        for half, other in (halves, halves[::-1]):
            fitted, shift = self._fitted(other)
            for place in half:
                likely = 1 / (1 + np.exp(-(self.rows[place] @ fitted + shift)))
                best = int(likely.argmax())
                told.append((self.wanted[place], self.names[best], float(likely[best])))
        published = [one for one in told if one[0].startswith(GUIDE)]
        others = [one for one in told if not one[0].startswith(GUIDE)]
        print(
            f"{len(published)} questions with a guide: first is right {_share(published, lambda one: one[0] == one[1])}"
        )
        for least in LEAST:
            right = _share(published, lambda one, least=least: one[0] == one[1] and one[2] >= least)
            wrong = _share(published, lambda one, least=least: one[0] != one[1] and one[2] >= least)
            silent = _share(others, lambda one, least=least: one[2] < least)
            print(f"at {least}: right {right}, another one {wrong}; of {len(others)} without one said so {silent}")


def _share(told: Sequence[Any], is_so: Any) -> str:
    return f"{sum(map(is_so, told)) / max(1, len(told)):.1%}"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
