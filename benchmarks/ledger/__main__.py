"""``python -m benchmarks.ledger``: how many transfers a second; writes RESULTS.md.

A server of its own with fsync on; every figure is the median of five batches of 20,000 transfers
after one that is not counted.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

from benchmarks.ground import machine, served
from benchmarks.results import say, write
from yishi.runtime.postgres import ROOT_HOMES

GOAL = 20_000


def measure() -> list[str]:
    """Every figure as a row of a table, and the check of the books afterwards."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from benchmarks.ledger import measured

    call_command("migrate", verbosity=0)
    now = timezone.now()
    found: dict[str, float] = {}
    for told, act in (
        ("COPY into a bare table (no key, no rule)", lambda: measured.bare(now, keyed=False)),
        ("COPY into a table with primary and unique key", lambda: measured.bare(now, keyed=True)),
        ("`post`, between two accounts", lambda: measured.between_two(now)),
        ("`post`, between any of 10,000 accounts", lambda: measured.among_many(now)),
        ("`post` of a batch that is there already", lambda: measured.repeated(now)),
        ("`budgets.pay` on a line that two levels share", lambda: measured.shared_payments(now)),
        ("`post`, two connections at once, 200 accounts", lambda: measured.two_at_once(now)),
        ("`post`, one transfer in one transaction", lambda: measured.one_by_one(now)),
    ):
        found[told] = act()
        say(f"{told}: {found[told]:,.0f}/s")
    bare = next(iter(found.values()))
    rows = ["| what | transfers a second | of a bare COPY |", "|---|---:|---:|"]
    rows += [f"| {told} | {rate:,.0f} | {rate / bare:.0%} |" for told, rate in found.items()]
    return [*rows, "", _checked()]


def _checked() -> str:
    from yishi.foundation.ledger import verifying

    begun = time.perf_counter()
    done = verifying.verify()
    took = time.perf_counter() - begun
    assert done.problems == (), done.problems
    return (
        f"`yishi ledger verify` over the {done.transfers:,} transfers and {done.accounts:,} "
        f"accounts of this run: {took:.1f} s, no difference. Goal: {GOAL:,} a second in "
        "batches on one connection."
    )


def main() -> None:
    """Measure on a throw-away server and write it down."""
    base = ROOT_HOMES if os.geteuid() == 0 else None
    if base is not None:
        base.mkdir(parents=True, exist_ok=True)
    where = machine()
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=base))
    folder.chmod(0o755)
    try:
        with served(folder):
            rows = measure()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    told = (
        "Rows a second by the wall, text built and sent by Python included; medians of five "
        "batches of 20,000 (of single ones: three times 300). In every `post` the database checks "
        "keys, units, floors, periods and closed accounts, and brings the balances along."
    )
    write("python -m benchmarks.ledger", where, told, [("Transfers", rows)])


if __name__ == "__main__":
    main()
