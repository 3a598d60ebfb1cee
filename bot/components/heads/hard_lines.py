"""The lines of training that are hard: those of which a head that has not learnt them thinks their intent unlikely.

The slow encoder learns from these alone. It is asked about what the other heads are unsure of, and of a third of our
lines, chosen so, its head learns as much as of all; of a third drawn by lot less than half as much. It reads a sixth,
for the time it takes (docs/decisions/0008-understanding.md).
"""

from typing import Any, Callable, Sequence

import numpy as np

from bot.components.heads.unseen import Head

LINES = 5_000
"""As many as the slow encoder reads in a minute of one core. Fewer lines are all hard."""
OF_EACH_INTENT = 10
"""At least so many, so that every intent is known."""
_SEED = 11


def hard_lines(
    fit: Callable[[Any, Sequence[str]], Head], inputs: Any, labels: Sequence[str], most: int = LINES
) -> np.ndarray:
    """Gives for each line whether it is among the hardest. Each half is guessed at by a head fitted on the other."""
    if len(labels) <= most:
        return np.ones(len(labels), dtype=bool)
    named = np.array(labels)
    half = np.random.default_rng(_SEED).permutation(len(named)) % 2 == 0
    likely = np.zeros(len(named), dtype=np.float32)
    for asked in (half, ~half):
        head = fit(inputs[~asked], named[~asked])
        place = {intent: column for column, intent in enumerate(head.intents)}
        guesses = head.probabilities(inputs[asked])
        likely[asked] = [
            row[place[intent]] if intent in place else 0.0 for row, intent in zip(guesses, named[asked], strict=True)
        ]
    hard = np.zeros(len(named), dtype=bool)
    hard[np.argsort(likely, kind="stable")[:most]] = True
    for intent in np.unique(named):
        of_intent = np.flatnonzero(named == intent)
        hard[of_intent[np.argsort(likely[of_intent], kind="stable")[:OF_EACH_INTENT]]] = True
    return hard
