"""What a party got already: of the same item, of the same group, before the platform too."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet

from yishi.foundation.calendars.dates import add_months
from yishi.systems.direct_benefits import states as s
from yishi.systems.direct_benefits.context import city, day_of
from yishi.systems.direct_benefits.models import Batch, Payout, PriorPayment
from yishi.systems.direct_benefits.ports import credit
from yishi.systems.direct_benefits.ports.items import Benefit
from yishi.systems.direct_benefits.services import stacking


@dataclass(slots=True)
class Known:
    """``had``: why the same item is not given again, by file; ``group``: what earlier payouts of
    the group took (in the order in which they were listed)."""

    had: dict[uuid.UUID, str] = field(default_factory=dict)
    group: dict[uuid.UUID, list[int]] = field(default_factory=dict)


def known(item: Benefit, period: str, parties: Collection[uuid.UUID]) -> Known:
    """What *parties* (files) got already that matters for *item* (2 statements, 4 with a group).

    A record that was merged into another counts for the one that is kept.
    """
    found = Known()
    key = stacking.period_of(item, period)
    live = _live().filter(item_key=item.key, period=key, party__file_id__in=list(parties))
    for file_id, number in live.values_list("party__file_id", "batch__number"):
        found.had[file_id] = f"同一事项同一期间已列入批次{number}"
    prior = PriorPayment.objects.filter(
        item_key=item.key, period=key, party__file_id__in=list(parties)
    )
    for file_id, day in prior.values_list("party__file_id", "paid_on"):
        found.had[file_id] = f"平台上线前已于{day:%Y-%m-%d}兑现"
    group = stacking.group_of(item, period)
    if group:
        found.group = in_group(group, parties)
    return found


def in_group(group: str, parties: Collection[uuid.UUID]) -> dict[uuid.UUID, list[int]]:
    """What live payouts of a group and earlier payments took, by file (2 statements)."""
    taken: dict[uuid.UUID, list[int]] = {}
    rows = _live().filter(stack_group=group, party__file_id__in=list(parties)).order_by("pk")
    for file_id, fen in rows.values_list("party__file_id", "claim_fen"):
        taken.setdefault(file_id, []).append(fen)
    prior = PriorPayment.objects.filter(stack_group=group, party__file_id__in=list(parties))
    for file_id, fen in prior.values_list("party__file_id", "amount_fen"):
        taken.setdefault(file_id, []).append(fen)
    return taken


def ahead(group: str, payouts: Collection[Payout]) -> Mapping[int, list[int]]:
    """For each payout what those of its group took that were listed before it (2 statements)."""
    files = {one.pk: one.party.file_id for one in payouts}
    rows = _live().filter(stack_group=group, party__file_id__in=list(files.values()))
    earlier: dict[uuid.UUID, list[tuple[int, int]]] = {}
    for pk, file_id, fen in rows.values_list("pk", "party__file_id", "claim_fen"):
        earlier.setdefault(file_id, []).append((pk, fen))
    prior = PriorPayment.objects.filter(
        stack_group=group, party__file_id__in=list(files.values())
    ).values_list("party__file_id", "amount_fen")
    for file_id, fen in prior:
        earlier.setdefault(file_id, []).append((0, fen))
    return {
        pk: [fen for other, fen in earlier.get(file_id, ()) if other < pk]
        for pk, file_id in files.items()
    }


def cured(parent: Batch, now: datetime) -> frozenset[uuid.UUID]:
    """Parties struck from an item's batches for their credit that may come again: the measure does
    not apply any more, and the item has not lapsed (S9-A17)."""
    months = city().limits_at(now)[1].lapse_months
    rows = Payout.objects.unscoped("whoever was struck from an item's batches").filter(
        batch__item_key=parent.item_key,
        batch__period=parent.period,
        batch__area=parent.area,
        state="struck",
        reason_code="credit",
    )
    today = day_of(now)
    files = {
        file_id
        for file_id, at in rows.values_list("party__file_id", "listed_at")
        if today <= add_months(day_of(at), months)
    }
    return frozenset(files - set(credit.closed(files, now)))


def _live() -> QuerySet[Payout]:
    rows: QuerySet[Payout] = Payout.objects.unscoped("what a party got, whoever gave it").exclude(
        state__in=sorted(s.VOID)
    )
    return rows
