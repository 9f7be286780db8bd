"""People, units and rosters from Excel: a template, changes shown by row, then all or nothing."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yishi.faces.desk.filters import register_now
from yishi.faces.desk.people.common import View, keepers_only, scopes
from yishi.faces.desk.prove import proved_only
from yishi.foundation.access import people_sheet, shifts_sheet, units_sheet
from yishi.foundation.access.accounts import kept_paths, within_paths
from yishi.foundation.access.actors import Actor
from yishi.foundation.access.sheet_rows import Outcome, Rows, read
from yishi.foundation.access.shifts import keeps_some
from yishi.foundation.audit import access_log
from yishi.foundation.cases.models import Assignment
from yishi.foundation.places.models import Function, Unit
from yishi.foundation.places.snapshot import Register
from yishi.foundation.tables.exporting import MEDIA_TYPE
from yishi.foundation.tables.sheets import SheetError
from yishi.foundation.ui.exports import export_url
from yishi.foundation.ui.limits import largest_body
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk, shell_of

#: How long what was shown may be applied.
SHOWN_FOR = 3600
MOST_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of table, and who may import it."""

    name: str
    title: Any
    text: Any
    columns: Mapping[str, str]
    required: Sequence[str]
    back: str
    take: Callable[[Actor, Rows, Register, bool], Outcome]
    may: Callable[[Actor], bool]
    refusal: Any


def _administers(actor: Actor) -> bool:
    return bool(kept_paths(actor))


def _people(actor: Actor, rows: Rows, register: Register, apply: bool) -> Outcome:
    return people_sheet.take(actor, rows, register, timezone.now(), apply=apply)


def _units(actor: Actor, rows: Rows, register: Register, apply: bool) -> Outcome:
    return units_sheet.take(actor, rows, register, timezone.now(), _open_work, apply=apply)


def _shifts(actor: Actor, rows: Rows, register: Register, apply: bool) -> Outcome:
    return shifts_sheet.take(actor, rows, register, timezone.now(), apply=apply)


def _open_work(unit_id: int) -> int:
    """Open assignments of a unit."""
    held = Assignment.objects.unscoped("a unit that holds work does not end")
    return held.filter(unit_id=unit_id, state="open").count()


KINDS = {
    "people": Kind(
        "people",
        _("从表格导入人员"),
        _("每行一个账号和一个岗位；一人多岗就写多行。不会删除或撤销任何账号和岗位。"),
        people_sheet.COLUMNS,
        people_sheet.REQUIRED,
        "desk:officers",
        _people,
        _administers,
        _("账号由系统管理员管理。"),
    ),
    "units": Kind(
        "units",
        _("从表格导入单位"),
        _("每行一个单位，按单位编码新增或修改；单位不会删除，只能填写撤销日期和承接单位。"),
        units_sheet.COLUMNS,
        units_sheet.REQUIRED,
        "desk:units",
        _units,
        _administers,
        _("单位由系统管理员管理。"),
    ),
    "shifts": Kind(
        "shifts",
        _("从表格导入值班表"),
        _("每行一人一个班次，可以连排几天；模板的“人员”表列出可以排班的人。不会取消任何班次。"),
        shifts_sheet.COLUMNS,
        shifts_sheet.REQUIRED,
        "desk:shifts",
        _shifts,
        keeps_some,
        _("值班表由处置部门负责人和系统管理员排班。"),
    ),
}


class UploadForm(forms.Form):
    """The workbook."""

    file = forms.FileField(
        label=_("Excel 文件（.xlsx）"),
        help_text=_("最大 2 MB，最多 2000 行。先核对，不会马上导入。"),
        error_messages={
            "required": _("请选择文件"),
            "empty": _("文件是空的"),
            "invalid": _("请选择文件"),
        },
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
    )


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise Http404
    return KINDS[name]


def _importers_only(view: View) -> View:
    """Only for officers who may import tables of this kind."""

    @wraps(view)
    @officers_only
    def entered(request: HttpRequest, kind: str) -> HttpResponseBase:
        found = _kind(kind)
        if not found.may(actor_of(request)):
            raise PermissionDenied(found.refusal)
        return view(request, kind)

    return entered


@_importers_only
@proved_only
def _table(request: HttpRequest, kind: str) -> HttpResponse:
    """Upload and see what would change; then apply exactly what was shown."""
    found, form = _kind(kind), UploadForm()
    outcome, token = None, ""
    if request.method == "POST" and "apply" in request.POST:
        return _apply(request, found)
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                rows = read(form.cleaned_data["file"], found.columns, found.required)
            except SheetError as error:
                form.add_error("file", error.message)
            else:
                register = register_now(shell_of(request).numbers)
                outcome = found.take(actor_of(request), rows, register, False)
                token = _sealed(request, found, rows)
    return _page(request, found, form, outcome, token)


table = largest_body(3, _("文件超过 2 MB，没有读取。请分成几个文件。"))(_table)


def _sealed(request: HttpRequest, kind: Kind, rows: Rows) -> str:
    content = {"rows": rows.rows, "places": rows.places}
    return signing.dumps(content, salt=_salt(request, kind), compress=True)


def _salt(request: HttpRequest, kind: Kind) -> str:
    return f"table:{kind.name}:{actor_of(request).ref}"


def _apply(request: HttpRequest, kind: Kind) -> HttpResponse:
    try:
        text = request.POST["apply"]
        content = signing.loads(text, salt=_salt(request, kind), max_age=SHOWN_FOR)
    except signing.BadSignature:
        messages.error(request, gettext("核对的结果已经过期，请重新选择文件。"))
        return HttpResponseRedirect(request.path)
    rows = Rows([(number, values) for number, values in content["rows"]], content["places"])
    actor = actor_of(request)
    outcome = kind.take(actor, rows, register_now(shell_of(request).numbers), True)
    if not outcome.done:
        return _page(request, kind, UploadForm(), outcome, "")
    count = len(rows.rows)
    access_log.look(actor.ref, f"{kind.name}.import", kind.name, "", timezone.now(), rows=count)
    messages.success(request, gettext("已导入 %(n)d 行。") % {"n": count})
    return HttpResponseRedirect(reverse(kind.back))


def _page(
    request: HttpRequest, kind: Kind, form: forms.Form, outcome: Outcome | None, token: str
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "title": kind.title,
        "text": kind.text,
        "back_url": reverse(kind.back),
        "template_url": reverse("desk:table-template", args=[kind.name]),
        "outcome": outcome,
        "token": token if outcome and outcome.changes and not outcome.faults else "",
    }
    if outcome is not None:
        context["changes"] = outcome.changes[:MOST_SHOWN]
        context["more"] = max(0, len(outcome.changes) - MOST_SHOWN)
        context["faults"] = outcome.faults[:MOST_SHOWN]
    wrong = bool(form.errors) or bool(outcome and outcome.faults)
    return render_desk(request, "desk/people/table.html", context, status=422 if wrong else 200)


@_importers_only
def template(request: HttpRequest, kind: str) -> HttpResponse:
    """An empty workbook with the headings, an example and the words that may be used."""
    import xlsxwriter

    found = _kind(kind)
    register = register_now(shell_of(request).numbers)
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False}) as book:
        head = book.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1})
        text = book.add_format({"num_format": "@"})
        sheet = book.add_worksheet("填写")
        sheet.freeze_panes(1, 0)
        for place, (name, heading) in enumerate(found.columns.items()):
            sheet.set_column(place, place, 18, text)
            mark = "必填" if name in found.required else "选填"
            sheet.write_string(0, place, heading, head)
            sheet.write_comment(0, place, mark)
        for title, rows in _words(found, actor_of(request), register):
            words = book.add_worksheet(title)
            words.set_column(0, 5, 30, text)
            for row, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    words.write_string(row, column, cell, head if row == 0 else text)
    response = HttpResponse(out.getvalue(), content_type=MEDIA_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="{kind}.xlsx"'
    return response


def _words(
    kind: Kind, actor: Actor, register: Register
) -> list[tuple[str, Sequence[tuple[str, ...]]]]:
    if kind.name == "shifts":
        head = ("岗位", "管辖范围", "名称", "所在单位", "用户名", "姓名")
        return [("人员", [head, *shifts_sheet.people(actor, register, timezone.now())])]
    paths = [("编码", "名称"), *((p.rpartition("/")[2], n) for p, n in scopes(actor, register))]
    if kind.name == "people":
        posts = [("岗位", "需要填写"), *people_sheet.posts_sheet()]
        return [("岗位", posts), ("管辖范围", paths)]
    functions = [("编码", "职能"), *Function.objects.order_by("code").values_list("code", "name")]
    levels = [("级别", ""), *((name, "") for name in units_sheet.LEVELS)]
    kinds = [("类别", ""), *((name, "") for name in units_sheet.KINDS)]
    return [("职能", functions), ("级别和类别", levels + kinds), ("区划", paths)]


class UnitFilters(forms.Form):
    """What the list of units can be narrowed by."""

    q = forms.CharField(label=_("名称或编码"), max_length=100, required=False)
    ended = forms.BooleanField(label=_("包括已撤销的"), required=False)

    @property
    def narrowed(self) -> bool:
        """Whether anything is filled in."""
        return any(self.data.get(name) for name in self.fields)


def units_found(request: HttpRequest, form: UnitFilters) -> QuerySet[Unit]:
    """The units within reach that *form* asks for."""
    condition = within_paths(kept_paths(actor_of(request)), "managed_path")
    words = request.GET.get("q", "")
    if not form.is_valid() or "\x00" in words:
        condition = Q(pk__in=[])
    elif words:
        condition &= Q(name__contains=words.strip()) | Q(code__startswith=words.strip())
    if not form.data.get("ended"):
        condition &= Q(valid_to=None)
    return Unit.objects.filter(condition).select_related("successor", "division")


@keepers_only
def units(request: HttpRequest) -> HttpResponse:
    """The units within reach, by code (1 statement beside the frame's)."""
    form = UnitFilters(request.GET, auto_id="filter_%s")
    after = request.GET.get("after", "")[:60].replace("\x00", "")
    rows = list(units_found(request, form).filter(code__gt=after).order_by("code")[:51])
    context = {
        "form": form,
        "first_fields": [form["q"], form["ended"]],
        "rows": rows[:50],
        "next": rows[49].code if len(rows) > 50 else None,
        "first": not after,
        "export_url": export_url(request, "desk:units-export"),
    }
    return render_desk(request, "desk/people/units.html", context)
