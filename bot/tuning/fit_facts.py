"""Fits how the signs weigh by which a fact is chosen: `python -m bot.tuning.fit_facts`.

On the bot's Python, from `nlu/common/asked_facts/*.jsonl`: questions by hands that see no facts, labelled by others
with the facts that answer them ({"ask", "at_hand", "right", "partly", "act"}), a file a hand. Writes
`bot/components/heads/fact_weights.json` and prints what it brings on questions of hands that it has not learnt from.
"""

from bot.quiet import hush, one_thread, without_unused

one_thread()
hush()
without_unused()

import json  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any, Dict, Sequence, Tuple  # noqa: E402

import numpy as np  # noqa: E402
from rasa.shared.nlu.constants import TEXT  # noqa: E402
from scipy.optimize import minimize  # noqa: E402
from scipy.special import softmax  # noqa: E402

from bot.components import NORMALISED  # noqa: E402
from bot.components.encoders.encoder import VECTOR, encode  # noqa: E402
from bot.components.encoders.reading_encoder import reading, vector  # noqa: E402
from bot.components.heads.fact_index import WEIGHTS, Asking, FactIndex, Weights, unit  # noqa: E402
from bot.questions import facts  # noqa: E402
from values.writing import normalised  # noqa: E402

ASKED = "common/asked_facts/*.jsonl"
REGULARISATION = 1.0
TELLS, OFFERS, OFFERED = 0.5, 0.25, 3
"""As `actions.dialogue.answers.facts` has them: so likely a fact is told; so likely together so many are offered."""


class _Question:
    def __init__(self, index: FactIndex, line: Dict[str, Any], hand: str) -> None:
        encoder, sentence = reading(), normalised(line["ask"])
        row = vector(sentence)
        about, matters = (
            dict(zip(encoder.names[head], map(float, encoder.scores(head, row)), strict=True))
            for head in ("about", "matters")
        )
        first = unit(encode((sentence,))[:, -VECTOR:])[0]
        self.asks, self.hand = float(encoder.scores("asks", row)[1]), hand
        near, self.features = index.weighed(Asking(sentence, row, first, about, matters, self.asks, line["at_hand"]))
        self.names = [".".join(index.facts[place][:2]) for place in near]
        self.right = np.array([name in line["right"] for name in self.names])
        self.near = np.array([name in {*line["right"], *line["partly"]} for name in self.names])
        self.answered, self.act = bool(line["right"]), line["act"]


def main() -> int:
    """Fits, writes, tells."""
    nlu = Path("nlu")
    lines = facts(nlu)
    for line in lines:
        line.set(NORMALISED, normalised(line.get(TEXT)))
    index = FactIndex.of_lines(lines)
    asked = [
        _Question(index, json.loads(line), file.stem)
        for file in sorted(nlu.glob(ASKED))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    for hand in sorted({one.hand for one in asked}):
        weights, apart = _fitted([one for one in asked if one.hand != hand]), [one for one in asked if one.hand == hand]
        print(f"{hand}, learnt from the others:")
        _tell(apart, [weights.likely(one.features, one.asks) for one in apart])
    kept = {name: np.round(value, 5).tolist() for name, value in vars(_fitted(asked)).items()}
    WEIGHTS.write_text(json.dumps(kept) + "\n", encoding="utf-8")
    return 0


def _fitted(asked: Sequence[_Question]) -> Weights:
    """Fits the likelihood of the right facts together, or of none where none is right."""
    rows = np.concatenate([one.features for one in asked])
    mean, scale, count = rows.mean(axis=0), rows.std(axis=0) + 1e-6, rows.shape[1]
    scaled = [(one.features - mean) / scale for one in asked]

    def loss(chosen: np.ndarray) -> Tuple[float, np.ndarray]:
        lost, slope = REGULARISATION * float(chosen[:count] @ chosen[:count]), 2 * REGULARISATION * chosen
        slope[count:] = 0
        for one, features in zip(asked, scaled, strict=True):
            asks = np.array([1.0, one.asks])
            likely = softmax([*(features @ chosen[:count]), chosen[count:] @ asks])
            right = likely * np.array([*one.right, not one.right.any()])
            together = right.sum() + 1e-12
            lost -= float(np.log(together))
            wrong = likely - right / together
            slope[:count] += features.T @ wrong[:-1]
            slope[count:] += wrong[-1] * asks
        return lost, slope

    found = minimize(loss, np.zeros(count + 2), jac=True, method="L-BFGS-B").x
    return Weights(mean, scale, found[:count], found[count:])


def _tell(asked: Sequence[_Question], likely: Sequence[np.ndarray]) -> None:
    pairs = list(zip(asked, likely, strict=True))
    answered = [(one, of) for one, of in pairs if one.answered]
    first = sum(bool(one.right[of.argmax()]) for one, of in answered)
    three = sum(bool(one.right[np.argsort(-of)[:OFFERED]].any()) for one, of in answered)
    print(f"of {len(answered)} that a fact answers it is first {first}, in the first three {three}")
    questions = [(one, of) for one, of in pairs if one.answered or not one.act]
    told = [(one, of) for one, of in questions if of.max() >= TELLS]
    right, near = (sum(bool(getattr(one, name)[of.argmax()]) for one, of in told) for name in ("right", "near"))
    print(f"of {len(questions)} questions told {len(told)}: right {right}, right or near {near}")
    offered = [(one, of) for one, of in questions if of.max() < TELLS and np.sort(of)[-OFFERED:].sum() >= OFFERS]
    holds = sum(bool(one.right[np.argsort(-of)[:OFFERED]].any()) for one, of in offered)
    have = sum(one.answered for one, _ in offered)
    print(f"offered {len(offered)}, of which {have} have an answer: {holds} hold it")


if __name__ == "__main__":
    sys.exit(main())
