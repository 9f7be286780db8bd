"""The ledger's side of payments: what is booked is paid, what came back is given back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from yishi.foundation.ledger import budgets
from yishi.systems.direct_benefits.payments.models import PaymentLine


@dataclass(slots=True)
class Moved:
    """Lines whose money left, and lines whose money came back, of one file or decision."""

    paid: list[PaymentLine] = field(default_factory=list)
    returned: list[PaymentLine] = field(default_factory=list)


def post(moved: Moved, now: datetime) -> None:
    """Post the transfers. The same line again posts nothing, for the key is the line's."""
    for lines, verb, word in (
        (moved.paid, budgets.pay, "pay"),
        (moved.returned, budgets.give_back, "return"),
    ):
        for budget_line, found in _by_budget(lines):
            rows = [
                (f"{word}:{line.end_to_end_id}", line.amount_fen, ("payment_line", line.pk))
                for line in found
            ]
            verb(budget_line, rows, now)


def _by_budget(lines: Sequence[PaymentLine]) -> list[tuple[int, list[PaymentLine]]]:
    """By budget line in the order of their ids, so that two files never wait in a circle."""
    found: dict[int, list[PaymentLine]] = {}
    for line in lines:
        found.setdefault(line.budget_line_id, []).append(line)
    return sorted(found.items())
