"""Whether a record may be repaired: every condition is looked at, each says why (Order 36).

Pure. A fact that is missing gives UNKNOWN: it never counts as yes and never as no.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from yishi.foundation.rulebook.outcome import Truth


class Duty(StrEnum):
    """Whether what the document ordered was done (fine paid, conduct corrected)."""

    DONE = "done"
    OPEN = "open"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Subject:
    """A record as the conditions see it. ``earliest``: from when the dated rules let it be repaired
    on the day of the application, ``None`` when it is not known; ``max_end``: the last day of
    publication; ``route``: who else decides, where the record is not repaired here at all;
    ``barred``: the law that forbids repair; ``settled``: why there is nothing to repair."""

    severity: str
    document_date: date | None
    duty: Duty
    duty_done_on: date | None
    earliest: date | None
    max_end: date | None
    no_minimum: str = ""
    route: str = ""
    barred: str = ""
    settled: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """One condition: ``met`` is ``None`` when it cannot be told. ``day``: from when it is met."""

    code: str
    text: str
    met: bool | None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """All conditions of one record."""

    conditions: tuple[Reason, ...]

    @property
    def outcome(self) -> Truth:
        """TRUE when every condition is met, FALSE when one is not, else UNKNOWN."""
        if any(one.met is False for one in self.conditions):
            return Truth.FALSE
        if any(one.met is None for one in self.conditions):
            return Truth.UNKNOWN
        return Truth.TRUE

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """What stands against it, or is not known."""
        return tuple(one for one in self.conditions if one.met is not True)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the reasons."""
        return tuple(one.code for one in self.reasons)

    @property
    def earliest(self) -> date | None:
        """The first day to apply, as far as days alone stand against it."""
        days = [one.day for one in self.conditions if one.day is not None and one.met is False]
        return max(days, default=None)


def check(
    subject: Subject, on: date, *, pledge: bool, pending: str = "", today: date | None = None
) -> Verdict:
    """The conditions for an application received on the day *on*.

    *pending*: the number of another application for the record that is still open; *today*: by when
    the duties must be done, if they are looked at later.
    """
    found = (
        _open(subject),
        _repairable(subject),
        _alone(pending),
        _period(subject, on),
        _duty(subject, today or on),
        _pledged(pledge),
    )
    return Verdict(found)


def day_text(day: date) -> str:
    """``2026年3月2日``."""
    return f"{day.year}年{day.month}月{day.day}日"


def _open(subject: Subject) -> Reason:
    if subject.settled:
        return Reason("NOTHING_TO_REPAIR", subject.settled, False)
    return Reason("RECORDED", "该信息在册", True)


def _repairable(subject: Subject) -> Reason:
    if subject.barred:
        return Reason("BARRED_BY_LAW", f"依法不予修复：{subject.barred}", False)
    if subject.route:
        text = f"该信息不在此修复，由{subject.route}依法办理"
        return Reason("OTHER_ROUTE", text, False)
    return Reason("REPAIRABLE", "法律、行政法规未规定不得修复", True)


def _alone(pending: str) -> Reason:
    if pending:
        return Reason("PENDING", f"该信息已有办理中的修复申请（{pending}）", False)
    return Reason("NOT_PENDING", "没有办理中的重复申请", True)


def _period(subject: Subject, on: date) -> Reason:
    if subject.no_minimum:
        return Reason("MIN_PERIOD", subject.no_minimum, True)
    if not subject.severity:
        return Reason("CLASS_UNKNOWN", "失信行为类别未确定，请认定单位核定", None)
    if subject.document_date is None:
        return Reason("DATE_UNKNOWN", "文书日期不详，请认定单位核实", None)
    if subject.earliest is None:
        return Reason("RULE_UNKNOWN", "没有适用的公示期规则，请认定单位核定", None)
    if subject.severity == "light":
        return Reason("MIN_PERIOD", "轻微失信没有最短公示期，履行义务后即可申请", True)
    if on < subject.earliest:
        text = f"未满最短公示期，最早可于{day_text(subject.earliest)}申请"
        return Reason("MIN_PERIOD", text, False, subject.earliest)
    return Reason("MIN_PERIOD", f"最短公示期已满（{day_text(subject.earliest)}起可以申请）", True)


def _duty(subject: Subject, on: date) -> Reason:
    if subject.duty is Duty.OPEN:
        text = "文书确定的义务尚未履行完毕或者失信行为尚未改正"
        return Reason("DUTY_NOT_DONE", text, False)
    if subject.duty is Duty.UNKNOWN or subject.duty_done_on is None:
        text = "是否已履行义务、改正失信行为尚不清楚，请认定单位核实"
        return Reason("DUTY_UNKNOWN", text, None)
    if subject.duty_done_on > on:
        text = f"义务于{day_text(subject.duty_done_on)}才履行完毕"
        return Reason("DUTY_NOT_DONE", text, False, subject.duty_done_on)
    return Reason("DUTY", f"义务已于{day_text(subject.duty_done_on)}履行完毕", True)


def _pledged(pledge: bool) -> Reason:
    if not pledge:
        return Reason("NO_PLEDGE", "未作出信用承诺", False)
    return Reason("PLEDGE", "已公开作出信用承诺", True)
