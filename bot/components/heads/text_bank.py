"""Texts by the vectors of both encoders and by n-grams, and how near a message is to each.

A message is compared with vectors in eight bits and with the texts in which its n-grams are; lines that are learnt are
compared with each other to the last digit.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Sequence, Tuple

import numpy as np
from scipy.sparse import csr_matrix, load_npz, save_npz

from bot.components.encoders.eight_bits import EightBits
from bot.components.encoders.encoder import VECTOR, encode
from bot.components.encoders.ngrams import NgramSpace
from bot.components.encoders.reading_encoder import vectors

NARROW = 2.0
"""How fast likeness falls with the angle between two vectors, where texts are compared with each other."""


@dataclass(frozen=True)
class Near:
    """How near a message, or each of several, is to each text: cosines by the tuned encoder, the first one, n-grams."""

    tuned: np.ndarray
    first: np.ndarray
    ngrams: np.ndarray

    def alike(self) -> np.ndarray:
        """Gives the three as one figure, near 0 where nothing is in common."""
        return np.asarray(np.exp(NARROW * (self.tuned - 1)) + np.exp(NARROW * (self.first - 1)) + self.ngrams)

    def of(self, row: int) -> "Near":
        """Gives that of one of several messages."""
        return Near(self.tuned[row], self.first[row], self.ngrams[row])

    def without(self, left_out: np.ndarray) -> "Near":
        """Gives the same as if some texts had nothing in common with the message."""
        return Near(*(np.where(left_out, 0, one) for one in (self.tuned, self.first, self.ngrams)))


@dataclass(frozen=True)
class TextBank:
    """A row a text; rows have length one."""

    tuned: np.ndarray
    first: np.ndarray
    space: NgramSpace
    ngrams: csr_matrix

    @classmethod
    def of_texts(cls, texts: Sequence[str], rarest: int = 1) -> "TextBank":
        """Makes one of normalised texts; n-grams are those in so many of them."""
        space, ngrams = NgramSpace.fit(texts, rarest)
        first = encode(tuple(texts))[:, -VECTOR:] if texts else np.zeros((0, VECTOR), np.float32)
        tuned = vectors(texts) if texts else np.zeros((0, 1), np.float32)
        return cls(unit(tuned).astype(np.float32), unit(first).astype(np.float32), space, ngrams)

    def near(self, sentence: str, tuned: np.ndarray, first: np.ndarray) -> Near:
        """Gives how near a message is, by its vectors of length one, and its n-grams."""
        by_tuned, by_first = self._in_eight_bits
        return Near(by_tuned.near(tuned), by_first.near(first), self._in_common(sentence))

    @cached_property
    def _in_eight_bits(self) -> Tuple[EightBits, EightBits]:
        return EightBits(self.tuned), EightBits(self.first)

    @cached_property
    def _by_ngram(self) -> csr_matrix:
        return self.ngrams.T.tocsr()

    def _in_common(self, sentence: str) -> np.ndarray:
        """Gives the cosines by n-grams: of each that the sentence has, the texts that have it are gone through."""
        places, values = self.space.vector(sentence)
        of = self._by_ngram
        spans = [slice(of.indptr[place], of.indptr[place + 1]) for place in places]
        if not spans:
            return np.zeros(of.shape[1], np.float32)
        rows = np.concatenate([of.indices[span] for span in spans])
        shares = np.concatenate([of.data[span] * value for span, value in zip(spans, values, strict=True)])
        return np.bincount(rows, shares, of.shape[1]).astype(np.float32)

    def awaken(self) -> None:
        """Makes what messages are compared with; otherwise the first waits for it."""
        _ = self._in_eight_bits, self._by_ngram

    def among_themselves(self, rows: np.ndarray) -> Near:
        """Gives how near some of the texts are to each: a row for each of these."""
        by_ngrams = (self.ngrams[rows] @ self.ngrams.T).toarray()
        return Near(self.tuned[rows] @ self.tuned.T, self.first[rows] @ self.first.T, by_ngrams)

    def save(self, folder: Path, name: str) -> None:
        """Writes it into a model's folder, under a name."""
        own = folder / name
        own.mkdir()
        self.space.save(own)
        save_npz(own / "rows.npz", self.ngrams)
        np.savez(own / "vectors.npz", tuned=self.tuned.astype(np.float16), first=self.first.astype(np.float16))

    @classmethod
    def load(cls, folder: Path, name: str) -> "TextBank":
        """Reads it from a model's folder."""
        own = folder / name
        with np.load(own / "vectors.npz") as kept:
            bank = cls(kept["tuned"], kept["first"], NgramSpace.load(own), load_npz(own / "rows.npz"))
        bank.awaken()
        return bank


def unit(rows: np.ndarray) -> np.ndarray:
    """Gives each row at length one."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-6))


def written(file: Path, content: object) -> None:
    """Writes something as JSON."""
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
