"""Accounts and budget lines to test with. All made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from yishi.foundation.ledger import budgets
from yishi.foundation.ledger.models import CREDIT, FEN, Account, BudgetLine
from yishi.foundation.ledger.posting import open_account

BY = "user:1"
COUNTY = "4206/420606"


def at(text: str = "2026-11-20 10:00") -> datetime:
    """A time of Shanghai as UTC."""
    return (datetime.fromisoformat(text) - timedelta(hours=8)).replace(tzinfo=UTC)


def account(
    code: str, *, floor: int | None = 0, unit: str = FEN, side: str = CREDIT, area: str = ""
) -> Account:
    """An account of its own."""
    return open_account(code, code, side=side, kind="test", unit=unit, floor=floor, area=area)


def balance(of: Account | int) -> int:
    """What an account holds now."""
    pk = of if isinstance(of, int) else of.pk
    rows = Account.objects.unscoped("a test reads a balance")
    return int(rows.filter(pk=pk).values_list("balance", flat=True).get())


def line(amount: int = 500000000, code: str = "2026-T-1", **more: Any) -> BudgetLine:
    """A budget line of 2026."""
    said: dict[str, Any] = {"year": 2026, "area": "4206", "document": "襄财预〔2026〕1号（示意）"}
    said |= more
    return budgets.open_line(
        code,
        f"惠企资金 {code}（示意）",
        functional="2150805",
        economic="50701",
        amount=amount,
        by=BY,
        now=at("2026-01-05 09:00"),
        **said,
    )
