"""What a head says of lines that it has not learnt, which is how sure it may be of what residents will write.

A quarter of the lines is set apart; a head fitted on the others guesses at it. On these guesses the gate's calibration
and the heads' thresholds are fitted, and the tagger learns how far a guess can be trusted. (Guesses for all lines,
by one head for each of three folds, fit more than twice as much.)
"""

from typing import Any, Callable, Dict, List, Optional, Protocol, Sequence

import numpy as np

PARTS = 4
_SEED = 7


class Head(Protocol):
    """What both heads are."""

    intents: List[str]

    def probabilities(self, inputs: Any) -> np.ndarray:
        """Gives a row of probabilities for each row of inputs."""


def set_apart(labels: Sequence[str]) -> np.ndarray:
    """Gives, for each line, whether it is set apart: of each intent every fourth, at least one of two."""
    random = np.random.default_rng(_SEED)
    everything = np.array(labels)
    apart = np.zeros(len(everything), dtype=bool)
    for intent in sorted(set(labels)):
        lines = random.permutation(np.flatnonzero(everything == intent))
        apart[lines[: max(1, len(lines) // PARTS) if len(lines) > 1 else 0]] = True
    return apart


def unseen(fit: Callable[[Any, Sequence[str]], Head], inputs: Any, labels: Sequence[str]) -> List[Optional[np.ndarray]]:
    """Gives the probabilities of each line that is set apart, by a head that has not seen it, and None for the others.

    Intents stand in alphabetical order, as in a head fitted on all lines; one that the others lack gets probability 0.
    """
    apart = set_apart(labels)
    head = fit(inputs[~apart], np.array(labels)[~apart])
    guesses = of_all(sorted(set(labels)), head, inputs[apart])
    result: List[Optional[np.ndarray]] = [None] * len(labels)
    for line, guess in zip(np.flatnonzero(apart), guesses, strict=True):
        result[line] = guess
    return result


def of_all(intents: Sequence[str], head: Head, inputs: Any) -> np.ndarray:
    """Gives a head's probabilities of all intents, a row each; one that it does not know has probability 0."""
    guesses = np.zeros((inputs.shape[0], len(intents)), dtype=np.float32)
    guesses[:, [intents.index(intent) for intent in head.intents]] = head.probabilities(inputs)
    return guesses


def likely_guesses(intents: Sequence[str], labels: Sequence[str], guessed: Sequence[Optional[str]]) -> List[str]:
    """Gives an intent for each line as the heads might guess it: where they did, that; else one of the guesses that
    lines of its intent got, as often as they got it, or its own where there are none. The same always."""
    random = np.random.default_rng(_SEED)
    told: Dict[str, List[str]] = {intent: [] for intent in intents}
    for guess, label in zip(guessed, labels, strict=True):
        told[label] += [guess] if guess else []
    return [
        guess or (told[label][int(random.integers(len(told[label])))] if told[label] else label)
        for guess, label in zip(guessed, labels, strict=True)
    ]
