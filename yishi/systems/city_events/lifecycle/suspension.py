"""挂账: handling waits until a named day, once per case, with the dispatcher's consent.

The handling clock pauses from the consent to the first working minute after that day, or until
the unit goes on earlier. A deadline that had passed before stays passed: pauses move only what is
left of a limit.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from yishi.foundation.access.actors import Actor
from yishi.foundation.calendars.dates import add_months
from yishi.foundation.calendars.timeline import end_of_day
from yishi.foundation.cases.lifecycle import Facts, Move, Need
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events import notices, roles
from yishi.systems.city_events.lifecycle.common import (
    CENTRE,
    NOTE,
    REASON,
    UNIT,
    iso,
    names,
    no_handling,
    to_centre,
)
from yishi.systems.city_events.notices import CITY_TIME

if TYPE_CHECKING:
    from yishi.foundation.cases.draft import Draft

#: A suspension ends within a year (§S2.4).
MOST_MONTHS = 12


def may_ask(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Once per case; refusals do not count. Not while somebody above waits for the case."""
    if (case.data.get("suspension") or {}).get("from"):
        return "每件案件只能挂账一次"
    if no_handling(case):
        return no_handling(case)
    if case.data.get("supervision"):
        return "督办中的案件不能挂账"
    if (case.data.get("order") or {}).get("state") == "open":
        return "领导批示尚未办结，不能挂账"
    clock = case.clock("handling")
    return None if clock is not None and clock.running else "处置时钟未在运行，不能申请挂账"


def pending(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """There is an application to decide."""
    waiting = case.data.get("suspension") or {}
    return None if waiting.get("state") == "asked" else "没有待审批的挂账申请"


def may_grant(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """The application waits, its last day is still to come, and somebody else decides it."""
    if pending(case, actor, facts, now):
        return pending(case, actor, facts, now)
    asked = case.data["suspension"]
    if date.fromisoformat(asked["until"]) <= now.astimezone(CITY_TIME).date():
        return "申请的挂账截止日期已到，请不同意并由部门重新申请"
    return "申请人不能审批自己的申请" if asked["by"] == actor.ref else None


def is_over(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """The first working minute after the last day has come."""
    clock = case.clock("suspension")
    return None if clock is not None and clock.due_at <= now else "挂账尚未到期"


def ask(draft: Draft, facts: Facts) -> None:
    """挂账申请: nothing changes until the dispatcher has decided.

    Raises:
        FieldError: on ``until`` for a day that is not to come, or more than a year ahead.
    """
    today, until = draft.now.astimezone(CITY_TIME).date(), facts["until"]
    if until <= today:
        raise FieldError("until", "挂账截止日期应晚于今天", "past")
    if until > add_months(today, MOST_MONTHS):
        raise FieldError("until", "挂账截止日期最多在一年以内", "too_late")
    draft.case.data["suspension"] = {
        "state": "asked",
        "until": until.isoformat(),
        "at": iso(draft.now),
        "by": draft.actor.ref,
    }
    draft.tell(until=until.isoformat())
    to_centre(draft, roles.SUSPEND)


def grant(draft: Draft, facts: Facts) -> None:
    """The handling clock waits; another one shows when it goes on."""
    asked = draft.case.data["suspension"]
    until = date.fromisoformat(asked["until"])
    resumes = draft.context.calendar.first_working(end_of_day(until))
    draft.end(roles.SUSPEND)
    draft.pause_clock("handling")
    draft.start_clock_until("suspension", resumes, f"至{until.isoformat()}")
    draft.case.data["suspension"] = asked | {"state": "running", "from": iso(draft.now)}
    draft.tell(until=until.isoformat())
    notices.to_main(draft, "case.suspended", until=until.isoformat())


def refuse(draft: Draft, facts: Facts) -> None:
    """A refusal does not use up the one suspension."""
    draft.case.data.pop("suspension", None)
    draft.end(roles.SUSPEND)
    notices.to_main(draft, "case.suspension_refused")


def resume(draft: Draft, facts: Facts) -> None:
    """提前恢复: the unit can go on, and what was left of the limit runs from now."""
    _go_on(draft, draft.now)


def end(draft: Draft, facts: Facts) -> None:
    """到期恢复: the limit runs since the first working minute, whenever the worker came by."""
    clock = draft.case.clock("suspension")
    assert clock is not None  # the guard asked for it
    _go_on(draft, clock.due_at)


def _go_on(draft: Draft, since: datetime) -> None:
    draft.stop_clock("suspension", since)  # a worker that comes by later makes nothing late
    draft.resume_clock("handling", since)
    held = draft.case.data["suspension"]
    draft.case.data["suspension"] = held | {"state": "over", "to": iso(since)}
    notices.to_main(draft, "case.resumed")


MOVES = (
    Move(
        "ask_suspension",
        "申请挂账",
        UNIT,
        names("handling"),
        None,
        duty=roles.MAIN,
        needs=(
            Need(
                "until",
                "挂账截止日期",
                "date",
                required=True,
                hint="一年以内；到期次日的第一个工作时刻自动恢复办理",
            ),
            REASON,
        ),
        guard=may_ask,
        effect=ask,
    ),
    Move(
        "grant_suspension",
        "同意挂账",
        CENTRE,
        names("handling"),
        "suspended",
        duty=roles.SUSPEND,
        needs=(NOTE,),
        guard=may_grant,
        effect=grant,
        clock="处置时钟暂停，挂账时钟到截止日期为止",
        primary=True,
    ),
    Move(
        "refuse_suspension",
        "不同意挂账",
        CENTRE,
        names("handling"),
        None,
        duty=roles.SUSPEND,
        needs=(REASON,),
        guard=pending,
        effect=refuse,
    ),
    Move(
        "resume",
        "提前恢复办理",
        UNIT,
        names("suspended"),
        "handling",
        duty=roles.MAIN,
        needs=(NOTE,),
        effect=resume,
        clock="挂账时钟停止，处置时钟继续",
        primary=True,
    ),
    Move(
        "end_suspension",
        "挂账到期恢复",
        names(),
        names("suspended"),
        "handling",
        guard=is_over,
        effect=end,
        clock="挂账时钟停止，处置时钟从到期后的第一个工作时刻继续",
        automatic=True,
    ),
)
