"""When a family will be done: the longest path over its order, each member from the end of what
it waits for (S1.6). Items that the licensing law binds never end after the joint cap (art. 42)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from yishi.foundation.calendars.calendar import Calendar, Due
from yishi.foundation.calendars.limits import Limit
from yishi.foundation.cases.families.edges import in_order


@dataclass(frozen=True, slots=True)
class Step:
    """A member for planning: its limit, what it comes after, and whether the joint cap binds it.

    ``ends_at``: when it will be decided or was, where a clock says so already; then neither limit
    nor order matter. ``started_at``: since when its limit runs, if it does.
    """

    key: str
    limit: Limit
    after: tuple[str, ...] = ()
    capped: bool = False
    ends_at: datetime | None = None
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Dates:
    """The planned end of each member, and of all of them. ``provisional``: rests on days whose
    holidays are not published."""

    due: dict[str, datetime]
    end: datetime
    provisional: bool


def plan_dates(
    steps: Sequence[Step],
    calendar: Calendar,
    accepted: datetime,
    cap: Limit | None = None,
    pauses: Sequence[tuple[datetime, datetime]] = (),
) -> Dates:
    """The due time of each of *steps* when everything waits for nothing but what comes before.
    *pauses*: when the joint cap stood still.

    Raises:
        yishi.foundation.cases.families.edges.CycleError: when the order runs in a circle.
    """
    by_key = {step.key: step for step in steps}
    ceiling = calendar.due(accepted, cap, pauses) if cap is not None else None
    due: dict[str, datetime] = {}
    provisional = False
    for key in in_order({step.key: step.after for step in steps}):
        step = by_key[key]
        if step.ends_at is not None:
            due[key] = step.ends_at
            continue
        before = [due[one] for one in step.after if one in due]
        begin = step.started_at or max(before, default=accepted)
        found = _capped(calendar.due(begin, step.limit), ceiling if step.capped else None, begin)
        due[key] = found.at
        provisional = provisional or found.provisional
    return Dates(due, max(due.values(), default=accepted), provisional)


def _capped(found: Due, ceiling: Due | None, begin: datetime) -> Due:
    """A step that begins after the cap (special procedures, an extension, or items that the cap
    does not bind came before it) has its own limit: nothing ends before it begins."""
    return ceiling if ceiling is not None and begin <= ceiling.at < found.at else found
