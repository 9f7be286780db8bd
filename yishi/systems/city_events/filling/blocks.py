"""The work of one process: plan its share of the base, copy it week by week, plan the last week."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast

from django.db import connection, models, transaction
from psycopg import sql

from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.models import RollUpDelta
from yishi.foundation.cases.writer import copy_rows
from yishi.foundation.parties.models import Contact
from yishi.systems.city_events.context import city
from yishi.systems.city_events.filling import ledger
from yishi.systems.city_events.filling.binary import HEAD, TAIL
from yishi.systems.city_events.filling.ledger import BASE_WEEK, WEEKS, Plan
from yishi.systems.city_events.filling.stencil import LOWEST, TABLES, Stencil, external_id
from yishi.systems.city_events.filling.times import received_times
from yishi.systems.city_events.simulate import History, Scene, history, scene_of, whole

#: Cases of the base, or of the last week, that are stored together.
PART = 480
#: A week that is still open for whatever began in it long before.
_LAST = WEEKS - 1


class Orphaned(SystemExit):
    """Whoever started this process is gone."""


@dataclass(slots=True)
class _Planned:
    """A case of the base. *found* is kept where later copies are cut short."""

    stencil: Stencil
    found: History | None


@dataclass(slots=True)
class Worker:
    """One of *workers* processes, numbered from nought."""

    plan: Plan
    number: int
    workers: int
    scene: Scene = field(init=False)
    _base: dict[int, list[_Planned]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        photos = tuple(uuid.UUID(photo) for photo in self.plan.photos)
        self.scene = scene_of(city(), photos, self.plan.now)

    def run(self) -> None:
        """Store every block of this process that is not stored yet."""
        parent, done = os.getppid(), ledger.done()
        for week in range(WEEKS):
            size = self.plan.base if week < _LAST else self.plan.per_week
            for part in range(self.number, -(-size // PART), self.workers):
                if os.getppid() != parent:
                    raise Orphaned(1)
                if (week, part) not in done:
                    self._store(week, part)

    def _store(self, week: int, part: int) -> None:
        with transaction.atomic():
            with connection.cursor() as cursor:
                # What a crash may lose is lost with the block's row in the ledger.
                cursor.execute("SET LOCAL synchronous_commit = off")
            if week == _LAST:
                self._plan_last(part)
            else:
                self._copy(week, part)

    def _plan_last(self, part: int) -> None:
        plan = self.plan
        times = received_times(f"{plan.seed}/last", 7, plan.per_week, plan.now)
        changes = []
        for place in range(part * PART, min((part + 1) * PART, plan.per_week)):
            case_id = plan.id_of(_LAST, place)
            if case_id is not None:
                key = external_id(case_id)
                found = history(self.scene, case_id, place, times[place], f"{plan.seed}/last", key)
                changes.append(whole(self.scene, found, plan.now))
        if ledger.claim(_LAST, part, len(changes)) and changes:
            commit(changes, quiet=True, without=(RollUpDelta,))

    def _copy(self, week: int, part: int) -> None:
        plan = self.plan
        rows: list[list[bytes]] = [[] for _ in TABLES]
        contacts: list[dict[str, Any]] = []
        printed = 0
        for place, case in enumerate(self._part(part), part * PART):
            for copy in range(plan.times):
                case_id = plan.id_of(week, place * plan.times + copy)
                if case_id is not None:
                    stencil = self._cut(case, week) if case.found else case.stencil
                    stencil.print(case_id, week - BASE_WEEK, rows, contacts)
                    printed += 1
        if ledger.claim(week, part, printed) and printed:
            for (model, names), data in zip(TABLES.items(), rows, strict=True):
                _copy_in(model, names, data)
            if contacts:
                columns = tuple(contacts[0])
                copy_rows(Contact, columns, [[*row.values()] for row in contacts])

    def _part(self, part: int) -> list[_Planned]:
        if part not in self._base:
            self._base[part] = list(self._plan_base(part))
        return self._base[part]

    def _plan_base(self, part: int) -> Iterator[_Planned]:
        plan = self.plan
        end = plan.now - timedelta(weeks=_LAST - BASE_WEEK)
        times = received_times(plan.seed, 7, plan.base, end)
        # Whatever happens in copies happened long ago: nobody is told.
        scene = replace(self.scene, registers=replace(self.scene.registers, tell_since=plan.now))
        for place in range(part * PART, min((part + 1) * PART, plan.base)):
            case_id = LOWEST + place
            found = history(scene, case_id, place, times[place], plan.seed, external_id(case_id))
            case = found.steps[-1].after
            first_cut = plan.now - timedelta(weeks=_LAST - 1 - BASE_WEEK)
            runs_on = case.closed_at is None or found.steps[-1].traces[-1].at > first_cut
            yield _Planned(self._stencil(found, plan.now), found if runs_on else None)

    def _cut(self, case: _Planned, week: int) -> Stencil:
        """The case as far as it had come, so many weeks later, by now."""
        found, until = case.found, self.plan.now - timedelta(weeks=week - BASE_WEEK)
        if found is None or week <= BASE_WEEK or _over(found, until):
            return case.stencil
        return self._stencil(found, until)

    def _stencil(self, found: History, until: datetime) -> Stencil:
        prefix = self.scene.registers.register.number_prefix
        change = whole(self.scene, found, until)
        return Stencil(change, found.raw, found.data.channel, prefix)


def _over(found: History, until: datetime) -> bool:
    """Whether all of it had happened by then, and every deadline passed that still runs."""
    case = found.steps[-1].after
    late = all(clock.due_at < until for clock in case.clocks if clock.live)
    return late and found.steps[-1].traces[-1].at <= until


def _copy_in(model: type[models.Model], names: Sequence[str], rows: list[bytes]) -> None:
    if not rows:
        return
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(model._meta.db_table),
        sql.SQL(", ").join(sql.Identifier(name) for name in names),
    )
    raw = cast(Any, connection.connection)
    with raw.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(HEAD + b"".join(rows) + TAIL)
