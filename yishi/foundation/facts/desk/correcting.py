"""Corrections that enterprises ask for, and the answers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_safe

from yishi.foundation.audit import access_log
from yishi.foundation.facts import columnar, corrections, reading, rows
from yishi.foundation.facts import snapshots as snaps
from yishi.foundation.facts.delivering import may_deliver
from yishi.foundation.facts.desk.common import (
    PAGE,
    guarded,
    label,
    put_error,
    start_of,
)
from yishi.foundation.facts.desk.forms import AnswerForm
from yishi.foundation.facts.models import Correction
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.facts import Fact, FactType
from yishi.foundation.rulebook.wording import with_unit
from yishi.foundation.ui.officer import actor_of, render_desk

TONES = {"open": "active", "upheld": "good", "rejected": "neutral", "withdrawn": "neutral"}


@guarded
@require_safe
def listed(request: HttpRequest) -> HttpResponseBase:
    """What waits, most urgent first; or what was answered."""
    closed, start = request.GET.get("state") == "closed", start_of(request)
    waiting = corrections.waiting(actor_of(request), closed=closed)
    found = list(waiting[start : start + PAGE + 1])
    context = {
        "lines": [_line(one) for one in found[:PAGE]],
        "next": start + PAGE if len(found) > PAGE else "",
        "closed": closed,
    }
    return render_desk(request, "facts/corrections.html", context)


def _line(one: Correction) -> dict[str, Any]:
    fact = fact_of(one)
    return {
        "row": one,
        "fact": label(fact.label, fact.label_en) if fact else one.fact,
        "source": label(one.source.name, one.source.name_en),
        "tone": TONES[one.state],
    }


def fact_of(one: Correction) -> Fact | None:
    """The declaration of the fact, if the source still has it."""
    return columnar.declared(one.source.columns).get(one.fact)


@guarded
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One correction: what is there, what is claimed, and the answer."""
    actor, now = actor_of(request), timezone.now()
    seen = Correction.objects.visible_to(actor).select_related("source")
    found: Correction | None = seen.filter(pk=pk).first() if pk < 2**63 else None
    fact = fact_of(found) if found else None
    if found is None or fact is None:
        raise Http404
    may = found.state == Correction.State.OPEN and may_deliver(actor, found.source)
    if request.method == "POST" and not may:
        raise Http404
    form = AnswerForm(fact, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        try:
            value = read_value(fact, given["value"]) if given["outcome"] == "upheld" else None
            upheld = given["outcome"] == "upheld"
            corrections.answer(found, upheld, value, given["answer"], actor, now)
        except FieldError as error:
            put_error(form, error)
        else:
            messages.success(request, gettext("已答复"))
            return HttpResponseRedirect(reverse("desk:facts:corrections"))
    access_log.look(actor.ref, "facts.correction", f"correction:{found.pk}", "处理数据更正", now)
    snapshot = snaps.latest()
    name = snaps.name_of(snapshot, found.party_code) if snapshot else ""
    context = {
        **_line(found),
        "party": name or found.party_code,
        "seen": said(fact, found.seen),
        "claimed": said(fact, found.claimed),
        "form": form,
        "may": may,
    }
    return render_desk(
        request, "facts/correction.html", context, status=422 if form.errors else 200
    )


def said(fact: Fact, stored: Any) -> str:
    """A stored value in words."""
    value = corrections.value_of(fact, stored)
    if value is None:
        return gettext("没有数据")
    if isinstance(value, bool):
        return gettext("是") if value else gettext("否")
    if fact.type is FactType.MONEY:
        return f"{Decimal(value).scaleb(-2):,.2f} {gettext('元')}"
    if fact.type is FactType.SET:
        return "、".join(_word(fact, one) for one in sorted(value)) or gettext("无")
    if fact.type is FactType.TEXT:
        return _word(fact, value)
    return with_unit(fact, str(value), get_language() or "zh-hans")


def _word(fact: Fact, code: str) -> str:
    return label(*fact.values[code]) if code in fact.values else code


def read_value(fact: Fact, text: str) -> Any:
    """What was typed as the fact's value, read as a file's cell. Raises FieldError on ``value``."""
    try:
        return rows.value_of(fact, reading.value(fact, text))
    except ValueError as error:
        raise FieldError("value", str(error), "type") from error
