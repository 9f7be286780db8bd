"""The public's pages: published records to look up, one's own records, and objecting to them.

Organisations are found by a part of the name or by number; people by their full number only, and
shown masked. What is not published is not there for anybody but its subject.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from yishi.foundation.access.actors import Actor
from yishi.foundation.access.throttle import Throttle
from yishi.foundation.audit import access_log
from yishi.foundation.credit import objections, subjects
from yishi.foundation.credit.book import CreditBook, book
from yishi.foundation.credit.desk.common import day, kind_label, line_of, put_error
from yishi.foundation.credit.desk.forms import ObjectionForm
from yishi.foundation.credit.models import CreditRecord
from yishi.foundation.credit.record_models import DELETED, KEPT
from yishi.foundation.credit.records import RecordRefused
from yishi.foundation.credit.standing import counts, today_of
from yishi.foundation.parties.identifiers import IdentifierKind, check_identifier
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.applicant import applicants_only
from yishi.foundation.ui.errors import render_error
from yishi.foundation.ui.parts import Fact
from yishi.foundation.ui.rendering import render_page

MOST = 30
#: Somebody who tries number after number is slowed down.
GUESSES = Throttle("credit")


class LookUpForm(forms.Form):
    """A company's name or anybody's number."""

    q = forms.CharField(
        label=_("企业名称、统一社会信用代码或公民身份号码"),
        help_text=_("企业名称至少四个字。个人只能用完整的公民身份号码查询，结果隐去姓名。"),
        max_length=100,
        error_messages={"required": _("请填写要查询的名称或号码")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    use_required_attribute = False


def published(on: date, known: CreditBook) -> Any:
    """Records that the public may see on a day, whatever the nightly run has done by then."""
    rows = CreditRecord.objects.unscoped("what is published is everybody's")
    return rows.filter(Q(max_end__gte=on) | Q(state=KEPT) | Q(duty_done_on=None), visible=True)


@never_cache
@sensitive_post_parameters("q")
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    """The form, and what is published of whom was asked for."""
    form = LookUpForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"form": form, "title": gettext("信用公示查询"), "lines": None}
    if form.is_bound and form.is_valid():
        if GUESSES.waits(request):
            text = gettext("查询的次数太多，请十分钟后再试。")
            return render_error(request, 429, text, back=reverse("credit:search"))
        try:
            wanted = _wanted(form.cleaned_data["q"].strip())
        except FieldError as error:
            put_error(form, FieldError("q", error.message))
        else:
            known, today = book(), today_of(timezone.now())
            rows = published(today, known).filter(wanted).order_by("-document_date", "-id")
            found = [one for one in rows[: MOST + 1] if counts(one, today, known)]
            if not found:
                GUESSES.wrong(request)
            context["lines"] = [line_of(one, known) for one in found[:MOST]]
            context["more"] = len(found) > MOST
    status = 422 if form.errors else 200
    return render_page(request, "credit/public_search.html", context, status=status)


def _wanted(text: str) -> Q:
    """The condition for what was typed. Raises `FieldError`."""
    plain = "".join(text.split()).upper()
    if len(plain) >= 15 and plain.isascii():
        kind = IdentifierKind.RESIDENT_ID if plain[:17].isdigit() else IdentifierKind.USCC
        checked = check_identifier("q", _kind(plain, kind), plain, date.max)
        hashes = subjects.number_hashes(checked.kind, checked.value, "")
        return Q(identifier_hash__in=hashes)
    if len(text) < 4:
        raise FieldError("q", gettext("企业名称至少四个字"), "length")
    return Q(subject_name__contains=text.replace("(", "（").replace(")", "）"))


def _kind(plain: str, guess: IdentifierKind) -> IdentifierKind:
    """A number of digits only may be either; the one whose check sign fits is meant."""
    try:
        check_identifier("q", guess, plain, date.max)
    except FieldError:
        return IdentifierKind.USCC
    return guess


@never_cache
@require_safe
def record(request: HttpRequest, number: str) -> HttpResponse:
    """One published record; its subject sees it as long as it is kept."""
    actor, known, today = _actor(request), book(), today_of(timezone.now())
    found = _own(actor, number)
    mine = found is not None
    if found is None:
        found = published(today, known).filter(number=number).first()
        if found is None or not counts(found, today, known):
            raise Http404
    context = {
        "record": found,
        "name": subjects.shown_name(found),
        "facts": _facts(found, known),
        "mine": mine,
    }
    return render_page(request, "credit/public_record.html", context)


@never_cache
@applicants_only
@require_http_methods(["GET", "HEAD", "POST"])
def object_to(request: HttpRequest, number: str) -> HttpResponse:
    """Object to a record of one's own."""
    actor = _actor(request)
    found = _own(actor, number)
    if found is None:
        raise Http404
    form = ObjectionForm(request.POST if request.method == "POST" else None)
    back = reverse("credit:published", args=[found.number])
    if form.is_bound and form.is_valid():
        now = timezone.now()
        try:
            objections.raise_(
                found, form.cleaned_data["reason"], actor, now, party_id=actor.party_id
            )
            access_log.look(actor.ref, "credit.object", f"credit:{found.pk}", "提出异议", now)
            return HttpResponseRedirect(back)
        except FieldError as error:
            put_error(form, error)
        except RecordRefused as refused:
            form.add_error(None, refused.message)
    known = book()
    context = {
        "form": form,
        "title": gettext("提出异议"),
        "back": back,
        "lead": gettext("%(flag)s内标注，%(decide)s内答复。")
        % {"flag": known.flag_limit, "decide": known.decide_limit},
    }
    status = 422 if form.errors else 200
    return render_page(request, "credit/public_object.html", context, status=status)


def _own(actor: Actor, number: str) -> CreditRecord | None:
    if not actor.party_ids:
        return None
    rows = CreditRecord.objects.visible_to(actor).filter(party__file_id__in=actor.party_ids)
    found: CreditRecord | None = rows.exclude(state=DELETED).filter(number=number).first()
    return found


def _facts(found: CreditRecord, known: CreditBook) -> list[Fact]:
    facts = [
        Fact(gettext("主体"), subjects.shown_name(found), hint=subjects.shown_number(found)),
        Fact(gettext("种类"), kind_label(found, known), hint=found.get_severity_display()),
        Fact(gettext("主要内容"), found.summary),
        Fact(gettext("认定机关"), found.authority),
        Fact(gettext("文号"), found.document_no),
        Fact(gettext("文件日期"), day(found.document_date)),
    ]
    if found.visible:
        facts.append(Fact(gettext("公示至"), day(found.max_end), hint=_kept(found)))
    else:
        facts.append(Fact(gettext("状态"), found.get_state_display()))
    return facts


def _kept(found: CreditRecord) -> str:
    return gettext("期满未履行义务的，继续公示") if found.state == KEPT else ""


def mine(actor: Actor, now: datetime) -> Mapping[str, Any]:
    """One's own records on 我的 (2 statements)."""
    known = book()
    rows = CreditRecord.objects.visible_to(actor).filter(party__file_id=actor.party_id)
    found = rows.exclude(state=DELETED).order_by("-document_date")[:20]
    return {"records": [line_of(one, known) for one in found]}


def _actor(request: HttpRequest) -> Actor:
    found: Actor = request.actor  # type: ignore[attr-defined]
    return found


app_name = "credit"
urlpatterns = [
    path("credit/", search, name="search"),
    path("credit/<str:number>/", record, name="published"),
    path("credit/<str:number>/object/", object_to, name="object"),
]
