"""What is to be told to the service networks: one row a network and change, never the same twice.

What stands is compared with what was told last about the same subject; only a difference is
queued. So the comparison may run as often as it likes, after a kill or a restored backup too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db import transaction

from yishi.foundation.exchange.models import Partner
from yishi.foundation.exchange.partners import NETWORK
from yishi.foundation.parties.ids import time_uuid
from yishi.systems.direct_benefits.exchange.models import NetworkMessage

#: Rows of one INSERT.
_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands about a subject: its kind of message and its content (plain JSON)."""

    subject: str
    kind: str
    content: dict[str, Any]

    @property
    def digest(self) -> str:
        """SHA-256 of kind and canonical content."""
        body = orjson.dumps([self.kind, self.content], option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(body).hexdigest()


def networks() -> list[Partner]:
    """The service networks that messages are kept for (1 statement)."""
    rows = Partner.objects.exclude(state=Partner.State.DISABLED).exclude(callback_url="")
    return [row for row in rows.order_by("id") if NETWORK in row.scopes]


def queue(entries: Sequence[Entry], now: datetime) -> int:
    """Queue what no network was told yet; returns how many messages that made.

    The partner's row is locked meanwhile, so that two workers do not count the same ``seq``.
    """
    return sum(_queue_for(partner.pk, entries, now) for partner in networks()) if entries else 0


@transaction.atomic
def _queue_for(partner_id: int, entries: Iterable[Entry], now: datetime) -> int:
    Partner.objects.select_for_update().get(pk=partner_id)
    wanted = {entry.subject: entry for entry in entries}
    last = {
        row.subject: row
        for row in NetworkMessage.objects.filter(partner_id=partner_id, subject__in=list(wanted))
        .order_by("subject", "-seq")
        .distinct("subject")
        .only("subject", "seq", "digest")
    }
    rows = []
    for subject, entry in wanted.items():
        before, digest = last.get(subject), entry.digest
        if before is not None and before.digest == digest:
            continue
        rows.append(
            NetworkMessage(
                id=time_uuid(now),
                partner_id=partner_id,
                subject=subject,
                seq=before.seq + 1 if before else 1,
                kind=entry.kind,
                content=entry.content,
                digest=digest,
                next_attempt_at=now,
                created_at=now,
            )
        )
    NetworkMessage.objects.bulk_create(rows, batch_size=_BATCH)
    return len(rows)


def body_of(message: NetworkMessage) -> bytes:
    """The webhook as it is sent, the same on every attempt (docs/policy-exchange.md)."""
    return orjson.dumps(
        {
            "type": message.kind,
            "timestamp": message.created_at,
            "data": {"subject": message.subject, "sequence": message.seq} | message.content,
        },
        option=orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS,
    )
