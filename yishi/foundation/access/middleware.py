"""Gives every request its actor."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from yishi.foundation.access.actors import PUBLIC, Actor
from yishi.foundation.access.models import User


def actor_of(request: HttpRequest) -> Actor:
    """The actor behind a request: the signed-in officer, else the public."""
    user = request.user
    return user.actor() if isinstance(user, User) or hasattr(user, "actor") else PUBLIC


class ActorMiddleware:
    """Sets ``request.actor``, evaluated when first used."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: actor_of(request))  # type: ignore[attr-defined]
        return self.get_response(request)
