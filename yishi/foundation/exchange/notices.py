"""Messages to the administrators of the installation."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from yishi.foundation.access.models import Grant
from yishi.foundation.messages.outbox import enqueue, message_row

#: The role that may see and manage partners; systems declare it.
ADMINISTRATOR = "administrator"


def tell_administrators(template: str, key: str, now: datetime, **params: str) -> None:
    """Put a notice into every administrator's inbox, once for the same *key* (2 statements)."""
    held = Grant.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=now),
        role=ADMINISTRATOR,
        user__is_active=True,
        valid_from__lte=now,
    )
    users = sorted(set(held.values_list("user_id", flat=True)))
    enqueue(
        [
            message_row(
                template,
                key=f"exchange:{key}:user:{user_id}"[:160],
                now=now,
                user_id=user_id,
                params=params,
                about_kind="partner",
            )
            for user_id in users
        ]
    )
