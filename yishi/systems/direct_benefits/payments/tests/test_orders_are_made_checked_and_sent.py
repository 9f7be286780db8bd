"""One makes, another checks, nothing changes afterwards, and no claim is paid twice."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from yishi.foundation.ledger import budgets
from yishi.foundation.ledger.models import BudgetLine
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.payments import accounts, events, orders, sending
from yishi.systems.direct_benefits.payments.models import PayeeAccount, PaymentLine, PaymentOrder
from yishi.systems.direct_benefits.payments.roles import CHECKER, MAKER
from yishi.systems.direct_benefits.payments.tests import desk
from yishi.systems.direct_benefits.payments.tests.desk import CHECKS, MAKES, NOW, at


def lines(order: PaymentOrder) -> list[PaymentLine]:
    return list(PaymentLine.objects.unscoped("test").filter(order=order).order_by("position"))


def test_s9_a20_the_same_claims_again_make_no_new_payment(budget: BudgetLine) -> None:
    wanted = [desk.request(budget) for _ in range(3)]
    first = orders.make(MAKES, wanted, NOW)
    again = orders.make(MAKES, wanted, NOW)
    assert (first.new, again.new, again.order) == (3, 0, None)
    assert sorted(again.known) == sorted(one.key for one in wanted)
    assert PaymentOrder.objects.unscoped("test").count() == 1


def test_what_is_new_among_known_claims_is_ordered_alone(budget: BudgetLine) -> None:
    wanted = [desk.request(budget) for _ in range(3)]
    orders.make(MAKES, wanted[:2], NOW)
    made = orders.make(MAKES, wanted, NOW)
    assert made.order is not None
    assert (made.new, made.order.count, made.order.total_fen) == (1, 1, wanted[2].amount_fen)


def test_the_database_holds_one_living_line_for_a_claim(budget: BudgetLine) -> None:
    order = desk.draft(budget, 1)
    (line,) = lines(order)
    line.pk, line.position, line.end_to_end_id = None, 9, "other"
    with pytest.raises(IntegrityError), transaction.atomic():
        line.save(force_insert=True)


def test_s9_a10_nothing_is_ordered_before_the_day_after_the_notice(budget: BudgetLine) -> None:
    # Posted Wed 2026-04-29, five working days inclusive: ends 05-08 24:00.
    one = desk.request(budget, not_before=desk.day("2026-05-09"))
    with pytest.raises(FieldError) as early:
        orders.make(MAKES, [one], at("2026-05-08 23:59"))
    assert early.value.field == "not_before"
    assert orders.make(MAKES, [one], at("2026-05-09 00:00")).new == 1


def test_s9_a19_an_account_in_another_name_is_held_and_nothing_is_transferred(
    budget: BudgetLine,
) -> None:
    firm = desk.firm("襄阳某某有限公司")
    held = desk.account(firm, "襄阳某某有限公司一分厂")
    assert held.state == PayeeAccount.HELD
    assert accounts.usable(firm, NOW) == (None, "账户待核实：户名与登记名称不一致")
    wrong = replace(desk.request(budget), party_id=firm.pk, account_id=held.pk)
    right = desk.request(budget)
    made = orders.make(MAKES, [wrong, right], NOW)
    assert made.held == {wrong.key: "账户待核实：户名与登记名称不一致"}
    assert made.order is not None
    assert [line.key for line in lines(made.order)] == [right.key]


def test_the_maker_cannot_check_even_with_both_roles(budget: BudgetLine) -> None:
    both = replace(MAKES, grants=(*MAKES.grants, *desk.officer(CHECKER, 1).grants))
    made = orders.make(both, [desk.request(budget)], NOW)
    assert made.order is not None
    with pytest.raises(FieldError, match="制单人不能复核"):
        orders.check(both, made.order.number, NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        PaymentOrder.objects.unscoped("test").filter(pk=made.order.pk).update(
            state="checked", checked_by=both.ref, checked_at=NOW, content_hash="x"
        )


@pytest.mark.parametrize("role", [MAKER, CHECKER, "benefit_officer", "auditor"])
def test_each_role_does_its_own_part_only(budget: BudgetLine, role: str) -> None:
    somebody = desk.officer(role, 77)
    order = desk.draft(budget, 1)
    if role != MAKER:
        with pytest.raises(PermissionDenied):
            orders.make(somebody, [desk.request(budget)], NOW)
    if role != CHECKER:
        with pytest.raises(PermissionDenied):
            orders.check(somebody, order.number, NOW)
    if role not in (MAKER, CHECKER):
        with pytest.raises(PermissionDenied):
            sending.send(somebody, order.number, NOW)
        with pytest.raises(PermissionDenied):
            orders.cancel(somebody, order.number, "不该", NOW)


def test_another_units_order_is_not_there(budget: BudgetLine) -> None:
    from yishi.foundation.places.models import Unit

    units = list(Unit.objects.values_list("pk", flat=True)[:2])
    made = orders.make(desk.officer(MAKER, 3, units[0]), [desk.request(budget)], NOW)
    assert made.order is not None
    with pytest.raises(FieldError, match="没有这张拨付单"):
        orders.check(desk.officer(CHECKER, 4, units[1]), made.order.number, NOW)
    orders.check(desk.officer(CHECKER, 4, units[0]), made.order.number, NOW)


def test_nothing_of_a_checked_order_changes(budget: BudgetLine) -> None:
    order = desk.draft(budget)
    orders.check(CHECKS, order.number, NOW)
    line = lines(order)[0]
    rows = PaymentLine.objects.unscoped("test").filter(pk=line.pk)
    for change in ({"amount_fen": 1}, {"purpose": "别的"}, {"budget_line_id": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.delete()
    of_order = PaymentOrder.objects.unscoped("test").filter(pk=order.pk)
    for change in ({"total_fen": 1}, {"made_by": "x"}, {"state": "draft"}, {"content_hash": "y"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            of_order.update(**change)
    with pytest.raises(FieldError):
        orders.remove(MAKES, order.number, [line.pk], NOW)


def test_an_order_whose_lines_do_not_add_up_is_not_checked(budget: BudgetLine) -> None:
    order = desk.draft(budget)
    rows = PaymentOrder.objects.unscoped("test").filter(pk=order.pk)
    rows.update(total_fen=order.total_fen + 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        orders.check(CHECKS, order.number, NOW)


def test_a_line_leaves_a_draft_and_its_claim_may_be_ordered_again(budget: BudgetLine) -> None:
    told: list[str] = []
    events.register(lambda found: told.extend(f"{one.what} {one.reason}" for one in found))
    wanted = [desk.request(budget) for _ in range(2)]
    made = orders.make(MAKES, wanted, NOW)
    assert made.order is not None
    orders.remove(MAKES, made.order.number, [lines(made.order)[0].pk], NOW)
    assert told == ["rejected 已移出拨付单"]
    assert orders.make(MAKES, wanted, NOW).new == 1
    orders.remove(MAKES, made.order.number, [lines(made.order)[0].pk], NOW)
    made.order.refresh_from_db()
    assert made.order.state == PaymentOrder.CANCELLED
    events._listeners.pop()


def test_a_cancelled_orders_claims_may_be_ordered_again_and_a_sent_one_is_not_cancelled(
    budget: BudgetLine,
) -> None:
    wanted = [desk.request(budget)]
    made = orders.make(MAKES, wanted, NOW)
    assert made.order is not None
    orders.check(CHECKS, made.order.number, NOW)
    orders.cancel(CHECKS, made.order.number, "付款账户选错", NOW)
    again = orders.make(MAKES, wanted, NOW)
    assert again.order is not None
    assert lines(again.order)[0].attempt == 2
    orders.check(CHECKS, again.order.number, NOW)
    sending.send(CHECKS, again.order.number, NOW)
    with pytest.raises(FieldError, match="支付文件已发出"):
        orders.cancel(CHECKS, again.order.number, "太迟了", NOW)


def test_what_a_guard_stops_is_neither_checked_nor_sent(budget: BudgetLine) -> None:
    """S9-A17: the firm came onto a list after the order was made."""
    order = desk.draft(budget, 2)
    stopped: dict[str, str] = {}
    events.register_guard(lambda found: stopped)
    try:
        key = lines(order)[1].key
        stopped[key] = "列入严重失信主体名单"
        with pytest.raises(FieldError, match="第 2 笔：列入严重失信主体名单"):
            orders.check(CHECKS, order.number, NOW)
        stopped.clear()
        orders.check(CHECKS, order.number, NOW)
        stopped[key] = "列入严重失信主体名单"
        with pytest.raises(FieldError, match="严重失信"):
            sending.send(CHECKS, order.number, NOW)
    finally:
        events._guards.pop()


def test_an_account_that_changed_after_the_check_stops_the_file(budget: BudgetLine) -> None:
    order = desk.draft(budget, 1)
    orders.check(CHECKS, order.number, NOW)
    accounts.hold(CHECKS, lines(order)[0].account_id, "企业来电称账户有误", NOW)
    with pytest.raises(FieldError, match="企业来电称账户有误"):
        sending.send(CHECKS, order.number, NOW)


@pytest.mark.parametrize(("payer", "kind"), [("bank", "xml"), ("treasury", "xlsx")])
def test_the_file_is_the_same_whoever_takes_it_again(
    budget: BudgetLine, payer: str, kind: str
) -> None:
    """Killed between the mark and the file: the order is sent, and the file comes again."""
    order, content = desk.sent(budget, payer=payer)
    assert order.state == PaymentOrder.SENT
    assert desk.states(order) == "sent sent sent"
    again = sending.send(MAKES, order.number, at("2026-05-12 10:00"))
    assert (again.content, again.name) == (content, f"{order.number}.{kind}")


def test_killed_while_the_file_is_made_nothing_is_marked_and_the_file_comes_later(
    budget: BudgetLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = desk.draft(budget)
    orders.check(CHECKS, order.number, NOW)

    def dies(*args: object, **more: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr("yishi.foundation.audit.access_log.look", dies)
        with pytest.raises(SystemExit):
            sending.send(CHECKS, order.number, NOW)
    order.refresh_from_db()
    assert (order.state, order.file_sha256) == (PaymentOrder.CHECKED, "")
    assert desk.states(order) == "waiting waiting waiting"
    first = sending.send(CHECKS, order.number, NOW)
    assert sending.send(CHECKS, order.number, NOW) == first


def test_an_order_leaves_by_one_channel_only(budget: BudgetLine) -> None:
    order = desk.draft(budget, payer="treasury")
    orders.check(CHECKS, order.number, NOW)
    with pytest.raises(FieldError) as refused:
        sending.send(CHECKS, order.number, NOW, "xml")
    assert refused.value.field == "form"
    assert sending.send(CHECKS, order.number, NOW, "csv").media_type == "text/csv"


def test_an_unchecked_order_has_no_file(budget: BudgetLine) -> None:
    order = desk.draft(budget)
    with pytest.raises(FieldError, match="没有支付文件"):
        sending.send(CHECKS, order.number, NOW)


def test_an_order_of_many_lines_costs_a_fixed_number_of_statements(
    budget: BudgetLine, django_assert_max_num_queries: object
) -> None:
    wanted = [desk.request(budget) for _ in range(25)]
    with django_assert_max_num_queries(24):  # type: ignore[operator]
        made = orders.make(MAKES, wanted, NOW)
    assert made.new == 25


def test_amounts_and_repetitions_are_refused_by_name(budget: BudgetLine) -> None:
    one = desk.request(budget)
    for wrong, field in (
        ([], "requests"),
        ([one, one], "requests"),
        ([replace(one, amount_fen=0)], "amount_fen"),
        ([replace(one, shares={"city": 1})], "shares"),
    ):
        with pytest.raises(FieldError) as refused:
            orders.make(MAKES, wrong, NOW)
        assert refused.value.field == field
    with pytest.raises(FieldError) as refused:
        orders.make(MAKES, [one], NOW, payer="nobody")
    assert refused.value.field == "payer"
    assert budgets.state(budget).paid == 0
