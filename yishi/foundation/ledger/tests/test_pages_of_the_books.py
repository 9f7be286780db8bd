"""The pages of the books: finance officers read within their scope, nobody else finds a door."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from yishi.foundation.access.models import Grant, User
from yishi.foundation.audit.models import Look
from yishi.foundation.ledger import budgets, year_end
from yishi.foundation.ledger.budgets import Item
from yishi.foundation.ledger.models import BudgetLine
from yishi.foundation.ledger.tests.making import BY, COUNTY, at, line

pytestmark = pytest.mark.django_db
NOW = at()
LISTS = ("lines", "accounts", "trial", "vouchers")


def officer(role: str = "finance", scope: str = "4206") -> Client:
    now = timezone.now()
    user = User.objects.create(username=f"{role}{User.objects.count()}", display_name="测试")
    Grant.objects.create(user=user, role=role, scope=scope, valid_from=now - timedelta(days=1))
    client = Client()
    client.force_login(user)
    return client


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def page(client: Client, name: str, *args: object, **query: str) -> str:
    return text(client.get(reverse(f"desk:ledger:{name}", args=args), query))


@pytest.fixture
def county() -> BudgetLine:
    """A county's line that paid 1,234.56 yuan, of which the city owes 60 %."""
    one = line(100_000_00, "C-1", area=COUNTY, shares={"city": 60, "county": 40}, simulated=True)
    for step in (budgets.reserve, budgets.commit, budgets.pay):
        step(one, [Item("P1", 123456, text="支付第1批（模拟）")], NOW)
    return one


@pytest.fixture
def other() -> BudgetLine:
    return line(777_00, "D-1", area="4206/420602")


@pytest.mark.usefixtures("other")
def test_finance_of_the_city_sees_lines_accounts_balances_and_vouchers(county: BudgetLine) -> None:
    client = officer()
    listed = page(client, "lines")
    for word in ("C-1", "D-1", "100,000.00", "98,765.44", "1,234.56", "740.74", "模拟", "2150805"):
        assert word in listed
    one = page(client, "line", county.pk)
    for word in ("批复", "襄财预〔2026〕1号（示意）", "市级 60", "98,765.44"):
        assert word in one
    assert "C-1.paid" in page(client, "accounts", q="C-1.p")
    assert "D-1.paid" not in page(client, "accounts", q="C-1.p")
    paid = page(client, "account", county.accounts["paid"])
    for word in ("支付第1批（模拟）", "pay:P1", "1,234.56", "已核定待支付"):
        assert word in paid
    assert "100,000.00" in page(client, "trial", period="2026-11")
    assert "记-420606-202611-0003" in page(client, "vouchers", period="2026-11")


def test_finance_of_a_county_sees_its_own_books_only(county: BudgetLine, other: BudgetLine) -> None:
    client = officer(scope=COUNTY)
    for name in LISTS:
        shown = page(client, name)
        assert "D-1" not in shown
        assert "420602" not in shown
    assert "C-1" in page(client, "lines")
    assert page(client, "line", county.pk)
    for name, pk in (("line", other.pk), ("account", other.accounts["paid"])):
        assert client.get(reverse(f"desk:ledger:{name}", args=[pk])).status_code == 404
    url = reverse("desk:ledger:account-export", args=[other.accounts["paid"]])
    assert client.get(url).status_code == 404


def test_others_find_no_door(county: BudgetLine) -> None:
    for client in (officer("leader"), officer("acceptor", COUNTY)):
        for name in (*LISTS, "lines-export", "trial-export", "vouchers-export", "vouchers-csv"):
            assert client.get(reverse(f"desk:ledger:{name}")).status_code == 404
        assert "/desk/ledger/" not in text(client.get("/desk/"))
        assert client.get(reverse("desk:ledger:line", args=[county.pk])).status_code == 404
    assert "/desk/ledger/" in text(officer().get("/desk/"))
    assert Client().get(reverse("desk:ledger:lines")).status_code == 302


def test_an_empty_ledger_has_pages_too() -> None:
    client = officer()
    for name in LISTS:
        assert "还没有" in page(client, name) or "没有" in page(client, name)
    assert client.get(reverse("desk:ledger:vouchers-csv")).status_code == 404


@pytest.mark.usefixtures("county")
def test_bad_addresses_do_no_harm() -> None:
    client = officer()
    for name in LISTS:
        for bad in ("x", "-1", "9" * 30, "２０２６", "a\0b", "'; --"):
            for key in ("year", "period", "after", "q"):
                answer = client.get(reverse(f"desk:ledger:{name}"), {key: bad})
                assert answer.status_code == 200
    assert client.get("/desk/ledger/lines/999999999999999999999/").status_code == 404
    assert client.post(reverse("desk:ledger:lines")).status_code == 405


def _workbook(client: Client, name: str, *args: object) -> list[list[Any]]:
    url = reverse(f"desk:ledger:{name}", args=args)
    answer = client.post(url, {"purpose": "月度对账"})
    assert answer.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]


@pytest.mark.usefixtures("city")
def test_vouchers_balances_and_transfers_leave_as_files(county: BudgetLine) -> None:
    client = officer(scope=COUNTY)
    rows = _workbook(client, "vouchers-export")
    head = rows[2]
    debits, credits_ = (head.index(name) for name in ("借方金额", "贷方金额"))
    sums = [sum(row[place] or 0 for row in rows[3:]) for place in (debits, credits_)]
    assert sums[0] == pytest.approx(sums[1])
    assert any(row[credits_] == 1234.56 for row in rows[3:])
    trial_rows = _workbook(client, "trial-export")
    closing = {row[0]: row[-1] for row in trial_rows[3:]}
    assert closing["C-1.paid"] == 1234.56
    assert closing["C-1.available"] == 98765.44
    lines = _workbook(client, "lines-export")
    assert dict(zip(lines[2], lines[3], strict=True))["已支付"] == 1234.56
    moves = _workbook(client, "account-export", county.accounts["paid"])
    assert "pay:P1" in moves[3]
    answer = client.get(reverse("desk:ledger:vouchers-csv"), {"period": "2026-11"})
    assert "1234.56" in answer.content.decode("utf-8-sig")
    assert Look.objects.filter(action="export", subject="ledger:2026-11").exists()


def test_a_carried_line_points_to_its_successor() -> None:
    one, two = line(1000, "A-1"), line(0, "A-2", year=2027)
    year_end.carry_over(one, two, "结转1号", BY, at("2026-12-31 18:00"))
    shown = page(officer(), "line", one.pk)
    assert "已结转" in shown
    assert f"/desk/ledger/lines/{two.pk}/" in shown


def test_pages_cost_the_same_however_many_rows(
    django_assert_max_num_queries: Any,
) -> None:
    client = officer()
    for i in range(30):
        one = line(1000, f"N-{i:02d}")
        budgets.reserve(one, [Item(f"R{i}", 5)], NOW)
    for name in LISTS:
        with django_assert_max_num_queries(14):
            page(client, name)
