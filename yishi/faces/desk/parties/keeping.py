"""Mending files: two that are one, successions, names and numbers. Administrators of the city."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from yishi.faces.desk.parties.common import keepers_only, party_of, put_error
from yishi.foundation.parties import services
from yishi.foundation.parties.identifiers import LABELS
from yishi.foundation.parties.models import Identifier, Party, PartyMerge, Succession
from yishi.foundation.parties.registering import today_of
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.officer import actor_of, render_desk

_DATE = {"invalid": _("日期格式为 2026-12-31"), "required": _("请填写日期")}


class ReasonForm(forms.Form):
    """Why; logged."""

    reason = forms.CharField(
        label=_("依据和原因"), max_length=200, error_messages={"required": _("请写明依据和原因")}
    )
    use_required_attribute = False


class OtherForm(ReasonForm):
    """The other party, by its number."""

    identifier_kind = forms.ChoiceField(
        label=_("证件类型"), choices=[(str(k), v) for k, v in LABELS.items()]
    )
    identifier = forms.CharField(
        label=_("号码"), max_length=40, error_messages={"required": _("请填写号码")}
    )
    name = forms.CharField(label=_("名称（按工商注册号时）"), max_length=200, required=False)
    field_order: tuple[str, ...] = ("identifier_kind", "identifier", "name", "reason")


class SuccessionForm(OtherForm):
    """Who takes over, how and when."""

    way = forms.ChoiceField(label=_("承继方式"), choices=Succession.WAYS)
    on = forms.DateField(
        label=_("生效日期"),
        error_messages=_DATE,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    field_order = ("identifier_kind", "identifier", "name", "way", "on", "reason")


class NameForm(ReasonForm):
    """The name from a day on."""

    name = forms.CharField(
        label=_("新的姓名或名称"),
        max_length=200,
        error_messages={"required": _("请填写姓名或名称")},
    )
    since = forms.DateField(
        label=_("启用日期"),
        error_messages=_DATE,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    field_order = ("name", "since", "reason")


def act_page(
    request: HttpRequest,
    found: Party,
    form: forms.Form,
    title: str,
    text: str,
    act: Callable[[], str],
    *,
    danger: bool = False,
) -> HttpResponse:
    """One form that does one thing, and then leads back to the file with what was done."""
    back = reverse("desk:party", args=[found.file_id])
    if form.is_bound and form.is_valid():
        try:
            messages.success(request, act())
            return HttpResponseRedirect(back)
        except FieldError as error:
            names = {"merged": "identifier", "successor": "identifier", "basis": "reason"}
            put_error(form, FieldError(names.get(error.field, error.field), error.message))
    context = {
        "form": form,
        "title": title,
        "text": text,
        "name": services.shown_name(found),
        "back": back,
        "danger": danger,
    }
    status = 422 if form.errors else 200
    return render_desk(request, "desk/parties/act.html", context, status=status)


def other_party(request: HttpRequest, form: forms.Form) -> Party:
    """The party named in a form. Raises `FieldError` on ``identifier`` when there is none."""
    said = form.cleaned_data
    other = services.by_identifier(
        said["identifier_kind"],
        said["identifier"],
        actor=actor_of(request),
        purpose=said["reason"],
        now=timezone.now(),
        name=said["name"],
    )
    if other is None:
        raise FieldError("identifier", gettext("没有登记这个号码的档案"), "unknown")
    return other


@never_cache
@keepers_only
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest, party: uuid.UUID) -> HttpResponse:
    """Another file turned out to be this one."""
    found, form = party_of(request, party), OtherForm(request.POST or None)

    def act() -> str:
        other = other_party(request, form)
        reason = form.cleaned_data["reason"]
        services.merge(found, other, reason, actor=actor_of(request), now=timezone.now())
        return gettext("两份档案已合并，可以撤销。")

    text = gettext("把下面号码的档案并入这一份，以后在一份档案里查看。可以撤销。")
    return act_page(request, found, form, gettext("合并档案"), text, act)


@never_cache
@keepers_only
@require_http_methods(["GET", "HEAD", "POST"])
def merge_undo(request: HttpRequest, merge: int) -> HttpResponse:
    """The two were not one after all."""
    row = PartyMerge.objects.filter(pk=merge).select_related("kept").first()
    if row is None:
        raise Http404
    found, form = party_of(request, row.kept.file_id), ReasonForm(request.POST or None)

    def act() -> str:
        reason = form.cleaned_data["reason"]
        services.undo(row, reason, actor=actor_of(request), now=timezone.now())
        return gettext("合并已撤销，两份档案各自恢复。")

    text = gettext("撤销后两份档案各自恢复为合并前的样子。")
    return act_page(request, found, form, gettext("撤销合并"), text, act, danger=True)


@never_cache
@keepers_only
@require_http_methods(["GET", "HEAD", "POST"])
def succession(request: HttpRequest, party: uuid.UUID) -> HttpResponse:
    """Another organisation takes over this one's rights and duties."""
    found, form = party_of(request, party), SuccessionForm(request.POST or None)

    def act() -> str:
        said = form.cleaned_data
        services.succeed(
            found,
            other_party(request, form),
            said["way"],
            said["on"],
            said["reason"],
            actor=actor_of(request),
            now=timezone.now(),
        )
        return gettext("承继关系已登记。")

    text = gettext(
        "登记由谁承继（公司合并、分立）。两者仍是两个主体：证照不自动转移，承继者可以看到被承继者的办件。"
    )
    return act_page(request, found, form, gettext("登记承继"), text, act)


@never_cache
@keepers_only
@require_http_methods(["GET", "HEAD", "POST"])
def rename(request: HttpRequest, party: uuid.UUID) -> HttpResponse:
    """The party has another name; the old one stays as former."""
    found, form = party_of(request, party), NameForm(request.POST or None)

    def act() -> str:
        said, actor, now = form.cleaned_data, actor_of(request), timezone.now()
        if said["since"] > today_of(now):
            raise FieldError("since", gettext("启用日期不能在今天之后"), "date")
        services.rename(found, said["name"], said["since"], actor=actor, now=now)
        return gettext("名称已变更，原名称记入曾用名。")

    text = gettext("原来的姓名或名称会记入曾用名，仍可以查到。")
    return act_page(request, found, form, gettext("变更名称"), text, act)


@never_cache
@keepers_only
@require_http_methods(["GET", "HEAD", "POST"])
def identifier_end(request: HttpRequest, party: uuid.UUID, identifier: uuid.UUID) -> HttpResponse:
    """A number is this party's no longer: it was wrong, or another was given."""
    found = party_of(request, party)
    rows = Identifier.objects.filter(party__file_id=found.id, ended_on__isnull=True)
    row = rows.filter(pk=identifier).first()
    if row is None:
        raise Http404
    form = ReasonForm(request.POST or None)

    def act() -> str:
        if rows.count() < 2:
            raise FieldError("reason", gettext("至少保留一个有效号码，请先登记新的号码"), "last")
        now = timezone.now()
        reason = form.cleaned_data["reason"]
        services.end_identifier(row, today_of(now), reason, actor=actor_of(request), now=now)
        return gettext("号码已注销。")

    text = f"{LABELS[row.kind]} {services.shown_identifier(row)}"  # type: ignore[index]
    return act_page(request, found, form, gettext("注销号码"), text, act, danger=True)


class NumberForm(ReasonForm):
    """Another number of the same party."""

    identifier_kind = forms.ChoiceField(
        label=_("证件类型"), choices=[(str(k), v) for k, v in LABELS.items()]
    )
    identifier = forms.CharField(
        label=_("号码"), max_length=40, error_messages={"required": _("请填写号码")}
    )
    field_order = ("identifier_kind", "identifier", "reason")


@never_cache
@keepers_only
@require_http_methods(["GET", "HEAD", "POST"])
def identifier_new(request: HttpRequest, party: uuid.UUID) -> HttpResponse:
    """The party has another number too, or instead."""
    found, form = party_of(request, party), NumberForm(request.POST or None)

    def act() -> str:
        said = form.cleaned_data
        services.add_identifier(
            found,
            said["identifier_kind"],
            said["identifier"],
            source="registry",
            actor=actor_of(request),
            now=timezone.now(),
        )
        return gettext("号码已登记。")

    text = gettext("同一主体的另一个证件号码，例如外籍人员换发的护照。")
    return act_page(request, found, form, gettext("登记号码"), text, act)
