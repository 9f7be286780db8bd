"""Mending files: whether a paper on file counts, and who represents somebody by law."""

from __future__ import annotations

import uuid

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from yishi.faces.desk.parties.common import keepers_only, party_of
from yishi.faces.desk.parties.keeping import OtherForm, ReasonForm, act_page, other_party
from yishi.foundation.parties import services
from yishi.foundation.parties.materials import set_status
from yishi.foundation.parties.models import HeldMaterial, Mandate
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.officer import actor_of

#: What a paper on file may become; what was replaced is said by the paper that replaces it.
STATUSES = tuple(one for one in HeldMaterial.STATUSES if one[0] != HeldMaterial.SUPERSEDED)
BY_LAW = tuple(one for one in Mandate.KINDS if one[0] in Mandate.BY_LAW)
_DATES = {"invalid": _("日期格式为 2026-12-31")}


class StatusForm(ReasonForm):
    """Whether the paper counts."""

    status = forms.ChoiceField(label=_("状态"), choices=STATUSES, widget=forms.RadioSelect)
    field_order = ("status", "reason")


class LawForm(OtherForm):
    """Who represents the party by law, from a register or a paper that was seen."""

    kind = forms.ChoiceField(
        label=_("身份"), choices=BY_LAW, help_text=_("委托的经办人由本人在门户授权，不在这里登记。")
    )
    valid_from = forms.DateField(
        label=_("起始日期"),
        required=False,
        error_messages=_DATES,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    valid_to = forms.DateField(
        label=_("截止日期"),
        required=False,
        help_text=_("没有截止日期的留空。"),
        error_messages=_DATES,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    field_order = (
        *("kind", "identifier_kind", "identifier", "name"),
        *("valid_from", "valid_to", "reason"),
    )


@never_cache
@keepers_only
@require_http_methods(["GET", "HEAD", "POST"])
def paper_status(request: HttpRequest, party: uuid.UUID, paper: uuid.UUID) -> HttpResponse:
    """A paper is suspended, revoked or cancelled, or counts again after a suspension."""
    found = party_of(request, party)
    row = HeldMaterial.objects.filter(pk=paper, party__file_id=found.id).first()
    if row is None:
        raise Http404
    form = StatusForm(request.POST or None, initial={"status": row.status})

    def act() -> str:
        said = form.cleaned_data
        actor, now = actor_of(request), timezone.now()
        if said["status"] == row.status:
            raise FieldError("status", gettext("已经是这个状态"), "same")
        set_status(row, said["status"], said["reason"], actor=actor, now=now)
        return gettext("证照状态已变更。")

    text = gettext("“%(name)s”不再有效时，以后的申请不能再用它免交材料或者免办事项。")
    return act_page(
        request, found, form, gettext("变更证照状态"), text % {"name": row.name}, act, danger=True
    )


@never_cache
@keepers_only
@require_http_methods(["GET", "HEAD", "POST"])
def mandate_new(request: HttpRequest, party: uuid.UUID) -> HttpResponse:
    """Somebody is the party's legal representative, operator or guardian."""
    found, form = party_of(request, party), LawForm(request.POST or None)

    def act() -> str:
        said, actor, now = form.cleaned_data, actor_of(request), timezone.now()
        raw = services.MandateInput(
            said["kind"], valid_from=said["valid_from"], valid_to=said["valid_to"]
        )
        agent = other_party(request, form)
        try:
            services.give(found, agent, raw, giver=None, basis=said["reason"], actor=actor, now=now)
        except FieldError as error:
            names = {"agent": "identifier", "scope": "kind", "giver": "kind"}
            raise FieldError(names.get(error.field, error.field), error.message) from error
        return gettext("已登记。新的法定代表人或经营者登记后，原来的同时终止。")

    text = gettext("按登记机关的登记或者见到的文件登记，适用于全部事项。")
    return act_page(request, found, form, gettext("登记法定的代表关系"), text, act)
