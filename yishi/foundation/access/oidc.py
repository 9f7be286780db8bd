"""Sign-in by an identity provider (统一身份认证): OpenID Connect, authorization code with PKCE.

Source: OpenID Connect Core 1.0; RFC 6749, 7636, 9207, 9700. The protocol is Authlib's, the checks
of the ID token joserfc's and Authlib's. Only asymmetric signatures are taken, so neither ``none``
nor a token "signed" with a public key passes. Accounts are found by (issuer, subject) alone.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from django.conf import settings
from django.core.cache import cache

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
SCOPE = "openid profile email"
#: How long a sign-in at the provider may take, and how long what it published is kept (seconds).
STARTED_FOR = 600
KEPT_FOR = 3600
LEEWAY = 60
_TIMEOUT = 10
_LOCAL = ("localhost", "127.0.0.1", "::1")


class OidcError(RuntimeError):
    """The sign-in cannot go on. ``code`` says why: ``provider`` (it does not answer as it should),
    ``refused`` (it said no), ``state``, ``token``."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code, self.detail = code, detail


@dataclass(frozen=True, slots=True)
class Provider:
    """The configured provider."""

    issuer: str
    client_id: str
    secret: str
    label: str


@dataclass(frozen=True, slots=True)
class Person:
    """Who signed in, as the provider says. ``authenticated_at``: when they proved it there."""

    issuer: str
    subject: str
    name: str
    email: str
    username: str
    authenticated_at: int | None


def provider() -> Provider | None:
    """The provider of this installation, or ``None``.

    Raises:
        OidcError: ``provider``, when it is configured by halves.
    """
    given = settings.YISHI_OIDC
    issuer = str(given["issuer"])
    if not issuer:
        return None
    parts = urlsplit(issuer)
    if not given["client_id"] or (parts.scheme != "https" and parts.hostname not in _LOCAL):
        raise OidcError("provider", "issuer must be https, client id is needed")
    secret = ""
    if given["secret_file"]:
        try:
            secret = Path(str(given["secret_file"])).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise OidcError("provider", "the secret file cannot be read") from error
    return Provider(issuer, str(given["client_id"]), secret, str(given["label"]))


def start(
    found: Provider, redirect_uri: str, now: datetime, *, again: bool = False
) -> tuple[str, dict[str, Any]]:
    """The provider's address to send the browser to, and what the session has to remember.

    *again*: the provider shall ask even who is signed in there.
    """
    verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
    more = {"prompt": "login", "max_age": "0"} if again else {}
    with _session(found, redirect_uri) as session:
        url, state = session.create_authorization_url(
            metadata(found)["authorization_endpoint"], code_verifier=verifier, nonce=nonce, **more
        )
    kept = {"state": state, "nonce": nonce, "verifier": verifier, "to": redirect_uri}
    return url, kept | {"at": int(now.timestamp()), "again": again}


def finish(
    found: Provider, kept: Mapping[str, Any], answer: Mapping[str, str], now: datetime
) -> Person:
    """Who signed in: state, code, signature and claims are checked.

    Raises:
        OidcError: when anything is not as it should be.
    """
    if not kept or not 0 <= now.timestamp() - int(kept.get("at", 0)) <= STARTED_FOR:
        raise OidcError("state", "nothing was started")
    if not hmac.compare_digest(
        str(kept["state"]).encode(), answer.get("state", "").encode("utf-8", "replace")
    ):
        raise OidcError("state", "another state")
    if answer.get("iss", found.issuer) != found.issuer:
        raise OidcError("state", "another issuer")
    if answer.get("error") or not answer.get("code"):
        raise OidcError("refused", answer.get("error", "")[:60])
    token = _fetch_token(found, kept, answer["code"])
    claims = _claims(found, token, str(kept["nonce"]), now)
    at = claims.get("auth_time")
    if kept.get("again") and not (isinstance(at, int) and at >= int(kept["at"]) - LEEWAY):
        raise OidcError("token", "not authenticated anew")
    return Person(
        found.issuer,
        str(claims["sub"])[:255],
        str(claims.get("name") or "")[:64],
        str(claims.get("email") or "")[:254],
        str(claims.get("preferred_username") or "")[:64],
        at if isinstance(at, int) else None,
    )


def logout_url(found: Provider, back: str) -> str:
    """Where the browser ends the provider's session too; empty where it offers no such thing."""
    try:
        endpoint = str(metadata(found).get("end_session_endpoint") or "")
    except OidcError:
        return ""
    query = urlencode({"client_id": found.client_id, "post_logout_redirect_uri": back})
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}" if endpoint else ""


def metadata(found: Provider) -> dict[str, Any]:
    """What the provider publishes about itself (kept for an hour per process).

    Raises:
        OidcError: ``provider``.
    """
    key = f"oidc:metadata:{found.issuer}"
    kept: dict[str, Any] | None = cache.get(key)
    if kept is None:
        kept = _get(found.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if kept.get("issuer") != found.issuer:
            raise OidcError("provider", "it calls itself another issuer")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not isinstance(kept.get(name), str):
                raise OidcError("provider", f"{name} is missing")
        cache.set(key, kept, KEPT_FOR)
    return kept


def _session(found: Provider, redirect_uri: str) -> Any:
    from authlib.integrations.requests_client import OAuth2Session

    return OAuth2Session(
        found.client_id,
        found.secret or None,
        scope=SCOPE,
        redirect_uri=redirect_uri,
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic" if found.secret else "none",
    )


def _fetch_token(found: Provider, kept: Mapping[str, Any], code: str) -> dict[str, Any]:
    from authlib.integrations.base_client import OAuthError

    try:
        with _session(found, str(kept["to"])) as session:
            token = session.fetch_token(
                metadata(found)["token_endpoint"],
                code=code,
                code_verifier=str(kept["verifier"]),
                timeout=_TIMEOUT,
                allow_redirects=False,
            )
    except OAuthError as error:
        raise OidcError("refused", str(error.error)[:60]) from error
    except (requests.RequestException, ValueError) as error:
        raise OidcError("provider", "the token endpoint does not answer") from error
    if not isinstance(token, dict) or not isinstance(token.get("id_token"), str):
        raise OidcError("token", "no ID token")
    return dict(token)


def _claims(found: Provider, token: dict[str, Any], nonce: str, now: datetime) -> dict[str, Any]:
    """The claims of the ID token, after signature, issuer, audience, times, nonce and at_hash."""
    from authlib.oidc.core import CodeIDToken
    from joserfc.errors import JoseError

    try:
        read = _decode(found, token["id_token"])
        claims = CodeIDToken(
            read.claims,
            read.header,
            {
                "iss": {"essential": True, "value": found.issuer},
                "aud": {"essential": True, "value": found.client_id},
                "sub": {"essential": True, "allow_blank": False},
                "nonce": {"essential": True, "value": nonce},
            },
            {"client_id": found.client_id, "nonce": nonce, "access_token": token["access_token"]},
        )
        claims.validate(now=int(now.timestamp()), leeway=LEEWAY)
    except (JoseError, KeyError, TypeError, ValueError) as error:
        raise OidcError("token", type(error).__name__) from error
    return dict(claims)


def _decode(found: Provider, text: str) -> Any:
    """The token, read with the keys that are published now: what was withdrawn signs nobody in."""
    from joserfc import jwt
    from joserfc.jwk import KeySet

    published = metadata(found).get("id_token_signing_alg_values_supported") or ["RS256"]
    algorithms = [name for name in ALGORITHMS if name in published]
    keys: Any = _get(str(metadata(found)["jwks_uri"]))
    return jwt.decode(text, KeySet.import_key_set(keys), algorithms=algorithms)


def _get(url: str) -> dict[str, Any]:
    try:
        answer = requests.get(url, timeout=_TIMEOUT, allow_redirects=False)
        answer.raise_for_status()
        content = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise OidcError("provider", "it does not answer") from error
    if not isinstance(content, dict):
        raise OidcError("provider", "it answers something else")
    return content
