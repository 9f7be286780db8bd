"""Snapshots: everything that is known at a moment, one row for each party, made part by part.

For each source the newest whole delivery counts, and what was delivered since on top of it, column
by column, in the order of the data's own time. Taking a snapshot of the same deliveries under the
same declarations gives the one that is there. A file whose bytes are not those of its hash is
refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction
from numpy.typing import NDArray

from yishi.foundation.calendars.models import CalendarVersion
from yishi.foundation.facts import columnar, files
from yishi.foundation.facts.columnar import AS_OF, BUCKETS, NAME, PARTY
from yishi.foundation.facts.models import Delivery, Snapshot, SnapshotDelivery, Source
from yishi.foundation.papers import storage
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.columns import Column
from yishi.foundation.rulebook.facts import Fact, FactType, Seen

#: Rises when the same deliveries would give another file.
FORMAT = 1
_EMPTY: dict[FactType, Any] = {
    FactType.BOOL: False,
    FactType.INT: 0,
    FactType.MONEY: 0,
    FactType.DECIMAL: 0,
    FactType.SET: "",
}


@dataclass(slots=True)
class Layer:
    """A source with the deliveries that count, oldest first."""

    source: Source
    facts: dict[str, Fact]
    deliveries: list[Delivery] = field(default_factory=list)


def take(now: datetime) -> Snapshot:
    """The snapshot of all deliveries whose data are not of later than *now*.

    Raises:
        FieldError: on ``source`` while nothing was delivered.
    """
    layers = layers_of(now)
    counted = [one for layer in layers for one in layer.deliveries]
    if not counted:
        raise FieldError("source", "还没有任何部门交付数据", "empty")
    declared = {name: c for layer in layers for name, c in layer.source.columns.items()}
    recipe = _recipe(layers)
    known = Snapshot.objects.filter(recipe=recipe).first()
    if known is not None:
        return known
    simulated = any(one.simulated for one in counted)
    with files.draft() as path:
        facts = {name: fact for layer in layers for name, fact in layer.facts.items()}
        names = any(layer.source.names for layer in layers)
        schema = columnar.snapshot_schema(facts.values(), names=names)
        meta = {files.SIMULATED: files.SAYS} if simulated else {}
        with ExitStack() as stack:
            opened = {
                one.pk: stack.enter_context(files.PartFile(checked(one.file, one.content)))
                for one in counted
            }
            rows = files.write(path, schema, _parts(layers, opened, schema), meta)
        with transaction.atomic():
            name, digest = storage.adopt(path, files.SUFFIX)
            calendar = CalendarVersion.objects.order_by("-id").values_list("version", flat=True)
            made, new = Snapshot.objects.get_or_create(
                recipe=recipe,
                defaults={
                    "hash": digest,
                    "taken_at": now,
                    "rows": rows,
                    "file": name,
                    "size": storage.path_of(name).stat().st_size,
                    "facts": declared,
                    "calendar_version": calendar.first() or "",
                    "simulated": simulated,
                },
            )
            if new:
                SnapshotDelivery.objects.bulk_create(
                    SnapshotDelivery(snapshot=made, delivery=one) for one in counted
                )
    return made


def layers_of(now: datetime) -> list[Layer]:
    """Every source with the deliveries that count at *now* (2 statements)."""
    found: list[Layer] = []
    by_source: dict[int, list[Delivery]] = {}
    rows = Delivery.objects.unscoped("a snapshot is of everything").filter(as_of__lte=now)
    for row in rows.order_by("as_of", "id"):
        kept = by_source.setdefault(row.source_id, [])
        if row.whole:
            kept.clear()
        kept.append(row)
    for source in Source.objects.order_by("key"):
        layer = Layer(source, columnar.declared(source.columns), by_source.get(source.pk, []))
        found.append(layer)
    return found


def _recipe(layers: Sequence[Layer]) -> str:
    said = {
        "format": FORMAT,
        "sources": [
            {
                "key": layer.source.key,
                "names": layer.source.names,
                "complete": layer.source.complete,
                "columns": layer.source.columns,
                "deliveries": [
                    [one.content, one.whole, one.as_of.astimezone(UTC).isoformat()]
                    for one in layer.deliveries
                ],
            }
            for layer in layers
        ],
    }
    text = json.dumps(said, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _parts(
    layers: Sequence[Layer], opened: Mapping[int, files.PartFile], schema: pa.Schema
) -> Iterator[pa.Table]:
    for number in range(BUCKETS):
        said = {pk: file.part(number) for pk, file in opened.items()}
        codes = _all_codes(said.values())
        arrays: dict[str, pa.Array] = {PARTY: pa.array(codes.astype(str), pa.string())}
        for layer in layers:
            _put(layer, said, codes, arrays)
        yield pa.table([of_type(arrays[one.name], one.type) for one in schema], schema=schema)


def of_type(array: pa.Array, kind: pa.DataType) -> pa.Array:
    """The array as a column of a snapshot has it."""
    return array if array.type == kind else array.cast(kind)


def _all_codes(tables: Iterable[pa.Table]) -> NDArray[np.bytes_]:
    found = [keys_of(table) for table in tables]
    return np.unique(np.concatenate(found)) if found else np.zeros(0, "S18")


def keys_of(table: pa.Table) -> NDArray[np.bytes_]:
    """The credit codes of a table."""
    keys: NDArray[np.bytes_] = columnar.letters(table.column(PARTY)).view("S18").ravel()
    return keys


@dataclass(frozen=True, slots=True)
class Step:
    """A delivery laid over some parties: where it says something (``there``), and in which of its
    rows (``places``)."""

    delivery: Delivery
    table: pa.Table
    places: NDArray[np.int64]
    there: NDArray[np.bool_]


def step_of(delivery: Delivery, table: pa.Table, codes: NDArray[np.bytes_]) -> Step:
    """A delivery's *table* laid over the parties *codes*."""
    keys = keys_of(table)
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    places = np.searchsorted(keys, codes)
    places[places == len(keys)] = 0
    there = keys[places] == codes if len(keys) else np.zeros(len(codes), np.bool_)
    return Step(delivery, table, order[places] if len(keys) else places, there)


def laid(name: str, under: pa.Array, steps: Sequence[Step]) -> pa.Array:
    """A column with what later deliveries say of it laid over *under*, oldest first."""
    pool: list[pa.Array] = [under]
    taken, size = np.arange(len(under)), len(under)
    for step in steps:
        values = _said(name, step, under.type)
        if values is not None:
            pool.append(values)
            taken = np.where(step.there, step.places + size, taken)
            size += len(values)
    return under if len(pool) == 1 else pa.concat_arrays(pool).take(pa.array(taken))


def _said(name: str, step: Step, kind: pa.DataType) -> pa.Array | None:
    """What a delivery says of a fact; None where it says nothing, or said it of another type (what
    was declared otherwise then does not say this)."""
    if name not in step.table.column_names:
        return None
    values = step.table.column(name).combine_chunks()
    return values if values.type == kind else None


def _put(
    layer: Layer,
    said: Mapping[int, pa.Table],
    codes: NDArray[np.bytes_],
    arrays: dict[str, pa.Array],
) -> None:
    """The columns of one source."""
    steps = [step_of(one, said[one.pk], codes) for one in layer.deliveries]
    rows = len(codes)
    for name, fact in layer.facts.items():
        kind = columnar.plain(columnar.type_of(fact))
        under, since = pa.nulls(rows, kind), None
        first = steps[0].delivery if steps and steps[0].delivery.whole else None
        if first is not None and layer.source.complete and name in first.columns:
            none = nothing(fact)
            under = pa.nulls(rows, kind) if none is None else pa.repeat(pa.scalar(none, kind), rows)
            since = None if none is None else first.as_of
        values = arrays[name] = laid(name, under, steps)
        if fact.freshness is not None:
            moments = pa.repeat(pa.scalar(since, columnar.MOMENT), rows)
            arrays[name + AS_OF] = moments_of(name, moments, values, steps)
    if layer.source.names:
        arrays[NAME] = laid(NAME, pa.nulls(rows, pa.string()), steps)


def moments_of(name: str, under: pa.Array, values: pa.Array, steps: Sequence[Step]) -> pa.Array:
    """When each value was said: *under*, and the deliveries' times laid over it."""
    found = under
    for step in steps:
        if _said(name, step, values.type) is not None:
            here = pa.scalar(step.delivery.as_of, columnar.MOMENT)
            found = pc.if_else(pa.array(step.there), here, found)
    return pc.if_else(pc.is_null(values), pa.scalar(None, columnar.MOMENT), found)


def nothing(fact: Fact) -> Any:
    """What a complete list says of whom it leaves out: no, 0, ``none``; of days nothing."""
    if fact.type is FactType.TEXT:
        return "none" if "none" in fact.values else None
    return _EMPTY.get(fact.type)


class SnapshotTampered(RuntimeError):
    """The bytes of a stored file are not those that its hash is of."""


_checked_files: dict[str, tuple[int, int]] = {}


def checked(name: str, digest: str) -> Path:
    """The path of a stored file whose bytes were found to be those of *digest*. Looked at once for
    each process and change of the file: reading a page need not read a gigabyte.

    Raises:
        SnapshotTampered: when the file is missing or its bytes are others.
    """
    path = storage.path_of(name)
    try:
        found = path.stat()
        mark = (found.st_mtime_ns, found.st_size)
        if _checked_files.get(name) != mark:
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                    raise SnapshotTampered(f"{name}: 文件内容与其哈希不符")
            _checked_files[name] = mark
    except FileNotFoundError:
        raise SnapshotTampered(f"{name}: 文件不在了") from None
    return path


def path_of(snapshot: Snapshot, *, again: bool = False) -> Path:
    """The snapshot's file, its bytes checked (*again*: also if this process did so before).

    Raises:
        SnapshotTampered: when they are not those of its hash.
    """
    if again:
        _checked_files.pop(snapshot.file, None)
    return checked(snapshot.file, snapshot.hash)


def latest() -> Snapshot | None:
    """The newest snapshot of everybody (1 statement)."""
    return Snapshot.objects.filter(base=None).order_by("-taken_at", "-pk").first()


def declared(snapshot: Snapshot) -> dict[str, Fact]:
    """The facts as they were declared when the snapshot was taken."""
    return columnar.declared(snapshot.facts)


def unchanged_since(snapshot: Snapshot, now: datetime) -> bool:
    """Whether a snapshot taken now would be the same one."""
    return _recipe(layers_of(now)) == snapshot.recipe


def columns(snapshot: Snapshot, names: Iterable[str] | None = None) -> dict[str, Column]:
    """The columns of some facts (all if not said), mapped."""
    wanted = declared(snapshot) if names is None else names
    found: dict[str, Column] = _store(snapshot).columns(wanted)
    return found


def row_of(snapshot: Snapshot, code: str) -> int | None:
    """The row of an enterprise; None where the snapshot does not have it."""
    if len(code) != columnar.CODE_LENGTH or not code.isascii():
        return None
    row = int(_store(snapshot).rows_of(np.array([code.encode()], "S18"))[0])
    return row if row >= 0 else None


def code_at(snapshot: Snapshot, rows: Sequence[int]) -> list[str]:
    """The credit codes of some rows."""
    codes: list[str] = _store(snapshot).codes[np.array(rows, np.int64)].astype(str).tolist()
    return codes


def name_of(snapshot: Snapshot, code: str) -> str:
    """The registered name of an enterprise; "" where it is not known."""
    row = row_of(snapshot, code)
    if row is None:
        return ""
    (name,) = _store(snapshot).names_at(np.array([row], np.int64)).to_pylist()
    return str(name or "")


def of_party(snapshot: Snapshot, code: str) -> dict[str, Seen]:
    """What is known of an enterprise by fact; nothing where the snapshot does not have it."""
    row = row_of(snapshot, code)
    if row is None:
        return {}
    kept = _store(snapshot)
    seen = {name: kept.seen(fact, row) for name, fact in declared(snapshot).items()}
    return {name: one for name, one in seen.items() if one is not None}


def _store(snapshot: Snapshot) -> Any:
    from yishi.foundation.facts import store  # it reads the files that this module checks

    return store.opened(snapshot)
