"""The log of looks and exports. Holds references only, never the values that were looked at."""

from __future__ import annotations

from datetime import datetime

from yishi.foundation.audit.models import Look


def look(
    actor_ref: str,
    what: str,
    subject: str,
    purpose: str,
    now: datetime,
    *,
    rows: int = 1,
) -> None:
    """Record that *actor_ref* looked at *subject* (``contact:17``, ``case:12``; 1 statement)."""
    Look.objects.create(
        at=now, actor_ref=actor_ref, action=what, subject=subject, purpose=purpose[:200], rows=rows
    )
