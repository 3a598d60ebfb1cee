"""The heads alone, on any set of labelled sentences: `python -m bot.classify < job > result`.

The job is one JSON object: {"train": [[text, label]], "test": [text], "heads": "both" or "encoder"}; with "valid"
([[text, label]]) and "foreign" (a label of lines that are out of scope) the gate is fitted too. The result: {"guesses":
[[label, confidence]], "training_seconds", "seconds", "memory_bytes"}: processor time of one core, sentences one after
the other, none of them twice. For `desk nlu benchmark`.
"""

from bot.quiet import hush, one_thread, without_tensorflow

one_thread()
hush()
without_tensorflow()

import json  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from dataclasses import dataclass  # noqa: E402
from typing import Any, Dict, List, Optional, Sequence, Tuple  # noqa: E402

import numpy as np  # noqa: E402

from bot.components.blend import blend  # noqa: E402
from bot.components.encoder import awaken, encode  # noqa: E402
from bot.components.few_lines_head import EncoderHead, fit_encoder_head  # noqa: E402
from bot.components.linear_head import LinearHead  # noqa: E402
from bot.components.ngrams import NgramSpace, template  # noqa: E402
from bot.components.shadow import shadow  # noqa: E402
from bot.components.sparse_head import SparseHead  # noqa: E402
from bot.components.value_patterns import find  # noqa: E402
from bot.memory import resident  # noqa: E402


@dataclass(frozen=True)
class Heads:
    """The encoder's head, and the n-grams' unless it stands alone."""

    encoder: EncoderHead
    space: Optional[NgramSpace]
    sparse: Optional[LinearHead]

    @classmethod
    def fit(cls, texts: Sequence[str], labels: Sequence[str], both: bool) -> "Heads":
        """Fits them on lines of training, as the pipeline does."""
        shadows = tuple(map(shadow, texts))
        encoder = fit_encoder_head(encode(shadows), labels)
        if not both:
            return cls(encoder, None, None)
        space, matrix = NgramSpace.fit([_sentence(text) for text in shadows])
        regularisation = SparseHead.get_default_config()["inverse_regularisation"]
        return cls(encoder, space, LinearHead.fit(matrix, labels, regularisation))

    def guess(self, text: str) -> Tuple[str, float]:
        """Gives the likeliest label of a text, and its probability."""
        line = shadow(text)
        dense = self.encoder.probabilities(encode((line,)))[0]
        if self.space is None or self.sparse is None:
            blended = dense
        else:
            blended = blend(self.sparse.probabilities_at(*self.space.vector(_sentence(line))), dense)
        best = int(blended.argmax())
        return self.encoder.intents[best], float(blended[best])


def main() -> int:
    """Reads the job, fits, guesses, writes."""
    job = json.load(sys.stdin)
    awaken()
    began = time.process_time()
    heads = Heads.fit([text for text, _ in job["train"]], [label for _, label in job["train"]], job["heads"] == "both")
    gate = _gate(heads, job.get("valid", []), job.get("foreign"))
    trained = time.process_time()
    heads.guess("?")  # what is made at the first sentence is part of loading
    before = time.process_time()
    guesses = [heads.guess(text) for text in job["test"]]
    seconds = time.process_time() - before
    answer: Dict[str, Any] = {
        "guesses": [[label if sure >= gate else job["foreign"], sure] for label, sure in guesses],
        "training_seconds": trained - began,
        "seconds": seconds,
        "memory_bytes": resident(),
    }
    json.dump(answer, sys.stdout, ensure_ascii=False)
    return 0


def _gate(heads: Heads, valid: List[List[str]], foreign: Optional[str]) -> float:
    """Gives the least probability that is let through: where most of the lines held for it come out right.

    Lines in scope and foreign ones weigh the same, however many there are of each.
    """
    if not valid or foreign is None:
        return 0.0
    guesses = [(heads.guess(text), label) for text, label in valid]
    shares = {True: 0, False: 0}
    for _, label in guesses:
        shares[label == foreign] += 1

    def worth(threshold: float) -> float:
        found = [(guess if sure >= threshold else foreign, label) for (guess, sure), label in guesses]
        return sum(1 / shares[label == foreign] for guess, label in found if guess == label)

    return max(np.linspace(0.0, 0.95, 96).tolist(), key=worth)


def _sentence(line: str) -> str:
    return template(line, find(line))


if __name__ == "__main__":
    sys.exit(main())
