"""The last step for what is written to the account: `python -m bot.tuning.finish_reading TUNED.npz`.

On the bot's Python. Writes the tuned layers in the wheel's four bits with the heads, as
`bot/components/encoders/reading.npz`. Prints what it brings on the questions of hands that nothing has learnt from;
what answers a question is weighed on these by training itself (`tuned_on` in `config.yml` names the others).
"""

from bot.quiet import hush, one_thread, without_unused

one_thread()
hush()
without_unused()

import sys  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any, Collection, Dict, List, Optional, Tuple  # noqa: E402

import numpy as np  # noqa: E402
from rasa.shared.nlu.constants import INTENT, TEXT  # noqa: E402
from rasa.shared.nlu.training_data.training_data import TrainingData  # noqa: E402

from bot.components import NORMALISED  # noqa: E402
from bot.components.encoders import reading_encoder  # noqa: E402
from bot.components.encoders.reading_encoder import SHARPNESS  # noqa: E402
from bot.components.encoders.tuned_encoder import LAYER  # noqa: E402
from bot.components.heads.matter_lines import matter_lines, of_guides, of_services  # noqa: E402
from bot.components.heads.situation_signs import coverage, signs  # noqa: E402
from bot.importer import ServiceImporter  # noqa: E402
from bot.questions import ASKS, HAND  # noqa: E402
from bot.tuning.finish import stored  # noqa: E402
from bot.turns import COMMAND, EMPTY  # noqa: E402
from values.writing import normalised  # noqa: E402

TURNS, SURELY = 2_500, 0.7
_SEED = 5


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
    tuned |= _asks(data, unseen)
    _write(layers, tuned)
    return 0


def texts_kept(data: TrainingData) -> List[str]:
    """Gives what guides and facts say, how they are asked for, and what a message is compared with, as it is read."""
    passages = [line.get(NORMALISED) for line in of_guides(data.training_examples)]
    return [*passages, *(line.text for line in matter_lines(data))]


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


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
