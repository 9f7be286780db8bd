"""Guards and effects of a theme's case: when a move is not allowed, and what it does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from yishi.foundation.access.actors import Actor
from yishi.foundation.approvals.dates import plan_family
from yishi.foundation.approvals.lifecycle import states as items
from yishi.foundation.calendars.counting import effective_moment
from yishi.foundation.calendars.limits import Limit, parse_limit
from yishi.foundation.calendars.timeline import last_moment
from yishi.foundation.cases.draft import LATE, ON_TIME
from yishi.foundation.cases.families import Link
from yishi.foundation.cases.families.spans import all_still, stops_of
from yishi.foundation.cases.lifecycle import Facts, lifecycle_of
from yishi.foundation.cases.state import CaseState, ClockState
from yishi.systems.life_events import states as s

if TYPE_CHECKING:
    from yishi.foundation.cases.draft import Draft

CITY_TIME = ZoneInfo("Asia/Shanghai")
REMEDY = (
    "如不服本决定，可以自收到之日起六十日内依法申请行政复议，"
    "或者自收到之日起六个月内依法提起行政诉讼。"
)


def day_of(moment: datetime) -> date:
    """The city's day."""
    return moment.astimezone(CITY_TIME).date()


# --- handing in, and telling once what is wrong ---


def submit(draft: Draft, facts: Facts) -> None:
    """The clocks of looking at it and of telling run from the receipt."""
    case = draft.case
    case.unit_id = facts["unit"]
    case.data |= {"items": facts["items"], "channel": facts["channel"]}
    case.data["unit_reason"] = list(facts["reason"])
    draft.start_clock(s.PREREVIEW, s.PREREVIEW_LIMIT, s.PROFILE)
    draft.start_clock(s.TELLING, s.TELLING_LIMIT, s.PROFILE)
    draft.assign(s.CHECK, facts["unit"])
    draft.tell(channel=facts["channel"], answers=facts["answers"])


def may_tell(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Everything is told once, within five working days of the receipt (许可法 art. 32(4))."""
    if case.data.get("told"):
        return "已经一次性告知过，不得再次告知；补正后仍不符合的，作出不予受理决定"
    clock = case.clock(s.TELLING)
    if clock is None or now > clock.due_at:
        return "超过五个工作日未告知，自收到之日起即为受理，请办理受理"
    return None


def tell_gaps(draft: Draft, facts: Facts) -> None:
    """The applicant gets all that is to be corrected, and time to do it."""
    draft.stop_clock(s.PREREVIEW)
    draft.stop_clock(s.TELLING)
    draft.case.data["told"] = {"at": draft.now.isoformat(), "marks": facts["marks"]}
    draft.start_clock(s.CORRECTION, facts.get("limit") or s.CORRECTION_LIMIT, s.PROFILE)
    draft.end(s.CHECK)
    draft.tell(marks=facts["marks"])


def in_time(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Corrections count until their deadline."""
    clock = case.clock(s.CORRECTION)
    return "补正期限已过" if clock is not None and now > clock.due_at else None


def correct(draft: Draft, facts: Facts) -> None:
    """Back to the counter, which decides on acceptance within a working day; silent for five, it
    has accepted as of the correction (许可法 art. 32(5))."""
    draft.stop_clock(s.CORRECTION)
    draft.start_clock(s.PREREVIEW, s.PREREVIEW_LIMIT, s.PROFILE)
    draft.start_clock(s.TELLING, s.TELLING_LIMIT, s.PROFILE)
    draft.case.data["corrected_at"] = draft.now.isoformat()
    if draft.case.unit_id is not None:
        draft.assign(s.CHECK, draft.case.unit_id)


def correction_missed(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Only after the deadline."""
    clock = case.clock(s.CORRECTION)
    return None if clock is not None and now > clock.due_at else "补正期限未到"


# --- acceptance ---


def nothing_told(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Deemed acceptance: five working days passed without a word."""
    clock = case.clock(s.TELLING)
    if clock is None:
        return "已经告知，不适用逾期视为受理"
    return None if now > clock.due_at else "告知期限未到"


def not_deemed(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """What was accepted by silence is not refused acceptance afterwards."""
    clock = case.clock(s.TELLING)
    if clock is not None and now > clock.due_at:
        return "超过五个工作日未告知，自收到之日起即为受理，不能再不予受理"
    return None


def accept(draft: Draft, facts: Facts) -> None:
    """One acceptance counts for every body (ZJ 5). ``begin``: the receipt, where it was deemed."""
    case = draft.case
    begin: datetime = facts.get("begin") or draft.now
    for kind in (s.PREREVIEW, s.TELLING, s.CORRECTION):
        draft.stop_clock(kind)
    case.data["accepted_on"] = day_of(begin).isoformat()
    case.data["deferred"] = dict(facts.get("deferred") or {})
    if facts.get("licences"):
        draft.start_clock(s.JOINT, s.JOINT_LIMIT, s.PROFILE, begin)
    _expect(draft, facts["expected"])
    draft.end(s.CHECK)
    lead = facts.get("lead")
    if lead:
        draft.assign(s.LEAD, lead)
    for unit in sorted(set(facts.get("bodies") or ()) - {lead}):
        draft.assign_also(s.BODY, unit)
    draft.tell(
        deemed=bool(facts.get("deemed")),
        expected=facts["expected"],
        deferred=case.data["deferred"],
    )


def _expect(draft: Draft, expected: date) -> None:
    """The day by which all is done, as a clock that ends at a named moment."""
    due = last_moment(expected)
    draft.case.data["expected"] = expected.isoformat()
    clock = draft.case.clock(s.THEME)
    if clock is None:
        draft.start_clock_until(s.THEME, due, "主题预计办结")
    elif clock.due_at != due:
        clock.due_at = due
        clock.warn_at = due - timedelta(days=1)
        clock.warned = 0
        clock.dirty = True
        draft.note_clock(clock, "expect")


def refuse_acceptance(draft: Draft, facts: Facts) -> None:
    """Not accepted: in writing, with reasons and the remedy (ZJ 11; 许可法 art. 32)."""
    draft.end_all()
    draft.case.outcome = "not_accepted"
    draft.case.data |= {"reason": facts["note"], "remedy": REMEDY}


# --- while the items run ---


def member_changed(draft: Draft, facts: Facts) -> None:
    """An item moved: the state of the whole follows from all of them, and so does its end."""
    case = draft.case
    members = list(facts["members"])
    ended = [m for m in members if m.outcome]
    good = [m for m in ended if m.outcome in lifecycle_of(m.system).granting]
    case.data["items_done"] = [len(ended), len(good), len(members)]
    if len(ended) == len(members):
        withdrawn = all(m.outcome == "withdrawn" for m in members)
        _all_ended(draft, len(good), len(members), withdrawn=withdrawn)
        return
    case.state = "handling"
    _follow_licences(draft, members)
    _expect(draft, _new_end(draft, members, facts["links"]))
    _stand_still(draft, members)


def _follow_licences(draft: Draft, members: Sequence[CaseState]) -> None:
    """Joint handling stands still while no licence counts because those that were begun are in a
    special procedure (art. 42, 45), and ends with the last licence."""
    clock, book = draft.case.clock(s.JOINT), draft.context.catalogue.book
    licences = [one for one in members if book.items[one.type_key].licence]
    if clock is None or not licences:
        return
    limits = [c for one in licences for c in one.clocks if c.kind == items.PROMISE]
    past, since = all_still(limits)
    draft.lay_clock(clock, past, since)
    if all(one.outcome for one in licences):
        draft.stop_clock(s.JOINT, _effective(draft, clock))


def _stand_still(draft: Draft, members: Sequence[CaseState]) -> None:
    """The end of the whole stands still while every item that is handled does."""
    handled = [one for one in members if not one.outcome and not one.waiting_for]
    if handled and all(one.state == "suspended" for one in handled):
        draft.pause_clock(s.THEME)
    else:
        draft.resume_clock(s.THEME)


def _effective(draft: Draft, clock: ClockState) -> datetime:
    """As its items: what is decided on a rest day counts with the working day before."""
    return max(clock.started_at, effective_moment(draft.context.calendar, draft.now))


def joint_cap(case: CaseState) -> Limit:
    """The limit of joint handling: 45 working days, more where the government extended it."""
    more = case.data.get("extended") or {}
    days = 0 if more.get("late") else int(more.get("days", 0))
    amount = parse_limit(s.JOINT_LIMIT, s.PROFILE).amount + days
    return parse_limit(f"{amount}工作日", s.PROFILE)


def joint_pauses(case: CaseState, now: datetime) -> list[tuple[datetime, datetime]]:
    """When joint handling stood still, until *now* if it still does."""
    clock = case.last_clock(s.JOINT)
    if clock is None:
        return []
    return [(begin, end or now) for begin, end in stops_of(clock)]


def _new_end(draft: Draft, members: Sequence[CaseState], links: Sequence[Link]) -> date:
    """The longest path as it now looks. A promise of the theme holds until the law lets an item
    stand still."""
    case, calendar = draft.case, draft.context.calendar
    accepted = datetime.combine(date.fromisoformat(case.data["accepted_on"]), time(12), CITY_TIME)
    known = draft.context.catalogue
    end = plan_family(
        members,
        links,
        known.book,
        calendar,
        accepted,
        cap=joint_cap(case),
        pauses=joint_pauses(case, draft.now),
        now=draft.now,
    ).end
    stood = any(clock.pauses or clock.paused_at for m in members for clock in m.clocks)
    if known.theme.promise and not stood:
        end = min(end, calendar.due(accepted, parse_limit(known.theme.promise, s.PROFILE)).at)
    return day_of(end)


def _all_ended(draft: Draft, good: int, total: int, *, withdrawn: bool) -> None:
    case = draft.case
    case.state = "done" if good == total else "partial" if good else "not_granted"
    if withdrawn:
        case.state = "withdrawn"
    case.outcome = {"done": "completed"}.get(case.state, case.state)
    for kind in (s.JOINT, s.THEME):
        clock = case.clock(kind)
        if clock is not None:
            draft.stop_clock(kind, _effective(draft, clock))
    clock = case.last_clock(s.THEME)
    case.timeliness = LATE if clock is not None and clock.late else ON_TIME
    draft.end_all()


def may_extend(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Once, by fifteen working days, and only where licences are among the items."""
    if case.clock(s.JOINT) is None:
        if case.last_clock(s.JOINT) is not None:
            return "许可事项均已作出决定，联合办理时限已停止"
        return "本件没有适用联合办理时限的许可事项"
    if case.data.get("extended"):
        return "联合办理时限只能延长一次，最多十五个工作日"
    days = str(facts.get("days") or s.JOINT_EXTENSION)
    if not (days.isascii() and days.isdigit() and 1 <= int(days[:4]) <= s.JOINT_EXTENSION):
        return "联合办理时限最多延长十五个工作日（行政许可法第四十二条）"
    return None


def extend_joint(draft: Draft, facts: Facts) -> None:
    """45 working days become at most 60, counted from the acceptance as before. Granted after the
    deadline had passed it changes nothing: overdue stays overdue (§S10 hard case 7)."""
    days = int(facts.get("days") or s.JOINT_EXTENSION)
    clock = draft.case.clock(s.JOINT)
    late = clock is not None and clock.running and draft.now > clock.due_at
    if not late:
        amount = parse_limit(s.JOINT_LIMIT, s.PROFILE).amount + days
        draft.limit_clock(s.JOINT, f"{amount}工作日")
    draft.case.data["extended"] = {
        "at": draft.now.isoformat(),
        "days": days,
        "late": late,
        "reason": facts["note"],
    }
    draft.tell(days=days, late=late)


def supply(draft: Draft, facts: Facts) -> None:
    """A deferred paper was handed in."""
    left = dict(draft.case.data.get("deferred") or {})
    for paper in facts["papers"]:
        left.pop(paper, None)
    draft.case.data["deferred"] = left
    draft.tell(papers=list(facts["papers"]))


def withdraw(draft: Draft, facts: Facts) -> None:
    """The applicant takes it back; items that are decided already stay decided."""
    draft.end_all()
    draft.case.outcome = "withdrawn"
    if facts.get("note"):
        draft.case.data["reason"] = facts["note"]


# --- the window for what cannot be done (办不成事) ---


def may_call(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """One request at a time."""
    return "已经登记，正在协调" if case.duty(s.STUCK) else None


def call_stuck(draft: Draft, facts: Facts) -> None:
    """A case that does not get on is taken up by the window for such, with its whole trail."""
    if draft.case.unit_id is not None:
        draft.assign(s.STUCK, draft.case.unit_id)
    draft.case.data["stuck"] = {"at": draft.now.isoformat(), "state": "open"}


def being_called(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """There is a request to answer."""
    return None if case.duty(s.STUCK) else "没有待答复的办不成事登记"


def answer_stuck(draft: Draft, facts: Facts) -> None:
    """What was found, and what happens now."""
    draft.end(s.STUCK)
    draft.case.data["stuck"] = {
        "at": draft.now.isoformat(),
        "state": "answered",
        "result": facts["result"],
    }


def recalculate(draft: Draft, facts: Facts) -> None:
    """A calendar was published: open deadlines under it; what binds the applicant only moves later
    (§S10 hard case 14). The end of the whole follows from its items, which are told of."""
    draft.recalculate(never_earlier=frozenset({s.CORRECTION}))


def move_version(draft: Draft, facts: Facts) -> None:
    """The case goes over to another version of the themes (after a dry run)."""
    draft.tell(version_before=draft.case.catalogue_id, version=facts["version"])
    draft.case.catalogue_id = facts["version"]
