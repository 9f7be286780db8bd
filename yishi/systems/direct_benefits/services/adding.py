"""The department adds a party that the run did not find (部门增补), and answers for it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.parties.models import Identifier, Party
from yishi.foundation.parties.party_models import ACTIVE
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.models import Batch
from yishi.systems.direct_benefits.ports import lists
from yishi.systems.direct_benefits.services import listing, moving, opening
from yishi.systems.direct_benefits.services.before import known

MOST_FEN = 10_000_000_000


def add(
    actor: Actor,
    number: str,
    party_code: str,
    reason: str,
    now: datetime,
    *,
    amount_fen: int | None = None,
) -> Batch:
    """Add the party with a credit code to a batch that is not confirmed yet. The sum is what the
    run's rule gives it; where the rule could not say, what the department states.

    Raises:
        FieldError: ``reason`` or ``amount`` missing, ``party`` unknown, ended or paid already.
        BatchNotFound.
    """
    said = clean_text("reason", reason, 300)
    if not said:
        raise FieldError("reason", "请写明增补的理由和依据", "required")
    with transaction.atomic():
        batch = listing.mine(actor, number)
        if batch.state != "listed":
            raise FieldError("batch", "名单已确认，请在补充批次中增补", "state")
        opened = opening.opening_of(actor, batch, now, said)
        party = _party(party_code)
        had = known(opened.item, batch.period, [party.pk]).had
        if party.pk in had:
            raise FieldError("party", had[party.pk], "known")
        fen = _amount(batch, party_code, amount_fen, fiscal=opened.item.fiscal)
        opening.put(opened, [lists.Listed(None, party.pk, fen, batch.item_version_id)])
        moving.recount(batch)
    return batch


def _party(code: str) -> Party:
    plain = "".join(code.split()).upper()
    rows = Identifier.objects.filter(kind="uscc", value=plain, ended_on__isnull=True)
    found = rows.select_related("party__file").first() if plain.isascii() else None
    if found is None:
        raise FieldError("party", "没有这个统一社会信用代码的企业", "unknown")
    if found.party.file.state != ACTIVE:
        raise FieldError("party", "该企业已终止", "ended")
    return found.party.file


def _amount(batch: Batch, code: str, stated: int | None, *, fiscal: bool) -> int:
    if not fiscal:
        return 0
    by_rule = lists.amount_of(batch.run_id, batch.item_key, code) if batch.run_id else None
    if by_rule is not None:
        return by_rule
    if stated is None:
        raise FieldError("amount", "规则没有算出金额，请填写金额", "required")
    if isinstance(stated, bool) or not 0 < stated <= MOST_FEN:
        raise FieldError("amount", "金额应大于零且不超过一亿元")
    return stated
