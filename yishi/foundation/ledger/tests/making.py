"""Accounts and budget lines to test with. All made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from yishi.foundation.ledger.models import CREDIT, FEN, Account
from yishi.foundation.ledger.posting import open_account


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
