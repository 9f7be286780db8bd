"""Files of parties: sorted into parts by code, each a row group, written in steady memory."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from yishi.foundation.facts import columnar
from yishi.foundation.facts.columnar import BUCKETS, PARTY
from yishi.foundation.papers import storage

SUFFIX = "parq"
#: Key of the file's metadata: how many rows each part has.
PARTS = "yishi.parts"
#: Key that says of made-up data that they are.
SIMULATED = "yishi.simulated"
SAYS = "模拟数据，不是真实企业"
LINE = "__line"


@contextmanager
def draft() -> Iterator[Path]:
    """A path for a file that is being written; whatever is left there afterwards is removed."""
    path = storage.drafts() / f"{os.getpid()}-{uuid.uuid4().hex}"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


class Sorter:
    """Takes batches in any order and gives them back part by part, sorted by party within."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.schema = schema
        self._path = path
        self._starts: list[NDArray[np.int64]] = []
        self._sink = pa.OSFile(str(path), "wb")
        self._writer = pa.ipc.new_file(self._sink, schema)
        self.rows = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Take a batch of the sorter's schema."""
        if not len(batch):
            return
        parts = columnar.buckets_of(columnar.letters(batch.column(PARTY)))
        order = np.argsort(parts, kind="stable")
        counts = np.bincount(parts, minlength=BUCKETS)
        self._starts.append(np.concatenate([[0], np.cumsum(counts)]))
        self._writer.write_batch(batch.take(pa.array(order)))
        self.rows += len(batch)

    def finish(self) -> None:
        """No batch comes any more."""
        self._writer.close()
        self._sink.close()

    def part(self, number: int) -> pa.Table:
        """The rows of one part, sorted by party; of one party in the order they came."""
        with pa.memory_map(str(self._path)) as source:
            reader = pa.ipc.open_file(source)
            slices = []
            for place, starts in enumerate(self._starts):
                first, last = int(starts[number]), int(starts[number + 1])
                if last > first:
                    slices.append(reader.get_batch(place).slice(first, last - first))
            table = pa.Table.from_batches(slices, self.schema).combine_chunks()
            if not len(table):
                return table
            signs = columnar.letters(table.column(PARTY))
            order = np.argsort(signs.view("S18").ravel(), kind="stable")
            return table.take(pa.array(order))


@contextmanager
def sorting(schema: pa.Schema) -> Iterator[Sorter]:
    """A sorter with its file."""
    with draft() as path:
        yield Sorter(path, schema)


def writer_of(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """A writer that is quick: only texts are worth a dictionary."""
    texts = [one.name for one in schema if one.type in (columnar.TEXT, pa.string())]
    texts = [name for name in texts if name not in (PARTY, columnar.NAME)]
    return pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        compression_level=1,
        use_dictionary=texts or False,
        write_statistics=False,
    )


def write(
    path: Path,
    schema: pa.Schema,
    parts: Iterable[pa.Table],
    meta: dict[str, str],
    *,
    together: bool = False,
) -> int:
    """Write *parts* (one for each bucket) as row groups, or all *together* as one, which is quicker
    for few rows of many columns; returns how many rows. The same rows give the same bytes: nothing
    of the time or the machine goes in."""
    counts: list[int] = []
    with writer_of(path, schema) as writer:
        if together:
            tables = list(parts)
            counts = [len(table) for table in tables]
            parts = [pa.concat_tables(tables)]
        for table in parts:
            if not together:
                counts.append(len(table))
            if len(table):
                writer.write_table(table.cast(schema), row_group_size=max(len(table), 1))
        writer.add_key_value_metadata({PARTS: json.dumps(counts), **meta})
    return sum(counts)


class PartFile:
    """An open file of parties, read part by part. Close it, or use it in a ``with``."""

    def __init__(self, path: Path) -> None:
        self.file = pq.ParquetFile(path, memory_map=True)
        meta: dict[bytes, bytes] = self.file.metadata.metadata or {}
        stored = meta.get(PARTS.encode())
        self.counts: list[int] | None = json.loads(stored) if stored else None
        self.simulated = SIMULATED.encode() in meta
        groups = iter(range(self.file.num_row_groups))
        self._together = self.file.num_row_groups == 1
        self._groups = [
            (0 if self._together else next(groups)) if n else None for n in self.counts or []
        ]

    def __enter__(self) -> PartFile:
        return self

    def __exit__(self, *error: Any) -> None:
        self.file.close()

    @property
    def schema(self) -> pa.Schema:
        """The file's columns."""
        return self.file.schema_arrow

    def part(self, number: int, columns: list[str] | None = None) -> pa.Table:
        """The rows of one part."""
        group = self._groups[number]
        if group is None:
            names = columns or self.schema.names
            return pa.schema([self.schema.field(name) for name in names]).empty_table()
        table = self.file.read_row_group(group, columns)
        if not self._together or self.counts is None:
            return table
        return table.slice(self.start(number), self.counts[number])

    def whole(self) -> pa.Table:
        """All rows."""
        return self.file.read()

    def start(self, number: int) -> int:
        """The number of the first row of a part."""
        return sum((self.counts or [])[:number])
