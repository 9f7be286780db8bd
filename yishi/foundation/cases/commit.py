"""``commit``: stores any number of changes in one transaction, with two statements or by COPY."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from django.db import models, transaction

from yishi.foundation.cases.change import Change, joined
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.models import (
    Assignment,
    Case,
    CaseEdge,
    CaseWords,
    Clock,
    RollUpDelta,
    Trace,
)
from yishi.foundation.cases.state import AssignmentState, CaseState, ClockState
from yishi.foundation.cases.words import SUBJECT, fold, words_row
from yishi.foundation.cases.writer import Batch
from yishi.foundation.rulebook.models import Decision

_CASE_COLUMNS = (
    "number",
    "system",
    "type_key",
    "catalogue_id",
    "lifecycle_version",
    "subject",
    "division",
    "managed_path",
    "lon",
    "lat",
    "unit_id",
    "state",
    "stage",
    "outcome",
    "timeliness",
    "secret",
    "next_due_at",
    "next_warn_at",
    "received_at",
    "received_on",
    "closed_at",
    "root_id",
    "waiting_for",
    "data",
    "version",
    "trace_length",
    "trace_head",
)
_FIXED = frozenset({"number", "system", "received_at", "received_on", "root_id"})
_CASE_CHANGES = tuple(name for name in _CASE_COLUMNS if name not in _FIXED)
_CLOCK_COLUMNS = (
    "kind",
    "limit_text",
    "profile",
    "calendar_version",
    "started_at",
    "paused_at",
    "pauses",
    "due_at",
    "warn_at",
    "extensions",
    "provisional",
    "stopped_at",
    "late",
    "warned",
    "cap_at",
)
_ASSIGNMENT_COLUMNS = (
    "unit_id",
    "person_id",
    "role",
    "created_at",
    "due_at",
    "warn_at",
    "ended_at",
    "managed_path",
)


#: The columns that new rows name, by model.
COLUMNS: dict[type[models.Model], tuple[str, ...]] = {
    Case: ("id", *_CASE_COLUMNS),
    CaseWords: ("case_id", "part", "words"),
    CaseEdge: ("before_id", "after_id", "kind"),
    Clock: ("case_id", *_CLOCK_COLUMNS),
    Assignment: ("case_id", *_ASSIGNMENT_COLUMNS, "state"),
    Trace: (
        "case_id",
        "seq",
        "at",
        "actor_ref",
        "move",
        "body",
        "algorithm",
        "hash",
        "note",
    ),
}

#: What follows committed changes: further rows of the same commit, worked out without a statement.
Follower = Callable[[Sequence[Change]], Iterable[tuple[type[models.Model], dict[str, Any]]]]
_FOLLOWERS: list[Follower] = []


def register_follower(follower: Follower) -> None:
    """Let *follower* add rows to every commit that is not quiet (called in an app's ``ready``)."""
    _FOLLOWERS.append(follower)


def _clock_row(clock: ClockState) -> dict[str, Any]:
    return {name: getattr(clock, name) for name in _CLOCK_COLUMNS}


def _assignment_row(assignment: AssignmentState, case: CaseState) -> dict[str, Any]:
    row = {name: getattr(assignment, name) for name in _ASSIGNMENT_COLUMNS}
    row["state"] = "open" if assignment.ended_at is None else "ended"
    row["managed_path"] = assignment.managed_path or case.managed_path
    return row


def commit(
    changes: Sequence[Change],
    rows: Iterable[tuple[type[models.Model], dict[str, Any]]] = (),
    *,
    quiet: bool = False,
    without: Collection[type[models.Model]] = (),
) -> None:
    """Store *changes* (several for one case in their order) and further *rows*, all or nothing.

    *quiet* tells no live page and no follower; *without* leaves rows of some tables out (bulk
    loads that rebuild the roll-ups afterwards need no deltas).

    Raises:
        MoveRefused: ``version`` when a case was changed by somebody else since it was read.
        django.db.IntegrityError: when a constraint refuses a row.
    """
    by_case: dict[int, list[Change]] = {}
    for change in changes:
        by_case.setdefault(change.after.id, []).append(change)
    batch = Batch()
    topics: set[str] = set()
    updated: list[Change] = []
    extra = list(rows)
    if not quiet:
        for follower in _FOLLOWERS:
            extra += follower(changes)
    for case_changes in by_case.values():
        whole = joined(case_changes)
        _put_case(batch, whole)
        _put_children(batch, whole)
        if whole.before is not None:
            updated.append(whole)
        topics |= whole.topics
        extra += whole.rows
    for model, row in extra:
        batch.add(model, row)
    for model in without:
        batch.drop(model)
    with transaction.atomic(savepoint=False):
        changed = batch.store(() if quiet else topics)
        if changed.get(Case, 0) != len(updated):
            raise MoveRefused("version", "案件刚被他人办理，请刷新后再试", updated[0].after)


def rows_of(change: Change) -> dict[type[models.Model], list[dict[str, Any]]]:
    """The rows that :func:`commit` adds for the whole change of a new case, by model."""
    batch = Batch()
    _put_case(batch, change)
    _put_children(batch, change)
    for model, row in change.rows:
        batch.add(model, row)
    return batch.added


def _put_case(batch: Batch, change: Change) -> None:
    case = change.after
    if change.before is None:
        row: dict[str, Any] = {"id": case.id}
        row.update((name, getattr(case, name)) for name in _CASE_COLUMNS)
        batch.add(Case, row)
        batch.add(*words_row(case.id, SUBJECT, case.subject))
        _put_delta(batch, case, 1)
        return
    key = {"id": case.id, "version": change.before.version}
    batch.update(Case, key, {name: getattr(case, name) for name in _CASE_CHANGES})
    if change.before.subject != case.subject:
        part = {"case_id": case.id, "part": SUBJECT}
        batch.update(CaseWords, part, {"words": fold(case.subject)})
    if change.before.cell != case.cell:
        _put_delta(batch, change.before, -1)
        _put_delta(batch, case, 1)


def _put_delta(batch: Batch, case: CaseState, n: int) -> None:
    day, system, path, type_key, unit, stage, timeliness = case.cell
    batch.add(
        RollUpDelta,
        {
            "day": day,
            "system": system,
            "managed_path": path,
            "type_key": type_key,
            "unit_id": unit,
            "stage": stage,
            "timeliness": timeliness,
            "n": n,
        },
    )


def _put_children(batch: Batch, change: Change) -> None:
    case = change.after
    for clock in case.clocks:
        if clock.id is None:
            batch.add(Clock, {"case_id": case.id, **_clock_row(clock)})
        elif clock.dirty:
            batch.update(Clock, {"id": clock.id}, _clock_row(clock))
    for assignment in case.assignments:
        if assignment.id is None:
            batch.add(Assignment, {"case_id": case.id, **_assignment_row(assignment, case)})
        elif assignment.dirty:
            batch.update(Assignment, {"id": assignment.id}, _assignment_row(assignment, case))
    for trace in change.traces:
        batch.add(
            Trace,
            {
                "case_id": case.id,
                "seq": trace.seq,
                "at": trace.at,
                "actor_ref": trace.actor_ref,
                "move": trace.move,
                "body": trace.body,
                "algorithm": trace.algorithm,
                "hash": trace.hash,
                "note": trace.note,
            },
        )
    for decision in change.decisions:
        batch.add(Decision, decision.as_row())
