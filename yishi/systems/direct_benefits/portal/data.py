"""我的数据: what the departments know of the enterprise, and saying that something is wrong."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yishi.foundation.facts import corrections
from yishi.foundation.facts.models import Correction
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.facts import Fact, FactType, from_json
from yishi.foundation.rulebook.wording import pick
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.rendering import render_page
from yishi.systems.direct_benefits.portal import catalogue, places, words
from yishi.systems.direct_benefits.portal.finding import FOLDER
from yishi.systems.direct_benefits.portal.mine import enterprises_only, fact_row, mine_of
from yishi.systems.direct_benefits.portal.questions import Questions
from yishi.systems.direct_benefits.portal.standing import Mine


@enterprises_only
@require_safe
def data(request: HttpRequest) -> HttpResponse:
    """All facts by department, and the corrections asked for."""
    who = mine_of(request, timezone.now())
    groups: dict[str, list[dict[str, Any]]] = {}
    missing: dict[str, list[dict[str, Any]]] = {}
    for fact in who.looked.declared.facts.values():
        row = fact_row(fact, who)
        (missing if row["missing"] else groups).setdefault(row["source"], []).append(row)
    asked = corrections.of_party(who.code, who.actor) if who.code else []
    context = {
        "groups": list(groups.items()),
        "missing": list(missing.items()),
        "asked": [_asked(one, who) for one in asked],
        "known": bool(who.facts),
        "snapshot": who.snapshot,
        "code": who.code,
        "simulated": bool(who.snapshot and who.snapshot.simulated),
    }
    return render_page(request, f"{FOLDER}/data.html", context)


def _asked(one: Correction, who: Mine) -> dict[str, Any]:
    fact = who.looked.declared.facts.get(one.fact)
    tones = {"open": "active", "upheld": "good", "rejected": "bad", "withdrawn": "neutral"}
    return {
        "label": pick(catalogue.language(), fact.label, fact.label_en) if fact else one.fact,
        "claimed": _stored(fact, one.claimed),
        "seen": _stored(fact, one.seen),
        "state": one.get_state_display(),
        "tone": tones.get(one.state, "neutral"),
        "reason": one.reason,
        "answer": one.answer,
        "at": one.asked_at,
        "due": one.due_at if one.state == Correction.State.OPEN else None,
        "pk": one.pk,
        "open": one.state == Correction.State.OPEN,
    }


def _stored(fact: Fact | None, raw: Any) -> str:
    if fact is None or raw is None:
        return _("没有数据")
    try:
        return words.value_text(fact, from_json(fact.type, raw), catalogue.language())
    except ValueError:
        return _("没有数据")


class WhyForm(forms.Form):
    """How one knows that it is otherwise."""

    reason = forms.CharField(
        label=gettext_lazy("依据"),
        help_text=gettext_lazy("例如申报表、证书编号、缴费凭证，数据的部门会核实。"),
        max_length=500,
        error_messages={"required": gettext_lazy("请说明依据")},
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    use_required_attribute = False


@enterprises_only
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, name: str) -> HttpResponse:
    """Say what is right instead; the department that gave it answers."""
    who = mine_of(request, timezone.now())
    fact = who.looked.declared.facts.get(name)
    if fact is None or not who.code:
        raise Http404
    posted = request.POST if request.method == "POST" else None
    form = Questions(
        [fact],
        posted,
        language=catalogue.language(),
        counties=places.counties(who.looked.numbers),
        values={name: frozenset(fact.values)} if fact.type is FactType.SET else {},
    )
    why = WhyForm(posted)
    if request.method == "POST" and form.is_valid() & why.is_valid():
        value = form.cleaned_data.get(name)
        if value is None:
            form.add_error(name, _("请填写正确的内容"))
        else:
            try:
                corrections.ask(
                    who.code, name, value, why.cleaned_data["reason"], who.actor, who.now
                )
                messages.success(request, _("已转给数据的部门核实，结果会写在“我的数据”里。"))
                return HttpResponseRedirect(reverse("policies:data"))
            except FieldError as error:
                field = {"claimed": name, "fact": name}.get(error.field, error.field)
                target = form if field in form.fields else why
                target.add_error(field if field in target.fields else None, error.message)
    context = {
        "form": form,
        "why": why,
        "row": fact_row(fact, who),
        "back": reverse("policies:data"),
    }
    status = 422 if form.errors or why.errors else 200
    return render_page(request, f"{FOLDER}/correct.html", context, status=status)


@enterprises_only
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a correction back."""
    who = mine_of(request, timezone.now())
    found = next((one for one in corrections.of_party(who.code, who.actor) if one.pk == pk), None)
    if found is None:
        raise Http404
    try:
        corrections.withdraw(found, who.actor, who.now)
    except FieldError as error:
        raise PageError(409, error.message, back=reverse("policies:data")) from error
    messages.success(request, _("已撤回。"))
    return HttpResponseRedirect(reverse("policies:data"))
