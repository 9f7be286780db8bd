"""Calendar feeds: a secret address for each person, renewed and revoked at will."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction

from yishi.foundation.access.backends import may_sign_in
from yishi.foundation.access.models import User
from yishi.foundation.messages.models import CalendarFeed

TOKEN_BYTES = 32
#: A reading is noted at most so often; calendar programs ask every few minutes.
NOTED_EVERY = timedelta(hours=1)


def feed_of(user_id: int) -> CalendarFeed | None:
    """The living feed of a person, if there is one (1 statement)."""
    return CalendarFeed.objects.filter(user_id=user_id, revoked_at__isnull=True).first()


def renew(user_id: int, now: datetime) -> str:
    """Give the person a new secret and kill the old one. The token is told this once only."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user_id)  # two clicks, one feed
        revoke(user_id, now)
        CalendarFeed.objects.create(user_id=user_id, token_hash=_digest(token), created_at=now)
    return token


def revoke(user_id: int, now: datetime) -> bool:
    """Kill the person's feed; False when there was none (1 statement)."""
    living = CalendarFeed.objects.filter(user_id=user_id, revoked_at__isnull=True)
    return living.update(revoked_at=now) > 0


def reader(token: str, now: datetime) -> User | None:
    """Whose feed *token* opens, with the roles of this moment; ``None`` for a wrong or dead token
    and for an account that may no longer be used (2 statements, 3 once an hour)."""
    living = CalendarFeed.objects.filter(token_hash=_digest(token), revoked_at__isnull=True)
    feed = living.first()
    if feed is None:
        return None
    user = User.objects.with_grants().filter(pk=feed.user_id).first()
    if user is None or not may_sign_in(user):
        return None
    if feed.read_at is None or now - feed.read_at > NOTED_EVERY:
        living.update(read_at=now)
    return user


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
