"""OAuth 2.0 for programs: the client credentials grant (RFC 6749 §4.4), and its tokens.

A token is signed, not stored: partner, generation of its credentials, scopes and time. It ends
after an hour, and at once when the partner is disabled or its secrets are rotated, for both raise
the generation, which is compared on every request in the statement that fetches the grants.

Written here rather than taken from django-oauth-toolkit (3.4, alive): of its five tables, grant
types and pages this exchange needs one endpoint; it would bring an application model beside
`Partner`, a row per token to write and clear, and slow hashes that a random secret does not need.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_plus

from django.core import signing

from yishi.foundation.access.actors import Actor
from yishi.foundation.access.keys import key_hash
from yishi.foundation.access.models import ApiClient
from yishi.foundation.exchange.models import Partner

TOKEN_SECONDS = 3600
_SALT = "yishi.exchange.token"
_PREFIX = "yishi_at."


class TokenRequestRefused(Exception):
    """An error of RFC 6749 §5.2. ``basic``: the client tried HTTP authentication."""

    def __init__(self, error: str, description: str, *, basic: bool = False) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = 401 if error == "invalid_client" else 400
        self.basic = basic


@dataclass(frozen=True, slots=True)
class Issued:
    """A token with the scopes that it has."""

    token: str
    seconds: int
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whoever came with a valid token."""

    partner: Partner
    actor: Actor
    scopes: frozenset[str]


def issue(form: Mapping[str, Sequence[str]], authorization: str) -> Issued:
    """Answer a token request: *form* is the body's fields with all values of each (1 statement).

    Raises:
        TokenRequestRefused: as RFC 6749 §5.2 says.
    """
    fields = _single(form)
    client_id, secret, basic = _credentials(authorization, fields)
    partner = _partner(client_id)
    known = bytes(partner.client_hash) if partner is not None else bytes(32)
    right = hmac.compare_digest(known, key_hash(secret))
    if partner is None or not right:
        raise TokenRequestRefused("invalid_client", "unknown client or secret", basic=basic)
    grant = fields.get("grant_type", "")
    if not grant:
        raise TokenRequestRefused("invalid_request", "grant_type is missing")
    if grant != "client_credentials":
        raise TokenRequestRefused("unsupported_grant_type", "use client_credentials")
    scopes = _scopes(partner, fields.get("scope", ""))
    content = {"p": partner.pk, "g": partner.credentials, "s": list(scopes)}
    token = _PREFIX + signing.dumps(content, salt=_SALT, compress=True)
    return Issued(token, TOKEN_SECONDS, scopes)


def bearer_of(token: str) -> Bearer | None:
    """Who holds *token*, or ``None`` when it is forged, too old or ended (1 statement)."""
    if not token.startswith(_PREFIX):
        return None
    try:
        content = signing.loads(token.removeprefix(_PREFIX), salt=_SALT, max_age=TOKEN_SECONDS)
    except (signing.BadSignature, ValueError):
        return None
    clients = ApiClient.objects.with_grants().select_related("partner").filter(is_active=True)
    client = (
        clients.filter(partner__id=content["p"], partner__credentials=content["g"])
        .exclude(partner__state=Partner.State.DISABLED)
        .first()
    )
    if client is None:
        return None
    return Bearer(client.partner, client.actor(), frozenset(content["s"]))


def _single(form: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Parameters that are given once; empty ones count as not given (RFC 6749 §3.2)."""
    for name, values in form.items():
        if len(values) > 1:
            raise TokenRequestRefused("invalid_request", f"{name[:40]} is given more than once")
    return {name: values[0] for name, values in form.items() if values and values[0]}


def _credentials(authorization: str, fields: Mapping[str, str]) -> tuple[str, str, bool]:
    """Client id and secret by HTTP Basic or from the body, never both (RFC 6749 §2.3)."""
    scheme, _, rest = authorization.strip().partition(" ")
    if not authorization:
        if "client_id" not in fields or "client_secret" not in fields:
            raise TokenRequestRefused("invalid_client", "client authentication is missing")
        return fields["client_id"], fields["client_secret"], False
    if scheme.lower() != "basic":
        raise TokenRequestRefused("invalid_client", "use HTTP Basic or the body", basic=True)
    if "client_secret" in fields:
        raise TokenRequestRefused("invalid_request", "more than one way of authentication")
    try:
        pair = base64.b64decode(rest.strip().encode(), validate=True).decode()
    except (binascii.Error, UnicodeError):
        raise TokenRequestRefused("invalid_client", "not HTTP Basic", basic=True) from None
    name, colon, secret = pair.partition(":")
    name, secret = unquote_plus(name), unquote_plus(secret)
    if not colon or fields.get("client_id", name) != name:
        raise TokenRequestRefused("invalid_client", "not the client of the body", basic=True)
    return name, secret, True


def _partner(client_id: str) -> Partner | None:
    if not client_id.isascii() or "\x00" in client_id:
        return None
    rows = Partner.objects.filter(key=client_id[:64], client__is_active=True)
    return rows.exclude(state=Partner.State.DISABLED).first()


def _scopes(partner: Partner, asked: str) -> tuple[str, ...]:
    held: list[str] = partner.scopes
    wanted = list(dict.fromkeys(asked.split())) or held
    if not set(wanted) <= set(held):
        raise TokenRequestRefused("invalid_scope", "a scope that the client does not have")
    return tuple(wanted)
