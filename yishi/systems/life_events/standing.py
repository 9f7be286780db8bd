"""Where each item of a theme's case stands, who has it, until when, and why: for both faces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from yishi.foundation.approvals.dates import plan_family
from yishi.foundation.approvals.lifecycle import states as items
from yishi.foundation.calendars.counting import effective_moment
from yishi.foundation.cases.families.edges import Link, links_of
from yishi.foundation.cases.lifecycle import lifecycle_of
from yishi.foundation.cases.state import CaseState
from yishi.foundation.places.snapshot import Register
from yishi.systems.life_events.catalogue import routes
from yishi.systems.life_events.effects import joint_cap, joint_pauses
from yishi.systems.life_events.flowpicture import Box, picture
from yishi.systems.life_events.lifecycle import day_of
from yishi.systems.life_events.versions import Registers, book_of_case

_TONES = {
    "waiting": "wait",
    "received": "now",
    "correcting": "pause",
    "reviewing": "now",
    "suspended": "pause",
    "granted": "done",
    "issued": "done",
    "refused": "bad",
    "delivered": "done",
    "exempted": "off",
    "not_started": "off",
    "withdrawn": "off",
}
_BADGES = {"wait": "neutral", "now": "active", "pause": "warn", "done": "good", "bad": "bad"}


@dataclass(frozen=True, slots=True)
class Standing:
    """One item. ``due``: by when it is decided (planned while it waits); ``why``: in words."""

    case: CaseState
    label: str
    tone: str
    badge: str
    unit: str
    due: date | None
    late: bool
    why: str
    result: str

    @property
    def open(self) -> bool:
        """Not decided yet."""
        return not self.case.outcome


@dataclass(frozen=True, slots=True)
class Whole:
    """All items, with the order among them and the picture of it."""

    items: Sequence[Standing]
    links: Sequence[Link]
    drawn: SafeString
    end: datetime | None = None

    @property
    def done(self) -> int:
        """How many are decided."""
        return sum(not one.open for one in self.items)

    @property
    def still(self) -> bool:
        """Whether all that is handled stands still by law."""
        handled = [one.case for one in self.items if one.open and not one.case.waiting_for]
        return bool(handled) and all(one.state == "suspended" for one in handled)


def whole(
    root: CaseState,
    members: Sequence[CaseState],
    found: Registers,
    now: datetime,
    *,
    columns: int = 2,
) -> Whole:
    """Everything that a page says of a case's items (1 statement, none without items)."""
    if not members:
        return Whole((), (), SafeString())
    judged = effective_moment(found.calendar, now)
    links = links_of([one.id for one in members])
    accepted = datetime.fromisoformat(root.data["accepted_on"] + "T12:00:00+08:00")
    planned = plan_family(
        members,
        links,
        book_of_case(root),
        found.calendar,
        accepted,
        cap=joint_cap(root),
        pauses=joint_pauses(root, now),
        now=now,
    )
    due = planned.due
    register = found.register
    by_id = {one.id: one for one in members}
    shown = [_standing(one, by_id, links, due.get(one.number), register, judged) for one in members]
    return Whole(shown, links, _drawn(root, shown, links, columns), planned.end)


def _standing(
    case: CaseState,
    by_id: dict[int, CaseState],
    links: Sequence[Link],
    due: datetime | None,
    register: Register,
    judged: datetime,
) -> Standing:
    state = lifecycle_of(case.system).states[case.state]
    tone = _TONES.get(case.state, "off")
    if case.state == "delivered" and case.outcome == "refused":
        tone = "bad"
    at = None if case.outcome or due is None else day_of(due)
    return Standing(
        case,
        state.label,
        tone,
        _BADGES.get(tone, "neutral"),
        register.unit_name(case.unit_id),
        at,
        # As cards: nothing is late on a rest day, nor while it stands still by law.
        at is not None and case.state != "suspended" and at < day_of(judged),
        _why(case, by_id, links),
        _result(case),
    )


def _why(case: CaseState, by_id: dict[int, CaseState], links: Sequence[Link]) -> str:
    if case.state == "waiting":
        before = [by_id[one.before].subject for one in links if one.after == case.id]
        return _("等“%(names)s”的结果，收到后开始计时") % {"names": "”“".join(before)}
    if case.state == "suspended":
        running = [one for one in case.data.get("pauses", []) if "to" not in one]
        kinds = [str(_(items.STEPS.get(one["kind"], one["kind"]))) for one in running]
        kind = "、".join(kinds) or _("特别程序")
        return _("依法进行%(kind)s，所需时间不计入时限") % {"kind": kind}
    if case.state == "correcting":
        return _("等申请人补正")
    if case.data.get("deferred") and not case.outcome:
        return _("已容缺受理，等补交材料")
    if case.state in ("received", "reviewing"):
        return _("正在审查")
    return str(case.data.get("reason") or "")


def _result(case: CaseState) -> str:
    if not case.outcome:
        return ""
    number = case.data.get("licence_no")
    said = items.OUTCOMES.get(case.outcome, case.outcome)
    return f"{said} {number}" if number else said


def _drawn(
    root: CaseState, shown: Sequence[Standing], links: Sequence[Link], columns: int
) -> SafeString:
    keys = {one.case.id: one.case.type_key for one in shown}
    waits = {key: [] for key in keys.values()}  # type: dict[str, list[str]]
    for one in links:
        waits[keys[one.after]].append(keys[one.before])
    boxes = {
        one.case.type_key: Box(one.case.type_key, one.case.subject, _line(one), one.tone)
        for one in shown
    }
    edges = [(keys[one.before], keys[one.after], one.kind.value) for one in links]
    label = _("%(name)s的办理进展：%(n)d 个事项") % {"name": root.subject, "n": len(shown)}
    return picture(boxes, routes.bands(waits), edges, label, columns=columns)


def _line(one: Standing) -> str:
    if one.due is not None:
        return f"{one.label} {one.due:%m-%d}"
    return one.label
