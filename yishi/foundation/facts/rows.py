"""Rows of a snapshot: one party's facts, who stands in a row, in which row somebody stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from yishi.foundation.facts import columnar, files
from yishi.foundation.facts.columnar import AS_OF, JOIN, NAME, PARTY
from yishi.foundation.rulebook.facts import Fact, FactType, Seen


def row_of(path: Path, code: str) -> int | None:
    """The row in which a party stands; None where it does not."""
    if len(code) != columnar.CODE_LENGTH or not code.isascii():
        return None
    with files.PartFile(path) as file:
        if file.counts is None:
            return _found(file.file.read([PARTY]), code, 0)
        number = columnar.bucket_of(code)
        return _found(file.part(number, [PARTY]), code, file.start(number))


def _found(table: pa.Table, code: str, start: int) -> int | None:
    place = pc.index(table.column(PARTY), code).as_py()
    return None if place < 0 else start + int(place)


def of_party(path: Path, code: str, facts: Mapping[str, Fact]) -> dict[str, Seen] | None:
    """What is known of a party, by fact; None where the snapshot does not have it."""
    row = row_of(path, code)
    return None if row is None else at(path, row, facts)


def at(path: Path, row: int, facts: Mapping[str, Fact]) -> dict[str, Seen]:
    """What is known of the party in a row."""
    table = taken(path, np.array([row]))
    return {
        name: seen(table, 0, fact) for name, fact in facts.items() if name in table.column_names
    }


def seen(table: pa.Table, row: int, fact: Fact) -> Seen:
    """A value of a table as the rulebook's one-row path takes it."""
    moment = None
    if fact.name + AS_OF in table.column_names:
        moment = table.column(fact.name + AS_OF)[row].as_py()
    return Seen(value_of(fact, table.column(fact.name)[row].as_py()), moment)


def value_of(fact: Fact, stored: Any) -> Any:
    """The Python value of a stored one."""
    if stored is None:
        return None
    if fact.type is FactType.DECIMAL:
        return Decimal(stored).scaleb(-fact.scale)
    if fact.type is FactType.SET:
        return frozenset(part for part in str(stored).split(JOIN) if part)
    return stored


def stored_of(fact: Fact, value: Any) -> Any:
    """The stored form of a Python value."""
    if value is None:
        return None
    if fact.type is FactType.DECIMAL:
        return int(Decimal(value).scaleb(fact.scale))
    if fact.type is FactType.SET:
        return columnar.joined(value)
    return value


def taken(path: Path, rows: NDArray[np.int64], columns: Sequence[str] | None = None) -> pa.Table:
    """Some rows (in the order asked for), reading only the row groups that they stand in."""
    with pq.ParquetFile(path, memory_map=True) as file:
        sizes = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        order = np.argsort(rows, kind="stable")
        ascending = rows[order]
        groups = np.searchsorted(starts, ascending, side="right") - 1
        pieces = []
        for group in np.unique(groups):
            inside = ascending[groups == group] - starts[group]
            table = file.read_row_group(int(group), columns)
            pieces.append(table.take(pa.array(inside)))
        if not pieces:
            names = columns or file.schema_arrow.names
            schema = file.schema_arrow
            return pa.schema([schema.field(name) for name in names]).empty_table()
        back = np.empty(len(order), np.int64)
        back[order] = np.arange(len(order))
        joined: pa.Table = pa.concat_tables(pieces).unify_dictionaries().take(pa.array(back))
        return joined


def codes_at(path: Path, rows: NDArray[np.int64]) -> list[str]:
    """The credit codes of some rows."""
    codes: list[str] = taken(path, rows, [PARTY]).column(PARTY).to_pylist()
    return codes


def names_at(path: Path, rows: NDArray[np.int64]) -> list[tuple[str, str]]:
    """(code, name) of some rows; the code stands for a name that is not known."""
    with pq.ParquetFile(path, memory_map=True) as file:
        named = NAME in file.schema_arrow.names
    table = taken(path, rows, [PARTY, NAME] if named else [PARTY])
    codes = table.column(PARTY).to_pylist()
    names: Iterable[Any] = table.column(NAME).to_pylist() if named else codes
    return [(code, name or code) for code, name in zip(codes, names, strict=True)]
