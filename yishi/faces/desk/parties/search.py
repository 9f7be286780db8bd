"""Looking for a party by number or name, with a purpose. Numbers travel in the body, never in an
address; whoever is out of sight is not told apart from nobody."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from yishi.faces.desk.parties.common import PurposeForm, put_error, state_purpose
from yishi.foundation.cases.party_access import visible_parties
from yishi.foundation.parties import services
from yishi.foundation.parties.identifiers import LABELS
from yishi.foundation.parties.models import Identifier, Party
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk

NAME = "name"


class SearchForm(PurposeForm):
    """By what, and why."""

    by = forms.ChoiceField(
        label=_("按什么查"),
        choices=[(NAME, _("姓名或名称")), *((str(k), v) for k, v in LABELS.items())],
    )
    q = forms.CharField(
        label=_("姓名、名称或号码"),
        help_text=_("自然人须填写完整姓名；组织可填写名称的一部分，含曾用名。"),
        max_length=200,
        error_messages={"required": _("请填写要查的姓名、名称或号码")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    name = forms.CharField(label=_("名称（按工商注册号查时）"), max_length=200, required=False)
    field_order = ("by", "q", "name", "purpose")


@never_cache
@sensitive_post_parameters("q", "name")
@officers_only
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    """The form, and what it found within the officer's sight."""
    form = SearchForm(request.POST if request.method == "POST" else None)
    found: list[Party] | None = None
    if form.is_bound and form.is_valid():
        try:
            found = _found(request, form)
        except FieldError as error:
            field = {"identifier": "q", "name": "name" if form.data["by"] != NAME else "q"}
            put_error(form, FieldError(field.get(error.field, error.field), error.message))
    if found is not None and len(found) == 1:
        state_purpose(request, found[0], form.cleaned_data["purpose"])
        return HttpResponseRedirect(reverse("desk:party", args=[found[0].pk]))
    context = {"form": form, "found": None if found is None else _rows(found)}
    return render_desk(
        request, "desk/parties/search.html", context, status=422 if form.errors else 200
    )


def _found(request: HttpRequest, form: SearchForm) -> list[Party]:
    actor, now, said = actor_of(request), timezone.now(), form.cleaned_data
    if said["by"] == NAME:
        found = services.by_name(said["q"], actor=actor, purpose=said["purpose"], now=now)
    else:
        one = services.by_identifier(
            said["by"],
            said["q"],
            actor=actor,
            purpose=said["purpose"],
            now=now,
            name=said["name"],
        )
        found = [one] if one else []
    seen = visible_parties(actor).filter(pk__in=[party.pk for party in found])
    return list(seen.order_by("state", "name", "id"))


def _rows(found: list[Party]) -> list[dict[str, object]]:
    """Names and numbers as they may be shown (1 statement)."""
    numbers: dict[object, list[str]] = {}
    rows = Identifier.objects.filter(party__file__in=found, ended_on__isnull=True)
    for row in rows.select_related("party").order_by("created_at"):
        label = LABELS[row.kind]  # type: ignore[index]
        shown = f"{label} {services.shown_identifier(row)}"
        numbers.setdefault(row.party.file_id, []).append(shown)
    return [
        {"party": one, "name": services.shown_name(one), "numbers": numbers.get(one.pk, [])}
        for one in found
    ]
