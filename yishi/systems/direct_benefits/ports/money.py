"""The ledger's side of fulfilment: a payout's sum is reserved, committed, released, claimed back.

What the bank booked or returned is posted by payments. A payout has one key in all steps, so that
a step that is repeated posts nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from yishi.foundation.ledger import budgets
from yishi.foundation.ledger.budgets import Item
from yishi.foundation.ledger.models import BudgetLine
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.models import Batch, Payout
from yishi.systems.direct_benefits.ports.items import Benefit

#: Where the money of a payout lies, by the state it is struck in.
_COMMITTED, _RETURNED, _RESERVED = "committed", "returned", "reserved"


def key(payout: Payout) -> str:
    """The payout's name in the ledger."""
    return f"payout:{payout.pk}"


def _item(payout: Payout, fen: int, name: str = "") -> Item:
    return Item(name or key(payout), fen, "payout", str(payout.pk), payout.item_key[:200])


def line_of(item: Benefit, year: int, area: str = "") -> int:
    """The budget line that pays for an item in a year: named by the item, one for each year and,
    where counties pay first, for each county; else the city advances it.

    Raises:
        FieldError: ``budget`` when there is none.
    """
    if not item.budget_code:
        raise FieldError("budget", "该事项没有写明预算项", "no_line")
    plain = f"{item.budget_code}-{year}"
    codes = [f"{plain}-{area.rpartition('/')[2]}", plain, item.budget_code]
    rows = BudgetLine.objects.unscoped("the line that an item names").filter(
        code__in=codes, year=year
    )
    found = {code: int(pk) for code, pk in rows.values_list("code", "pk")}
    for code in codes:
        if code in found:
            return found[code]
    raise FieldError("budget", f"{year} 年没有预算项 {item.budget_code}", "no_line")


def reserve(
    line: int, payouts: Sequence[Payout], claims: Sequence[int], now: datetime
) -> Mapping[int, int]:
    """Reserve *claims* in full, or cut in proportion to what is there (largest remainder, S9-A13);
    returns fen by payout."""
    items = [_item(one, fen) for one, fen in zip(payouts, claims, strict=True) if fen]
    got = budgets.reserve_within(line, items, now) if items else {}
    return {one.pk: got.get(key(one), 0) for one in payouts}


def commit(batch: Batch, payouts: Sequence[Payout], now: datetime) -> None:
    """核定: what is ordered (less what was set off, which is committed already)."""
    items = [
        _item(one, one.amount_fen - one.set_off_fen)
        for one in payouts
        if one.amount_fen > one.set_off_fen
    ]
    if items and batch.budget_line_id is not None:
        budgets.commit(batch.budget_line_id, items, now)


def release(batch: Batch, payouts: Sequence[Payout], now: datetime) -> None:
    """Free what payouts that are struck or declined had: reserved, committed, or returned."""
    if batch.budget_line_id is None:
        return
    pots: dict[str, list[Item]] = {}
    for one in payouts:
        pot = _RESERVED
        if one.state == "returned":
            pot = _RETURNED if one.reason_code == "returned" else _COMMITTED
        if one.amount_fen > one.set_off_fen:
            pots.setdefault(pot, []).append(_item(one, one.amount_fen - one.set_off_fen))
    for pot, items in sorted(pots.items()):
        budgets.release(batch.budget_line_id, items, now, of=pot)


def set_off(
    batch: Batch, payout: Payout, back: Batch, repaid: Payout, name: str, fen: int, now: datetime
) -> None:
    """抵扣: a part of *payout* counts as paid, and *repaid* as clawed back, together; no bank."""
    assert batch.budget_line_id is not None and back.budget_line_id is not None
    part = _item(payout, fen, f"{key(payout)}:{name}"[:100])
    budgets.commit(batch.budget_line_id, [part], now)
    gone = replace(_item(repaid, fen, f"{key(repaid)}:{name}"[:100]), of=_paid_as(repaid))
    budgets.set_off(batch.budget_line_id, part, back.budget_line_id, gone, now)


def claw_back(batch: Batch, payout: Payout, fen: int, name: str, now: datetime) -> None:
    """Money that came back is the line's again, or the treasury's when the year is over."""
    if batch.budget_line_id is not None:
        item = replace(_item(payout, fen, f"{key(payout)}:{name}"[:100]), of=_paid_as(payout))
        budgets.claw_back(batch.budget_line_id, [item], now)


def _paid_as(payout: Payout) -> str:
    """The name under which the ledger has the payment: of its newest attempt, or of what was set
    off where the bank had nothing to pay (1 statement)."""
    from yishi.systems.direct_benefits.payments.models import PaymentLine

    rows = PaymentLine.objects.unscoped("how a payout in sight was paid").filter(
        about_kind="payout", about_id=str(payout.pk), state="booked"
    )
    found = rows.order_by("-pk").values_list("ledger_key", flat=True).first()
    return str(found or key(payout))
