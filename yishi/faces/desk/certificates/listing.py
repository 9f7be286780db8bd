"""证照登记簿: the certificates within sight, by number, holder, status and kind."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from yishi.faces.desk.exports import CHUNK, GET_AND_POST, back_to
from yishi.foundation.access.actors import Actor
from yishi.foundation.papers.certificates.access import visible_certificates
from yishi.foundation.papers.certificates.models import STATUSES, Certificate
from yishi.foundation.papers.certificates.reading import shown_holder
from yishi.foundation.papers.certificates.states import Standing, standing
from yishi.foundation.papers.issuing import plain_code
from yishi.foundation.parties.registering import today_of
from yishi.foundation.tables.columns import Column, Part, Table
from yishi.foundation.ui.exports import Offer, counted, described, export_page, export_url
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk

PAGE = 50
Row = tuple[Certificate, Standing, str]
_CODE = re.compile(r"[0-9A-Z]{15,20}")

TABLE: Table[Row] = Table(
    "certificates",
    _("证照登记簿"),
    (
        Column("name", _("证照名称"), lambda row: row[0].name, width=24),
        Column("number", _("证照编号"), lambda row: row[0].number, width=24),
        Column("holder", _("持证主体"), lambda row: row[2], width=30),
        Column("issuer", _("颁发机构"), lambda row: row[0].issuer_name, width=26),
        Column("issued", _("颁发日期"), lambda row: row[0].issued_on, kind="day"),
        Column("ends", _("有效期截止"), lambda row: row[0].valid_to, kind="day"),
        Column("state", _("状态"), lambda row: str(row[1].label)),
        Column("code", _("状态代码"), lambda row: row[1].code),
        Column("reason", _("原因"), lambda row: row[0].reason, width=30),
        Column("version", _("版本"), lambda row: row[0].version, kind="number"),
        Column("identifier", _("证照标识"), lambda row: row[0].identifier, width=60),
    ),
)


class RegisterFilters(forms.Form):
    """What narrows the register."""

    q = forms.CharField(
        label=_("编号、标识、核验码、信用代码或组织名称"),
        help_text=_("自然人的证照请从主体档案查找。"),
        max_length=120,
        required=False,
    )
    status = forms.ChoiceField(
        label=_("状态"), choices=[("", _("全部")), *STATUSES], required=False
    )
    kind = forms.CharField(label=_("证照名称"), max_length=120, required=False)
    use_required_attribute = False


def narrowed(actor: Actor, form: RegisterFilters) -> QuerySet[Certificate]:
    """The certificates in sight that the filters leave."""
    rows = visible_certificates(actor)
    said: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    if said.get("status"):
        rows = rows.filter(status=said["status"])
    if said.get("kind"):
        rows = rows.filter(name__startswith=said["kind"].strip())
    if said.get("q"):
        rows = rows.filter(_found(said["q"].strip()))
    return rows


def _found(text: str) -> Q:
    """By what the text looks like: each kind of question reads an index."""
    upper = text.upper()
    if upper.startswith("1.2.156."):
        return Q(identifier=upper)
    code = plain_code(text)
    if code:
        return Q(verify_code=code) | Q(number=text)
    if _CODE.fullmatch(upper):
        return Q(holder_code=upper) | Q(number=text) | Q(number=upper)
    return Q(number=text) | Q(number=upper) | Q(holder_name__startswith=text)


def drawn(rows: Iterator[Certificate] | list[Certificate], now: datetime) -> Iterator[Row]:
    """Certificates as they are listed (no statement)."""
    today = today_of(now)
    for row in rows:
        yield row, standing(row, today), shown_holder(row)[0]


@never_cache
@officers_only
@require_safe
def certificates(request: HttpRequest) -> HttpResponse:
    """The register, newest first (1 statement)."""
    actor, now = actor_of(request), timezone.now()
    form = RegisterFilters(request.GET)
    rows = narrowed(actor, form).order_by("-id")
    after = _after(request.GET.get("after", ""))
    found = list((rows.filter(id__lt=after) if after else rows)[: PAGE + 1])
    context = {
        "form": form,
        "rows": list(drawn(found[:PAGE], now)),
        "next": found[PAGE - 1].pk if len(found) > PAGE else None,
        "first": after is None,
        "now": now,
        "export_url": export_url(request, "desk:certificates-export"),
    }
    status = 422 if form.errors else 200
    return render_desk(request, "desk/certificates/list.html", context, status=status)


def _after(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return None


@officers_only
@require_http_methods(GET_AND_POST)
def export(request: HttpRequest) -> HttpResponseBase:
    """The register as a file: people's names stay masked."""
    form, now = RegisterFilters(request.GET), timezone.now()
    rows = narrowed(actor_of(request), form)

    def parts() -> list[Part]:
        return [Part(TABLE, drawn(rows.order_by("-id").iterator(CHUNK), now))]

    def filters() -> list[tuple[str, str]]:
        return described(RegisterFilters(request.GET))

    back = back_to(request, "desk:certificates")
    return export_page(
        request, Offer("certificates", TABLE.title, parts, counted(rows), filters, back)
    )
