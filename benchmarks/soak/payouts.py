"""A batch of payouts is paid by workers that are killed at random points and started again.

``python -m benchmarks.soak.payouts --payouts 10000 --kills 200``

A worker looks what is next and does it: confirms in portions, posts the notice, asks for money,
orders, checks, sends, takes in what the bank says in portions (some comes back and is paid again),
publishes. Killed with SIGKILL it loses its transaction; some lose their connection in the database
instead. At the end everybody must have been paid exactly once, the ledger must sum to zero and the
budget never have been exceeded.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

#: Every so-maniest payout comes back from the bank once.
RETURNED = 25
FEN = 12_345
#: Kinds of transactions that a batch goes through.
STAGES = 9


@dataclass
class Outcome:
    """What a run came to; ``faults`` are empty when everything held."""

    payouts: int
    kills: int
    interrupted: int
    seconds: float
    transfers: int = 0
    faults: list[str] = field(default_factory=list)


def unpooled() -> None:
    """Use plain connections: the threads of a pool do not live on in a forked worker."""
    from django.db import connections

    one: Any = connections["default"]
    one.close()
    one.close_pool()
    one.settings_dict["OPTIONS"] = {
        key: value for key, value in one.settings_dict["OPTIONS"].items() if key != "pool"
    }


def prepare(payouts: int) -> str:
    """Enterprises, an item, a run, a budget of exactly what is claimed, an open batch."""
    from yishi.systems.direct_benefits.tests import street, town

    amounts = [FEN + n % 997 for n in range(payouts)]
    firms = town.enterprises(payouts)
    return street.opened(amounts, firms=firms, budget=sum(amounts), key="soak").number


def work(number: str, portion: int) -> None:
    """Do what is next until nothing is left to do."""
    while step(number, portion):
        pass


def stage(number: str) -> str:
    """What is to be done next, as `step` does it."""
    from yishi.systems.direct_benefits.models import Batch
    from yishi.systems.direct_benefits.payments.models import PaymentLine, PaymentOrder

    counts = Batch.objects.unscoped("the soak").get(number=number).counts
    for state in ("listed", "confirmed", "noticed", "funds_asked"):
        if counts.get(state):
            return state
    orders = PaymentOrder.objects.unscoped("the soak").filter(state__in=["draft", "checked"])
    order = orders.order_by("pk").values_list("state", flat=True).first()
    if order is not None:
        return str(order)
    if PaymentLine.objects.unscoped("the soak").filter(state="sent").exists():
        return "sent"
    return next((state for state in ("returned", "paid") if counts.get(state)), "")


def step(number: str, portion: int) -> bool:
    """The next transaction; False when the batch is public and nothing is left."""
    from yishi.systems.direct_benefits.models import Batch, Payout
    from yishi.systems.direct_benefits.services import funding, listing, noticing, paying
    from yishi.systems.direct_benefits.tests import street, town

    batch: Batch = Batch.objects.unscoped("the soak").get(number=number)
    counts = batch.counts
    if counts.get("listed"):
        rows = Payout.objects.unscoped("the soak").filter(batch=batch, state="listed")
        ids = list(rows.order_by("pk").values_list("pk", flat=True)[:portion])
        listing.confirm(town.officer(), number, ids, street.CONFIRMED)
    elif counts.get("confirmed"):
        noticing.post_notice(town.officer(), number, street.NOTICED)
    elif counts.get("noticed"):
        funding.ask_funds(town.officer(), number, street.ASKED)
    elif counts.get("funds_asked"):
        paying.order_payment(town.maker(), number, street.ASKED)
    elif _send() or _bank(portion):
        pass
    elif counts.get("returned"):
        paying.pay_again(town.maker(), number, None, town.at("2026-06-15"))
    elif counts.get("paid"):
        paying.publish(town.officer(), number, town.at("2026-06-18"))
    else:
        return False
    return True


def _send() -> bool:
    """Check and send the oldest order that waits for it."""
    from yishi.systems.direct_benefits.payments import orders, sending
    from yishi.systems.direct_benefits.payments.models import PaymentOrder
    from yishi.systems.direct_benefits.tests import town

    rows = PaymentOrder.objects.unscoped("the soak").filter(state__in=["draft", "checked"])
    order = rows.order_by("pk").first()
    if order is None:
        return False
    if order.state == "draft":
        orders.check(town.checker(), order.number, town.at("2026-06-16"))
    else:
        sending.send(town.maker(), order.number, town.at("2026-06-16", 11))
    return True


def _bank(portion: int) -> bool:
    """The bank says of some payments what became of them: first attempts come back at times."""
    from yishi.systems.direct_benefits.payments.models import PaymentLine
    from yishi.systems.direct_benefits.payments.values import BOOKED
    from yishi.systems.direct_benefits.payments.values import RETURNED as BACK
    from yishi.systems.direct_benefits.tests import town

    rows = PaymentLine.objects.unscoped("the soak").filter(state="sent").order_by("pk")
    lines = list(rows[:portion])
    if not lines:
        return False
    what = {
        int(line.about_id): BACK if line.attempt == 1 and not line.pk % RETURNED else BOOKED
        for line in lines
    }
    name = f"soak-{lines[0].pk}-{lines[-1].pk}"
    town.bank_says(what, town.at("2026-06-17"), name=name)
    return True


def soak(
    number: str,
    kills: int,
    seed: int,
    *,
    portion: int,
    longest: float,
    say: Callable[[str], None] = lambda line: None,
) -> int:
    """Kill workers *kills* times, each after at most *longest* seconds, then let one finish.
    Returns how many were killed before they were done."""
    rng, interrupted, spread = random.Random(seed), 0, Counter[str]()
    for n in range(kills):
        before = stage(number)
        pid = _start(number, portion)
        # A stage that had its share of kills is let pass, so that all stages have some.
        if spread[before] >= max(kills // STAGES, 1):
            before = _until_next(number, before, pid)
        time.sleep(rng.uniform(0, longest) * rng.choice((1, 1, 4)))
        if n % 5 == 4:
            _terminate()
        done, _status = os.waitpid(pid, os.WNOHANG)
        if not done:
            interrupted += 1
            spread[before] += 1
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        if n % 20 == 19:
            say(f"{n + 1} kills ({dict(spread)}): {_counts(number)}")
    pid = _start(number, portion)
    _done, status = os.waitpid(pid, 0)
    if status:
        raise RuntimeError(f"the last worker failed: {status}")
    return interrupted


def _until_next(number: str, before: str, pid: int) -> str:
    """Wait until the worker *pid* is at another stage (or ends); that stage."""
    from django.db import connections

    while (now := stage(number)) == before and not _ended(pid):
        connections.close_all()
        time.sleep(0.1)
    connections.close_all()
    return now


def _ended(pid: int) -> bool:
    """Whether a process has ended; it is not taken note of."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _start(number: str, portion: int) -> int:
    """A worker in a process of its own, with a connection of its own."""
    from django.db import connections

    connections.close_all()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        work(number, portion)
        code = 0
    except BaseException as error:
        print(f"worker: {type(error).__name__}: {error}", file=sys.stderr)
    finally:
        os._exit(code)


def _terminate() -> None:
    """Cut the workers off in the database: their transactions are gone, they see an error."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend'"
        )


def _counts(number: str) -> Any:
    from yishi.systems.direct_benefits.models import Batch

    return Batch.objects.unscoped("the soak").get(number=number).counts


def judge(number: str) -> list[str]:
    """What is wrong; nothing if everybody was paid once and the books are right."""
    from django.db.models import Count, Sum

    from yishi.foundation.ledger import budgets, verifying
    from yishi.foundation.ledger.models import Account
    from yishi.systems.direct_benefits.models import Batch, Payout
    from yishi.systems.direct_benefits.payments.models import PaymentLine

    faults: list[str] = []
    batch: Batch = Batch.objects.unscoped("the soak").get(number=number)
    payouts = Payout.objects.unscoped("the soak").filter(batch=batch)
    total = payouts.count()
    if payouts.filter(state="done").count() != total:
        faults.append(f"not all are done: {batch.counts}")
    lines = PaymentLine.objects.unscoped("the soak").filter(about_kind="payout")
    booked = lines.filter(state="booked").values("about_id").annotate(n=Count("pk"))
    if any(one["n"] != 1 for one in booked) or len(booked) != total:
        faults.append("somebody was paid twice or not at all")
    paid = lines.filter(state="booked").aggregate(fen=Sum("amount_fen"))["fen"]
    owed = payouts.aggregate(fen=Sum("claim_fen"))["fen"]
    if paid != owed:
        faults.append(f"paid {paid} fen of {owed}")
    assert batch.budget_line_id is not None
    figures = budgets.state(batch.budget_line_id)
    if (figures.paid, figures.available, figures.granted) != (owed, 0, owed):
        faults.append(f"the budget line is wrong: {figures}")
    sums = Account.objects.unscoped("the soak").aggregate(d=Sum("debits"), c=Sum("credits"))
    if sums["d"] != sums["c"]:
        faults.append("the ledger does not sum to zero")
    faults += verifying.verify().problems
    faults += _traces(batch.pk)
    return faults


def _traces(batch_id: int) -> list[str]:
    """Every case says once that it was booked (here the bank returns before it books)."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*) FROM (
                 SELECT p.id, count(*) FILTER (WHERE t.move = 'booked') AS n
                   FROM direct_benefits_payout p JOIN cases_trace t ON t.case_id = p.case_id
                  WHERE p.batch_id = %s GROUP BY p.id) x WHERE n <> 1""",
            [batch_id],
        )
        wrong = cursor.fetchone()[0]
    return [f"{wrong} traces do not say that it was paid once"] if wrong else []


def run(payouts: int, kills: int, seed: int, *, portion: int, longest: float,
        say: Callable[[str], None] = lambda line: None) -> Outcome:  # fmt: skip
    """Prepare, soak and judge on the database that Django is set up on."""
    from yishi.foundation.ledger.models import Transfer

    number = prepare(payouts)
    begun = time.monotonic()
    interrupted = soak(number, kills, seed, portion=portion, longest=longest, say=say)
    outcome = Outcome(payouts, kills, interrupted, time.monotonic() - begun)
    outcome.faults = judge(number)
    outcome.transfers = Transfer.objects.unscoped("the soak").count()
    return outcome


def main() -> None:
    """The big one, on a server of its own."""
    from benchmarks.ground import ground

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payouts", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--portion", type=int, default=250)
    parser.add_argument("--longest", type=float, default=2.0)
    asked = parser.parse_args()
    with ground():
        unpooled()
        outcome = run(
            asked.payouts,
            asked.kills,
            asked.seed,
            portion=asked.portion,
            longest=asked.longest,
            say=lambda line: print(line, flush=True),
        )
    print(outcome)
    sys.exit(1 if outcome.faults else 0)


if __name__ == "__main__":
    main()
