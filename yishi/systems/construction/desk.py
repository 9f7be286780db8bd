"""What the desk shows of a project's case beyond the common parts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yishi.foundation.cases.lifecycle import Need
from yishi.foundation.ui.desk import CaseView, DeskSystem, Grouped, Look
from yishi.foundation.ui.navigation import MenuItem
from yishi.foundation.ui.parts import Fact
from yishi.systems.construction.catalogue import version
from yishi.systems.construction.context import city
from yishi.systems.construction.lifecycle import MOVES
from yishi.systems.construction.lifecycle.counting import used_of
from yishi.systems.construction.pages.listing import KINDS
from yishi.systems.construction.pages.views import ROLES
from yishi.systems.construction.services import moving
from yishi.systems.construction.states import CLOCKS, PROJECT, SYSTEM


def types(numbers: Mapping[str, int], now: datetime) -> Grouped:
    """The kinds of projects, for the filter of lists."""
    return [(gettext("工程建设项目"), tuple((key, str(label)) for key, label in KINDS))]


def view(look: Look) -> CaseView:
    """The facts of a project, and the way to its own page."""
    case, data = look.case, look.case.data
    kind = version(case.catalogue_id).kind[case.type_key].name
    used, limit = used_of(case, city(look.numbers).calendar, look.now)
    facts = [
        Fact(
            gettext("项目页"),
            gettext("时间轴、阶段、单体与验收"),
            url=reverse("desk:construction:project", args=[case.number]),
        ),
        Fact(gettext("项目代码"), data.get("code") or gettext("涉密项目，无代码")),
        Fact(gettext("类型"), kind),
        Fact(gettext("建设单位"), data.get("owner", "")),
        Fact(gettext("区域"), look.register.label(case.managed_path)),
        Fact(gettext("已用时限"), f"{used} / {limit}", hint=gettext("各事项计入日的并集")),
    ]
    links = [
        (
            gettext("全流程时间轴（PDF）"),
            reverse("desk:construction:timeline-pdf", args=[case.number]),
        )
    ]
    return CaseView(facts=facts, links=links)


def fields(need: Need, look: Look, data: Mapping[str, Any]) -> forms.Field | None:
    """The moves ask for nothing that only this system knows."""
    return None


def suggest_units(look: Look) -> list[tuple[int, str]]:
    """No move asks for a unit."""
    return []


def told(look: Look, body: Mapping[str, Any]) -> list[str]:
    """What a step put into its trace, in lines of the history."""
    lines = []
    for name, label in (
        ("code", gettext("项目代码")),
        ("verdict", gettext("核验结果")),
        ("source", gettext("核验来源")),
        ("document", gettext("文号")),
        ("order", gettext("委托")),
        ("baseline", gettext("基准工作日")),
        ("merged", gettext("合并时限")),
        ("saved", gettext("节省工作日")),
        ("notice", gettext("通知书")),
        ("member", gettext("事项")),
        ("limit_kept", gettext("总时限不变")),
    ):
        if body.get(name) not in (None, ""):
            lines.append(f"{label}：{body[name]}")
    for number, key, _mode in body.get("items") or ():
        item = version(look.case.catalogue_id).item.get(key)
        lines.append(f"{item.name if item else key}：{number}")
    return lines


def menu() -> list[MenuItem]:
    """What the desk's menu offers of projects, and to whom."""
    return [
        MenuItem(
            _("工程建设项目"),
            "desk:construction:projects",
            "desk",
            ROLES,
            _("查询"),
            order=33,
            card=True,
        ),
        MenuItem(_("项目地图"), "desk:construction:map", "desk", ROLES, _("查询"), order=34),
    ]


DESK = DeskSystem(
    system=SYSTEM,
    label="工程建设项目",
    steps=("register", "stage_1", "stage_2", "stage_3", "stage_4", "filing", "done"),
    main_clock=PROJECT,
    clock_labels=CLOCKS,
    types=types,
    view=view,
    fields=fields,
    suggest_units=suggest_units,
    advance=moving.advance,
    advance_batch=moving.advance_batch,
    told=told,
    urls="yishi.systems.construction.urls",
    hidden_moves=frozenset(MOVES) - moving.PLAIN - {"correct_code"},
    standing={"ended": "stage_1"},
)
