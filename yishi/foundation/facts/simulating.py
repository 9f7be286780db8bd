"""Made-up enterprises delivered by every source (模拟): a demo has what a city would have."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from yishi.foundation.access.actors import SYSTEM
from yishi.foundation.facts import columnar, files, snapshots, synthetic
from yishi.foundation.facts.columnar import NAME, PARTY
from yishi.foundation.facts.delivering import Delivered, Refused, Said, keep
from yishi.foundation.facts.models import Delivery, Source
from yishi.foundation.places import register
from yishi.foundation.rulebook.facts import Fact

#: How old the data are, in days; a source with facts that grow old delivers in two parts, and of
#: some enterprises of the first part it has heard nothing since.
_AGE, _OLD_AGE, _OLD_SHARE = 2, 45, 0.01


@dataclass(slots=True)
class _Part:
    """One delivery that is being put together."""

    source: Source
    facts: dict[str, Fact]
    schema: pa.Schema
    sorter: files.Sorter
    old: bool


def deliver(count: int, seed: int, now: datetime, on: date | None = None) -> list[Delivered]:
    """Let every source deliver its facts about *count* made-up enterprises; again, it is the same.

    Raises:
        FieldError: on ``source`` where the city declares none.
    """
    sources = list(Source.objects.exclude(columns={}).order_by("key"))
    facts = {n: f for source in sources for n, f in columnar.declared(source.columns).items()}
    everybody = frozenset(source.key for source in sources if not source.complete)
    day = on or now.date()
    batches = synthetic.enterprises(
        count, seed, facts, day, areas=city_areas(), everybody=everybody
    )
    with ExitStack() as stack:
        parts = [part for source in sources for part in _parts(stack, source)]
        for number, batch in enumerate(batches):
            table = pa.Table.from_batches([batch])
            old = np.random.default_rng([seed, number, 1]).random(len(table)) < _OLD_SHARE
            for part in parts:
                part.sorter.add(_rows(part, table, old))
        done = []
        for part in parts:
            part.sorter.finish()
            if part.sorter.rows:
                done.append(_keep(part, f"{count} {seed} {day} {part.old}", now))
    return done


def city_areas() -> Sequence[str]:
    """The managed paths where enterprises may be registered: townships of the city."""
    tree = register().tree
    counties = tree.children(tree.root)
    paths = [tree.path(one.code) for county in counties for one in tree.children(county.code)]
    return paths or synthetic.AREAS


def _parts(stack: ExitStack, source: Source) -> Iterator[_Part]:
    facts = columnar.declared(source.columns)
    ages = any(fact.freshness is not None for fact in facts.values()) and not source.complete
    fields = [pa.field(PARTY, pa.string())]
    if source.names:
        fields.append(pa.field(NAME, pa.string()))
    fields += [pa.field(n, columnar.plain(columnar.type_of(f))) for n, f in facts.items()]
    schema = pa.schema(fields)
    with_line = schema.append(pa.field(files.LINE, pa.int64()))
    for old in (True, False) if ages else (False,):
        yield _Part(source, facts, schema, stack.enter_context(files.sorting(with_line)), old)


def _rows(part: _Part, table: pa.Table, old: NDArray[np.bool_]) -> pa.RecordBatch:
    """The rows of a batch that a delivery has: a complete list leaves out who has nothing of it,
    and of few nothing is said again."""
    some = table.select(part.schema.names)
    there = np.zeros(len(some), np.bool_)
    for name, fact in part.facts.items():
        column = some.column(name)
        nothing = snapshots.nothing(fact) if part.source.complete else None
        said = pc.is_valid(column)
        if nothing is not None:
            said = pc.and_(said, pc.fill_null(pc.not_equal(_plain(column), nothing), False))
        there |= np.asarray(said.combine_chunks(), np.bool_)
    if not part.old and not part.source.complete and _ages(part):
        there &= ~old  # said once, long ago
    lines = pa.array(np.arange(1, len(some) + 1))
    plain = some.cast(part.schema).append_column(files.LINE, lines)
    batches = plain.filter(pa.array(there)).combine_chunks().to_batches()
    schema = part.sorter.schema
    return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=schema)


def _ages(part: _Part) -> bool:
    return any(fact.freshness is not None for fact in part.facts.values())


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(columnar.plain(column.type))


def _keep(part: _Part, said: str, now: datetime) -> Delivered:
    age = timedelta(days=_OLD_AGE if part.old else _AGE)
    whole = part.old or part.source.complete or not _ages(part)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    told = Said(
        part.source,
        Delivery.Kind.SIMULATED,
        midnight - age,
        whole,
        SYSTEM,
        now,
        "模拟数据",
        smaller=True,
    )
    digest = hashlib.sha256(f"{part.source.key} {said}".encode()).hexdigest()
    tables = (
        part.sorter.part(number).drop_columns([files.LINE]) for number in range(columnar.BUCKETS)
    )
    return keep(told, part.schema, tables, Refused(), lambda: digest)
