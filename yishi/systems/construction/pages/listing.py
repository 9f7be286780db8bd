"""All projects that somebody may see, with the days each has used of its limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yishi.foundation.access.actors import Actor
from yishi.foundation.calendars.calendar import Calendar
from yishi.foundation.cases.models import Case, Clock
from yishi.foundation.cases.state import ClockState
from yishi.foundation.tables.columns import Column, Table
from yishi.systems.construction.rules.union import used_days
from yishi.systems.construction.services.picture import light_of_clock
from yishi.systems.construction.states import PROJECT, STATES, SYSTEM

#: Projects that one page counts; a city has some thousands, of which some hundreds are open.
MOST = 5_000
PAGE = 50
KINDS = (
    ("GOV", _("政府投资项目")),
    ("PRIVATE", _("社会一般投资项目")),
    ("LAND_WITH_PLAN", _("带方案出让土地项目")),
)
LIGHTS = {
    "red": _("超过时限"),
    "yellow": _("临近时限"),
    "green": _("正常"),
    "paused": _("等待建设单位"),
    "done": _("按时办结"),
    "none": _("尚未受理事项"),
}
SORTS = (
    ("urgent", _("最紧的在前")),
    ("used", _("已用天数多的在前")),
    ("share", _("已用比例高的在前")),
    ("new", _("新登记的在前")),
)
_ORDER = {"red": 0, "yellow": 1, "green": 2, "paused": 3, "none": 4, "done": 5}


class FilterForm(forms.Form):
    """What narrows and orders the list."""

    q = forms.CharField(label=_("项目名称或编号"), required=False, max_length=60)
    kind = forms.ChoiceField(label=_("类型"), choices=[("", _("全部")), *KINDS], required=False)
    state = forms.ChoiceField(
        label=_("阶段"),
        choices=[
            ("", _("未办结")),
            *((name, _(state.label)) for name, state in STATES.items()),
        ],
        required=False,
    )
    light = forms.ChoiceField(
        label=_("红黄牌"), choices=[("", _("全部")), *LIGHTS.items()], required=False
    )
    sort = forms.ChoiceField(label=_("排序"), choices=SORTS, required=False)
    use_required_attribute = False


@dataclass(frozen=True, slots=True)
class Line:
    """A project in the list. Days are working days."""

    number: str
    subject: str
    code: str
    owner: str
    kind: str
    state: str
    place: str
    used: int
    limit: int
    light: str
    due: datetime | None
    provisional: bool
    lon: float | None
    lat: float | None
    received: datetime

    @property
    def left(self) -> int:
        """Days left; negative when overdue."""
        return self.limit - self.used


def lines(
    actor: Actor, calendar: Calendar, register: Any, now: datetime, wanted: dict[str, Any]
) -> list[Line]:
    """The projects in sight that *wanted* asks for, in its order (2 statements)."""
    rows = Case.objects.visible_to(actor).filter(system=SYSTEM)
    if wanted.get("state"):
        rows = rows.filter(state=wanted["state"])
    else:
        rows = rows.filter(closed_at__isnull=True)
    if wanted.get("kind"):
        rows = rows.filter(type_key=wanted["kind"])
    text = str(wanted.get("q") or "").strip()
    if text:
        rows = rows.filter(
            Q(subject__icontains=text) | Q(number__icontains=text) | Q(data__code__icontains=text)
        )
    fields = (
        "id", "number", "subject", "type_key", "state", "managed_path", "data", "lon", "lat",
        "received_at",
    )  # fmt: skip
    cases = list(rows.order_by("-id").values(*fields)[:MOST])
    clocks = _clocks([case["id"] for case in cases])
    found = [_line(case, clocks.get(case["id"]), calendar, register, now) for case in cases]
    if wanted.get("light"):
        found = [line for line in found if line.light == wanted["light"]]
    return ordered(found, str(wanted.get("sort") or "urgent"))


def ordered(found: list[Line], sort: str) -> list[Line]:
    """*found* in one of ``SORTS``."""
    if sort == "used":
        return sorted(found, key=lambda line: -line.used)
    if sort == "share":
        return sorted(found, key=lambda line: -line.used / max(1, line.limit))
    if sort == "new":
        return found
    return sorted(found, key=lambda line: (_ORDER[line.light], line.left))


def _clocks(ids: Sequence[int]) -> dict[int, ClockState]:
    rows = Clock.objects.unscoped("clocks of projects in sight").filter(
        case_id__in=ids, kind=PROJECT
    )
    names = (
        "kind", "limit_text", "profile", "calendar_version", "started_at", "due_at", "warn_at",
        "provisional", "paused_at", "pauses", "extensions", "stopped_at", "late",
    )  # fmt: skip
    found = {}
    for row in rows.order_by("id").values("case_id", *names):
        case_id = row.pop("case_id")
        found[case_id] = ClockState(**row)
    return found


def _line(
    case: dict[str, Any], clock: ClockState | None, calendar: Calendar, register: Any, now: datetime
) -> Line:
    data = case["data"]
    limit = int(data["limit"])
    live = clock is not None and clock.stopped_at is None and clock.paused_at is None
    return Line(
        number=case["number"],
        subject=case["subject"],
        code=str(data.get("code") or ""),
        owner=str(data.get("owner") or ""),
        kind=str(dict(KINDS).get(case["type_key"], case["type_key"])),
        state=case["state"],
        place=register.label(case["managed_path"]),
        used=used_days(calendar, clock, now) if clock is not None else 0,
        limit=limit,
        light=light_of_clock(clock, calendar, now, limit),
        due=clock.due_at if clock is not None and live else None,
        provisional=bool(clock is not None and live and clock.provisional),
        lon=case["lon"],
        lat=case["lat"],
        received=case["received_at"],
    )


TABLE: Table[Line] = Table(
    "construction-projects",
    _("工程建设项目"),
    (
        Column("number", _("编号"), lambda one: one.number, width=24),
        Column("code", _("项目代码"), lambda one: one.code, width=26),
        Column("subject", _("项目"), lambda one: one.subject, width=40),
        Column("owner", _("建设单位"), lambda one: one.owner, width=30),
        Column("kind", _("类型"), lambda one: one.kind, width=20),
        Column("state", _("阶段"), lambda one: str(_(STATES[one.state].label)), width=18),
        Column("place", _("区域"), lambda one: one.place, width=22),
        Column("used", _("已用工作日"), lambda one: one.used, kind="number"),
        Column("limit", _("总时限"), lambda one: one.limit, kind="number"),
        Column("left", _("剩余"), lambda one: one.left, kind="number"),
        Column("light", _("红黄牌"), lambda one: str(LIGHTS[one.light]), width=14),
        Column("received", _("登记时间"), lambda one: one.received, kind="moment", width=18),
    ),
)
