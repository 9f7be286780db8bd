"""What a message to a partner says, drawn from the trace."""

from __future__ import annotations

from typing import Any

import orjson

from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import Trace
from yishi.foundation.exchange.models import Outgoing, Partner
from yishi.foundation.exchange.register import CHANNEL, Told, system_of


def content_of(message: Outgoing, partner: Partner) -> dict[str, Any]:
    """The body of a webhook: ``type``, ``timestamp`` and ``data`` as Standard Webhooks has them.

    The same on every attempt, unless something in it was erased meanwhile.
    """
    (case,) = load_states([message.case_id])
    reason = "a message to a partner that the case was committed to"
    trace = Trace.objects.unscoped(reason).get(case_id=message.case_id, seq=message.seq)
    body = orjson.loads(bytes(trace.body))
    channel = CHANNEL + partner.key
    theirs = next((n for c, n in case.data.get("senders", ()) if c == channel), None)
    system = system_of(case.system)
    assert system is not None  # the message was written for it
    units = set(partner.units.values_list("unit_id", flat=True))
    held = {a.unit_id for a in case.assignments if a.unit_id in units}
    told = Told(case, body, trace.note, message.kind, bool(held), theirs)
    data = {"number": case.number, "your_number": theirs, "sequence": message.seq}
    return {
        "type": message.kind,
        "timestamp": body["at"],
        "data": data | system.describe(told),
    }
