"""Deadlines in words: one sentence, one row, and every day of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext

from yishi.foundation.calendars.active import active_calendar
from yishi.foundation.calendars.days import CalendarError
from yishi.foundation.calendars.explain import Line, explain
from yishi.foundation.calendars.limits import parse_limit
from yishi.foundation.calendars.presentation import amount_label
from yishi.foundation.cases.draft import FIXED
from yishi.foundation.cases.state import ClockState
from yishi.foundation.ui.desk import DeskSystem, Look
from yishi.foundation.ui.judging import judged_at
from yishi.foundation.ui.parts import Light, light
from yishi.foundation.ui.timetext import moment_text


@dataclass(frozen=True, slots=True)
class ClockRow:
    """A clock as drawn; ``url`` explains it day by day."""

    label: str
    limit: str
    started: datetime
    due: datetime
    light: Light
    extensions: int
    pauses: int
    provisional: bool
    url: str


def row(system: DeskSystem, look: Look, clock: ClockState) -> ClockRow:
    """One clock for the table."""
    shown = light(
        clock.due_at,
        look.now,
        warn_at=clock.warn_at,
        paused=clock.paused_at is not None,
        done_at=clock.stopped_at,
        provisional=clock.provisional,
        judged=judged_at(look.case.system, look.now, look.numbers),
    )
    if clock.stopped_at is not None:  # the fact decides, also where a pause was lost with the stop
        text = gettext("逾期") if clock.late else gettext("按时")
        shown = Light("red" if clock.late else "done", text, clock.due_at, shown.due_text)
    return ClockRow(
        label=str(system.clock_labels.get(clock.kind, clock.kind)),
        limit=clock.limit_text,
        started=clock.started_at,
        due=clock.due_at,
        light=shown,
        extensions=clock.extensions,
        pauses=len(clock.pauses) + (clock.paused_at is not None),
        provisional=clock.provisional,
        url=reverse("desk:clock", args=[look.case.number, clock.id]) if clock.id else "",
    )


def table(system: DeskSystem, look: Look) -> list[ClockRow]:
    """All clocks of the case, the newest first."""
    return [row(system, look, clock) for clock in reversed(look.case.clocks)]


def because(system: DeskSystem, look: Look) -> dict[str, str] | None:
    """The sentence about the clock that matters now, with the address of its explanation."""
    clock = look.case.clock(system.main_clock) or next(
        (c for c in reversed(look.case.clocks) if c.running), None
    )
    if clock is None:
        return None
    return {"text": sentence(system, clock, look.now), "url": row(system, look, clock).url}


def sentence(system: DeskSystem, clock: ClockState, now: datetime) -> str:
    """``12月4日 17:30 截止：…`` in one sentence."""
    values = {
        "due": moment_text(clock.due_at, now),
        "start": moment_text(clock.started_at, now),
        "limit": clock.limit_text,
        "clock": str(system.clock_labels.get(clock.kind, clock.kind)),
    }
    if clock.paused_at is not None:
        values["paused"] = moment_text(clock.paused_at, now)
        text = gettext(
            "%(clock)s已暂停：时限%(limit)s，自 %(start)s 起计，%(paused)s 起暂停，恢复后再定截止"
        )
    elif clock.profile == FIXED:
        text = gettext("%(due)s 截止，由%(clock)s指定，自 %(start)s 起计")
    else:
        text = gettext("%(due)s 截止，因为%(clock)s时限为%(limit)s，自 %(start)s 起计")
    parts = [text % values]
    if clock.pauses:
        parts.append(gettext("已扣除暂停 %(n)d 段") % {"n": len(clock.pauses)})
    if clock.extensions:
        parts.append(extension_text(clock))
    if clock.cap_at is not None:
        cap = moment_text(clock.cap_at, now)
        parts.append(gettext("领导批示要求不晚于 %(cap)s") % {"cap": cap})
    if clock.provisional:
        parts.append(gettext("超出已公布的放假安排，暂定"))
    return gettext("；").join(parts) + gettext("。")


def extension_text(clock: ClockState) -> str:
    """What extensions did to a clock; empty without any."""
    if not clock.extensions:
        return ""
    values = {"n": clock.extensions, "limit": clock.limit_text}
    return gettext("经批准延期 %(n)d 次，每次在当时的期限上增加%(limit)s") % values


@dataclass(frozen=True, slots=True)
class DayRow:
    """One day of a deadline, in words."""

    day: date
    weekday: str
    kind: str
    counted: str
    total: str
    remarks: str


def lines(clock: ClockState) -> list[DayRow]:
    """The clock's own limit day by day (extensions come on top); empty if it cannot be shown."""
    if clock.profile == FIXED:
        return []
    pauses: list[tuple[datetime, datetime | None]] = [
        (datetime.fromisoformat(begin), datetime.fromisoformat(end)) for begin, end in clock.pauses
    ]
    if clock.paused_at is not None:
        pauses.append((clock.paused_at, None))
    try:
        limit = parse_limit(clock.limit_text, clock.profile)
        return [_day(line) for line in explain(active_calendar(), clock.started_at, limit, pauses)]
    except CalendarError:
        return []


def _day(line: Line) -> DayRow:
    kind = gettext(line.kind.label)
    kind = f"{kind}（{gettext(line.name)}）" if line.name else kind
    remarks = [gettext(remark.value) for remark in line.remarks]
    if line.provisional:
        remarks.append(gettext("暂定"))
    return DayRow(
        line.day,
        gettext(line.weekday),
        kind,
        amount_label(line.counted, line.by_date),
        amount_label(line.total, line.by_date),
        "、".join(remarks),
    )
