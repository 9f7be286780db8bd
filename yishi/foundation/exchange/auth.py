"""Access tokens as authentication of API operations (RFC 6750)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer

from yishi.foundation.access.actors import Actor
from yishi.foundation.exchange.models import Partner
from yishi.foundation.exchange.partners import SCOPES
from yishi.foundation.exchange.tokens import bearer_of

TOKEN_URL = "/api/v1/oauth/token"


class PartnerRequest(HttpRequest):
    """A request whose token was accepted."""

    actor: Actor
    partner: Partner
    scopes: frozenset[str]


class BearerRefused(Exception):
    """A token that is missing or wrong (401), or lacks a scope (403)."""

    def __init__(self, error: str, message: str, scope: str) -> None:
        super().__init__(message)
        self.status = 403 if error == "insufficient_scope" else 401
        self.error = error
        self.message = message
        self.scope = scope

    @property
    def challenge(self) -> str:
        """The ``WWW-Authenticate`` header of RFC 6750 §3."""
        return f'Bearer realm="yishi", error="{self.error}", scope="{self.scope}"'


class OAuth2(HttpBearer):
    """An access token of a partner with one of *scopes*."""

    openapi_type = "oauth2"
    openapi_flows = {"clientCredentials": {"tokenUrl": TOKEN_URL, "scopes": SCOPES}}
    openapi_description = "OAuth 2.0 客户端凭据（RFC 6749 §4.4）"

    def __init__(self, *scopes: str) -> None:
        super().__init__()
        self.scopes = scopes
        # An oauth2 scheme has no "scheme" of its own; the base class is one of HTTP's.
        self.openapi_security_schema.pop("scheme", None)

    def __call__(self, request: HttpRequest) -> Any:
        """The partner's actor (1 statement). Raises `BearerRefused`."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        found = bearer_of(token.strip()) if kind.lower() == "bearer" else None
        wanted = " ".join(self.scopes)
        if found is None:
            raise BearerRefused("invalid_token", "访问令牌缺失、已过期或无效", wanted)
        if not found.scopes & set(self.scopes):
            raise BearerRefused("insufficient_scope", "访问令牌没有所需的权限范围", wanted)
        request.actor, request.partner = found.actor, found.partner  # type: ignore[attr-defined]
        request.scopes = found.scopes  # type: ignore[attr-defined]
        return found.actor

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Not used: `__call__` reads the header itself, to answer as RFC 6750 says."""
        raise AssertionError("OAuth2 answers in __call__")
