"""How good a model is on texts with known labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from yishi.foundation.recognition.learning import PRECISION
from yishi.foundation.recognition.model import Answer


@dataclass(frozen=True, slots=True)
class Figures:
    """``top1``, ``top3``: share of rows whose label is the first, among the first three.

    ``macro_f1``: mean over the labels of the file of the harmonic mean of precision and recall.
    ``handled_at_95``: the largest share of rows, most confident first, of which at least 95 % are
    right: what needs no person. ``handled`` and ``precision``: the same at the model's own
    threshold, which was fixed before it saw the file. ``auc``: of a question with two answers (late
    or not), how often a row with the rarer answer scores higher than one without.
    """

    rows: int
    top1: float
    top3: float
    macro_f1: float
    handled_at_95: float
    handled: float
    precision: float | None
    auc: float | None

    def as_dict(self) -> dict[str, float | int | None]:
        """Names and figures, rounded to four places."""
        return {
            name: round(value, 4) if isinstance(value, float) else value
            for name, value in asdict(self).items()
        }


def figures(answers: Sequence[Answer], labels: Sequence[str]) -> Figures:
    """Compare *answers* with the true *labels*; a file without rows has no figures (ValueError)."""
    if not labels:
        raise ValueError("没有可评估的行")
    said = [answer.best.label if answer.best else None for answer in answers]
    right = np.array([one == label for one, label in zip(said, labels, strict=True)])
    among = [
        any(guess.label == label for guess in answer.guesses[:3])
        for answer, label in zip(answers, labels, strict=True)
    ]
    sure = np.array([answer.best.confidence if answer.best else -1.0 for answer in answers])
    own = np.array([answer.sure for answer in answers])
    return Figures(
        rows=len(labels),
        top1=float(right.mean()),
        top3=float(np.mean(among)),
        macro_f1=_macro_f1(said, labels),
        handled_at_95=_covered(sure, right),
        handled=float(own.mean()),
        precision=float(right[own].mean()) if own.any() else None,
        auc=_auc(answers, labels),
    )


def _auc(answers: Sequence[Answer], labels: Sequence[str]) -> float | None:
    """Area under the curve of the rarer of two labels; ``None`` for fewer or more labels."""
    from scipy.stats import rankdata  # slow to import, and rarely asked for

    kinds = sorted(set(labels), key=lambda label: (labels.count(label), label))
    if len(kinds) != 2:
        return None
    heights = []
    for answer in answers:
        scores = {guess.label: guess.score for guess in answer.guesses}
        heights.append(scores.get(kinds[0], 0.0) - scores.get(kinds[1], 0.0))
    ranks = rankdata(heights)  # equal heights share their rank
    rare = np.array([label == kinds[0] for label in labels])
    n, others = int(rare.sum()), int((~rare).sum())
    return float((ranks[rare].sum() - n * (n + 1) / 2) / (n * others))


def _macro_f1(said: Sequence[str | None], labels: Sequence[str]) -> float:
    scores = []
    for label in sorted(set(labels)):
        hits = sum(a == b == label for a, b in zip(said, labels, strict=True))
        claimed, true = said.count(label), labels.count(label)
        scores.append(2 * hits / (claimed + true))
    return float(np.mean(scores))


def _covered(sure: np.ndarray, right: np.ndarray) -> float:
    """Rows of equal confidence are taken together: a threshold cannot part them."""
    order = np.argsort(-sure, kind="stable")
    ranked = sure[order]
    shares = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    last = np.append(ranked[1:] != ranked[:-1], True)
    good = np.flatnonzero((shares >= PRECISION) & last & (ranked >= 0))
    return float((good[-1] + 1) / len(order)) if len(good) else 0.0
