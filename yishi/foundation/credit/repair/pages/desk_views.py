"""The window at the desk: take in at the counter, ends of plans, copies that differ, papers."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.models import CasePaper
from yishi.foundation.credit.repair import applying, copies, printing, reading, services
from yishi.foundation.credit.repair import states as s
from yishi.foundation.credit.repair.pages.desk_forms import EndForm, FindForm, SettleForm, TakeForm
from yishi.foundation.credit.repair.pages.forms import contact_of, show
from yishi.foundation.credit.repair.registers import registers
from yishi.foundation.credit.scope import keeps_records
from yishi.foundation.parties.models import Party
from yishi.foundation.parties.registering import by_identifier
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.documents import file_answer, pdf_answer, verify_address, wants_small
from yishi.foundation.ui.errors import render_error
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk, shell_of

FOLDER = "credit_repair/desk"
PURPOSE = "信用修复窗口收件"
NOBODY = uuid.UUID(int=0)
#: Where the counter keeps whom it serves; the number itself is kept nowhere.
SERVED = "credit_repair.party"
COPIES_SHOWN = 200


def _window(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if not keeps_records(actor, s.WINDOW):
        raise PermissionDenied(_("由信用管理员办理。"))
    return actor


@officers_only
@require_http_methods(["GET", "HEAD", "POST"])
def counter(request: HttpRequest) -> HttpResponse:
    """Find whoever stands at the counter by number; the look is logged."""
    actor = _window(request)
    form = FindForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        kind, number = form.cleaned_data["kind"], form.cleaned_data["identifier"]
        try:
            party = by_identifier(kind, number, actor=actor, purpose=PURPOSE, now=timezone.now())
        except FieldError as error:
            show(form, error)
        else:
            if party is not None:
                request.session[SERVED] = str(party.file_id)
                return HttpResponseRedirect(reverse("desk:repair:take"))
            form.add_error("identifier", _("没有这个号码的档案，因此也没有信用记录。"))
    context = {"title": _("信用修复收件"), "form": form}
    status = 422 if form.errors else 200
    return render_desk(request, f"{FOLDER}/counter.html", context, status=status)


@officers_only
@require_http_methods(["GET", "HEAD", "POST"])
def take(request: HttpRequest) -> HttpResponse:
    """Take the application in: which records, the pledge, a court's ruling where there is one."""
    actor, now = _window(request), timezone.now()
    party = Party.objects.filter(pk=request.session.get(SERVED) or NOBODY).first()
    if party is None:
        return HttpResponseRedirect(reverse("desk:repair:counter"))
    found = registers(shell_of(request).numbers)
    offers = reading.offers_of(party, now, found)
    posted = request.method == "POST"
    form = TakeForm(request.POST if posted else None, offers=offers)
    if posted and form.is_valid():
        try:
            wanted = applying.Application(
                party=party,
                records=tuple(form.cleaned_data["records"]),
                pledge=form.cleaned_data["pledge"],
                channel="window",
                declared=form.declared(),
                contacts=contact_of(form.cleaned_data["phone"], now),
                ruling=form.ruling(),
            )
            case = applying.apply(actor, wanted, now)
        except FieldError as error:
            show(form, error)
        else:
            del request.session[SERVED]
            return HttpResponseRedirect(reverse("desk:case", args=[case.number]))
    _version, book = found.book(now)
    context = {
        "title": _("信用修复收件"),
        "form": form,
        "name": printing.name_for(actor, party),
        "offers": offers,
        "pledge": book.pledge,
        "back": reverse("desk:repair:counter"),
    }
    status = 422 if form.errors else 200
    return render_desk(request, f"{FOLDER}/take.html", context, status=status)


@officers_only
@require_http_methods(["GET", "HEAD", "POST"])
def shield_end(request: HttpRequest, number: str) -> HttpResponse:
    """The court ended the plan, or it was carried out: for all records under it."""
    actor = _window(request)
    whole = reading.whole_of(actor, number)
    if whole is None or whole.root.number != number:
        raise Http404
    back = reverse("desk:case", args=[number])
    if not any(one.state == "shielded" for one in whole.members):
        return HttpResponseRedirect(back)
    form = EndForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        raw = {name: form.cleaned_data[name] for name in ("on", "document_no", "note")}
        move = form.cleaned_data["how"]
        try:
            services.end_shields(actor, number, move, raw, timezone.now())
        except FieldError as error:
            show(form, error)
        except MoveRefused as error:
            return render_error(request, 409, error.message, back=back)
        else:
            return HttpResponseRedirect(back)
    context = {"title": _("重整计划的结果"), "form": form, "back": back, "whole": whole}
    status = 422 if form.errors else 200
    return render_desk(request, f"{FOLDER}/shield_end.html", context, status=status)


@officers_only
@require_safe
def differing(request: HttpRequest) -> HttpResponse:
    """Copies elsewhere that show something else; 信用中国 prevails."""
    return _differing(request, SettleForm())


def _differing(request: HttpRequest, form: SettleForm, status: int = 200) -> HttpResponse:
    actor = _window(request)
    rows = copies.differences(actor)[:COPIES_SHOWN]
    context = {"title": _("副本差异"), "rows": list(rows), "form": form}
    return render_desk(request, f"{FOLDER}/copies.html", context, status=status)


@officers_only
@require_POST
def copy_act(request: HttpRequest, report: int) -> HttpResponse:
    """Remind the keeper of a copy, or say how it was put right."""
    actor, now = _window(request), timezone.now()
    if request.POST.get("act") == "remind":
        sent = copies.remind(actor, report, now)
        said = _("已重新推送。") if sent else _("没有可以重新推送的消息，请直接联系该网站。")
        messages.info(request, said)
        return HttpResponseRedirect(reverse("desk:repair:copies"))
    form = SettleForm(request.POST)
    if form.is_valid():
        try:
            copies.settle(actor, report, form.cleaned_data["how"], now)
        except FieldError as error:
            show(form, error)
        else:
            return HttpResponseRedirect(reverse("desk:repair:copies"))
    return _differing(request, form, 422)


@officers_only
@require_safe
def paper(request: HttpRequest, number: str, seq: int) -> HttpResponse:
    """A paper of an application or of a record's case."""
    actor, now = actor_of(request), timezone.now()
    whole = reading.whole_of(actor, number)
    if whole is None:
        raise Http404
    case = next(one for one in (whole.root, *whole.members) if one.number == number)
    found = registers(shell_of(request).numbers)
    made = printing.paper(actor, whole, case, seq, found, now, verify_address(request))
    if made is None:
        raise Http404
    return pdf_answer(made, f"{number}-{seq}")


@officers_only
@require_safe
def notice(request: HttpRequest, record: str) -> HttpResponse:
    """两书同达: the notice of a record together with that of its repair."""
    actor, now = actor_of(request), timezone.now()
    row = reading.record_in_sight(actor, record)
    if row is None:
        raise Http404
    found = registers(shell_of(request).numbers)
    (offer,) = reading.offers([row], now, found)
    made = printing.record_notice(actor, offer, found, now, verify_address(request))
    return pdf_answer(made, record)


@officers_only
@require_safe
def file(request: HttpRequest, number: str, attachment: uuid.UUID) -> HttpResponseBase:
    """Something that the applicant handed in."""
    actor = actor_of(request)
    whole = reading.whole_of(actor, number)
    if whole is None:
        raise Http404
    ids = [one.id for one in whole.members if one.number == number]
    rows: Any = CasePaper.objects.visible_to(actor).filter(case_id__in=ids)
    if not rows.filter(attachment_id=attachment).exists():
        raise Http404
    return file_answer(attachment, small=wants_small(request))
