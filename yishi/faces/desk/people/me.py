"""One's own account: password, second factor, passkeys, deputies."""

from __future__ import annotations

from typing import cast

from django import forms
from django.contrib import auth, messages
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from yishi.faces.desk.filters import register_now
from yishi.faces.desk.people.common import moment_field, post_label, refuse
from yishi.faces.desk.people.officers import officer_form
from yishi.faces.desk.prove import proved_only
from yishi.faces.desk.second import CODES, FirstCodeForm, enrolled, enrolment
from yishi.foundation.access import accounts, deputies, oidc, signing, totp
from yishi.foundation.access.models import (
    Deputy,
    Grant,
    Identity,
    Passkey,
    RecoveryCode,
    Totp,
    User,
)
from yishi.foundation.audit import access_log
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk, shell_of
from yishi.foundation.ui.rendering import render_page


def own(request: HttpRequest) -> User:
    """The signed-in officer's account."""
    return cast("User", request.user)


@officers_only
def me(request: HttpRequest) -> HttpResponse:
    """Everything about one's own account."""
    user, now = own(request), timezone.now()
    register = register_now(shell_of(request).numbers)
    grants = Grant.objects.filter(accounts.live(now), user=user).select_related("unit")
    try:
        provider = oidc.provider()
    except oidc.OidcError:
        provider = None
    context = {
        "person": user,
        "posts": [post_label(grant, register) for grant in grants],
        "totp": Totp.objects.filter(user=user, confirmed_at__isnull=False).exists(),
        "codes_left": RecoveryCode.objects.filter(user=user, used_at=None).count(),
        "passkeys": Passkey.objects.filter(user=user).order_by("id"),
        "needed": signing.needs_second(user),
        "provider": provider,
        "linked": bool(provider) and Identity.objects.filter(user=user).exists(),
        "deputies": deputies.deputyships_of(user.pk, now),
        "demo_account": user.is_demo,
        "proved": signing.proved_lately(request, now),
        "passkey_options": reverse("desk:passkey-options-register"),
        "passkey_finish": reverse("desk:passkey-register"),
    }
    return render_desk(request, "desk/people/me.html", context)


class PasswordForm(forms.Form):
    """A new password, twice."""

    password = forms.CharField(
        label=_("新密码"),
        max_length=256,
        strip=False,
        help_text=_("至少 10 个字符，不能全是数字，不要用常见密码和自己的名字。"),
        error_messages={"required": _("请填写新密码")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("再填一次"),
        max_length=256,
        strip=False,
        error_messages={"required": _("请再填一次新密码")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, data: object, user: User) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self.user = user

    def clean(self) -> None:
        """Both are the same, and it is no password that is guessed first."""
        password, again = self.cleaned_data.get("password"), self.cleaned_data.get("again")
        if password and again and password != again:
            self.add_error("again", gettext("两次填写的密码不一样"))
        if password:
            try:
                validate_password(password, self.user)
            except ValidationError as error:
                self.add_error("password", error)


@sensitive_post_parameters("password", "again")
@proved_only
def password(request: HttpRequest) -> HttpResponse:
    """Choose another password; the other sessions of the account end."""
    user = own(request)
    _no_demo(user)
    form = PasswordForm(request.POST if request.method == "POST" else None, user)
    if request.method == "POST" and form.is_valid():
        accounts.choose_password(user, form.cleaned_data["password"], timezone.now())
        auth.update_session_auth_hash(request, user)
        messages.success(request, gettext("密码已经更改，其他设备上的登录已经失效。"))
        return HttpResponseRedirect(reverse("desk:me"))
    back = reverse("desk:me")
    return officer_form(request, form, gettext("更改密码"), back, gettext("更改密码"))


@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest, token: str) -> HttpResponse:
    """A new officer, or one who forgot it, chooses a password by a link that works once."""
    user = accounts.user_of_token(token[:200])
    if user is None or user.is_demo:
        return render_page(request, "desk/people/setup_expired.html", {}, status=404)
    form = PasswordForm(request.POST if request.method == "POST" else None, user)
    if request.method == "POST" and form.is_valid():
        accounts.choose_password(user, form.cleaned_data["password"], timezone.now())
        messages.success(request, gettext("密码已经设置，请登录。"))
        return HttpResponseRedirect(reverse("desk:sign-in"))
    context = {"form": form, "person": user}
    status = 422 if form.errors else 200
    return render_page(request, "desk/people/setup.html", context, status=status)


def _no_demo(user: User) -> None:
    """Demo accounts belong to everybody who tries the demo: nobody changes how they sign in."""
    if user.is_demo:
        raise Http404


@sensitive_post_parameters("code")
@proved_only
def generator(request: HttpRequest) -> HttpResponse:
    """Set up the generator, or replace it."""
    user = own(request)
    _no_demo(user)
    form = FirstCodeForm(request.POST if request.method == "POST" else None)
    now = timezone.now()
    if request.method == "POST" and enrolled(request, user, form, now):
        access_log.look(f"user:{user.pk}", "totp.on", f"user:{user.pk}", "", now)
        return HttpResponseRedirect(reverse("desk:recovery-codes"))
    context = {"form": form, "required": False, "action": reverse("desk:generator")}
    context |= enrolment(request, user)
    status = 422 if form.errors else 200
    return render_desk(request, "desk/enrol.html", context, status=status)


@proved_only
@require_POST
def generator_off(request: HttpRequest) -> HttpResponse:
    """Stop using the generator, where the post does not need one or a passkey is left."""
    user, now = own(request), timezone.now()
    _no_demo(user)
    if signing.needs_second(user) and not Passkey.objects.filter(user=user).exists():
        messages.error(request, gettext("您的岗位要求双因素验证，不能停用。"))
    else:
        Totp.objects.filter(user=user).delete()
        RecoveryCode.objects.filter(user=user).delete()
        access_log.look(f"user:{user.pk}", "totp.off", f"user:{user.pk}", "", now)
        messages.success(request, gettext("身份验证器已经停用。"))
    return HttpResponseRedirect(reverse("desk:me"))


@never_cache
@officers_only
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Show fresh recovery codes once; POST makes new ones for who proved it lately."""
    user = own(request)
    if request.method == "POST":
        if not signing.proved_lately(request, timezone.now()):
            return HttpResponseRedirect(f"{reverse('desk:prove')}?next={reverse('desk:me')}")
        if not Totp.objects.filter(user=user, confirmed_at__isnull=False).exists():
            raise Http404
        request.session[CODES] = totp.new_recovery_codes(user)
        return HttpResponseRedirect(reverse("desk:recovery-codes"))
    codes = request.session.pop(CODES, None)
    if not codes:
        return HttpResponseRedirect(reverse("desk:me"))
    return render_desk(request, "desk/people/recovery_codes.html", {"codes": codes})


@proved_only
@require_POST
def passkey_remove(request: HttpRequest, passkey: int) -> HttpResponse:
    """Remove a passkey, unless the post needs it as the last second factor."""
    user, now = own(request), timezone.now()
    key = Passkey.objects.filter(user=user, pk=passkey).first()
    if key is None:
        raise Http404
    factors = signing.factors_of(user)
    if signing.needs_second(user) and not factors.codes and factors.passkeys == 1:
        messages.error(request, gettext("您的岗位要求双因素验证，不能移除最后一个通行密钥。"))
    else:
        key.delete()
        subject = f"user:{user.pk}"
        access_log.look(subject, "passkey.remove", subject, f"passkey:{passkey}", now)
        messages.success(request, gettext("通行密钥已经移除。"))
    return HttpResponseRedirect(reverse("desk:me"))


class DeputyForm(forms.Form):
    """Who stands in, from when to when, and why."""

    deputy = forms.CharField(
        label=_("代理人的用户名"),
        max_length=64,
        error_messages={"required": _("请填写代理人的用户名")},
        widget=forms.TextInput(attrs={"autocapitalize": "none", "list": "colleagues"}),
    )
    valid_from = moment_field(_("起始时间"), required=False, hint=_("不填就是现在。"))
    valid_to = moment_field(_("截止时间"), hint=_("最长 92 天。"))
    reason = forms.CharField(
        label=_("原因"), max_length=200, error_messages={"required": _("请写明代理原因")}
    )


@proved_only
def deputy(request: HttpRequest) -> HttpResponse:
    """Appoint one's own deputy."""
    return _appoint(request, own(request), reverse("desk:me"))


@proved_only
def officer_deputy(request: HttpRequest, user: int) -> HttpResponse:
    """Appoint a deputy for an officer who cannot, as an administrator."""
    from yishi.faces.desk.people.officers import found_officer

    person = found_officer(request, user)
    return _appoint(request, person, reverse("desk:officer", args=[person.pk]))


def _appoint(request: HttpRequest, principal: User, back: str) -> HttpResponse:
    now = timezone.now()
    form = DeputyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        found = User.objects.filter(username=given["deputy"].strip(), is_active=True).first()
        try:
            if found is None:
                raise FieldError("deputy", gettext("没有这个用户名的在用账号"), "unknown")
            begin = given["valid_from"] or now
            deputies.appoint(
                actor_of(request),
                principal,
                found,
                begin,
                given["valid_to"],
                given["reason"],
                now,
            )
        except FieldError as error:
            refuse(form, error)
        else:
            messages.success(request, gettext("已经委托代理；到期自动结束，也可以提前结束。"))
            return HttpResponseRedirect(back)
    title = gettext("委托代理：%(name)s") % {"name": principal.display_name}
    text = gettext(
        "代理期间，代理人可以办理您岗位上的事项，每一步都记为“代您办理”；不能再转委托，"
        "账号管理的岗位不能代理。您经手处置的案件，代理人也不能核实。"
    )
    context = {
        "form": form,
        "title": title,
        "text": text,
        "back_url": back,
        "action": request.path,
        "confirm_label": gettext("委托代理"),
        "colleagues": _colleagues(principal, now),
    }
    status = 422 if form.errors else 200
    return render_desk(request, "desk/people/form.html", context, status=status)


def _colleagues(user: User, now: object) -> list[User]:
    """Officers with a post of the same unit or scope, to choose from (1 statement)."""
    held = list(Grant.objects.filter(user=user).values_list("unit_id", "scope"))
    units = [unit for unit, _scope in held if unit]
    paths = [scope for _unit, scope in held if scope]
    found = deputies.candidates(user.pk, timezone.now())
    from django.db.models import Q

    same = Q(grants__unit_id__in=units) | Q(grants__scope__in=paths)
    return list(found.filter(same)[:100])


@proved_only
@require_POST
def deputy_end(request: HttpRequest, deputyship: int) -> HttpResponse:
    """End a deputyship early: either side may, and who keeps the principal's account."""
    actor, now = actor_of(request), timezone.now()
    found = Deputy.objects.filter(pk=deputyship, ended_at=None).first()
    if found is None:
        raise Http404
    mine = actor.user_id in (found.principal_id, found.deputy_id)
    if not mine and not accounts.officers(actor, now).filter(pk=found.principal_id).exists():
        raise Http404
    deputies.end(actor, found, now)
    messages.success(request, gettext("代理已经结束。"))
    back = reverse("desk:me") if mine else reverse("desk:officer", args=[found.principal_id])
    return HttpResponseRedirect(back)
