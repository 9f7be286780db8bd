"""The ledger's side of fulfilment: a payout's sum is reserved, committed, released, claimed back.

What the bank booked or returned is posted by payments. A payout has one key in all steps, so that
a step that is repeated posts nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from yishi.foundation.ledger import budgets
from yishi.foundation.ledger.budgets import Item
from yishi.foundation.ledger.models import BudgetLine
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.models import Batch, Clawback, Payout
from yishi.systems.direct_benefits.ports.items import Benefit

#: Where the money of a payout lies, by the state it is struck in.
_COMMITTED, _RETURNED, _RESERVED = "committed", "returned", "reserved"


def key(payout: Payout) -> str:
    """The payout's name in the ledger."""
    return f"payout:{payout.pk}"


def _item(payout: Payout, fen: int, name: str = "") -> Item:
    return Item(name or key(payout), fen, "payout", str(payout.pk), payout.item_key[:200])


def line_of(item: Benefit, year: int) -> int:
    """The budget line that pays for an item in a year: named by the item, one for each year.

    Raises:
        FieldError: ``budget`` when there is none.
    """
    if not item.budget_code:
        raise FieldError("budget", "该事项没有写明预算项", "no_line")
    codes = [f"{item.budget_code}-{year}", item.budget_code]
    rows = BudgetLine.objects.unscoped("the line that an item names").filter(
        code__in=codes, year=year
    )
    found = rows.order_by("-code").values_list("pk", flat=True).first()
    if found is None:
        raise FieldError("budget", f"{year} 年没有预算项 {item.budget_code}", "no_line")
    return int(found)


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


def pay_set_off(batch: Batch, payout: Payout, claw: Clawback, fen: int, now: datetime) -> None:
    """抵扣: a part of a payout counts as paid without a transfer of the bank."""
    assert batch.budget_line_id is not None
    part = [_item(payout, fen, f"{key(payout)}:off:{claw.pk}")]
    budgets.commit(batch.budget_line_id, part, now)
    budgets.pay(batch.budget_line_id, part, now)


def claw_back(batch: Batch, payout: Payout, fen: int, name: str, now: datetime) -> None:
    """Money that came back is the line's again, or the treasury's when the year is over."""
    if batch.budget_line_id is not None:
        budgets.claw_back(
            batch.budget_line_id, [_item(payout, fen, f"{key(payout)}:{name}"[:100])], now
        )
