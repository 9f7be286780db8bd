"""Reconciliation (对账): what was sent, booked, returned, unknown, and what the ledger says of it.

Every line stands in exactly one column, so the columns of an order add up to it; the difference to
the ledger is zero, or something is wrong that a person must look at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Count, Sum

from yishi.foundation.access.actors import Actor
from yishi.systems.direct_benefits.payments.booking import ABOUT
from yishi.systems.direct_benefits.payments.models import (
    PaymentLine,
    PaymentOrder,
    ReceiptEntry,
)


@dataclass(frozen=True, slots=True)
class Total:
    """A count and an amount in fen."""

    count: int = 0
    fen: int = 0

    def __add__(self, other: Total) -> Total:
        return Total(self.count + other.count, self.fen + other.fen)


@dataclass(frozen=True, slots=True)
class Row:
    """One order: its lines by state, and what the ledger holds of them."""

    order: PaymentOrder
    states: Mapping[str, Total]
    ledger_paid: int
    ledger_returned: int

    @property
    def left(self) -> int:
        """What left the account, in fen: booked, and booked before it came back."""
        return self.of(PaymentLine.BOOKED).fen + self.of(PaymentLine.RETURNED).fen

    @property
    def difference(self) -> int:
        """What the ledger says beyond the lines, in fen; zero when they agree."""
        return (self.ledger_paid - self.left) + (
            self.of(PaymentLine.RETURNED).fen - self.ledger_returned
        )

    @property
    def differs(self) -> bool:
        """Whether lines and ledger disagree on either side."""
        back = self.of(PaymentLine.RETURNED).fen
        return self.ledger_paid != self.left or self.ledger_returned != back

    @property
    def adds_up(self) -> bool:
        """Whether every line stands in one state and all of them make the order's total."""
        states = self.states.values()
        return (sum(s.count for s in states), sum(s.fen for s in states)) == (
            self.order.count,
            self.order.total_fen,
        )

    def of(self, state: str) -> Total:
        """The lines in a state."""
        return self.states.get(state, Total())


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """All orders that *actor* sees, the newest first, and their totals; ``queue`` counts what
    nobody could place yet."""

    rows: Sequence[Row]
    totals: Mapping[str, Total] = field(default_factory=dict)
    ledger_paid: int = 0
    ledger_returned: int = 0
    queue: Total = Total()

    @property
    def differences(self) -> list[Row]:
        """The orders that disagree with the ledger or do not add up."""
        return [row for row in self.rows if row.differs or not row.adds_up]


#: What the ledger holds of the lines of some orders, by order: the transfers name their line.
_LEDGER = """
SELECT l.order_id,
       coalesce(sum(t.amount) FILTER (WHERE t.key LIKE 'pay:%%' OR t.key LIKE 'repay:%%'), 0),
       coalesce(sum(t.amount) FILTER (WHERE t.key LIKE 'return:%%'), 0)
FROM benefit_payments_paymentline l
JOIN ledger_transfer t
  ON t.key IN ('pay:' || l.ledger_key, 'repay:' || l.ledger_key, 'return:' || l.ledger_key)
 AND t.about_kind = %s AND t.about_id = l.id::text
WHERE l.order_id = ANY(%s) AND l.ledger_key <> ''
GROUP BY l.order_id
"""


def reconcile(actor: Actor, limit: int = 200) -> Reconciliation:
    """The newest *limit* orders that were not cancelled (4 statements)."""
    orders = list(
        PaymentOrder.objects.visible_to(actor)
        .exclude(state=PaymentOrder.CANCELLED)
        .select_related("payer")
        .order_by("-id")[:limit]
    )
    ids = [order.pk for order in orders]
    states = _states(ids)
    ledger = _ledger(ids)
    rows = [Row(order, states.get(order.pk, {}), *ledger.get(order.pk, (0, 0))) for order in orders]
    totals: dict[str, Total] = {}
    for row in rows:
        for state, one in row.states.items():
            totals[state] = totals.get(state, Total()) + one
    return Reconciliation(
        rows,
        totals,
        sum(row.ledger_paid for row in rows),
        sum(row.ledger_returned for row in rows),
        _queue(actor),
    )


def _states(ids: Sequence[int]) -> dict[int, dict[str, Total]]:
    lines = PaymentLine.objects.unscoped("the lines of orders that were reached in scope")
    found: dict[int, dict[str, Total]] = {}
    grouped: Any = (
        lines.filter(order_id__in=ids)
        .values_list("order_id", "state")
        .annotate(n=Count("pk"), fen=Sum("amount_fen"))
        .order_by()
    )
    for order_id, state, count, fen in grouped:
        found.setdefault(order_id, {})[state] = Total(count, fen)
    return found


def _ledger(ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_LEDGER, [ABOUT, list(ids)])
        return {order: (int(paid), int(back)) for order, paid, back in cursor.fetchall()}


def _queue(actor: Actor) -> Total:
    rows = ReceiptEntry.objects.visible_to(actor)
    waiting = rows.filter(outcome=ReceiptEntry.QUEUED)
    sums = waiting.aggregate(n=Count("pk"), fen=Sum("amount_fen", default=0))
    return Total(sums["n"], sums["fen"])
