"""A year's notice with 100,000 open items: how long until every deadline stands anew.

    python -m benchmarks.recalculation [CASES]

Half of the items stand alone, half in families of five, all accepted on 2026-11-23 with a promise
of thirty working days that ends in 2027, beyond the published calendar. Then a notice for 2027 is
imported and every open deadline is computed again: locked, planned, traced, told to its parent and
to the body. On a machine with other work the processor's seconds say more than the clock's.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.ground import ground, machine
from yishi.runtime.postgres import Cluster

CASES = 100_000
BLOCK = 1_000
FAMILY = 5


def make(count: int) -> None:
    """Store *count* open items, in blocks."""
    from django.db import transaction

    from yishi.foundation.approvals.tests.support import CONTENT, DIVISION, at
    from yishi.foundation.cases import catalogue, lifecycle
    from yishi.foundation.cases.commit import commit
    from yishi.foundation.cases.tests import families

    lifecycle.LIFECYCLES[families.ROOT] = families.ROOTS
    lifecycle.LIFECYCLES[families.MEMBER] = families.MEMBERS
    now = at("2026-11-23 10:00")
    early = at("2020-01-01 00:00")
    catalogue.load(
        "approvals", CONTENT, effective_from=early, origin="file", actor_ref="bench", now=now
    )
    for start in range(0, count, BLOCK):
        with transaction.atomic():
            commit(list(_block(now, DIVISION, alone=start < count // 2)), quiet=True)


def _block(now: Any, division: str, *, alone: bool) -> Iterator[Any]:
    from yishi.foundation.access.actors import SYSTEM
    from yishi.foundation.approvals.context import registers
    from yishi.foundation.approvals.lifecycle import LIFECYCLE
    from yishi.foundation.approvals.starting import Wish, prepare
    from yishi.foundation.cases.families import Contexts, start
    from yishi.foundation.cases.load import reserve
    from yishi.foundation.cases.plan import plan
    from yishi.foundation.cases.tests.families import ROOT, ROOTS, blank

    found, contexts = registers(), Contexts()
    place = found.places.place_of_division(division)
    wish = Wish("thirty_days", unified=True)
    ids = reserve(BLOCK + BLOCK // FAMILY)
    while len(ids) >= FAMILY + 1:
        root_id, members = ids[0], ids[1 : FAMILY + 1]
        ids = ids[FAMILY + 1 :]
        wanted = [prepare(found, n, wish, place, now, key=str(n)) for n in members]
        if alone:
            for member in wanted:
                context = contexts(member.case)
                case, facts = member.case, member.facts
                yield plan(LIFECYCLE, case, "receive", SYSTEM, facts, now, context, trusted=True)
            continue
        root = blank(root_id, ROOT)
        opened = plan(ROOTS, root, "open", SYSTEM, {}, now, contexts(root), trusted=True)
        yield from start(opened, wanted, actor=SYSTEM, now=now, contexts=contexts)


def used(server: Cluster) -> tuple[float, float]:
    """Seconds of processor time: of this process, and of the database server's processes."""
    postmaster = int((server.data / "postmaster.pid").read_text().split()[0])
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        if postmaster in (int(fields[1]), int(path.parent.name)):
            ticks += sum(int(fields[n]) for n in (11, 12))
        if int(path.parent.name) == postmaster:
            ticks += sum(int(fields[n]) for n in (13, 14))  # of those that ended
    return time.process_time(), ticks / os.sysconf("SC_CLK_TCK")


def measure(server: Cluster, count: int) -> tuple[float, float, tuple[float, float], Any]:
    """Seconds of making the cases and of computing them again, processor time of this process and
    of the server meanwhile, and what was found."""
    from yishi.foundation.approvals.tests.support import at
    from yishi.foundation.calendars.active import active_calendar
    from yishi.foundation.calendars.services import import_year
    from yishi.foundation.cases.bulk import uncollected
    from yishi.foundation.cases.recalculation import recalculate_open

    begun = time.perf_counter()
    with uncollected():
        make(count)
    made = time.perf_counter() - begun
    now = at("2026-11-25 10:00")
    holidays = {date(2027, 1, 1): "元旦", date(2027, 1, 2): "元旦"}
    import_year(2027, holidays=holidays, makeup={date(2027, 1, 3): "元旦"}, source="测试", now=now)
    begun, before = time.perf_counter(), used(server)
    found = recalculate_open(active_calendar(), now, since=date(2027, 1, 1))
    seconds, after = time.perf_counter() - begun, used(server)
    return made, seconds, (after[0] - before[0], after[1] - before[1]), found


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else CASES
    with ground() as server:
        made, seconds, (own, its), found = measure(server, wanted)
    print(machine())
    print(
        "| open items computed again | moved | seconds (goal < 60) | processor: Python | database |"
    )
    print("|---:|---:|---:|---:|---:|")
    print(f"| {found.seen:,} | {found.moved:,} | {seconds:.1f} | {own:.1f} s | {its:.1f} s |")
    print(f"made in {made:.0f} s")
