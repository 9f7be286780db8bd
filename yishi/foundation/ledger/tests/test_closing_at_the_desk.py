"""Months are closed and years wound up on a page, by whoever may, and a refusal says why."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from yishi.foundation.access.models import Grant, User
from yishi.foundation.ledger import budgets
from yishi.foundation.ledger.budgets import Figures, Item
from yishi.foundation.ledger.models import BudgetLine, Period
from yishi.foundation.ledger.tests.making import COUNTY, at, line
from yishi.foundation.places.models import Unit

pytestmark = pytest.mark.django_db
NOVEMBER, EVE, JANUARY = at(), at("2026-12-31 18:00"), at("2027-01-10 09:00")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    def set_to(moment: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: moment)

    return set_to


def someone(role: str = "finance", scope: str = "4206", unit: Unit | None = None) -> User:
    """An officer, appointed before the clock is set."""
    now = timezone.now()
    user = User.objects.create(username=f"{role}{User.objects.count()}", display_name="测试")
    since = now - timedelta(days=1)
    Grant.objects.create(user=user, role=role, scope=scope, unit=unit, valid_from=since)
    return user


def at_desk(user: User) -> Client:
    """A session that begins now, whenever that is."""
    client = Client()
    client.force_login(user)
    return client


def address() -> str:
    return reverse("desk:ledger:closing")


def post(client: Client, do: str, status: int = 302, **said: object) -> str:
    fields = {f"{do}-{name}": value for name, value in said.items() if name != "period"}
    answer = client.post(address(), {"do": do, "period": said.get("period", ""), **fields})
    assert answer.status_code == status, answer.content.decode()
    return str(answer.content.decode())


@pytest.mark.parametrize("scope", ["4206", COUNTY])
@pytest.mark.parametrize("role", ["auditor", "benefit_maker", "leader"])
def test_who_only_reads_the_books_closes_nothing(role: str, scope: str, clock: Any) -> None:
    line(1000)
    client = at_desk(someone(role, scope))
    assert client.get(address()).status_code in (403, 404)
    answer = client.post(address(), {"do": "close", "period": "2026-01", "close-sure": "on"})
    assert answer.status_code in (403, 404)
    assert not Period.objects.filter(closed_at__isnull=False).exists()


def test_months_are_closed_one_after_another(clock: Any) -> None:
    one = line(1000)
    budgets.reserve(one, [Item("R", 200)], NOVEMBER)
    user = someone()
    clock(JANUARY)
    client = at_desk(user)
    assert "2026-01" in client.get(address()).content.decode()
    assert "请先核对" in post(client, "close", 422, period="2026-01")
    assert "前面的期间还没有结账" in post(client, "close", 422, period="2026-11", sure="on")
    post(client, "close", period="2026-01", sure="on")
    post(client, "close", period="2026-11", sure="on")
    assert "已结账" in post(client, "close", 422, period="2026-11", sure="on")
    assert "本月还没有结束" in post(client, "close", 422, period="2027-01", sure="on")
    assert "2026-11 的形式" in post(client, "close", 422, period="x'", sure="on")
    shown = client.get(address()).content.decode()
    assert "没有要结的账" in shown
    assert set(Period.objects.filter(closed_at__isnull=False).values_list("key", flat=True)) == {
        "2026-01",
        "2026-11",
    }


def test_a_county_winds_up_its_own_lines_and_no_month(clock: Any) -> None:
    mine, other = line(1000, "C-1", area=COUNTY), line(1000, "D-1", area="4206/420602")
    to = line(0, "C-2", year=2027, area=COUNTY)
    user = someone(scope=COUNTY)
    clock(JANUARY)
    client = at_desk(user)
    shown = client.get(address()).content.decode()
    assert "C-1" in shown and "D-1" not in shown and "市级财政统一办理" in shown
    for do, said in (
        ("close", {"period": "2026-01", "sure": "on"}),
        ("lapse", {"year": "2026", "document": "收回1号"}),
    ):
        assert post(client, do, 404, **said)
    assert "请重新选择预算项" in post(
        client, "carry", 422, line=other.pk, to=to.pk, document="结转1号"
    )
    post(client, "carry", line=mine.pk, to=to.pk, document="结转1号", available="4.00")
    assert budgets.state(to) == Figures(granted=400, available=400)


def test_what_was_promised_is_carried_over_and_the_rest_taken_back(clock: Any) -> None:
    one, two, three = line(1000), line(0, "2027-T-1", year=2027), line(500, "2026-T-2")
    budgets.reserve(one, [Item("R", 200)], NOVEMBER)
    user = someone()
    clock(NOVEMBER)
    client = at_desk(user)
    assert "12 月 31 日起" in client.get(address()).content.decode()
    assert post(client, "lapse", 422, year="2026", document="收回1号")
    clock(EVE)
    client = at_desk(user)
    assert "收回该年度全部余额" in client.get(address()).content.decode()
    told = post(client, "lapse", 422, year="2026", document="收回1号")
    assert "须先结转或释放" in told and one.code in told
    assert "请写明文号" in post(client, "lapse", 422, year="2026")
    for free, why in (("-1", "不能小于0"), ("1.001", "最多两位小数"), ("x", "例如 1200.50")):
        said = {"line": one.pk, "to": two.pk, "document": "结转1号", "available": free}
        assert why in post(client, "carry", 422, **said)
    assert "超过可用指标" in post(
        client, "carry", 422, line=one.pk, to=two.pk, document="结转1号", available="8.01"
    )
    post(client, "carry", line=one.pk, to=two.pk, document="结转1号", available="3")
    assert budgets.state(two) == Figures(granted=500, available=300, reserved=200)
    post(client, "lapse", year="2026", document="收回1号")
    assert budgets.state(three) == Figures(granted=500, lapsed=500)
    assert "没有要结转或收回的预算项" in client.get(address()).content.decode()
    rows = BudgetLine.objects.unscoped("test").order_by("pk").values_list("code", "state")
    assert dict(rows)["2026-T-1"] == "carried"


def test_garbage_is_no_step(clock: Any) -> None:
    line(1000)
    user = someone()
    clock(JANUARY)
    client = at_desk(user)
    for body in ({}, {"do": "burn"}, {"do": "carry", "carry-line": "\0"}, {"do": ["close"]}):
        assert client.post(address(), body).status_code in (200, 422)
    assert not Period.objects.filter(closed_at__isnull=False).exists()


@pytest.mark.usefixtures("city")
def test_the_checker_of_the_finance_bureau_closes_the_books(clock: Any) -> None:
    """A post in a unit reaches what the unit's place does."""
    bureau = Unit.objects.get(name="襄阳市财政局")
    assert at_desk(someone("benefit_finance_checker", "", bureau)).get(address()).status_code == 200
    county = Unit.objects.get(name="樊城区财政局")
    shown = at_desk(someone("benefit_finance_checker", "", county)).get(address())
    assert shown.status_code == 200 and "市级财政统一办理" in shown.content.decode()
    maker = at_desk(someone("benefit_finance_maker", "", bureau))
    assert maker.get(address()).status_code in (403, 404)
