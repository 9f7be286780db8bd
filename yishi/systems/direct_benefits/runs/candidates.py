"""Candidates: the pairs that came out TRUE, by COPY and a few statements however many they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from yishi.foundation.calendars import SHANGHAI
from yishi.foundation.facts import store
from yishi.foundation.facts.models import Delivery
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.engine import Match
from yishi.foundation.rulebook.engine.book import mentioned
from yishi.foundation.rulebook.outcome import Truth
from yishi.systems.direct_benefits.policies.grounds import BROAD
from yishi.systems.direct_benefits.policies.model import BenefitItem
from yishi.systems.direct_benefits.runs import enterprises
from yishi.systems.direct_benefits.runs.models import Candidate, Run
from yishi.systems.direct_benefits.runs.periods import period_of

DIRECT = "direct"
_MAKE = """
CREATE TEMP TABLE benefit_found (
    row bigint, item_key varchar(120), period varchar(10), item_version bigint,
    amount_fen bigint, recognised_on date
) ON COMMIT DROP
"""
#: Two codes may be one enterprise (merged files): the larger amount stands. What stands already as
#: it came out is left alone: a conflict would lock and log every row, changed or not.
_STORE = """
INSERT INTO benefit_runs_candidate
    (run_id, item_version, item_key, party_id, uscc, managed_path, period, amount_fen,
     recognised_on, applied, state)
SELECT %s, b.item_version, b.item_key, b.party_id, b.code, b.managed_path, b.period, b.amount_fen,
       b.recognised_on, false, 'new'
  FROM (SELECT DISTINCT ON (w.party_id, f.item_key, f.period) f.*, w.party_id, w.code,
               w.managed_path
          FROM benefit_found f JOIN benefit_who w USING (row)
         ORDER BY w.party_id, f.item_key, f.period, f.amount_fen DESC NULLS LAST) b
  LEFT JOIN benefit_runs_candidate c
    ON (c.party_id, c.item_key, c.period) = (b.party_id, b.item_key, b.period)
 WHERE c.id IS NULL OR c.state = 'stale'
    OR c.state = 'new' AND (c.amount_fen IS DISTINCT FROM b.amount_fen
                            OR c.item_version <> b.item_version)
ON CONFLICT (party_id, item_key, period) DO UPDATE
   SET run_id = EXCLUDED.run_id, item_version = EXCLUDED.item_version, uscc = EXCLUDED.uscc,
       managed_path = EXCLUDED.managed_path, amount_fen = EXCLUDED.amount_fen,
       recognised_on = EXCLUDED.recognised_on, state = 'new'
 WHERE benefit_runs_candidate.state IN ('new', 'stale')
   AND (benefit_runs_candidate.state = 'stale'
        OR benefit_runs_candidate.amount_fen IS DISTINCT FROM EXCLUDED.amount_fen
        OR benefit_runs_candidate.item_version <> EXCLUDED.item_version)
RETURNING (xmax = 0)
"""
_STALE = """
UPDATE benefit_runs_candidate c SET state = 'stale'
 WHERE c.state = 'new' AND NOT c.applied AND c.item_key = ANY(%s) AND c.period = ANY(%s)
   AND NOT EXISTS (SELECT FROM benefit_found f JOIN benefit_who w USING (row)
                    WHERE w.party_id = c.party_id AND f.item_key = c.item_key
                      AND f.period = c.period)
"""
_CHUNK = 50_000
#: So many new candidates at once make what the server knows of its tables wrong.
_MANY = 10_000


def store_whole(run: Run, items: Sequence[BenefitItem], found: Match) -> tuple[int, int, int]:
    """Store what came out TRUE for the direct items of a whole run; what was new and is not TRUE
    any more becomes stale. Returns how many are new, changed and stale."""
    direct = [item for item in items if item.mode == DIRECT]
    with connection.cursor() as cursor:
        pairs = _put(cursor, run, direct, found)
        enterprises.ensure(cursor, run.snapshot, pairs, run.started_at)
        new, changed = _store(cursor, run)
        keys = [item.key for item in direct]
        periods = sorted({period_of(item, run.on) for item in direct})
        cursor.execute(_STALE, [keys, periods])
        stale = cursor.rowcount
        _end(cursor)
        if new + changed > _MANY:
            # What comes next (a refresh, batches) is planned before the server looks by itself.
            cursor.execute("ANALYZE benefit_runs_candidate, parties_party, parties_identifier")
    stale += _applied(run, found, direct)
    return new, changed, stale


def _put(cursor: Any, run: Run, items: Sequence[BenefitItem], found: Match) -> NDArray[np.int64]:
    """Copy the TRUE pairs into ``benefit_found``; returns the rows (of the snapshot) in it."""
    cursor.execute(_MAKE)
    every: list[NDArray[np.int64]] = []
    told = _deliveries(run)
    with cursor.copy("COPY benefit_found FROM STDIN") as copy:
        for item in items:
            rows, _ = found.awards(item.key)
            every.append(rows)
            for line in _lines(run, item, found, _told(item, told)):
                copy.write_row(line)
    cursor.execute("ANALYZE benefit_found")
    return np.unique(np.concatenate(every)) if every else np.zeros(0, np.int64)


def _lines(
    run: Run, item: BenefitItem, found: Match, told: date | None
) -> Iterator[tuple[Any, ...]]:
    rows, fen = found.awards(item.key)
    paid = found.fen_of(item.key) is not None
    period, version = period_of(item, run.on), item.version_id or 0
    days = _recognised(run, item, rows)
    for start in range(0, len(rows), _CHUNK):
        some = slice(start, start + _CHUNK)
        amounts: Iterable[int | None] = fen[some].tolist() if paid else [None] * len(rows[some])
        since = days[some].tolist() if days is not None else [told] * len(rows[some])
        for row, amount, day in zip(rows[some].tolist(), amounts, since, strict=True):
            yield row, item.key, period, version, amount, day


def _recognised(run: Run, item: BenefitItem, rows: NDArray[np.int64]) -> Any:
    """Since when the rewarded fact holds, for each row, where the item names that fact."""
    column = store.opened(run.snapshot).column(item.recognised_on) if item.recognised_on else None
    if column is None:
        return None
    days = column.values[rows].astype("datetime64[D]").astype(object)
    if column.valid is not None:
        days[~column.valid[rows]] = None
    return days


def _told(item: BenefitItem, deliveries: Mapping[str, date]) -> date | None:
    """As of when departments told what *item* is granted for, where it names no day of recognition:
    the newest of their deliveries."""
    facts = {name: fact for name, fact in mentioned(item.engine_item()).items() if fact.source}
    for one in item.derived:
        facts |= one.formula.facts
    days = [deliveries.get(fact.source) for name, fact in facts.items() if name not in BROAD]
    return max((day for day in days if day is not None), default=None)


def _deliveries(run: Run) -> dict[str, date]:
    """Department → the day of its newest data in the snapshot of *run* (1 statement)."""
    rows = Delivery.objects.unscoped("what a snapshot was made from").filter(snapshots=run.snapshot)
    found: dict[str, date] = {}
    for key, moment in rows.values_list("source__key", "as_of"):
        day = moment.astimezone(SHANGHAI).date()
        found[key] = max(day, found.get(key, day))
    return found


def _store(cursor: Any, run: Run) -> tuple[int, int]:
    cursor.execute(_STORE, [run.pk])
    fresh = [row[0] for row in cursor.fetchall()]
    return sum(fresh), len(fresh) - sum(fresh)


def _end(cursor: Any) -> None:
    cursor.execute("DROP TABLE benefit_found, benefit_who")


def _applied(run: Run, found: Match, items: Sequence[BenefitItem]) -> int:
    """What was granted on application stands while data are unknown; a FALSE makes it stale."""
    keys = set(found.keys)
    rows = Candidate.objects.unscoped("a run's own").filter(
        state=Candidate.State.NEW, applied=True, item_key__in=keys
    )
    kept = list(rows)
    if not kept:
        return 0
    codes = np.array([one.uscc for one in kept]).astype("S18")
    places = store.opened(run.snapshot).rows_of(codes)
    gone = [
        one.pk
        for one, place in zip(kept, places.tolist(), strict=True)
        if place >= 0 and found.state(one.item_key, place) is Truth.FALSE
    ]
    return mark(gone, Candidate.State.STALE)


def mark(ids: Sequence[int], state: str) -> int:
    """Set the state of some candidates (1 statement); returns how many there were."""
    if state not in Candidate.State.values:
        raise FieldError("state", "没有这个状态", "unknown")
    rows = Candidate.objects.unscoped("batches take candidates up").filter(pk__in=list(ids))
    done: int = rows.update(state=state)
    return done


def store_changed(
    run: Run, items: Sequence[BenefitItem], found: Match, codes: Sequence[str]
) -> tuple[int, int, int]:
    """The same for a run that looked at some enterprises only (*codes*, all that it looked at)."""
    direct = [item for item in items if item.mode == DIRECT]
    with connection.cursor() as cursor:
        rows = _put(cursor, run, direct, found)
        enterprises.ensure(cursor, run.snapshot, rows, run.started_at)
        new, changed = _store(cursor, run)
        cursor.execute(
            _STALE + " AND c.uscc = ANY(%s)",
            [
                [item.key for item in direct],
                sorted({period_of(item, run.on) for item in direct}),
                list(codes),
            ],
        )
        stale = cursor.rowcount
        _end(cursor)
    return new, changed, stale + _applied(run, found, direct)
