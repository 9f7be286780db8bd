"""What officers see of an item case, and the fields of its moves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yishi.foundation.approvals import notices, services
from yishi.foundation.approvals.catalogue import Book, Item, book_of
from yishi.foundation.approvals.catalogue.model import HANDLING, KINDS
from yishi.foundation.approvals.context import registers
from yishi.foundation.approvals.lifecycle import SYSTEM
from yishi.foundation.approvals.lifecycle import states as s
from yishi.foundation.approvals.submitted import Submitted, submitted_for
from yishi.foundation.cases.lifecycle import Need, lifecycle_of
from yishi.foundation.cases.models import Case
from yishi.foundation.cases.state import CaseState
from yishi.foundation.cases.steps import steps_of
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.desk import CaseView, DeskSystem, Grouped, Look, Panel
from yishi.foundation.ui.parts import Fact

CHANNELS = {
    "window": _("窗口"),
    "web": _("网上"),
    "mobile": _("移动端"),
    "post": _("快递"),
}
MODES = {"normal": _("一般受理"), "pledge": _("告知承诺")}


def types(numbers: Mapping[str, int], now: datetime) -> Grouped:
    """The items in force by department, for the filter of lists."""
    try:
        _version, book = registers(numbers).catalogue(now)
    except FieldError:
        return []
    return [
        (department, tuple((item.key, item.name) for item in items))
        for department, items in book.departments.items()
    ]


def view(look: Look) -> CaseView:
    """Facts, what was handed in, the other items of the family, and the papers."""
    case = look.case
    book = book_of(case.catalogue_id)
    item = book.items[case.type_key]
    given = submitted_for(look.actor, case, book, look.now)
    steps = steps_of(look.actor, case)
    return CaseView(
        facts=_facts(look, item, given),
        panels=[panel for panel in (_submitted(look, given), _family(look)) if panel],
        links=[
            (
                gettext(notice.name),
                reverse("desk:approvals:notice", args=[case.number, notice.seq]),
            )
            for notice in notices.notices_of(steps)
        ],
    )


def _facts(look: Look, item: Item, given: Submitted) -> list[Fact]:
    case, data = look.case, look.case.data
    unit = look.register.unit(case.unit_id).name if case.unit_id else ""
    reasons = "；".join(str(line) for line in data.get("dispatch_reason") or ())
    rows = [
        Fact(gettext("事项"), item.name, hint=item.basis),
        Fact(
            gettext("事项类型"), f"{gettext(KINDS[item.kind])}，{gettext(HANDLING[item.handling])}"
        ),
        Fact(gettext("申请人"), given.applicant or "—"),
        Fact(gettext("实施机关"), unit, hint=reasons),
        Fact(gettext("区域"), look.register.label(case.managed_path)),
        Fact(gettext("申请渠道"), CHANNELS.get(str(data.get("channel")), "—")),
        Fact(
            gettext("时限"), f"{item.promise} / {item.legal}", hint=gettext("承诺 / 法定（示意）")
        ),
    ]
    return rows + [fact for fact in _states(data) if fact is not None]


def _states(data: Mapping[str, Any]) -> list[Fact | None]:
    """What happened to the case so far, as far as it did."""
    pauses = data.get("pauses") or []
    extended = data.get("extended")
    deferred = data.get("deferred") or {}
    return [
        _maybe(gettext("受理方式"), MODES.get(str(data.get("mode")))),
        _maybe(gettext("受理"), gettext("逾期未告知补正，视为受理") if data.get("deemed") else ""),
        _maybe(gettext("容缺材料"), "、".join(f"{key}（{day}）" for key, day in deferred.items())),
        _maybe(
            gettext("特别程序"),
            "；".join(
                f"{gettext(s.STEPS.get(p['kind'], p['kind']))}（{p['notice']}）" for p in pauses
            ),
        ),
        _maybe(
            gettext("延期"),
            gettext("%(n)d 个工作日") % {"n": extended["days"]} if extended else "",
        ),
        _maybe(gettext("结论理由"), str(data.get("reason") or "")),
        _maybe(gettext("证照编号"), str(data.get("licence_no") or "")),
        _maybe(gettext("有效期至"), str(data.get("valid_to") or "")),
    ]


def _maybe(label: str, value: Any) -> Fact | None:
    return Fact(label, value) if value else None


def _submitted(look: Look, given: Submitted) -> Panel | None:
    if not given.fields and not given.papers:
        return None
    papers = [
        {
            "name": paper.name,
            "status": paper.status,
            "files": [
                reverse("desk:approvals:file", args=[look.case.number, attachment])
                for attachment in paper.attachments
            ],
        }
        for paper in given.papers
    ]
    context = {"fields": given.fields, "papers": papers}
    return Panel("submitted", gettext("申请内容与材料"), "approvals/submitted_panel.html", context)


def _family(look: Look) -> Panel | None:
    """The other items under the same parent: number, name, state."""
    if look.case.root_id is None:
        return None
    rows = Case.objects.unscoped("the family of a case that is in sight: names and states only")
    wanted = rows.filter(root_id=look.case.root_id).exclude(pk=look.case.id).order_by("id")
    seen = set(
        Case.objects.visible_to(look.actor)
        .filter(root_id=look.case.root_id)
        .values_list("pk", flat=True)
    )
    states = lifecycle_of(SYSTEM).states
    members = [
        {
            "number": row["number"],
            "subject": row["subject"],
            "state": states[row["state"]].label if row["state"] in states else row["state"],
            "url": reverse("desk:case", args=[row["number"]]) if row["pk"] in seen else "",
        }
        for row in wanted.values("pk", "number", "subject", "state")
    ]
    context = {"members": members}
    return Panel("family", gettext("同一申请的其他事项"), "approvals/family_panel.html", context)


def fields(need: Need, look: Look, data: Mapping[str, Any]) -> forms.Field | None:
    """Materials, special steps and numbers: what only the item knows."""
    case = look.case
    book = book_of(case.catalogue_id)
    if need.kind == "number":
        return _number(need)
    if need.kind == "keys":
        return forms.MultipleChoiceField(
            label=gettext(need.label),
            choices=_materials(book, case, deferrable=need.required),
            required=need.required,
            widget=forms.CheckboxSelectMultiple,
        )
    if need.name == "material":
        waiting = case.data.get("deferred") or {}
        names = {key: book.materials[key].name for key in waiting if key in book.materials}
        return forms.ChoiceField(label=gettext(need.label), choices=list(names.items()))
    if need.name == "kind":
        steps = [(key, gettext(label)) for key, label in s.STEPS.items()]
        return forms.ChoiceField(label=gettext(need.label), choices=steps, widget=forms.RadioSelect)
    return None


def _number(need: Need) -> forms.Field:
    field = forms.IntegerField(
        label=gettext(need.label), min_value=1, max_value=400, required=need.required
    )
    field.error_messages["invalid"] = gettext("应为整数")
    field.error_messages["required"] = gettext("请填写%(label)s") % {"label": gettext(need.label)}
    return field


def _materials(book: Book, case: CaseState, *, deferrable: bool) -> list[tuple[str, str]]:
    item = book.items[case.type_key]
    return [
        (wanted.material, wanted.named)
        for wanted in item.materials
        if wanted.deferrable or not deferrable
    ]


def suggest_units(look: Look) -> list[tuple[int, str]]:
    """No move asks for a unit."""
    return []


def told(look: Look, body: Mapping[str, Any]) -> list[str]:
    """What a step put into its trace, in lines of the history."""
    lines = []
    if body.get("before"):
        outcome = s.OUTCOMES.get(str(body.get("outcome")), str(body.get("outcome")))
        lines.append(
            gettext("前置事项 %(number)s：%(outcome)s")
            % {"number": body["before"], "outcome": gettext(outcome)}
        )
    if body.get("notice"):
        values = {
            "kind": gettext(s.STEPS.get(body["kind"], body["kind"])),
            "notice": body["notice"],
        }
        lines.append(gettext("%(kind)s，告知文书 %(notice)s") % values)
    if body.get("days"):
        lines.append(gettext("延长 %(n)d 个工作日") % {"n": body["days"]})
    if body.get("licence_no"):
        lines.append(gettext("证照编号 %(number)s") % {"number": body["licence_no"]})
    if body.get("code"):
        from yishi.foundation.approvals.lifecycle.deciding import SATISFACTION

        lines.append(gettext(dict(SATISFACTION)[str(body["code"])]))
    return lines


DESK = DeskSystem(
    system=SYSTEM,
    label="审批办件",
    steps=("wait", "receive", "examine", "decide", "done"),
    main_clock=s.PROMISE,
    clock_labels=s.CLOCK_LABELS,
    types=types,
    view=view,
    fields=fields,
    suggest_units=suggest_units,
    advance=services.advance,
    advance_batch=services.advance_batch,
    told=told,
    urls="yishi.foundation.approvals.urls",
    hidden_moves=frozenset({"receive"}),
    standing={"correct": "receive", "suspend": "examine"},
    answers={
        "accept": ("correct",),
        "not_accept": ("correct",),
        "decide": ("pre_review", "resume"),
    },
)
