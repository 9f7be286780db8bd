"""企业申请 at the desk: what enterprises stated themselves, for the department to verify."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.facts import facts_from_json
from yishi.foundation.rulebook.wording import pick
from yishi.foundation.ui.documents import file_answer
from yishi.foundation.ui.officer import actor_of, render_desk, role_only
from yishi.foundation.ui.parts import Fact, Picture, Tab
from yishi.foundation.ui.timetext import moment_text
from yishi.systems.direct_benefits.policies.facts import declared
from yishi.systems.direct_benefits.portal import applications, catalogue, labels, words
from yishi.systems.direct_benefits.portal.models import Application
from yishi.systems.direct_benefits.runs.periods import period_text
from yishi.systems.direct_benefits.states import OFFICER

PAGE = 50
_TONES = {"granted": "good", "refused": "bad", "checking": "active", "withdrawn": "neutral"}


class DecideForm(forms.Form):
    """Granted or not, and why."""

    decision = forms.ChoiceField(
        label=gettext_lazy("核实结果"),
        choices=[("grant", gettext_lazy("属实，通过")), ("refuse", gettext_lazy("不通过"))],
        error_messages={"required": gettext_lazy("请选择核实结果")},
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=gettext_lazy("说明"),
        help_text=gettext_lazy("不通过的必须写明理由，企业看得到。"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    use_required_attribute = False


@role_only(OFFICER)
@require_safe
def listed(request: HttpRequest) -> HttpResponseBase:
    """Applications of one's unit, those to decide first."""
    rows = Application.objects.visible_to(actor_of(request)).select_related("party")
    state = request.GET.get("state", Application.CHECKING)
    known = dict(Application.STATES)
    state = state if state in known or state == "all" else Application.CHECKING
    if state != "all":
        rows = rows.filter(state=state)
    after = request.GET.get("after", "")
    if after.isascii() and after.isdigit() and len(after) < 18:
        rows = rows.filter(pk__lt=int(after))
    page = list(rows.order_by("-pk")[: PAGE + 1])
    shelf = catalogue.shelf()
    tabs = [Tab(str(label), f"?state={key}", None, key == state) for key, label in known.items()]
    context = {
        "tabs": [*tabs, Tab(_("全部"), "?state=all", None, state == "all")],
        "rows": [_row(one, shelf) for one in page[:PAGE]],
        "next": str(page[PAGE - 1].pk) if len(page) > PAGE else None,
    }
    return render_desk(request, "benefits/desk/applications.html", context)


def _row(one: Application, shelf: catalogue.Shelf) -> dict[str, Any]:
    entry = shelf.versions.get(one.version_id)
    return {
        "application": one,
        "name": entry.item.name if entry else one.item_key,
        "party": one.party.name,
        "state": one.get_state_display(),
        "tone": _TONES.get(one.state, "neutral"),
        "sum": words.yuan(one.amount_fen, catalogue.language()) if one.amount_fen else "—",
    }


@role_only(OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def application(request: HttpRequest, number: str) -> HttpResponseBase:
    """One application: what was stated, what the departments know, the decision."""
    actor, now = actor_of(request), timezone.now()
    rows = Application.objects.visible_to(actor).select_related("party")
    found = rows.filter(number=number.replace("\x00", "")[:32]).first()
    if found is None:
        raise Http404
    form = DecideForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            granted = said["decision"] == "grant"
            applications.decide(actor, found.number, granted, said["reason"], now)
            messages.success(request, _("已办结，企业会看到结果。"))
            return HttpResponseRedirect(reverse("desk:benefit_portal:applications"))
        except FieldError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
    shelf = catalogue.shelf()
    entry = shelf.versions.get(found.version_id)
    context = {
        "form": form,
        "row": _row(found, shelf),
        "facts": _facts(found),
        "known": _known(found),
        "reasons": found.reasons,
        "open": found.state == Application.CHECKING,
        "papers": [
            Picture(
                reverse("desk:benefit_portal:paper", args=[found.number, one.pk]),
                one.original_name,
            )
            for one in applications.papers_of(found.number)
        ],
        "item_url": reverse("policies:item", args=[entry.key]) if entry else "",
    }
    status = 422 if form.errors else 200
    return render_desk(request, "benefits/desk/application.html", context, status=status)


@role_only(OFFICER)
@require_safe
def paper(request: HttpRequest, number: str, attachment: uuid.UUID) -> HttpResponseBase:
    """A paper of an application of one's unit."""
    rows = Application.objects.visible_to(actor_of(request))
    found = rows.filter(number=number.replace("\x00", "")[:32]).first()
    if found is None or attachment not in {one.pk for one in applications.papers_of(found.number)}:
        raise Http404
    return file_answer(attachment)


def _facts(found: Application) -> list[Fact]:
    rows = [
        Fact(_("编号"), found.number),
        Fact(_("企业"), found.party.name),
        Fact(_("方式"), str(labels.MODES.get(found.mode, found.mode))),
        Fact(_("所属期"), period_text(found.period)),
        Fact(_("提交时间"), moment_text(found.at)),
    ]
    if found.reason:
        rows.append(Fact(_("理由"), found.reason))
    return rows


def _known(found: Application) -> list[dict[str, Any]]:
    """The facts that were judged; those that the enterprise stated itself are marked."""
    words_ = declared()
    facts = [words_.facts[name] for name in found.facts if name in words_.facts]
    seen = facts_from_json(found.facts, facts)
    language = catalogue.language()
    return [
        {
            "label": pick(language, fact.label, fact.label_en),
            "value": words.value_text(fact, seen.get(fact.name), language),
            "stated": fact.name in found.declared,
            "source": source.name if (source := words_.source_of(fact.name)) else "",
        }
        for fact in facts
    ]


app_name = "benefit_portal"
urlpatterns = [
    path("benefits/applications/", listed, name="applications"),
    path("benefits/applications/<str:number>/", application, name="application"),
    path("benefits/applications/<str:number>/papers/<uuid:attachment>", paper, name="paper"),
]
