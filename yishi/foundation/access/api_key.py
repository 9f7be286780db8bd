"""API keys as HTTP authentication: ``X-API-Key: …`` or ``Authorization: Bearer …``."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja.security import APIKeyHeader, HttpBearer

from yishi.foundation.access.actors import Actor
from yishi.foundation.access.keys import client_for
from yishi.foundation.access.models import ApiClient
from yishi.foundation.access.throttle import Limit, Throttle


class ClientRequest(HttpRequest):
    """A request whose key was accepted."""

    actor: Actor
    client: ApiClient


#: Wrong keys by address; a key has 256 bits, this only keeps a guesser from costing anything.
WRONG_KEYS = Throttle("api.key", each=30)


def _accept(request: HttpRequest, key: str | None) -> Actor | None:
    if not key:
        return None
    WRONG_KEYS.check(request)
    found = client_for(key)
    if found is None:
        WRONG_KEYS.wrong(request)
        return None
    most = found[0].per_minute or settings.YISHI_API_PER_MINUTE
    Limit("api", most).take(f"client:{found[0].pk}")
    request.client, request.actor = found  # type: ignore[attr-defined]
    return found[1]


class HeaderKey(APIKeyHeader):
    """The key in its own header."""

    param_name = "X-API-Key"

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        """The client's actor, or ``None`` (1 statement)."""
        return _accept(request, key)


class BearerKey(HttpBearer):
    """The key as a bearer token."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """The client's actor, or ``None`` (1 statement)."""
        return _accept(request, token)


CLIENT_KEY = [HeaderKey(), BearerKey()]
