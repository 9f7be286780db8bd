"""What row-level security on cases would cost, and what it would stop. See docs/decisions/.

    python -m benchmarks.rls [CASES]     200,000 cases by default; prints a table

The same queries of the same actors run without and with policies on cases, assignments, clocks,
traces and reports. With them every request is a transaction whose first statement says for whom.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import psycopg

from benchmarks.ground import admin_url, ground, machine
from benchmarks.million import make

RUNS = 60
_CHILDREN = ("cases_clock", "cases_trace", "city_events_report")
_SCOPES = "string_to_array(current_setting('yishi.scopes', true), ',')"
_UNITS = "string_to_array(current_setting('yishi.units', true), ',')::bigint[]"
_EVERYTHING = "current_setting('yishi.everything', true) = 'on'"
_WITHIN = (
    f"managed_path = ANY ({_SCOPES}) OR managed_path LIKE ANY "
    f"(SELECT s || '/%' FROM unnest({_SCOPES}) s)"
)
_HELD = f"id IN (SELECT a.case_id FROM cases_assignment a WHERE a.unit_id = ANY ({_UNITS}))"


def policies() -> list[str]:
    """The second wall: cases by path or assignment, what hangs on them by the case."""
    rules = {
        "cases_case": f"{_EVERYTHING} OR {_WITHIN} OR {_HELD}",
        "cases_assignment": f"{_EVERYTHING} OR {_WITHIN} OR unit_id = ANY ({_UNITS})",
    }
    for table in _CHILDREN:
        rules[table] = f"{_EVERYTHING} OR EXISTS (SELECT FROM cases_case c WHERE c.id = case_id)"
    made = []
    for table, rule in rules.items():
        made.append(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        made.append(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        made.append(f"CREATE POLICY wall ON {table} USING ({rule})")
    return made


def acts(scope: str, unit: int) -> dict[str, tuple[dict[str, str], Callable[[], Any]]]:
    """What is measured: for whom (session variables) and the query as the application makes it."""
    from yishi.foundation.access.actors import Actor, ActorGrant
    from yishi.foundation.cases.load import load_states
    from yishi.foundation.cases.models import Case, Trace
    from yishi.foundation.cases.worklists import case_page, work_page

    wide = Actor("user", "user:1", "测试", (ActorGrant("acceptor", None, scope),), 1)
    narrow = Actor("user", "user:2", "测试", (ActorGrant("unit_officer", unit, ""),), 2)
    one = Case.objects.visible_to(wide).order_by("-pk").first()
    assert one is not None
    here = {"yishi.scopes": scope, "yishi.units": "", "yishi.everything": ""}
    held = {"yishi.scopes": "", "yishi.units": str(unit), "yishi.everything": ""}
    all_ = {"yishi.scopes": "", "yishi.units": "", "yishi.everything": "on"}

    def cases(actor: Actor) -> Any:
        return Case.objects.visible_to(actor)

    def rows(actor: Actor, **only: Any) -> Callable[[], Any]:
        return lambda: case_page(cases(actor).filter(**only), None)

    return {
        "list of cases, a county's officer": (here, rows(wide)),
        "list of cases, a unit's officer": (held, rows(narrow)),
        "search in subjects, a county's officer": (here, rows(wide, subject__contains="垃圾")),
        "count of open cases, a county's officer": (
            here,
            lambda: cases(wide).filter(closed_at=None).count(),
        ),
        "work list, a unit's officer": (held, lambda: work_page(narrow, "main", None)),
        "a case by number": (here, lambda: cases(wide).get(number=one.number)),
        "history of a case": (
            here,
            lambda: list(Trace.objects.visible_to(wide).filter(case_id=one.pk)),
        ),
        "a case with clocks and assignments, for a move": (
            all_,
            lambda: load_states(number=one.number),
        ),
    }


def said(who: dict[str, str]) -> None:
    """The statement that begins every request then."""
    from django.db import connection

    calls = ", ".join("set_config(%s, %s, true)" for _ in who)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {calls}", [word for pair in who.items() for word in pair])


def milliseconds(act: Callable[[], Any], who: dict[str, str] | None) -> float:
    """Median time of an act; with *who* in a transaction that says so first."""
    from django.db import transaction

    def once() -> float:
        begun = time.perf_counter()
        if who is None:
            act()
        else:
            with transaction.atomic():
                said(who)
                act()
        return (time.perf_counter() - begun) * 1000

    for _ in range(5):
        once()
    return statistics.median(once() for _ in range(RUNS))


def report_rate(offset: int, who: dict[str, str] | None) -> float:
    """Reports per second in one process."""
    from django.db import transaction
    from django.utils import timezone

    from benchmarks.engine import spots
    from yishi.foundation.access.actors import PUBLIC
    from yishi.systems.city_events.intake import report

    raws = spots(300, offset)
    begun = time.perf_counter()
    for raw in raws:
        if who is None:
            report(PUBLIC, raw, "rls", timezone.now())
        else:
            with transaction.atomic():
                said(who)
                report(PUBLIC, raw, "rls", timezone.now())
    return len(raws) / (time.perf_counter() - begun)


def forgotten(who: dict[str, str] | None) -> int:
    """How many cases a statement shows in which somebody forgot the scope."""
    from django.db import connection, transaction

    with transaction.atomic():
        if who is not None:
            said(who)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM cases_case")
            return int(cursor.fetchone()[0])


def measure(wanted: int) -> list[str]:
    """The whole comparison, as lines of a table."""
    from django.db import connection

    with ground() as server:
        many = make(wanted)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT unit_id FROM cases_assignment WHERE role = 'main' "
                "GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
            )
            unit = int(cursor.fetchone()[0])
        scope = "4206/420606"
        wanted_acts = acts(scope, unit)
        before = {name: milliseconds(act, None) for name, (_, act) in wanted_acts.items()}
        told = {name: milliseconds(act, who) for name, (who, act) in wanted_acts.items()}
        rates = [report_rate(10_000, None)]
        here = {"yishi.scopes": scope, "yishi.units": "", "yishi.everything": ""}
        seen = [forgotten(here)]
        with psycopg.connect(admin_url(server), autocommit=True) as admin:
            for statement in policies():
                admin.execute(statement.encode())
        after = {name: milliseconds(act, who) for name, (who, act) in wanted_acts.items()}
        rates.append(report_rate(20_000, {**here, "yishi.everything": "on"}))
        seen.append(forgotten(here))
        only = milliseconds(_ping, None)
    lines = [
        f"{machine()}; {many:,} cases",
        "",
        "| | without | saying for whom, no policies | with policies |",
        "|---|---:|---:|---:|",
    ]
    lines += [
        f"| {name} | {plain:.2f} ms | {told[name]:.2f} ms | {after[name]:.2f} ms |"
        for name, plain in before.items()
    ]
    lines.append(f"| reports per second, one process | {rates[0]:.0f} | | {rates[1]:.0f} |")
    lines.append(f"| cases that a forgotten scope shows | {seen[0]:,} | | {seen[1]:,} |")
    lines.append(f"| one statement that does nothing | {only:.2f} ms | | |")
    return lines


def _ping() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


if __name__ == "__main__":
    print("\n".join(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)))
