"""A batch from the list to the account: confirmed, on notice, funded, ordered, booked, public."""

from __future__ import annotations

import pytest

from yishi.foundation.cases.models import Trace
from yishi.foundation.ledger import budgets
from yishi.systems.direct_benefits.models import Batch
from yishi.systems.direct_benefits.services import funding, listing, noticing, opening, paying
from yishi.systems.direct_benefits.tests import town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]


def opened(count: int = 3, fen: int = 10_000, **more: object) -> Batch:
    firms = town.enterprises(count)
    version = town.item(**more)  # type: ignore[arg-type]
    found = town.run([version])
    town.candidates(found, version, {one.pk: fen for one in firms})
    town.budget(version.content["budget"]["line"], 100_000_000)
    town.paying_account()
    return opening.open_batch(town.officer(), version.key, "2026", found.pk, town.at("2026-06-02"))


def test_money_reaches_the_account_without_an_application() -> None:
    batch = opened()
    assert (batch.counts, batch.kind, batch.state) == ({"listed": 3}, "first", "listed")
    done = listing.confirm(town.officer(), batch.number, None, town.at("2026-06-03"))
    assert (done.passed, done.held, done.struck) == (3, 0, 0)
    batch = noticing.post_notice(town.officer(), batch.number, town.at("2026-06-03", 11))
    assert batch.notice_until is not None
    assert f"{batch.notice_until:%Y-%m-%d}" == "2026-06-09"
    batch = funding.ask_funds(town.officer(), batch.number, town.at("2026-06-10"))
    assert batch.budget_line_id is not None
    assert budgets.state(batch.budget_line_id).reserved == 30_000
    made = paying.order_payment(town.maker(), batch.number, town.at("2026-06-10", 15))
    assert (made.new, made.order.total_fen) == (3, 30_000)
    assert budgets.state(batch.budget_line_id).committed == 30_000
    town.send(made.order, town.at("2026-06-10", 16))
    payouts = town.batch_payouts(batch)
    town.bank_says(town.booked(payouts), town.at("2026-06-11"))
    assert town.states(batch) == ["paid"] * 3
    assert budgets.state(batch.budget_line_id).paid == 30_000
    batch = paying.publish(town.officer(), batch.number, town.at("2026-06-12"))
    assert (batch.state, batch.counts, batch.totals) == ("published", {"done": 3}, {"done": 30_000})
    moves = Trace.objects.unscoped("the test").filter(case=payouts[0].case).order_by("seq")
    assert [row.move for row in moves] == [
        "receive",
        "confirm",
        "post",
        "ask_funds",
        "order",
        "booked",
        "publish",
    ]
