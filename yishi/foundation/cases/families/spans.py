"""When the clocks of members count and when they stand still, laid over each other.

Days are half-open, (from, to]: the day of acceptance does not count, the day of a notice that
suspends still does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from yishi.foundation.calendars.pauses import merged
from yishi.foundation.cases.state import ClockState

#: An open end: it goes on.
Span = tuple[datetime, datetime | None]
Pauses = tuple[tuple[datetime, datetime], ...]


def spans_of(clock: ClockState) -> list[Span]:
    """The times in which a clock counts, from its start to its stop."""
    found: list[Span] = []
    begin = clock.started_at
    end = clock.stopped_at or clock.paused_at
    for a, b in clock.pauses:
        start, resumed = datetime.fromisoformat(a), datetime.fromisoformat(b)
        if end is not None and start >= end:
            break
        if start > begin:
            found.append((begin, start))
        begin = max(begin, resumed)
    if end is None or end >= begin:  # decided as of its acceptance: no day, but it stands still
        found.append((begin, end))
    return found


def stops_of(clock: ClockState) -> list[Span]:
    """The times in which a clock stood still by law."""
    found: list[Span] = [
        (datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in clock.pauses
    ]
    return found if clock.paused_at is None else [*found, (clock.paused_at, None)]


def all_still(clocks: Sequence[ClockState]) -> tuple[Pauses, datetime | None]:
    """When every one of *clocks* that ran stood still: what is past, and since when now.

    What has not begun or is decided neither counts nor stands still; while one counts, all do.
    """
    counting = merged(span for clock in clocks for span in spans_of(clock))
    past: list[tuple[datetime, datetime]] = []
    for begin, end in merged(stop for clock in clocks for stop in _while_live(clock)):
        since: datetime | None = begin
        for a, b in counting:
            if since is None or (end is not None and a >= end):
                break
            if b is not None and b <= since:
                continue
            if a > since:
                past.append((since, a))
            since = b
        if since is None or (end is not None and since >= end):
            continue
        if end is None:
            return tuple(past), since
        past.append((since, end))
    return tuple(past), None


def _while_live(clock: ClockState) -> Iterable[Span]:
    """The stops of a clock, none reaching beyond its own end."""
    for begin, end in stops_of(clock):
        last = clock.stopped_at
        until = end if last is None else last if end is None else min(end, last)
        if until is None or begin < until:
            yield begin, until
