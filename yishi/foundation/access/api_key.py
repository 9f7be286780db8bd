"""API keys as HTTP authentication: ``X-API-Key: …`` or ``Authorization: Bearer …``."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.security import APIKeyHeader, HttpBearer

from yishi.foundation.access.actors import Actor
from yishi.foundation.access.keys import client_for
from yishi.foundation.access.models import ApiClient


class ClientRequest(HttpRequest):
    """A request whose key was accepted."""

    actor: Actor
    client: ApiClient


def _accept(request: HttpRequest, key: str | None) -> Actor | None:
    found = client_for(key) if key else None
    if found is None:
        return None
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
