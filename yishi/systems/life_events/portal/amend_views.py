"""Correcting what was told, and handing in what was promised for later."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from yishi.foundation.access.throttle import Limit
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.errors import render_error
from yishi.foundation.ui.limits import largest_body
from yishi.systems.life_events import applications, handling, paperwork
from yishi.systems.life_events.models import Application
from yishi.systems.life_events.portal.apply_views import form_sections
from yishi.systems.life_events.portal.forms import (
    FilesForm,
    theme_form,
)
from yishi.systems.life_events.portal.matter import Matter, mine
from yishi.systems.life_events.portal.paperlist import rows_of


@require_http_methods(["GET", "HEAD", "POST"])
@mine
def _correct(matter: Matter) -> HttpResponse:
    """Correct what was told, all of it; the other fields stay as they were handed in."""
    if not matter.may("correct"):
        return HttpResponseRedirect(matter.url())
    app = matter.application
    wrong: dict[str, str] = {}
    if matter.request.method == "POST":
        act, _colon, key = matter.request.POST.get("act", "").partition(":")
        try:
            if act in ("upload", "remove"):
                _file(matter, act, key, app.marks.get("papers", {}))
                return HttpResponseRedirect(matter.url("correct") + f"#paper-{key}")
            wrong = handling.fill_marked(matter.case.id, matter.request.POST, matter.now)
            if not wrong:
                handling.correct(matter.actor, matter.case.number, matter.now)
                messages.success(matter.request, _("补正已提交。"))
                return HttpResponseRedirect(matter.url())
        except FieldError as error:
            wrong[error.field] = error.message
        except MoveRefused as error:
            return render_error(matter.request, 409, error.message, back=matter.url())
        app = handling.application_of(matter.case.id)
    return _correct_page(matter, app, wrong)


correct = largest_body(60, gettext_lazy("文件合计超过 60 MB，没有上传。请分几次添加。"))(
    lambda request, number: _correct(request, number=number)
)


def _correct_page(matter: Matter, app: Application, wrong: dict[str, str]) -> HttpResponse:
    marks = app.marks
    fields = tuple(one for one in matter.made.form if one.key in marks.get("fields", {}))
    values = applications.unseal(app).values
    posted = matter.request.method == "POST"
    data = matter.request.POST if posted else None
    form = theme_form(fields, data, values, matter.registers.register)
    if posted:
        form.full_clean()
        for key, message in wrong.items():
            form.add_error(key if key in form.fields else None, message)
    rows = rows_of(app, matter.made, matter.having, wrong, marks.get("papers", {}))
    return matter.render(
        "correct",
        form=form,
        sections=form_sections(fields, form, app.sources, marks.get("fields", {})),
        rows=[row for row in rows if row["mark"]],
        marks=marks,
        files=FilesForm(),
        due=matter.case.clock("correction"),
        status=422 if wrong else 200,
    )


def _file(matter: Matter, act: str, key: str, allowed: Any) -> None:
    """Add or take out a file of a paper that was told or deferred."""
    app, made = matter.application, matter.made
    paper, _bar, file_id = key.partition("|")
    if paper not in allowed:
        raise FieldError(paper, _("这份材料不用补正"), "unknown")
    if act == "remove":
        paperwork.remove_file(app, paper, file_id, matter.now)
        return
    Limit("portal.photos", settings.YISHI_UPLOADS_PER_ADDRESS, 600, shared=True).take_for(
        matter.request
    )
    files = FilesForm(matter.request.POST, matter.request.FILES)
    files.full_clean()
    chosen = files.cleaned_data.get("files") or []
    if not chosen:
        raise FieldError(paper, _("请先选择文件"), "required")
    paperwork.add_files(app, made, paper, chosen, matter.now)
    done = {*app.marks.get("done", []), f"papers.{paper}"}
    app.marks = {**app.marks, "done": sorted(done)}
    applications.save(app, matter.now)


@require_http_methods(["GET", "HEAD", "POST"])
@mine
def _supply(matter: Matter) -> HttpResponse:
    """Hand in papers that were promised for later."""
    deferred = matter.case.data.get("deferred") or {}
    if not deferred or matter.case.closed_at is not None:
        return HttpResponseRedirect(matter.url())
    wrong: dict[str, str] = {}
    if matter.request.method == "POST":
        act, _colon, key = matter.request.POST.get("act", "").partition(":")
        try:
            _file(matter, act, key, deferred)
            handling.supply(matter.actor, matter.case.number, key, matter.now)
        except FieldError as error:
            wrong[key.partition("|")[0]] = error.message
        except MoveRefused as error:
            return render_error(matter.request, 409, error.message, back=matter.url())
        else:
            messages.success(matter.request, _("材料已补交。"))
            return HttpResponseRedirect(matter.url())
    rows = rows_of(matter.application, matter.made, matter.having, wrong, {})
    shown = []
    for row in rows:
        if row["paper"].key in deferred:
            row |= {"deferred": False, "until": deferred[row["paper"].key]}
            shown.append(row)
    return matter.render("supply", rows=shown, status=422 if wrong else 200)


supply = largest_body(60, gettext_lazy("文件合计超过 60 MB，没有上传。请分几次添加。"))(
    lambda request, number: _supply(request, number=number)
)
