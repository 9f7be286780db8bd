"""A year's notice with 100,000 open items: how long until every deadline stands anew.

    python -m benchmarks.recalculation [CASES]

Half of the items stand alone, half in families of five, all accepted on 2026-11-23 with a promise
of thirty working days that ends in 2027, beyond the published calendar. Then a notice for 2027 is
imported and every open deadline is computed again: locked, planned, traced, told to its parent.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

from benchmarks.ground import ground, machine

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


def measure(count: int) -> tuple[float, float, Any]:
    """Seconds of making the cases and of computing them again, and what was found."""
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
    begun = time.perf_counter()
    found = recalculate_open(active_calendar(), now, since=date(2027, 1, 1))
    return made, time.perf_counter() - begun, found


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else CASES
    with ground():
        made, seconds, found = measure(wanted)
    print(machine())
    print(
        f"| {found.seen:,} open items computed again, {found.moved:,} moved (goal < 60 s) "
        f"| {seconds:.1f} s | made in {made:.0f} s |"
    )
