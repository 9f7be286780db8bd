"""Parents and children: parallel and sequence are counters and edges, nothing more.

A member waits for as many members as have an edge to it. When one ends, its successors' counters
go down in the same commit; who reaches zero may move.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from yishi.foundation.cases.models import Case, CaseEdge


class CycleError(ValueError):
    """The wanted order of members runs in a circle."""


def connect(root_id: int, edges: Iterable[tuple[int, int]]) -> None:
    """Store the order of a root's members: each pair is (before, after).

    Raises:
        CycleError: when the order runs in a circle, or an edge leaves the root's members.
    """
    wanted = set(edges)
    members = set(
        Case.objects.unscoped("the members of one root")
        .filter(root_id=root_id)
        .values_list("id", flat=True)
    )
    if any(before not in members or after not in members for before, after in wanted):
        raise CycleError("an edge leaves the members of the root")
    _refuse_cycles(wanted)
    CaseEdge.objects.bulk_create(
        [CaseEdge(before_id=before, after_id=after) for before, after in sorted(wanted)]
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cases_case c SET waiting_for = (SELECT count(*) FROM cases_caseedge e "
            "JOIN cases_case b ON b.id = e.before_id AND b.closed_at IS NULL "
            "WHERE e.after_id = c.id) WHERE c.root_id = %s",
            [root_id],
        )


def release_successors(case_id: int) -> list[int]:
    """Lower the counters of what waited for *case_id*, which has just ended; returns the ids that
    may start now. Call it in the transaction that ends the case (1 statement)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cases_case c SET waiting_for = waiting_for - 1 FROM cases_caseedge e "
            "WHERE e.before_id = %s AND c.id = e.after_id AND c.waiting_for > 0 "
            "RETURNING CASE WHEN c.waiting_for = 0 THEN c.id END",
            [case_id],
        )
        return sorted(row[0] for row in cursor.fetchall() if row[0] is not None)


def _refuse_cycles(edges: set[tuple[int, int]]) -> None:
    after_of: dict[int, set[int]] = {}
    waits: dict[int, int] = {}
    for before, after in edges:
        after_of.setdefault(before, set()).add(after)
        waits[after] = waits.get(after, 0) + 1
        waits.setdefault(before, 0)
    ready = [node for node, count in waits.items() if count == 0]
    done = 0
    while ready:
        node = ready.pop()
        done += 1
        for after in after_of.get(node, ()):
            waits[after] -= 1
            if waits[after] == 0:
                ready.append(after)
    if done != len(waits):
        raise CycleError("the order of members runs in a circle")
