"""The clocks of a project and its stages, from the clocks of its items: see ``rules.union``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from yishi.foundation.calendars.calendar import Calendar
from yishi.foundation.cases.draft import Draft
from yishi.foundation.cases.state import CaseState, ClockState
from yishi.systems.construction.catalogue.types import Book
from yishi.systems.construction.rules.union import course_of, used_days
from yishi.systems.construction.states import PROJECT, STATE_OF_STAGE

#: The clock of an item that says when it counts: from acceptance to decision.
ITEM_CLOCK = "promise"
PROFILE = "licence"


def counted_clocks(
    book: Book, members: Iterable[CaseState], stage: int | None = None
) -> list[ClockState]:
    """The clocks of the counted items of a stage (of all), those of withdrawn items included."""
    found: list[ClockState] = []
    for member in members:
        item = book.item.get(member.type_key)
        if item is None or not item.counted or (stage is not None and item.stage != stage):
            continue
        found += [clock for clock in member.clocks if clock.kind == ITEM_CLOCK]
    return found


def count_days(draft: Draft, members: Sequence[CaseState]) -> None:
    """Bring the clocks of the project and of its stages in line with its items."""
    book, data = draft.context.catalogue, draft.case.data
    _follow(draft, PROJECT, int(data["limit"]), counted_clocks(book, members))
    for number, limit in enumerate(data["stage_limits"], start=1):
        clocks = counted_clocks(book, members, number)
        _follow(draft, STATE_OF_STAGE[number], int(limit), clocks)


def _follow(draft: Draft, kind: str, limit: int, clocks: Sequence[ClockState]) -> None:
    course = course_of(clocks)
    if course is None:
        return
    clock = draft.case.clock(kind)
    if clock is None:
        if draft.case.last_clock(kind) is not None:
            return  # stopped with the project: a fact that nothing changes
        clock = draft.start_clock(kind, f"{limit}工作日", PROFILE, course.begin)
    draft.lay_clock(clock, course.gaps, course.still_since, begin=course.begin)


def stop_counting(draft: Draft) -> None:
    """The limits of the project and its stages end where they last counted: what they stood still
    since then was the owner's time."""
    for kind in (*STATE_OF_STAGE.values(), PROJECT):
        clock = draft.case.clock(kind)
        if clock is not None:
            draft.stop_clock(kind, clock.paused_at)


def used_of(
    case: CaseState, calendar: Calendar, now: datetime, kind: str = PROJECT
) -> tuple[int, int]:
    """Working days used and the limit, of the project or of a stage."""
    if kind == PROJECT:
        limit = int(case.data["limit"])
    else:
        limit = int(case.data["stage_limits"][int(kind[-1]) - 1])
    clock = case.last_clock(kind)
    return (used_days(calendar, clock, now) if clock is not None else 0), limit
