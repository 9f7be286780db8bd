"""Records and screening answers as files: the rows of the list as narrowed, names as shown."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from yishi.foundation.credit import policy
from yishi.foundation.credit.book import book
from yishi.foundation.credit.desk import records, screenings
from yishi.foundation.credit.desk.common import Line, guarded, line_of
from yishi.foundation.credit.models import Screening
from yishi.foundation.parties.naming import shown_name
from yishi.foundation.tables.columns import Column, Part, Table
from yishi.foundation.ui.exports import Offer, counted, export_page

CHUNK = 2000


def _who(row: Screening) -> str:
    return shown_name(row.party.file) if row.party else gettext("未建档主体")


RECORDS: Table[Line] = Table(
    "credit-records",
    _("信用记录"),
    (
        Column("number", _("编号"), lambda row: row.record.number, width=24),
        Column("name", _("名称"), lambda row: row.name, width=30),
        Column("kind", _("种类"), lambda row: row.kind, width=20),
        Column("authority", _("认定单位"), lambda row: row.record.authority, width=26),
        Column("document", _("文号"), lambda row: row.record.document_no, width=24),
        Column("date", _("文书日期"), lambda row: row.record.document_date, kind="day"),
        Column("state", _("状态"), lambda row: row.state),
        Column("until", _("公示至"), lambda row: row.record.max_end, kind="day"),
    ),
)
SCREENINGS: Table[Screening] = Table(
    "credit-screenings",
    _("信用筛查"),
    (
        Column("name", _("名称"), _who, width=30),
        Column("purpose", _("用途"), lambda row: row.purpose, width=40),
        Column("outcome", _("结论"), lambda row: str(row.get_outcome_display())),
        Column("at", _("时间"), lambda row: row.at, kind="moment"),
    ),
)


def _filters(request: HttpRequest, *names: tuple[str, str]) -> list[tuple[str, str]]:
    said = ((label, request.GET.get(key, "").strip()[:100]) for key, label in names)
    return [(label, text) for label, text in said if text]


def _back(request: HttpRequest, name: str) -> str:
    query = request.GET.urlencode()
    return f"{reverse(name)}?{query}" if query else reverse(name)


@guarded(policy.works_here)
@require_http_methods(["GET", "HEAD", "POST"])
def of_records(request: HttpRequest) -> HttpResponseBase:
    """The list of records: people's names stay masked, numbers of people are left out."""
    rows = records.narrowed(request)

    def parts() -> list[Part]:
        known = book()
        found = rows.order_by("-document_date", "-id").iterator(CHUNK)
        return [Part(RECORDS, (line_of(one, known) for one in found))]

    words = ("q", _("查找")), ("state", _("状态")), ("kind", _("种类"))
    filters = partial(_filters, request, *((key, str(label)) for key, label in words))
    back = _back(request, "desk:credit:records")
    offer = Offer("credit-records", RECORDS.title, parts, counted(rows), filters, back)
    return export_page(request, offer)


@guarded(policy.works_here)
@require_http_methods(["GET", "HEAD", "POST"])
def of_screenings(request: HttpRequest) -> HttpResponseBase:
    """The stored answers; the reasons stand on each answer's own page."""
    rows = screenings.narrowed(request)

    def parts() -> list[Part]:
        found = rows.order_by("-at", "-id").iterator(CHUNK)
        return [Part(SCREENINGS, found)]

    filters = partial(_filters, request, ("outcome", gettext("结论")))
    back = _back(request, "desk:credit:screenings")
    offer = Offer("credit-screenings", SCREENINGS.title, parts, counted(rows), filters, back)
    return export_page(request, offer)
