"""A snapshot's columns as files that are mapped, not read: who wants a column of a million parties,
or a hundred rows of all columns, touches only those pages, and all processes share them.

The store is made from the snapshot's file when it is first wanted and may be thrown away. It lies
below ``settings.YISHI_MEDIA / columns``, named by the snapshot's hash.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from numpy.typing import NDArray

from yishi.foundation.facts import columnar, snapshots
from yishi.foundation.facts.columnar import BUCKETS, NAME, PARTY
from yishi.foundation.facts.models import Snapshot
from yishi.foundation.rulebook.columns import EPOCH, NO_TIME, Column
from yishi.foundation.rulebook.engine.arrow import columns_of
from yishi.foundation.rulebook.facts import Fact, FactType, Seen

_META = "columns.json"
_DAY_ZERO = date(1970, 1, 1).toordinal()
#: Columns that are read from the snapshot's file at a time.
_AT_ONCE = 24


class Store:
    """The columns of one snapshot. Everything it gives is mapped and must not be written to."""

    def __init__(self, folder: Path, facts: Mapping[str, Fact]) -> None:
        self.folder, self.facts = folder, facts
        meta = json.loads((folder / _META).read_text(encoding="utf-8"))
        self.rows: int = meta["rows"]
        self._words: dict[str, list[str]] = meta["words"]
        self._parts: dict[str, list[str]] = meta["parts"]
        self._starts: list[int] = meta["starts"]
        #: Columns beside the facts: ``name`` where the snapshot has names.
        self.also: list[str] = meta["also"]
        self._columns: dict[str, Column] = {}

    def column(self, name: str) -> Column | None:
        """The column of a fact; None where the snapshot has none."""
        found = self._columns.get(name)
        if found is None and name in self._parts:
            parts = {part: self._array(f"{name}.{part}") for part in self._parts[name]}
            words: list[Any] = list(self._words.get(name, ()))
            if self.facts[name].type is FactType.SET:
                words = [
                    frozenset(one.split(columnar.JOIN)) if one else frozenset() for one in words
                ]
            found = Column(parts["values"], parts.get("valid"), parts.get("as_of"), tuple(words))
            self._columns[name] = found
        return found

    def columns(self, names: Iterable[str]) -> dict[str, Column]:
        """The columns of the facts that there are."""
        found = {name: self.column(name) for name in names}
        return {name: column for name, column in found.items() if column is not None}

    def seen(self, fact: Fact, row: int) -> Seen | None:
        """What one party's value is, with its time; None where the snapshot has no such fact."""
        column = self.column(fact.name)
        if column is None:
            return None
        moment = None
        if column.as_of is not None and column.as_of[row] != NO_TIME:
            moment = EPOCH + timedelta(microseconds=int(column.as_of[row]))
        if column.valid is not None and not column.valid[row]:
            return Seen(None, moment)
        return Seen(value_of(fact, column, row), moment)

    @property
    def codes(self) -> NDArray[np.bytes_]:
        """The credit codes of all rows."""
        return self._array(PARTY)

    def rows_of(self, codes: NDArray[np.bytes_]) -> NDArray[np.int64]:
        """The row of each code; -1 for those that are not there."""
        found = np.full(len(codes), -1, np.int64)
        if not len(codes):
            return found
        all_codes = self.codes
        if not self._starts:  # not in parts: a file that did not come from deliveries
            order = np.argsort(all_codes, kind="stable")
            return _looked_up(np.asarray(all_codes)[order], codes, order)
        signs = np.frombuffer(np.ascontiguousarray(codes).tobytes(), np.uint8).reshape(-1, 18)
        buckets = columnar.buckets_of(signs)
        for number in np.unique(buckets):
            start, stop = self._starts[number], self._starts[number + 1]
            mine = np.flatnonzero(buckets == number)
            rows = _looked_up(all_codes[start:stop], codes[mine], None)
            found[mine] = np.where(rows >= 0, rows + start, -1)
        return found

    def names_at(self, rows: NDArray[np.int64]) -> pa.Array:
        """The registered names of some rows; null for -1 and where none is known."""
        if NAME not in self.also or not self.rows:
            return pa.nulls(len(rows), pa.string())
        with pa.memory_map(str(self.folder / "name.arrow")) as source:
            names = pa.ipc.open_file(source).read_all().column(0).combine_chunks()
            return names.take(pa.array(rows, mask=rows < 0))

    def _array(self, name: str) -> NDArray[Any]:
        path = self.folder / f"{name}.npy"
        try:
            array: NDArray[Any] = np.load(path, mmap_mode="r")
        except ValueError:  # an empty file cannot be mapped
            array = np.load(path)
        return array


def value_of(fact: Fact, column: Column, row: int) -> Any:
    """The Python value of a row that is there."""
    raw = column.values[row].item()
    if fact.type in (FactType.TEXT, FactType.SET):
        return column.categories[raw]
    if fact.type is FactType.DECIMAL:
        return Decimal(raw).scaleb(-fact.scale)
    if fact.type is FactType.DATE:
        return date.fromordinal(raw + _DAY_ZERO)
    if fact.type is FactType.DATETIME:
        return EPOCH + timedelta(microseconds=raw)
    return raw


def _looked_up(
    kept: NDArray[np.bytes_], codes: NDArray[np.bytes_], order: NDArray[np.int64] | None
) -> NDArray[np.int64]:
    if not len(kept):
        return np.full(len(codes), -1, np.int64)
    places = np.minimum(np.searchsorted(kept, codes), len(kept) - 1)
    rows = places if order is None else order[places]
    found: NDArray[np.int64] = np.where(kept[places] == codes, rows, -1).astype(np.int64)
    return found


def root() -> Path:
    """Where the stores lie."""
    return Path(settings.YISHI_MEDIA) / "columns"


_open: dict[str, Store] = {}
_KEPT = 4


def opened(snapshot: Snapshot) -> Store:
    """The store of a snapshot, made if need be.

    Raises:
        SnapshotTampered: when the snapshot's bytes are not those of its hash.
    """
    known = _open.get(snapshot.hash)
    if known is not None and known.folder.is_dir():
        return known
    path = snapshots.path_of(snapshot)
    facts = snapshots.declared(snapshot)
    folder = root() / snapshot.hash
    if not (folder / _META).is_file():
        make(path, facts, folder)
    while len(_open) >= _KEPT:
        _open.pop(next(iter(_open)))
    _open[snapshot.hash] = Store(folder, facts)
    return _open[snapshot.hash]


def make(path: Path, facts: Mapping[str, Fact], folder: Path) -> None:
    """Write the store of a file. It appears whole or not at all."""
    draft = folder.with_name(f".{folder.name}-{os.getpid()}-{uuid.uuid4().hex[:8]}")
    draft.mkdir(parents=True)
    try:
        meta = _write(path, facts, draft)
        (draft / _META).write_text(json.dumps(meta, ensure_ascii=False), encoding="utf-8")
        try:
            os.replace(draft, folder)
        except OSError:  # somebody else was quicker
            if not (folder / _META).is_file():
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _write(path: Path, facts: Mapping[str, Fact], folder: Path) -> dict[str, Any]:
    words: dict[str, list[str]] = {}
    parts: dict[str, list[str]] = {}
    with pq.ParquetFile(path, memory_map=True) as file:
        there = set(file.schema_arrow.names)
        also = [NAME] if NAME in there else []
        if also:
            table = file.read(also)
            with pa.ipc.new_file(str(folder / "name.arrow"), table.schema) as writer:
                writer.write_table(table.combine_chunks())
        codes = columnar.letters(file.read([PARTY]).column(PARTY)).view("S18").ravel()
        np.save(folder / f"{PARTY}.npy", codes)
        wanted = [fact for fact in facts.values() if fact.name in there]
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            names = [name for f in some for name in (f.name, f.name + columnar.AS_OF)]
            table = file.read([name for name in names if name in there])
            for name, column in columns_of(table, some).items():
                parts[name] = _save(folder, name, column)
                if facts[name].type in (FactType.TEXT, FactType.SET):
                    words[name] = [
                        one if isinstance(one, str) else columnar.joined(one)
                        for one in column.categories
                    ]
    return {
        "rows": len(codes),
        "words": words,
        "parts": parts,
        "starts": _starts(codes),
        "also": also,
    }


def _save(folder: Path, name: str, column: Column) -> list[str]:
    parts = {"values": column.values, "valid": column.valid, "as_of": column.as_of}
    kept = {part: array for part, array in parts.items() if array is not None}
    for part, array in kept.items():
        np.save(folder / f"{name}.{part}.npy", array)
    return list(kept)


def _starts(codes: NDArray[np.bytes_]) -> list[int]:
    """Where each part begins; nothing for files that are not in parts."""
    if not len(codes):
        return [0] * (BUCKETS + 1)
    signs = np.frombuffer(codes.tobytes(), np.uint8).reshape(-1, 18)
    buckets = columnar.buckets_of(signs)
    inside = codes[1:] > codes[:-1]
    if not ((buckets[1:] > buckets[:-1]) | ((buckets[1:] == buckets[:-1]) & inside)).all():
        return []
    counts = np.bincount(buckets, minlength=BUCKETS)
    return [0, *np.cumsum(counts).tolist()]
