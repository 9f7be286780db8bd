"""Taking in what a source delivers: checked, sorted and stored once, whatever way it comes.

Whatever is wrong with a row is told with line, field and reason, and the row is not taken. What is
wrong with a delivery as a whole refuses it: other columns, a moment of tomorrow, more refused rows
than a list of slips would have. The same bytes for the same moment are the same delivery.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection, transaction
from numpy.typing import NDArray

from yishi.foundation.access.actors import Actor
from yishi.foundation.facts import columnar, files, incoming
from yishi.foundation.facts.columnar import NAME, PARTY
from yishi.foundation.facts.incoming import Table
from yishi.foundation.facts.models import Delivery, Source
from yishi.foundation.facts.reading import Fault, Typed, typed
from yishi.foundation.facts.scope import owned_units
from yishi.foundation.papers import storage
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.facts import Fact

#: A file with more refused rows than this is not the file that was meant.
MOST_REFUSED = 20_000
#: A whole delivery about fewer than this part of those it was about last is taken for broken.
LEAST_PART = 0.5
_LINE = pa.field(files.LINE, pa.int64())


@dataclass(frozen=True, slots=True)
class Delivered:
    """A delivery, and whether it was known already (then nothing was stored)."""

    delivery: Delivery
    known: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What comes with a delivery beside its rows. ``smaller``: somebody looked, and a whole
    delivery may be much smaller than the last."""

    source: Source
    kind: str
    as_of: datetime
    whole: bool
    actor: Actor
    now: datetime
    file_name: str = ""
    smaller: bool = False

    @property
    def facts(self) -> dict[str, Fact]:
        return columnar.declared(self.source.columns)

    @property
    def headings(self) -> dict[str, str]:
        return incoming.headings(self.facts, names=self.source.names)


def may_deliver(actor: Actor, source: Source) -> bool:
    """The data's owner delivers, and the house itself."""
    return actor.kind == "system" or source.unit_id in owned_units(actor)


def deliver(said: Said, file: IO[bytes]) -> Delivered:
    """Store a file (CSV or .xlsx, seen by its content) of a source.

    Raises:
        FieldError: on ``file``, ``header``, ``as_of`` or ``source``; the source is marked, nothing
            else is changed.
    """
    with files.draft() as path:
        digest = hashlib.sha256()
        with path.open("wb") as copy:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
                copy.write(chunk)
        return _marked(said, lambda: _deliver_file(said, path, digest.hexdigest()))


def _deliver_file(said: Said, path: Path, sha256: str) -> Delivered:
    _check(said)
    known = _known(said, sha256)
    if known is not None:
        return Delivered(known, True)
    with path.open("rb") as file:
        workbook = file.read(4) in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
    read = incoming.read_xlsx if workbook else incoming.read_csv
    return _take(said, read(path, said.headings), lambda: sha256)


def deliver_rows(said: Said, fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> Delivered:
    """Store rows of values: an interface's or a database's. Money is in yuan as in files.

    Raises:
        FieldError: as `deliver`.
    """

    def store() -> Delivered:
        _check(said)
        digest = hashlib.sha256("\x1f".join(map(str, fields)).encode())
        table = incoming.read_rows(fields, rows, said.headings, digest.update)
        return _take(said, table, digest.hexdigest)  # known once all rows were read

    return _marked(said, store)


def _marked(said: Said, store: Callable[[], Delivered]) -> Delivered:
    """Run *store*; a refusal is noted at the source."""
    try:
        return store()
    except FieldError as error:
        if may_deliver(said.actor, said.source):
            Source.objects.filter(pk=said.source.pk).update(
                state=Source.State.FAILED, state_at=said.now, problem=error.message[:300]
            )
        raise


def _check(said: Said) -> None:
    if not may_deliver(said.actor, said.source):
        raise FieldError("source", "只有数据所属单位可以交付", "forbidden")
    if not said.source.columns:
        raise FieldError("source", "这个来源没有声明任何事实", "unknown")
    if said.as_of.tzinfo is None:
        raise FieldError("as_of", "数据时间缺少时区", "time")
    if said.as_of > said.now:
        raise FieldError("as_of", "数据时间不能晚于现在", "date")


def _known(said: Said, sha256: str) -> Delivery | None:
    rows = Delivery.objects.unscoped("the same delivery again")
    known: Delivery | None = rows.filter(
        source=said.source, sha256=sha256, as_of=said.as_of, whole=said.whole
    ).first()
    return known


def _take(said: Said, table: Table, digest: Callable[[], str]) -> Delivered:
    facts = said.facts
    given = [name for name in (PARTY, NAME, *facts) if name in table.fields]
    _check_columns(said, given)
    kinds = {PARTY: pa.string(), NAME: pa.string()}
    kinds |= {name: columnar.plain(columnar.type_of(fact)) for name, fact in facts.items()}
    stored = pa.schema([pa.field(name, kinds[name]) for name in given])
    refused = Refused()
    with files.sorting(stored.append(_LINE)) as sorter:
        for block in table.blocks:
            refused.add(block.faults)
            read = typed(block.columns, block.lines, facts)
            refused.add(read.faults)
            sorter.add(read.rows.select(given).append_column(_LINE, pa.array(read.lines)))
            if said.whole:
                sorter.add(_blank(read, sorter.schema))
        sorter.finish()
        return keep(said, stored, _unique(sorter, refused, said.whole), refused, digest)


def _check_columns(said: Said, given: Sequence[str]) -> None:
    names = said.headings
    missing = [names[name] for name in names if name not in given]
    if said.whole and missing:
        raise FieldError("header", f"完整交付缺少必需的列：{'、'.join(missing)}", "required")
    if len(given) < 2:
        raise FieldError("header", "除统一社会信用代码外没有任何数据列", "required")


def _blank(read: Typed, schema: pa.Schema) -> pa.RecordBatch:
    """Rows that say that nothing is known: whom a refused row of a whole delivery was about must
    not pass for somebody whom a complete list leaves out."""
    rows = len(read.about)
    columns = [pa.nulls(rows, one.type) for one in schema]
    columns[schema.get_field_index(PARTY)] = read.about
    columns[schema.get_field_index(files.LINE)] = pa.array(-read.about_lines)
    return pa.RecordBatch.from_arrays(columns, schema=schema)


@dataclass(slots=True)
class Refused:
    """What was refused so far. `add` raises FieldError beyond `MOST_REFUSED` rows. ``blank``: how
    many stored rows say only that nothing is known."""

    faults: list[Fault] = field(default_factory=list)
    lines: set[int] = field(default_factory=set)
    blank: int = 0

    def add(self, faults: Iterable[Fault]) -> None:
        for fault in faults:
            self.faults.append(fault)
            self.lines.add(fault.line)
            if len(self.lines) > MOST_REFUSED:
                first = self.faults[0]
                message = (
                    f"超过 {MOST_REFUSED} 行有错，没有接收。例如第 {first.line} 行：{first.reason}"
                )
                raise FieldError("file", message, "rejected")


def _unique(sorter: files.Sorter, refused: Refused, whole: bool) -> Iterator[pa.Table]:
    """The parts with one row for each party: rows that agree count once; of rows that do not agree
    nothing is known."""
    for number in range(columnar.BUCKETS):
        table = sorter.part(number)
        if len(table):
            signs = columnar.letters(table.column(PARTY)).view("S18").ravel()
            same = np.append(signs[1:] == signs[:-1], False)
            blank = np.asarray(table.column(files.LINE)) < 0
            keep = np.ones(len(table), np.bool_)
            if same.any():
                _settle(table, same, keep, blank, refused)
            table = _cleared(table, blank).filter(pa.array(keep if whole else keep & ~blank))
            refused.blank += int((keep & blank).sum()) if whole else 0
        yield table.drop_columns([files.LINE])


def _settle(
    table: pa.Table,
    same: NDArray[np.bool_],
    keep: NDArray[np.bool_],
    blank: NDArray[np.bool_],
    refused: Refused,
) -> None:
    """Keep the first of each party's rows, and blank it where they differ."""
    ends = np.flatnonzero(~same)  # the last row of each party
    starts = np.insert(ends[:-1] + 1, 0, 0)
    bare = table.drop_columns([files.LINE])
    numbers = table.column(files.LINE)
    for start, end in zip(starts[ends > starts], ends[ends > starts], strict=True):
        rows = bare.slice(start, end - start + 1).to_pylist()
        lines = [abs(line) for line in numbers.slice(start, end - start + 1).to_pylist()]
        agree = all(row == rows[0] for row in rows) and not blank[start : end + 1].any()
        keep[start + 1 : end + 1] = False
        blank[start] |= not agree
        for place, line in enumerate(lines):
            if agree and not place:
                continue
            other = lines[0] if place else lines[1]
            why = f"与第 {other} 行重复" if agree else f"与第 {other} 行是同一主体而内容不同"
            refused.add([Fault(line, PARTY, rows[0][PARTY], why)])


def _cleared(table: pa.Table, blank: NDArray[np.bool_]) -> pa.Table:
    """The table with nothing but the party in blank rows."""
    if not blank.any():
        return table
    mask = pa.array(blank)
    for place, one in enumerate(table.schema):
        if one.name not in (PARTY, files.LINE):
            empty = pa.scalar(None, one.type)
            table = table.set_column(place, one, pc.if_else(mask, empty, table.column(place)))
    return table


def keep(
    said: Said,
    schema: pa.Schema,
    parts: Iterable[pa.Table],
    refused: Refused,
    digest: Callable[[], str],
) -> Delivered:
    """Write the file and the rows of a delivery (6 statements)."""
    with files.draft() as path:
        rows = files.write(path, schema, parts, {}) - refused.blank
        _check_amount(said, rows, len(refused.lines))
        with transaction.atomic():
            source = Source.objects.select_for_update().get(pk=said.source.pk)
            known = _known(said, digest())
            if known is not None:
                return Delivered(known, True)
            _check_order(said, source)
            name, content = storage.adopt(path, files.SUFFIX)
            made = Delivery.objects.create(
                source=source,
                kind=said.kind,
                whole=said.whole,
                as_of=said.as_of,
                received_at=said.now,
                rows=rows,
                rejected=len(refused.lines),
                columns=[column for column in schema.names if column != PARTY],
                sha256=digest(),
                content=content,
                file=name,
                file_name=said.file_name[:200],
                simulated=said.kind == Delivery.Kind.SIMULATED,
                delivered_by=said.actor.ref,
            )
            _store_refused(made, refused.faults)
            _note(source, made)
    return Delivered(made, False)


def _check_amount(said: Said, rows: int, refused: int) -> None:
    if not rows:
        raise FieldError("file", f"没有一行可以接收（{refused} 行有错）", "empty")
    last = said.source.rows
    if said.whole and not said.smaller and rows < last * LEAST_PART:
        message = f"只有 {rows} 行，上次完整交付有 {last} 行；确认无误请勾选“确认数据变少”"
        raise FieldError("file", message, "smaller")


def _check_order(said: Said, source: Source) -> None:
    newest = (
        Delivery.objects.unscoped("the order of deliveries")
        .filter(source=source, whole=True)
        .order_by("-as_of")
        .values_list("as_of", flat=True)
        .first()
    )
    if newest is not None and said.as_of < newest:
        raise FieldError("as_of", "数据时间早于最近一次完整交付", "date")


def _store_refused(made: Delivery, faults: Sequence[Fault]) -> None:
    if not faults:
        return
    with connection.cursor() as cursor:
        table = "facts_rejectedrow (delivery_id, line, field, value, reason)"
        with cursor.copy(f"COPY {table} FROM STDIN") as copy:
            for one in sorted(faults, key=lambda one: (one.line, one.field)):
                value = one.value.replace("\0", "")
                copy.write_row((made.pk, one.line, one.field, value, one.reason[:200]))


def _note(source: Source, made: Delivery) -> None:
    source.state, source.state_at, source.problem = Source.State.OK, made.received_at, ""
    if source.as_of is None or made.as_of > source.as_of:
        source.as_of = made.as_of
    if made.whole:
        source.rows = made.rows
    source.save(update_fields=["state", "state_at", "problem", "as_of", "rows"])
