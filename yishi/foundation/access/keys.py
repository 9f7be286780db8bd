"""API keys: 256 random bits, shown once, stored as a digest."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from yishi.foundation.access.actors import Actor, ActorGrant
from yishi.foundation.access.backends import may_sign_in
from yishi.foundation.access.models import ApiClient, Grant

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


def client_for(key: str) -> tuple[ApiClient, Actor] | None:
    """The active client of a key with its actor (1 statement), or ``None``."""
    client = ApiClient.objects.with_grants().filter(key_hash=key_hash(key), is_active=True).first()
    return (client, client.actor()) if client and may_sign_in(client) else None
