"""Writing messages: pure rows for the statement that stores the change they report."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import TypedDict

import orjson

from yishi.foundation.messages.models import Channel, Message, State
from yishi.foundation.messages.texts import require
from yishi.foundation.parties.ids import time_uuid
from yishi.foundation.parties.masking import mask_numbers
from yishi.foundation.statements import execute

Param = str | int | None
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_/\-]{0,39}")
_PERSONAL = re.compile(r"(?:86)?1[3-9]\d{9}|0\d{2,3}-?\d{7,8}|\d{15}|\d{16,19}|\d{17}[Xx]")
_LONGEST_PARAM = 120


class MessageRow(TypedDict):
    """The columns of ``messaging_message``, ready for a writer's single statement."""

    id: uuid.UUID
    key: str
    user_id: int | None
    unit_id: int | None
    contact_id: uuid.UUID | None
    channel: str
    template: str
    params: dict[str, Param]
    about_kind: str
    about_id: str
    state: str
    attempts: int
    next_attempt_at: datetime
    urgent: bool
    status_note: str
    created_at: datetime
    sent_at: datetime | None
    read_at: datetime | None
    read_by: int | None


_COLUMNS = ", ".join(f'"{name}"' for name in MessageRow.__annotations__)
# One value for all rows: as many marks as cells took longer to put together than to store.
_ENQUEUE = f"""
INSERT INTO {Message._meta.db_table} ({_COLUMNS})
SELECT {_COLUMNS} FROM json_populate_recordset(NULL::{Message._meta.db_table}, $1::json)
ON CONFLICT DO NOTHING
"""


def message_row(
    template: str,
    *,
    key: str,
    now: datetime,
    user_id: int | None = None,
    unit_id: int | None = None,
    contact_id: uuid.UUID | None = None,
    channel: str = Channel.IN_APP,
    params: Mapping[str, Param] | None = None,
    about_kind: str = "",
    about_id: object = "",
    id: uuid.UUID | None = None,
    urgent: bool = False,
) -> MessageRow:
    """Build a message (no statement). Exactly one recipient is needed.

    What is *urgent* goes out at any hour. *key* makes writing idempotent: writers use ``ON CONFLICT
    (key) DO NOTHING``. An in-app message is delivered by being stored, so it starts as sent; any
    other waits for the deliverer. Raises ``ValueError`` (a programming error, not an input's) for
    an unknown template or channel, more or fewer than one recipient. Params that are free text lose
    the personal numbers in them and all beyond 120 characters; identifiers (``XY-20260511-000123``)
    stay as they are.
    """
    require(template)
    _check_recipient(user_id, unit_id, contact_id, channel)
    in_app = Channel(channel) == Channel.IN_APP
    return {
        "id": id or time_uuid(now),
        "key": key,
        "user_id": user_id,
        "unit_id": unit_id,
        "contact_id": contact_id,
        "channel": str(Channel(channel)),
        "template": template,
        "params": _checked(params or {}),
        "about_kind": about_kind,
        "about_id": str(about_id),
        "state": str(State.SENT if in_app else State.QUEUED),
        "attempts": 0,
        "next_attempt_at": now,
        "urgent": urgent,
        "status_note": "",
        "created_at": now,
        "sent_at": now if in_app else None,
        "read_at": None,
        "read_by": None,
    }


def _check_recipient(
    user_id: int | None, unit_id: int | None, contact_id: uuid.UUID | None, channel: str
) -> None:
    if (user_id is None) + (unit_id is None) + (contact_id is None) != 2:
        raise ValueError("a message has exactly one recipient")
    if unit_id is not None and channel != Channel.IN_APP:
        raise ValueError("a unit's desk is reached in-app only")
    if contact_id is not None and channel not in (Channel.EMAIL, Channel.SMS):
        raise ValueError("a contact is reached by e-mail or text message only")


def enqueue(rows: list[MessageRow]) -> None:
    """Store messages in the caller's transaction (1 statement); known keys are left alone."""
    if rows:
        execute(_ENQUEUE, [orjson.dumps(rows).decode()])


def _checked(params: Mapping[str, Param]) -> dict[str, Param]:
    return {k: _impersonal(v) if isinstance(v, str) else v for k, v in params.items()}


@lru_cache(maxsize=4096)
def _impersonal(value: str) -> str:
    if _IDENTIFIER.fullmatch(value) and not _PERSONAL.fullmatch(value):
        return value
    return mask_numbers(value.replace("\0", "")[:_LONGEST_PARAM])
