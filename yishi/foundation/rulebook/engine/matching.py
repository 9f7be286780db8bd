"""All items for all rows of a snapshot: bit sets block by block, amounts only for survivors."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yishi.foundation.rulebook.columns import BLOCK, Bits, Column
from yishi.foundation.rulebook.engine.blocks import ALL, Blocks, everything, flags_of
from yishi.foundation.rulebook.engine.book import Book
from yishi.foundation.rulebook.engine.result import Fen, Match
from yishi.foundation.rulebook.errors import RuleError

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
        #: Items whose amount needs the values of a fact.
        self.computed = [
            i
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
        return [self._amounts(i, columns, known, words, stop - start) for i in self.computed]

    def _join(
        self, tests: NDArray[np.uint64], known: NDArray[np.uint64], words: slice, full: Bits
    ) -> None:
        unknown = ~known
        index = self.blocks.known_index
        for i, plan in enumerate(self.book.plans):
            sure, possible = full.copy(), full.copy()
            for group in plan:
                joined, perhaps = tests[group[0]], maybe(tests, unknown, index, group[0])
                for n in group[1:]:
                    joined = joined | tests[n]
                    perhaps = perhaps | maybe(tests, unknown, index, n)
                np.bitwise_and(sure, joined, out=sure)
                np.bitwise_and(possible, perhaps, out=possible)
            self.sure[i, words] = sure
            self.possible[i, words] = possible

    def _amounts(
        self,
        i: int,
        columns: Mapping[str, Column],
        known: NDArray[np.uint64],
        words: slice,
        count: int,
    ) -> Fen:
        """The amounts of the survivors; who has none becomes UNKNOWN."""
        amount = self.book.items[i].amount
        assert amount is not None
        sure = self.sure[i, words]
        fact, params = amount.fact, self.blocks.params
        if fact is None or not amount.ready(params):
            sure[:] = 0
            return np.zeros(0, np.int64)
        np.bitwise_and(sure, known[self.blocks.fact_row[fact.name]], out=sure)
        rows = np.flatnonzero(flags_of(sure, count))
        if not rows.size:
            return np.zeros(0, np.int64)
        values = columns[fact.name].values[rows].astype(np.int64, copy=False)
        fen, there = amount.of_values(values, None, params)
        if there is not None and not there.all():
            lost = rows[~there]
            np.bitwise_and.at(sure, lost // 64, ~(np.uint64(1) << (lost % 64).astype(np.uint64)))
            fen = fen[there]
        return small(fen)

    def result(self, chunks: Sequence[Sequence[Fen]]) -> Match:
        awards: list[int | Fen | None] = list(self.constants)
        for n, i in enumerate(self.computed):
            parts = [chunk[n] for chunk in chunks]
            awards[i] = np.concatenate(parts) if parts else np.zeros(0, np.int64)
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


def maybe(
    tests: NDArray[np.uint64], unknown: NDArray[np.uint64], index: Sequence[int], number: int
) -> Bits:
    """The possible bits of a comparison; all bits where nothing can be known."""
    row = index[number]
    return np.full(tests.shape[1], ALL, np.uint64) if row < 0 else tests[number] | unknown[row]


def small(fen: Fen) -> Fen:
    """The same in 32 bits where every amount fits."""
    return fen.astype(np.int32) if fen.size and int(fen.max()) < 2**31 else fen
