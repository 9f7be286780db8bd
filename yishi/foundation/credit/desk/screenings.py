"""Screening at the desk: asking, the stored answers, and why."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from yishi.foundation.audit import access_log
from yishi.foundation.credit import policy, screening
from yishi.foundation.credit.asking import Subject
from yishi.foundation.credit.book import book
from yishi.foundation.credit.desk.common import TONES, english, guarded, page_of, put_error
from yishi.foundation.credit.desk.forms import ScreenForm
from yishi.foundation.credit.models import Screening
from yishi.foundation.parties.naming import shown_name
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook import decisions
from yishi.foundation.rulebook.errors import FactError, RuleError
from yishi.foundation.ui.officer import actor_of, render_desk

EFFECTS = {"excluded": "bad", "unknown": "warn", "noted": "neutral"}


def _visible(request: HttpRequest) -> Any:
    """Answers in sight: all for keepers, else those that one's unit or oneself asked for."""
    actor, rows = actor_of(request), Screening.objects.select_related("party__file", "decision")
    if policy.reads_all(actor):
        return rows
    return rows.filter(Q(unit_id__in=policy.units_of(actor)) | Q(actor_ref=actor.ref))


@guarded(policy.works_here)
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Answers, newest first."""
    rows, outcome = _visible(request), request.GET.get("outcome", "")
    if outcome in ("PASS", "EXCLUDED", "UNKNOWN"):
        rows = rows.filter(outcome=outcome)
    found, following = page_of(rows.order_by("-at", "-id"), request.GET.get("after", ""))
    context = {
        "lines": [
            {
                "row": one,
                "name": shown_name(one.party.file) if one.party else gettext("未建档主体"),
                "tone": TONES[one.outcome],
            }
            for one in found
        ],
        "next": following,
        "outcome": outcome,
        "outcomes": Screening._meta.get_field("outcome").choices,
    }
    return render_desk(request, "credit/screenings.html", context)


@guarded(policy.works_here)
@require_safe
def why(request: HttpRequest, pk: int) -> HttpResponse:
    """为什么: every reason, every source with its times and tries, and the rule's conditions."""
    found = _visible(request).filter(pk=pk).first() if pk < 2**63 else None
    if found is None:
        raise Http404
    actor, now = actor_of(request), timezone.now()
    access_log.look(actor.ref, "credit.screening", f"screening:{pk}", found.purpose, now)
    lines = []
    if found.decision is not None:
        try:
            lines = decisions.explain(found.decision, "en" if english() else "zh")
        except (FactError, RuleError):
            lines = []
    known = book()
    names = {one.key: one.name for one in known.sources}
    context = {
        "row": found,
        "name": shown_name(found.party.file) if found.party else gettext("未建档主体"),
        "tone": TONES[found.outcome],
        "reasons": [
            {
                "reason": one,
                "tone": EFFECTS.get(one["effect"], "neutral"),
                "source": names.get(one.get("source", ""), one.get("source", "")),
            }
            for one in found.reasons
        ],
        "sources": [
            {"source": one, "tone": TONES.get(one["state"], "bad")} for one in found.sources
        ],
        "grounds": [str(known.grounds.get(key, key)) for key in found.policy["excludes"]],
        "lines": lines,
        "near": list(found.near.filter(state="OPEN").order_by("pk")),
    }
    return render_desk(request, "credit/screening.html", context)


@sensitive_post_parameters("name", "identifier")
@guarded(policy.may_add)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Screen somebody for a stated purpose; the number travels in the body and is not kept."""
    form = ScreenForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        said, actor = form.cleaned_data, actor_of(request)
        subject = Subject(
            name=said["name"],
            identifier=said["identifier"],
            identifier_kind=said["identifier_kind"],
        )
        units = policy.units_of(actor)
        try:
            made = screening.screen(
                [subject],
                said["purpose"],
                timezone.now(),
                actor,
                unit_id=units[0] if units else None,
            )
        except FieldError as error:
            field = error.field.rpartition(".")[2]
            put_error(form, FieldError(field, error.message))
        else:
            return HttpResponseRedirect(reverse("desk:credit:screening", args=[made.pk]))
    context = {
        "form": form,
        "title": gettext("信用筛查"),
        "back": reverse("desk:credit:screenings"),
        "lead": gettext("在作出决定的时刻查询；来源中断、过期或名称相近时，结论是“无法确定”。"),
        "submit": gettext("筛查"),
    }
    return render_desk(request, "credit/form.html", context, status=422 if form.errors else 200)
