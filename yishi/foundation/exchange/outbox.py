"""Messages to partners: rows of the commit that they report, none when no partner is concerned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import orjson
from django.db import models

from yishi.foundation.cases.change import Change
from yishi.foundation.exchange.models import Outgoing
from yishi.foundation.exchange.register import Known, Partners, partners, system_of
from yishi.foundation.parties.ids import time_uuid

Rows = list[tuple[type[models.Model], dict[str, Any]]]


def rows_for(changes: Sequence[Change]) -> Rows:
    """The messages that *changes* call for (no statement): to the partner whose unit a case goes
    to, is with or leaves, and to the partner that sent it; never about the partner's own move."""
    known = partners()
    if not known.by_channel:
        return []
    return [
        (Outgoing, queued_row(partner, change.after.id, seq, kind, at))
        for change in changes
        for partner, seq, kind, at in _concerned(change, known)
    ]


def _concerned(change: Change, known: Partners) -> Iterator[tuple[Known, int, str, datetime]]:
    system = system_of(change.after.system)
    if system is None:
        return
    senders = [
        known.by_channel[channel]
        for channel, _ in change.after.data.get("senders", ())
        if channel in known.by_channel
    ]
    unit = change.before.unit_id if change.before is not None else None
    for trace in change.traces:
        after = orjson.loads(trace.body).get("unit")
        kind = system.told.get(trace.move)
        if kind is not None:
            told = [*known.by_unit.get(unit or 0, ()), *known.by_unit.get(after or 0, ()), *senders]
            for partner in {partner.id: partner for partner in told}.values():
                if partner.actor_ref != trace.actor_ref:
                    yield partner, trace.seq, kind, trace.at
        unit = after


def queued_row(partner: Known, case_id: int, seq: int, kind: str, at: datetime) -> dict[str, Any]:
    """A message that waits to be delivered, as a row."""
    return {
        "id": time_uuid(at),
        "partner_id": partner.id,
        "case_id": case_id,
        "seq": seq,
        "kind": kind,
        "state": Outgoing.State.QUEUED.value,
        "attempts": 0,
        "next_attempt_at": at,
        "created_at": at,
        "sent_at": None,
        "last_error": "",
    }
