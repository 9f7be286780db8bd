"""Signing in by the identity provider: there, back again, and linking it to one's account."""

from __future__ import annotations

import logging

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from yishi.faces.desk.sign_in import inside, step_in, way_on
from yishi.foundation.access import accounts, oidc, signing
from yishi.foundation.access.actors import SYSTEM
from yishi.foundation.access.backends import may_sign_in
from yishi.foundation.access.city_rules import sign_in_rules
from yishi.foundation.access.models import Identity, User
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.errors import render_error
from yishi.foundation.ui.officer import actor_of

_KEPT = "oidc"
log = logging.getLogger(__name__)
SIGN_IN, LINK, PROVE = "sign-in", "link", "prove"


@never_cache
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Send the browser to the provider (``for=link``: to link it, ``for=prove``: to ask again)."""
    provider = _provider()
    wanted = request.GET.get("for", SIGN_IN)
    purpose = wanted if wanted in (LINK, PROVE) and request.user.is_authenticated else SIGN_IN
    now = timezone.now()
    if purpose == LINK and not signing.proved_lately(request, now):
        return HttpResponseRedirect(f"{reverse('desk:prove')}?next={reverse('desk:me')}")
    back = request.build_absolute_uri(reverse("desk:provider-back"))
    try:
        url, kept = oidc.start(provider, back, now, again=purpose == PROVE)
    except oidc.OidcError as error:
        return _failed(request, error)
    request.session[_KEPT] = kept | {"for": purpose, "next": way_on(request)}
    return HttpResponseRedirect(url)


@never_cache
@require_safe
def back(request: HttpRequest) -> HttpResponse:
    """What the provider sent the browser back with; what was started works once."""
    kept = request.session.pop(_KEPT, None) or {}
    now = timezone.now()
    try:
        person = oidc.finish(_provider(), kept, request.GET.dict(), now)
    except oidc.OidcError as error:
        return _failed(request, error)
    if kept["for"] == LINK:
        return _link(request, person)
    identity = (
        Identity.objects.select_related("user")
        .filter(issuer=person.issuer, subject=person.subject)
        .first()
    )
    if kept["for"] == PROVE:
        if identity is None or identity.user_id != actor_of(request).user_id:
            return _failed(request, oidc.OidcError("token", "somebody else"))
        signing.prove(request, now)
        return HttpResponseRedirect(inside(request, kept["next"]))
    user = _user(identity, person)
    if user is None:
        return _unknown(request, person)
    if not may_sign_in(user):
        return render_error(request, 403, gettext("这个账号已经停用，请联系本单位的系统管理员。"))
    Identity.objects.filter(issuer=person.issuer, subject=person.subject).update(used_at=now)
    return step_in(request, user, inside(request, kept["next"]), by_provider=True)


def _provider() -> oidc.Provider:
    found = oidc.provider()
    if found is None:
        raise Http404
    return found


def _user(identity: Identity | None, person: oidc.Person) -> User | None:
    """The linked account; where the city allows it, a new one without any post."""
    now = timezone.now()
    if identity is not None:
        return User.objects.with_grants().get(pk=identity.user_id)
    if not sign_in_rules().accounts_from_provider:
        return None
    name = person.username or person.subject
    try:
        made = accounts.create_officer(SYSTEM, name, person.name or name, person.email, now)
    except FieldError:  # the name is taken or none of ours: an administrator links it by hand
        return None
    accounts.link_identity(SYSTEM, made, person.issuer, person.subject, now)
    return User.objects.with_grants().get(pk=made.pk)


def _link(request: HttpRequest, person: oidc.Person) -> HttpResponse:
    """Link the provider's identity to the signed-in officer."""
    actor = actor_of(request)
    if actor.user_id is None:
        raise Http404
    user = User.objects.get(pk=actor.user_id)
    try:
        accounts.link_identity(actor, user, person.issuer, person.subject, timezone.now())
    except FieldError as error:
        return render_error(request, 409, error.message, back=reverse("desk:me"))
    messages.success(request, gettext("已经关联统一身份认证。"))
    return HttpResponseRedirect(reverse("desk:me"))


def _unknown(request: HttpRequest, person: oidc.Person) -> HttpResponse:
    text = gettext(
        "身份认证已经通过，但还没有关联到本系统的账号。请把这个标识告诉本单位的系统管理员：%(subject)s"
    )
    return render_error(
        request, 403, text % {"subject": person.subject[:80]}, back=reverse("desk:sign-in")
    )


def _failed(request: HttpRequest, error: oidc.OidcError) -> HttpResponse:
    """What to do now; why stands in the log, without anything personal."""
    log.warning("sign-in by the provider: %s (%s)", error.code, error.detail)
    texts = {
        "provider": gettext("统一身份认证暂时不可用，请稍后再试，或用账号密码登录。"),
        "refused": gettext("统一身份认证没有同意这次登录，请重试或用账号密码登录。"),
        "state": gettext("这次登录已经失效，请从登录页重新开始。"),
        "token": gettext("统一身份认证返回的结果没有通过校验，没有登录。请联系系统管理员。"),
    }
    status = 403 if error.code != "state" else 400
    return render_error(request, status, texts[error.code], back=reverse("desk:sign-in"))
