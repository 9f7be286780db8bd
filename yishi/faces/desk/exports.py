"""The desk's lists as Excel files: exactly the rows that the list shows, and the log of exports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from yishi.faces.desk.case_table import CASES, WORK, case_row, work_row
from yishi.faces.desk.filters import CaseFilters, WorkFilters
from yishi.faces.desk.lists import duty_label
from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.models import Case
from yishi.foundation.cases.worklists import work as work_of
from yishi.foundation.messages import inbox as store
from yishi.foundation.messages.models import Message
from yishi.foundation.messages.texts import render
from yishi.foundation.tables.columns import Column, Part, Table
from yishi.foundation.tables.models import Export
from yishi.foundation.ui.exports import Offer, counted, described, export_page, export_url
from yishi.foundation.ui.officer import (
    actor_of,
    officers_only,
    render_desk,
    shell_of,
    units_of,
)

CHUNK = 2000
PAGE = 50
#: Roles that see everybody's exports when held for the whole city; the others see their own.
OVERSEERS = frozenset({"auditor", "administrator"})
GET_AND_POST = ["GET", "HEAD", "POST"]


def back_to(request: HttpRequest, name: str, *args: object) -> str:
    """The list's address with the filters of the export."""
    query = request.GET.urlencode()
    url = reverse(name, args=args)
    return f"{url}?{query}" if query else url


@officers_only
@require_http_methods(GET_AND_POST)
def cases(request: HttpRequest) -> HttpResponseBase:
    """The list of cases, newest first."""
    actor, now = actor_of(request), timezone.now()
    numbers = shell_of(request).numbers
    form = CaseFilters(request.GET, numbers, now)
    rows = Case.objects.visible_to(actor).filter(form.cases()).defer("trace_head", "data")

    def parts() -> list[Part]:
        found = rows.select_related("unit").order_by("-pk").iterator(CHUNK)
        return [Part(CASES, (case_row(case, form.register, now, numbers) for case in found))]

    back = back_to(request, "desk:cases")

    def filters() -> list[tuple[str, str]]:
        return described(CaseFilters(request.GET, shell_of(request).numbers, now))

    offer = Offer("cases", CASES.title, parts, counted(rows), filters, back)
    return export_page(request, offer)


@officers_only
@require_http_methods(GET_AND_POST)
def work(request: HttpRequest, duty: str) -> HttpResponseBase:
    """The work list of one duty, what is due first at the top."""
    actor, now = actor_of(request), timezone.now()
    shell = shell_of(request)
    if duty not in shell.counts:
        raise Http404
    form = WorkFilters(request.GET, shell.numbers, now)
    rows = work_of(actor, duty).filter(form.work())

    def parts() -> list[Part]:
        found = rows.order_by(F("due_at").asc(nulls_last=True), "id").iterator(CHUNK)
        return [Part(WORK, (work_row(one, form.register, now, shell.numbers) for one in found))]

    def filters() -> list[tuple[str, str]]:
        narrowed = described(WorkFilters(request.GET, shell.numbers, now))
        return [(gettext("环节"), duty_label(duty)), *narrowed]

    back = back_to(request, "desk:work-duty", duty)
    return export_page(request, Offer("work", WORK.title, parts, counted(rows), filters, back))


INBOX: Table[tuple[Message, str, str]] = Table(
    "inbox",
    _("消息"),
    (
        Column("at", _("时间"), lambda row: row[0].created_at, kind="moment", width=17),
        Column("title", _("标题"), lambda row: row[1], width=30),
        Column("body", _("内容"), lambda row: row[2], width=70),
        Column("number", _("案卷"), lambda row: row[0].params.get("number"), width=20),
        Column("read", _("已读时间"), lambda row: row[0].read_at, kind="moment", width=17),
    ),
)


def _messages(found: QuerySet[Message]) -> Iterator[tuple[Message, str, str]]:
    for message in found.order_by("-id").iterator(CHUNK):
        title, body = render(message.template, message.params, "zh-hans")
        yield message, title, body


@officers_only
@require_http_methods(GET_AND_POST)
def inbox(request: HttpRequest) -> HttpResponseBase:
    """The messages of the officer and of the unit's desk, newest first."""
    actor = actor_of(request)
    found = store.visible(actor.user_id or 0, units_of(actor))

    def parts() -> list[Part]:
        return [Part(INBOX, _messages(found))]

    offer = Offer("inbox", INBOX.title, parts, counted(found), list, reverse("desk:inbox"))
    return export_page(request, offer)


def _filters_text(export: Export) -> str:
    return "；".join(f"{label}：{text}" for label, text in export.filters)


LOG: Table[Export] = Table(
    "exports",
    _("导出记录"),
    (
        Column("number", _("导出编号"), lambda row: row.number, width=20),
        Column("at", _("时间"), lambda row: row.at, kind="moment", draw="moment", width=17),
        Column("who", _("导出人"), lambda row: row.who),
        Column("title", _("列表"), lambda row: row.title),
        Column("filters", _("筛选条件"), _filters_text, width=40),
        Column("purpose", _("用途"), lambda row: row.purpose, width=40),
        Column("rows", _("行数"), lambda row: row.rows, kind="number", draw="number"),
        Column("sha256", _("文件校验值"), lambda row: row.sha256, draw="", width=66),
    ),
)


def _exports(actor: Actor) -> QuerySet[Export]:
    """The exports that *actor* may see: all of them for the city's auditor, else the own ones."""
    rows = Export.objects.order_by("-pk")
    everywhere = any(g.role in OVERSEERS and "/" not in g.scope for g in actor.grants)
    return rows if everywhere else rows.filter(actor_ref=actor.ref)


@officers_only
@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """Which files were taken out, by whom, for what."""
    found = _exports(actor_of(request))
    after = request.GET.get("after", "")
    if after.isascii() and after.isdigit() and len(after) < 19:
        found = found.filter(pk__lt=int(after))
    rows = list(found[: PAGE + 1])
    context: dict[str, Any] = {
        "title": gettext("导出记录"),
        "table": LOG,
        "rows": rows[:PAGE],
        "next": str(rows[PAGE - 1].pk) if len(rows) > PAGE else None,
        "first": not after,
        "export_url": export_url(request, "desk:exports-export"),
    }
    return render_desk(request, "desk/exports.html", context)


@officers_only
@require_http_methods(GET_AND_POST)
def log_export(request: HttpRequest) -> HttpResponseBase:
    """The log of exports, which is exported like any list."""
    found = _exports(actor_of(request))

    def parts() -> list[Part]:
        return [Part(LOG, found.iterator(CHUNK))]

    offer = Offer("exports", LOG.title, parts, counted(found), list, reverse("desk:exports"))
    return export_page(request, offer)
