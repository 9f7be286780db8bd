"""The ledger's side of payments: what is booked is paid, what came back is given back.

A line's name in the ledger is the key of its claim, the same as in the steps before (reserve,
commit). Where an earlier line of the claim was booked and came back, the money waits among what was
returned: the later line is paid from there, under a name of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from yishi.foundation.ledger import budgets
from yishi.foundation.ledger.budgets import Item
from yishi.foundation.ledger.models import BudgetLine
from yishi.foundation.ledger.posting import Posted
from yishi.systems.direct_benefits.payments.models import PaymentLine

ABOUT = "payment_line"
Verb = Callable[[BudgetLine, Sequence[Item], datetime], Posted]


@dataclass(slots=True)
class Moved:
    """Lines whose money left, and lines whose money came back, of one file or decision."""

    paid: list[PaymentLine] = field(default_factory=list)
    returned: list[PaymentLine] = field(default_factory=list)


def name(moved: Moved) -> None:
    """Give lines that are paid now their names in the ledger (1 statement); the caller stores
    them."""
    fresh = [line for line in moved.paid if not line.ledger_key]
    rows = PaymentLine.objects.unscoped("earlier payments of the same claims")
    before = rows.filter(key__in=[line.key for line in fresh]).exclude(ledger_key="")
    first: dict[str, str] = {}
    for key, ledger_key in before.order_by("-id").values_list("key", "ledger_key"):
        if ledger_key == key:
            first[key] = ledger_key
    for line in fresh:
        again = line.key in first
        line.ledger_key = f"{line.key}:{line.attempt}" if again else line.key
        first.setdefault(line.key, line.key)


def post(moved: Moved, now: datetime) -> None:
    """Post the transfers of lines that have their names. Repeated, nothing is posted."""
    lines = {line.pk: line for line in (*moved.paid, *moved.returned)}
    if not lines:
        return
    rows = BudgetLine.objects.unscoped("the budget lines that a receipt pays from")
    found = {one.pk: one for one in rows.filter(pk__in={i.budget_line_id for i in lines.values()})}
    # All of them at once and in order: two files never wait for each other in a circle.
    budgets.hold_lines(found.values())
    first = [line for line in moved.paid if line.ledger_key == line.key]
    again = [line for line in moved.paid if line.ledger_key != line.key]
    _post(budgets.pay, first, found, now)
    _post(budgets.pay_again, again, found, now)
    _post(budgets.give_back, moved.returned, found, now)


def _post(
    verb: Verb, lines: Iterable[PaymentLine], found: Mapping[int, BudgetLine], now: datetime
) -> None:
    by_line: dict[int, list[Item]] = {}
    for line in lines:
        by_line.setdefault(line.budget_line_id, []).append(_item(line))
    for pk, items in sorted(by_line.items()):
        verb(found[pk], items, now)


def _item(line: PaymentLine) -> Item:
    return Item(
        line.ledger_key,
        line.amount_fen,
        ABOUT,
        str(line.pk),
        # One text for a whole order: vouchers sum up what has the same day, step and text.
        f"支付 {line.order.number}",
        dict(line.shares) or None,
        line.key if line.ledger_key != line.key else "",
    )
