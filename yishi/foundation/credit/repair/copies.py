"""Copies of records elsewhere: told with the commit, heard what they show; 信用中国 prevails.

A keeper of copies is a partner with the scope ``credit:copies``. Every change of what is shown goes
to all of them as signed messages of the same commit, in order and until each was received; the
receipt is the delivery's. What a copy is said to show is kept and compared with what is shown here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.credit.models import CreditRecord
from yishi.foundation.credit.repair import states as s
from yishi.foundation.credit.repair.models import CopyReport
from yishi.foundation.credit.repair.telling import COPIES
from yishi.foundation.credit.scope import keeps_records
from yishi.foundation.exchange import partners as exchanging
from yishi.foundation.exchange.models import Outgoing, Partner
from yishi.foundation.exchange.outbox import queued_row
from yishi.foundation.exchange.register import Known, partners
from yishi.foundation.revisions.errors import FieldError

Row = tuple[type[Outgoing], dict[str, Any]]


def follow(changes: Sequence[Change]) -> Iterator[Row]:
    """The messages to keepers of copies that *changes* call for (no statement)."""
    keepers = [one for one in partners().by_channel.values() if exchanging.COPIES in one.scopes]
    if not keepers:
        return
    for change in changes:
        if change.after.system != s.RECORD:
            continue
        units = {change.after.unit_id, change.before.unit_id if change.before else None}
        for trace in change.traces:
            kind = COPIES.get(_told(trace.move, change))
            if kind is None:
                continue
            for keeper in _beside(keepers, units):
                yield Outgoing, queued_row(keeper, change.after.id, trace.seq, kind, trace.at)


def _told(move: str, change: Change) -> str:
    """What another place decided counts as its decision."""
    return "repair" if move == "answer_outside" and change.after.outcome == "repaired" else move


def _beside(keepers: Sequence[Known], units: set[int | None]) -> list[Known]:
    """Keepers that do not hear of the case already as a body's own system."""
    return [one for one in keepers if not one.units & units]


@dataclass(frozen=True, slots=True)
class Receipt:
    """A keeper's delivery about one case."""

    name: str
    kind: str
    state: str
    sent_at: datetime | None
    error: str


def receipts_of(case_id: int) -> list[Receipt]:
    """How far the copies were told of a case (1 statement)."""
    return receipts_by_case([case_id]).get(case_id, [])


def receipts_by_case(case_ids: Collection[int]) -> dict[int, list[Receipt]]:
    """The same for several cases (1 statement)."""
    rows = Outgoing.objects.filter(case_id__in=case_ids, kind__in=set(COPIES.values()))
    found: dict[int, list[Receipt]] = {}
    for row in rows.select_related("partner").order_by("seq", "partner_id"):
        one = Receipt(row.partner.name, row.kind, row.state, row.sent_at, row.last_error)
        found.setdefault(row.case_id, []).append(one)
    return found


def report(
    record_number: object,
    shown: object,
    said_by: Actor,
    now: datetime,
    *,
    partner: Partner | None = None,
    site: object = "",
    note: object = "",
) -> CopyReport:
    """Keep what a copy is said to show. One that agrees settles the keeper's open difference.

    Raises:
        FieldError: ``record`` for an unknown one, ``shown``, ``site``.
    """
    if not isinstance(shown, bool):
        raise FieldError("shown", "应为 true 或 false", "type")
    number = clean_text("record", record_number, 40)
    keeper = clean_text("site", site, 80)
    if partner is None and not keeper:
        raise FieldError("site", "请写明在哪个网站或平台看到", "required")
    rows = CreditRecord.objects
    found = rows.unscoped("a keeper of copies") if partner else rows.visible_to(said_by)
    with transaction.atomic():
        record = found.filter(number=number).select_for_update(of=("self",)).first()
        if record is None:
            raise FieldError("record", "没有这条信用记录", "unknown")
        return _kept(record, shown, said_by, now, partner, keeper, clean_text("note", note, 300))


def _kept(
    record: CreditRecord,
    shown: bool,
    said_by: Actor,
    now: datetime,
    partner: Partner | None,
    site: str,
    note: str,
) -> CopyReport:
    agrees = shown == record.visible
    if partner is not None:
        still = CopyReport.objects.filter(record=record, partner=partner, settled_at=None)
        if agrees:
            how = "副本已与信用中国一致"
            still.update(settled_at=now, settled_by=said_by.ref, settled_how=how)
        elif (known := still.first()) is not None:
            return known
    row = CopyReport(
        record=record,
        partner=partner,
        site=site,
        shown=shown,
        ours=record.visible,
        note=note,
        said_by=said_by.ref,
        at=now,
        settled_at=now if agrees else None,
        settled_by=said_by.ref if agrees else "",
        settled_how="与信用中国一致" if agrees else "",
    )
    row.save()
    return row


def differences(actor: Actor) -> QuerySet[CopyReport]:
    """Copies that differ and have not followed yet, the newest first; for keepers of records."""
    rows = CopyReport.objects.filter(settled_at=None) if keeps_records(actor) else None
    found = CopyReport.objects.none() if rows is None else rows
    return found.select_related("record", "partner").order_by("-at", "-id")


def settle(actor: Actor, report_id: int, how: object, now: datetime) -> CopyReport:
    """The keeper's copy was put right, as *how* says.

    Raises:
        FieldError: ``how`` without words, ``report`` for one that is unknown or settled.
    """
    words = clean_text("how", how, 300)
    if not words:
        raise FieldError("how", "请写明如何处理", "required")
    with transaction.atomic():
        row = differences(actor).select_for_update(of=("self",)).filter(pk=report_id).first()
        if row is None:
            raise FieldError("report", "没有这条待处理的差异", "unknown")
        row.settled_at, row.settled_by, row.settled_how = now, actor.ref, words
        row.save(update_fields=["settled_at", "settled_by", "settled_how"])
    return row


def remind(actor: Actor, report_id: int, now: datetime) -> bool:
    """Send the keeper its last message about the record again (it never changes what it says).

    Returns False where there was none to send: the keeper is no partner, or was never told.
    """
    row = differences(actor).filter(pk=report_id).first()
    if row is None or row.partner_id is None:
        return False
    from yishi.foundation.credit.repair.models import RepairedRecord

    cases = RepairedRecord.objects.unscoped("messages about a record in sight")
    wanted = cases.filter(record_id=row.record_id).values("case_id")
    last = Outgoing.objects.filter(
        partner_id=row.partner_id, case_id__in=wanted, kind__in=set(COPIES.values())
    ).order_by("-created_at", "-seq")
    found = last.first()
    if found is None:
        return False
    again = {"state": Outgoing.State.QUEUED, "next_attempt_at": now, "attempts": 0}
    return bool(Outgoing.objects.filter(pk=found.pk).update(**again))
