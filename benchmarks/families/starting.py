"""Starting a theme of 25 items, and the deadlines of open items under a new calendar."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from benchmarks.engine import measured
from yishi.runtime.postgres import Cluster

THEME, ITEMS = "going_home_startup", 25
#: Statements that starting so many items may make.
MOST = 3 * ITEMS + 15
RUNS, EACH = 5, 4
GOAL_SECONDS, GOAL_CASES = 60, 100_000


@dataclass(frozen=True, slots=True)
class Started:
    """Medians of a start: statements, milliseconds, rows, and the bare rows' milliseconds."""

    items: int
    statements: int
    milliseconds: float
    rows: float = 0
    bare: float = 0

    @property
    def line(self) -> str:
        """A row of the table."""
        bare = f"{self.rows:.0f} | {self.bare:.1f} ms | {self.milliseconds / self.bare:.1f}"
        return (
            f"| {self.items} | {self.statements} | 1 | {self.milliseconds:.0f} ms | "
            f"{bare if self.bare else '| | '} |"
        )

    def as_dict(self) -> dict[str, Any]:
        """For the run that asked for it."""
        return asdict(self)


HEAD = [
    f"| items | statements (goal ≤ {MOST}) | commits | median | rows | "
    "the same rows, bare psycopg | factor |",
    "|---:|---:|---:|---:|---:|---:|---:|",
]


def handed_in(count: int) -> list[str]:
    """Numbers of so many applications for the theme on its longest way, handed in just now."""
    from django.utils import timezone

    from yishi.systems.life_events.catalogue import routes
    from yishi.systems.life_events.tests import making
    from yishi.systems.life_events.versions import registers

    now, found = timezone.now(), registers()
    theme = found.themes(now)[1].themes[THEME]
    book = found.book(now)[1]
    way = next(one for one in routes.paths(theme, book) if len(one.items) == ITEMS)
    said = {}
    for key, value in way.answers.items():
        question = theme.question(key)
        assert question is not None
        said[key] = question.option(value)
    return [making.handed_in(THEME, said, now).number for _ in range(count)]


def start(server: Cluster | None = None) -> Started:
    """Accept applications; with a *server* (of a small database) beside their bare rows."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from yishi.systems.life_events import handling
    from yishi.systems.life_events.tests import making

    first, second = handed_in(2)
    handling.accept(making.clerk(), first, timezone.now())
    with CaptureQueriesContext(connection) as queries:
        root = handling.accept(making.clerk(), second, timezone.now())
    members = len(handling.members_of(root.id))
    frame = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
    plain = [q for q in queries.captured_queries if not q["sql"].startswith(frame)]
    rates, times = [], []
    for _ in range(RUNS):
        numbers = handed_in(EACH)

        def act(numbers: list[str] = numbers) -> None:
            for number in numbers:
                begun = time.perf_counter()
                handling.accept(making.clerk(), number, timezone.now())
                times.append((time.perf_counter() - begun) * 1000)

        if server is None:
            act()
        else:
            rates.append(measured(server, act, EACH))  # asserts one commit each
    middle = statistics.median(times)
    if not rates:
        return Started(members, len(plain), middle)
    bare = 1000 / statistics.median(rate.bare_per_second for rate in rates)
    return Started(members, len(plain), middle, rates[0].rows_each, bare)


def new_calendar(tell: Callable[[str], None]) -> list[str]:
    """A day of the coming week becomes a holiday, or an ordinary day again."""
    from django.utils import timezone

    from yishi.foundation.calendars.active import active_calendar
    from yishi.foundation.calendars.services import import_year
    from yishi.foundation.cases.models import Clock
    from yishi.foundation.cases.recalculation import recalculate_open

    now = timezone.now()
    day = now.date() + timedelta(days=2)
    while day.weekday() > 4:
        day += timedelta(days=1)
    holidays, makeup = _year(day.year)
    if day in holidays:
        del holidays[day]
    else:
        holidays[day] = "模拟"
    source = f"模拟 {now:%Y-%m-%d %H:%M}"
    done = import_year(day.year, holidays=holidays, makeup=makeup, source=source, now=now)
    assert done.changed, "the calendar did not change"
    live = Clock.objects.unscoped("benchmark").filter(
        stopped_at=None, due_at__date__gte=min(done.changed)
    )
    items = live.filter(case__system="approvals").values("case").distinct().count()
    begun = time.perf_counter()
    worked = time.process_time()
    found = recalculate_open(
        active_calendar(),
        now,
        since=min(done.changed),
        tell=lambda seen: tell(f"{seen:,} recomputed") if seen % 20_000 < 500 else None,
    )
    taken, worked = time.perf_counter() - begun, time.process_time() - worked
    share = taken / max(1, found.seen) * GOAL_CASES
    return [
        "| open cases looked at | of them items | deadlines moved in | seconds | "
        f"of them Python's | for {GOAL_CASES:,} cases (goal < {GOAL_SECONDS} s) |",
        "|---:|---:|---:|---:|---:|---:|",
        f"| {found.seen:,} | {items:,} | {found.moved:,} | {taken:.1f} | {worked:.1f} | "
        f"{share:.1f} s |",
    ]


def _year(year: int) -> tuple[dict[Any, str], dict[Any, str]]:
    """Holidays and make-up days of a year in the calendar in force."""
    from datetime import date

    from yishi.foundation.calendars.models import CalendarVersion

    newest = CalendarVersion.objects.order_by("-id")[0]
    kept = newest.days["years"].get(str(year), {})
    return tuple(  # type: ignore[return-value]
        {date.fromisoformat(day): name for day, name in kept.get(part, {}).items()}
        for part in ("holidays", "makeup_workdays")
    )
