"""Writing the credit file: a record is taken up, its duties are done, it is deleted by law.

Every change adds an event to the record's chain in the same transaction, and what follows from the
state (published, in force) is written with it. Repairs are in ``credit.repair``.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, models, transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.audit import chain
from yishi.foundation.calendars import active_calendar, parse_limit
from yishi.foundation.credit import effects, periods
from yishi.foundation.credit.book import CreditBook, book
from yishi.foundation.credit.record_models import (
    DELETED,
    ENDED,
    KEPT,
    PUBLISHED,
    SHOWN,
    UNPUBLISHED,
    CreditRecord,
    Deletion,
    RecordEvent,
)
from yishi.foundation.credit.standing import today_of
from yishi.foundation.credit.subjects import SubjectColumns, columns_of
from yishi.foundation.parties.models import Party
from yishi.foundation.parties.normalise import clean_text
from yishi.foundation.revisions.errors import FieldError

Row = tuple[type[models.Model], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class RecordInput:
    """A record as a body states it. ``prefix`` stands before the names of fields in errors.

    ``party``: the file, where it is known; else it is looked for by the number. ``severity`` may be
    left out where the kind or the list says it. ``about``: the case that led to it, as (system,
    id). ``source``: key of the source.
    """

    kind: str
    authority: object
    document_no: object
    document_date: date
    summary: object
    name: object = ""
    identifier: object = ""
    identifier_kind: object = "uscc"
    party: Party | None = None
    severity: str = ""
    activity: str = ""
    list_key: str = ""
    profile: str = ""
    basis: object = ""
    fine_fen: int | None = None
    duty_done_on: date | None = None
    duty_open: bool | None = None
    unit_id: int | None = None
    about: tuple[str, int] | None = None
    source: str = "own"
    simulated: bool = False
    prefix: str = ""


class RecordRefused(Exception):
    """The change is not possible as the record stands; ``code`` and a message for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def add(raw: RecordInput, actor: Actor, now: datetime) -> CreditRecord:
    """Take up a record (5 statements).

    Raises:
        FieldError: naming the field; also ``document_no`` when the same document was taken up.
    """
    try:
        with transaction.atomic():
            record, event = make(raw, actor, now)
            _refuse_twice(record, raw.prefix)
            record.save(force_insert=True)
            event.save(force_insert=True)
            effects.changed([effects.Changed(record, "", record.state)], now)
    except IntegrityError as error:
        if "credit_record_once" not in str(error):
            raise
        raise _known_already(raw.prefix) from None  # somebody else took it up at the same moment
    return record


def plan(raw: RecordInput, actor: Actor, now: datetime) -> list[Row]:
    """The rows of a record for a system's own commit (``commit(…, rows=…)``).

    With ``raw.party`` given no statement but the look at the rules. The database refuses a second
    record of one document. Raises `FieldError` as :func:`add`.
    """
    return [(type(one), row_of(one)) for one in make(raw, actor, now)]


def make(raw: RecordInput, actor: Actor, now: datetime) -> tuple[CreditRecord, RecordEvent]:
    """A record and its first event, not stored yet. Raises `FieldError`."""
    known, today = book(), today_of(now)
    severity, profile = _sorted(raw, known)
    subject = columns_of(raw, known, today, now)
    document_date = _document_date(raw, today)
    found = _periods(known, profile, document_date, severity, raw.activity, today, raw.prefix)
    record = CreditRecord(
        number=f"{known.number_prefix}-{document_date:%Y%m%d}-{subject.id.hex[-8:].upper()}",
        kind=raw.kind,
        list_key=raw.list_key,
        ground=known.ground(raw.kind, severity, raw.list_key),
        severity=severity,
        activity=raw.activity,
        profile=profile,
        authority=_text(raw, "authority", 120, required=True),
        unit_id=raw.unit_id,
        document_no=_text(raw, "document_no", 120, required=True),
        document_date=document_date,
        summary=_text(raw, "summary", 400, required=True),
        basis=_text(raw, "basis", 200),
        fine_fen=_fine(raw),
        about_kind=raw.about[0] if raw.about else "",
        about_id=raw.about[1] if raw.about else None,
        source_id=source_id(raw.source, raw.prefix),
        duty_done_on=_duty(raw, document_date, today),
        duty_open=False if raw.duty_done_on else raw.duty_open,
        simulated=raw.simulated,
        created_by=actor.ref,
        created_at=now,
        **subject.values(),
    )
    adopt(record, found, known)
    state, asked = entry_state(record, found, known, today)
    _enter(record, state, now, asked=asked)
    if record.visible:
        record.published_from = today
    event = note(record, "recorded", actor, now, {"rules": record.rules, "kind": record.kind})
    return record, event


def adopt(record: CreditRecord, found: periods.Periods, known: CreditBook) -> None:
    """Give a record its periods."""
    record.min_end, record.max_end = found.min_end, found.max_end
    record.rules = known.stamp(found.rules)


def entry_state(
    record: CreditRecord, found: periods.Periods, known: CreditBook, today: date
) -> tuple[str, bool]:
    """(state, whether a person is asked) of a record on a day, if nobody repaired it: light ones
    are never published; past the longest term it is over, or kept, or asked about."""
    if not found.published:
        return UNPUBLISHED, False
    if not found.over(today):
        return PUBLISHED, False
    return at_maximum(record, known, today)


def at_maximum(record: CreditRecord, known: CreditBook, today: date) -> tuple[str, bool]:
    """(state, whether a person is asked) once the longest term is over."""
    if record.duty_done_on is not None and record.duty_done_on <= today:
        return ENDED, False
    then = known.at_end(record.profile, record.activity, record.kind).then
    return {"keep": (KEPT, False), "end": (ENDED, False), "ask": (PUBLISHED, True)}[then]


def move(
    record: CreditRecord,
    state: str,
    what: str,
    actor: Actor,
    now: datetime,
    body: dict[str, Any] | None = None,
    *,
    asked: bool = False,
    columns: Iterable[str] = (),
) -> CreditRecord:
    """Bring a record that the caller locked (:func:`locked`) into *state*, in the caller's
    transaction: published and counted, or not, from this commit on, with its event (2 statements
    and what listeners do). *columns* that the caller changed are written too."""
    before = record.state
    _enter(record, state, now, asked=asked)
    if record.visible and record.published_from is None:
        record.published_from = today_of(now)
    note(record, what, actor, now, {"from": before, **(body or {})}).save(force_insert=True)
    record.save(
        update_fields=[
            *("state", "visible", "in_force", "asked_at", "changed_at", "published_from"),
            *("events_length", "events_head"),
            *columns,
        ]
    )
    effects.changed([effects.Changed(record, before, state)], now)
    return record


def locked(record_id: uuid.UUID) -> CreditRecord:
    """The record, locked until the transaction ends; callers have checked who asks."""
    rows = CreditRecord.objects.unscoped("the writer; who asks is checked by the verb")
    found: CreditRecord = rows.select_for_update(of=("self",)).get(pk=record_id)
    return found


@transaction.atomic
def note_duty(
    record: CreditRecord,
    actor: Actor,
    now: datetime,
    *,
    done_on: date | None = None,
    is_open: bool = False,
) -> CreditRecord:
    """What is known of a record's duties: all done on a day (the fault corrected too), or known not
    to be. A record that was kept or asked about beyond its longest term ends when they are done.

    Raises `FieldError` on ``duty_done_on``, `RecordRefused` for a deleted record.
    """
    record, today = locked(record.pk), today_of(now)
    _refuse_deleted(record)
    if (done_on is None) is not is_open:
        raise FieldError("duty_done_on", "请写明履行完毕的日期，或说明尚未履行", "required")
    if done_on is not None and not record.document_date <= done_on <= today:
        raise FieldError("duty_done_on", "应在文件日期与今天之间", "date")
    record.duty_done_on, record.duty_open = done_on, is_open
    over = done_on is not None and record.state in SHOWN and today > record.max_end
    body = {"on": done_on.isoformat() if done_on else None}
    return move(
        record,
        ENDED if over else record.state,
        "duty",
        actor,
        now,
        body,
        asked=record.asked_at is not None and not over,
        columns=["duty_done_on", "duty_open"],
    )


@transaction.atomic
def answer_maximum(
    record: CreditRecord, keep: bool, reason: object, actor: Actor, now: datetime
) -> CreditRecord:
    """A person's answer where a longest term is over with duties undone. Raises `RecordRefused`
    when nobody asked, `FieldError` on ``reason``."""
    why = clean_text("reason", reason, longest=200, required=True)
    record = locked(record.pk)
    if record.asked_at is None:
        raise RecordRefused("not_asked", "这条记录没有待决定的事项")
    return move(record, KEPT if keep else ENDED, "answered", actor, now, {"reason": why})


@transaction.atomic
def ground_arose(
    record: CreditRecord, ground: str, arose_on: date, actor: Actor, now: datetime
) -> Deletion:
    """A lawful ground to delete arose: it must be done within its limit (3 working days).

    Raises `FieldError` on ``ground`` or ``arose_on``; `RecordRefused` for a deleted record.
    """
    found = book().deletion.get(ground)
    if found is None:
        raise FieldError("ground", "没有这个删除事由", "unknown")
    if not record.document_date <= arose_on <= today_of(now):
        raise FieldError("arose_on", "应在文件日期与今天之间", "date")
    record = locked(record.pk)
    _refuse_deleted(record)
    limit = parse_limit(found.within, "licence")
    due = active_calendar().add_wd(arose_on, limit.amount).day
    values = {"ground": ground, "arose_on": arose_on, "due_on": due}
    values |= {"reported_by": actor.ref, "reported_at": now}
    row, made = Deletion.objects.get_or_create(record=record, done_at=None, defaults=values)
    if not made and row.arose_on > arose_on:
        row.arose_on, row.due_on, row.ground = arose_on, due, ground
        row.save(update_fields=["arose_on", "due_on", "ground"])
    return row


@transaction.atomic
def delete(
    record: CreditRecord, ground: str, arose_on: date, actor: Actor, now: datetime
) -> CreditRecord:
    """Delete a record on a lawful ground: no screening, page or measure knows it from this commit
    on; the row stays as proof that it was done in time. Raises as :func:`ground_arose`."""
    row = ground_arose(record, ground, arose_on, actor, now)
    row.done_by, row.done_at = actor.ref, now
    row.late = today_of(now) > row.due_on
    row.save(update_fields=["done_by", "done_at", "late"])
    body = {"ground": row.ground, "arose_on": row.arose_on.isoformat(), "late": row.late}
    return move(locked(record.pk), DELETED, "deleted", actor, now, body)


def note(
    record: CreditRecord, what: str, actor: Actor, now: datetime, body: dict[str, Any]
) -> RecordEvent:
    """The next event of a record's chain, not stored yet; its head stands on the record."""
    seq = record.events_length + 1
    full = {"at": now, "actor": actor.ref, "what": what, "state": record.state, **body}
    canonical = chain.canonical({"record": str(record.id), "seq": seq, **full})
    head = chain.link(canonical, bytes(record.events_head))
    record.events_length, record.events_head = seq, head
    return RecordEvent(
        record=record,
        seq=seq,
        at=now,
        actor_ref=actor.ref,
        what=what,
        state=record.state,
        body=body,
        algorithm=chain.DEFAULT_ALGORITHM,
        hash=head,
    )


def broken(record: CreditRecord) -> str | None:
    """What is wrong with a record's stored events, or None (1 statement)."""
    rows = [
        chain.Row(
            event.seq,
            chain.canonical(
                {
                    "record": str(record.id),
                    "seq": event.seq,
                    "at": event.at,
                    "actor": event.actor_ref,
                    "what": event.what,
                    "state": event.state,
                    **event.body,
                }
            ),
            event.algorithm,
            bytes(event.hash),
        )
        for event in record.events.order_by("seq")
    ]
    return chain.find_break(rows, bytes(record.events_head), record.events_length)


def row_of(one: models.Model) -> dict[str, Any]:
    """A row that was not stored yet by its columns, without an id that the database gives."""
    fields = one._meta.concrete_fields
    values = {str(field.column): getattr(one, field.attname) for field in fields}
    if values.get("id", "") is None:
        del values["id"]
    return values


def source_id(key: str, prefix: str = "") -> int:
    """The id of a source (1 statement). Raises `FieldError` on ``source``."""
    from yishi.foundation.credit.models import CreditSource

    found = CreditSource.objects.filter(key=key).values_list("pk", flat=True).first()
    if found is None:
        raise FieldError(f"{prefix}source", f"没有数据来源 {key}", "unknown")
    return int(found)


def _enter(record: CreditRecord, state: str, now: datetime, *, asked: bool = False) -> None:
    record.state = state
    record.in_force = state in SHOWN
    record.visible = state in SHOWN and not asked
    record.asked_at = (record.asked_at or now) if asked else None
    record.changed_at = now


def _sorted(raw: RecordInput, known: CreditBook) -> tuple[str, str]:
    """(class, key of the publication rules). Raises `FieldError`."""
    kind = known.kinds.get(raw.kind)
    if kind is None:
        raise FieldError(f"{raw.prefix}kind", "没有这种信用记录", "unknown")
    listed = known.lists.get(raw.list_key)
    if raw.list_key and listed is None:
        raise FieldError(f"{raw.prefix}list_key", "没有这个名单", "unknown")
    if (raw.kind == "listing") is not (listed is not None):
        raise FieldError(f"{raw.prefix}list_key", "列入名单的记录须写明名单，其他记录不写")
    if raw.activity and raw.activity not in known.activities:
        raise FieldError(f"{raw.prefix}activity", "没有这个领域", "unknown")
    severity = raw.severity or kind.severity or ("serious" if listed else "")
    if severity not in periods.CLASSES:
        raise FieldError(f"{raw.prefix}severity", "请写明失信等级：轻微、一般或严重", "required")
    chosen = raw.profile or (listed.profile if listed else "") or kind.profile or known.default
    if chosen not in known.profiles:
        raise FieldError(f"{raw.prefix}profile", "没有这个公示规则", "unknown")
    return severity, chosen


def _periods(
    known: CreditBook,
    profile: str,
    document_date: date,
    severity: str,
    activity: str,
    today: date,
    prefix: str,
) -> periods.Periods:
    facts = periods.Facts(document_date, severity, activity)
    try:
        return periods.of(facts, today, known.profile(profile))
    except FieldError as error:
        raise FieldError(f"{prefix}{error.field}", error.message, error.code) from error


def _document_date(raw: RecordInput, today: date) -> date:
    if not isinstance(raw.document_date, date) or isinstance(raw.document_date, datetime):
        raise FieldError(f"{raw.prefix}document_date", "应为日期", "type")
    if raw.document_date > today:
        raise FieldError(f"{raw.prefix}document_date", "文件日期在今天之后", "date")
    if raw.document_date.year < 1980:
        raise FieldError(f"{raw.prefix}document_date", "文件日期过早，请核对", "date")
    return raw.document_date


def _duty(raw: RecordInput, document_date: date, today: date) -> date | None:
    done = raw.duty_done_on
    if done is not None and not document_date <= done <= today:
        raise FieldError(f"{raw.prefix}duty_done_on", "应在文件日期与今天之间", "date")
    return done


def _fine(raw: RecordInput) -> int | None:
    if raw.fine_fen is not None and not 0 <= raw.fine_fen < 2**53:
        raise FieldError(f"{raw.prefix}fine_fen", "金额应为不小于零的整数（分）", "range")
    return raw.fine_fen


def _text(raw: RecordInput, name: str, longest: int, *, required: bool = False) -> str:
    return clean_text(raw.prefix + name, getattr(raw, name), longest=longest, required=required)


def _refuse_deleted(record: CreditRecord) -> None:
    if record.state == DELETED:
        raise RecordRefused("deleted", "这条记录已经删除")


def _refuse_twice(record: CreditRecord, prefix: str) -> None:
    same = CreditRecord.objects.unscoped("the same document is taken up once").filter(
        authority=record.authority,
        document_no=record.document_no,
        kind=record.kind,
        identifier_hash=record.identifier_hash,
        name_hash=record.name_hash,
    )
    if same.exclude(state=DELETED).exists():
        raise _known_already(prefix)


def _known_already(prefix: str) -> FieldError:
    return FieldError(f"{prefix}document_no", "这份文件对该主体的记录已经登记", "known")


__all__ = [
    "RecordInput",
    "RecordRefused",
    "SubjectColumns",
    "add",
    "answer_maximum",
    "broken",
    "delete",
    "ground_arose",
    "locked",
    "make",
    "move",
    "note",
    "note_duty",
    "plan",
    "row_of",
]
