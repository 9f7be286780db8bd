"""The end of publication: what is over ends by itself, new rules give records new terms.

At its longest term a record ends when its duties are done. If they are not, the sector's rule says
whether it is kept (KEPT), ends, or a person is asked; until the answer it is not shown, but counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from yishi.foundation.access.actors import SYSTEM, Actor
from yishi.foundation.credit import records
from yishi.foundation.credit.book import CreditBook, book
from yishi.foundation.credit.models import CreditRecord
from yishi.foundation.credit.periods import Transition
from yishi.foundation.credit.record_models import KEPT, PUBLISHED, REVOKED, SHOWN
from yishi.foundation.credit.standing import current_periods, today_of

BATCH = 200


@dataclass(slots=True)
class Run:
    """What one run did."""

    ended: int = 0
    kept: int = 0
    asked: int = 0
    recomputed: int = 0


def run(now: datetime, actor: Actor = SYSTEM) -> Run:
    """End, keep or ask about everything whose term is over, in transactions of a batch; run again
    it finds nothing more."""
    known, today, done = book(), today_of(now), Run()
    for ids in _batches(_outdated(known, today)):
        with transaction.atomic():
            for record in _locked(ids):
                done.recomputed += _recompute(record, known, today, actor, now)
    over = Q(state__in=[PUBLISHED, REVOKED], max_end__lt=today, asked_at__isnull=True)
    for ids in _batches(over):
        with transaction.atomic():
            for record in _locked(ids):
                _end(record, known, today, actor, now, done)
    return done


def _outdated(known: CreditBook, today: date) -> Q:
    """Records whose term was computed by other files or, where the day of asking decides, by
    another rule than today's."""
    wanted = Q(pk__in=[])
    for key, profile in known.profiles.items():
        if profile.mode is Transition.BY_APPLICATION_DATE:
            current = known.stamp(profile.table(today).key)
            wanted |= Q(profile=key) & ~Q(rules=current)
        elif profile.mode is Transition.MORE_FAVOURABLE:
            began = [one.start for one in profile.tables if one.start == today]
            stale = ~Q(rules__endswith=f"@{known.version}")
            wanted |= Q(profile=key) & (Q() if began else stale)
        else:
            wanted |= Q(profile=key) & ~Q(rules__endswith=f"@{known.version}")
    return Q(state__in=SHOWN) & wanted


def _batches(wanted: Q) -> Iterator[list[UUID]]:
    rows = CreditRecord.objects.unscoped("the nightly run ends what is over")
    ids = list(rows.filter(wanted).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def _locked(ids: list[UUID]) -> list[CreditRecord]:
    rows = CreditRecord.objects.unscoped("the nightly run ends what is over")
    # A record that somebody is working on is left for the next run.
    found = rows.filter(pk__in=ids, state__in=SHOWN).order_by("pk")
    return list(found.select_for_update(of=("self",), skip_locked=True))


def _recompute(
    record: CreditRecord, known: CreditBook, today: date, actor: Actor, now: datetime
) -> int:
    before = (record.min_end, record.max_end)
    records.adopt(record, current_periods(record, today, known), known)
    if (record.min_end, record.max_end) == before:
        record.save(update_fields=["rules"])
        return 0
    body = {"rules": record.rules, "max_end": record.max_end.isoformat()}
    records.move(
        record,
        record.state,
        "recomputed",
        actor,
        now,
        body,
        asked=record.asked_at is not None,
        columns=["min_end", "max_end", "rules"],
    )
    return 1


def _end(
    record: CreditRecord,
    known: CreditBook,
    today: date,
    actor: Actor,
    now: datetime,
    done: Run,
) -> None:
    if record.state == KEPT or record.max_end >= today or record.asked_at is not None:
        return
    state, asked = records.at_maximum(record, known, today)
    rule = known.at_end(record.profile, record.activity, record.kind)
    body = {"max_end": record.max_end.isoformat()}
    if record.duty_done_on is None:
        body["basis"] = rule.basis
    if asked:
        records.move(record, record.state, "asked", actor, now, body, asked=True)
        done.asked += 1
        return
    records.move(record, state, "kept" if state == KEPT else "ended", actor, now, body)
    done.kept += state == KEPT
    done.ended += state != KEPT
