"""Screening at the desk: asking, the stored answers, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from yishi.foundation.audit import access_log
from yishi.foundation.credit import policy, screening
from yishi.foundation.credit.asking import Subject
from yishi.foundation.credit.book import CreditBook, book
from yishi.foundation.credit.desk.common import TONES, english, guarded, page_of, put_error
from yishi.foundation.credit.desk.forms import ScreenForm
from yishi.foundation.credit.models import Screening
from yishi.foundation.parties.naming import shown_name
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook import decisions
from yishi.foundation.rulebook.errors import FactError, RuleError
from yishi.foundation.ui.exports import export_url
from yishi.foundation.ui.officer import actor_of, render_desk

STATES = {
    "ok": _("正常"),
    "down": _("中断"),
    "slow": _("超时"),
    "empty": _("为空"),
    "garbled": _("数据异常"),
    "stale": _("过期"),
    "never": _("尚未载入"),
}
#: The reasons for readers of English; the stored text is Chinese.
WORDS = {
    "CLEAR": "Every source answered; nothing counts in this matter",
    "LISTED": "{who}: {what}",
    "CONFIRMED": "{who}: {what} (a near match that a person confirmed)",
    "NOT_COUNTED": "{who}: {what}; does not count in this matter",
    "NEAR_MATCH": "{who} has a name like one on: {what}; no number to compare, a person looks",
    "NAMESAKE": "{who} has the name of somebody on: {what}; another number, not the same",
    "ANSWERED_DIFFERENT": "{who} has a name like one on: {what}; a person found that it is another",
    "TERM_OVER": "{who} was on: {what}; the term is over",
    "NO_NUMBER": "{who}: no number to compare, a name alone is not enough",
    "ENDED": "{who} is closed (cancelled, dead); a valid number does not clear it",
    "NOT_COVERED": "A list has no usable source",
}
ROLES = {
    "applicant": "the applicant",
    "legal_representative": "the legal representative",
    "operator": "the operator",
}
EFFECTS = {"excluded": "bad", "unknown": "warn", "noted": "neutral"}


def _visible(request: HttpRequest) -> QuerySet[Screening]:
    """Answers in sight: all for keepers, else those that one's unit or oneself asked for."""
    actor, rows = actor_of(request), Screening.objects.select_related("party__file", "decision")
    if policy.reads_all(actor):
        return rows
    return rows.filter(Q(unit_id__in=policy.units_of(actor)) | Q(actor_ref=actor.ref))


def moment(text: str | None) -> datetime | None:
    """A stored time; None for what is none."""
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def wording(reason: dict[str, Any], known: CreditBook, names: dict[str, str]) -> str:
    """A stored reason in English."""
    code, role = reason["code"], reason.get("role", "applicant")
    if code.startswith("SOURCE_"):
        source = names.get(reason.get("source", ""), reason.get("source", ""))
        return f"{source}: no usable answer ({code.removeprefix('SOURCE_').lower()})"
    listed = known.lists.get(reason.get("list_key", ""))
    what = listed or known.grounds.get(reason.get("ground", "")) or ""
    return WORDS.get(code, str(reason["text"])).format(who=ROLES.get(role, role), what=what)


def narrowed(request: HttpRequest) -> QuerySet[Screening]:
    """The answers in sight, of one outcome where the address names one."""
    rows, outcome = _visible(request), request.GET.get("outcome", "")
    return rows.filter(outcome=outcome) if outcome in ("PASS", "EXCLUDED", "UNKNOWN") else rows


@guarded(policy.works_here)
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Answers, newest first."""
    rows, outcome = narrowed(request), request.GET.get("outcome", "")
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
        "may_add": policy.may_add(actor_of(request)),
        "export_url": export_url(request, "desk:credit:screenings-export"),
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
                "text": wording(one, known, names) if english() else one["text"],
                "at": moment(one.get("at")),
                "tone": EFFECTS.get(one["effect"], "neutral"),
                "source": names.get(one.get("source", ""), one.get("source", "")),
            }
            for one in found.reasons
        ],
        "sources": [
            {
                "source": one,
                "state": STATES.get(one["state"], one["state"]),
                "as_of": moment(one["as_of"]),
                "asked_at": moment(one["asked_at"]),
                "tone": TONES.get(one["state"], "bad"),
            }
            for one in found.sources
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
