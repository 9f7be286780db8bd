"""What officers see of an application and of its records."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yishi.foundation.cases.lifecycle import Need, lifecycle_of
from yishi.foundation.cases.models import Case, CasePaper
from yishi.foundation.cases.state import CaseState
from yishi.foundation.cases.steps import steps_of
from yishi.foundation.credit.repair import copies, notices, reading, services, wording
from yishi.foundation.credit.repair import states as s
from yishi.foundation.credit.repair.lifecycle.record import NOT_ACCEPTED_REASONS, REFUSED_REASONS
from yishi.foundation.credit.repair.printing import name_for
from yishi.foundation.ui.desk import CaseView, DeskSystem, Grouped, Look, Panel
from yishi.foundation.ui.parts import Fact
from yishi.foundation.ui.timetext import moment_text

KIND_LABELS = {s.REPAIR: _("信用修复"), s.SHIELD: _("破产临时屏蔽")}
_REASONS = dict((*NOT_ACCEPTED_REASONS, *REFUSED_REASONS))
_RECEIPTS = {
    "queued": _("等待接收"),
    "sent": _("已接收"),
    "failed": _("被拒绝"),
    "skipped": _("已跳过"),
}


def types(numbers: Mapping[str, int], now: datetime) -> Grouped:
    """Ordinary repairs and shields."""
    kinds = tuple((key, str(label)) for key, label in KIND_LABELS.items())
    return [(gettext("信用修复"), kinds)]


def application_view(look: Look) -> CaseView:
    """The records of an application, each with its body and its light; the pledge."""
    case = look.case
    rows = Case.objects.unscoped("the records of an application in sight").filter(root_id=case.id)
    seen = set(
        Case.objects.visible_to(look.actor).filter(root_id=case.id).values_list("pk", flat=True)
    )
    states = lifecycle_of(s.RECORD).states
    members = [
        {
            "number": row.number,
            "subject": row.subject,
            "unit": look.register.unit(row.unit_id).name if row.unit_id else "",
            "state": states[row.state].label,
            "due": row.next_due_at,
            "url": reverse("desk:case", args=[row.number]) if row.pk in seen else "",
        }
        for row in rows.order_by("id")
    ]
    shielded = any(row.state == "shielded" for row in rows)
    panel = Panel(
        "records", gettext("申请的信用记录"), "credit_repair/desk/records_panel.html",
        {"members": members},
    )  # fmt: skip
    links = _links(look)
    if shielded:
        address = reverse("desk:repair:shield-end", args=[case.number])
        links.append((gettext("重整计划的结果"), address))
    return CaseView(facts=_application_facts(look), panels=[panel], links=links)


def _application_facts(look: Look) -> list[Fact]:
    case, data = look.case, look.case.data
    ruling = data.get("ruling") or {}
    pledge = data["pledge"]
    rows = [
        Fact(gettext("申请人"), name_for(look.actor, reading.applicant_of(case.id))),
        Fact(gettext("类型"), str(KIND_LABELS[case.type_key])),
        Fact(gettext("收到时间"), moment_text(case.received_at)),
        Fact(
            gettext("信用承诺"),
            gettext("已作出") if pledge["made"] else gettext("未作出"),
            hint=gettext("文本版本 %(v)s") % {"v": pledge["version"]} if pledge["made"] else "",
        ),
        Fact(gettext("收费"), gettext("不收取任何费用")),
    ]
    if ruling:
        rows.append(Fact(gettext("法院裁定"), f"{ruling['court']} {ruling['number']}"))
    return rows


def record_view(look: Look) -> CaseView:
    """The record, what the applicant handed in, every condition, the copies elsewhere."""
    case = look.case
    record = reading.records_of([case])[case.id]
    conditions = [
        {"text": wording.kept_reason(row), "met": row["met"]} for row in case.data["conditions"]
    ]
    panels = [
        Panel(
            "conditions",
            gettext("修复条件"),
            "credit_repair/desk/conditions_panel.html",
            {"conditions": conditions, "files": _files(look)},
        )
    ]
    receipts = copies.receipts_of(case.id)
    if receipts:
        shown = [{"one": one, "state": _RECEIPTS.get(one.state, one.state)} for one in receipts]
        panels.append(
            Panel(
                "copies",
                gettext("第三方副本"),
                "credit_repair/desk/receipts_panel.html",
                {"receipts": shown},
            )
        )
    facts = [
        Fact(gettext("失信信息"), record.document_no, hint=record.summary),
        Fact(gettext("申请人"), name_for(look.actor, reading.applicant_of(case.id))),
        Fact(gettext("认定单位"), record.authority),
        Fact(gettext("文书日期"), str(record.document_date)),
        Fact(gettext("失信等级"), record.get_severity_display()),
        Fact(gettext("信息状态"), record.get_state_display()),
        Fact(
            gettext("义务履行"),
            _duty(record.duty_done_on, record.duty_open),
            hint=_declared(case),
        ),
        Fact(gettext("最长公示至"), str(record.max_end)),
        Fact(gettext("适用规则"), str(case.data.get("rule") or "—")),
        Fact(gettext("所属申请"), _root_number(case), url=_root_url(look)),
    ]
    if case.data.get("reason"):
        facts.append(Fact(gettext("结论理由"), str(case.data["reason"])))
    return CaseView(facts=facts, panels=panels, links=_links(look))


def _duty(done_on: Any, is_open: bool | None) -> str:
    if done_on is not None:
        return gettext("%(day)s 履行完毕") % {"day": done_on}
    return gettext("尚未履行") if is_open else gettext("没有记载")


def _declared(case: CaseState) -> str:
    day = case.data.get("declared_on")
    return gettext("申请人称 %(day)s 履行完毕，请核实") % {"day": day} if day else ""


def _root_number(case: CaseState) -> str:
    rows = Case.objects.unscoped("the application of a record's case in sight")
    return str(rows.values_list("number", flat=True).get(pk=case.root_id or case.id))


def _root_url(look: Look) -> str:
    rows = Case.objects.visible_to(look.actor).filter(pk=look.case.root_id or look.case.id)
    number = rows.values_list("number", flat=True).first()
    return reverse("desk:case", args=[number]) if number else ""


def _files(look: Look) -> list[str]:
    """Addresses of what the applicant handed in (1 statement)."""
    rows = CasePaper.objects.visible_to(look.actor).filter(case_id=look.case.id)
    ids = rows.order_by("id").values_list("attachment_id", flat=True)
    return [reverse("desk:repair:file", args=[look.case.number, one]) for one in ids]


def _links(look: Look) -> list[tuple[str, str]]:
    steps = steps_of(look.actor, look.case)
    return [
        (
            gettext(one.name),
            reverse("desk:repair:paper", args=[look.case.number, one.seq]),
        )
        for one in notices.papers_of(look.case, steps)
    ]


def no_fields(need: Need, look: Look, data: Mapping[str, Any]) -> forms.Field | None:
    """The moves ask for nothing that only repairs know."""
    return None


def suggest_units(look: Look) -> list[tuple[int, str]]:
    """The bodies whose name the record bears."""
    authority = str(look.case.data.get("authority") or "")
    found = [one for one in look.register.units() if authority and one.name.endswith(authority)]
    return [(one.id, gettext("与认定单位同名")) for one in found[:5]]


def told(look: Look, body: Mapping[str, Any]) -> list[str]:
    """What a step put into its trace, in lines of the history."""
    lines = [gettext(_REASONS[code]) for code in body.get("codes") or () if code in _REASONS]
    if body.get("earliest"):
        lines.append(gettext("最早可于 %(day)s 申请") % {"day": body["earliest"]})
    if body.get("duty_done_on"):
        lines.append(gettext("核实义务于 %(day)s 履行完毕") % {"day": body["duty_done_on"]})
    if body.get("days"):
        lines.append(gettext("延长 %(n)d 个工作日") % {"n": body["days"]})
    if body.get("document"):
        lines.append(gettext("文书 %(number)s") % {"number": body["document"]})
    return lines


_COMMON: dict[str, Any] = {
    "clock_labels": {key: _(label) for key, label in s.CLOCK_LABELS.items()},
    "types": types,
    "fields": no_fields,
    "suggest_units": suggest_units,
    "advance_batch": services.advance_batch,
    "told": told,
}
APPLICATIONS = DeskSystem(
    system=s.SYSTEM,
    label="信用修复申请",
    steps=("handle", "answer"),
    main_clock=s.ANSWER,
    view=application_view,
    advance=services.advance_application,
    urls="yishi.foundation.credit.repair.pages.desk_urls",
    hidden_moves=frozenset({"submit"}),
    **_COMMON,
)
RECORDS = DeskSystem(
    system=s.RECORD,
    label="信用修复",
    steps=("receive", "check", "done"),
    main_clock=s.DECIDE,
    view=record_view,
    advance=services.advance,
    hidden_moves=frozenset({"receive", "plan_failed", "plan_done"}),
    standing={
        "forward": "receive",
        "correct": "receive",
        "object": "check",
        "shield": "done",
        "flag": "done",
    },
    answers={"accept": ("correct",), "answer_objection": ("object",)},
    **_COMMON,
)
