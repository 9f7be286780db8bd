"""After a year's notice was imported: open deadlines that rest on it are computed again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Q

from yishi.foundation.access.actors import SYSTEM
from yishi.foundation.calendars.calendar import Calendar
from yishi.foundation.cases.bulk import SIDE_BY_SIDE, uncollected
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.draft import Context
from yishi.foundation.cases.families import Contexts, Family
from yishi.foundation.cases.families.edges import links_of
from yishi.foundation.cases.lifecycle import lifecycle_of
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import Clock
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState

BLOCK = 500

_FAMILIES = """
SELECT coalesce(c.root_id, c.id) AS root, array_agg(c.id) FROM cases_case c
 WHERE c.id = ANY(%s) GROUP BY 1 ORDER BY 1
"""
#: Root and members of the families of which a member is concerned.
_RELATIVES = """
SELECT id FROM cases_case WHERE id = ANY(%(roots)s) AND EXISTS (
    SELECT 1 FROM cases_case m WHERE m.root_id = cases_case.id)
UNION ALL SELECT id FROM cases_case WHERE root_id = ANY(%(roots)s)
"""


@dataclass(frozen=True, slots=True)
class Recalculation:
    """How many open cases were looked at, and in how many a deadline moved."""

    seen: int
    moved: int


def recalculate_open(
    calendar: Calendar,
    now: datetime,
    *,
    since: date | None = None,
    tell: Callable[[int], None] = lambda seen: None,
) -> Recalculation:
    """Recompute the live clocks that are provisional, or due on or after *since*, under *calendar*.

    Each case gets a trace row with the deadlines before and after; where one of a member moved, its
    root is told in the same transaction. Blocks of whole families are their own transactions; what
    was recalculated already is not looked at twice.
    """
    wanted = Q(provisional=True)
    if since is not None:
        wanted |= Q(due_at__date__gte=since)
    live = Clock.objects.unscoped("a calendar concerns every open case").filter(
        wanted, stopped_at__isnull=True
    )
    ids = sorted(
        set(live.exclude(calendar_version=calendar.version).values_list("case", flat=True))
    )
    seen = moved = 0
    with uncollected():
        for size, found in _each(calendar, now, list(_blocks(ids))):
            seen, moved = seen + size, moved + found
            tell(seen)
    return Recalculation(len(ids), moved)


def _each(
    calendar: Calendar, now: datetime, blocks: Sequence[tuple[list[int], set[int]]]
) -> Iterator[tuple[int, int]]:
    """Recompute the blocks: the size of each, and in how many of its cases a deadline moved.

    Two at a time, each on its own connection, so that planning one goes on while another is
    stored; families lie in one block, so they never wait for each other. One after the other where
    the caller holds a transaction that another connection could not see.
    """
    if connection.in_atomic_block or len(blocks) == 1:
        for roots, block in blocks:
            with transaction.atomic():
                yield len(block), _recalculate(calendar, now, roots, block)
        return

    def run(one: tuple[list[int], set[int]]) -> tuple[int, int]:
        try:
            with transaction.atomic():
                return len(one[1]), _recalculate(calendar, now, *one)
        finally:
            connection.close()

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        yield from pool.map(run, blocks)


def _blocks(ids: Sequence[int]) -> Iterator[tuple[list[int], set[int]]]:
    """Roots with the concerned cases of their families, about ``BLOCK`` cases at a time."""
    with connection.cursor() as cursor:
        cursor.execute(_FAMILIES, [list(ids)])
        families = cursor.fetchall()
    roots: list[int] = []
    block: set[int] = set()
    for root, members in families:
        roots.append(root)
        block.update(members)
        if len(block) >= BLOCK:
            yield roots, block
            roots, block = [], set()
    if block:
        yield roots, block


def _recalculate(calendar: Calendar, now: datetime, roots: list[int], block: set[int]) -> int:
    """Recompute one block; returns in how many cases a deadline moved."""
    with connection.cursor() as cursor:
        cursor.execute(_RELATIVES, {"roots": roots})
        relatives = {row[0] for row in cursor.fetchall()}
    context = Context(calendar, None, None)
    states = load_states(block | relatives, lock=True)
    changes = {
        case.id: plan(lifecycle_of(case.system), case, "recalculate", SYSTEM, {}, now, context)
        for case in states
        if case.id in block and case.closed_at is None
    }
    moved = {key for key, one in changes.items() if b'"due_before"' in one.traces[0].body}
    commit([*changes.values(), *_told(states, changes, moved, now)])
    return len(moved)


def _told(
    states: Sequence[CaseState], changes: dict[int, Change], moved: set[int], now: datetime
) -> list[Change]:
    """What roots make of the deadlines of their members that moved."""
    families: dict[int, list[CaseState]] = {}
    for case in states:
        families.setdefault(case.root_id or case.id, []).append(case)
    concerned = {
        root: cases
        for root, cases in families.items()
        if len(cases) > 1 and any(case.root_id and case.id in moved for case in cases)
    }
    if not concerned:
        return []
    links = links_of([case.id for cases in concerned.values() for case in cases if case.root_id])
    told: list[Change] = []
    contexts = Contexts()
    for cases in concerned.values():
        ids = {case.id for case in cases}
        family = Family(cases, [link for link in links if link.after in ids], contexts)
        for case in cases:
            if case.id in changes:
                family.keep(changes[case.id], "recalculate")
        before = len(family.changes)
        family.settle(now)
        told += family.changes[before:]
    return told
