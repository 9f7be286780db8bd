"""Signing in, step by step, and asking again: what the session remembers about it.

After the password (or the identity provider) an account that has a second factor, or whose role
needs one, is *held*: known, but not signed in. Django's ``login`` then gives the session a new key.
How long ago somebody proved who they are is kept as ``proved_at``; sensitive pages ask for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from django.utils import timezone

from yishi.foundation.access import portal_accounts
from yishi.foundation.access.backends import may_sign_in
from yishi.foundation.access.city_rules import sign_in_rules
from yishi.foundation.access.models import Passkey, Totp, User

BACKEND = "yishi.foundation.access.backends.AccountBackend"
#: How long somebody who was asked for the second factor may take.
HELD_FOR = timedelta(minutes=10)
#: How long after proving who one is sensitive actions are not asked about again.
PROVED_FOR = timedelta(minutes=15)
_HELD, _PROVED, BY_PROVIDER = "held", "proved_at", "by_provider"


@dataclass(frozen=True, slots=True)
class Factors:
    """The second factors of an account."""

    codes: bool
    passkeys: int

    @property
    def any(self) -> bool:
        return self.codes or self.passkeys > 0


@dataclass(frozen=True, slots=True)
class Held:
    """Somebody between the first and the second step."""

    user: User
    factors: Factors
    next: str
    by_provider: bool


def factors_of(user: User) -> Factors:
    """The second factors that work for *user* (2 statements)."""
    return Factors(
        Totp.objects.filter(user=user, confirmed_at__isnull=False).exists(),
        Passkey.objects.filter(user=user).count(),
    )


def needs_second(user: User) -> bool:
    """Whether one of the roles of *user* (from ``with_grants``) signs in with two factors only."""
    return user.actor().has(*sign_in_rules().second_factor)


def step_in(
    request: HttpRequest, user: User, next_url: str, now: datetime, *, by_provider: bool = False
) -> bool:
    """After the first step: sign in and return ``True``, or hold for the second one.

    A provider that is said to ask for a second factor itself spares ours.
    """
    spared = by_provider and bool(settings.YISHI_OIDC["second_factor"])
    if not spared and (factors_of(user).any or needs_second(user)):
        request.session[_HELD] = [user.pk, next_url, int(now.timestamp()), by_provider]
        return False
    complete(request, user, by_provider=by_provider)
    return True


def held(request: HttpRequest, now: datetime) -> Held | None:
    """Who is held in this session, unless it took too long (3 statements)."""
    pk, next_url, at, by_provider = request.session.get(_HELD) or (0, "", 0, False)
    if not pk or not 0 <= now.timestamp() - at <= HELD_FOR.total_seconds():
        return None
    user = User.objects.with_grants().filter(pk=pk).first()
    if user is None or not may_sign_in(user):
        return None
    return Held(user, factors_of(user), next_url, by_provider)


def complete(request: HttpRequest, user: User, *, by_provider: bool = False) -> None:
    """Sign in: the session gets a new key and forgets what the steps kept."""
    request.session.pop(_HELD, None)
    portal_accounts.forget(request)
    auth.login(request, user, backend=BACKEND)
    if by_provider:
        request.session[BY_PROVIDER] = True


def prove(request: HttpRequest, now: datetime) -> None:
    """Note that the officer has just proved who they are; the session gets a new key."""
    request.session[_PROVED] = int(now.timestamp())
    request.session.cycle_key()


def proved_lately(request: HttpRequest, now: datetime) -> bool:
    """Whether that is less than :data:`PROVED_FOR` ago (no statement beside the session's)."""
    at = request.session.get(_PROVED)
    return isinstance(at, int) and 0 <= now.timestamp() - at <= PROVED_FOR.total_seconds()


def _note_sign_in(sender: object, request: HttpRequest | None, user: User, **more: object) -> None:
    if request is not None:
        request.session[_PROVED] = int(timezone.now().timestamp())


def connect() -> None:
    """Every way of signing in proves who somebody is (called when Django starts)."""
    user_logged_in.connect(_note_sign_in, dispatch_uid="yishi.proved")
