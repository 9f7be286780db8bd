"""``import_reports``: any number of reports through the functions that take in a single one.

Rows go in blocks of one transaction each: one statement looks up which keys are known, one reserves
ids, then every row is read (``reports.read_report``), planned (``filing.opened``) and stored with
all others of its block by COPY. What a block stored stays stored when a later one fails, and the
file can be given again: rows that were taken in are counted as repeated.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import psycopg
from django.db import DataError, IntegrityError, transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.bulk import uncollected
from yishi.systems.city_events.context import City, city
from yishi.systems.city_events.importing.block import Block, Outcome, Settings
from yishi.systems.city_events.importing.errors import Rejection
from yishi.systems.city_events.importing.names import Names
from yishi.systems.city_events.importing.rows import ImportRow

#: Who stands in the trace as the one who brought the report in.
IMPORTER = Actor(kind="system", ref="system:import", name="批量导入")
BLOCK_ROWS = 2000
# COPY goes past Django, so that the driver's own exceptions arrive as well.
_REFUSED = (IntegrityError, DataError, psycopg.IntegrityError, psycopg.DataError)


@dataclass(slots=True)
class Tally:
    """What became of the rows: ``rows = filed + manual + merged + repeated + rejected``.

    ``filed`` were filed without a person, ``dispatched`` of them also dispatched; ``manual`` wait
    for a person. ``seconds`` is the time since the first row.
    """

    rows: int = 0
    filed: int = 0
    dispatched: int = 0
    manual: int = 0
    merged: int = 0
    repeated: int = 0
    rejected: int = 0
    seconds: float = 0.0

    @property
    def adds_up(self) -> bool:
        """Whether every row became one thing."""
        parts = self.filed + self.manual + self.merged + self.repeated + self.rejected
        return self.rows == parts

    def add(self, outcome: Outcome) -> None:
        """Count what a block came to."""
        for name in ("filed", "dispatched", "manual", "merged", "repeated"):
            setattr(self, name, getattr(self, name) + getattr(outcome, name))
        self.rejected += len(outcome.rejections)


def _quiet(_: object) -> None:
    """Tells nobody."""


@dataclass(slots=True)
class _Run:
    settings: Settings
    registers: Callable[[], City]
    names: Names | None = None
    known: dict[str, bytes] = field(default_factory=dict)

    def look_up(self) -> Names:
        """The registers with their names; a change made meanwhile counts from the next block."""
        registers = self.registers()
        if self.names is None or self.names.registers != registers:
            self.names = Names(registers)
        return self.names


def import_reports(
    rows: Iterable[ImportRow | Rejection],
    channel: str,
    registers: Callable[[], City] = city,
    *,
    now: datetime,
    tell: Callable[[Tally], None] = _quiet,
    reject: Callable[[Rejection], None] = _quiet,
    actor: Actor = IMPORTER,
    merge: bool = False,
    dry_run: bool = False,
    block_rows: int = BLOCK_ROWS,
) -> Tally:
    """Take in *rows* as received on *channel*; idempotent by (channel, external id).

    A known key with the same content counts as repeated; with other content the row is rejected.
    *merge* joins near-duplicates by the rule of their type, as a single report would; it costs
    some statements for each row of such a type, and is for reports of now: a row with a time of
    its own is never merged, since the open case has gone on since. *dry_run* stores nothing.
    *tell* gets the tally after each block, *reject* every rejected row, in the order of rows.

    Raises:
        LookupError: when no catalogue is loaded.
    """
    registers().catalogue(now)
    tally, begun = Tally(), time.perf_counter()
    run = _Run(Settings(channel, actor, now, merge, dry_run), registers)
    for part in _blocks(rows, block_rows):
        ready = [row for row in part if isinstance(row, ImportRow)]
        outcome = _stored(run, ready)
        outcome.rejections += [row for row in part if isinstance(row, Rejection)]
        for rejection in sorted(outcome.rejections, key=lambda found: (found.row, found.line)):
            reject(rejection)
        tally.rows += len(part)
        tally.add(outcome)
        tally.seconds = time.perf_counter() - begun
        tell(tally)
    return tally


def _blocks(
    rows: Iterable[ImportRow | Rejection], size: int
) -> Iterator[list[ImportRow | Rejection]]:
    part: list[ImportRow | Rejection] = []
    for row in rows:
        part.append(row)
        if len(part) >= size:
            yield part
            part = []
    if part:
        yield part


def _stored(run: _Run, rows: list[ImportRow], last: bool = False) -> Outcome:
    """Store a block; one that the database refuses is halved until the row is found.

    A key that somebody else stored in the same moment is met again as a repeated one.
    """
    if not rows:
        return Outcome()
    try:
        with uncollected(), transaction.atomic():
            return Block(run.settings, run.look_up(), run.known).take(rows)
    except _REFUSED as error:
        if len(rows) > 1:
            half = len(rows) // 2
            first, second = _stored(run, rows[:half]), _stored(run, rows[half:])
            first.join(second)
            return first
        if not last:
            return _stored(run, rows, last=True)
        row = rows[0]
        reason = f"数据库拒绝保存：{type(error).__name__}"
        return Outcome(rejections=[Rejection(row.row, row.line, row.external_id, "row", reason)])
