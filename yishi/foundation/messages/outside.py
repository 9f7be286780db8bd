"""Copies of unread messages to where an officer asked for them: e-mail, WeCom, DingTalk."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from yishi.foundation.access.actors import ROLES, Reach
from yishi.foundation.messages.models import Channel, Outside
from yishi.foundation.messages.senders import sender_for
from yishi.foundation.revisions.errors import FieldError

#: What is read in the application within this time is not sent out as well.
UNREAD_FOR = timedelta(minutes=5)
#: Older messages are not sent out any more.
OLDEST = timedelta(days=1)
CHANNELS = (Channel.EMAIL, Channel.WECOM, Channel.DINGTALK)

_COPY = """
INSERT INTO messaging_message (id, key, user_id, channel, template, params, about_kind, about_id,
                               state, attempts, next_attempt_at, urgent, status_note, created_at)
SELECT gen_random_uuid(), left(m.key, 120) || ':out:' || w.user_id, w.user_id, w.channel,
       m.template, m.params, m.about_kind, m.about_id, 'queued', 0, %(now)s, m.urgent, '', %(now)s
  FROM messaging_outside w
  JOIN access_user u ON u.id = w.user_id AND u.is_active
  JOIN messaging_message m
    ON m.user_id = w.user_id
    OR m.unit_id IN (SELECT g.unit_id FROM access_grant g
                      WHERE g.user_id = w.user_id AND g.role <> ALL(%(own)s)
                        AND g.valid_from <= %(now)s
                        AND (g.valid_to IS NULL OR g.valid_to > %(now)s))
 WHERE m.channel = 'in_app' AND m.read_at IS NULL AND m.created_at >= w.since
   AND m.created_at > %(oldest)s AND (m.urgent OR m.created_at <= %(unread)s)
ON CONFLICT (key) DO NOTHING
"""


def available(email: str) -> list[Channel]:
    """The channels that the city configured and that reach an officer with this address."""
    return [
        channel
        for channel in CHANNELS
        if sender_for(channel) is not None and (channel != Channel.EMAIL or email)
    ]


def wish_of(user_id: int) -> Outside | None:
    """What the officer asked for (1 statement)."""
    return Outside.objects.filter(user_id=user_id).first()


def choose(user_id: int, email: str, channel: str, hours: str, now: datetime) -> None:
    """Tell the officer outside from now on, or with an empty *channel* no more.

    Raises:
        FieldError: for a channel that is not configured, or unknown hours.
    """
    if not channel:
        Outside.objects.filter(user_id=user_id).delete()
        return
    if channel not in available(email):
        raise FieldError("channel", "这个通道尚未开通，或您的账号没有邮箱", "unknown")
    if hours not in Outside.Hours.values:
        raise FieldError("hours", "请选择接收时间", "unknown")
    wish = {"channel": channel, "hours": hours}
    Outside.objects.update_or_create(
        user_id=user_id, defaults=wish, create_defaults=wish | {"since": now}
    )


def copy_unread(now: datetime) -> int:
    """Queue what stayed unread for those who asked for it, once each (1 statement)."""
    own = [name for name, role in ROLES.items() if role.reach is Reach.PERSON]
    times: dict[str, Any] = {
        "now": now,
        "oldest": now - OLDEST,
        "unread": now - UNREAD_FOR,
        "own": own,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COPY, times)
        return int(cursor.rowcount)
