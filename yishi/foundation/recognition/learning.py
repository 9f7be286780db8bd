"""Learning a model from labelled texts, and how sure it may be.

Which solver: with few labels a linear support vector machine; with very many (a catalogue with a
handful of examples each) ridge regression in its dual form, which fits all labels at once and tells
in closed form what it would have said of each text had it not seen it.

Confidence is calibrated on such held-out answers only. Texts that are near-duplicates of each other
are held out together, so that a copy is no proof.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yishi.foundation.recognition.grams import grams
from yishi.foundation.recognition.model import (
    Calibration,
    Floats,
    Model,
    measures,
    top,
    weighted,
)

SIZES = (1, 2, 3, 4)
#: Above this many labels the ridge is used; above this many texts it would need too much memory.
FEW_LABELS, RIDGE_TEXTS = 200, 16_000
#: N-grams kept at most, the most frequent first.
VOCABULARY = 400_000
FOLDS = 5
#: What share of the answers that no person looks at has to be right.
PRECISION = 0.95
#: Weights smaller than this share of their label's largest are left out.
SMALL = 0.02


class LearningError(ValueError):
    """Data from which nothing can be learnt; says what is missing."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to learn. ``cost`` of the support vector machine, ``ridge`` of the regression."""

    sizes: tuple[int, ...] = SIZES
    cost: float = 0.5
    ridge: float = 0.3
    precision: float = PRECISION


def learn(
    texts: Sequence[str],
    labels: Sequence[str],
    settings: Settings | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> Model:
    """A model of *labels* by *texts*; the same data give the same model.

    Raises:
        LearningError: with fewer than two labels or two texts a label on average.
    """
    chosen = settings or Settings()
    names = sorted(set(labels))
    if len(names) < 2 or len(texts) < 2 * len(names):
        raise LearningError("训练数据不足：至少两个类别，平均每个类别至少两条")
    place = {name: number for number, name in enumerate(names)}
    wanted = np.array([place[label] for label in labels])
    hashes, rarity = vocabulary(texts, chosen.sizes, 1 if len(names) > FEW_LABELS else 2)
    tell(f"{len(texts):,} texts, {len(names):,} labels, {len(hashes):,} n-grams")
    matrix, known = weighted(texts, chosen.sizes, hashes, rarity)
    many = len(names) > FEW_LABELS and len(texts) <= RIDGE_TEXTS
    solve = _ridge if many else _machine
    weights, bias, held_out = solve(matrix, wanted, len(names), near_groups(texts), chosen)
    tell("weights learnt")
    order, best = top(held_out, 2)
    right = order[:, 0] == wanted
    calibration = _calibrated(measures(best, known), right)
    sure = calibration.confidence(measures(best, known))
    threshold = threshold_for(sure, right, chosen.precision)
    pruned = _pruned(weights)
    return Model(
        labels=tuple(names),
        sizes=chosen.sizes,
        hashes=hashes,
        rarity=rarity,
        starts=pruned.indptr.astype(np.int64),
        columns=pruned.indices.astype(np.int32),
        values=pruned.data.astype(np.float32),
        bias=bias.astype(np.float32),
        calibration=calibration,
        threshold=threshold,
        facts={
            "texts": len(texts),
            "held_out_top1": round(float(right.mean()), 4),
            "held_out_handled": round(float((sure >= threshold).mean()), 4),
        },
    )


def vocabulary(
    texts: Sequence[str], sizes: Sequence[int], least: int
) -> tuple[NDArray[np.uint64], Floats]:
    """The n-grams that occur in at least *least* texts, ascending by hash, and how rare they are
    (ln((1 + texts) / (1 + texts with it)) + 1)."""
    rows, found = grams(texts, sizes)
    order = np.lexsort((rows, found))
    rows, found = rows[order], found[order]
    fresh = np.ones(len(found), np.bool_)
    fresh[1:] = (found[1:] != found[:-1]) | (rows[1:] != rows[:-1])
    hashes, counts = np.unique(found[fresh], return_counts=True)
    enough = counts >= least
    hashes, counts = hashes[enough], counts[enough]
    if len(hashes) > VOCABULARY:
        kept = np.sort(np.argsort(-counts, kind="stable")[:VOCABULARY])
        hashes, counts = hashes[kept], counts[kept]
    return hashes, (np.log((1 + len(texts)) / (1 + counts)) + 1).astype(np.float32)


def near_groups(texts: Sequence[str]) -> NDArray[np.int64]:
    """A number for each text, the same for texts that begin alike once blanks are gone: copies,
    forwarded messages and the same complaint sent again."""
    heads = ["".join(text.split())[:24] for text in texts]
    numbers = {head: number for number, head in enumerate(dict.fromkeys(heads))}
    return np.array([numbers[head] for head in heads])


def _machine(
    matrix: Any, wanted: NDArray[np.int64], count: int, groups: NDArray[np.int64], chosen: Settings
) -> tuple[Floats, Floats, Floats]:
    """Weights, bias, and the scores of every text by a machine that had not seen it."""
    from sklearn.model_selection import GroupKFold
    from sklearn.svm import LinearSVC

    def fit(rows: NDArray[np.int64]) -> tuple[Floats, Floats]:
        machine = LinearSVC(C=chosen.cost, random_state=0).fit(matrix[rows], wanted[rows])
        weights = np.zeros((matrix.shape[1], count), np.float32)
        bias = np.full(count, -10.0, np.float32)  # labels that are missing here are never best
        if len(machine.classes_) == 2:
            weights[:, machine.classes_[1]] = machine.coef_[0]
            weights[:, machine.classes_[0]] = -machine.coef_[0]
            bias[machine.classes_] = [-machine.intercept_[0], machine.intercept_[0]]
        else:
            weights[:, machine.classes_] = machine.coef_.T
            bias[machine.classes_] = machine.intercept_
        return weights, bias

    held_out = np.zeros((matrix.shape[0], count), np.float32)
    folds = min(FOLDS, len(set(groups.tolist())))
    for train, test in GroupKFold(folds).split(matrix, wanted, groups):
        weights, bias = fit(train)
        held_out[test] = matrix[test] @ weights + bias
    weights, bias = fit(np.arange(matrix.shape[0]))
    return weights, bias, held_out


def _ridge(
    matrix: Any, wanted: NDArray[np.int64], count: int, groups: NDArray[np.int64], chosen: Settings
) -> tuple[Floats, Floats, Floats]:
    """As :func:`_machine`, by regression on one column a label; every text weighs the same, and
    held-out scores follow from the inverse (leave one out)."""
    from scipy.linalg import cho_factor, cho_solve

    del groups
    total = matrix.shape[0]
    kernel = np.asarray((matrix @ matrix.T).toarray(), dtype=np.float32)
    kernel[np.diag_indices(total)] += chosen.ridge
    factor = cho_factor(kernel, lower=True, overwrite_a=True, check_finite=False)
    inverse = cho_solve(factor, np.eye(total, dtype=np.float32), check_finite=False)
    target = np.zeros((total, count), np.float32)
    target[np.arange(total), wanted] = 1.0
    dual = inverse @ target
    held_out = target - dual / np.diag(inverse)[:, None]
    weights = matrix.T @ dual
    return weights, np.zeros(count, np.float32), held_out


def _calibrated(features: NDArray[np.float64], right: NDArray[np.bool_]) -> Calibration:
    from sklearn.linear_model import LogisticRegression

    if right.all() or not right.any():
        return Calibration((0.0, 0.0, 0.0), 3.0 if right.all() else -3.0)
    curve = LogisticRegression(C=100.0, max_iter=2_000).fit(features, right)
    a, b, c = (float(weight) for weight in curve.coef_[0])
    return Calibration((a, b, c), float(curve.intercept_[0]))


def threshold_for(sure: NDArray[np.float64], right: NDArray[np.bool_], precision: float) -> float:
    """The lowest confidence at and above which the wanted share of answers was right; above one
    when no such confidence exists."""
    order = np.argsort(-sure, kind="stable")
    shares = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(shares >= precision)
    return float(sure[order][good[-1]]) if len(good) else 1.01


def _pruned(weights: Floats) -> Any:
    from scipy.sparse import csr_array

    largest = np.abs(weights).max(axis=0, keepdims=True)
    return csr_array(np.where(np.abs(weights) >= SMALL * largest, weights, np.float32(0)))
