"""Keys under which names are found although one thing in them differs.

A key stands for the characters of a name in any order: the sum of one random number for each.
Taking a character's number off the sum gives the key of the name without it, so that two names
which differ by one character, or by two that changed places, have a key in common. Four kinds:

* ``WHOLE``: the core, and the last place with the core. Looked for at every cut of the text asked
  for, so that it is found however place and legal form were written.
* ``LOOSE``: the core, and the core without each of its characters. Looked for at every cut of one
  end, so that it is found however place or legal form were listed.
* ``PLACED``: the same, together with the last place: few names share them, common ones too.
* ``BEGIN``: the first characters of the core, together with the last place: whatever follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yishi.foundation.credit.names.normalising import LATIN, ORGANISATION, PERSON, Norm

Keys = NDArray[np.uint32]
Sums = NDArray[np.uint64]

#: What sets the four kinds apart.
WHOLE, LOOSE, PLACED, BEGIN = (
    np.uint64(n)
    for n in (0xD6E8FEB86659FD93, 0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3)
)
_ONE, _TWO, _THREE = (
    np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
)
#: A trade name has mostly two characters, and what follows says the trade.
_BEGIN = 2
#: Of longer cores only so many characters are left out in turn.
LONGEST_CORE = 40
#: A text asked for is cut at most so far from its beginning and its end.
_HEAD, _TAIL, _SHORTEST, _LONGEST = 14, 12, 3, 24


def _mixed(values: Sums) -> Sums:
    """Numbers that look random, after splitmix64."""
    values = values * _ONE
    values = (values ^ (values >> np.uint64(30))) * _TWO
    values = (values ^ (values >> np.uint64(27))) * _THREE
    return values ^ (values >> np.uint64(31))


def _numbers(text: str) -> Sums:
    """The random number of each character."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    return _mixed(codes.astype(np.uint64) + np.uint64(1))


def _keys(sums: Sums, kind: np.uint64) -> Keys:
    return (_mixed(sums ^ kind) >> np.uint64(32)).astype(np.uint32)


def _core(norm: Norm) -> str:
    core = norm.core.replace(" ", "") if norm.kind == LATIN else norm.core
    return core[:LONGEST_CORE]


def _place(norm: Norm) -> str:
    return norm.places[-1] if norm.places else ""


def _segments(texts: Sequence[str]) -> tuple[Sums, NDArray[np.int64], Sums]:
    """Numbers of all characters, the row that each belongs to, and the sum of each row."""
    numbers = _numbers("".join(texts))
    sizes = np.fromiter(map(len, texts), np.int64, len(texts))
    rows = np.repeat(np.arange(len(texts)), sizes)
    running = np.zeros(len(numbers) + 1, np.uint64)
    np.cumsum(numbers, out=running[1:])
    ends = np.cumsum(sizes)
    return numbers, rows, running[ends] - running[ends - sizes]


def listed(norms: Sequence[Norm]) -> tuple[Keys, NDArray[np.int64]]:
    """All keys that names are filed under, and the position of the name for each."""
    if not norms:
        return np.zeros(0, np.uint32), np.zeros(0, np.int64)
    cores = [_core(norm) for norm in norms]
    numbers, rows, sums = _segments(cores)
    place_sums = _segments([_place(norm) for norm in norms])[2]
    begins = _segments([core[:_BEGIN] for core in cores])[2]
    organisations = np.fromiter((n.kind == ORGANISATION for n in norms), np.bool_, len(norms))
    sizes = np.fromiter(map(len, cores), np.int64, len(cores))
    every = np.flatnonzero(sizes > 0)
    # Without one of its characters a name of two is a single character, which says nothing
    # unless a place stands with it.
    placed = np.flatnonzero(organisations)
    formed = np.fromiter((n.kind != PERSON for n in norms), np.bool_, len(norms)).nonzero()[0]
    less = (sizes[rows] > 2) | ((sizes[rows] == 2) & (place_sums[rows] != 0))
    less_rows, less_sums = rows[less], sums[rows[less]] - numbers[less]
    loose_less, placed_less = sizes[less_rows] > 2, organisations[less_rows]
    prefixed = np.flatnonzero(place_sums != 0)
    shift = place_sums * _THREE  # a place is not mistaken for characters of the core
    found = (
        (_keys(sums[every], LOOSE), every),
        (_keys(less_sums[loose_less], LOOSE), less_rows[loose_less]),
        (_keys(sums[formed], WHOLE), formed),
        (_keys(sums[prefixed] + place_sums[prefixed], WHOLE), prefixed),
        (_keys(sums[placed] + shift[placed], PLACED), placed),
        (_keys(begins[prefixed] + shift[prefixed], BEGIN), prefixed),
        (_keys((less_sums + shift[less_rows])[placed_less], PLACED), less_rows[placed_less]),
    )
    return np.concatenate([k for k, _ in found]), np.concatenate([r for _, r in found])


@dataclass(frozen=True, slots=True)
class Asked:
    """Keys to look up; the *first* ones, for names that agree but for one part, before the rest."""

    keys: Keys
    first: NDArray[np.bool_]


def asked(norm: Norm) -> Asked:
    """The keys under which whatever resembles *norm* may be filed."""
    core = _core(norm)
    if not core:
        return Asked(np.zeros(0, np.uint32), np.zeros(0, np.bool_))
    numbers = _numbers(core)
    whole = numbers.sum(dtype=np.uint64, keepdims=True)
    sums = np.concatenate([whole, whole - numbers]) if len(core) > 1 else whole
    loose = sums if len(core) > 2 else whole
    found, first = [_keys(loose, LOOSE)], [np.arange(len(loose)) == 0]
    if norm.kind == ORGANISATION:
        for place in norm.places or ("",):
            shift = _numbers(place).sum(dtype=np.uint64, keepdims=True) * _THREE
            found.append(_keys(sums + shift, PLACED))
            first.append(np.arange(len(sums)) == 0)
            begin = numbers[:_BEGIN].sum(dtype=np.uint64, keepdims=True)
            found.append(_keys(begin + shift, BEGIN))
            first.append(np.zeros(1, np.bool_))
    for spans, kind in zip(_spans(norm), (WHOLE, LOOSE), strict=True):
        found.append(_keys(spans, kind))
        first.append(np.zeros(len(spans), np.bool_))
    keys, at = np.unique(np.concatenate(found), return_index=True)
    return Asked(keys, np.concatenate(first)[at])


def _spans(norm: Norm) -> tuple[Sums, Sums]:
    """Sums of the text between every cut near its beginning and every cut near its end, whole and
    without the last character but one at either end (which may have changed places with one
    beyond the cut), and of the core as it was understood.

    Apart those that reach to the beginning or the end, whole and without each character: so is
    filed what was listed with a mistake in place or form.
    """
    text = norm.text.replace("(", "").replace(")", "").replace(" ", "")
    size = len(text)
    numbers = _numbers(text)
    running = np.zeros(size + 1, np.uint64)
    np.cumsum(numbers, out=running[1:])
    starts = np.arange(min(_HEAD, size) + 1)
    ends = np.arange(max(size - _TAIL, 0), size + 1)
    starts, ends = np.repeat(starts, len(ends)), np.tile(ends, len(starts))
    enough = ends - starts >= _SHORTEST
    starts, ends = starts[enough], ends[enough]
    spans = running[ends] - running[starts]
    long = ends - starts > _SHORTEST
    second = spans[long] - numbers[starts[long] + 1]
    last_but_one = spans[long] - numbers[ends[long] - 2]
    core = _numbers(_core(norm)).sum(dtype=np.uint64, keepdims=True)
    place = _numbers(_place(norm)).sum(dtype=np.uint64)
    whole = np.concatenate([spans, second, last_but_one, core, core + place])
    return whole, _edges(numbers, spans, starts, ends)


def _edges(numbers: Sums, spans: Sums, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Sums:
    edge = ((starts == 0) | (ends == len(numbers))) & (ends - starts <= _LONGEST)
    spans, starts, ends = spans[edge], starts[edge][:, None], ends[edge][:, None]
    at = np.arange(len(numbers))
    inside = (at >= starts) & (at < ends) & (ends - starts > _SHORTEST)
    return np.concatenate([spans, (spans[:, None] - numbers)[inside]])
