"""Learning a model from labelled texts, and how sure it may be.

Which solver: with few labels a linear support vector machine; with very many (a catalogue with a
handful of examples each) ridge regression in its dual form, which fits all labels at once.

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

#: Above this many labels the ridge is used; above this many texts it would need too much memory.
FEW_LABELS, RIDGE_TEXTS = 200, 28_000
HANDFUL = 20
#: Lengths of n-grams. With a handful of texts a label longer ones only tell the texts apart.
SIZES, SIZES_OF_MANY = (1, 2, 3), (1, 2)
#: Texts longer than this on average (letters rather than messages) have a beginning that counts
#: once more, of so many characters.
LONG, HEAD = 80, 24
#: N-grams kept at most, the most frequent first.
VOCABULARY = 600_000
FOLDS = 5
#: What share of the answers that no person looks at has to be right.
PRECISION = 0.95
#: Weights smaller than this share of their label's largest are left out: nine in ten of them,
#: which decide nothing.
SMALL = 0.05


class LearningError(ValueError):
    """Data from which nothing can be learnt; says what is missing."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to learn. ``cost`` of the support vector machine, ``ridge`` of the regression; lengths
    of n-grams by the number of labels where none are said."""

    sizes: tuple[int, ...] = ()
    cost: float = 1.0
    ridge: float = 3.0
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
    many = len(names) > FEW_LABELS and len(texts) <= RIDGE_TEXTS
    sizes = chosen.sizes or (SIZES_OF_MANY if many else SIZES)
    head = HEAD if sum(map(len, texts)) > LONG * len(texts) else 0
    hashes, rarity = vocabulary(texts, sizes, head, 1 if many else 2)
    tell(f"{len(texts):,} texts, {len(names):,} labels, {len(hashes):,} n-grams")
    matrix, known = weighted(texts, sizes, head, hashes, rarity)
    solve = _ridge if many else _machine
    learnt = solve(matrix, wanted, len(names), near_groups(texts), chosen)
    tell("weights learnt")
    order, best = top(learnt.scores, 2)
    right = order[:, 0] == wanted[learnt.rows]
    seen = measures(best, known[learnt.rows])
    calibration = _calibrated(seen, right)
    sure = calibration.confidence(seen)
    threshold = threshold_for(sure, right, chosen.precision)
    pruned = _pruned(learnt.weights)
    return Model(
        labels=tuple(names),
        sizes=sizes,
        head=head,
        hashes=hashes,
        rarity=rarity,
        starts=pruned.indptr.astype(np.int64),
        columns=pruned.indices.astype(np.int32),
        values=pruned.data.astype(np.float32),
        bias=learnt.bias.astype(np.float32),
        calibration=calibration,
        threshold=threshold,
        facts=_facts(len(texts), right, sure >= threshold),
    )


def _facts(texts: int, right: NDArray[np.bool_], handled: NDArray[np.bool_]) -> dict[str, Any]:
    """How well the model did on texts that it had not seen."""
    return {
        "texts": texts,
        "held_out_top1": round(float(right.mean()), 4),
        "held_out_handled": round(float(handled.mean()), 4),
    }


def vocabulary(
    texts: Sequence[str], sizes: Sequence[int], head: int, least: int
) -> tuple[NDArray[np.uint64], Floats]:
    """The n-grams that occur in at least *least* texts, ascending by hash, and how rare they are
    (ln((1 + texts) / (1 + texts with it)) + 1)."""
    rows, found = grams(texts, sizes, head)
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


@dataclass(frozen=True, slots=True)
class _Learnt:
    """Weights (n-grams × labels) and bias; and the scores of ``rows`` by a model that had not
    seen them."""

    weights: Floats
    bias: Floats
    rows: NDArray[np.int64]
    scores: Floats


def _machine(
    matrix: Any, wanted: NDArray[np.int64], count: int, groups: NDArray[np.int64], chosen: Settings
) -> _Learnt:
    """By a linear support vector machine, one against the rest. Every text is held out once.

    A handful of labels weigh the same however many texts they have; of many, the frequent ones
    are rightly likelier.
    """
    from sklearn.model_selection import GroupKFold
    from sklearn.svm import LinearSVC

    weigh = "balanced" if count <= HANDFUL else None

    def fit(rows: NDArray[np.int64]) -> tuple[Floats, Floats]:
        machine = LinearSVC(C=chosen.cost, class_weight=weigh, random_state=0)
        machine.fit(matrix[rows], wanted[rows])
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
    everything = np.arange(matrix.shape[0])
    return _Learnt(*fit(everything), everything, held_out)


def _ridge(
    matrix: Any, wanted: NDArray[np.int64], count: int, groups: NDArray[np.int64], chosen: Settings
) -> _Learnt:
    """By regression on one column a label, solved for all at once in the dual; a fifth of the
    texts is held out once."""
    from sklearn.model_selection import GroupKFold

    def fit(rows: NDArray[np.int64]) -> Floats:
        from scipy.linalg import cho_factor, cho_solve

        kernel = _kernel(matrix[rows])
        kernel[np.diag_indices(len(rows))] += chosen.ridge
        target = np.zeros((len(rows), count), np.float32)
        target[np.arange(len(rows)), wanted[rows]] = 1.0
        factor = cho_factor(kernel, lower=True, overwrite_a=True, check_finite=False)
        dual = cho_solve(factor, target, overwrite_b=True, check_finite=False)
        return np.asarray(matrix[rows].T @ dual, dtype=np.float32)

    folds = min(FOLDS, len(set(groups.tolist())))
    train, test = next(iter(GroupKFold(folds).split(matrix, wanted, groups)))
    scores = np.asarray(matrix[test] @ fit(train), dtype=np.float32)
    everything = np.arange(matrix.shape[0])
    return _Learnt(fit(everything), np.zeros(count, np.float32), test, scores)


def _kernel(matrix: Any) -> Floats:
    """Every text by every text, block by block: the sparse product would hold it several times."""
    total = matrix.shape[0]
    kernel = np.empty((total, total), np.float32)
    turned = matrix.T.tocsr()
    for begin in range(0, total, 1_000):
        kernel[begin : begin + 1_000] = (matrix[begin : begin + 1_000] @ turned).toarray()
    return kernel


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
