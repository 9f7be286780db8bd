"""放弃: the enterprise does not want it; anybody may say no to money."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.context import city
from yishi.systems.direct_benefits.models import Batch, Payout
from yishi.systems.direct_benefits.services import listing
from yishi.systems.direct_benefits.sight import payout_of

SAID = "企业自愿放弃"


def decline(actor: Actor, number: str, now: datetime, reason: str = "") -> Payout:
    """The party of the case *number* gives its payout up; what was reserved goes back.

    Raises:
        CaseNotFound: for a case that is not the party's own.
        FieldError, MoveRefused: when the money is on its way or there already.
    """
    said = clean_text("reason", reason, 200)
    with transaction.atomic():
        seen = payout_of(actor, number)
        rows = Batch.objects.unscoped("the batch of the party's own payout")
        batch = rows.select_for_update().get(pk=seen.batch_id)
        payout: Payout = (
            Payout.objects.unscoped("seen above").select_related("party").get(pk=seen.pk)
        )
        if payout.set_off_fen:
            raise FieldError("number", "部分金额已经抵扣，不能放弃", "state")
        text = f"{SAID}：{said}" if said else SAID
        listing.take_off(actor, batch, [payout], "declined", text, now, city(), move="decline")
        listing.finish(batch)
    return payout
