"""Rows whose facts changed, evaluated again and compared with what was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yishi.foundation.rulebook.columns import Bits, Column
from yishi.foundation.rulebook.engine.blocks import flags_of
from yishi.foundation.rulebook.engine.book import Book
from yishi.foundation.rulebook.engine.matching import match
from yishi.foundation.rulebook.engine.result import Match
from yishi.foundation.rulebook.errors import RuleError
from yishi.foundation.rulebook.outcome import BY_RANK, Truth


@dataclass(frozen=True, slots=True)
class Change:
    """A pair that came out otherwise than before; fen is None unless TRUE and paid."""

    key: str
    row: int
    before: Truth
    after: Truth
    fen_before: int | None
    fen_after: int | None


@dataclass(frozen=True, eq=False)
class Changes:
    """``rows`` are the rows evaluated again, ``now`` their match (its row *n* is ``rows[n]``)."""

    rows: NDArray[np.int64]
    now: Match
    changed: list[Change]


def match_rows(
    previous: Match,
    rows: NDArray[np.int64],
    book: Book,
    columns: Mapping[str, Column],
    params: Mapping[str, Any],
    at: datetime,
) -> Changes:
    """Evaluate *rows* (numbers in *previous*; *columns* holds these rows only, in this order).

    Raises:
        RuleError: when the columns are not of these rows, or an item was not in *previous*.
    """
    rows = np.asarray(rows, np.int64)
    now = match(book, columns, params, at)
    if now.rows != len(rows):
        raise RuleError("rows", f"{len(rows)} 行，各列有 {now.rows} 行")
    if rows.size and not (int(rows.min()) >= 0 and int(rows.max()) < previous.rows):
        raise RuleError("rows", f"行号超出 {previous.rows} 行")
    changed: list[Change] = []
    words, bits = rows // 64, (rows % 64).astype(np.uint64)
    for key in book.keys:
        if key not in previous.keys:
            raise RuleError("items", f"前次没有事项 {key}", "unknown")
        changed += _of_item(previous, now, key, rows, words, bits)
    return Changes(rows, now, changed)


def _of_item(
    previous: Match,
    now: Match,
    key: str,
    rows: NDArray[np.int64],
    words: NDArray[np.int64],
    bits: NDArray[np.uint64],
) -> list[Change]:
    def before(of: Bits) -> NDArray[np.uint8]:
        return ((of[words] >> bits) & np.uint64(1)).astype(np.uint8)

    old_sure, old_possible = (before(one) for one in previous.bits(key))
    new_sure, new_possible = (flags_of(one, now.rows).view(np.uint8) for one in now.bits(key))
    old, new = old_sure + old_possible, new_sure + new_possible
    fen_old = _fen_of(previous, key, rows, old_sure)
    fen_new = _fen_of(now, key, np.arange(now.rows), new_sure)
    differs = np.flatnonzero((old != new) | (fen_old != fen_new))
    return [
        Change(
            key,
            int(rows[n]),
            BY_RANK[old[n]],
            BY_RANK[new[n]],
            None if fen_old[n] < 0 else int(fen_old[n]),
            None if fen_new[n] < 0 else int(fen_new[n]),
        )
        for n in differs.tolist()
    ]


def _fen_of(
    of: Match, key: str, rows: NDArray[np.int64], sure: NDArray[np.uint8]
) -> NDArray[np.int64]:
    """The fen of *rows*; -1 where there is none."""
    held = of.fen_of(key)
    found = np.full(len(rows), -1, np.int64)
    if held is None:
        return found
    at = np.flatnonzero(sure)
    if isinstance(held, int):
        found[at] = held
    elif at.size:
        bits = of.bits(key)[0]
        counts = np.bitwise_count(bits)
        before = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
        words, places = rows[at] // 64, (rows[at] % 64).astype(np.uint64)
        below = bits[words] & ((np.uint64(1) << places) - np.uint64(1))
        found[at] = held[before[words] + np.bitwise_count(below)]
    return found
