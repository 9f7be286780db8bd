"""What a user reads in the application."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db.models import F, Func, IntegerField, Q, QuerySet, Subquery
from django.db.models.expressions import Combinable

from yishi.foundation.messages.models import Channel, Message, State

LARGEST_PAGE = 100


def inbox(
    user_id: int, before: uuid.UUID | None = None, n: int = 20, *, unit_ids: Sequence[int] = ()
) -> list[Message]:
    """Return the user's messages and those to the desks *unit_ids*, newest first (1 statement).

    *before* is the id of the last message of the page before. Messages whose channel is not
    configured appear here too, with ``status_note``. Texts:
    :func:`yishi.foundation.messages.texts.render`.
    """
    found = visible(user_id, unit_ids)
    if before is not None:
        found = found.filter(id__lt=before)
    return list(found.order_by("-id")[: max(1, min(n, LARGEST_PAGE))])


def mark_read(
    user_id: int,
    ids: Sequence[uuid.UUID] | None,
    now: datetime,
    *,
    unit_ids: Sequence[int] = (),
) -> int:
    """Mark messages of the user's inbox as read, all of them for ``None`` (1 statement).

    A message to a unit's desk is read once somebody there has read it. Returns how many changed.
    """
    unread = visible(user_id, unit_ids).filter(read_at__isnull=True)
    if ids is not None:
        unread = unread.filter(id__in=ids)
    return unread.update(state=State.READ, read_at=now, read_by=user_id)


def unread_count(user_id: int, *, unit_ids: Sequence[int] = ()) -> int:
    """Return how many messages of the inbox are unread (1 statement)."""
    return visible(user_id, unit_ids).filter(read_at__isnull=True).count()


def unread_count_subquery(user_id: int | Combinable, *, unit_ids: Sequence[int] = ()) -> Subquery:
    """Return the unread count for use inside another statement: ``OuterRef("pk")`` or an id."""
    unread = visible(user_id, unit_ids).filter(read_at__isnull=True)
    # An aggregate without GROUP BY, so that nothing unread gives 0 instead of no row.
    counted = unread.order_by().annotate(n=Func(F("id"), function="COUNT")).values("n")
    return Subquery(counted, output_field=IntegerField())


def visible(user_id: int | Combinable, unit_ids: Sequence[int]) -> QuerySet[Message]:
    """The messages of a user's inbox, unread or not, those to the desks *unit_ids* among them."""
    own = Q(user_id=user_id)
    if unit_ids:
        own |= Q(unit_id__in=list(unit_ids))
    shown = Q(channel=Channel.IN_APP) | Q(state__in=(State.INBOX_ONLY, State.READ))
    return Message.objects.filter(own & shown)
