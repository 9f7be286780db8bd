"""More enterprises than memory holds: batch by batch, each let go before the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from yishi.foundation.rulebook.engine.book import Book
from yishi.foundation.rulebook.engine.matching import match
from yishi.foundation.rulebook.engine.result import Match

if TYPE_CHECKING:
    import pyarrow as pa


def stream(
    book: Book,
    batches: Iterable[pa.RecordBatch],
    params: Mapping[str, Any],
    at: datetime,
    *,
    conditions: bool = False,
) -> Iterator[tuple[pa.Array, Match]]:
    """(codes of the parties, their match) for every batch, in order."""
    import pyarrow as pa

    from yishi.foundation.rulebook.engine.arrow import columns_of, parties_of

    for batch in batches:
        table = pa.Table.from_batches([batch])
        columns = columns_of(table, book.facts)
        parties = parties_of(table)
        del table
        yield (
            parties,
            match(book, columns, params, at, conditions=conditions, rows=batch.num_rows),
        )
