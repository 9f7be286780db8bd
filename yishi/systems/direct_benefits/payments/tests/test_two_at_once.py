"""Two makers, two checkers, one file uploaded twice at the same moment: one of each."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from yishi.foundation.ledger import budgets
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.payments import orders, payers, receipts
from yishi.systems.direct_benefits.payments.models import PaymentLine, PaymentOrder, Receipt
from yishi.systems.direct_benefits.payments.roles import CHECKER, MAKER
from yishi.systems.direct_benefits.payments.tests import desk
from yishi.systems.direct_benefits.payments.tests.desk import NOW

pytestmark = pytest.mark.django_db(transaction=True)


def together(*verbs: Callable[[], Any]) -> list[Any]:
    """Run *verbs* at the same moment; what each returned, or the refusal."""
    gate, found = threading.Barrier(len(verbs)), [None] * len(verbs)

    def run(place: int) -> None:
        gate.wait()
        try:
            found[place] = verbs[place]()
        except FieldError as error:
            found[place] = error  # type: ignore[call-overload]
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(verbs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


@pytest.fixture
def paid_from(city: None) -> Any:
    payers.load(settings.CITY_DIR)
    return desk.line()


def test_two_makers_of_the_same_claims_make_one_line_for_each(paid_from: Any) -> None:
    wanted = [desk.request(paid_from) for _ in range(20)]
    first, second = desk.officer(MAKER, 1), desk.officer(MAKER, 3)
    found = together(
        lambda: orders.make(first, wanted, NOW),
        lambda: orders.make(second, list(reversed(wanted)), NOW),
    )
    assert sum(made.new for made in found) == 20
    assert PaymentLine.objects.unscoped("test").count() == 20
    for order in PaymentOrder.objects.unscoped("test"):
        assert order.count == PaymentLine.objects.unscoped("test").filter(order=order).count()


def test_of_two_checkers_one_checks_and_the_other_is_told(paid_from: Any) -> None:
    order = desk.draft(paid_from)
    found = together(
        lambda: orders.check(desk.officer(CHECKER, 2), order.number, NOW),
        lambda: orders.check(desk.officer(CHECKER, 4), order.number, NOW),
    )
    refused = [one for one in found if isinstance(one, FieldError)]
    assert len(refused) == 1
    assert "不能复核" in refused[0].message


def test_a_check_and_a_withdrawal_at_once_leave_one_truth(paid_from: Any) -> None:
    order = desk.draft(paid_from)
    together(
        lambda: orders.check(desk.CHECKS, order.number, NOW),
        lambda: orders.cancel(desk.MAKES, order.number, "做错了", NOW),
    )
    order.refresh_from_db()
    states = set(desk.states(order).split())
    assert (order.state, states) in (
        (PaymentOrder.CANCELLED, {"cancelled"}),
        (PaymentOrder.CHECKED, {"waiting"}),
    )


def test_one_receipt_uploaded_twice_at_once_is_booked_once(paid_from: Any) -> None:
    order, content = desk.sent(paid_from, 5)
    (_status, debit) = desk.answers(content, "bbbbb")
    found = together(*[lambda: receipts.read(debit, "", desk.CHECKS, NOW)] * 3)
    assert sorted(one.again for one in found) == [False, True, True]
    assert Receipt.objects.unscoped("test").count() == 1
    assert budgets.state(paid_from).paid == order.total_fen


def test_different_receipts_of_one_order_at_once_end_as_one_after_the_other(
    paid_from: Any,
) -> None:
    order, content = desk.sent(paid_from, 6)
    files = desk.answers(content, "brbrxb")
    found = together(*[(lambda one=one: receipts.read(one, "", desk.CHECKS, NOW)) for one in files])
    assert not any(one is None or isinstance(one, FieldError) for one in found)
    assert desk.states(order) == "booked returned booked returned rejected booked"
