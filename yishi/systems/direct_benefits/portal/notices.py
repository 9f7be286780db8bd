"""公示: lists that are open for objection, and objecting to one enterprise of a list."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from yishi.foundation.access.throttle import Limit
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.parts import Fact
from yishi.foundation.ui.rendering import render_page
from yishi.foundation.ui.timetext import moment_text
from yishi.systems.direct_benefits.models import Batch, Payout
from yishi.systems.direct_benefits.portal import names, words
from yishi.systems.direct_benefits.portal.catalogue import language
from yishi.systems.direct_benefits.portal.finding import FOLDER
from yishi.systems.direct_benefits.runs.periods import period_text
from yishi.systems.direct_benefits.services import objecting

PUBLIC = "a public notice is everybody's"
#: States in which a payout stands on its notice (struck and declined ones are taken off).
SHOWN = frozenset({"noticed", "suspended", "funds_asked", "paying", "returned", "paid", "done"})
#: Ended notices stay readable so long.
KEPT = timedelta(days=180)
PAGE = 100
#: Objections of one address in an hour.
MOST = 10


class ObjectForm(forms.Form):
    """Who objects, how to reach them, and why."""

    name = forms.CharField(
        label=gettext_lazy("您的姓名或者单位"),
        max_length=60,
        error_messages={"required": gettext_lazy("请填写姓名或者单位名称")},
    )
    contact = forms.CharField(
        label=gettext_lazy("联系电话"),
        help_text=gettext_lazy("核实时可能需要联系您。不会公开，也不会告诉被反映的企业。"),
        max_length=40,
        error_messages={"required": gettext_lazy("请填写联系电话")},
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("为什么认为它不符合条件"),
        help_text=gettext_lazy("请写明事实，最好说明从哪里可以查到。"),
        max_length=1000,
        error_messages={"required": gettext_lazy("请写明理由")},
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    use_required_attribute = False


def published(now: datetime) -> Any:
    """Batches whose notice has begun and is not long over."""
    rows = Batch.objects.unscoped(PUBLIC)
    return rows.filter(notice_from__lte=now, notice_until__gte=now - KEPT)


@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """Notices that run, and those that have ended lately."""
    now = timezone.now()
    rows = list(published(now).order_by("-notice_from", "-pk")[:PAGE])
    shown = [_row(one) for one in rows]
    context = {
        "running": [one for one in shown if one["batch"].notice_until > now],
        "ended": [one for one in shown if one["batch"].notice_until <= now],
        "now": now,
    }
    return render_page(request, f"{FOLDER}/notices.html", context)


def _row(batch: Batch) -> dict[str, Any]:
    count = sum(batch.counts.get(state, 0) for state in SHOWN)
    fen = sum(batch.totals.get(state, 0) for state in SHOWN)
    return {
        "batch": batch,
        "url": reverse("policies:notice", args=[batch.number]),
        "count": count,
        "sum": words.yuan(fen, language()),
    }


def batch_of(number: str, now: datetime) -> Batch:
    """A batch on notice, else 404."""
    found: Batch | None = published(now).filter(number=number.replace("\x00", "")[:32]).first()
    if found is None:
        raise PageError(
            404, _("没有这份公示，可能已经过了查阅期。"), back=reverse("policies:notices")
        )
    return found


def payouts_of(batch: Batch) -> Any:
    """The payouts that stand on a notice."""
    rows = Payout.objects.unscoped(PUBLIC).filter(batch=batch, state__in=SHOWN)
    return rows.select_related("party__file").order_by("pk")


@require_safe
def notice(request: HttpRequest, number: str) -> HttpResponse:
    """One notice: what for, until when, who and how much."""
    now = timezone.now()
    batch = batch_of(number, now)
    after = request.GET.get("after", "")
    rows = payouts_of(batch)
    if after.isascii() and after.isdigit() and len(after) < 18:
        rows = rows.filter(pk__gt=int(after))
    text = request.GET.get("q", "").replace("\x00", "")[:60].strip()
    if text:
        rows = rows.filter(_named(text))
    page = list(rows[: PAGE + 1])
    codes = names.codes_of({one.party_id for one in page})
    open_now = batch.notice_until > now  # type: ignore[operator]
    context = {
        "batch": batch,
        "facts": _facts(batch, now),
        "rows": [_payout(one, codes.get(one.party_id, ""), batch, open_now) for one in page[:PAGE]],
        "next": page[PAGE - 1].pk if len(page) > PAGE else "",
        "first": bool(after),
        "q": text,
        "open": open_now,
        "total": _row(batch),
    }
    return render_page(request, f"{FOLDER}/notice.html", context, fragment="results")


def _named(text: str) -> Q:
    """Organisations by a part of the name or the whole code; others are masked and not found."""
    return Q(party__kind="organisation") & (
        Q(party__name__contains=text)
        | Q(party__identifiers__value=text.upper(), party__identifiers__ended_on=None)
    )


def _payout(payout: Payout, code: str, batch: Batch, open_now: bool) -> dict[str, Any]:
    suspended = payout.state == "suspended"
    may = open_now and payout.state == "noticed"
    return {
        "name": names.public_name(payout.party),
        "code": names.public_code(payout.party, code),
        "sum": words.yuan(payout.amount_fen, language()),
        "checking": suspended,
        "object": reverse("policies:object", args=[batch.number, payout.pk]) if may else "",
    }


def _facts(batch: Batch, now: datetime) -> list[Fact]:
    item = reverse("policies:item", args=[batch.item_key])
    until = moment_text(batch.notice_until)  # type: ignore[arg-type]
    return [
        Fact(_("事项"), batch.item_name, url=item),
        Fact(_("公示编号"), batch.notice_number or batch.number),
        Fact(_("所属期"), period_text(batch.period)),
        Fact(_("公示时间"), f"{moment_text(batch.notice_from)} – {until}"),  # type: ignore[arg-type]
        Fact(_("主管部门"), batch.unit.name),
    ]


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def object_to(request: HttpRequest, number: str, payout: int) -> HttpResponse:
    """Object to one enterprise: it alone waits until the objection is decided."""
    now = timezone.now()
    batch = batch_of(number, now)
    found = payouts_of(batch).filter(pk=payout).first()
    if found is None:
        raise Http404
    back = reverse("policies:notice", args=[batch.number])
    form = ObjectForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        Limit("portal.objections", MOST, 3600, shared=True).take_for(request)
        try:
            made = objecting.object_to(batch.number, found.pk, form.cleaned_data, now)
            done = reverse("policies:objected", args=[batch.number])
            return HttpResponseRedirect(f"{done}?number={made.number}")
        except FieldError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        except MoveRefused as error:
            form.add_error(None, error.message)
    context = {
        "form": form,
        "name": names.public_name(found.party),
        "batch": batch,
        "back": back,
        "sum": words.yuan(found.amount_fen, language()),
    }
    status = 422 if form.errors else 200
    return render_page(request, f"{FOLDER}/object.html", context, status=status)


@require_safe
def objected(request: HttpRequest, number: str) -> HttpResponse:
    """The objection was taken; its number."""
    batch = batch_of(number, timezone.now())
    shown = request.GET.get("number", "").replace("\x00", "")[:32]
    context = {"batch": batch, "number": shown if shown.isalnum() else ""}
    return render_page(request, f"{FOLDER}/objected.html", context)
