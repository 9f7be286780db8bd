"""Whom the credit file keeps from benefits (measure ``closes_benefits``), for many at once."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection

from yishi.foundation.credit import effects
from yishi.foundation.credit.models import CreditRecord
from yishi.foundation.credit.records import RecordInput, make, row_of
from yishi.foundation.rulebook.outcome import Truth
from yishi.foundation.rulebook.store import Rulebook, rulebook
from yishi.systems.direct_benefits.context import day_of

MEASURE = "closes_benefits"
#: Entries of lists that others keep, for parties of a batch, found by their number.
_LISTED = """
SELECT DISTINCT p.file_id, e.ground, e.authority, e.listed_on
  FROM credit_listentry e
  JOIN parties_identifier i ON i.value_hash = e.identifier_hash AND i.ended_on IS NULL
  JOIN parties_party p ON p.id = i.party_id
 WHERE p.file_id = ANY(%(parties)s) AND e.identifier_hash <> '' AND e.removed_at IS NULL
   AND (e.ends_on IS NULL OR e.ends_on >= %(today)s)
"""


def closed(parties: Collection[uuid.UUID], now: datetime) -> dict[uuid.UUID, str]:
    """Why the measure applies, by file; nobody it does not apply to (4 statements at most)."""
    if not parties:
        return {}
    rules, today = rulebook(), day_of(now)
    found: dict[uuid.UUID, str] = {}
    rows = CreditRecord.objects.unscoped("measures follow from every record in force").filter(
        party__file_id__in=list(parties), in_force=True
    )
    for record in rows.select_related("party").order_by("document_date", "id"):
        party = record.party
        facts = effects.facts_of(record, today)
        text = _applies(rules, facts, now)
        if text and party is not None:
            found.setdefault(party.file_id, f"{text}（{record.authority}，{record.document_date}）")
    with connection.cursor() as cursor:
        cursor.execute(_LISTED, {"parties": list(parties), "today": today})
        listed = cursor.fetchall()
    for party_id, ground, authority, on in listed:
        facts = {"record_kind": "listing", "record_ground": ground, "record_class": "serious"}
        facts |= {"record_activity": None, "record_age_days": (today - on).days}
        text = _applies(rules, {**facts, "record_duty_done": False}, now)
        if text:
            found.setdefault(party_id, f"{text}（{authority}，{on}）")
    return found


def _applies(rules: Rulebook, facts: dict[str, Any], now: datetime) -> str:
    """The label of the first rule of the measure that says yes."""
    day = day_of(now)
    for key in rules.keys:
        if not key.startswith(f"{effects.PREFIX}{MEASURE}."):
            continue
        if not any(one.holds("", day) for one in rules.versions(key)):
            continue
        outcome = rules.decide(key, facts, now)
        if outcome.truth is Truth.TRUE:
            return outcome.rule.label
    return ""


def fraud_record(
    party: Any, *, number: str, item: str, authority: str, unit_id: int, case_id: int,
    actor: Any, now: datetime,
) -> tuple[CreditRecord, list[tuple[Any, dict[str, Any]]]]:  # fmt: skip
    """A credit record of money got by false data, and its rows for the commit that decides it."""
    raw = RecordInput(
        kind="other",
        severity="serious",
        authority=authority or "主管部门",
        document_no=number,
        document_date=day_of(now),
        summary=f"以虚假材料取得“{item}”，已决定追回",
        party=party,
        basis="《财政违法行为处罚处分条例》第十四条",
        unit_id=unit_id,
        about=("direct_benefits", case_id),
        simulated=party.simulated,
    )
    made = make(raw, actor, now)
    return made[0], [(type(one), row_of(one)) for one in made]


def tell(record: CreditRecord, now: datetime) -> None:
    """Tell whoever follows the credit file, after the rows were stored (same transaction)."""
    effects.changed([effects.Changed(record, "", record.state)], now)
