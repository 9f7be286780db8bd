"""Snapshots as Arrow tables: the types of facts in Parquet, and columns read from them.

``party`` is the enterprise's code. Money is int64 fen, a decimal int64 of 10**-scale, a date
date32, a time a timestamp in microseconds UTC, a text a dictionary of strings, a set one string of
its sorted words joined by "|" (in a dictionary). Null is missing. ``<fact>__as_of`` stands beside a
fact with a freshness limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from yishi.foundation.rulebook.columns import NO_TIME, Column, column_of
from yishi.foundation.rulebook.errors import FactError
from yishi.foundation.rulebook.facts import Fact, FactType

PARTY = "party"
AS_OF = "__as_of"
JOINT = "|"
_WORDS = pa.dictionary(pa.int32(), pa.string())
_TIME = pa.timestamp("us", tz="UTC")
TYPES: dict[FactType, pa.DataType] = {
    FactType.BOOL: pa.bool_(),
    FactType.INT: pa.int64(),
    FactType.DECIMAL: pa.int64(),
    FactType.MONEY: pa.int64(),
    FactType.TEXT: _WORDS,
    FactType.DATE: pa.date32(),
    FactType.DATETIME: _TIME,
    FactType.SET: _WORDS,
}
#: Rows that are read, matched and let go at a time.
BATCH = 262_144


def schema_of(facts: Iterable[Fact]) -> pa.Schema:
    """The columns of a snapshot of *facts*."""
    fields = [pa.field(PARTY, pa.string(), nullable=False)]
    for fact in facts:
        fields.append(pa.field(fact.name, TYPES[fact.type]))
        if fact.freshness is not None:
            fields.append(pa.field(fact.name + AS_OF, _TIME))
    return pa.schema(fields)


def table_of(
    parties: Sequence[str], rows: Sequence[Mapping[str, Any]], facts: Sequence[Fact]
) -> pa.Table:
    """Rows of facts (as one-row evaluation takes them) as a snapshot's table.

    Raises:
        FactError: for a value of another type, or a word with "|" in a set.
    """
    columns = {fact.name: column_of(fact, [row.get(fact.name) for row in rows]) for fact in facts}
    return table_of_columns(pa.array(parties, pa.string()), columns, facts)


def table_of_columns(
    parties: pa.Array, columns: Mapping[str, Column], facts: Sequence[Fact]
) -> pa.Table:
    """The columns of *facts* as a snapshot's table."""
    arrays: list[pa.Array] = [parties]
    for fact in facts:
        column = columns[fact.name]
        arrays.append(_array(fact, column))
        if fact.freshness is not None:
            taken = column.as_of
            if taken is None:
                taken = np.full(len(column.values), NO_TIME, np.int64)
            arrays.append(pa.array(taken, pa.int64(), mask=taken == NO_TIME).cast(_TIME))
    return pa.Table.from_arrays(arrays, schema=schema_of(facts))


def joined(fact: Fact, words: Iterable[str]) -> str:
    """The stored form of a set."""
    listed = sorted(words)
    if any(JOINT in word or not word for word in listed):
        raise FactError(fact.name, f"集合中的文字不能为空，也不能含 {JOINT}", "range")
    return JOINT.join(listed)


def _array(fact: Fact, column: Column) -> pa.Array:
    missing = None if column.valid is None else ~column.valid
    kind = TYPES[fact.type]
    if kind is not _WORDS:
        raw = pa.bool_() if fact.type is FactType.BOOL else pa.int64()
        values = column.values.astype(np.int32) if fact.type is FactType.DATE else column.values
        array = pa.array(values, pa.int32() if fact.type is FactType.DATE else raw, mask=missing)
        return array.cast(kind)
    words = [joined(fact, one) if isinstance(one, frozenset) else one for one in column.categories]
    codes = pa.array(column.values, pa.int32(), mask=missing)
    return pa.DictionaryArray.from_arrays(codes, pa.array(words, pa.string()))


def columns_of(table: pa.Table, facts: Mapping[str, Fact] | Iterable[Fact]) -> dict[str, Column]:
    """The columns of those *facts* that the table has, numbers in as few bytes as hold them.

    Raises:
        FactError: when a column is of another type than the fact.
    """
    declared = facts.values() if isinstance(facts, Mapping) else facts
    found = {}
    for fact in declared:
        if fact.name not in table.column_names:
            continue
        array = _whole(table.column(fact.name))
        as_of = None
        if fact.freshness is not None and fact.name + AS_OF in table.column_names:
            as_of = _times(_whole(table.column(fact.name + AS_OF)))
        found[fact.name] = _column(fact, array, as_of)
    return found


def parties_of(table: pa.Table) -> pa.Array:
    """The codes of the enterprises, in the order of rows."""
    return _whole(table.column(PARTY))


def _whole(chunked: pa.ChunkedArray) -> pa.Array:
    if pa.types.is_dictionary(chunked.type):
        chunked = chunked.unify_dictionaries()
    array = chunked.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks else pa.array([], array.type)
    return array


def _column(fact: Fact, array: pa.Array, as_of: NDArray[np.int64] | None) -> Column:
    valid = _valid(array)
    wanted = TYPES[fact.type]
    if wanted is _WORDS:
        if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
            array = array.dictionary_encode()
        if not pa.types.is_dictionary(array.type):
            raise FactError(fact.name, f"应为文字，文件中是 {array.type}", "type")
        return _words(fact, array, valid, as_of)
    if array.type != wanted and not (
        pa.types.is_integer(array.type) and pa.types.is_integer(wanted)
    ):
        raise FactError(fact.name, f"应为 {wanted}，文件中是 {array.type}", "type")
    if fact.type is FactType.BOOL:
        flags = _bits(array, 1)
        return Column(flags if valid is None else flags & valid, valid, as_of)
    raw = array.view(pa.int32()) if fact.type is FactType.DATE else array.cast(pa.int64())
    if valid is not None:
        raw = raw.fill_null(0)
    return Column(narrow(raw.to_numpy(zero_copy_only=False)), valid, as_of)


def _words(
    fact: Fact, array: pa.Array, valid: NDArray[np.bool_] | None, as_of: NDArray[np.int64] | None
) -> Column:
    """Codes in the order of their words, so that beginnings alike are neighbours."""
    words = array.dictionary.to_pylist()
    order = sorted(range(len(words)), key=lambda i: words[i] or "")
    place = np.empty(len(words) + 1, np.int64)
    place[np.array(order, np.int64)] = np.arange(len(words))
    place[-1] = -1
    codes = array.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    kind = np.int8 if len(words) < 128 else np.int16 if len(words) < 32_768 else np.int32
    ordered: list[Any] = [words[i] or "" for i in order]
    if fact.type is FactType.SET:
        ordered = [frozenset(one.split(JOINT)) if one else frozenset() for one in ordered]
    return Column(place.astype(kind)[codes], valid, as_of, tuple(ordered))


def narrow(values: NDArray[Any]) -> NDArray[Any]:
    """The same numbers in the fewest bytes that hold all of them."""
    if not values.size:
        return values
    low, high = int(values.min()), int(values.max())
    for kind in (np.int8, np.int16, np.int32):
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return values.astype(kind, copy=False)
    return values


def _valid(array: pa.Array) -> NDArray[np.bool_] | None:
    if not array.null_count:
        return None
    return _bits(array, 0)


def _bits(array: pa.Array, buffer: int) -> NDArray[np.bool_]:
    """A packed buffer of an array (0: validity, 1: values of bool) as flags."""
    raw = np.frombuffer(array.buffers()[buffer], np.uint8)
    stop = array.offset + len(array)
    flags = np.unpackbits(raw, bitorder="little", count=stop).view(np.bool_)
    return flags[array.offset :]


def _times(array: pa.Array) -> NDArray[np.int64]:
    whole = array.cast(_TIME).view(pa.int64())
    times: NDArray[np.int64] = whole.fill_null(NO_TIME).to_numpy(zero_copy_only=False)
    return times


def batches(
    path: Path | str, facts: Iterable[str] | None = None, size: int = BATCH
) -> Iterator[pa.RecordBatch]:
    """A Parquet file in batches of at most *size* rows, only the columns named."""
    with pq.ParquetFile(path, memory_map=True) as file:
        there = file.schema_arrow.names
        names = None
        if facts is not None:
            wanted = {PARTY, *facts, *(name + AS_OF for name in facts)}
            names = [name for name in there if name in wanted]
        yield from file.iter_batches(batch_size=size, columns=names)
