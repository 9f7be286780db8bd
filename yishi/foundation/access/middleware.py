"""Gives every request its actor."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from yishi.foundation.access import portal_accounts
from yishi.foundation.access.actors import PUBLIC, Actor
from yishi.foundation.access.models import User


def actor_of(request: HttpRequest) -> Actor:
    """The actor behind a request: the signed-in officer, the resident at the portal (for themselves
    or for whom they act), else the public."""
    user = request.user
    if isinstance(user, User) or hasattr(user, "actor"):
        return user.actor()
    if portal_accounts.signed_in(request) is None:
        return PUBLIC
    return portal_accounts.actor_of_session(request, timezone.now()) or PUBLIC


class ActorMiddleware:
    """Sets ``request.actor``, evaluated when first used."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: actor_of(request))  # type: ignore[attr-defined]
        return self.get_response(request)
