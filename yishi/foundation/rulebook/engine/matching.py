"""All items for all rows of a snapshot: bit sets block by block, amounts only for survivors."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
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
        if self.keep:
            self.known[:, words] = known
            tests = self.tests[:, words]
        else:
            tests = np.zeros((len(self.book.conditions), known.shape[1]), np.uint64)
        self.blocks.tests(columns, known, tests)
        self._join(tests, known, words, everything(stop - start))
        taker = _Taker(stop - start)
        return [
            self._amounts(self.sure[i, words], fact, bound, columns, known, taker)
            for i, fact, bound in self.computed
        ]

    def _join(
        self, tests: NDArray[np.uint64], known: NDArray[np.uint64], words: slice, full: Bits
    ) -> None:
        """AND over the groups of every item, OR within a group, on either set of bits."""
        sure = list(tests)
        unknown = full & ~known
        gaps = [bool(one.any()) for one in unknown]
        possible = [
            full if row < 0 else sure[n] | unknown[row] if gaps[row] else sure[n]
            for n, row in enumerate(self.blocks.known_index)
        ]
        for i, plan in enumerate(self.book.plans):
            join(plan, sure, self.sure[i, words])
            join(plan, possible, self.possible[i, words])

    def _amounts(
        self,
        sure: Bits,
        fact: Fact | None,
        bound: Bound | None,
        columns: Mapping[str, Column],
        known: NDArray[np.uint64],
        taker: _Taker,
    ) -> Fen:
        """The amounts of the survivors; who has none becomes UNKNOWN."""
        if fact is None or bound is None:
            sure[:] = 0
            return np.zeros(0, np.int64)
        np.bitwise_and(sure, known[self.blocks.fact_row[fact.name]], out=sure)
        rows = taker.rows(sure)
        if not rows.size:
            return rows
        fen, fits = bound.of_values(columns[fact.name].values.take(rows))
        if fits is not None:
            lost = rows[~fits]
            np.bitwise_and.at(sure, lost // 64, ~(np.uint64(1) << (lost % 64).astype(np.uint64)))
            fen = fen[fits]
        return small(fen)

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


class _Taker:
    """Finds the set bits of a block. NumPy searches for flags one by one where at most a tenth are
    set, which is slow close to that; flags that are set anyway are added to get past it."""

    def __init__(self, count: int) -> None:
        self.count, self.more = count, count // 8
        self.flags = np.ones(count + self.more, np.bool_)

    def rows(self, bits: Bits) -> Rows:
        found = int(np.bitwise_count(bits).sum())
        if not found:
            return np.zeros(0, np.int64)
        own = self.flags[: self.count]
        own[:] = flags_of(bits, self.count)
        if not 0.03 < found / self.count <= 0.1:
            return np.flatnonzero(own)
        return np.flatnonzero(self.flags)[:found]


def join(plan: Sequence[Sequence[int]], bits: Sequence[Bits], out: Bits) -> None:
    """AND over the groups of *plan*, OR within each."""
    first = True
    for group in plan:
        joined = bits[group[0]]
        for n in group[1:]:
            joined = joined | bits[n]
        if first:
            out[:] = joined
            first = False
        else:
            np.bitwise_and(out, joined, out)


def small(fen: Fen) -> Fen:
    """The same in 32 bits where every amount fits."""
    return fen.astype(np.int32) if fen.size and int(fen.max()) < 2**31 else fen
