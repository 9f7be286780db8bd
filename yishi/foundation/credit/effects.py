"""What a record does elsewhere: rules over facts (``credit/effects.yaml``), never code of a system.

A rule ``credit.effect.<measure>.<name>`` that says yes about a record in force makes its measure
apply to the record's subject. A record that is repaired, ended, shielded or deleted is not in force
from the same commit on, so nobody has to be told; who wants to act on it registers a listener.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from yishi.foundation.calendars import SHANGHAI
from yishi.foundation.credit.record_models import CreditRecord
from yishi.foundation.parties.models import Party
from yishi.foundation.rulebook.outcome import Truth
from yishi.foundation.rulebook.store import Rulebook, rulebook

PREFIX = "credit.effect."


@dataclass(frozen=True, slots=True)
class Effect:
    """Why a measure applies: the record, the rule with its version, and until when at most."""

    measure: str
    record: CreditRecord
    rule: str
    version: int
    text: str
    text_en: str
    basis: str
    until: date
    conditions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """A record that came into or went out of force, or changed otherwise, in this transaction."""

    record: CreditRecord
    before: str
    after: str

    @property
    def ended(self) -> bool:
        """Whether it counted before and does not any more."""
        from yishi.foundation.credit.record_models import SHOWN

        return self.before in SHOWN and self.after not in SHOWN


Listener = Callable[[Sequence[Changed], datetime], None]
_LISTENERS: list[Listener] = []


def register_listener(listener: Listener) -> None:
    """Let *listener* hear of every change, inside its transaction (called from ``ready``)."""
    if listener not in _LISTENERS:
        _LISTENERS.append(listener)


def changed(changes: Sequence[Changed], now: datetime) -> None:
    """Tell everybody who registered; their errors undo the change."""
    for listener in _LISTENERS:
        listener(changes, now)


def facts_of(record: CreditRecord, on: date) -> dict[str, Any]:
    """The facts that rules of effects may name."""
    return {
        "record_kind": record.kind,
        "record_ground": record.ground or "none",
        "record_class": record.severity,
        "record_activity": record.activity or None,
        "record_age_days": (on - record.document_date).days,
        "record_duty_done": record.duty_done_on is not None and record.duty_done_on <= on,
    }


def in_force(party: Party, measure: str, at: datetime) -> list[Effect]:
    """Why *measure* applies to a party at *at*: [] when it does not (2 statements)."""
    return [one for one in all_of(party, at) if one.measure == measure]


def all_of(party: Party, at: datetime) -> list[Effect]:
    """Every measure that applies to a party, with its reasons (2 statements)."""
    rows = CreditRecord.objects.unscoped("measures follow from every record in force")
    found = rows.filter(party__file_id=party.file_id, in_force=True)
    return of_records(list(found.order_by("document_date", "id")), at)


def of_records(records: Sequence[CreditRecord], at: datetime) -> list[Effect]:
    """The same for records that were read already (1 statement)."""
    rules = rulebook()
    return [one for record in records for one in _of(record, rules, at)]


def _of(record: CreditRecord, rules: Rulebook, at: datetime) -> list[Effect]:
    if not record.in_force:
        return []
    facts = facts_of(record, at.astimezone(SHANGHAI).date())
    found = []
    for key in rules.keys:
        if not key.startswith(PREFIX) or not _holds(rules, key, at):
            continue
        outcome = rules.decide(key, facts, at)
        if outcome.truth is not Truth.TRUE:
            continue
        found.append(
            Effect(
                measure=key.removeprefix(PREFIX).partition(".")[0],
                record=record,
                rule=key,
                version=outcome.rule.version,
                text=outcome.rule.label,
                text_en=outcome.rule.label_en or outcome.rule.label,
                basis=outcome.rule.basis,
                until=record.max_end,
                conditions=tuple(outcome.reasons()),
            )
        )
    return found


def _holds(rules: Rulebook, key: str, at: datetime) -> bool:
    day = at.astimezone(SHANGHAI).date()
    return any(one.holds("", day) for one in rules.versions(key))
