"""Receipts in any order and any number of times: one end, the ledger with it, and nobody twice."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied

from yishi.foundation.ledger import budgets
from yishi.foundation.ledger.models import BudgetLine
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.payments import (
    accounts,
    bank,
    events,
    orders,
    queue,
    receipts,
    sending,
)
from yishi.systems.direct_benefits.payments.models import (
    PayeeAccount,
    PaymentLine,
    PaymentOrder,
    Receipt,
    ReceiptEntry,
)
from yishi.systems.direct_benefits.payments.reconciling import reconcile
from yishi.systems.direct_benefits.payments.roles import CHECKER
from yishi.systems.direct_benefits.payments.tests import desk
from yishi.systems.direct_benefits.payments.tests.desk import CHECKS, MAKES, NOW
from yishi.systems.direct_benefits.payments.values import PaymentEvent


@pytest.fixture
def told() -> Iterator[list[tuple[str, str]]]:
    """What listeners heard: (what, about)."""
    heard: list[tuple[str, str]] = []

    def listener(found: object) -> None:
        heard.extend((one.what, one.about_id) for one in found)  # type: ignore[attr-defined]

    events.register(listener)
    yield heard
    events._listeners.remove(listener)


def line_of(order: PaymentOrder, position: int = 1) -> PaymentLine:
    return PaymentLine.objects.unscoped("test").get(order=order, position=position)


def test_booked_returned_and_rejected_reach_case_ledger_and_order(
    budget: BudgetLine, told: list[tuple[str, str]]
) -> None:
    order, content = desk.sent(budget, 3)
    desk.take(*desk.answers(content, "brx"))
    order.refresh_from_db()
    assert desk.states(order) == "booked returned rejected"
    assert order.state == PaymentOrder.SETTLED
    first, second, third = (line_of(order, n) for n in (1, 2, 3))
    assert sorted(told) == sorted(
        [
            ("rejected", third.about_id),
            ("booked", first.about_id),
            ("booked", second.about_id),
            ("returned", second.about_id),
        ]
    )
    assert desk.transfers() == {
        f"pay:{first.key}": 50_000,
        f"pay:{second.key}": 50_001,
        f"return:{second.key}": 50_001,
    }
    figures = budgets.state(budget)
    assert (figures.paid, figures.returned, figures.committed) == (50_000, 50_001, 50_002)
    found = reconcile(CHECKS)
    assert not found.differences
    assert [row.difference for row in found.rows] == [0]


def test_any_order_and_repetition_of_receipts_ends_the_same(budget: BudgetLine) -> None:
    draw = random.Random(7)
    seen = set()
    for _ in range(6):
        order, content = desk.sent(budget, 4)
        files = desk.answers(content, "brxb")
        mixed = files + draw.choices(files, k=3)
        draw.shuffle(mixed)
        desk.take(*mixed)
        amounts = sorted(desk.transfers().values())
        seen.add(desk.states(order))
        assert len(amounts) % 4 == 0  # three paid and one returned for each order
    assert seen == {"booked returned rejected booked"}
    assert not reconcile(CHECKS).differences
    assert not ReceiptEntry.objects.unscoped("test").filter(outcome=ReceiptEntry.QUEUED).exists()
    assert budgets.state(budget).paid == 6 * (50_000 + 50_003)


def test_a_return_before_its_booking_posts_both_and_the_booking_later_nothing(
    budget: BudgetLine, told: list[tuple[str, str]]
) -> None:
    order, content = desk.sent(budget, 1)
    _status, debit, back = desk.answers(content, "r")
    desk.take(back)
    assert [what for what, _about in told] == ["booked", "returned"]
    before = desk.transfers()
    desk.take(debit)
    assert len(told) == 2
    assert desk.transfers() == before
    line = line_of(order)
    assert line.state == PaymentLine.RETURNED
    assert line.booked_on is not None


def test_the_same_file_again_changes_nothing(budget: BudgetLine) -> None:
    _order, content = desk.sent(budget, 2)
    (status, debit) = desk.answers(content, "bb")
    first = receipts.read(debit, "", CHECKS, NOW)
    again = receipts.read(debit, "", CHECKS, NOW)
    assert (first.again, again.again) == (False, True)
    assert first.receipt.pk == again.receipt.pk
    assert ReceiptEntry.objects.unscoped("test").count() == 2
    assert status


def test_the_same_message_id_with_another_content_is_refused(budget: BudgetLine) -> None:
    _order, content = desk.sent(budget, 2)
    (_status, debit) = desk.answers(content, "bb")
    receipts.read(debit, "", CHECKS, NOW)
    with pytest.raises(FieldError, match="内容不同") as refused:
        receipts.read(debit.replace(b"500.00", b"500.01"), "", CHECKS, NOW)
    assert refused.value.field == "file"
    assert Receipt.objects.unscoped("test").count() == 1


def test_s9_case_14_no_second_payment_until_the_return_is_booked_then_from_another_account(
    budget: BudgetLine,
) -> None:
    firm = desk.firm()
    one = desk.request(budget, firm)
    made = orders.make(MAKES, [one], NOW)
    assert made.order is not None
    orders.check(CHECKS, made.order.number, NOW)
    content = sending.send(CHECKS, made.order.number, NOW).content
    _status, debit, back = desk.answers(content, "r")
    desk.take(debit)
    assert orders.make(MAKES, [one], NOW).known == [one.key]
    desk.take(back)
    # The account was closed at the bank, so it waits for somebody; nothing is paid to it again.
    assert accounts.usable(firm, NOW) == (None, "账户待核实：银行退回，账户已销户")
    assert orders.make(MAKES, [one], NOW).held == {one.key: "账户待核实：银行退回，账户已销户"}
    other = desk.account(firm)
    assert other.state == PayeeAccount.NEW, "a changed account is verified by a second person"
    accounts.verify(CHECKS, other.pk, "person", "电话核对", NOW)
    again = orders.make(MAKES, [replace(one, account_id=other.pk)], NOW)
    assert again.order is not None
    orders.check(CHECKS, again.order.number, NOW)
    content = sending.send(CHECKS, again.order.number, NOW).content
    desk.take(*desk.answers(content, "b"))
    figures = budgets.state(budget)
    assert (figures.paid, figures.returned, figures.committed) == (one.amount_fen, 0, 0)
    assert [line.state for line in orders.history("payout", one.about_id)] == ["returned", "booked"]
    assert not reconcile(CHECKS).differences


def test_a_second_return_and_a_third_payment_keep_the_books_right(budget: BudgetLine) -> None:
    firm = desk.firm()
    one = desk.request(budget, firm)
    for fate in "rrb":
        used = accounts.usable(firm, NOW)[0]
        if used is None:
            used = accounts.verify(CHECKS, desk.account(firm).pk, "person", "电话核对", NOW)
        made = orders.make(MAKES, [replace(one, account_id=used.pk)], NOW)
        assert made.order is not None
        orders.check(CHECKS, made.order.number, NOW)
        content = sending.send(CHECKS, made.order.number, NOW).content
        desk.take(*desk.answers(content, fate))
        assert not reconcile(CHECKS).differences
    figures = budgets.state(budget)
    assert (figures.paid, figures.returned) == (one.amount_fen, 0)


def test_a_rejected_claim_is_ordered_again_from_what_is_committed(budget: BudgetLine) -> None:
    one = desk.request(budget)
    for fate in "xb":
        made = orders.make(MAKES, [one], NOW)
        assert made.order is not None
        orders.check(CHECKS, made.order.number, NOW)
        content = sending.send(CHECKS, made.order.number, NOW).content
        desk.take(*desk.answers(content, fate))
    figures = budgets.state(budget)
    assert (figures.paid, figures.committed, figures.returned) == (one.amount_fen, 0, 0)
    assert not reconcile(CHECKS).differences


def notice(*rows: tuple[str, int, bool], number: str = "N-1") -> bytes:
    """A notification about any payments: (end-to-end id, fen, whether it came back)."""
    content = b""
    for end_to_end, fen, back in rows:
        asked = bank.Asked(end_to_end, fen)
        told_ = [(asked, "", "AC04" if back else "", "")]
        content = bank.notification(number, told_, NOW.date(), NOW, credit=back)
    return content


def test_an_unknown_payment_waits_for_a_person_once_whatever_repeats_it(
    budget: BudgetLine,
) -> None:
    desk.take(notice(("ZZ-1", 100, False)), notice(("ZZ-1", 100, False), number="N-2"))
    (entry,) = queue.waiting(CHECKS)
    assert (entry.problem, entry.end_to_end_id) == (ReceiptEntry.UNKNOWN, "ZZ-1")
    with pytest.raises(PermissionDenied):
        queue.dismiss(MAKES, entry.pk, "不是我们的", NOW)
    queue.dismiss(CHECKS, entry.pk, "不是本专户的款项，已告知银行", NOW)
    assert not queue.waiting(CHECKS).exists()
    desk.take(notice(("ZZ-1", 100, False), number="N-3"))
    assert not queue.waiting(CHECKS).exists()
    with pytest.raises(FieldError):
        queue.dismiss(CHECKS, entry.pk, "再来一次", NOW)


def test_a_person_says_which_payment_an_unknown_entry_was(
    budget: BudgetLine, told: list[tuple[str, str]]
) -> None:
    order, _content = desk.sent(budget, 2)
    first = line_of(order)
    desk.take(notice(("TYPO", first.amount_fen, False)))
    (entry,) = queue.waiting(CHECKS)
    with pytest.raises(FieldError, match="金额"):
        queue.assign(CHECKS, entry.pk, line_of(order, 2).end_to_end_id, "看错", NOW)
    with pytest.raises(FieldError, match="没有这个支付流水号"):
        queue.assign(CHECKS, entry.pk, "nobody", "看错", NOW)
    queue.assign(CHECKS, entry.pk, first.end_to_end_id, "银行抄错流水号", NOW)
    first.refresh_from_db()
    assert first.state == PaymentLine.BOOKED
    assert told == [("booked", first.about_id)]
    assert desk.transfers() == {f"pay:{first.key}": first.amount_fen}
    assert not reconcile(CHECKS).differences


def test_another_amount_is_a_persons_matter_and_moves_nothing(budget: BudgetLine) -> None:
    order, _content = desk.sent(budget, 1)
    line = line_of(order)
    desk.take(notice((line.end_to_end_id, line.amount_fen - 1, False)))
    (entry,) = queue.waiting(CHECKS)
    assert entry.problem == ReceiptEntry.AMOUNT
    assert desk.states(order) == "sent"
    assert desk.transfers() == {}


def test_rejected_and_booked_end_booked_whichever_came_first_and_a_person_is_told(
    budget: BudgetLine,
) -> None:
    for first_booked in (True, False):
        order, content = desk.sent(budget, 1)
        line = line_of(order)
        rejection = desk.answers(content, "x")[0]
        booking = notice((line.end_to_end_id, line.amount_fen, False), number=order.number)
        desk.take(*((booking, rejection) if first_booked else (rejection, booking)))
        assert desk.states(order) == "booked"
    assert [one.problem for one in queue.waiting(CHECKS)] == [ReceiptEntry.CONTRADICTION] * 2
    assert not reconcile(CHECKS).differences


def test_a_rejected_payment_booked_after_it_was_paid_again_is_no_third_truth(
    budget: BudgetLine,
) -> None:
    one = desk.request(budget)
    numbers = []
    for fate in "xb":
        made = orders.make(MAKES, [one], NOW)
        assert made.order is not None
        numbers.append(made.order)
        orders.check(CHECKS, made.order.number, NOW)
        content = sending.send(CHECKS, made.order.number, NOW).content
        desk.take(*desk.answers(content, fate))
    late = line_of(numbers[0])
    desk.take(notice((late.end_to_end_id, late.amount_fen, False)))
    (entry,) = queue.waiting(CHECKS)
    assert entry.problem == ReceiptEntry.DOUBLE
    assert budgets.state(budget).paid == one.amount_fen
    assert not reconcile(CHECKS).differences


def test_a_payment_of_a_draft_or_cancelled_order_cannot_have_been_booked(
    budget: BudgetLine,
) -> None:
    order = desk.draft(budget, 1)
    line = line_of(order)
    desk.take(notice((line.end_to_end_id, line.amount_fen, False)))
    assert [one.problem for one in queue.waiting(CHECKS)] == [ReceiptEntry.UNKNOWN]
    orders.cancel(CHECKS, order.number, "做错了", NOW)
    desk.take(notice((line.end_to_end_id, line.amount_fen, False), number="N-2"))
    problems = [one.problem for one in queue.waiting(CHECKS)]
    assert problems == [ReceiptEntry.UNKNOWN, ReceiptEntry.CONTRADICTION]
    assert desk.transfers() == {}


def test_a_status_for_the_whole_order_is_one_for_each_line(budget: BudgetLine) -> None:
    order, _content = desk.sent(budget, 3)
    report = (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>'
        "<GrpHdr><MsgId>G-{0}</MsgId><CreDtTm>2026-05-11T10:00:00+08:00</CreDtTm></GrpHdr>"
        "<OrgnlGrpInfAndSts><OrgnlMsgId>{1}</OrgnlMsgId><OrgnlNbOfTxs>{2}</OrgnlNbOfTxs>"
        "<GrpSts>{3}</GrpSts></OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>"
    )
    desk.take(report.format(1, order.number, 2, "ACSC").encode())
    assert [one.problem for one in queue.waiting(CHECKS)] == [ReceiptEntry.UNKNOWN]
    desk.take(report.format(2, order.number, 3, "ACSC").encode())
    assert desk.states(order) == "booked booked booked"


def test_the_treasurys_tables_are_answered_the_same_way(budget: BudgetLine) -> None:
    order, content = desk.sent(budget, 3, payer="treasury")
    desk.take(*desk.answers(content, "brx"))
    assert desk.states(order) == "booked returned rejected"
    assert not reconcile(CHECKS).differences


def test_what_a_listener_refuses_undoes_the_whole_file(budget: BudgetLine) -> None:
    order, content = desk.sent(budget, 2)

    def refuses(found: object) -> None:
        raise RuntimeError("the case cannot move")

    events.register(refuses)
    try:
        with pytest.raises(RuntimeError):
            desk.take(desk.answers(content, "bb")[1])
    finally:
        events._listeners.remove(refuses)
    assert desk.states(order) == "sent sent"
    assert desk.transfers() == {}
    assert not Receipt.objects.unscoped("test").exists()
    desk.take(desk.answers(content, "bb")[1])
    assert desk.states(order) == "booked booked"


def test_only_finance_takes_in_receipts(budget: BudgetLine) -> None:
    with pytest.raises(PermissionDenied):
        receipts.read(notice(("X", 1, False)), "", desk.officer("benefit_officer", 5), NOW)


def test_many_receipts_cost_a_fixed_number_of_statements(
    budget: BudgetLine, django_assert_max_num_queries: object
) -> None:
    _order, content = desk.sent(budget, 30)
    (_status, debit) = desk.answers(content, "b" * 30)
    with django_assert_max_num_queries(40):  # type: ignore[operator]
        receipts.read(debit, "", CHECKS, NOW)


def test_an_event_names_the_case_the_reason_and_the_banks_day(budget: BudgetLine) -> None:
    heard: list[PaymentEvent] = []
    events.register(heard.extend)
    try:
        _order, content = desk.sent(budget, 1)
        desk.take(*desk.answers(content, "r"))
    finally:
        events._listeners.remove(heard.extend)
    assert [(one.what, one.about_kind) for one in heard] == [
        ("booked", "payout"),
        ("returned", "payout"),
    ]
    assert heard[-1].reason == "账户已销户（模拟银行）"
    assert heard[-1].on == NOW.date()
    assert heard[-1].line.state == PaymentLine.RETURNED


def test_nobodys_upload_moves_another_units_payment(budget: BudgetLine) -> None:
    from yishi.foundation.places.models import Unit

    own, other = Unit.objects.order_by("pk").values_list("pk", flat=True)[:2]
    makes, checks = desk.officer("benefit_finance_maker", 11, own), desk.officer(CHECKER, 12, own)
    made = orders.make(makes, [desk.request(budget)], NOW)
    assert made.order is not None
    orders.check(checks, made.order.number, NOW)
    content = sending.send(checks, made.order.number, NOW).content
    (_status, debit) = desk.answers(content, "b")
    stranger = desk.officer(CHECKER, 13, other)
    receipts.read(debit, "", stranger, NOW)
    assert desk.states(made.order) == "sent"
    assert [one.problem for one in queue.waiting(stranger)] == [ReceiptEntry.UNKNOWN]
    assert not queue.waiting(checks).exists()
    assert not receipts.read(debit, "", checks, NOW).again
    assert desk.states(made.order) == "booked"
