"""批量登记: the template, the upload, its progress and the rows that came back."""

from __future__ import annotations

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from yishi.foundation.audit import access_log
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.tables.exporting import MEDIA_TYPE
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.limits import largest_body
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk, role_only, shell_of
from yishi.systems.city_events.context import city
from yishi.systems.city_events.importing import batches
from yishi.systems.city_events.importing.sheet import template as template_of
from yishi.systems.city_events.models import IntakeBatch

SHOWN = 20
MOST_ROWS = 5000


class UploadForm(forms.Form):
    """The file of reports."""

    file = forms.FileField(
        label=_("工作簿"),
        help_text=_(".xlsx（或列名相同的 .csv），最多 5000 行、5 MB。"),
        error_messages={"required": _("请选择文件"), "empty": _("文件是空的")},
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )
    use_required_attribute = False


def own_batches(request: HttpRequest) -> QuerySet[IntakeBatch]:
    """The officer's own files, newest first, without their content."""
    rows = IntakeBatch.objects.filter(user_id=actor_of(request).user_id or 0)
    return rows.defer("content", "rejects").order_by("-id")


#: Pages of those who take in reports from files.
importers_only = role_only(
    *batches.CHANNELS, refusal=_("批量登记由热线话务员、采集员和受理员使用。")
)


def _own(request: HttpRequest, batch_id: int) -> IntakeBatch:
    """A batch of the officer's own, else 404."""
    rows = IntakeBatch.objects.filter(user_id=actor_of(request).user_id or 0, pk=batch_id)
    found = rows.defer("content", "rejects").first() if batch_id < 2**63 else None
    if found is None:
        raise Http404
    return found


@importers_only
@require_http_methods(["GET", "HEAD", "POST"])
def _intake(request: HttpRequest) -> HttpResponse:
    """Upload a file; below it the latest ones."""
    actor = actor_of(request)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            batch = batches.receive(actor, file.name or "", file.read(), timezone.now())
        except FieldError as error:
            form.add_error("file", error.message)
        else:
            return HttpResponseRedirect(reverse("desk:city_events:batch", args=[batch.pk]))
    context = {
        "title": gettext("批量登记"),
        "form": form,
        "batches": own_batches(request)[:SHOWN],
        "export_url": reverse("desk:city_events:intake-export"),
    }
    status = 422 if form.errors else 200
    return render_desk(request, "city_events/intake.html", context, status=status)


intake = largest_body(6, _("文件超过 5 MB，没有上传。请分成几个文件。"))(_intake)


@importers_only
@require_safe
def template(request: HttpRequest) -> HttpResponse:
    """The workbook to fill in, with the types and places of today."""
    try:
        content = template_of(city(shell_of(request).numbers), timezone.now(), MOST_ROWS)
    except LookupError as error:
        raise PageError(409, str(error)) from error
    return _workbook(content, "批量登记模板.xlsx")


@officers_only
@require_safe
def batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """How far a file has come, and what became of its rows."""
    found = _own(request, batch_id)
    rejects = IntakeBatch.objects.filter(pk=found.pk).exclude(rejects="").exists()
    context = {
        "title": gettext("批量登记"),
        "batch": found,
        "running": found.finished_at is None,
        "rejects": rejects,
        "back": reverse("desk:city_events:intake"),
    }
    return render_desk(request, "city_events/batch.html", context, fragment="progress")


@officers_only
@require_safe
def rejects(request: HttpRequest, batch_id: int) -> HttpResponse:
    """The rows that were not taken in, with wrong cells marked. The look is logged."""
    found = _own(request, batch_id)
    if not found.rejects:
        raise Http404
    actor, rows = actor_of(request), int(found.tally.get("rejected", 0))
    purpose = gettext("退回行")
    access_log.look(
        actor.ref, "intake.rejects", f"batch:{found.pk}", purpose, timezone.now(), rows=rows
    )
    return _workbook(batches.opened(found.rejects, "rejects"), f"退回-{found.pk}.xlsx")


def _workbook(content: bytes, name: str) -> HttpResponse:
    headers = {
        "Content-Disposition": content_disposition_header(True, name) or "attachment",
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(content, content_type=MEDIA_TYPE, headers=headers)
