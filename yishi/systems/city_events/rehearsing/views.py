"""预演 at the desk: choose what is changed and which past, watch it run, open the cases."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from yishi.foundation.access.actors import Actor
from yishi.foundation.places.snapshot import Register
from yishi.foundation.places.values import PlaceError
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.tables.columns import Column, Part, Table
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.exports import Offer, counted, export_page
from yishi.foundation.ui.fields import ManyFiles
from yishi.foundation.ui.limits import largest_body
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk, require_role, shell_of
from yishi.foundation.ui.pickers import NONE
from yishi.systems.city_events.context import city
from yishi.systems.city_events.exports import CHUNK, GET_AND_POST
from yishi.systems.city_events.rehearsing import service
from yishi.systems.city_events.rehearsing.models import Rehearsal, RehearsedCase
from yishi.systems.city_events.rehearsing.words import APART, INPUTS, KINDS, OUTCOMES, unit_name
from yishi.systems.city_events.routing.absence import wide

ROLES = ("dispatcher", "duty_leader", "administrator")
SHOWN, LISTED = 20, 200


class FilesField(forms.FileField):
    """Several files; the cleaned value is a list."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Each file checked as one."""
        given = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(one, initial) for one in given]


class RehearsalForm(forms.Form):
    """What is changed, and which past."""

    upload = FilesField(
        label=_("改动的文件"),
        help_text=_(
            "目录文件、派单规则、规则文件、识别模型的两个文件，或者它们的 ZIP；最多 20 MB。"
        ),
        widget=ManyFiles(attrs={"accept": ".yaml,.zip,.json,.npz", "multiple": True}),
        error_messages={"required": _("请选择改动的文件"), "empty": _("文件是空的")},
    )
    first = forms.DateField(
        label=_("上报日期，从"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("请填写日期"), "invalid": _("请填写日期")},
    )
    last = forms.DateField(
        label=_("到"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("请填写日期"), "invalid": _("请填写日期")},
    )
    area = forms.ChoiceField(label=_("区域"), required=False)
    note = forms.CharField(
        label=_("说明"),
        required=False,
        max_length=100,
        help_text=_("例如：暴露垃圾改为 2 小时。"),
    )
    use_required_attribute = False

    def __init__(self, areas: Iterable[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].choices = [  # type: ignore[attr-defined]
            (NONE[0], gettext("我能看到的全部")),
            *areas,
        ]


def only(request: HttpRequest) -> Actor:
    """The actor, with what sees an area. Raises PermissionDenied for whoever may not rehearse."""
    return require_role(request, *ROLES, refusal=gettext("预演由派遣员、值班领导和管理员使用。"))


def own(request: HttpRequest, rehearsal_id: int) -> Rehearsal:
    """A rehearsal of the officer's own, else 404."""
    rows = Rehearsal.objects.filter(user_id=actor_of(request).user_id or 0)
    found = rows.filter(pk=rehearsal_id).defer("content").first() if rehearsal_id < 2**63 else None
    if found is None:
        raise Http404
    return found


def _areas(register: Register) -> list[tuple[str, str]]:
    nodes = [node for node in register.children(register.root) if node.public]
    return [(register.managed_path(node.code), node.name) for node in nodes]


@officers_only
@require_http_methods(["GET", "HEAD", "POST"])
def _rehearsals(request: HttpRequest) -> HttpResponse:
    """Ask for a rehearsal; below it the latest ones."""
    actor, now = only(request), timezone.now()
    register = city(shell_of(request).numbers).register
    today = timezone.localdate(now)
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = RehearsalForm(
        _areas(register), *posted, initial={"first": today - timedelta(days=30), "last": today}
    )
    if posted and form.is_valid():
        values = form.cleaned_data
        given = {one.name or "": one.read() for one in values["upload"]}
        try:
            row = service.ask(
                actor,
                given,
                values["first"],
                values["last"],
                values["area"],
                values["note"],
                now,
            )
        except FieldError as error:
            field = "upload" if error.field == "files" else error.field
            form.add_error(field if field in form.fields else None, error.message)
        else:
            return HttpResponseRedirect(reverse("desk:city_events:rehearsal", args=[row.pk]))
    rows = Rehearsal.objects.filter(user_id=actor.user_id or 0).defer("content").order_by("-id")
    context = {"title": gettext("预演"), "form": form, "rehearsals": rows[:SHOWN]}
    status = 422 if form.errors else 200
    return render_desk(request, "city_events/rehearsals.html", context, status=status)


rehearsals = largest_body(21, _("文件超过 20 MB，没有上传。"))(_rehearsals)


@officers_only
@require_safe
def files(request: HttpRequest) -> HttpResponse:
    """The catalogue and the routing table in force, to be changed and rehearsed."""
    only(request)
    try:
        found = service.current_files(city(shell_of(request).numbers), timezone.now())
    except LookupError as error:
        raise PageError(409, str(error)) from error
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in found.items():
            archive.writestr(name, data)
    disposition = content_disposition_header(True, "现行目录和派单规则.zip")
    return HttpResponse(
        buffer.getvalue(),
        content_type="application/zip",
        headers={"Content-Disposition": disposition or "attachment"},
    )


@officers_only
@require_safe
def rehearsal(request: HttpRequest, rehearsal_id: int) -> HttpResponse:
    """How far a rehearsal has come, and what would have come out differently."""
    actor, row = only(request), own(request, rehearsal_id)
    register = city(shell_of(request).numbers).register
    tally = row.tally or {}
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    found = differences(actor, row, kind).select_related("case")
    context = {
        "title": gettext("预演"),
        "rehearsal": row,
        "running": row.finished_at is None,
        "back": reverse("desk:city_events:rehearsals"),
        "inputs": [{**one, "label": INPUTS[one["kind"]]} for one in row.inputs],
        "area": register.label(row.area) if row.area else gettext("我能看到的全部"),
        "kinds": [
            {
                "label": label,
                "done": tally.get("decisions", {}).get(name, 0),
                "differ": tally.get("differ", {}).get(name, 0),
                "url": f"{request.path}?kind={name}#differences",
                "active": name == kind,
            }
            for name, label in KINDS.items()
        ],
        "tally": tally,
        "apart": apart_of(tally),
        "moved": _moved(tally, register),
        "filing": _filing(tally),
        "rows": [shown(one, register) for one in found.order_by("id")[:LISTED]],
        "most": LISTED,
        "kept": service.MOST_KEPT,
        "export_url": reverse("desk:city_events:rehearsal-export", args=[row.pk])
        + (f"?kind={kind}" if kind else ""),
    }
    return render_desk(request, "city_events/rehearsal.html", context, fragment="progress")


def differences(actor: Actor, row: Rehearsal, kind: str) -> Any:
    """What differed, of cases that *actor* still sees."""
    found = RehearsedCase.objects.visible_to(wide(actor)).filter(rehearsal=row)
    return found.filter(kind=kind) if kind else found


def apart_of(tally: dict[str, Any]) -> list[tuple[Any, int]]:
    """What cannot be replayed and why, the most frequent first."""
    counts = tally.get("apart", {})
    return [(APART[name], n) for name, n in sorted(counts.items(), key=lambda one: -one[1])]


def _moved(tally: dict[str, Any], register: Register) -> list[tuple[str, str, int]]:
    found = []
    for change, n in list(tally.get("moved", {}).items())[:30]:
        before, after = (unit_name(register, one) for one in change.split(">"))
        found.append((before or gettext("人工派遣"), after or gettext("人工派遣"), n))
    return sorted(found, key=lambda one: -one[2])


def _filing(tally: dict[str, Any]) -> list[tuple[Any, Any, int]]:
    changes = ((change.split(">"), n) for change, n in tally.get("filing", {}).items())
    return [(OUTCOMES[before], OUTCOMES[after], n) for (before, after), n in changes]


def shown(one: RehearsedCase, register: Register) -> dict[str, Any]:
    """A difference in words."""
    before, after = outcome_texts(one, register)
    return {
        "number": one.case.number,
        "subject": one.case.subject,
        "url": reverse("desk:case", args=[one.case.number]),
        "kind": KINDS[one.kind],
        "before": before,
        "after": after,
        "one": one,
        "unit": unit_name(register, one.unit_after if one.kind == "filing" else one.unit_before),
    }


def outcome_texts(one: RehearsedCase, register: Register) -> tuple[str, str]:
    """How it came out, and how it would."""
    if one.kind == "filing":
        return str(OUTCOMES[one.before]), str(OUTCOMES[one.after])
    if one.kind == "dispatch":
        before, after = (unit_name(register, unit) for unit in (one.unit_before, one.unit_after))
        return before or gettext("人工派遣"), after or gettext("人工派遣")
    return one.before, one.after


def _yes_no(value: bool | None) -> str:
    return "" if value is None else "是" if value else "否"


def table_of(register: Register) -> Table[RehearsedCase]:
    """The differences as a table of the file."""

    def unit(one: RehearsedCase) -> str:
        return unit_name(register, one.unit_after if one.kind == "filing" else one.unit_before)

    return Table(
        "rehearsal",
        _("预演结果"),
        (
            Column("number", _("案卷"), lambda one: one.case.number, width=20),
            Column("subject", _("事项"), lambda one: one.case.subject, width=40),
            Column("kind", _("决定"), lambda one: str(KINDS[one.kind])),
            Column("before", _("当时"), lambda one: outcome_texts(one, register)[0], width=30),
            Column("after", _("预演"), lambda one: outcome_texts(one, register)[1], width=30),
            Column("unit", _("单位"), unit, width=30),
            Column("due_before", _("原期限"), lambda one: one.due_before, kind="moment", width=17),
            Column("due_after", _("预演期限"), lambda one: one.due_after, kind="moment", width=17),
            Column("late_before", _("原超时"), lambda one: _yes_no(one.late_before)),
            Column("late_after", _("预演超时"), lambda one: _yes_no(one.late_after)),
            Column("over", _("超时小时数"), lambda one: one.hours_over, kind="number"),
            Column("why", _("理由"), lambda one: one.why, width=60),
        ),
    )


@officers_only
@require_http_methods(GET_AND_POST)
def export(request: HttpRequest, rehearsal_id: int) -> HttpResponseBase:
    """The differences as an Excel file, with the hashes of what was rehearsed."""
    actor, row = only(request), own(request, rehearsal_id)
    register = city(shell_of(request).numbers).register
    kind = request.GET.get("kind", "")
    found = differences(actor, row, kind if kind in KINDS else "")
    table = table_of(register)

    def parts() -> list[Part]:
        return [Part(table, found.select_related("case").order_by("id").iterator(CHUNK))]

    def filters() -> list[tuple[str, str]]:
        told = [(gettext("上报日期"), f"{row.first_day} — {row.last_day}")]
        try:
            told.append((gettext("区域"), register.label(row.area) if row.area else "—"))
        except PlaceError:
            told.append((gettext("区域"), row.area))
        return told + [(one["name"], f"SHA-256 {one['hash']}") for one in row.inputs[:20]]

    back = reverse("desk:city_events:rehearsal", args=[row.pk])
    offer = Offer("rehearsal", table.title, parts, counted(found), filters, back)
    return export_page(request, offer)
