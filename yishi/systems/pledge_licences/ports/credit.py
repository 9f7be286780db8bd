"""What is asked of the credit file and told to it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, models

from yishi.foundation.access.actors import Actor
from yishi.foundation.credit import effects, records, screening
from yishi.foundation.credit.book import book
from yishi.foundation.credit.judging import Policy
from yishi.foundation.credit.models import CreditRecord
from yishi.foundation.credit.records import RecordInput
from yishi.foundation.credit.sources import Answer as SourceAnswer
from yishi.foundation.credit.sources import Source
from yishi.foundation.credit.stored import configured
from yishi.foundation.parties.models import Party
from yishi.systems.pledge_licences.catalogue.model import Licence

PASS, EXCLUDED, UNKNOWN = screening.PASS, screening.EXCLUDED, screening.UNKNOWN
Row = tuple[type[models.Model], dict[str, Any]]
#: Kinds of records that this system writes.
FALSE, BROKEN = "false_pledge", "broken_pledge"
Subject = screening.Subject
#: How many entries a made-up list says to have.
MADE_UP_ROWS = 1_000

_LISTED = """
SELECT DISTINCT p.file_id
  FROM credit_listentry e
  JOIN parties_identifier i ON i.value_hash = e.identifier_hash AND i.ended_on IS NULL
  JOIN parties_party p ON p.id = i.party_id
  JOIN pledge_licences_licence h ON h.holder_id = p.file_id
 WHERE e.removed_at IS NULL AND e.identifier_hash <> '' AND e.loaded_at > h.granted_at
   AND (e.ends_on IS NULL OR e.ends_on >= %(today)s)
   AND h.state = 'valid' AND NOT h.listed_after
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What screening answered; ``reasons``: (code, text, source, at)."""

    id: str
    outcome: str
    reasons: tuple[tuple[str, str, str, str], ...]
    at: datetime

    @property
    def codes(self) -> list[str]:
        """The codes of the reasons, which name nobody."""
        return sorted({code for code, *_rest in self.reasons})


@dataclass(frozen=True, slots=True)
class MadeUp:
    """What stands for the lists in the simulated past (模拟): nobody is on them, as of the moment
    asked about. Real lists know only their own day."""

    lists: tuple[str, ...]
    key: str = "simulated"
    name: str = "模拟名单"
    kind: str = "list"
    max_age: timedelta | None = timedelta(hours=1)
    stored: bool = True

    def ask(self, asked: Sequence[Any], now: datetime, timeout: float) -> SourceAnswer:
        return SourceAnswer(now, "模拟", MADE_UP_ROWS, [])


def _made_up() -> list[Source]:
    """The city's own records as they are, and made-up lists instead of those that were loaded."""
    own: list[Source] = [one for one in configured() if one.kind == "own"]
    return [*own, MadeUp(tuple(book().lists))]


_SIMULATED: ContextVar[bool] = ContextVar("simulated_past", default=False)


@contextmanager
def simulated_past() -> Iterator[None]:
    """Within it screening asks :class:`MadeUp` lists: for the demo's history only."""
    token = _SIMULATED.set(True)
    try:
        yield
    finally:
        _SIMULATED.reset(token)


def screen(
    subjects: Sequence[Subject],
    licence: Licence,
    purpose: str,
    *,
    actor: Actor,
    now: datetime,
    unit_id: int | None = None,
) -> Answer:
    """Ask about *subjects* by the rules of *licence*; the answer is stored there with its sources.
    Never PASS on an error."""
    policy = Policy(frozenset(licence.roles), frozenset(licence.excludes))
    past = _SIMULATED.get()
    row = screening.screen(
        subjects,
        purpose,
        now,
        actor,
        policy=policy,
        sources=_made_up() if past else None,
        unit_id=unit_id,
        simulated=past,
    )
    reasons = tuple(
        (one["code"], one["text"], one.get("source", ""), one.get("at", ""))
        for one in row.reasons
        if one["effect"] != "noted"
    )
    return Answer(str(row.pk), row.outcome, reasons, row.at)


def record_of(
    kind: str,
    holder: Party,
    licence: Licence,
    *,
    case_id: int,
    document_no: str,
    authority: str,
    unit_id: int,
    on: date,
    actor: Actor,
    now: datetime,
) -> tuple[CreditRecord, list[Row]]:
    """A record of a false or broken pledge and its rows, for the commit that decides it."""
    said = "作出虚假承诺取得（申请）" if kind == FALSE else "未履行承诺且逾期未整改，撤销"
    raw = RecordInput(
        kind=kind,
        authority=authority or "监管部门",
        document_no=document_no,
        document_date=on,
        summary=f"{said}“{licence.name}”",
        party=holder,
        basis="国办发〔2020〕42号",
        unit_id=unit_id,
        about=("pledge_licences", case_id),
        simulated=holder.simulated,
    )
    made = records.make(raw, actor, now)
    return made[0], [(type(one), records.row_of(one)) for one in made]


def tell(record: CreditRecord, now: datetime) -> None:
    """Tell whoever follows the credit file, after the record's rows were stored (same
    transaction)."""
    effects.changed([effects.Changed(record, "", record.state)], now)


def measures(party: Party, now: datetime) -> frozenset[str]:
    """The measures in force against a party (3 statements)."""
    return frozenset(one.measure for one in effects.all_of(party, now))


def listed_holders(now: datetime, today: date) -> list[uuid.UUID]:
    """Files of holders who came onto a list after their licence was granted (1 statement)."""
    with connection.cursor() as cursor:
        cursor.execute(_LISTED, {"today": today})
        return [row[0] for row in cursor.fetchall()]
