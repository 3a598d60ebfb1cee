"""Fits the heads `down` and `denies` on the tuned layers as they are: `python -m bot.tuning.bodies`.

In the project's root, on the bot's Python, after lines of `nlu/safety/down.jsonl` or `denials.jsonl` were added or
changed. Only these heads in `bot/components/encoders/tuned.npz` are written anew. Beside their own lines they learn
that other emergencies, and other lines within one, are none.
"""

from bot.quiet import hush, one_thread, without_unused

one_thread()
hush()
without_unused()

import json  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any, Dict, List, Tuple  # noqa: E402

import numpy as np  # noqa: E402

from bot.components.encoders.tuned_encoder import TUNED  # noqa: E402
from bot.components.heads.emergency_head import follows_vector  # noqa: E402
from bot.tuning.lines import Line, safety_lines  # noqa: E402
from values.writing import normalised  # noqa: E402

FILES = {"down": "down.jsonl", "denies": "denials.jsonl"}
OTHERS = 900
"""Other lines that each head learns to be none, drawn by lot: the more, the longer it takes, and no better."""
BODY = "medical"
WEIGHT, INVERSE_REGULARISATION = 3.0, 1.0
_SEED = 3


def main() -> int:
    """Fits the heads and writes them beside what else is kept."""
    with np.load(TUNED, allow_pickle=False) as content:
        kept = {name: content[name] for name in content.files}
    lines = safety_lines(Path())
    for head in FILES:
        kept |= fitted(head, *learnt(head, lines))
    np.savez(TUNED, **kept)
    return 0


def learnt(head: str, lines: List[Line]) -> Tuple[List[str], List[bool]]:
    """Gives the texts that a head learns from, and whether each is such a one.

    Lines of the body that are not told to be of somebody who is down may be, so that these are left out.
    """
    written = Path("nlu/safety") / FILES[head]
    own = [json.loads(line) for line in written.read_text(encoding="utf-8").splitlines()]
    said = {normalised(line["text"]): bool(line[head]) for line in own}
    of_sort = [line.text for line in lines if _is_other(head, line) and line.text not in said]
    drawn = np.random.default_rng(_SEED).permutation(len(of_sort))[:OTHERS]
    others = [of_sort[place] for place in drawn]
    return [*said, *others], [*said.values(), *(False for _ in others)]


def _is_other(head: str, line: Line) -> bool:
    return line.kind not in (None, BODY) if head == "down" else line.next not in (None, "never")


def fitted(head: str, texts: List[str], labels: List[bool]) -> Dict[str, Any]:
    """Fits a head: one column, the log odds."""
    from sklearn.linear_model import LogisticRegression

    vectors = np.array([follows_vector(text) for text in texts])
    model = LogisticRegression(C=INVERSE_REGULARISATION, max_iter=500, class_weight={False: 1.0, True: WEIGHT})
    model.fit(vectors, labels)
    return {
        f"{head}_weights": model.coef_.T.astype(np.float32),
        f"{head}_bias": model.intercept_.astype(np.float32),
        f"{head}_names": np.array([head]),
    }


if __name__ == "__main__":
    sys.exit(main())
