"""Several connections post at once, some die: no deadlock, nothing lost or doubled."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

import pytest
from django.db import OperationalError, connection, connections, transaction

from yishi.foundation.ledger import budgets, periods, posting, settling, verifying
from yishi.foundation.ledger.budgets import Item
from yishi.foundation.ledger.errors import LedgerError
from yishi.foundation.ledger.models import Transfer
from yishi.foundation.ledger.posting import Entry, post
from yishi.foundation.ledger.tests.making import BY, account, at, balance, line

pytestmark = pytest.mark.django_db(transaction=True)
NOW = at()


def at_once(*acts: Callable[[], object]) -> list[BaseException]:
    """Run *acts* in threads of their own; what they raised."""
    raised: list[BaseException] = []
    together = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        try:
            together.wait(30)
            act()
        except BaseException as error:
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads)
    return raised


def _entry(draw: random.Random, accounts: list[int], key: str) -> Entry:
    debit, credit = draw.sample(accounts, 2)
    return Entry(debit, credit, draw.randint(1, 9), key)


def test_posting_between_the_same_accounts_in_all_directions_never_deadlocks() -> None:
    accounts = [account(f"a{i}", floor=None).pk for i in range(6)]

    def poster(seed: int) -> Callable[[], object]:
        def act() -> None:
            draw = random.Random(seed)
            for batch in range(25):
                entries = [
                    _entry(draw, accounts, f"{seed}:{batch}:{i}")
                    for i in range(draw.choice((1, 3, 60)))
                ]
                post(entries, NOW)

        return act

    assert at_once(*(poster(seed) for seed in range(4))) == []
    assert sum(map(balance, accounts)) == 0
    assert verifying.verify().problems == ()


def test_the_same_batch_from_several_is_posted_once() -> None:
    source, pot = account("s", floor=None), account("p")
    for many in (5, 300):
        entries = [Entry(source.pk, pot.pk, 7, f"{many}:{i}") for i in range(many)]
        found: list[posting.Posted] = []
        acts = [lambda e=entries, f=found: f.append(post(e, NOW)) for _ in range(4)]
        assert at_once(*acts) == []
        assert sorted((one.new, one.known) for one in found) == [(0, many)] * 3 + [(many, 0)]
    assert balance(pot) == 7 * 305


def test_money_for_one_is_not_given_to_two() -> None:
    one = line(1000)
    acts = [lambda i=i: budgets.reserve(one, [Item(f"P{i}", 300)], NOW) for i in range(6)]
    raised = at_once(*acts)
    assert len(raised) == 3
    assert all(isinstance(error, LedgerError) and error.code == "floor" for error in raised)
    assert budgets.state(one).available == 100


def test_steps_on_lines_of_several_counties_never_deadlock() -> None:
    lines = [
        line(1_000_000, f"L{i}", area=area, shares={"city": 60, "county": 40})
        for i, area in enumerate(("4206/420602", "4206/420606", "4206/420606", "4206/420602"))
    ]
    items = [Item(f"K{i}", 100) for i in range(40)]
    for i, one in enumerate(lines):
        said = [Item(f"{i}:{item.key}", item.amount) for item in items]
        budgets.reserve(one, said, NOW)
        budgets.commit(one, said, NOW)

    def payer(own: list[int]) -> Callable[[], object]:
        def act() -> None:
            for item in items:
                with transaction.atomic():
                    budgets.hold_lines(lines[i] for i in own)
                    for i in own:
                        budgets.pay(lines[i], [Item(f"{i}:{item.key}", item.amount)], NOW)

        return act

    assert at_once(payer([0, 1]), payer([2, 3])) == []
    assert sum(budgets.state(one).paid for one in lines) == 16_000
    assert sum(due.amount for due in settling.due(2026)) == 9_600
    assert verifying.verify().problems == ()


def test_over_budget_claims_of_two_batches_never_exceed_it() -> None:
    one = line(1000)
    got: list[dict[str, int]] = []

    def batch(name: str) -> Callable[[], object]:
        items = [Item(f"{name}{i}", 97 + i) for i in range(8)]
        return lambda: got.append(budgets.reserve_within(one, items, NOW))

    assert at_once(batch("a"), batch("b")) == []
    assert sum(sum(parts.values()) for parts in got) == 1000
    assert budgets.state(one).reserved == 1000


def test_closing_waits_for_who_is_posting_and_refuses_who_comes_later() -> None:
    source, pot = account("s", floor=None), account("p")
    later = at("2026-12-05 09:00")
    post([Entry(source.pk, pot.pk, 1, "first")], NOW)

    def many(name: str) -> None:
        for i in range(40):
            post([Entry(source.pk, pot.pk, 1, f"{name}:{i}")], NOW)

    raised = at_once(
        lambda: many("a"), lambda: many("b"), lambda: periods.close("2026-11", BY, later)
    )
    assert all(isinstance(e, LedgerError) and e.code == "period_closed" for e in raised)
    assert verifying.verify().problems == ()
    stored = Transfer.objects.unscoped("test").filter(period_id="2026-11").count()
    assert stored == balance(pot)


def test_a_connection_that_dies_in_the_middle_leaves_all_or_nothing() -> None:
    one = line(10_000_000)
    items = [Item(f"P{i}", 100 + i) for i in range(500)]
    draw = random.Random(7)

    def killer(pid: int, after: float) -> None:
        threading.Event().wait(after)
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])

    def attempt(step: Callable[..., object]) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                pid = cursor.fetchone()[0]
            hit = threading.Thread(target=_closing(killer), args=(pid, draw.uniform(0, 0.05)))
            hit.start()
            step(one, items, NOW)
        except OperationalError:
            pass
        finally:
            hit.join(30)
            connection.close()

    for step, name in ((budgets.reserve, "reserve"), (budgets.commit, "commit")):
        for _ in range(12):
            attempt(step)
            rows = Transfer.objects.unscoped("test").filter(key__startswith=f"{name}:")
            assert rows.count() in (0, 500)
            assert verifying.verify().problems == ()
        done = step(one, items, NOW)
        assert done.new + done.known == 500
    total = sum(item.amount for item in items)
    assert budgets.state(one).committed == total
    assert budgets.state(one).available == 10_000_000 - total


def _closing(act: Callable[..., None]) -> Callable[..., None]:
    def run(*args: object) -> None:
        try:
            act(*args)
        finally:
            connections.close_all()

    return run


def test_what_is_rolled_back_leaves_no_trace() -> None:
    source, pot = account("s", floor=None), account("p")
    with pytest.raises(RuntimeError), transaction.atomic():
        post([Entry(source.pk, pot.pk, 9, f"k{i}") for i in range(100)], NOW)
        raise RuntimeError("the caller changes its mind")
    assert balance(pot) == 0
    assert not Transfer.objects.unscoped("test").exists()
