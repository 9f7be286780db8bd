"""Finance works on its pages: orders, receipts, accounts, budgets, reconciliation; only finance."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from yishi.foundation.access.actors import Actor
from yishi.foundation.access.models import Grant, Installation, User
from yishi.foundation.ledger.models import BudgetLine
from yishi.foundation.places.models import Unit
from yishi.systems.direct_benefits.payments import orders, waiting
from yishi.systems.direct_benefits.payments.models import (
    PayeeAccount,
    PaymentOrder,
    ReceiptEntry,
)
from yishi.systems.direct_benefits.payments.roles import CHECKER, MAKER
from yishi.systems.direct_benefits.payments.tests import desk

_ids = itertools.count(1)


class Bureau:
    """Two officers of a finance unit with their browsers, and claims that wait."""

    def __init__(self, budget: BudgetLine) -> None:
        self.budget = budget
        self.unit = Unit.objects.order_by("pk")[0]
        self.maker, self.checker = self.officer(MAKER), self.officer(CHECKER)
        # Now, because pages ask the clock themselves.
        self.claims = [desk.request(budget, fen=120_000 + n) for n in range(3)]

    def officer(self, role: str) -> Client:
        user = User.objects.create_user(
            f"{role}{next(_ids)}", "right-password", display_name="钱模拟"
        )
        since = timezone.now() - timedelta(days=1)
        Grant.objects.create(user=user, role=role, unit=self.unit, scope="4206", valid_from=since)
        client = Client()
        client.force_login(user)
        return client

    def source(self) -> waiting.Source:
        def groups(actor: Actor, now: Any) -> list[waiting.Group]:
            total = sum(one.amount_fen for one in self.claims)
            return [waiting.Group("B1", "专精特新奖励（2026）", 3, total, now)]

        def order(actor: Actor, keys: Any, now: Any) -> Any:
            return orders.make(actor, self.claims, now)

        return waiting.Source("test", "测试", groups, order)


@pytest.fixture
def bureau(budget: BudgetLine, settings: Any) -> Any:
    settings.DEMO = True
    Installation.objects.get_or_create(kind=Installation.DEMO)
    before = dict(waiting.SOURCES)
    made = Bureau(budget)
    waiting.SOURCES.clear()
    waiting.register_source(made.source())
    yield made
    waiting.SOURCES.clear()
    waiting.SOURCES.update(before)


def page(client: Client, name: str, *args: Any, status: int = 200, query: str = "") -> str:
    answer = client.get(reverse(f"desk:payments:{name}", args=args) + query)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def post(client: Client, name: str, *args: Any, status: int = 302, **body: Any) -> Any:
    answer = client.post(reverse(f"desk:payments:{name}", args=args), body)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer


def made(bureau: Bureau) -> str:
    post(bureau.maker, "waiting", groups="test/B1")
    order = PaymentOrder.objects.unscoped("test").latest("pk")
    return order.number


def test_the_whole_loop_is_walked_by_two_people_and_a_made_up_bank(bureau: Bureau) -> None:
    assert "专精特新奖励（2026）" in page(bureau.maker, "waiting")
    number = made(bureau)
    assert number in page(bureau.maker, "orders")
    assert "复核通过" not in page(bureau.maker, "order", number)
    post(bureau.maker, "check", number, status=403)
    assert "复核通过" in page(bureau.checker, "order", number)
    post(bureau.checker, "check", number)
    file = post(bureau.checker, "file", number, status=200, form="xml")
    assert file["Content-Type"] == "application/xml"
    assert f"{number}.xml" in file["Content-Disposition"]
    assert "no-store" in file["Cache-Control"]
    assert "模拟银行应答" in page(bureau.checker, "order", number)
    post(bureau.checker, "bank", number)
    shown = page(bureau.maker, "order", number)
    assert "已清结" in shown
    books = page(bureau.checker, "reconciliation")
    assert "与账本差额：0.00" in books
    assert number in books
    receipts = page(bureau.maker, "receipts")
    assert f"{number}-S" in receipts
    budget = page(bureau.maker, "budgets")
    assert "惠企资金" in budget
    assert "3,600.03" in budget


def test_account_numbers_are_masked_on_every_page(bureau: Bureau) -> None:
    from yishi.systems.direct_benefits.payments.account_names import open_number

    number = made(bureau)
    account = PayeeAccount.objects.unscoped("test").first()
    assert account is not None
    plain = open_number(account)
    for html in (
        page(bureau.maker, "order", number),
        page(bureau.maker, "accounts", query="?state=verified"),
        page(bureau.maker, "account", account.pk),
    ):
        assert plain not in html
    answer = post(bureau.maker, "account-act", account.pk, "reveal", status=200, purpose="核对退票")
    assert plain in answer.content.decode()
    post(bureau.maker, "account-act", account.pk, "reveal", status=409, purpose="")


def test_a_draft_may_be_changed_or_cancelled_by_its_page(bureau: Bureau) -> None:
    number = made(bureau)
    order = PaymentOrder.objects.unscoped("test").get(number=number)
    line = orders.lines_in(order)[0]
    post(bureau.maker, "remove", number, line.pk)
    order.refresh_from_db()
    assert order.count == 2
    post(bureau.checker, "cancel", number, status=409, reason="")
    post(bureau.checker, "cancel", number, reason="付款账户选错")
    assert "已作废" in page(bureau.maker, "order", number)


def test_a_receipt_is_uploaded_and_garbage_is_refused_at_its_field(bureau: Bureau) -> None:
    number = made(bureau)
    post(bureau.checker, "check", number)
    content = post(bureau.checker, "file", number, status=200).content
    (_status, debit) = desk.answers(content, "bbb")
    upload = SimpleUploadedFile("camt.xml", debit, "text/xml")
    post(bureau.maker, "receipts", file=upload)
    post(bureau.maker, "receipts", file=SimpleUploadedFile("camt.xml", debit, "text/xml"))
    for data in (b"nothing", b"<a", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"):
        answer = post(bureau.maker, "receipts", status=400, file=SimpleUploadedFile("x.xml", data))
        assert "field-wrong" in answer.content.decode()
    post(bureau.maker, "receipts", status=400)
    assert "已清结" in page(bureau.maker, "order", number)


def test_what_nobody_could_place_is_resolved_by_the_checker(bureau: Bureau) -> None:
    from yishi.systems.direct_benefits.payments import receipts
    from yishi.systems.direct_benefits.payments.tests.test_receipts_are_taken_in import notice

    mine = desk.officer(CHECKER, 2, bureau.unit.pk)
    receipts.read(notice(("ZZ-1", 100, False)), "", mine, desk.NOW)
    entry = ReceiptEntry.objects.unscoped("test").get()
    assert "ZZ-1" in page(bureau.maker, "queue")
    assert "找不到对应的支付" in page(bureau.checker, "entry", entry.pk)
    post(bureau.maker, "entry", entry.pk, status=403, reason="不是我们的")
    post(bureau.checker, "entry", entry.pk, status=400, reason="")
    post(bureau.checker, "entry", entry.pk, status=400, reason="试试", end_to_end_id="none")
    post(bureau.checker, "entry", entry.pk, reason="不是本专户的款项")
    assert "ZZ-1" not in page(bureau.maker, "queue")


def test_accounts_are_verified_by_their_page(bureau: Bureau) -> None:
    firm = desk.firm("襄阳某某有限公司")
    held = desk.account(firm, "襄阳某某有限公司一分厂")
    assert "账户待核实" in page(bureau.maker, "accounts")
    post(bureau.checker, "account", held.pk, status=400)
    answer = post(bureau.checker, "account", held.pk, status=400, how="person", evidence="")
    assert "须凭证明材料" in answer.content.decode()
    post(bureau.maker, "account", held.pk, status=403, how="document", evidence="开户许可证")
    post(bureau.checker, "account", held.pk, how="document", evidence="开户许可证，档案17")
    held.refresh_from_db()
    assert held.state == PayeeAccount.VERIFIED
    post(bureau.maker, "account-act", held.pk, "hold", reason="企业来电")
    post(bureau.maker, "account-act", held.pk, "close", reason="不用了")
    post(bureau.maker, "account-act", held.pk, "other", status=404)


def test_a_file_of_small_amounts_is_taken_and_taken_again(bureau: Bureau) -> None:
    firm = desk.firm()
    waits = desk.account(firm, source="enterprise")
    post(bureau.maker, "account-act", waits.pk, "penny")
    first = post(bureau.maker, "penny-file", status=200)
    name = first["Content-Disposition"].partition("YZ")[2].partition(".xml")[0]
    again = post(bureau.maker, "penny-file", status=200, again=f"YZ{name}")
    assert again.content == first.content
    post(bureau.maker, "penny-file", status=409)
    assert "再次下载" in page(bureau.maker, "accounts")


def test_other_posts_have_no_such_pages_and_the_bank_answers_in_the_demo_only(
    bureau: Bureau, settings: Any
) -> None:
    stranger = bureau.officer("benefit_officer")
    number = made(bureau)
    for name in ("orders", "waiting", "budgets", "reconciliation", "receipts", "queue", "accounts"):
        page(stranger, name, status=403)
        assert Client().get(reverse(f"desk:payments:{name}")).status_code == 302
    page(stranger, "order", number, status=403)
    settings.DEMO = False
    post(bureau.checker, "bank", number, status=404)


def test_another_units_order_is_not_shown(bureau: Bureau) -> None:
    number = made(bureau)
    bureau.unit = Unit.objects.order_by("pk")[1]
    other = bureau.officer(CHECKER)
    page(other, "order", number, status=404)
    assert number not in page(other, "orders")
    for name in ("check", "cancel", "file"):
        post(other, name, number, status=404, reason="不该")
    assert number not in page(other, "reconciliation")
