"""Every list, search and case page with a million cases, for every account: p95 and statements.

    python -m benchmarks.pages [VISITS] [KIND …] [ACCOUNT …]     12 visits by default; prints a
                                                                 table

The pages are made in this process, as the web process makes them; what the web server and the
network add is not in it. A page is visited once before, so that what is loaded once is loaded.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

VISITS = 12
#: What p95 has to stay below, in milliseconds.
GOAL = 100
LEDGER = Path(__file__).parent.parent / "tests" / "statements.json"
#: Words as people type them: two characters (frequent, rare, and none), one, more, a digit, Latin.
TWO = ("垃圾", "路灯", "井盖", "占道", "小学", "樊城", "污水", "熊猫")
OTHER = ("树", "生活垃圾", "人民广场", "非机动车", "12", "KTV")
#: What the ledger of statements calls an account's role.
LEDGER_NAMES = {"officer": "unit_officer", "enforcement": "unit_officer", "leader": "duty_leader"}
_NARROWED = (
    "state=closed",
    "state=assigned",
    "state=returned",
    "stage=accepting",
    "late=running",
    "late=soon",
    "late=fact",
    "type=event/01/10",
    "path=4206/420606",
    "figure=due",
    "figure=late",
    "state=assigned&late=running&type=event/01/10",
    "q=垃圾&late=running",
)
#: Figures of periods and the screen: what p95 has to stay below, in milliseconds.
FIGURES, GOAL_OF_FIGURES = (
    ("assessment", "screen", "scenarios", "bulletin", "hot issues", "definitions of figures"),
    300,
)
_FRAME = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT", "ROLLBACK")


@dataclass(slots=True)
class Group:
    """One kind of page for one account: times in milliseconds, most statements of a visit."""

    times: list[float] = field(default_factory=list)
    statements: int = 0
    best: dict[str, float] = field(default_factory=dict)

    def take(self, address: str, milliseconds: float) -> None:
        """Add a visit."""
        self.times.append(milliseconds)
        self.best[address] = min(milliseconds, self.best.get(address, milliseconds))

    @property
    def hardest(self) -> tuple[float, str]:
        """The address whose quickest visit took longest: what no busy machine explains."""
        return max((taken, address) for address, taken in self.best.items())

    @property
    def p95(self) -> float:
        """The time that one visit in twenty takes longer than."""
        return sorted(self.times)[min(len(self.times) - 1, int(len(self.times) * 0.95))]


Found = dict[str, dict[str, Group]]


def addresses(name: str) -> dict[str, list[str]]:
    """The addresses by kind of page that the account *name* is shown."""
    from yishi.foundation.access.models import User
    from yishi.foundation.cases.models import Case
    from yishi.foundation.cases.worklists import duties_of

    actor = User.objects.get(username=name).actor()
    duties = [f"/desk/work/{duty}/" for duty in duties_of(actor)]
    cases = Case.objects.visible_to(actor).order_by("-pk")
    numbers = [case.number for case in cases[:2000:250]]
    days = sorted({str(case.received_on) for case in cases[:20000:2500]})
    older = [str(case.pk) for case in cases[100:20000:5000]]
    found = {
        "home": ["/desk/"],
        "work list": [d + q for d in duties for q in ("", "?late=running", "?type=event/01/10")],
        "work list, searched": [f"{d}?q={word}" for d in duties for word in TWO[:4]],
        "case list": ["/desk/cases/", *(f"/desk/cases/?after={pk}" for pk in older)],
        "case list, narrowed": [f"/desk/cases/?{query}" for query in _NARROWED]
        + [f"/desk/cases/?since={day}&until={day}" for day in days],
        "search, two characters": [f"/desk/cases/?q={word}" for word in TWO],
        "search, other words": [f"/desk/cases/?q={word}" for word in OTHER],
        "search, number": [f"/desk/cases/?q={one[:cut]}" for one in numbers for cut in (20, 14)],
        "case": [f"/desk/cases/{number}/" for number in numbers],
        "messages": ["/desk/inbox/", "/desk/inbox/outside/"],
        "supervision cards": [f"/desk/supervision/?days={days}" for days in (7, 30, 90, 365)],
        "call-backs": ["/desk/hotline/call-backs/"],
        "files taken in": ["/desk/intake/"],
        "exports": ["/desk/exports/"],
        "export, asked for": ["/desk/cases/export/?q=垃圾", "/desk/cases/export/"],
        "partners": ["/desk/partners/"],
        "assessment": [f"/desk/assessment/?by={by}" for by in ("unit", "county", "month")],
        "assessment, cases behind": [
            f"/desk/assessment/cases/?figure={figure}" for figure in ("received", "due", "reworked")
        ],
        "assessment, call-backs behind": ["/desk/assessment/call-backs/?figure=tickets"],
        "screen": ["/screen/", "/screen/?days=7", "/screen/?days=30", "/screen/?path=4206/420606"],
        "scenarios": ["/desk/scenarios/", "/desk/scenarios/event/01/", "/desk/scenarios/event/97/"],
        "hot issues": ["/desk/hot/", "/desk/hot/?days=30"],
        "bulletin": ["/desk/assessment/report/?kind=month", "/desk/assessment/report/?kind=week"],
        "definitions of figures": ["/desk/kpis/"],
        "accounts": ["/desk/accounts/", "/desk/units/", "/desk/programs/", "/desk/shifts/"],
    }
    return {kind: list(dict.fromkeys(urls)) for kind, urls in found.items() if urls}


def program_addresses() -> dict[str, list[str]]:
    """What a program asks for with its key."""
    return {
        "API, cases": [
            "/api/v1/cases",
            "/api/v1/cases?state=assigned",
            "/api/v1/cases?type=event/01/10",
        ],
        "Open311, requests": [
            "/open311/requests.json?page_size=50",
            "/open311/servicerequestupdates.json?page_size=50",
        ],
    }


def accounts() -> list[str]:
    """The demo's accounts."""
    from django.conf import settings

    from yishi.runtime import demo

    return [name for name, _, _ in demo.accounts(settings.CITY_DIR)]


def signed_in(name: str) -> Any:
    """A browser of that account."""
    from django.test import Client

    from yishi.foundation.access.models import User

    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(username=name))
    return client


def program() -> Any:
    """A program whose key is good for the whole city."""
    from django.test import Client
    from django.utils import timezone

    from yishi.foundation.access.actors import ActorGrant
    from yishi.foundation.access.keys import issue_key
    from yishi.foundation.access.models import ApiClient

    ApiClient.objects.filter(name="benchmark-pages").delete()
    grants = [ActorGrant(role, None, "4206") for role in ("acceptor", "dispatcher")]
    key = issue_key("benchmark-pages", "benchmark", grants, timezone.now())
    return Client(SERVER_NAME="localhost", headers={"X-API-Key": key})


def visit(group: Group, client: Any, url: str, visits: int) -> bool:
    """Visit *url* so often; whether the account is shown it."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    if client.get(url).status_code != 200:
        return False
    with CaptureQueriesContext(connection) as queries:
        client.get(url)
    plain = [q for q in queries.captured_queries if not q["sql"].startswith(_FRAME)]
    group.statements = max(group.statements, len(plain))
    for _ in range(visits):
        begun = time.perf_counter()
        client.get(url)
        group.take(url, (time.perf_counter() - begun) * 1000)
    return True


def measure(visits: int, tell: Callable[[str], None], only: Sequence[str] = ()) -> Found:
    """All pages of all accounts (or of some kinds *only*), by kind and account."""
    from django.conf import settings

    settings.DEMO = True
    found: Found = defaultdict(dict)
    some = {*accounts(), "program"} & set(only)
    only = [kind for kind in only if kind not in some]
    people: Iterable[tuple[str, Any]] = [(name, signed_in(name)) for name in accounts()]
    for name, client in (*people, ("program", program())):
        if some and name not in some:
            continue
        kinds = program_addresses() if name == "program" else addresses(name)
        for kind, urls in kinds.items():
            if only and kind not in only:
                continue
            group = Group()
            shown = [visit(group, client, url, visits) for url in urls]
            if any(shown):
                found[kind][name] = group
        tell(f"pages of {name}")
    return found


def count_figures(tell: Callable[[str], None]) -> float:
    """Count the periods that a worker keeps counted, as it does; seconds of the whole."""
    from django.utils import timezone

    from yishi.systems.city_events import hot_counts
    from yishi.systems.city_events.assessment.upkeep import keep_up

    begun = time.perf_counter()
    counted = keep_up(timezone.now(), limit=3_600)
    hot_counts.keep_up(timezone.now())
    taken = time.perf_counter() - begun
    tell(f"{counted} periods counted in {taken:.0f} s")
    return taken


def kept_counts() -> dict[str, dict[str, int]]:
    """The ledger of statements, which the tests measure with a hundred cases."""
    kept: dict[str, dict[str, int]] = json.loads(LEDGER.read_text(encoding="utf-8"))
    return kept


#: A request of the ledger for each kind of page that has one.
_IN_LEDGER = {
    "home": "/desk/",
    "work list": "/desk/work/main/",
    "case list": "/desk/cases/",
    "case list, narrowed": "/desk/cases/?state=assigned",
    "search, two characters": "/desk/cases/?q={number}",
    "search, other words": "/desk/cases/?q={number}",
    "search, number": "/desk/cases/?q={number}",
    "case": "/desk/cases/{number}/",
    "messages": "/desk/inbox/",
    "supervision cards": "/desk/supervision/",
    "call-backs": "/desk/hotline/call-backs/",
    "files taken in": "/desk/intake/",
    "exports": "/desk/exports/",
    "export, asked for": "/desk/cases/export/",
    "assessment": "/desk/assessment/?by=unit",
    "assessment, cases behind": "/desk/assessment/cases/?figure=received",
    "assessment, call-backs behind": "/desk/assessment/call-backs/?figure=tickets",
    "screen": "/screen/",
}


def rows(found: Found) -> list[str]:
    """A table: the worst account of each kind, medians over all, statements beside the ledger's."""
    kept = kept_counts()
    lines = [
        "| page | median of all | p95, worst account (goal) | "
        "quickest visit of the slowest address | "
        "statements (ledger) |",
        "|---|---:|---:|---:|---:|",
    ]
    for kind, by in found.items():
        worst = max(by, key=lambda name: by[name].p95)
        middle = statistics.median(time for group in by.values() for time in group.times)
        most = max(group.statements for group in by.values())
        known = kept.get(_IN_LEDGER.get(kind, ""), {})
        ledger = f" ({max(known.values())})" if known else ""
        least = max(group.hardest[0] for group in by.values())
        goal = GOAL_OF_FIGURES if kind in FIGURES else GOAL
        lines.append(
            f"| {kind} | {middle:.0f} ms | {by[worst].p95:.0f} ms, {worst} (< {goal}) | "
            f"{least:.0f} ms | "
            f"{most}{ledger} |"
        )
    return lines


def main(visits: int, only: Sequence[str] = ()) -> None:
    """Print the table, and the slowest address of every kind."""
    from benchmarks.million import million, say

    with million():
        if not only or set(only) & set(FIGURES):
            count_figures(say)
        found = measure(visits, say, only)
    print("\n".join(rows(found)))
    for kind, by in found.items():
        for name, group in by.items():
            if group.p95 > (GOAL_OF_FIGURES if kind in FIGURES else GOAL):
                least, address = group.hardest
                say(f"{kind}, {name}: p95 {group.p95:.0f} ms, {address} never below {least:.0f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else VISITS, sys.argv[2:])
