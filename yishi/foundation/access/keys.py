"""API keys: 256 random bits, shown once, stored as a digest."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

import orjson
from django.db import transaction

from yishi.foundation.access.actors import Actor, ActorGrant
from yishi.foundation.access.backends import may_sign_in
from yishi.foundation.access.models import CLIENT_GRANTS, ApiClient, Grant, Installation
from yishi.foundation.statements import execute

PREFIX = "yishi_"


def key_hash(key: str) -> bytes:
    """Digest under which a key is stored. A random key of 256 bits needs no slow hash."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


@transaction.atomic
def issue_key(
    name: str, channel: str, grants: Sequence[ActorGrant], now: datetime, *, is_demo: bool = False
) -> str:
    """Store a new client and return its key, which cannot be read again later.

    Raises:
        django.db.IntegrityError: when the name is taken.
    """
    key = PREFIX + secrets.token_urlsafe(32)
    client = ApiClient.objects.create(
        name=name, channel=channel, key_hash=key_hash(key), is_demo=is_demo
    )
    Grant.objects.bulk_create(
        Grant(client=client, role=g.role, unit_id=g.unit_id, scope=g.scope, valid_from=now)
        for g in grants
    )
    return key


#: In the order of the model's fields.
_FIELDS = (
    "id",
    "name",
    "channel",
    "key_hash",
    "is_active",
    "is_demo",
    "per_minute",
    "created_at",
)
_CLIENT = f"""
SELECT {", ".join(_FIELDS)}, ({CLIENT_GRANTS})::text,
       EXISTS (SELECT 1 FROM access_installation WHERE kind = '{Installation.DEMO}')
  FROM access_apiclient WHERE key_hash = $1 AND is_active
"""


def client_for(key: str) -> tuple[ApiClient, Actor] | None:
    """The active client of a key with its actor (1 statement), or ``None``.

    As `ApiClient.objects.with_grants()` finds it, but every request of a program begins with it:
    making a query cost more there than half of taking in a report.
    """
    for *values, grants, demo in execute(_CLIENT, [key_hash(key)]):
        client = ApiClient.from_db("default", _FIELDS, values)
        client.grant_rows = orjson.loads(grants or "[]")  # type: ignore[attr-defined]
        client.demo_database = demo  # type: ignore[attr-defined]
        return (client, client.actor()) if may_sign_in(client) else None
    return None
