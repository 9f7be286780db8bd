"""Partners and the log of what was sent to them as Excel files; no secret is in them."""

from __future__ import annotations

from django.db.models import Count, Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from yishi.faces.desk.exports import CHUNK, GET_AND_POST, back_to
from yishi.faces.desk.partners import administrators_only, found_partner, outgoing_of
from yishi.foundation.exchange.models import Outgoing, Partner
from yishi.foundation.tables.columns import Column, Part, Table
from yishi.foundation.ui.exports import Offer, counted, export_page

PARTNERS: Table[Partner] = Table(
    "partners",
    _("合作平台"),
    (
        Column("key", _("客户端编号（client_id）"), lambda row: row.key, width=24),
        Column("name", _("名称"), lambda row: row.name, width=30),
        Column("kind", _("类型"), lambda row: str(row.get_kind_display())),
        Column("state", _("状态"), lambda row: str(row.get_state_display())),
        Column("url", _("推送地址"), lambda row: row.callback_url, width=40),
        Column("waiting", _("待推送"), lambda row: getattr(row, "waiting", 0), kind="number"),
        Column("sent", _("最近送达"), lambda row: row.last_success_at, kind="moment", width=17),
        Column("failures", _("连续失败"), lambda row: row.failures, kind="number"),
        Column("error", _("最近的错误"), lambda row: row.last_error, width=40),
    ),
)
OUTGOING: Table[Outgoing] = Table(
    "outgoing",
    _("推送记录"),
    (
        Column("at", _("时间"), lambda row: row.created_at, kind="moment", width=17),
        Column("number", _("案卷"), lambda row: row.case.number, width=20),
        Column("kind", _("消息类型"), lambda row: row.kind, width=18),
        Column("seq", _("序号"), lambda row: row.seq, kind="number"),
        Column("state", _("推送状态"), lambda row: str(row.get_state_display())),
        Column("attempts", _("尝试次数"), lambda row: row.attempts, kind="number"),
        Column("sent", _("送达时间"), lambda row: row.sent_at, kind="moment", width=17),
        Column("error", _("最近的错误"), lambda row: row.last_error, width=40),
        Column("id", _("消息编号"), lambda row: str(row.id), width=38),
    ),
)


@administrators_only
@require_http_methods(GET_AND_POST)
def partners(request: HttpRequest) -> HttpResponseBase:
    """Every partner, with what waits for it."""
    waiting = Count("outgoing", filter=Q(outgoing__state__in=("queued", "failed")))
    rows = Partner.objects.annotate(waiting=waiting).order_by("name")

    def parts() -> list[Part]:
        return [Part(PARTNERS, rows.iterator(CHUNK))]

    back = reverse("desk:partners")
    offer = Offer("partners", PARTNERS.title, parts, counted(rows), list, back)
    return export_page(request, offer)


@administrators_only
@require_http_methods(GET_AND_POST)
def outgoing(request: HttpRequest, key: str) -> HttpResponseBase:
    """What was sent to one partner, newest first."""
    found, state = found_partner(key), request.GET.get("state", "")
    rows = outgoing_of(found, state)

    def parts() -> list[Part]:
        return [Part(OUTGOING, rows.iterator(CHUNK))]

    def filters() -> list[tuple[str, str]]:
        known = {value: str(label) for value, label in Outgoing.State.choices}
        asked = [(gettext("推送状态"), known[state])] if state in known else []
        return [(gettext("合作平台"), found.name), *asked]

    back = back_to(request, "desk:partner", key)
    offer = Offer("outgoing", OUTGOING.title, parts, counted(rows), filters, back)
    return export_page(request, offer)
