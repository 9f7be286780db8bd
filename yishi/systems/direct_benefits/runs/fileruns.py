"""A run over a file of facts, without the database's snapshot: batch by batch, in steady memory.

The folder holds ``book.json`` (items and parameters, frozen), ``run.json`` (what was run on what),
``summary.csv``, ``awards.parquet`` (party, item, fen of every TRUE pair), and ``part-…`` with the
outcome of every condition of every pair.
"""

from __future__ import annotations

import csv
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from yishi.foundation.facts import rows
from yishi.foundation.facts.columnar import CODE_LENGTH, PARTY
from yishi.foundation.rulebook.engine import Match, arrow, match_one, stream
from yishi.foundation.rulebook.errors import FactError
from yishi.foundation.rulebook.facts import Fact
from yishi.systems.direct_benefits.policies import book
from yishi.systems.direct_benefits.policies.facts import moment
from yishi.systems.direct_benefits.runs import books
from yishi.systems.direct_benefits.runs.books import Frozen
from yishi.systems.direct_benefits.runs.running import chosen_items

_AWARDS = pa.schema(
    [
        pa.field(PARTY, pa.string()),
        pa.field("item", pa.dictionary(pa.int32(), pa.string())),
        pa.field("fen", pa.int64()),
    ]
)


class FileRefused(ValueError):
    """A file of facts, or a folder of outcomes, that cannot be used."""


def run(
    facts: Path,
    on: date,
    out: Path,
    keys: Sequence[str] | None = None,
    *,
    engine: str = "",
    tell: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Match the file with the items in force; returns what the command says last.

    Raises:
        FileRefused: for what is no file of facts, has other types, or a folder that is not empty.
        RunRefused: for items without a rule in force.
    """
    began = time.perf_counter()
    chosen, refused = chosen_items(on, keys)
    for key, names in refused.items():
        tell(f"{key}: 没有现行规则（{'、'.join(names)}）")
    frozen = books.freeze(chosen, book.params_on(on), moment(on))
    _check_file(facts, frozen)
    if out.is_dir() and any(out.iterdir()):
        raise FileRefused(f"{out}: 文件夹不是空的")
    out.mkdir(parents=True, exist_ok=True)
    (out / "book.json").write_bytes(books.content_of(frozen))
    with facts.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    counts = _Counts(frozen)
    try:
        with pq.ParquetWriter(out / "awards.parquet", _AWARDS, compression="zstd") as awards:
            for number, (parties, found) in enumerate(_parts(facts, frozen, engine)):
                if found.tests is not None:
                    found.save(out / f"part-{number:05d}")
                counts.add(found, len(parties))
                for table in _awarded(frozen, parties, found):
                    awards.write_table(table)
    except FactError as error:
        raise FileRefused(f"{facts}: {error}") from error
    counts.write(out / "summary.csv", {item.key: item.name for item in chosen})
    said = {
        "items": len(frozen.book.items),
        "parties": counts.parties,
        **counts.total(),
        "seconds": round(time.perf_counter() - began, 3),
        "snapshot": digest,
    }
    kept = said | {"on": on.isoformat(), "facts": str(facts.resolve()), "batch": arrow.BATCH}
    (out / "run.json").write_text(json.dumps(kept | {"engine": engine}, ensure_ascii=False))
    return said


def _parts(facts: Path, frozen: Frozen, engine: str) -> Iterable[tuple[pa.Array, Match]]:
    if engine:
        if not engine.startswith(("spark://", "local")):
            raise FileRefused("--engine 应形如 spark://HOST:PORT")
        from yishi.foundation.rulebook.engine import spark

        return spark.match(engine, [facts.resolve()], frozen.book, frozen.params, frozen.at)
    batches = arrow.batches(facts, frozen.book.facts)
    return stream(frozen.book, batches, frozen.params, frozen.at, conditions=True)


def _check_file(path: Path, frozen: Frozen) -> None:
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise FileRefused(f"{path}: 不是 Parquet 文件") from error
    if PARTY not in schema.names:
        raise FileRefused(f"{path}: 缺少 {PARTY} 列（统一社会信用代码）")
    for name, fact in frozen.book.facts.items():
        if name in schema.names:
            _check_type(path, fact, schema.field(name).type)


def _check_type(path: Path, fact: Fact, kind: pa.DataType) -> None:
    wanted = arrow.TYPES[fact.type]
    text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    if kind == wanted or (
        pa.types.is_dictionary(wanted) and (text or pa.types.is_dictionary(kind))
    ):
        return
    if pa.types.is_integer(wanted) and pa.types.is_integer(kind):
        return
    raise FileRefused(f"{path}: {fact.name} 应为 {wanted}，文件中是 {kind}")


def _awarded(frozen: Frozen, parties: pa.Array, found: Match) -> Iterator[pa.Table]:
    keys = pa.array([item.key for item in frozen.book.items])
    for number, item in enumerate(frozen.book.items):
        places, fen = found.awards(item.key)
        if not len(places):
            continue
        mask = None if item.amount is not None else np.ones(len(places), np.bool_)
        index = pa.array(np.full(len(places), number, np.int32))
        yield pa.table(
            [
                parties.take(pa.array(places)),
                pa.DictionaryArray.from_arrays(index, keys),
                pa.array(fen, pa.int64(), mask=mask),
            ],
            schema=_AWARDS,
        )


class _Counts:
    def __init__(self, frozen: Frozen) -> None:
        self.parties = 0
        names = ("true", "false", "unknown", "fen")
        self.items = {item.key: dict.fromkeys(names, 0) for item in frozen.book.items}

    def add(self, found: Match, parties: int) -> None:
        self.parties += parties
        for key, counts in self.items.items():
            counts["true"] += found.true(key)
            counts["false"] += found.false(key)
            counts["unknown"] += found.unknown(key)
            counts["fen"] += found.total(key)

    def total(self) -> dict[str, int]:
        every = self.items.values()
        return {name: sum(one[name] for one in every) for name in ("true", "false", "unknown")}

    def write(self, path: Path, names: dict[str, str]) -> None:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["item", "name", "true", "false", "unknown", "fen"])
            for key, one in self.items.items():
                writer.writerow([key, names.get(key, ""), *one.values()])


def why(folder: Path, code: str, keys: Sequence[str] = ()) -> Iterator[str]:
    """Lines about one enterprise: each item's answer and each of its conditions in words.

    Raises:
        FileRefused: for a folder that is none of `run`, an enterprise or an item not in it.
    """
    try:
        said = json.loads((folder / "run.json").read_text())
        data = (folder / "book.json").read_bytes()
    except (OSError, ValueError) as error:
        raise FileRefused(f"{folder}: 不是 yishi benefits match 的结果") from error
    frozen = books.parsed(data)
    path = Path(said["facts"])
    row = _row(path, code)
    if row is None:
        raise FileRefused(f"{path}: 没有 {code}")
    part, inside = divmod(row, said["batch"])
    kept = folder / f"part-{part:05d}"
    match = Match.open(kept) if kept.is_dir() else None
    wanted = set(keys or frozen.book.keys)
    if unknown := wanted - set(frozen.book.keys):
        raise FileRefused(f"没有事项 {min(unknown)}")
    facts = rows.at(path, row, frozen.book.facts)
    for one in match_one(frozen.book, facts, frozen.params, frozen.at):
        if one.key not in wanted:
            continue
        truth = one.truth if match is None else match.state(one.key, inside)
        fen = one.amount if match is None else match.amount(one.key, inside)
        paid = "" if fen is None else f" {fen // 100}.{fen % 100:02d}"
        yield f"{one.key}: {truth}{paid}"
        yield from (f"    {reason}" for reason in one.outcome.reasons())


def _row(path: Path, code: str) -> int | None:
    if len(code) != CODE_LENGTH:
        return None
    start = 0
    with pq.ParquetFile(path, memory_map=True) as file:
        for batch in file.iter_batches(batch_size=arrow.BATCH, columns=[PARTY]):
            place = pc.index(batch.column(PARTY), code).as_py()
            if place >= 0:
                return start + int(place)
            start += len(batch)
    return None
