"""Two records that are one (undoable), and parties that take over another's rights."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from yishi.foundation.audit import access_log
from yishi.foundation.parties.normalise import clean_text
from yishi.foundation.parties.party_models import (
    ACTIVE,
    ENDED,
    Identifier,
    Party,
    PartyMerge,
    Succession,
)
from yishi.foundation.parties.registering import Looker
from yishi.foundation.revisions.errors import FieldError

#: Of these a party has one at a time: two different ones in force are two parties.
ONE_AT_A_TIME = ("uscc", "org_code", "resident_id")
#: Ways in which the predecessor ends.
ENDING = frozenset({Succession.ABSORBED, Succession.MERGED, Succession.SPLIT})


@transaction.atomic
def merge(
    kept: Party, merged: Party, reason: object, *, actor: Looker, now: datetime
) -> PartyMerge:
    """Say that *merged* is *kept*: one file from now on (5 statements). Nothing is rewritten but
    the pointers, so that :func:`undo` gives everything back.

    Raises:
        FieldError: ``merged`` for one and the same file, other kinds, and two different numbers in
            force of a kind that a party has once; ``reason``.
    """
    why = clean_text("reason", reason, longest=200, required=True)
    kept, merged = _two(kept, merged)
    if kept.kind != merged.kind:
        raise FieldError("merged", "自然人、组织和个体工商户之间不能合并档案", "kind")
    if Succession.objects.filter(
        Q(predecessor__file=kept, successor__file=merged)
        | Q(predecessor__file=merged, successor__file=kept)
    ).exists():
        raise FieldError("merged", "两者存在合并或分立的承继关系，是不同的主体", "succession")
    _check_numbers(kept, merged)
    records = Party.objects.filter(file=merged)
    moved = [str(pk) for pk in records.values_list("pk", flat=True)]
    records.update(file=kept)
    row = PartyMerge.objects.create(
        kept=kept, merged=merged, moved=moved, reason=why, made_by=actor.ref, made_at=now
    )
    access_log.look(actor.ref, "party.merge", f"party:{kept.id}", f"{merged.id} {why}", now)
    return row


@transaction.atomic
def undo(merging: PartyMerge, reason: object, *, actor: Looker, now: datetime) -> PartyMerge:
    """Take a merge back: every record goes to the file it belonged to before.

    Raises:
        FieldError: ``reason``; ``merge`` when it was undone already, or when a later merge moved
            the same records on, which has to be undone first.
    """
    why = clean_text("reason", reason, longest=200, required=True)
    row = PartyMerge.objects.select_for_update().get(pk=merging.pk)
    if row.undone_at is not None:
        raise FieldError("merge", "这次合并已经撤销", "undone")
    list(Party.objects.select_for_update().filter(pk__in=[row.kept_id, row.merged_id]))
    records = Party.objects.filter(pk__in=[uuid.UUID(pk) for pk in row.moved])
    if records.exclude(file_id=row.kept_id).exists():
        raise FieldError("merge", "其后又与别的档案合并，请先撤销后一次合并", "later")
    records.update(file_id=row.merged_id)
    row.undone_at, row.undone_by, row.undo_reason = now, actor.ref, why
    row.save(update_fields=["undone_at", "undone_by", "undo_reason"])
    subject = f"party:{row.kept_id}"
    access_log.look(actor.ref, "party.merge_undo", subject, f"{row.merged_id} {why}", now)
    return row


@transaction.atomic
def succeed(
    predecessor: Party,
    successor: Party,
    way: str,
    on: date,
    basis: object,
    *,
    actor: Looker,
    now: datetime,
) -> Succession:
    """Record that *successor* took over from *predecessor* on a day (公司合并、分立).

    The predecessor ends unless it goes on beside (存续分立). Raises `FieldError` on ``way``,
    ``successor``, ``on`` or ``basis``.
    """
    why = clean_text("basis", basis, longest=200, required=True)
    if way not in dict(Succession.WAYS):
        raise FieldError("way", "没有这种承继方式", "unknown")
    if on > now.date():
        raise FieldError("on", "承继日期不能在今天之后", "date")
    predecessor, successor = _two(predecessor, successor, field="successor")
    if predecessor.is_person or successor.is_person:
        raise FieldError("successor", "合并、分立只适用于组织", "kind")
    if successor.state != ACTIVE:
        raise FieldError("successor", "承继者已终止", "ended")
    if reaches(successor, predecessor):
        raise FieldError("successor", "承继关系成环", "circle")
    row, made = Succession.objects.get_or_create(
        predecessor=predecessor,
        successor=successor,
        defaults={"way": way, "on": on, "basis": why, "recorded_by": actor.ref},
    )
    if not made:
        raise FieldError("successor", "这项承继关系已经登记", "known")
    if way in ENDING and predecessor.state == ACTIVE:
        end(predecessor, on, dict(Succession.WAYS)[way], actor=actor, now=now)
    text = f"{successor.id} {way} {why}"
    access_log.look(actor.ref, "party.succession", f"party:{predecessor.id}", text, now)
    return row


def end(party: Party, on: date, reason: object, *, actor: Looker, now: datetime) -> Party:
    """A party ends: death, cancellation, absorption. Mandates from and to it end with it."""
    why = clean_text("reason", str(reason), longest=200, required=True)
    if party.state != ACTIVE:
        raise FieldError("party", "该主体已终止", "ended")
    party.state, party.ended_on, party.end_reason = ENDED, on, why
    party.save(update_fields=["state", "ended_on", "end_reason"])
    access_log.look(actor.ref, "party.end", f"party:{party.id}", f"{on} {why}", now)
    return party


def predecessors(files: list[uuid.UUID]) -> list[uuid.UUID]:
    """Files whose rights and duties passed to one of *files*, however many steps before."""
    found: list[uuid.UUID] = []
    step = files
    while step:
        rows = Succession.objects.filter(
            successor__file_id__in=step, predecessor__file__state=ENDED
        ).values_list("predecessor__file_id", flat=True)
        step = [pk for pk in rows if pk not in found and pk not in files]
        found += step
    return found


def reaches(start: Party, target: Party) -> bool:
    """Whether *target* took over from *start*, however many steps later."""
    seen, step = {start.file_id}, {start.file_id}
    while step:
        rows = Succession.objects.filter(predecessor__file_id__in=step)
        step = set(rows.values_list("successor__file_id", flat=True)) - seen
        if target.file_id in step:
            return True
        seen |= step
    return False


def _two(one: Party, other: Party, field: str = "merged") -> tuple[Party, Party]:
    """Both files, locked in one order."""
    if one.file_id == other.file_id:
        raise FieldError(field, "这是同一份档案", "same")
    ids = [one.file_id, other.file_id]
    locked = Party.objects.select_for_update().filter(pk__in=ids).order_by("pk").in_bulk()
    first, second = locked[ids[0]], locked[ids[1]]
    if {first.file_id, second.file_id} != set(ids):
        raise FieldError(field, "档案刚被合并，请重新查询", "version")
    return first, second


def _check_numbers(kept: Party, merged: Party) -> None:
    rows = Identifier.objects.filter(
        party__file__in=[kept, merged], kind__in=ONE_AT_A_TIME, ended_on__isnull=True
    )
    owners: dict[str, set[uuid.UUID]] = {}
    files = dict(Party.objects.filter(file__in=[kept, merged]).values_list("pk", "file_id"))
    for row in rows:
        owners.setdefault(row.kind, set()).add(files[row.party_id])
    if any(len(found) > 1 for found in owners.values()):
        text = "两份档案各有一个有效的同类号码，不是同一主体；如有登记错误，请先注销错误的号码"
        raise FieldError("merged", text, "numbers")
