"""All items for all rows of a snapshot: bit sets block by block, amounts only for survivors."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yishi.foundation.rulebook.amounts.kinds import Bound
from yishi.foundation.rulebook.columns import BLOCK, Bits, Column
from yishi.foundation.rulebook.engine.blocks import Blocks, everything, flags_of
from yishi.foundation.rulebook.engine.book import Book
from yishi.foundation.rulebook.engine.result import Fen, Match, Parts, Rows
from yishi.foundation.rulebook.errors import RuleError
from yishi.foundation.rulebook.facts import Fact

#: More threads than this did not help: memory is what they wait for.
MOST_THREADS = 4
_ROOM = 32 * 2**20
Group = tuple[int, ...]


def match(
    book: Book,
    columns: Mapping[str, Column],
    params: Mapping[str, Any],
    at: datetime,
    *,
    conditions: bool = True,
    threads: int | None = None,
    rows: int | None = None,
) -> Match:
    """Every item for every row. A fact without a column is missing everywhere. With *conditions*
    the outcome of every condition of any pair is kept too. *rows* is their number where there is
    no column to tell.

    Raises:
        RuleError: when columns differ in length.
    """
    rows = row_count(columns) if columns else rows or 0
    run = _Run(Blocks(book, columns, params, at), rows, conditions)
    starts = range(0, rows, BLOCK)
    workers = min(threads or os.cpu_count() or 1, MOST_THREADS, len(starts) or 1)
    if workers == 1:
        chunks = [run.block(start) for start in starts]
    else:
        with ThreadPoolExecutor(workers) as pool:
            chunks = list(pool.map(run.block, starts))
    return run.result(chunks)


def row_count(columns: Mapping[str, Column]) -> int:
    """The common length of *columns*."""
    lengths = {len(column.values) for column in columns.values()}
    if len(lengths) > 1:
        raise RuleError("columns", f"各列长度不一：{sorted(lengths)}")
    return lengths.pop() if lengths else 0


class _Run:
    def __init__(self, blocks: Blocks, rows: int, conditions: bool) -> None:
        self.blocks, self.rows, self.keep = blocks, rows, conditions
        book, words = blocks.book, -(-rows // 64)
        self.book = book
        self.sure = np.empty((len(book.items), words), np.uint64)
        self.possible = np.empty_like(self.sure)
        self.tests = np.zeros((len(book.conditions) if conditions else 0, words), np.uint64)
        self.known = np.zeros((len(blocks.names) if conditions else 0, words), np.uint64)
        self.constants = [
            item.amount.constant(blocks.params) if item.amount else None for item in book.items
        ]
        #: Comparisons that can be UNKNOWN.
        self.gaps = {n for n in range(len(book.conditions)) if blocks.may_be_unknown(n)}
        self.shared, self.plans = planned(book.plans, self.gaps)
        self.local = threading.local()
        #: Items whose amount needs the values of a fact (or has no value for its parameter).
        self.computed = [
            (i, item.amount.fact, item.amount.bound(blocks.params))
            for i, item in enumerate(book.items)
            if item.amount is not None and self.constants[i] is None
        ]

    def block(self, start: int) -> list[Fen]:
        """Fill in the bits of one block; the amounts of its survivors, by computed item."""
        stop = min(start + BLOCK, self.rows)
        words = slice(start // 64, -(-stop // 64))
        columns = self.blocks.block(slice(start, stop))
        known = self.blocks.known(columns, stop - start)
        room = self._room()
        tests = room.tests[:, : known.shape[1]]
        self.blocks.tests(columns, known, tests)
        if self.keep:
            self.known[:, words] = known
            self.tests[:, words] = tests
        self._join(tests, known, words, everything(stop - start))
        return [
            self._amounts(self.sure[i, words], fact, bound, columns, known, room)
            for i, fact, bound in self.computed
        ]

    def _room(self) -> _Room:
        room: _Room | None = getattr(self.local, "room", None)
        if room is None:
            room = self.local.room = _Room(len(self.book.conditions), min(self.rows, BLOCK))
        return room

    def _join(
        self, tests: NDArray[np.uint64], known: NDArray[np.uint64], words: slice, full: Bits
    ) -> None:
        """AND over the groups of every item, OR within a group, on either set of bits."""
        sure = list(tests)
        unknown = full & ~known
        possible = [
            full if row < 0 else sure[n] | unknown[row] if n in self.gaps else sure[n]
            for n, row in enumerate(self.blocks.known_index)
        ]
        starts = [
            (join(groups, sure, np.empty_like(full)), join(groups, possible, np.empty_like(full)))
            for groups in self.shared
        ]
        both = np.empty_like(full)
        for i, plan in enumerate(self.plans):
            begun = None if plan.start < 0 else starts[plan.start]
            alike = join(plan.alike, sure, both) if plan.alike else None
            for n, (bits, target) in enumerate(((sure, self.sure), (possible, self.possible))):
                first = [part for part in (begun and begun[n], alike) if part is not None]
                join(plan.gaps, bits, target[i, words], first)

    def _amounts(
        self,
        sure: Bits,
        fact: Fact | None,
        bound: Bound | None,
        columns: Mapping[str, Column],
        known: NDArray[np.uint64],
        room: _Room,
    ) -> Fen:
        """The amounts of the survivors; who has none becomes UNKNOWN."""
        if fact is None or bound is None:
            sure[:] = 0
            return np.zeros(0, np.int64)
        np.bitwise_and(sure, known[self.blocks.fact_row[fact.name]], out=sure)
        rows = room.taker.rows(sure, 64 * len(sure))
        if not rows.size:
            return rows
        fen, fits, top = bound.of_values(columns[fact.name].values.take(rows))
        if fits is not None:
            lost = rows[~fits]
            np.bitwise_and.at(sure, lost // 64, ~(np.uint64(1) << (lost % 64).astype(np.uint64)))
            fen = fen[fits]
        return room.arena.kept(fen, top)

    def result(self, chunks: Sequence[Sequence[Fen]]) -> Match:
        awards: list[int | Parts | None] = list(self.constants)
        for n, (i, _, _) in enumerate(self.computed):
            awards[i] = Parts([chunk[n] for chunk in chunks])
        return Match(
            self.book.keys,
            [[c.key for _, c in item.rule.flat] for item in self.book.items],
            self.book.plans,
            self.book.flat,
            self.rows,
            self.sure,
            self.possible,
            awards,
            self.tests if self.keep else None,
            self.known if self.keep else None,
            self.blocks.known_index,
        )


class _Room:
    """What a thread uses again for every block."""

    def __init__(self, conditions: int, rows: int) -> None:
        words = -(-rows // 64)
        self.tests = np.zeros((conditions, words), np.uint64)
        self.taker, self.arena = _Taker(words * 64), _Arena()


class _Taker:
    """Finds the set bits of a block. NumPy searches for flags one by one where at most a tenth are
    set, which is slow close to that; flags that are set anyway are added to get past it."""

    def __init__(self, count: int) -> None:
        self.flags = np.ones(count + count // 8 + 1, np.bool_)

    def rows(self, bits: Bits, count: int) -> Rows:
        """The numbers of the rows (of *count*) whose bit is set."""
        found = int(np.bitwise_count(bits).sum())
        if not found:
            return np.zeros(0, np.int64)
        flags = flags_of(bits, count)
        if not 0.03 < found / count <= 0.1:
            return np.flatnonzero(flags)
        longer = self.flags[: count + count // 8 + 1]
        longer[:count] = flags
        rows = np.flatnonzero(longer)[:found]
        self.flags[:] = True
        return rows


def join(
    groups: Sequence[Group], bits: Sequence[Bits], out: Bits, first: Sequence[Bits] = ()
) -> Bits:
    """AND over *first* (at most two) and *groups*, OR within a group."""
    so_far = first[0] if first else None
    if len(first) > 1:
        so_far = np.bitwise_and(first[0], first[1], out)
    for group in groups:
        joined = bits[group[0]]
        for n in group[1:]:
            joined = joined | bits[n]
        so_far = joined if so_far is None else np.bitwise_and(so_far, joined, out)
    if so_far is not None and so_far is not out:
        out[:] = so_far
    return out


@dataclass(frozen=True, slots=True)
class _Plan:
    """How an item is joined: a pair of groups that others begin with too (-1: none), groups of
    comparisons that are always known (sure and possible alike), and the rest."""

    start: int
    alike: list[Group]
    gaps: list[Group]


def planned(
    plans: Sequence[Sequence[Sequence[int]]], gaps: set[int]
) -> tuple[list[list[Group]], list[_Plan]]:
    """The pairs that several items begin with, and how every item is joined."""
    often = Counter(tuple(group) for plan in plans for group in plan)
    ordered = [
        sorted({tuple(group) for group in plan}, key=lambda group: (-often[group], group))
        for plan in plans
    ]
    pairs = Counter(tuple(plan[:2]) for plan in ordered if len(plan) > 1)
    number = {pair: n for n, pair in enumerate(pair for pair in pairs if pairs[pair] > 2)}
    found = []
    for plan in ordered:
        n = number.get(tuple(plan[:2]), -1)
        rest = plan[2:] if n >= 0 else plan
        alike = [group for group in rest if gaps.isdisjoint(group)]
        found.append(_Plan(n, alike, [group for group in rest if group not in alike]))
    return [list(pair) for pair in number], found


class _Arena:
    """Room for amounts in pieces that the system gives at once, not page by page: in 32 bits where
    every amount fits."""

    def __init__(self) -> None:
        self.room, self.used = np.empty(0, np.uint8), 0

    def kept(self, fen: Fen, top: int) -> Fen:
        """A copy of *fen*, of which none exceeds *top*."""
        kind = np.int32 if top < 2**31 else np.int64
        size = fen.size * np.dtype(kind).itemsize
        if self.used + size > self.room.size:
            self.room, self.used = np.empty(max(_ROOM, size), np.uint8), 0
        place = self.room[self.used : self.used + size].view(kind)
        # Rounded up, so that 64-bit numbers stay aligned.
        self.used += -(-size // 8) * 8
        place[:] = fen
        return place
