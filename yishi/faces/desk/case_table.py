"""The table of cases, as lists draw it and exports write it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yishi.foundation.cases.lifecycle import lifecycle_of
from yishi.foundation.places.snapshot import Register
from yishi.foundation.tables.columns import Column, Table
from yishi.foundation.ui.judging import judged_at
from yishi.foundation.ui.parts import Light, light


@dataclass(frozen=True, slots=True)
class Row:
    """One case of a list."""

    id: int
    number: str
    url: str
    subject: str
    state: str
    tone: str
    area: str
    unit: str
    person: str
    light: Light
    at: datetime


#: ``draw`` names the branch of ``desk/rows.html`` that draws the cell.
CASES: Table[Row] = Table(
    "cases",
    _("案件查询"),
    (
        Column("number", _("编号"), lambda row: row.number, draw="case", head=_("案卷"), width=20),
        Column("subject", _("标题"), lambda row: row.subject, draw="", width=44),
        Column("light", _("时限"), lambda row: row.light.text, draw="light", width=18),
        Column("due", _("截止时间"), lambda row: row.light.due, kind="moment", draw="", width=17),
        Column("state", _("状态"), lambda row: row.state, draw="state"),
        Column("area", _("区域"), lambda row: row.area, draw="area", width=20),
        Column("unit", _("单位"), lambda row: row.unit, draw="unit", width=26),
        Column("person", _("办理人"), lambda row: row.person, draw=""),
        Column("at", _("上报时间"), lambda row: row.at, kind="moment", draw="at", width=17),
    ),
)
WORK: Table[Row] = Table("work", _("我的工作"), CASES.columns)


def row_of(case: Any, register: Register, shown: Light, *, unit: str = "", person: str = "") -> Row:
    """A case as a row of a list (no statement)."""
    state = lifecycle_of(case.system).states[case.state]
    return Row(
        id=case.id,
        number=case.number,
        url=reverse("desk:case", args=[case.number]),
        subject=case.subject,
        state=gettext(state.label),
        tone="good" if state.final else "active",
        area=register.label("/".join(case.managed_path.split("/")[:2])),
        unit=unit,
        person=person,
        light=shown,
        at=case.received_at,
    )


def work_row(assignment: Any, register: Register, now: datetime, numbers: Mapping[str, int]) -> Row:
    """An open assignment as a row: its own light, unit and person."""
    judged = judged_at(assignment.case.system, now, numbers)
    shown = light(assignment.due_at, now, warn_at=assignment.warn_at, judged=judged)
    person = assignment.person.display_name if assignment.person else ""
    return row_of(assignment.case, register, shown, unit=assignment.unit.name, person=person)


def case_row(case: Any, register: Register, now: datetime, numbers: Mapping[str, int]) -> Row:
    """A case as a row: its light as a whole, and the unit in charge."""
    shown = case_light(case, now, numbers)
    return row_of(case, register, shown, unit=case.unit.name if case.unit else "")


def case_light(case: Any, now: datetime, numbers: Mapping[str, int]) -> Light:
    """The light of a case as a whole: its next deadline, or how it ended."""
    if case.closed_at is None:
        judged = judged_at(case.system, now, numbers)
        return light(case.next_due_at, now, warn_at=case.next_warn_at, judged=judged)
    if case.timeliness == "late":
        exempt = case.data.get("exempt") == case.data.get("round", 1)
        return Light("red", gettext("逾期办结（统计免责）") if exempt else gettext("逾期办结"))
    if case.outcome == "forced":
        return Light("none", gettext("已结束"))
    return (
        Light("done", gettext("按时办结")) if case.timeliness else Light("none", gettext("已结束"))
    )
