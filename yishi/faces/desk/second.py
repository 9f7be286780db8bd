"""The second step of signing in: a code of the generator, a recovery code, or a passkey; and
setting up the generator for whoever needs one and has none."""

from __future__ import annotations

from datetime import datetime

import segno
from django import forms
from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from yishi.faces.desk import throttle
from yishi.foundation.access import signing, totp
from yishi.foundation.access.models import User
from yishi.foundation.ui.rendering import render_page
from yishi.foundation.ui.timetext import duration_text

#: The secret of an enrolment that waits for its first code, in the session.
SECRET = "totp_secret"
#: Fresh recovery codes that the next page shows once, in the session.
CODES = "recovery_codes"


class CodeForm(forms.Form):
    """Six digits, or a recovery code."""

    code = forms.CharField(
        label=_("验证码"),
        max_length=20,
        error_messages={"required": _("请填写验证码")},
        help_text=_("身份验证器里的 6 位数字；设备不在身边时，可以填写一个恢复码。"),
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}
        ),
    )


class FirstCodeForm(forms.Form):
    """The first code of a generator that was just set up."""

    code = forms.CharField(
        label=_("身份验证器显示的 6 位数字"),
        max_length=10,
        error_messages={"required": _("请填写验证码")},
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def second(request: HttpRequest) -> HttpResponse:
    """Ask who is held for the second factor; without one it has to be set up first."""
    now = timezone.now()
    held = signing.held(request, now)
    if held is None:
        return HttpResponseRedirect(reverse("desk:sign-in"))
    if not held.factors.any:
        return _enrol(request, held, now)
    form = CodeForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            if code_is_right(held.user, form, now):
                signing.complete(request, held.user, by_provider=held.by_provider)
                return HttpResponseRedirect(held.next)
            status = 429 if form.has_error(NON_FIELD_ERRORS) else 422
    context = {
        "form": form,
        "held": held,
        "passkey_options": reverse("desk:passkey-second-options"),
        "passkey_finish": reverse("desk:passkey-second"),
    }
    return render_page(request, "desk/second.html", context, status=status)


def code_is_right(user: User, form: forms.Form, now: datetime) -> bool:
    """Whether the form's code is right; else the form says so, or how long to wait."""
    name = f"second factor of {user.pk}"
    until = throttle.wait_until(name, now)
    if until is not None:
        wait = duration_text(until - now)
        form.add_error(None, gettext("验证码多次不正确，请等待%(wait)s后再试。") % {"wait": wait})
        return False
    code = form.cleaned_data["code"]
    if totp.check(user, code, now) or totp.use_recovery_code(user, code, now):
        return True
    throttle.note_failure(name, now)
    form.add_error("code", gettext("验证码不正确，或已经用过；请等下一个验证码"))
    return False


def _enrol(request: HttpRequest, held: signing.Held, now: datetime) -> HttpResponse:
    """Who needs a second factor and has none sets up the generator here, then is signed in."""
    form = FirstCodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and enrolled(request, held.user, form, now):
        codes = request.session.get(CODES)
        signing.complete(request, held.user, by_provider=held.by_provider)
        request.session[CODES] = codes
        return HttpResponseRedirect(reverse("desk:recovery-codes"))
    context = {"form": form, "required": True, "action": reverse("desk:second")}
    context |= enrolment(request, held.user)
    return render_page(request, "desk/enrol.html", context, status=422 if form.errors else 200)


def enrolment(request: HttpRequest, user: User) -> dict[str, object]:
    """QR code and key of the generator that is being set up in this session."""
    secret = request.session.get(SECRET) or totp.new_secret()
    request.session[SECRET] = secret
    uri = totp.uri(user, secret, gettext("一事"))
    return {"qr": _qr(uri), "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))}


def enrolled(request: HttpRequest, user: User, form: forms.Form, now: datetime) -> bool:
    """Take the generator into force when its first code is right; else the form says so."""
    secret = request.session.get(SECRET)
    if not form.is_valid() or not secret:
        return False
    codes = totp.confirm(user, secret, form.cleaned_data["code"], now)
    if codes is None:
        form.add_error("code", gettext("验证码不正确，请核对手机时间后填写新的验证码"))
        return False
    del request.session[SECRET]
    request.session[CODES] = codes
    messages.success(request, gettext("身份验证器已经启用。"))
    return True


def _qr(text: str) -> SafeString:
    """An SVG without style attributes; its text comes from us."""
    drawn = segno.make(text, error="m").svg_inline(
        border=2, dark="#000", light="#fff", svgclass="qr", lineclass=None, omitsize=True
    )
    return mark_safe(drawn)
