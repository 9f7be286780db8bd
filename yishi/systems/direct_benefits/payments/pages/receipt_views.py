"""Receipts: uploading them, what each said, and what a person has to place."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.limits import largest_body
from yishi.foundation.ui.officer import actor_of, render_desk
from yishi.systems.direct_benefits.payments import queue, receipts
from yishi.systems.direct_benefits.payments.models import Receipt, ReceiptEntry
from yishi.systems.direct_benefits.payments.pages.common import (
    TONES,
    Plain,
    finance_only,
    page_of,
    people,
    put_error,
    yuan,
)
from yishi.systems.direct_benefits.payments.roles import CHECKER


class UploadForm(Plain):
    """A receipt as a file."""

    file = forms.FileField(
        label=_("回单文件"),
        help_text=_(
            "pain.002、camt.053、camt.054（XML），或国库支付结果表（Excel、CSV）。"
            "重复上传不会重复登记，先后次序不限。"
        ),
        error_messages={"required": _("请选择文件"), "empty": _("文件是空的")},
    )


class ResolveForm(Plain):
    """What an entry is: a payment, or dealt with."""

    end_to_end_id = forms.CharField(
        label=_("支付流水号"),
        required=False,
        max_length=35,
        help_text=_("填写后按该笔支付登记，金额须一致；留空表示只作说明，不登记。"),
    )
    reason = forms.CharField(
        label=_("处理说明"),
        max_length=150,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("请写明处理说明"), "max_length": _("最多150字")},
    )


@largest_body(21, _("文件超过 20 MB，请让银行分成几个文件。"))
@finance_only
@require_http_methods(["GET", "HEAD", "POST"])
def listed(request: HttpRequest) -> HttpResponseBase:
    """What came in, newest first, and the form that takes in another."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            answer = _taken(request, form)
            if answer is not None:
                return answer
    paged = page_of(Receipt.objects.visible_to(actor_of(request)).order_by("-id"), request)
    who = people([one.received_by for one in paged.rows])
    context = {
        "title": gettext("回单"),
        "form": form,
        "rows": [_receipt(one, who) for one in paged.rows],
        "following": paged.following,
        "queue": queue.waiting(actor_of(request)).count(),
    }
    status = 400 if form.errors else 200
    return render_desk(request, "benefit_payments/receipts.html", context, status=status)


def _taken(request: HttpRequest, form: UploadForm) -> HttpResponse | None:
    data = form.cleaned_data["file"].read()
    try:
        found = receipts.read(data, "", actor_of(request), timezone.now())
    except FieldError as error:
        form.add_error("file", error.message)
        return None
    if found.again:
        messages.info(request, gettext("这份回单已经登记过，没有任何改动。"))
    else:
        messages.success(request, gettext("已登记回单。"))
    return HttpResponseRedirect(reverse("desk:payments:receipt", args=[found.receipt.pk]))


def _receipt(one: Receipt, who: dict[str, str]) -> dict[str, Any]:
    labels = dict(ReceiptEntry.OUTCOMES)
    return {
        "receipt": one,
        "kind": one.get_kind_display(),
        "who": who.get(one.received_by, one.received_by),
        "url": reverse("desk:payments:receipt", args=[one.pk]),
        "counts": [
            {"label": labels[key], "count": one.counts[key], "tone": TONES[key]}
            for key in labels
            if key in one.counts
        ],
    }


@finance_only
@require_safe
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """What a receipt said, entry by entry."""
    receipt = Receipt.objects.visible_to(actor_of(request)).filter(pk=pk).first()
    if receipt is None:
        raise Http404
    entries = ReceiptEntry.objects.visible_to(actor_of(request)).filter(receipt=receipt)
    rows = entries.select_related("line__order").order_by("position")
    paged = page_of(rows, request)
    who = people([receipt.received_by])
    context = {
        "title": receipt.message_id,
        "shown": _receipt(receipt, who),
        "rows": [_entry(row) for row in paged.rows],
        "following": paged.following,
    }
    return render_desk(request, "benefit_payments/receipt.html", context)


def _entry(row: ReceiptEntry) -> dict[str, Any]:
    line = row.line
    return {
        "entry": row,
        "what": row.get_what_display(),
        "amount": yuan(row.amount_fen),
        "outcome": row.get_outcome_display(),
        "problem": row.get_problem_display() if row.problem else "",
        "tone": TONES[row.outcome],
        "order": line.order.number if line else "",
        "order_url": reverse("desk:payments:order", args=[line.order.number]) if line else "",
        "url": reverse("desk:payments:entry", args=[row.pk])
        if row.outcome == ReceiptEntry.QUEUED
        else "",
    }


@finance_only
@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """What nobody could place, oldest first."""
    paged = page_of(queue.waiting(actor_of(request)), request)
    context = {
        "title": gettext("待处理回单"),
        "rows": [_entry(row) for row in paged.rows],
        "following": paged.following,
    }
    return render_desk(request, "benefit_payments/queue.html", context)


@finance_only
@require_http_methods(["GET", "HEAD", "POST"])
def resolve(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A person says what an entry is."""
    actor = actor_of(request)
    rows = ReceiptEntry.objects.visible_to(actor).select_related("receipt", "line__order")
    row = rows.filter(pk=pk).exclude(problem="").first()
    if row is None:
        raise Http404
    form = ResolveForm(request.POST if request.method == "POST" else None)
    if row.problem != ReceiptEntry.UNKNOWN:
        del form.fields["end_to_end_id"]
    if request.method == "POST":
        if not actor.has(CHECKER):
            raise PermissionDenied(gettext("待处理回单由财政复核人员处理。"))
        if form.is_valid():
            answer = _resolved(request, row, form)
            if answer is not None:
                return answer
    context = {
        "title": row.get_problem_display(),
        "row": _entry(row),
        "form": form,
        "may": actor.has(CHECKER) and row.outcome == ReceiptEntry.QUEUED,
        "who": people([row.resolved_by]).get(row.resolved_by, row.resolved_by),
    }
    status = 400 if form.is_bound else 200
    return render_desk(request, "benefit_payments/entry.html", context, status=status)


def _resolved(request: HttpRequest, row: ReceiptEntry, form: ResolveForm) -> HttpResponse | None:
    actor, now, said = actor_of(request), timezone.now(), form.cleaned_data
    try:
        if said.get("end_to_end_id"):
            queue.assign(actor, row.pk, said["end_to_end_id"], said["reason"], now)
        else:
            queue.dismiss(actor, row.pk, said["reason"], now)
    except FieldError as error:
        put_error(form, error)
        return None
    messages.success(request, gettext("已处理。"))
    return HttpResponseRedirect(reverse("desk:payments:queue"))
