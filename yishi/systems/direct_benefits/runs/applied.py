"""What is granted on application (即申即享, 承诺兑现) becomes a candidate like any other."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from yishi.foundation.parties.party_models import Identifier, Party
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.runs import running
from yishi.systems.direct_benefits.runs.models import Candidate, Run


@transaction.atomic
def grant(
    *,
    item_version: int,
    item_key: str,
    party_id: uuid.UUID,
    period: str,
    amount_fen: int | None,
    now: datetime,
    run: Run | None = None,
) -> Candidate:
    """The candidate of an enterprise that applied and qualifies. One that a batch may take or took
    already stays as it is.

    Raises:
        FieldError: on ``run`` while nothing was screened yet, on ``party`` without a credit code.
    """
    chosen = run or running.latest()
    if chosen is None:
        raise FieldError("run", "还没有筛选过，暂不能办理", "empty")
    file_id = Party.objects.values_list("file_id", flat=True).get(pk=party_id)
    number = Identifier.objects.filter(
        party__file_id=file_id, kind="uscc", ended_on__isnull=True
    ).first()
    if number is None:
        raise FieldError("party", "该主体没有统一社会信用代码", "unknown")
    rows = Candidate.objects.unscoped("granted on application").select_for_update()
    made: Candidate
    made, new = rows.get_or_create(
        party_id=file_id,
        item_key=item_key,
        period=period,
        defaults={
            "run": chosen,
            "item_version": item_version,
            "uscc": number.value,
            "amount_fen": amount_fen,
            "applied": True,
        },
    )
    if new or made.state in (Candidate.State.BATCHED, Candidate.State.PAID):
        return made
    if made.state == Candidate.State.NEW and not made.applied:
        return made
    made.run, made.item_version, made.amount_fen = chosen, item_version, amount_fen
    made.applied, made.state = True, Candidate.State.NEW
    made.save()
    return made
