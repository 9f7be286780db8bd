"""Accounts: the list, one account, making and changing it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from yishi.faces.desk.filters import register_now
from yishi.faces.desk.people.common import (
    keepers_only,
    log_of,
    post_label,
    refuse,
)
from yishi.faces.desk.prove import proved_only
from yishi.foundation.access import accounts, deputies, signing
from yishi.foundation.access.actors import ROLES
from yishi.foundation.access.models import Grant, Identity, User
from yishi.foundation.access.shifts import Roster
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.exports import export_url
from yishi.foundation.ui.officer import actor_of, render_desk, shell_of
from yishi.foundation.ui.parts import Fact
from yishi.foundation.ui.timetext import moment_text

PAGE = 50


class Filters(forms.Form):
    """What the list can be narrowed by."""

    q = forms.CharField(label=_("姓名或用户名"), max_length=64, required=False)
    role = forms.ChoiceField(label=_("岗位"), required=False)
    state = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[("", _("全部")), ("active", _("在用")), ("off", _("已停用"))],
    )

    def __init__(self, data: Any) -> None:
        super().__init__(data, auto_id="filter_%s")
        roles = [(name, gettext(role.label)) for name, role in ROLES.items()]
        self.fields["role"].choices = [("", gettext("全部")), *roles]  # type: ignore[attr-defined]

    @property
    def narrowed(self) -> bool:
        """Whether anything is filled in."""
        return any(self.data.get(name) for name in self.fields)

    def rows(self) -> Q:
        """The condition on accounts; a wrong filter matches none."""
        if not self.is_valid() or "\x00" in self.data.get("q", ""):
            return Q(pk__in=[])
        values, found = self.cleaned_data, Q()
        if values["q"]:
            found &= Q(display_name__icontains=values["q"]) | Q(username__icontains=values["q"])
        if values["role"]:
            live = Grant.objects.filter(accounts.live(timezone.now()), role=values["role"])
            found &= Q(pk__in=live.values("user_id"))
        if values["state"]:
            found &= Q(is_active=values["state"] == "active")
        return found


@keepers_only
def officers(request: HttpRequest) -> HttpResponse:
    """The accounts within reach, newest first (1 statement beside the frame's)."""
    now, form = timezone.now(), Filters(request.GET)
    after = request.GET.get("after", "")
    found = accounts.officers(actor_of(request), now).filter(form.rows())
    if after.isascii() and after.isdecimal() and len(after) < 19:
        found = found.filter(pk__lt=int(after))
    roles = ArrayAgg(
        "grants__role",
        filter=accounts.live(now, "grants__") & Q(grants__isnull=False),
        distinct=True,
        default=[],
    )
    rows = list(found.annotate(roles=roles).order_by("-pk")[: PAGE + 1])
    context = {
        "form": form,
        "first_fields": [form[name] for name in form.fields],
        "rows": [
            {
                "user": row,
                "roles": [
                    gettext(ROLES[name].label)
                    for name in ROLES
                    if name in getattr(row, "roles", ())
                ],
                "last": moment_text(row.last_login, now) if row.last_login else "",
            }
            for row in rows[:PAGE]
        ],
        "next": str(rows[PAGE - 1].pk) if len(rows) > PAGE else None,
        "first": not after,
        "export_url": export_url(request, "desk:officers-export"),
    }
    return render_desk(request, "desk/people/officers.html", context)


class PersonForm(forms.Form):
    """Name and address of an account."""

    display_name = forms.CharField(
        label=_("姓名"), max_length=64, error_messages={"required": _("请填写姓名")}
    )
    email = forms.EmailField(
        label=_("邮箱"), required=False, error_messages={"invalid": _("邮箱格式不正确")}
    )


class NewForm(PersonForm):
    """A new account."""

    username = forms.CharField(
        label=_("用户名"),
        max_length=64,
        help_text=_("字母、数字和 . _ @ - ，登录时使用，之后不能更改。"),
        error_messages={"required": _("请填写用户名")},
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off"}),
    )
    field_order = ("username", "display_name", "email")


class EditForm(PersonForm):
    """Changes to an account."""

    active = forms.BooleanField(
        label=_("账号在用"),
        required=False,
        help_text=_("停用后立即退出，不能再登录；记录都会保留。"),
    )


@keepers_only
@proved_only
def new(request: HttpRequest) -> HttpResponse:
    """Make an account; it gets posts and a link to set its password on its own page."""
    form = NewForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            user = accounts.create_officer(
                actor_of(request), now=timezone.now(), **form.cleaned_data
            )
        except FieldError as error:
            refuse(form, error)
        else:
            messages.success(request, gettext("账号已经建立。请授予岗位，并发出设置密码的链接。"))
            return HttpResponseRedirect(reverse("desk:officer", args=[user.pk]))
    return officer_form(
        request, form, gettext("建立账号"), reverse("desk:officers"), gettext("建立账号")
    )


def officer_form(
    request: HttpRequest,
    form: forms.Form,
    title: str,
    back: str,
    label: str,
    *,
    text: str = "",
    danger: bool = False,
    looks: bool = False,
) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "text": text,
        "back_url": back,
        "action": request.get_full_path(),
        "confirm_label": label,
        "danger": danger,
        "looks": looks,
    }
    status = 422 if form.errors else 200
    return render_desk(request, "desk/people/form.html", context, status=status)


def found_officer(request: HttpRequest, user: int) -> User:
    """The account of an address; 404 where it is out of reach."""
    try:
        return accounts.officer(actor_of(request), user, timezone.now())
    except (User.DoesNotExist, OverflowError):
        raise Http404 from None


@keepers_only
def officer(request: HttpRequest, user: int) -> HttpResponse:
    """One account: posts, sign-in, deputies, and what was done to it."""
    return _shown(request, found_officer(request, user))


def _shown(request: HttpRequest, person: User, link: str = "") -> HttpResponse:
    """The page of an account, with the setup *link* that was just made: it is stored nowhere."""
    now = timezone.now()
    register = register_now(shell_of(request).numbers)
    grants = list(
        Grant.objects.filter(user=person).select_related("unit").order_by("valid_to", "id")
    )
    factors = signing.factors_of(person)
    identities = list(Identity.objects.filter(user=person))
    context = {
        "person": person,
        "own": person.pk == actor_of(request).user_id,
        "facts": _facts(person, factors, identities, now),
        "grants": [_grant_row(grant, register, now) for grant in grants],
        "deputies": deputies.deputyships_of(person.pk, now),
        "log": log_of(f"user:{person.pk}", now, register),
        "factors": factors,
        "provider": bool(settings.YISHI_OIDC["issuer"]),
        "link": link,
        "now": now,
    }
    return render_desk(request, "desk/people/officer.html", context)


def _facts(
    person: User, factors: signing.Factors, identities: list[Identity], now: Any
) -> list[Fact]:
    second = []
    if factors.codes:
        second.append(gettext("身份验证器"))
    if factors.passkeys:
        second.append(gettext("通行密钥 %(n)d 个") % {"n": factors.passkeys})
    needed = signing.needs_second(person)
    facts = [
        Fact(gettext("用户名"), person.username),
        Fact(gettext("邮箱"), person.email),
        Fact(gettext("状态"), gettext("在用") if person.is_active else gettext("已停用")),
        Fact(
            gettext("密码"),
            gettext("已设置") if person.has_usable_password() else gettext("还没有设置"),
        ),
        Fact(
            gettext("双因素验证"),
            "、".join(second) or gettext("没有"),
            gettext("所任岗位要求双因素验证，下次登录时设置") if needed and not second else "",
        ),
        Fact(gettext("上次登录"), moment_text(person.last_login, now) if person.last_login else ""),
    ]
    facts += [Fact(gettext("统一身份认证标识"), identity.subject) for identity in identities]
    return facts


def _grant_row(grant: Grant, register: Any, now: Any) -> dict[str, Any]:
    ended = grant.valid_to is not None and grant.valid_to <= now
    post = Roster(grant.role, grant.unit_id, grant.scope)
    return {
        "grant": grant,
        "label": post_label(grant, register),
        "ended": ended,
        "roster": f"{reverse('desk:shifts')}?post={post.key}",
        "since": moment_text(grant.valid_from, now),
        "until": moment_text(grant.valid_to, now) if grant.valid_to else "",
    }


@keepers_only
@proved_only
def edit(request: HttpRequest, user: int) -> HttpResponse:
    """Change name and address, switch the account off or on."""
    person = found_officer(request, user)
    initial = {
        "display_name": person.display_name,
        "email": person.email,
        "active": person.is_active,
    }
    form = EditForm(request.POST if request.method == "POST" else None, initial=initial)
    back = reverse("desk:officer", args=[person.pk])
    if request.method == "POST" and form.is_valid():
        try:
            accounts.edit_officer(
                actor_of(request), person, now=timezone.now(), **form.cleaned_data
            )
        except FieldError as error:
            refuse(form, error)
        else:
            messages.success(request, gettext("已保存。"))
            return HttpResponseRedirect(back)
    return officer_form(request, form, gettext("修改账号"), back, gettext("保存"))


@keepers_only
@proved_only
@require_POST
def setup_link(request: HttpRequest, user: int) -> HttpResponse:
    """Make a link with which the officer sets a password; it is shown once."""
    person = found_officer(request, user)
    if person.is_active and not person.is_demo and person.pk != actor_of(request).user_id:
        token = accounts.setup_token(actor_of(request), person, timezone.now())
        link = request.build_absolute_uri(reverse("desk:setup", args=[token]))
        return _shown(request, person, link)
    messages.error(request, gettext("停用的账号、演示账号和自己的账号不能发出链接。"))
    return HttpResponseRedirect(reverse("desk:officer", args=[person.pk]))


@keepers_only
@proved_only
@require_POST
def reset_factors(request: HttpRequest, user: int) -> HttpResponse:
    """Clear generator, recovery codes and passkeys of an account whose device is lost."""
    person = found_officer(request, user)
    if person.pk == actor_of(request).user_id:
        messages.error(request, gettext("自己的双因素验证在“我的账号”里更换。"))
    else:
        accounts.reset_factors(actor_of(request), person, timezone.now())
        messages.success(request, gettext("双因素验证已经清除，下次登录时重新设置。"))
    return HttpResponseRedirect(reverse("desk:officer", args=[person.pk]))


class IdentityForm(forms.Form):
    """The provider's identifier of an officer."""

    subject = forms.CharField(
        label=_("统一身份认证标识（sub）"),
        max_length=255,
        required=False,
        help_text=_("由身份认证平台给出；不填就是取消关联。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )


@keepers_only
@proved_only
def identity(request: HttpRequest, user: int) -> HttpResponse:
    """Link an account to the provider's identity by hand."""
    person = found_officer(request, user)
    issuer = str(settings.YISHI_OIDC["issuer"])
    if not issuer or person.pk == actor_of(request).user_id:
        raise Http404
    form = IdentityForm(request.POST if request.method == "POST" else None)
    back = reverse("desk:officer", args=[person.pk])
    if request.method == "POST" and form.is_valid():
        try:
            subject = form.cleaned_data["subject"]
            accounts.link_identity(actor_of(request), person, issuer, subject, timezone.now())
        except FieldError as error:
            refuse(form, error)
        else:
            messages.success(request, gettext("已保存。"))
            return HttpResponseRedirect(back)
    return officer_form(request, form, gettext("关联统一身份认证"), back, gettext("保存"))
