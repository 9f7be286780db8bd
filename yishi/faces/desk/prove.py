"""Asking again who somebody is, before what an attacker at an open screen must not do."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from yishi.faces.desk import throttle
from yishi.faces.desk.second import code_is_right
from yishi.faces.desk.sign_in import way_on
from yishi.foundation.access import oidc, signing
from yishi.foundation.access.models import Identity, User
from yishi.foundation.ui.officer import officers_only, render_desk
from yishi.foundation.ui.timetext import duration_text

View = Callable[..., HttpResponseBase]


def proved_only(view: View) -> View:
    """Officers who proved who they are in the last 15 minutes; the others are asked first.

    What was posted meanwhile is not done: the form is shown again after proving.
    """

    @wraps(view)
    @officers_only
    def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not signing.proved_lately(request, timezone.now()):
            if request.method == "POST":
                messages.warning(request, gettext("为了安全需要再次确认身份；刚才的操作没有执行。"))
            target = request.get_full_path() if request.method == "GET" else request.path
            query = urlencode({"next": target})
            return HttpResponseRedirect(f"{reverse('desk:prove')}?{query}")
        return view(request, *args, **kwargs)

    return entered


class ProveForm(forms.Form):
    """The password once more."""

    password = forms.CharField(
        label=_("密码"),
        max_length=256,
        strip=False,
        error_messages={"required": _("请填写密码")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class ProveCodeForm(ProveForm):
    """The password and a code, for accounts with a second factor."""

    code = forms.CharField(
        label=_("验证码"),
        max_length=20,
        error_messages={"required": _("请填写验证码")},
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
    )


@sensitive_post_parameters("password", "code")
@officers_only
def prove(request: HttpRequest) -> HttpResponse:
    """Password (and code), passkey, or the provider; a demo account just says so."""
    user = cast("User", request.user)
    now = timezone.now()
    factors = signing.factors_of(user)
    form_class = ProveCodeForm if factors.codes else ProveForm
    form = form_class(request.POST if request.method == "POST" else None)
    demo = user.is_demo and settings.DEMO
    if request.method == "POST" and (demo or (form.is_valid() and _proved(user, form))):
        signing.prove(request, now)
        return HttpResponseRedirect(way_on(request))
    linked = bool(settings.YISHI_OIDC["issuer"]) and _linked(user)
    context = {
        "form": form,
        "next": way_on(request),
        "demo_account": demo,
        "has_password": user.has_usable_password(),
        "factors": factors,
        "provider_url": f"{reverse('desk:provider')}?for=prove" if linked else "",
        "passkey_options": reverse("desk:passkey-prove-options"),
        "passkey_finish": reverse("desk:passkey-prove"),
    }
    status = 422 if form.errors else 200
    return render_desk(request, "desk/prove.html", context, status=status)


def _linked(user: User) -> bool:
    try:
        provider = oidc.provider()
    except oidc.OidcError:
        return False
    return bool(provider) and Identity.objects.filter(user=user).exists()


def _proved(user: User, form: forms.Form) -> bool:
    now = timezone.now()
    until = throttle.wait_until(user.username, now)
    if until is not None:
        wait = duration_text(until - now)
        text = gettext("这个账号刚才多次输错密码，请等待%(wait)s后再试。") % {"wait": wait}
        form.add_error(None, text)
        return False
    if not user.check_password(form.cleaned_data["password"]):
        throttle.note_failure(user.username, now)
        form.add_error("password", gettext("密码不正确，请重新输入"))
        return False
    return "code" not in form.cleaned_data or code_is_right(user, form, now)
