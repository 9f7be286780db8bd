"""A run: every item in force, every party of a snapshot, one moment; and all of it kept."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection, transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.facts import snapshots
from yishi.foundation.facts.models import Snapshot
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.engine import Match
from yishi.systems.direct_benefits.policies import book
from yishi.systems.direct_benefits.policies.facts import moment
from yishi.systems.direct_benefits.policies.model import BenefitItem
from yishi.systems.direct_benefits.runs import books, candidates, keeping, unknown
from yishi.systems.direct_benefits.runs.books import Frozen
from yishi.systems.direct_benefits.runs.models import Run

#: Whom a payment may go to without asking; the other modes are offered.
DIRECT = "direct"


class RunRefused(FieldError):
    """A run that must not be made; ``field`` is ``on``, ``snapshot`` or ``items``."""


def run(
    now: datetime,
    snapshot: Snapshot,
    on: date,
    items: Sequence[str] | None = None,
    *,
    actor: Actor,
) -> Run:
    """Screen all parties of *snapshot* for the items in force on *on* (or for *items* of them).

    Candidates are stored for the items that are paid without being asked for, tasks for what is
    unknown. Items for which a parameter has no value that day are left out and named in ``counts``.

    Raises:
        RunRefused: ``items`` for one that is not in force; ``on`` when there is no rule in force
            for one that was asked for, or for none at all; ``snapshot`` for facts declared
            otherwise.
    """
    began = time.perf_counter()
    if snapshot.base_id is not None:
        raise RunRefused("snapshot", "增量快照只用于增量筛选", "partial")
    chosen, refused = chosen_items(on, items)
    frozen = books.freeze(chosen, book.params_on(on), moment(on))
    check_facts(frozen, snapshot)
    found = keeping.evaluate(frozen, snapshot)
    with keeping.saved(found) as (draft, digest), transaction.atomic():
        made = stored(now, snapshot, on, frozen, found, refused, digest, began, actor)
        keeping.adopt(draft, digest)
        candidates.store_whole(made, chosen, found)
        unknown.renew(made, frozen, chosen, found, now)
    return made


def chosen_items(
    on: date, keys: Sequence[str] | None
) -> tuple[list[BenefitItem], dict[str, list[str]]]:
    """The items to look at, and those without a rule in force with the parameters they lack.

    Raises:
        RunRefused: as `run`.
    """
    in_force = {item.key: item for item in book.items_on(on)}
    for key in keys or ():
        if key not in in_force:
            raise RunRefused("items", f"{on} 没有生效的事项 {key}", "unknown")
    wanted = [in_force[key] for key in keys] if keys else list(in_force.values())
    lacking = books.without_rule(wanted, book.params_on(on))
    if lacking and keys:
        key, names = next(iter(lacking.items()))
        text = f"{on} 没有现行规则：{in_force[key].name}的参数 {'、'.join(names)} 没有生效的值"
        raise RunRefused("on", text, "no_rule")
    chosen = [item for item in wanted if item.key not in lacking]
    if not chosen:
        raise RunRefused("on", f"{on} 没有一个事项有现行规则", "no_rule")
    return chosen, lacking


def check_facts(frozen: Frozen, snapshot: Snapshot) -> None:
    """Raises `RunRefused` for facts that the snapshot has otherwise than the items need them."""
    declared = snapshots.declared(snapshot)
    for name, fact in frozen.book.facts.items():
        other = declared.get(name)
        if other is not None and (other.type, other.scale) != (fact.type, fact.scale):
            raise RunRefused("snapshot", f"快照中的“{fact.label}”声明不同，请重新取快照", "type")


def stored(
    now: datetime,
    snapshot: Snapshot,
    on: date,
    frozen: Frozen,
    found: Match,
    refused: dict[str, list[str]],
    digest: str,
    began: float,
    actor: Actor,
    base: Run | None = None,
) -> Run:
    """The row of a run (2 statements)."""
    counts: dict[str, Any] = {key: {"refused": names} for key, names in refused.items()}
    for key in found.keys:
        counts[key] = {
            "true": found.true(key),
            "false": found.false(key),
            "unknown": found.unknown(key),
            "fen": found.total(key),
        }
    name, book_hash = books.keep(frozen)
    made = Run(
        number=_number(on),
        kind=Run.Kind.REFRESH if base else Run.Kind.WHOLE,
        base=base,
        snapshot=snapshot,
        on=on,
        at=frozen.at,
        book=book_hash,
        book_file=name,
        items=dict(frozen.versions),
        calendar_version=snapshot.calendar_version,
        counts=counts,
        parties=found.rows,
        results=digest,
        folder=digest,
        started_at=now,
        seconds=round(time.perf_counter() - began, 3),
        made_by=actor.ref,
    )
    made.hash = hash_of(made)
    made.save(force_insert=True)
    return made


def _number(on: date) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('benefit_run_numbers')")
        row = cursor.fetchone()
    return f"SX{on:%Y%m%d}{int(row[0]):06d}"


def hash_of(made: Run) -> str:
    """What a run is: snapshot, items with parameters, calendar, day and results."""
    said = [
        made.snapshot.hash,
        made.book,
        made.calendar_version,
        made.on.isoformat(),
        made.at.astimezone(UTC).isoformat(),
        made.results,
        made.counts,
    ]
    text = json.dumps(said, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def latest() -> Run | None:
    """The newest whole run (1 statement)."""
    rows = Run.objects.filter(kind=Run.Kind.WHOLE).select_related("snapshot")
    return rows.order_by("-started_at", "-pk").first()
