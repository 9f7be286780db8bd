"""How much a listed name resembles the one asked for, from 0 to 100, and why.

100: the same writing; 99: the same parts. Otherwise whichever is higher: the likeness of the
whole, or of core (four fifths), place and legal form. A place or form that one of the two does not
give counts nearly as an equal one, a different place does not count at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from yishi.foundation.credit.names.normalising import LATIN, Norm
from yishi.foundation.credit.names.records import Parts, cores_of, parts_of, wholes_of

_CORE, _PLACE, _FORM = 0.80, 0.15, 0.05
_MISSING, _OTHER_FORM, _REORDERED = 0.8, 0.4, 0.95
#: So many of the candidates are compared part by part.
CLOSE = 30

EXACT, SAME_PARTS = "exact", "same_parts"


@dataclass(frozen=True, slots=True)
class Score:
    """A likeness and what it is due to, in codes:

    ``exact``, ``same_parts`` or some of ``same_core``, ``reordered``, ``core_differs``,
    ``place_missing``, ``place_differs``, ``form_missing``, ``form_differs``.
    """

    value: float
    why: tuple[str, ...]


def likely(norm: Norm, raw: Sequence[str], count: int = CLOSE) -> NDArray[np.int64]:
    """Which of the kept names are nearest at a first look, at most *count*, in their order."""
    if len(raw) <= count:
        return np.arange(len(raw))
    listed, said = wholes_of(raw, blanks=norm.kind == LATIN), cores_of(raw)
    wholes = cdist([norm.whole], listed, scorer=OSA.normalized_similarity)[0]
    cores = cdist([norm.core], said, scorer=OSA.normalized_similarity)[0]
    cores[_reordered(norm.core, said)] = _REORDERED
    rough = np.maximum(wholes, _CORE * cores + 0.3 * (1 - _CORE) * wholes)
    return np.sort(np.argsort(-rough, kind="stable")[:count])


def _reordered(asked: str, listed: Sequence[str]) -> list[int]:
    """Which have the same characters in another order."""
    size, characters = len(asked), sorted(asked)
    return [
        number
        for number, core in enumerate(listed)
        if len(core) == size and core != asked and sorted(core) == characters
    ]


def score(norm: Norm, raw: str, *, same_writing: bool) -> Score:
    """The likeness of one kept name to *norm*."""
    listed = parts_of(raw)
    if listed.core == norm.core and listed.form == norm.form and listed.places == norm.places:
        return Score(100.0, (EXACT,)) if same_writing else Score(99.0, (SAME_PARTS,))
    why: list[str] = []
    core = _core(norm.core, listed.core, why)
    place = _place(norm.places, listed, why)
    form = _form(norm.form, listed.form, why)
    whole = OSA.normalized_similarity(norm.whole, wholes_of([raw], blanks=norm.kind == LATIN)[0])
    if norm.places or norm.form or listed.places or listed.form:
        value = max(whole, _CORE * core + _PLACE * place + _FORM * form)
    else:
        value = core
    return Score(round(min(98.9, 100 * value), 1), tuple(why))


def _core(asked: str, listed: str, why: list[str]) -> float:
    if asked == listed:
        why.append("same_core")
        return 1.0
    likeness = _likeness(asked, listed)
    if sorted(asked.replace(" ", "")) == sorted(listed.replace(" ", "")):
        why.append("reordered")
        return max(likeness, _REORDERED)
    why.append("core_differs")
    return likeness


def _likeness(asked: str, listed: str) -> float:
    """Of words in letters the order counts little."""
    likeness = OSA.normalized_similarity(asked, listed)
    if " " not in asked or " " not in listed:
        return likeness
    words, others = asked.split(), listed.split()
    turned = max(
        OSA.normalized_similarity(" ".join(sorted(words)), " ".join(sorted(others))),
        OSA.normalized_similarity(" ".join([*words[1:], words[0]]), listed),
        OSA.normalized_similarity(" ".join([words[-1], *words[:-1]]), listed),
    )
    return max(likeness, _REORDERED * turned)


def _place(asked: Sequence[str], listed: Parts, why: list[str]) -> float:
    if tuple(asked) == listed.places:
        return 1.0
    if not asked or not listed.places:
        why.append("place_missing")
        return _MISSING
    if asked[-1] == listed.places[-1]:
        return 0.98
    if set(asked) & set(listed.places):
        why.append("place_missing")
        return 0.9
    why.append("place_differs")
    return 0.0


def _form(asked: str, listed: str, why: list[str]) -> float:
    if asked == listed:
        return 1.0
    if not asked or not listed:
        why.append("form_missing")
        return _MISSING
    why.append("form_differs")
    return _OTHER_FORM
