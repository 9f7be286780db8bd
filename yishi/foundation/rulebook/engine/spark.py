"""The same code on a Spark cluster: partitions go as Arrow batches through `match`.

Each batch gives one row per item: its bits and its amounts, packed; the codes of the parties come
with the first. What is collected is small (two bits a pair and the amounts); for what does not fit
one machine *out* names a folder that the workers write Parquet to.
"""

from __future__ import annotations

import io
import json
import os
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

import yishi
from yishi.foundation.rulebook.engine.book import Book
from yishi.foundation.rulebook.engine.carried import (
    book_content,
    book_from_content,
    params_content,
    params_from,
)
from yishi.foundation.rulebook.engine.result import Match, Parts

#: Rows that go through at a time, as Arrow batches.
BATCH = 65_536
ANSWER = (
    "block string, item string, rows int, sure binary, possible binary, fen binary, bits int, "
    "parties binary"
)
#: What workers need of this package; they bring NumPy, pyarrow and sqlglot themselves.
_SHIPPED = ("__init__.py", "foundation/__init__.py", "foundation/revisions", "foundation/rulebook")


def match(
    master: str,
    paths: Sequence[str | Path],
    book: Book,
    params: Mapping[str, Any],
    at: datetime,
    *,
    settings: Mapping[str, str] | None = None,
    out: str | None = None,
) -> list[tuple[Any, Match]]:
    """(codes of the parties, their match) for every batch of the Parquet files at *paths*, which
    driver and workers must both reach. With *out* the answer stays there (`read_answers`).

    Raises:
        RuntimeError: when pyspark is not installed.
    """
    with session(master, settings or {}) as spark:
        frame = spark.read.parquet(*[str(path) for path in paths])
        frame = frame.select(*needed(book, frame.columns))
        content = json.dumps(book_content(book), ensure_ascii=False)
        stored = json.dumps(params_content(book, params), ensure_ascii=False)
        answers = frame.mapInArrow(_evaluation(content, stored, at.isoformat()), ANSWER)
        if out is not None:
            answers.write.mode("overwrite").parquet(out)
            return []
        return list(opened(answers.toArrow().to_batches(), book, params))


def needed(book: Book, there: Sequence[str]) -> list[str]:
    """The columns of a snapshot that *book* looks at."""
    wanted = {"party"} | set(book.facts) | {f"{name}__as_of" for name in book.facts}
    return [name for name in there if name in wanted]


def read_answers(
    folder: str | Path, book: Book, params: Mapping[str, Any]
) -> Iterator[tuple[Any, Match]]:
    """What `match` left in *out*, block by block."""
    import pyarrow.parquet as pq

    for path in sorted(Path(folder).glob("*.parquet")):
        with pq.ParquetFile(path) as file:
            # A block's rows stand together in one file; a batch may cut it.
            yield from opened(file.iter_batches(), book, params)


def opened(
    batches: Iterable[Any], book: Book, params: Mapping[str, Any]
) -> Iterator[tuple[Any, Match]]:
    """The blocks of answers as matches."""
    import pyarrow as pa

    gathered: list[dict[str, Any]] = []
    for batch in batches:
        for row in batch.to_pylist():
            gathered.append(row)
            if len(gathered) == len(book.items):
                codes = pa.ipc.open_stream(gathered[0]["parties"]).read_all().column(0)
                yield codes.combine_chunks(), _joined(gathered, book, params)
                gathered = []
    if gathered:
        raise ValueError("the answers end within a block")


def _joined(answers: Sequence[Mapping[str, Any]], book: Book, params: Mapping[str, Any]) -> Match:
    if [one["item"] for one in answers] != list(book.keys):
        raise ValueError("the answers are of other items")
    fen: list[int | Parts | None] = []
    for one, item in zip(answers, book.items, strict=True):
        if one["bits"]:
            fen.append(Parts([np.frombuffer(one["fen"], np.dtype(f"int{one['bits']}"))]))
        else:
            fen.append(item.amount.constant(params) if item.amount else None)
    return Match(
        book.keys,
        [[c.key for _, c in item.rule.flat] for item in book.items],
        book.plans,
        book.flat,
        answers[0]["rows"],
        np.stack([np.frombuffer(one["sure"], np.uint64) for one in answers]),
        np.stack([np.frombuffer(one["possible"], np.uint64) for one in answers]),
        fen,
        None,
        None,
        [],
    )


def _evaluation(content: str, stored: str, at: str) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """The function that workers run; it carries text only and makes the book there, once."""

    def evaluate(batches: Iterator[Any]) -> Iterator[Any]:
        from yishi.foundation.rulebook.engine.spark import answers_of

        book = book_from_content(json.loads(content))
        params = params_from(book, json.loads(stored))
        for batch in batches:
            if batch.num_rows:
                yield answers_of(batch, book, params, datetime.fromisoformat(at))

    return evaluate


def answers_of(batch: Any, book: Book, params: Mapping[str, Any], at: datetime) -> Any:
    """The answers of one batch of facts, as `ANSWER` has them."""
    import pyarrow as pa

    from yishi.foundation.rulebook.engine.arrow import columns_of, parties_of
    from yishi.foundation.rulebook.engine.matching import match as match_columns

    table = pa.Table.from_batches([batch])
    columns = columns_of(table, book.facts)
    found = match_columns(
        book, columns, params, at, conditions=False, threads=1, rows=batch.num_rows
    )
    codes = io.BytesIO()
    parties = pa.table({"party": parties_of(table)})
    with pa.ipc.new_stream(codes, parties.schema) as writer:
        writer.write_table(parties)
    count = len(book.items)
    held = [fen.whole if isinstance(fen, Parts) else None for fen in found.fen]
    block = str(parties.column(0)[0].as_py())
    return pa.RecordBatch.from_pydict(
        {
            "block": pa.array([block] * count),
            "item": pa.array(list(book.keys)),
            "rows": pa.array([found.rows] * count, pa.int32()),
            "sure": pa.array([bits.tobytes() for bits in found.sure], pa.binary()),
            "possible": pa.array([bits.tobytes() for bits in found.possible], pa.binary()),
            "fen": pa.array([b"" if fen is None else fen.tobytes() for fen in held], pa.binary()),
            "bits": pa.array(
                [0 if fen is None else fen.dtype.itemsize * 8 for fen in held], pa.int32()
            ),
            "parties": pa.array([codes.getvalue()] + [None] * (count - 1), pa.binary()),
        }
    )


@contextmanager
def session(master: str, settings: Mapping[str, str]) -> Iterator[Any]:
    """A session on *master* with this package at hand for its workers; stopped afterwards."""
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise RuntimeError("Spark 运行需要安装 pyspark") from error
    # Workers elsewhere have their Python elsewhere: PYSPARK_PYTHON says where.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master(master).appName("yishi")
    chosen = {
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.execution.arrow.maxRecordsPerBatch": str(BATCH),
        "spark.ui.enabled": "false",
        **settings,
    }
    for name, value in chosen.items():
        builder = builder.config(name, value)
    with tempfile.TemporaryDirectory() as folder:
        spark = builder.getOrCreate()
        try:
            spark.sparkContext.addPyFile(str(package(Path(folder))))
            yield spark
        finally:
            spark.stop()


def package(folder: Path) -> Path:
    """This package's part as a zip for workers."""
    root = Path(yishi.__file__).parent
    made = folder / "yishi_rules.zip"
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in _SHIPPED:
            place = root / name
            files = [place] if place.is_file() else sorted(place.rglob("*.py"))
            for path in files:
                inner = path.relative_to(root)
                if "tests" not in inner.parts and "migrations" not in inner.parts:
                    archive.write(path, Path("yishi") / inner)
    return made
