"""One block of an import: what is known is skipped, the rest is planned and stored at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.load import reserve
from yishi.foundation.messages import live
from yishi.foundation.messages.models import Message
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events import looking
from yishi.systems.city_events.filing import opened
from yishi.systems.city_events.importing.errors import Rejection
from yishi.systems.city_events.importing.names import Names
from yishi.systems.city_events.importing.rows import ImportRow, refused
from yishi.systems.city_events.intake import receipt_of, report_rows
from yishi.systems.city_events.merging import merged_into
from yishi.systems.city_events.reports import ReportInput, body_hash, read_report

#: Notices about what was dispatched earlier than this would only bury those of today.
KEEP_MESSAGES = timedelta(days=3)
_KNOWN = "SELECT key, body_hash FROM cases_intakekey WHERE channel = %s AND key = ANY(%s)"

Rows = list[tuple[Any, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for all blocks of an import (see ``service.import_reports``)."""

    channel: str
    actor: Actor
    now: datetime
    merge: bool
    dry_run: bool


@dataclass(slots=True)
class Outcome:
    """What a block came to; see ``service.Tally``."""

    filed: int = 0
    dispatched: int = 0
    manual: int = 0
    merged: int = 0
    repeated: int = 0
    rejections: list[Rejection] = field(default_factory=list)

    def join(self, other: Outcome) -> None:
        """Add the outcome of another part of the block."""
        for name in ("filed", "dispatched", "manual", "merged", "repeated"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.rejections += other.rejections


class Block:
    """Takes in rows inside the caller's transaction. *known* keeps the keys of a dry run, which
    the database does not get to know."""

    def __init__(self, settings: Settings, names: Names, known: dict[str, bytes]) -> None:
        self._settings = settings
        self._names = names
        self._registers = names.registers
        self._known = known
        self._outcome = Outcome()
        self._changes: list[Change] = []
        self._rows: Rows = []

    def take(self, rows: Sequence[ImportRow]) -> Outcome:
        """Plan and store *rows* (a handful of statements).

        Raises:
            django.db.IntegrityError, psycopg.IntegrityError: when the database refuses a row.
        """
        keyed: list[tuple[ImportRow, bytes]] = []
        for row in rows:
            with self._judged(row):
                keyed.append((row, _digest(row)))
        seen = self._known | self._stored_keys([row.external_id for row, _ in keyed])
        ids = iter(self._reserve(sum(row.external_id not in seen for row, _ in keyed)))
        for row, digest in keyed:
            earlier = seen.get(row.external_id)
            if earlier is None:
                with self._judged(row):
                    self._plan(row, digest, next(ids))
                    seen[row.external_id] = digest
            else:
                self._again(row, same=earlier == digest)
        if self._settings.dry_run:
            self._known.update(seen)
        elif self._changes:
            self._store(self._changes, self._rows)
        return self._outcome

    def _reserve(self, count: int) -> Sequence[int]:
        if self._settings.dry_run or not count:
            return range(1, count + 1)
        return reserve(count)

    @contextmanager
    def _judged(self, row: ImportRow) -> Iterator[None]:
        """What is wrong with the row becomes its rejection, and the others go on."""
        try:
            yield
        except FieldError as error:
            if error.field == "rule" and row.received_at is not None:
                error = FieldError("received_at", "那时还没有自动立案派遣的规则", "too_early")
            self._reject(row, error)
        except LookupError:
            self._reject(row, FieldError("received_at", "那时还没有事部件目录", "too_early"))
        except MoveRefused as refusal:
            self._reject(row, FieldError("row", refusal.message, refusal.code))

    def _reject(self, row: ImportRow, error: FieldError) -> None:
        self._outcome.rejections.append(refused(row.row, row.line, row.external_id, error))

    def _again(self, row: ImportRow, *, same: bool) -> None:
        if same:
            self._outcome.repeated += 1
        else:
            reason = "这个编号已用于另一份内容不同的上报"
            self._reject(row, FieldError("external_id", reason, "conflict"))

    def _stored_keys(self, keys: list[str]) -> dict[str, bytes]:
        with connection.cursor() as cursor:
            cursor.execute(_KNOWN, [self._settings.channel, keys])
            return {key: bytes(digest) for key, digest in cursor.fetchall()}

    def _plan(self, row: ImportRow, digest: bytes, case_id: int) -> None:
        settings, registers = self._settings, self._registers
        at = row.received_at or settings.now
        raw = self._names.resolved(row.raw, at)
        data = read_report(raw, settings.channel, registers.register, at, digest)
        if settings.merge and row.received_at is None and self._may_merge(data, at):
            self._merge_or_open(data, case_id, at)
        else:
            change = opened(case_id, data, settings.actor, registers, at)
            receipt = receipt_of(change, data, registers, merged=False)
            self._rows += report_rows(change, data, receipt, at)
            self._changes.append(change)
            self._count(change)

    def _may_merge(self, data: ReportInput, at: datetime) -> bool:
        _, catalogue = self._registers.catalogue(at)
        kind = catalogue.by_key.get(data.type_key)
        return kind is not None and kind.merge is not None

    def _merge_or_open(self, data: ReportInput, case_id: int, at: datetime) -> None:
        """As for a single report: the next row of the block must find this one stored."""
        settings, registers = self._settings, self._registers
        same = looking.same_thing(data, registers, at)
        if same is None:
            change = opened(case_id, data, settings.actor, registers, at)
        else:
            change = merged_into(same, data, settings.actor, registers, at)
        receipt = receipt_of(change, data, registers, merged=same is not None)
        if not settings.dry_run:
            self._store([change], report_rows(change, data, receipt, at))
        if same is None:
            self._count(change)
        else:
            self._outcome.merged += 1

    def _count(self, change: Change) -> None:
        if "filed_at" not in change.after.data:
            self._outcome.manual += 1
            return
        self._outcome.filed += 1
        self._outcome.dispatched += change.after.unit_id is not None

    def _store(self, changes: list[Change], rows: Rows) -> None:
        now, waiting = self._settings.now, False
        for change in changes:
            kept: Rows = []
            for model, row in change.rows:
                if model is Message:
                    if row["created_at"] < now - KEEP_MESSAGES:
                        continue
                    waiting = waiting or row["state"] == "queued"
                kept.append((model, row))
            change.rows = kept
            for clock in change.after.clocks:
                if clock.live and clock.due_at < now:
                    clock.warned = 2  # it was over before anybody here could be told
        commit(changes, rows, quiet=True)
        # Screens look once a block, not once a case.
        live.notify(*sorted({f"cases/{change.after.managed_path}" for change in changes}))
        if waiting:
            from yishi.foundation.messages.tasks import deliver

            deliver.defer()


def _digest(row: ImportRow) -> bytes:
    """Digest of what the file says, names unresolved: the same row is the same at any later day."""
    said = dict(row.raw)
    if row.received_at is not None:
        said["received_at"] = row.received_at.isoformat()
    return body_hash(said)
