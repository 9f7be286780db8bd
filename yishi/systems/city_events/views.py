"""City events at the desk: the dispatch order, contacts and wrong merges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, override
from django.views.decorators.http import require_http_methods, require_safe

from yishi.foundation.cases.advance import CaseNotFound
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.policy import sees
from yishi.foundation.cases.state import CaseState
from yishi.foundation.papers.issuing import issue
from yishi.foundation.parties.contacts import reveal as open_contact
from yishi.foundation.parties.models import Contact
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.documents import pdf_answer, verify_address
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk, require_role, shell_of
from yishi.systems.city_events import privacy, receipts
from yishi.systems.city_events.case_page import channel_label
from yishi.systems.city_events.context import city
from yishi.systems.city_events.dispatch_order import DISPATCH_ORDER, order_data, order_photos
from yishi.systems.city_events.forms import PurposeForm
from yishi.systems.city_events.lifecycle import SYSTEM
from yishi.systems.city_events.merging import unmerge as take_out
from yishi.systems.city_events.models import Report


def case_of(request: HttpRequest, number: str) -> CaseState:
    """The case *number* if the officer may see it, else 404."""
    if "\x00" in number or any("\ud800" <= char <= "\udfff" for char in number):
        raise Http404
    states = load_states(number=number[:40])
    if not states or states[0].system != SYSTEM or not sees(actor_of(request), states[0]):
        raise Http404
    return states[0]


def report_of(request: HttpRequest, case: CaseState, report_id: int) -> Report:
    rows = Report.objects.visible_to(actor_of(request)).filter(case_id=case.id, pk=report_id)
    found: Report | None = rows.first()
    if found is None:
        raise Http404
    return found


# --- One case ------------------------------------------------------------------------------------


@officers_only
@require_safe
def dispatch_order(request: HttpRequest, number: str) -> HttpResponse:
    """派遣单 as PDF, for a case that was dispatched."""
    case = case_of(request, number)
    if not case.unit_id:
        raise Http404
    actor, now = actor_of(request), timezone.now()
    registers = city(shell_of(request).numbers)
    address = request.build_absolute_uri(reverse("desk:case", args=[number]))
    with override("zh-hans"):
        data = order_data(actor, case, registers, address=address, demo=bool(settings.DEMO))
    issued = issue(
        DISPATCH_ORDER,
        "city_events/dispatch_order",
        data,
        about=("case", case.id),
        actor_ref=actor.ref,
        now=now,
        verify_url=verify_address(request),
        photos=order_photos(actor, case),
    )
    return pdf_answer(issued.pdf, case.number)


@officers_only
@require_safe
def result_receipt(request: HttpRequest, number: str) -> HttpResponse:
    """处置回执 to hand to a reporter: without any reporter's words or contact."""
    case = case_of(request, number)
    if case.state not in receipts.SETTLED:
        raise Http404
    actor = actor_of(request)
    photos, steps = receipts.result_photos(actor, case)
    with override("zh-hans"):
        data = receipts.result_receipt(
            actor,
            case,
            city(shell_of(request).numbers),
            subject=case.subject,
            words="",
            steps=steps,
        )
    issued = issue(
        receipts.RESULT_RECEIPT,
        "city_events/result_receipt",
        data,
        about=("case", case.id),
        actor_ref=actor.ref,
        now=timezone.now(),
        verify_url=verify_address(request),
        photos=photos,
    )
    return pdf_answer(issued.pdf, f"{case.number}-result")


@officers_only
@require_http_methods(["GET", "HEAD", "POST"])
def reveal(request: HttpRequest, number: str, report: int) -> HttpResponse:
    """Open a reporter's contact with a stated purpose, which is logged."""
    case = case_of(request, number)
    found = report_of(request, case, report)
    actor = actor_of(request)
    if not found.contact_id or not privacy.may_reveal(actor, case, secret=found.secret):
        raise PermissionDenied(gettext("您不能查看这位上报人的联系方式。"))
    form = PurposeForm(request.POST if request.method == "POST" else None)
    status, contact = 200, None
    if request.method == "POST":
        if form.is_valid():
            contact, status = _opened(request, found, form)
        else:
            status = 422
    context = {
        "title": gettext("查看上报人联系方式"),
        "form": form,
        "contact": contact,
        "number": number,
        "channel": channel_label(found.channel),
        "back": reverse("desk:case", args=[number]),
        "action": reverse("desk:city_events:reveal", args=[number, report]),
    }
    return render_desk(request, "city_events/reveal.html", context, status=status)


def _opened(request: HttpRequest, found: Report, form: PurposeForm) -> tuple[Any, int]:
    purpose = form.cleaned_data["purpose"]
    try:
        contact = open_contact(
            found.contact_id,  # type: ignore[arg-type]
            actor=actor_of(request),
            purpose=purpose,
            now=timezone.now(),
        )
    except FieldError as error:
        form.add_error("purpose", error.message)
        return None, 422
    except Contact.DoesNotExist as error:
        raise Http404 from error
    return contact, 200


@officers_only
@require_http_methods(["GET", "HEAD", "POST"])
def unmerge(request: HttpRequest, number: str, report: int) -> HttpResponse:
    """Take a wrongly merged report out into a case of its own, after asking."""
    case = case_of(request, number)
    back = reverse("desk:case", args=[number])
    require_role(request, "acceptor", refusal=gettext("拆出上报由受理员办理。"))
    if request.method != "POST":
        found = report_of(request, case, report)
        return render_desk(request, "ui/confirm.html", _unmerge_question(case, found, back))
    try:
        new = take_out(actor_of(request), number, report, timezone.now())
    except CaseNotFound as error:
        raise Http404 from error
    except (FieldError, MoveRefused) as error:
        status = 403 if isinstance(error, MoveRefused) and error.code == "role" else 409
        raise PageError(status, error.message, back=back) from error
    text = gettext("已拆出为新案件 %(number)s") % {"number": new.number}
    messages.success(request, text)
    return HttpResponseRedirect(reverse("desk:case", args=[new.number]))


def _unmerge_question(case: CaseState, found: Report, back: str) -> Mapping[str, Any]:
    return {
        "title": gettext("拆出这条上报"),
        "text": gettext("这条上报将成为一件新案件，上报人的查询码随之指向新案件。原案件继续办理。"),
        "facts": [
            (gettext("原案件"), case.number),
            (gettext("来源"), channel_label(found.channel)),
        ],
        "action": reverse("desk:city_events:unmerge", args=[case.number, found.pk]),
        "confirm_label": gettext("拆出为新案件"),
        "back_url": back,
    }
