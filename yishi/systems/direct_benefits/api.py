"""Direct benefits for other programs: batches, payouts and candidates in the key's scope."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from yishi.foundation.access.api_key import CLIENT_KEY
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.api_errors import Fault
from yishi.systems.direct_benefits.models import Batch, Payout
from yishi.systems.direct_benefits.sight import batch_of
from yishi.systems.direct_benefits.states import BATCH_STATES, STATES

router = Router(tags=["无申请兑现"])
_FAULTS: dict[int, Any] = {400: Fault, 401: Fault, 403: Fault, 404: Fault, 422: Fault}
_BATCH = {
    "number": "XYDX202606020001",
    "item": "jxj_small_giant_award",
    "name": "专精特新小巨人企业奖励",
    "period": "2026",
    "kind": "first",
    "state": "noticed",
    "state_label": "公示中",
    "unit": "襄阳市经济和信息化局",
    "counts": {"noticed": 41, "struck": 2},
    "totals": {"noticed": 2050000000, "struck": 0},
    "notice_from": "2026-06-03T11:00:00+08:00",
    "notice_until": "2026-06-09T23:59:59.999999+08:00",
    "snapshot": "9f2c…",
    "simulated": True,
}
_PAYOUT = {
    "number": "XYDF2026060200000001",
    "batch": "XYDX202606020001",
    "party": "0193a7c2-5f10-7c3e-9b1a-1f2e3d4c5b6a",
    "name": "襄阳模拟机械有限公司",
    "item": "jxj_small_giant_award",
    "period": "2026",
    "state": "noticed",
    "state_label": "公示中",
    "award_fen": 50000000,
    "claim_fen": 50000000,
    "amount_fen": 50000000,
    "paid_fen": 0,
    "reason": "",
    "paid_at": None,
}
MOST = 500
MOST_OFFSET = 1_000_000


def _page(limit: int, offset: int) -> slice:
    """The rows asked for. Raises FieldError."""
    if not 1 <= limit <= MOST:
        raise FieldError("limit", f"应为 1 至 {MOST} 的整数")
    if not 0 <= offset <= MOST_OFFSET:
        raise FieldError("offset", f"应为 0 至 {MOST_OFFSET} 的整数")
    return slice(offset, offset + limit)


def _shown(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"example": example})


class BenefitBatchOut(Schema):
    """A batch with its counters; sums in fen."""

    model_config = _shown(_BATCH)

    number: str
    item: str
    name: str
    period: str
    kind: str
    state: str
    state_label: str
    unit: str
    counts: dict[str, int] = Field(description="各状态的户数")
    totals: dict[str, int] = Field(description="各状态的金额（分）")
    notice_from: str | None
    notice_until: str | None
    snapshot: str = Field(description="数据快照的 SHA-256")
    simulated: bool


class BenefitPayoutOut(Schema):
    """What one enterprise gets of one item; sums in fen."""

    model_config = _shown(_PAYOUT)

    number: str
    batch: str
    party: str
    name: str
    item: str
    period: str
    state: str
    state_label: str
    award_fen: int
    claim_fen: int
    amount_fen: int
    paid_fen: int
    reason: str
    paid_at: str | None


class BenefitCandidateOut(Schema):
    """An enterprise that came out of a run and is in no batch yet."""

    model_config = _shown(
        {
            "party": "0193a7c2-5f10-7c3e-9b1a-1f2e3d4c5b6a",
            "item": "jxj_small_giant_award",
            "period": "2026",
            "amount_fen": 50000000,
            "run": "SX20260602-01",
        }
    )

    party: str
    item: str
    period: str
    amount_fen: int | None
    run: str


def _batch(one: Batch) -> dict[str, Any]:
    return {
        "number": one.number,
        "item": one.item_key,
        "name": one.item_name,
        "period": one.period,
        "kind": one.kind,
        "state": one.state,
        "state_label": BATCH_STATES[one.state],
        "unit": one.unit.name,
        "counts": one.counts,
        "totals": one.totals,
        "notice_from": one.notice_from.isoformat() if one.notice_from else None,
        "notice_until": one.notice_until.isoformat() if one.notice_until else None,
        "snapshot": one.snapshot_hash,
        "simulated": one.simulated,
    }


def _payout(one: Payout, batch: str) -> dict[str, Any]:
    return {
        "number": one.case.number,
        "batch": batch,
        "party": str(one.party_id),
        "name": one.party.name,
        "item": one.item_key,
        "period": one.period,
        "state": one.state,
        "state_label": STATES[one.state].label,
        "award_fen": one.award_fen,
        "claim_fen": one.claim_fen,
        "amount_fen": one.amount_fen,
        "paid_fen": one.paid_fen,
        "reason": one.reason,
        "paid_at": one.paid_at.isoformat() if one.paid_at else None,
    }


@router.get(
    "/benefits/batches",
    auth=CLIENT_KEY,
    response={200: list[BenefitBatchOut], **_FAULTS},
    operation_id="list_benefit_batches",
    summary="兑现批次",
)
def list_benefit_batches(
    request: HttpRequest,
    state: str = "",
    item: str = "",
    limit: int = 100,
    offset: int = 0,
) -> Any:
    """The batches of the key's units, newest first (2 statements)."""
    actor = request.actor  # type: ignore[attr-defined]
    if state and state not in BATCH_STATES:
        raise FieldError("state", "没有这个状态", "unknown")
    rows = Batch.objects.visible_to(actor).select_related("unit").order_by("-pk")
    rows = rows.filter(state=state) if state else rows
    rows = rows.filter(item_key=item[:120].replace("\x00", "")) if item else rows
    return [_batch(one) for one in rows[_page(limit, offset)]]


@router.get(
    "/benefits/batches/{number}/payouts",
    auth=CLIENT_KEY,
    response={200: list[BenefitPayoutOut], **_FAULTS},
    operation_id="list_benefit_payouts",
    summary="批次中的兑现",
)
def list_benefit_payouts(
    request: HttpRequest,
    number: str,
    state: str = "",
    limit: int = 100,
    offset: int = 0,
) -> Any:
    """The payouts of a batch in the key's sight (3 statements)."""
    actor = request.actor  # type: ignore[attr-defined]
    if state and state not in STATES:
        raise FieldError("state", "没有这个状态", "unknown")
    batch = batch_of(actor, number)
    rows = Payout.objects.unscoped("narrowed by the batch").filter(batch=batch)
    rows = rows.filter(state=state) if state else rows
    rows = rows.select_related("party", "case").order_by("pk")
    return [_payout(one, batch.number) for one in rows[_page(limit, offset)]]


@router.get(
    "/benefits/candidates",
    auth=CLIENT_KEY,
    response={200: list[BenefitCandidateOut], **_FAULTS},
    operation_id="list_benefit_candidates",
    summary="待列入批次的企业",
)
def list_benefit_candidates(
    request: HttpRequest,
    item: str,
    period: str = "",
    limit: int = 100,
    offset: int = 0,
) -> Any:
    """Who came out of runs for an item and waits for a batch, as far as the key's units may see
    (1 statement)."""
    from yishi.systems.direct_benefits.runs.models import Candidate

    actor = request.actor  # type: ignore[attr-defined]
    rows = Candidate.objects.visible_to(actor).filter(
        item_key=item[:120].replace("\x00", ""), state="new"
    )
    rows = rows.filter(period=period[:10].replace("\x00", "")) if period else rows
    rows = rows.select_related("run").order_by("pk")[_page(limit, offset)]
    return [
        {
            "party": str(one.party_id),
            "item": one.item_key,
            "period": one.period,
            "amount_fen": one.amount_fen,
            "run": one.run.number,
        }
        for one in rows
    ]
