"""``yishi ledger``: verify, close, vouchers, lapse; what is wrong ends with an error."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from django.db import connection

from yishi.foundation.ledger import budgets, periods
from yishi.foundation.ledger.budgets import Item
from yishi.foundation.ledger.commands import ledger
from yishi.foundation.ledger.models import Period
from yishi.foundation.ledger.tests.making import BY, at, line

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> Result:
    return CliRunner().invoke(ledger, arguments, obj=lambda: None)


def test_verify_counts_and_finds() -> None:
    line(1000)
    done = run("verify")
    assert done.exit_code == 0
    assert "1 transfers, 0 closed months, 0 problems" in done.output
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_account DISABLE TRIGGER USER")
        cursor.execute("UPDATE ledger_account SET credits = 999 WHERE code = '2026-T-1.available'")
        cursor.execute("ALTER TABLE ledger_account ENABLE TRIGGER USER")
    done = run("verify")
    assert done.exit_code == 1
    assert "2026-T-1.available：合计与分录不符" in done.output
    assert "借贷合计不相等" in done.output


def test_a_month_is_closed_once() -> None:
    line(1000)
    done = run("close", "2026-01")
    assert done.exit_code == 0, done.output
    assert "2026-01: 1 transfers, sha256:" in done.output
    assert Period.objects.get(pk="2026-01").closed_by.startswith("console:")
    for period, told in (("2026-01", "不能重复结账"), ("2999-12", "没有结束"), ("x", "2026-11")):
        done = run("close", period)
        assert done.exit_code == 1
        assert told in done.output


def test_vouchers_are_written(tmp_path: Path) -> None:
    budgets.reserve(line(1000), [Item("P1", 400)], at())
    done = run("vouchers", "2026-11", "--out", str(tmp_path / "v.csv"))
    assert done.output == "1 vouchers\n"
    assert "4.00" in (tmp_path / "v.csv").read_text(encoding="utf-8-sig")


def test_a_year_that_is_not_over_does_not_lapse() -> None:
    line(1000, "2999-T", year=2999)
    done = run("lapse", "2999", "--document", "收回1号")
    assert done.exit_code == 1
    assert "12月31日" in done.output
    line(1050, "2001-T", year=2001)
    done = run("lapse", "2001", "--document", "收回1号")
    assert "2001-T: 10.50" in done.output


def test_closing_an_unused_month_is_possible() -> None:
    closed = periods.close("2026-02", BY, at())
    assert (closed.transfers, closed.amount) == (0, Decimal(0))
