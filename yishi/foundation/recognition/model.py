"""The model: what it knows, how it is stored, what it says about a text and why.

A text is a row of n-gram weights (sublinear frequency times rarity, scaled to length one); a label
is a column of weights; their product is the score. The distance of the best score to the next and
its height, as they came out on texts the model had not seen, say how sure it may be.

The folder of a model holds ``model.json`` (labels, settings, figures, digest) and ``weights.npz``.
Nothing in it is executed when it is read.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yishi.foundation.recognition.grams import grams, spans

FORMAT = 1
TOLD, WEIGHTS = "model.json", "weights.npz"
BLOCK = 4_096
Floats = NDArray[np.float32]


class ModelError(Exception):
    """A folder that holds no model that can be read."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A label with its score and how likely it is right, 0..1."""

    label: str
    score: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model says of a text: the best labels, best first, and whether it is sure enough.

    ``sure`` is False for a text of which the model knows nothing, whatever its confidence.
    """

    guesses: tuple[Guess, ...]
    sure: bool

    @property
    def best(self) -> Guess | None:
        """The first guess, if there is any."""
        return self.guesses[0] if self.guesses else None


@dataclass(frozen=True, slots=True)
class Calibration:
    """From (height of the best score, distance to the next, share of known n-grams) to how often
    such an answer was right: a logistic curve fitted on texts that were held out."""

    weights: tuple[float, float, float]
    bias: float

    def confidence(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rows of three features → confidence of each."""
        found: NDArray[np.float64] = 1.0 / (
            1.0 + np.exp(-(features @ np.array(self.weights) + self.bias))
        )
        return found


@dataclass(frozen=True)
class Model:
    """See the module. ``hashes`` ascending, one per known n-gram; ``rarity`` and ``rows`` belong
    to them; ``starts``, ``columns`` and ``values`` are the weights by n-gram (CSR)."""

    labels: tuple[str, ...]
    sizes: tuple[int, ...]
    head: int
    hashes: NDArray[np.uint64]
    rarity: Floats
    starts: NDArray[np.int64]
    columns: NDArray[np.int32]
    values: Floats
    bias: Floats
    calibration: Calibration
    #: The confidence from which no person is needed, as chosen in training.
    threshold: float
    facts: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def _weights(self) -> Any:
        from scipy.sparse import csr_array

        shape = (len(self.hashes), len(self.labels))
        return csr_array((self.values, self.columns, self.starts), shape=shape)

    @cached_property
    def _dense(self) -> Floats | None:
        """The weights as a plain matrix where that is small: multiplying is quicker then."""
        return self._weights.toarray() if len(self.labels) <= 256 else None

    @cached_property
    def version(self) -> str:
        """What the weights, labels and settings come to: 16 hex digits."""
        digest = hashlib.sha256()
        curve = [*self.calibration.weights, self.calibration.bias]
        told = [FORMAT, self.labels, self.sizes, self.head, self.threshold, curve]
        digest.update(json.dumps(told).encode())
        for part in (self.hashes, self.rarity, self.starts, self.columns, self.values, self.bias):
            digest.update(np.ascontiguousarray(part).tobytes())
        return digest.hexdigest()[:16]

    def matrix(self, texts: Sequence[str]) -> tuple[Any, NDArray[np.float64]]:
        """The weighted n-grams of *texts* (CSR) and what share of each text's is known."""
        return weighted(texts, self.sizes, self.head, self.hashes, self.rarity)

    def scores(self, texts: Sequence[str]) -> tuple[Floats, NDArray[np.float64]]:
        """The score of every label for every text, and the share of n-grams that are known."""
        rows, known = self.matrix(texts)
        dense = self._dense
        found = rows @ dense if dense is not None else (rows @ self._weights).toarray()
        return np.asarray(found, dtype=np.float32) + self.bias, known

    def answers(self, texts: Sequence[str], most: int = 3) -> list[Answer]:
        """What the model says of each text."""
        found: list[Answer] = []
        for begin in range(0, len(texts), BLOCK):
            scores, known = self.scores(texts[begin : begin + BLOCK])
            found += self._answers(scores, known, most)
        return found

    def _answers(self, scores: Floats, known: NDArray[np.float64], most: int) -> list[Answer]:
        order, best = top(scores, max(most, 2))
        sure = self.calibration.confidence(measures(best, known))
        shares = _shares(best)
        answers = []
        for row in range(len(scores)):
            confidence = [float(sure[row])]
            rest = 1.0 - confidence[0]
            others = shares[row, 1:].sum()
            confidence += [float(rest * s / others) if others else 0.0 for s in shares[row, 1:]]
            guesses = tuple(
                Guess(self.labels[label], float(score), round(min(c, confidence[0]), 4))
                for label, score, c in zip(order[row], best[row], confidence, strict=False)
            )[:most]
            certain = bool(known[row] > 0 and sure[row] >= self.threshold)
            answers.append(Answer(guesses if known[row] > 0 else (), certain))
        return answers

    def because(self, text: str, label: str, most: int = 5) -> list[tuple[str, float]]:
        """The passages of *text* that speak most for *label*, with what they add to its score.

        N-grams that touch are one passage; a passage's share is that of the characters in it.
        """
        column = self.labels.index(label)
        rows, _ = self.matrix([text])
        weight = dict(zip(rows.indices.tolist(), rows.data.tolist(), strict=True))
        shares = np.zeros(max(len(text), 1))
        for start, end, hash_ in spans(text, self.sizes, self.head):
            place = int(np.searchsorted(self.hashes, np.uint64(hash_)))
            if place >= len(self.hashes) or int(self.hashes[place]) != hash_:
                continue
            own = self._weight(place, column) * weight.get(place, 0.0)
            if own and end > start:
                shares[start:end] += own / (end - start)
        return _passages(text, shares, most)

    def _weight(self, row: int, column: int) -> float:
        begin, end = int(self.starts[row]), int(self.starts[row + 1])
        place = begin + int(np.searchsorted(self.columns[begin:end], column))
        hit = place < end and int(self.columns[place]) == column
        return float(self.values[place]) if hit else 0.0

    def with_threshold(self, threshold: float) -> Model:
        """The same model with another threshold."""
        return replace(self, threshold=threshold)

    def parts(self) -> tuple[str, bytes]:
        """The two files of the model: what it tells of itself (JSON), and its weights (npz)."""
        told = {
            "format": FORMAT,
            "version": self.version,
            "labels": self.labels,
            "sizes": self.sizes,
            "head": self.head,
            "threshold": self.threshold,
            "calibration": [*self.calibration.weights, self.calibration.bias],
            "facts": self.facts,
        }
        weights = io.BytesIO()
        np.savez_compressed(
            weights,
            hashes=self.hashes,
            rarity=self.rarity,
            starts=self.starts,
            columns=self.columns,
            values=self.values,
            bias=self.bias,
        )
        return json.dumps(told, ensure_ascii=False, indent=1) + "\n", weights.getvalue()

    def save(self, folder: Path) -> None:
        """Write the model into *folder*, which is made where it is missing."""
        told, weights = self.parts()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / TOLD).write_text(told, encoding="utf-8")
        (folder / WEIGHTS).write_bytes(weights)


def load(folder: Path) -> Model:
    """The model in *folder*.

    Raises:
        ModelError: when there is none, or it was changed since it was written.
    """
    try:
        told = (folder / TOLD).read_text(encoding="utf-8")
        weights = (folder / WEIGHTS).read_bytes()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{folder} 中没有识别模型：{error}") from error
    return read(told, weights)


def read(text: str, weights: bytes) -> Model:
    """The model of two files (see :meth:`Model.parts`).

    Raises:
        ModelError: when they are none, or were changed since they were written.
    """
    try:
        told = json.loads(text)
        with np.load(io.BytesIO(weights), allow_pickle=False) as stored:
            parts = {name: stored[name] for name in stored.files}
        *slope, bias = told["calibration"]
        model = Model(
            labels=tuple(told["labels"]),
            sizes=tuple(told["sizes"]),
            head=told["head"],
            calibration=Calibration((slope[0], slope[1], slope[2]), bias),
            threshold=told["threshold"],
            facts=told["facts"],
            **parts,
        )
    except (OSError, ValueError, KeyError, TypeError, IndexError, zipfile.BadZipFile) as error:
        raise ModelError(f"识别模型无法读取：{error}") from error
    if told.get("format") != FORMAT or told.get("version") != model.version:
        raise ModelError("识别模型已损坏或被改动，请重新训练")
    return model


def weighted(
    texts: Sequence[str],
    sizes: Sequence[int],
    head: int,
    hashes: NDArray[np.uint64],
    rarity: Floats,
) -> tuple[Any, NDArray[np.float64]]:
    """See :meth:`Model.matrix`."""
    from scipy.sparse import csr_array

    count = len(texts)
    rows, found = grams(texts, sizes, head)
    places = np.searchsorted(hashes, found)
    places[places == len(hashes)] = 0
    hit = hashes[places] == found if len(hashes) else np.zeros(len(found), np.bool_)
    total = np.bincount(rows, minlength=count)
    rows, places = rows[hit], places[hit].astype(np.int32)
    known = np.bincount(rows, minlength=count) / np.maximum(total, 1)
    ones = np.ones(len(rows), np.float32)
    # Sparse arrays keep wide indices if given some, which the learning machines then refuse.
    rows, places = rows.astype(np.int32), places.astype(np.int32)
    # Sums up what occurs several times.
    matrix = csr_array((ones, (rows, places)), shape=(count, len(hashes)))
    matrix.sum_duplicates()
    matrix.data = (1.0 + np.log(matrix.data)) * rarity[matrix.indices]
    lengths = np.sqrt(
        np.bincount(
            np.repeat(np.arange(count), np.diff(matrix.indptr)),
            weights=matrix.data.astype(np.float64) ** 2,
            minlength=count,
        )
    )
    scale = 1.0 / np.maximum(lengths, 1e-12)
    matrix.data = (matrix.data * np.repeat(scale, np.diff(matrix.indptr))).astype(np.float32)
    return matrix, known


#: So few of the highest are found by looking for the highest again and again.
FEW = 4


def top(scores: Floats, most: int) -> tuple[NDArray[np.int64], Floats]:
    """The columns of the *most* highest scores of each row, best first, and those scores."""
    most = min(most, scores.shape[1])
    if most > FEW:
        order = np.argsort(-scores, axis=1, kind="stable")[:, :most]
        return order, np.take_along_axis(scores, order, axis=1)
    left = scores.copy()
    rows = np.arange(len(scores))
    order = np.empty((len(scores), most), np.int64)
    for place in range(most):
        order[:, place] = left.argmax(axis=1)
        left[rows, order[:, place]] = -np.inf
    return order, np.take_along_axis(scores, order, axis=1)


def measures(best: Floats, known: NDArray[np.float64]) -> NDArray[np.float64]:
    """What calibration reads: the best score, its distance to the next, the share known."""
    next_best = best[:, 1] if best.shape[1] > 1 else np.zeros(len(best), np.float32)
    return np.column_stack([best[:, 0], best[:, 0] - next_best, known]).astype(np.float64)


def _shares(best: Floats) -> NDArray[np.float64]:
    """Scores as shares of one, for telling the second from the third."""
    raised = np.exp(4.0 * (best.astype(np.float64) - best[:, :1]))
    found: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return found


def _passages(text: str, shares: NDArray[np.float64], most: int) -> list[tuple[str, float]]:
    if not shares.max() > 0:
        return []
    heavy = shares >= max(shares.max() * 0.25, 1e-9)
    found: list[tuple[str, float]] = []
    begin: int | None = None
    for place in range(len(text) + 1):
        inside = place < len(text) and bool(heavy[place])
        if inside and begin is None:
            begin = place
        elif not inside and begin is not None:
            found.append((text[begin:place], float(shares[begin:place].sum())))
            begin = None
    found.sort(key=lambda passage: -passage[1])
    return found[:most]
