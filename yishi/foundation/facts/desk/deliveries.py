"""Delivering by file, asking a database, and what came of it."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yishi.foundation.facts import columnar, delivering, incoming, sqlsource
from yishi.foundation.facts.delivering import Delivered, Said, may_deliver
from yishi.foundation.facts.desk.common import (
    PAGE,
    guarded,
    label,
    put_error,
    source_of,
    start_of,
)
from yishi.foundation.facts.desk.forms import UploadForm
from yishi.foundation.facts.models import Delivery, RejectedRow
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.limits import largest_body
from yishi.foundation.ui.officer import actor_of, render_desk

#: Megabytes of one upload; what is larger comes through the API in parts, or is asked for.
MOST_MB = 200


@guarded
@require_http_methods(["GET", "HEAD", "POST"])
def _upload(request: HttpRequest, key: str) -> HttpResponseBase:
    """The form, and taking the file in."""
    source, actor = source_of(request, key), actor_of(request)
    if not may_deliver(actor, source):
        raise Http404
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        upload, whole = given["file"], given["whole"] == "whole"
        kind = Delivery.Kind.XLSX if upload.name.lower().endswith(".xlsx") else Delivery.Kind.CSV
        now = timezone.now()
        said = Said(source, kind, given["as_of"], whole, actor, now, upload.name, given["smaller"])
        try:
            done = delivering.deliver(said, upload)
        except FieldError as error:
            field = "file" if error.field == "header" else error.field
            put_error(
                form, FieldError("smaller" if error.code == "smaller" else field, error.message)
            )
        else:
            return _told(request, done)
    facts = columnar.declared(source.columns)
    context = {
        "form": form,
        "source": source,
        "name": label(source.name, source.name_en),
        "columns": list(incoming.headings(facts, names=source.names).values()),
    }
    return render_desk(request, "facts/deliver.html", context, status=422 if form.errors else 200)


upload = largest_body(MOST_MB, _("文件超过 200 MB，没有接收。请分成几个部分，或通过接口交付。"))(
    _upload
)


def _told(request: HttpRequest, done: Delivered) -> HttpResponseRedirect:
    if done.known:
        messages.info(request, gettext("这份文件已经交付过，没有重复接收"))
    elif done.delivery.rejected:
        messages.warning(request, gettext("已接收，有些行没有接收，见下"))
    else:
        messages.success(request, gettext("已接收"))
    return HttpResponseRedirect(reverse("desk:facts:delivery", args=[done.delivery.pk]))


@guarded
@require_POST
def fetch(request: HttpRequest, key: str) -> HttpResponseBase:
    """Ask a source's database now."""
    source = source_of(request, key)
    try:
        return _told(request, sqlsource.fetch(source, actor_of(request), timezone.now()))
    except FieldError as error:
        messages.error(request, error.message)
    return HttpResponseRedirect(reverse("desk:facts:source", args=[source.key]))


def _found(request: HttpRequest, pk: int) -> Delivery:
    rows = Delivery.objects.visible_to(actor_of(request)).select_related("source")
    found: Delivery | None = rows.filter(pk=pk).first() if pk < 2**63 else None
    if found is None:
        raise Http404
    return found


@guarded
@require_safe
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """A delivery with the rows that were refused."""
    found, start = _found(request, pk), start_of(request)
    refused = RejectedRow.objects.visible_to(actor_of(request)).filter(delivery=found)
    rows = list(refused.order_by("line", "field")[start : start + PAGE + 1])
    facts = columnar.declared(found.source.columns)
    headings = incoming.headings(facts, names=True)
    context = {
        "row": found,
        "name": label(found.source.name, found.source.name_en),
        "refused": [{"row": one, "heading": headings.get(one.field, "—")} for one in rows[:PAGE]],
        "next": start + PAGE if len(rows) > PAGE else "",
        "columns": [headings.get(name, name) for name in found.columns],
    }
    return render_desk(request, "facts/delivery.html", context)


class _Echo:
    def write(self, line: str) -> str:
        return line


@guarded
@require_safe
def refused(request: HttpRequest, pk: int) -> HttpResponseBase:
    """All refused rows as a file."""
    found = _found(request, pk)
    facts = columnar.declared(found.source.columns)
    headings = incoming.headings(facts, names=True)
    rows = RejectedRow.objects.visible_to(actor_of(request)).filter(delivery=found)

    def lines() -> Iterator[str]:
        writer = csv.writer(_Echo())
        yield "\ufeff" + str(writer.writerow(["行", "列", "内容", "原因"]))
        for one in rows.order_by("line", "field").iterator(2000):
            # A spreadsheet runs what begins so.
            value = f"'{one.value}" if one.value[:1] in "=+-@\t" and one.value else one.value
            yield str(writer.writerow([one.line, headings.get(one.field, ""), value, one.reason]))

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    name = f"refused-{found.source.key}-{found.pk}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
