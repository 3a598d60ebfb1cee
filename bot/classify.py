"""The heads alone, on any set of labelled sentences: `python -m bot.classify < job > result`.

The job is one JSON object: {"train": [[text, label]], "test": [text], "heads": "both" or "encoder"}; with "valid"
([[text, label]]), "foreign" (a label of lines that are out of scope) and "refused" (the share of right guesses that may
fall) the gate is fitted too. The result: {"guesses": [[label, confidence]], "training_seconds", "seconds",
"memory_bytes"}: processor time of one core, sentences one after the other, none of them twice. For `desk nlu
benchmark`.
"""

from bot.quiet import hush, one_thread, without_unused

one_thread()
hush()
without_unused()

import json  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from typing import Any, Dict, List, Optional  # noqa: E402

from bot.components.encoders import encoder, slow_encoder  # noqa: E402
from bot.components.heads.calibration import Calibration  # noqa: E402
from bot.heads import Heads  # noqa: E402
from bot.memory import resident  # noqa: E402


def main() -> int:
    """Reads the job, fits, guesses, writes."""
    job = json.load(sys.stdin)
    encoder.awaken()
    slow_encoder.awaken()
    began = time.process_time()
    heads = Heads.fit([text for text, _ in job["train"]], [label for _, label in job["train"]], job["heads"] == "both")
    gate = _gate(heads, job["valid"], job["foreign"], job["refused"]) if "foreign" in job else None
    trained = time.process_time()
    _guess(heads, gate, job, "?")  # what is made at the first sentence is part of loading
    before = time.process_time()
    guesses = [_guess(heads, gate, job, text) for text in job["test"]]
    seconds = time.process_time() - before
    answer: Dict[str, Any] = {
        "guesses": guesses,
        "training_seconds": trained - began,
        "seconds": seconds,
        "memory_bytes": resident(),
    }
    json.dump(answer, sys.stdout, ensure_ascii=False)
    return 0


def _gate(heads: Heads, valid: List[List[str]], foreign: str, refused: float) -> Calibration:
    """Fits the gate, as the pipeline does, on the lines held for it."""
    opinions, labels = [heads.opinion(text) for text, _ in valid], [label for _, label in valid]
    return Calibration.fit(heads.intents, opinions, labels, refused, foreign)


def _guess(heads: Heads, gate: Optional[Calibration], job: Dict[str, Any], text: str) -> List[Any]:
    """Gives the likeliest label of a text, and its confidence: without a gate, its probability."""
    opinion = heads.opinion(text)
    together = opinion.together()
    best = int(together.argmax())
    if gate is None:
        return [heads.intents[best], float(together[best])]
    confidence = gate.confidence(opinion.evidence())
    return [heads.intents[best] if confidence >= gate.refuse_below else job["foreign"], confidence]


if __name__ == "__main__":
    sys.exit(main())
