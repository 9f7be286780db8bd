"""The numbered papers of projects: opinions of acceptances, survey books, cards, the timeline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from yishi.foundation.papers.issuing import Issued, PaperKind, issue
from yishi.systems.construction.catalogue.types import GRADES
from yishi.systems.construction.context import City
from yishi.systems.construction.models import Card, Round, SurveyOrder
from yishi.systems.construction.rules import joint, timeline
from yishi.systems.construction.rules.joint import Opinion, Outcome
from yishi.systems.construction.services import picture
from yishi.systems.construction.services.reading import Project
from yishi.systems.construction.services.surveying import CRS

JOINT, UNIT, SURVEY, TIMELINE, CARD = (
    "construction_joint",
    "construction_unit",
    "construction_survey",
    "construction_timeline",
    "construction_card",
)
KINDS = (
    PaperKind(JOINT, _("联合验收意见书"), "联合验收"),
    PaperKind(UNIT, _("单位工程提前验收意见书"), "提前验收"),
    PaperKind(SURVEY, _("多测合一成果书"), "多测合一"),
    PaperKind(TIMELINE, _("项目全流程时间轴"), "时间轴"),
    PaperKind(CARD, _("工程审批督办单"), "审批督办"),
)
ZONE = ZoneInfo("Asia/Shanghai")

Verify = Callable[[str], str]


def _base(project: Project, registers: City, demo: bool) -> dict[str, Any]:
    data = project.case.data
    register = registers.register
    return {
        "city": register.node(register.root).name,
        "demo": demo,
        "number": project.case.number,
        "project": project.case.subject,
        "code": data.get("code") or "（涉密项目，无代码）",
        "owner": f"{data.get('owner', '')}（{data.get('owner_uscc', '')}）",
        "site": f"{register.label(project.case.managed_path)} {data.get('site', '')}",
    }


def _day(moment: datetime | None) -> str:
    return f"{moment.astimezone(ZONE):%Y-%m-%d}" if moment else ""


def opinion_paper(
    project: Project, one: Round, registers: City, actor_ref: str, now: datetime,
    verify_url: Verify, *, demo: bool,
) -> Issued:  # fmt: skip
    """联合验收意见书 or 单位工程提前验收意见书: all departments' opinions with their days."""
    member = project.member(one.item_id)
    unit = next((u for u in project.units if u.pk == one.unit_id), None)
    rows = []
    for row in project.opinions_of(one):
        item = project.book.item.get(row.item_key)
        rows.append(
            {
                "item": item.name if item else row.item_key,
                "office": picture.office_name(registers.register, row.office_id),
                "opinion": joint.LABELS[Opinion(row.opinion)],
                "text": row.text,
                "later": "；".join(row.later),
                "day": _day(row.given_at),
                "carried": row.carried,
            }
        )
    data = _base(project, registers, demo) | {
        "unit": f"{unit.code} {unit.name}" if unit else "",
        "area": str(unit.area) if unit else str(project.case.data.get("floor_area", "")),
        "item": member.number,
        "round": one.number,
        "result": joint.OUTCOMES[Outcome(one.state)],
        "concluded": _day(one.concluded_at),
        "lead": picture.office_name(registers.register, member.unit_id),
        "notice": one.notice,
        "note": one.note,
        "rows": rows,
        "units": [
            {"code": u.code, "name": u.name, "area": str(u.area), "day": str(u.accepted_on or "")}
            for u in project.units
        ],
        "standing": _standing(project),
    }
    kind = UNIT if unit else JOINT
    return issue(
        kind, "construction/opinion", data,
        about=("round", one.pk), actor_ref=actor_ref, now=now, verify_url=verify_url,
    )  # fmt: skip


def _standing(project: Project) -> str:
    found = project.standing
    return (
        f"已验收 {found.accepted}／{found.total} 个单位工程，"
        f"面积 {found.accepted_area}／{found.area} m²"
    )


def survey_paper(
    project: Project, order: SurveyOrder, registers: City, actor_ref: str, now: datetime,
    verify_url: Verify, *, demo: bool,
) -> Issued:  # fmt: skip
    """多测合一成果书: one book by disciplines."""
    surveyor = project.book.surveyor[order.surveyor]
    assert surveyor.grade in GRADES
    rows = [
        {
            "discipline": project.book.discipline[row.discipline].name,
            "unit": row.unit_code or "场地",
            "area": f"{row.area} m²" if row.area is not None else "—",
            "rule": row.rule or "—",
            "version": f"v{row.version}",
            "state": {"current": "有效", "stale": "已过时", "superseded": "已替代"}[row.state],
            "accuracy": row.accuracy,
        }
        for row in project.results
        if row.order_id == order.pk
    ]
    data = _base(project, registers, demo) | {
        "order": order.number,
        "surveyor": f"{surveyor.name}（{surveyor.grade}级，{surveyor.uscc}）",
        "crs": CRS.get(order.crs, order.crs),
        "ordered": _day(order.ordered_at),
        "delivered": _day(order.delivered_at),
        "baseline": order.baseline,
        "limit": order.limit_days,
        "saved": order.saved_days,
        "unsatisfiable": order.unsatisfiable,
        "supplement": order.supplement,
        "rows": rows,
    }
    return issue(
        SURVEY, "construction/survey", data,
        about=("survey_order", order.pk), actor_ref=actor_ref, now=now, verify_url=verify_url,
    )  # fmt: skip


def card_paper(
    project: Project, card: Card, registers: City, actor_ref: str, now: datetime,
    verify_url: Verify, *, demo: bool,
) -> Issued:  # fmt: skip
    """黄牌、红牌督办单."""
    data = _base(project, registers, demo) | {
        "level": "红牌" if card.level == Card.RED else "黄牌",
        "office": picture.office_name(registers.register, card.office_id),
        "used": card.used_days,
        "limit": card.limit_days,
        "automatic": card.automatic,
        "reason": card.reason,
        "day": _day(card.at),
        "answer": card.answer,
        "answered": _day(card.answered_at),
    }
    return issue(
        CARD, "construction/card", data,
        about=("project_card", card.pk), actor_ref=actor_ref, now=now, verify_url=verify_url,
    )  # fmt: skip


def timeline_paper(
    project: Project, registers: City, actor_ref: str, now: datetime, verify_url: Verify,
    *, demo: bool,
) -> Issued:  # fmt: skip
    """The picture of the whole course on paper."""
    course = picture.course(project, registers.register, registers.calendar, now)
    data = _base(project, registers, demo) | {
        "picture": timeline.svg(course),
        "used": course.used,
        "limit": course.limit,
        "day": f"{course.today:%Y-%m-%d}",
        "turn": course.turn,
        "source": str(project.case.data.get("limit_source", "")),
    }
    return issue(
        TIMELINE, "construction/timeline", data,
        about=("case", project.case.id), actor_ref=actor_ref, now=now, verify_url=verify_url,
    )  # fmt: skip
