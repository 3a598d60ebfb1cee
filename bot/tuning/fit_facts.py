"""Fits how the signs weigh by which a fact is chosen: `python -m bot.tuning.fit_facts`.

On the bot's Python, from `nlu/common/asked_facts/*.jsonl`: questions by hands that see no facts, labelled by others
with the facts that answer them ({"ask", "at_hand", "right", "partly", "act"}). Writes
`bot/components/fact_weights.json` and prints what it brings on questions whose services it has not learnt from.
"""

from bot.quiet import hush, one_thread, without_tensorflow

one_thread()
hush()
without_tensorflow()

import json  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any, Dict, List, Sequence, Tuple  # noqa: E402

import numpy as np  # noqa: E402
from rasa.shared.nlu.constants import TEXT  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402

from bot.components import SHADOW  # noqa: E402
from bot.components.encoder import VECTOR, encode  # noqa: E402
from bot.components.fact_index import WEIGHTS, Asking, FactIndex, unit  # noqa: E402
from bot.components.reading_encoder import reading, vector  # noqa: E402
from bot.questions import facts  # noqa: E402
from values.writing import shadow  # noqa: E402

ASKED = "common/asked_facts/*.jsonl"
INVERSE_REGULARISATION = 1.0
FOLDS = 5
TELLS, OFFERS, OFFERED = 0.5, 0.25, 3
"""As `actions.dialogue.facts` has them: so likely a fact is told; so likely together so many are offered."""


class _Question:
    def __init__(self, index: FactIndex, line: Dict[str, Any]) -> None:
        encoder, sentence = reading(), shadow(line["ask"])
        row = vector(sentence)
        about, matters = (
            dict(zip(encoder.names[head], map(float, encoder.scores(head, row)), strict=True))
            for head in ("about", "matters")
        )
        first = unit(encode((sentence,))[:, -VECTOR:])[0]
        asks = float(encoder.scores("asks", row)[1])
        near, self.features = index.weighed(Asking(sentence, row, first, about, matters, asks, line["at_hand"]))
        self.names = [".".join(index.facts[place][:2]) for place in near]
        self.right = np.array([name in line["right"] for name in self.names])
        self.near = np.array([name in {*line["right"], *line["partly"]} for name in self.names])
        self.answered, self.act, self.at_hand = bool(line["right"]), line["act"], line["at_hand"]
        self.group = line["right"][0].partition(".")[0] if line["right"] else line["at_hand"] or ""


def main() -> int:
    """Fits, writes, tells."""
    nlu = Path("nlu")
    lines = facts(nlu)
    for line in lines:
        line.set(SHADOW, shadow(line.get(TEXT)))
    index = FactIndex.of_lines(lines)
    files = sorted(nlu.glob(ASKED))
    asked = [_Question(index, json.loads(line)) for file in files for line in file.open(encoding="utf-8")]
    _tell(asked, _apart(asked))
    mean, scale, head = _fitted(asked)
    kept = {
        "mean": mean.tolist(),
        "scale": scale.tolist(),
        "weights": head.coef_[0].tolist(),
        "bias": head.intercept_[0],
    }
    rounded = {name: np.round(value, 5).tolist() for name, value in kept.items()}
    WEIGHTS.write_text(json.dumps(rounded) + "\n", encoding="utf-8")
    return 0


def _fitted(asked: Sequence[_Question]) -> Tuple[np.ndarray, np.ndarray, LogisticRegression]:
    rows, right = np.concatenate([one.features for one in asked]), np.concatenate([one.right for one in asked])
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    head = LogisticRegression(C=INVERSE_REGULARISATION, max_iter=2000).fit((rows - mean) / scale, right)
    return mean, scale, head


def _apart(asked: Sequence[_Question]) -> List[np.ndarray]:
    """Gives the probabilities of each question's candidates, learnt from questions on other services."""
    groups = sorted({one.group for one in asked})
    likely: List[np.ndarray] = [np.zeros(0)] * len(asked)
    for fold in range(FOLDS):
        out = {group for number, group in enumerate(groups) if number % FOLDS == fold}
        mean, scale, head = _fitted([one for one in asked if one.group not in out])
        for place, one in enumerate(asked):
            if one.group in out:
                likely[place] = head.predict_proba((one.features - mean) / scale)[:, 1]
    return likely


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
