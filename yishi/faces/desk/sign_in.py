"""Signing in by password, the demo's switch of roles by one click, and signing out."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.contrib import auth, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from yishi.faces.desk import throttle
from yishi.foundation.access import oidc, signing
from yishi.foundation.access.actors import ROLES
from yishi.foundation.access.backends import may_sign_in
from yishi.foundation.access.models import Grant, User
from yishi.foundation.access.throttle import Throttle
from yishi.foundation.ui.parts import Account
from yishi.foundation.ui.rendering import render_page
from yishi.foundation.ui.timetext import duration_text

#: Wrong passwords by address, beside those by account: one address does not try many names.
WRONG_PASSWORDS = Throttle("sign-in", each=40, overall=10_000, seconds=900)


class SignInForm(forms.Form):
    """User name and password."""

    username = forms.CharField(
        label=_("用户名"),
        max_length=64,
        error_messages={"required": _("请填写用户名")},
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label=_("密码"),
        max_length=256,
        strip=False,
        error_messages={"required": _("请填写密码")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page; 429 while an account or address has to wait, 422 for a wrong password."""
    form = SignInForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        WRONG_PASSWORDS.check(request)
        status = 422
        if form.is_valid():
            user, status = _checked(request, form)
            if user is not None:
                return step_in(request, user, way_on(request))
    return render_page(request, "ui/sign_in.html", context_of(request, form), status=status)


def context_of(request: HttpRequest, form: forms.Form) -> dict[str, object]:
    """What the sign-in page shows."""
    try:
        provider = oidc.provider()
    except oidc.OidcError:
        provider = None
    return {
        "form": form,
        "action": reverse("desk:sign-in"),
        "next": way_on(request),
        "accounts": demo_accounts() if settings.DEMO else [],
        "demo_action": reverse("desk:demo"),
        "provider_url": reverse("desk:provider") if provider else "",
        "provider_label": (provider.label if provider else "") or gettext("统一身份认证"),
        "passkey_options": reverse("desk:passkey-options"),
        "passkey_finish": reverse("desk:passkey-sign-in"),
    }


def step_in(
    request: HttpRequest, user: User, next_url: str, *, by_provider: bool = False
) -> HttpResponse:
    """After the first step: on to the page that was asked for, or to the second step."""
    if signing.step_in(request, user, next_url, timezone.now(), by_provider=by_provider):
        return HttpResponseRedirect(next_url)
    return HttpResponseRedirect(reverse("desk:second"))


def _checked(request: HttpRequest, form: SignInForm) -> tuple[User | None, int]:
    """The account of a right password, else the form gets its error; with the status to answer."""
    now = timezone.now()
    username = form.cleaned_data["username"]
    until = throttle.wait_until(username, now)
    if until is not None:
        wait = duration_text(until - now)
        text = gettext("这个账号刚才多次输错密码，请等待%(wait)s后再试。") % {"wait": wait}
        form.add_error(None, text)
        return None, 429
    user = auth.authenticate(request, username=username, password=form.cleaned_data["password"])
    if isinstance(user, User):
        return user, 302
    throttle.note_failure(username, now)
    WRONG_PASSWORDS.wrong(request)
    form.add_error("password", gettext("用户名或密码不正确，请重新输入"))
    return None, 422


@never_cache
@require_POST
def demo(request: HttpRequest) -> HttpResponse:
    """Sign in as a demo account by one click, in the demo and on its own database only."""
    user = User.objects.with_grants().filter(username=request.POST.get("username", "")[:64]).first()
    if not settings.DEMO or user is None or not user.is_demo or not may_sign_in(user):
        raise PermissionDenied(gettext("演示账号只能在演示程序自己建立的数据库里使用。"))
    signing.complete(request, user)
    return HttpResponseRedirect(way_on(request))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; who came from the identity provider goes on to end the one there."""
    by_provider = bool(request.session.get(signing.BY_PROVIDER))
    auth.logout(request)
    messages.success(request, gettext("您已退出登录。"))
    if by_provider:
        provider = oidc.provider()
        back = request.build_absolute_uri(reverse("desk:sign-in"))
        target = oidc.logout_url(provider, back) if provider else ""
        if target:
            return HttpResponseRedirect(target)
    return HttpResponseRedirect(reverse("desk:sign-in"))


def way_on(request: HttpRequest) -> str:
    """Where to after signing in: the page of this site that was asked for, else the first page."""
    return inside(request, request.POST.get("next") or request.GET.get("next") or "")


def inside(request: HttpRequest, target: str) -> str:
    """*target* where it is a page of this site, else the desk's first page."""
    allowed = {request.get_host()}
    if url_has_allowed_host_and_scheme(target, allowed, require_https=request.is_secure()):
        return target
    return reverse("desk:home")


def demo_accounts() -> list[Account]:
    """The demo's accounts, in the order of their roles; none on a database of another making."""
    users = {
        user.pk: user
        for user in User.objects.with_grants().filter(is_demo=True, is_active=True)
        if may_sign_in(user)
    }
    grants = (
        Grant.objects.filter(user_id__in=users).select_related("unit").order_by("user_id", "id")
    )
    held: dict[int, list[Grant]] = {}
    for grant in grants:
        if grant.role in ROLES and grant.user_id in users:
            held.setdefault(grant.user_id, []).append(grant)
    order = {role: place for place, role in enumerate(ROLES)}
    cards = sorted(held.items(), key=lambda item: (len(item[1]) > 1, order[item[1][0].role]))
    return [_card(users[pk], rows) for pk, rows in cards]


def _card(user: User, grants: list[Grant]) -> Account:
    roles = "、".join(gettext(ROLES[grant.role].label) for grant in grants)
    unit = next((grant.unit.name for grant in grants if grant.unit), "")
    return Account(user.username, user.display_name, roles, unit)
