"""Row ids that the application knows before the row is written."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime


def time_uuid(now: datetime) -> uuid.UUID:
    """Return a version 7 UUID (RFC 9562 §5.7): milliseconds of ``now``, then 74 random bits.

    Ids of the same time lie together, so that bulk inserts touch few index pages.
    """
    milliseconds = int(now.timestamp() * 1000) & ((1 << 48) - 1)
    value = milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64
    return uuid.UUID(int=value | 0b10 << 62 | secrets.randbits(62))
