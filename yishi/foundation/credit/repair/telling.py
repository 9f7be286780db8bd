"""What is said about a repair outside: to the bodies' own systems and to keepers of copies."""

from __future__ import annotations

from typing import Any

from yishi.foundation.credit.models import CreditRecord
from yishi.foundation.credit.repair import states as s
from yishi.foundation.exchange.register import ExchangeSystem, Told

REPAIRED, RESTORED, SHIELDED = "credit.repaired", "credit.republished", "credit.shielded"
#: Moves after which a copy must show something else.
COPIES = {
    "repair": REPAIRED,
    "repair_at_once": REPAIRED,
    "plan_done": REPAIRED,
    "revoke": RESTORED,
    "plan_failed": RESTORED,
    "shield": SHIELDED,
}
#: What a body's own system is told besides.
_BODIES = {
    "receive": "repair.received",
    "forward": "repair.received",
    "correct": "repair.moved",
    "withdraw": "repair.closed",
    "lapse": "repair.closed",
    "object": "repair.objected",
}


def describe(told: Told) -> dict[str, Any]:
    """The content of an event. The record goes by its number; who it is about is said of
    organisations only, whose names and codes are public."""
    records = CreditRecord.objects.unscoped("a message about the record that the case repairs")
    record = records.get(pk=told.body.get("record") or told.case.data["record"])
    subject = {}
    if record.subject_kind != "person":
        subject = {"name": record.subject_name, "identifier": record.identifier}
    found: dict[str, Any] = {
        "move": told.body["move"],
        "record": record.number,
        "document_no": record.document_no,
        "authority": record.authority,
        "subject": subject,
        "state": told.body["to"],
        "due": {clock["kind"]: clock["due"] for clock in told.body.get("clocks") or []},
    }
    if told.kind in (REPAIRED, SHIELDED, RESTORED):
        found["show"] = told.kind == RESTORED
        found["last_day"] = record.max_end.isoformat()
    return found


EXCHANGE = ExchangeSystem(s.RECORD, {**_BODIES, **COPIES}, describe)
