"""Published payouts as lines that are counted: each once, and again when money came back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.facts import snapshots, store
from yishi.foundation.facts.models import Snapshot
from yishi.foundation.parties.models import Identifier
from yishi.systems.direct_benefits.models import Payout
from yishi.systems.direct_benefits.policies.models import ItemVersion
from yishi.systems.direct_benefits.portal.models import PaidLine

#: Payouts that one call takes up.
MOST = 5_000
SIZE = "size"
_WHY = "published payouts become lines of what everybody may see"


def fold(now: datetime, *, most: int = MOST) -> int:
    """Write the lines of payouts that were published since, and lessen those of which money came
    back; returns how many changed."""
    return _new(most) + _lessened()


@transaction.atomic
def _new(most: int) -> int:
    rows = Payout.objects.unscoped(_WHY).filter(
        published_at__isnull=False, paid_at__isnull=False, paid_fen__gt=0, paid_line__isnull=True
    )
    payouts = list(rows.select_related("batch", "case").order_by("pk")[:most])
    if not payouts:
        return 0
    sizes, policies = _sizes(payouts), _policies(payouts)
    lines = [_line(one, sizes.get(one.pk, ""), policies.get(one.batch_id, "")) for one in payouts]
    PaidLine.objects.bulk_create(lines, ignore_conflicts=True)
    return len(lines)


def _line(payout: Payout, size: str, policy: str) -> PaidLine:
    paid_on = payout.paid_at.astimezone(SHANGHAI).date()  # type: ignore[union-attr]
    days = (paid_on - payout.fact_on).days if payout.fact_on else None
    return PaidLine(
        payout=payout,
        number=payout.case.number,
        item_key=payout.item_key,
        policy_key=policy,
        month=date(paid_on.year, paid_on.month, 1),
        county="/".join(payout.case.managed_path.split("/")[:2]),
        size=size,
        fen=payout.paid_fen,
        days=max(days, 0) if days is not None else None,
        paid_on=paid_on,
    )


def _policies(payouts: Sequence[Payout]) -> dict[int, str]:
    """Batch → key of the policy (1 statement)."""
    wanted = {one.batch.item_version_id for one in payouts}
    keys = dict(ItemVersion.objects.filter(pk__in=wanted).values_list("pk", "policy__key"))
    return {one.batch_id: keys.get(one.batch.item_version_id, "") for one in payouts}


def _sizes(payouts: Sequence[Payout]) -> dict[int, str]:
    """Payout → size of the enterprise as its batch's snapshot has it."""
    parties = {one.party_id for one in payouts}
    codes = dict(
        Identifier.objects.filter(party_id__in=parties, kind="uscc", ended_on=None).values_list(
            "party_id", "value"
        )
    )
    found: dict[int, str] = {}
    for snapshot in Snapshot.objects.filter(hash__in={one.batch.snapshot_hash for one in payouts}):
        mine = [one for one in payouts if one.batch.snapshot_hash == snapshot.hash]
        kept = store.opened(snapshot)
        signs = [codes.get(one.party_id, "").encode("ascii", "replace") for one in mine]
        fact = snapshots.declared(snapshot).get(SIZE)
        if fact is None:
            continue
        rows = kept.rows_of(np.array(signs, "S18"))
        for one, row in zip(mine, rows.tolist(), strict=True):
            if row >= 0:
                found[one.pk] = size_of(kept.seen(fact, row))
    return found


def size_of(seen: Any) -> str:
    """The code of a size, empty for none."""
    value = getattr(seen, "value", seen)
    return value if isinstance(value, str) else ""


def _lessened() -> int:
    """Lines whose payouts were repaid (wholly or in part) since."""
    back = Coalesce(Sum("payout__clawbacks__repaid_fen"), 0)
    rows = PaidLine.objects.filter(Q(payout__clawbacks__repaid_fen__gt=0)).annotate(
        left=F("payout__paid_fen") - back
    )
    changed = 0
    for row in rows.exclude(fen=F("left")):
        row.fen = max(0, row.left)
        row.save(update_fields=["fen"])
        changed += 1
    return changed
