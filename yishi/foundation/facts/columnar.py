"""Facts as Arrow columns: the types that files of deliveries and snapshots have.

int, money (fen) and decimal (whole numbers of 10**-scale) are int64, dates date32, times are
microseconds UTC; texts are dictionary strings, a set is its sorted members joined by "|". Null is
"not there". ``<fact>__as_of`` stands beside a fact that has a freshness limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from yishi.foundation.rulebook.columns import Column as RuleColumn
from yishi.foundation.rulebook.content import fact_from_json
from yishi.foundation.rulebook.facts import Fact, FactType

PARTY, NAME, AS_OF = "party", "name", "__as_of"
MOMENT = pa.timestamp("us", tz="UTC")
CODE_LENGTH = 18
TEXT = pa.dictionary(pa.int32(), pa.string())
JOIN = "|"
_TYPES: dict[FactType, pa.DataType] = {
    FactType.BOOL: pa.bool_(),
    FactType.INT: pa.int64(),
    FactType.DECIMAL: pa.int64(),
    FactType.MONEY: pa.int64(),
    FactType.TEXT: TEXT,
    FactType.DATE: pa.date32(),
    FactType.DATETIME: MOMENT,
    FactType.SET: TEXT,
}
#: How many parts a file of parties is sorted into; each is a row group, looked up by `bucket_of`.
BUCKETS = 64
_PRIME, _START = np.uint32(16_777_619), np.uint32(2_166_136_261)


def type_of(fact: Fact) -> pa.DataType:
    """The Arrow type of a fact's column."""
    return _TYPES[fact.type]


def plain(kind: pa.DataType) -> pa.DataType:
    """The type without its dictionary: what batches that are put together have."""
    return pa.string() if kind == TEXT else kind


def declared(columns: Mapping[str, Mapping[str, Any]]) -> dict[str, Fact]:
    """The facts of stored declarations."""
    return {name: fact_from_json(name, stored) for name, stored in columns.items()}


def snapshot_schema(facts: Iterable[Fact], *, names: bool) -> pa.Schema:
    """The columns of a snapshot: party, name, and each fact with its time where that counts."""
    fields = [pa.field(PARTY, pa.string(), nullable=False)]
    if names:
        fields.append(pa.field(NAME, pa.string()))
    for fact in facts:
        fields.append(pa.field(fact.name, type_of(fact)))
        if fact.freshness is not None:
            fields.append(pa.field(fact.name + AS_OF, MOMENT))
    return pa.schema(fields)


def array_of(fact: Fact, column: RuleColumn, rows: NDArray[np.int64]) -> pa.Array:
    """Some rows of a rulebook's column, as files of deliveries have them."""
    values = column.values[rows]
    mask = None if column.valid is None else ~column.valid[rows]
    if type_of(fact) == TEXT:
        texts = [one if isinstance(one, str) else joined(one) for one in column.categories]
        return pa.array(texts, pa.string()).take(pa.array(values.astype(np.int32), mask=mask))
    if fact.type is FactType.BOOL:
        return pa.array(values, pa.bool_(), mask=mask)
    wide = np.int32 if fact.type is FactType.DATE else np.int64
    return pa.array(values.astype(wide), mask=mask).cast(type_of(fact))


def joined(members: Iterable[str]) -> str:
    """The stored text of a set."""
    return JOIN.join(sorted(set(members)))


def letters(codes: pa.Array) -> NDArray[np.uint8]:
    """Credit codes (all of 18 signs) as an array of shape (rows, 18)."""
    width = 18
    flat = codes.cast(pa.binary(width)) if len(codes) else pa.array([], pa.binary(width))
    if isinstance(flat, pa.ChunkedArray):
        flat = flat.combine_chunks()
    data = np.frombuffer(flat.buffers()[1] or b"", np.uint8)
    start = flat.offset * width
    return data[start : start + len(flat) * width].reshape(len(flat), width)


def buckets_of(signs: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The part that each code belongs to (FNV-1a, so that it is the same everywhere)."""
    found = np.full(len(signs), _START, np.uint32)
    for place in range(signs.shape[1]):
        found = (found ^ signs[:, place]) * _PRIME
    return ((found ^ (found >> np.uint32(16))) % np.uint32(BUCKETS)).astype(np.uint8)


def bucket_of(code: str) -> int:
    """The part that one code belongs to."""
    signs = np.frombuffer(code.encode("ascii"), np.uint8).reshape(1, -1)
    return int(buckets_of(signs)[0])
