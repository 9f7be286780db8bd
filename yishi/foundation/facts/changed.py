"""What changed since a snapshot: the facts of those parties only, in a snapshot of their own.

Taking a snapshot of a million parties anew takes a while; when a department adds a few thousand
rows, their facts are put together from the base and what came since in the blink of an eye. What
stands in the small snapshot is what a whole one would say of these parties.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction
from numpy.typing import NDArray

from yishi.foundation.facts import columnar, files, snapshots, store
from yishi.foundation.facts.columnar import AS_OF, BUCKETS, NAME, PARTY
from yishi.foundation.facts.models import Delivery, Snapshot, SnapshotDelivery, Source
from yishi.foundation.papers import storage
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.columns import NO_TIME, Column
from yishi.foundation.rulebook.facts import Fact


@dataclass(frozen=True, slots=True)
class Since:
    """What was delivered after a snapshot was taken. ``why_whole`` says why everything must be
    looked at again, if it must."""

    deliveries: list[Delivery]
    why_whole: str = ""


def since(base: Snapshot, now: datetime) -> Since:
    """What *base* does not have (3 statements)."""
    had = {one.pk: one for one in _had(base)}
    # What a snapshot of now would count: what a later whole delivery replaced is not new.
    counted = [one for layer in snapshots.layers_of(now) for one in layer.deliveries]
    new = [one for one in counted if one.pk not in had]
    new.sort(key=lambda one: (one.as_of, one.pk))
    newest: dict[int, datetime] = {}
    for one in had.values():
        newest[one.source_id] = max(one.as_of, newest.get(one.source_id, one.as_of))
    declared = {
        name: content
        for source in Source.objects.order_by("key")
        for name, content in source.columns.items()
    }
    if declared != base.facts:
        return Since(new, "事实的声明变了")
    if any(one.whole for one in new):
        return Since(new, "有部门重新交付了全部数据")
    if any(one.source_id in newest and one.as_of < newest[one.source_id] for one in new):
        return Since(new, "新交付的数据时间早于已有数据")
    return Since(new)


def _had(base: Snapshot) -> Any:
    return Delivery.objects.unscoped("what a snapshot was made from").filter(snapshots=base)


def take(base: Snapshot, now: datetime) -> Snapshot | None:
    """The snapshot of the parties that deliveries since *base* are about; None without any.

    Raises:
        FieldError: on ``snapshot`` when everything must be looked at again.
    """
    found = since(base, now)
    if found.why_whole:
        raise FieldError("snapshot", f"需要全量快照：{found.why_whole}", "whole")
    if not found.deliveries:
        return None
    said = [
        base.recipe,
        [[o.content, o.as_of.astimezone(UTC).isoformat()] for o in found.deliveries],
    ]
    recipe = hashlib.sha256(json.dumps(said).encode()).hexdigest()
    known = Snapshot.objects.filter(recipe=recipe).first()
    return known or _taken(base, found.deliveries, recipe, now)


def _taken(base: Snapshot, deliveries: Sequence[Delivery], recipe: str, now: datetime) -> Snapshot:
    facts = snapshots.declared(base)
    with ExitStack() as stack, files.draft() as path:
        tables = {
            one.pk: stack.enter_context(
                files.PartFile(snapshots.checked(one.file, one.content))
            ).whole()
            for one in deliveries
        }
        names = NAME in store.opened(base).also
        schema = columnar.snapshot_schema(facts.values(), names=names)
        table = _overlaid(base, deliveries, tables, facts, schema)
        rows = files.write(path, schema, _in_parts(table), _meta(base), together=True)
        with transaction.atomic():
            name, digest = storage.adopt(path, files.SUFFIX)
            made, new = Snapshot.objects.get_or_create(
                recipe=recipe,
                defaults={
                    "hash": digest,
                    "taken_at": now,
                    "rows": rows,
                    "file": name,
                    "size": storage.path_of(name).stat().st_size,
                    "facts": base.facts,
                    "calendar_version": base.calendar_version,
                    "simulated": base.simulated or any(one.simulated for one in deliveries),
                    "base": base,
                },
            )
            if new:
                SnapshotDelivery.objects.bulk_create(
                    SnapshotDelivery(snapshot=made, delivery=one) for one in deliveries
                )
    return made


def _meta(base: Snapshot) -> dict[str, str]:
    return {files.SIMULATED: files.SAYS} if base.simulated else {}


def _in_parts(table: pa.Table) -> list[pa.Table]:
    """The table (sorted by part and party) cut where parts begin."""
    signs = columnar.letters(table.column(PARTY))
    ends = np.cumsum(np.bincount(columnar.buckets_of(signs), minlength=BUCKETS))
    starts = [0, *ends[:-1].tolist()]
    return [table.slice(a, b - a) for a, b in zip(starts, ends.tolist(), strict=True)]


def _overlaid(
    base: Snapshot,
    deliveries: Sequence[Delivery],
    tables: Mapping[int, pa.Table],
    facts: Mapping[str, Fact],
    schema: pa.Schema,
) -> pa.Table:
    kept = store.opened(base)
    codes = np.unique(np.concatenate([snapshots.keys_of(table) for table in tables.values()]))
    signs = np.frombuffer(codes.tobytes(), np.uint8).reshape(-1, columnar.CODE_LENGTH)
    codes = codes[np.argsort(columnar.buckets_of(signs), kind="stable")]
    rows = kept.rows_of(codes)
    steps: dict[int, list[snapshots.Step]] = {}
    for one in deliveries:
        step = snapshots.step_of(one, tables[one.pk], codes)
        steps.setdefault(one.source_id, []).append(step)
    defaults = _defaults(base)
    sources = {source.pk: source for source in Source.objects.all()}
    of_fact = {name: source.pk for source in sources.values() for name in source.columns}
    arrays = {PARTY: pa.array(codes.astype(str), pa.string())}
    for name, fact in facts.items():
        values, moments = _base(fact, kept.column(name), rows, defaults.get(of_fact[name]))
        mine = steps.get(of_fact[name], [])
        arrays[name] = snapshots.laid(name, values, mine)
        if fact.freshness is not None:
            arrays[name + AS_OF] = snapshots.moments_of(name, moments, arrays[name], mine)
    if NAME in schema.names:
        naming = [step for many in steps.values() for step in many]
        arrays[NAME] = snapshots.laid(NAME, kept.names_at(rows), naming)
    return pa.table(
        [snapshots.of_type(arrays[one.name], one.type) for one in schema], schema=schema
    )


def _defaults(base: Snapshot) -> dict[int, datetime]:
    """When each complete list (by source) that *base* was made from was of: whom it leaves out, has
    nothing of it."""
    had = _had(base).filter(whole=True, source__complete=True)
    return {one.source_id: one.as_of for one in had.order_by("as_of", "id")}


def _base(
    fact: Fact, column: Column | None, rows: NDArray[np.int64], listed: datetime | None
) -> tuple[pa.Array, pa.Array]:
    """What the base says of *rows* (-1: it does not have them)."""
    kind = columnar.plain(columnar.type_of(fact))
    there = rows >= 0
    if column is None:
        values, moments = pa.nulls(len(rows), kind), pa.nulls(len(rows), columnar.MOMENT)
    else:
        at = np.where(there, rows, 0) if len(column.values) else np.zeros(0, np.int64)
        values = columnar.array_of(fact, column, at)
        values = pc.if_else(pa.array(there), values, pa.scalar(None, kind))
        times = np.full(len(rows), NO_TIME) if column.as_of is None else column.as_of[at]
        mask = ~there | (times == NO_TIME)
        moments = pa.array(times, pa.int64(), mask=mask).cast(columnar.MOMENT)
    nothing = snapshots.nothing(fact)
    if listed is not None:
        fill = pa.array(~there)
        values = pc.if_else(fill, pa.scalar(nothing, kind), values)
        moment = listed if nothing is not None else None
        moments = pc.if_else(fill, pa.scalar(moment, columnar.MOMENT), moments)
    return values, moments
