"""Passkeys by JSON: the page's script asks for options, the authenticator answers, we check.

Wrong answers are counted by address like wrong passwords. Every answer is JSON:
``{"next": address}``, or ``{"message": text}`` with a status of 4xx.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from yishi.faces.desk.sign_in import WRONG_PASSWORDS, inside
from yishi.foundation.access import passkeys, signing
from yishi.foundation.access.backends import may_sign_in
from yishi.foundation.access.models import User
from yishi.foundation.access.throttle import TooMany
from yishi.foundation.audit import access_log

_LARGEST = 65_536

View = Callable[[HttpRequest, dict[str, Any]], HttpResponse]


def _said(status: int, text: str) -> JsonResponse:
    return JsonResponse({"message": text}, status=status)


def _json(view: View) -> Callable[[HttpRequest], HttpResponse]:
    """A view that takes a small JSON object by POST."""

    @never_cache
    @require_POST
    @wraps(view)
    def read(request: HttpRequest) -> HttpResponse:
        try:
            body = json.loads(request.body) if len(request.body) <= _LARGEST else None
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            return _said(400, gettext("无法读取请求内容"))
        try:
            WRONG_PASSWORDS.check(request)
            return view(request, body)
        except TooMany as error:
            answer = _said(429, gettext("尝试次数过多，请稍后再试"))
            answer.headers["Retry-After"] = str(error.seconds)
            return answer
        except passkeys.PasskeyRefused:
            WRONG_PASSWORDS.wrong(request)
            return _said(403, gettext("没有通过验证，请重试或改用其他方式登录"))

    return read


def _options(text: str) -> HttpResponse:
    return HttpResponse(text, content_type="application/json")


def _officer(request: HttpRequest) -> User | None:
    """The signed-in officer; demo accounts keep no passkeys."""
    user = request.user
    return user if user.is_authenticated and not user.is_demo else None


@_json
def sign_in_options(request: HttpRequest, body: dict[str, Any]) -> HttpResponse:
    """Options for signing in without a password."""
    return _options(passkeys.sign_in_options(request, None, timezone.now()))


@_json
def sign_in(request: HttpRequest, body: dict[str, Any]) -> HttpResponse:
    """Sign in by a passkey alone: the key, and the finger or PIN that unlocked it."""
    key = passkeys.proven(request, None, _credential(body), timezone.now())
    user = User.objects.with_grants().get(pk=key.user_id)
    if not may_sign_in(user):
        raise passkeys.PasskeyRefused("inactive")
    signing.complete(request, user)
    return JsonResponse({"next": inside(request, str(body.get("next") or ""))})


@_json
def second_options(request: HttpRequest, body: dict[str, Any]) -> HttpResponse:
    """Options for the second step."""
    held = signing.held(request, timezone.now())
    if held is None:
        return _said(403, gettext("登录已超时，请重新登录"))
    return _options(passkeys.sign_in_options(request, held.user, timezone.now()))


@_json
def second(request: HttpRequest, body: dict[str, Any]) -> HttpResponse:
    """The second step by a passkey."""
    now = timezone.now()
    held = signing.held(request, now)
    if held is None:
        return _said(403, gettext("登录已超时，请重新登录"))
    passkeys.proven(request, held.user, _credential(body), now)
    signing.complete(request, held.user, by_provider=held.by_provider)
    return JsonResponse({"next": held.next})


@_json
def prove_options(request: HttpRequest, body: dict[str, Any]) -> HttpResponse:
    """Options for proving again who one is."""
    user = _officer(request)
    if user is None:
        return _said(403, gettext("登录已超时，请重新登录"))
    return _options(passkeys.sign_in_options(request, user, timezone.now()))


@_json
def prove(request: HttpRequest, body: dict[str, Any]) -> HttpResponse:
    """Prove again who one is."""
    user, now = _officer(request), timezone.now()
    if user is None:
        return _said(403, gettext("登录已超时，请重新登录"))
    passkeys.proven(request, user, _credential(body), now)
    signing.prove(request, now)
    return JsonResponse({"next": inside(request, str(body.get("next") or ""))})


@_json
def register_options(request: HttpRequest, body: dict[str, Any]) -> HttpResponse:
    """Options for adding a passkey; whoever signed in a while ago proves again first."""
    user, now = _officer(request), timezone.now()
    if user is None or not signing.proved_lately(request, now):
        return _said(403, gettext("请先再次确认身份，再添加通行密钥"))
    return _options(passkeys.registration_options(request, user, gettext("一事"), now))


@_json
def register(request: HttpRequest, body: dict[str, Any]) -> HttpResponse:
    """Add the passkey that the authenticator made."""
    user, now = _officer(request), timezone.now()
    if user is None or not signing.proved_lately(request, now):
        return _said(403, gettext("请先再次确认身份，再添加通行密钥"))
    name = str(body.get("name") or "").strip()[:60] or gettext("通行密钥")
    key = passkeys.register(request, user, _credential(body), name, now)
    access_log.look(f"user:{user.pk}", "passkey.add", f"user:{user.pk}", f"passkey:{key.pk}", now)
    messages.success(request, gettext("通行密钥已经添加。"))
    return JsonResponse({"next": reverse("desk:me")})


def _credential(body: dict[str, Any]) -> dict[str, Any]:
    found = body.get("credential")
    if not isinstance(found, dict):
        raise passkeys.PasskeyRefused("no credential")
    return found
