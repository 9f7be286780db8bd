"""A batch is opened: who came out of a run, less what was paid before and what goes together."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from yishi.foundation.access.actors import SYSTEM as ITSELF
from yishi.foundation.access.actors import Actor
from yishi.foundation.calendars.limits import parse_limit
from yishi.foundation.cases.bulk import uncollected
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.load import reserve
from yishi.foundation.cases.models.parties import APPLICANT
from yishi.foundation.cases.party_access import party_row
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState
from yishi.foundation.parties.models import Party
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits import states as s
from yishi.systems.direct_benefits.catalogue import Book, Days
from yishi.systems.direct_benefits.context import City, city, day_of
from yishi.systems.direct_benefits.lifecycle import LIFECYCLE
from yishi.systems.direct_benefits.models import Batch, Payout
from yishi.systems.direct_benefits.ports import items, lists
from yishi.systems.direct_benefits.ports.items import Benefit
from yishi.systems.direct_benefits.ports.lists import Listed
from yishi.systems.direct_benefits.services import before, moving, stacking

Rows = moving.Rows


@dataclass(frozen=True, slots=True)
class Opening:
    """What opening a batch shares between its payouts."""

    actor: Actor
    now: datetime
    found: City
    catalogue_id: int
    limits: Book
    item: Benefit
    batch: Batch
    source: str = "run"
    reason: str = ""


def open_batch(
    actor: Actor, item_key: str, period: str, run_id: int, now: datetime, *, area: str = ""
) -> Batch:
    """Open a batch of an item for a period from the candidates of a run; snapshot, version of the
    item and calendar are frozen. A second time only who is new comes, as a supplementary batch
    (S9-A20).

    Raises:
        FieldError: ``item`` unknown or not the actor's, ``run`` unknown, ``batch`` when nobody is
            new (code ``nothing``).
    """
    with transaction.atomic():
        found = city()
        catalogue_id, limits = found.limits_at(now)
        run = lists.run_info(run_id)
        if run is None:
            raise FieldError("run", "没有这次筛选", "unknown")
        # What was granted on application may be of an item that the run did not look at.
        version = run.items.get(item_key) or items.in_force(item_key, day_of(now))
        item = items.benefit(version)
        unit = unit_of(item, found, limits, area, now)
        _mine(actor, unit)
        _one_at_a_time(item_key)
        parent = _first(item_key, period, area)
        again = before.cured(parent, now) if parent else frozenset()
        listed = lists.candidates(item_key, period, again, fiscal=item.fiscal)
        listed = [one for one in listed if _within(one, area)]
        if not listed:
            raise FieldError("batch", "没有新的名单", "nothing")
        batch = _batch(actor, item, period, area, run, unit, parent, now, found, limits)
        opening = Opening(actor, now, found, catalogue_id, limits, item, batch)
        _list(opening, listed)
        moving.recount(batch)
    return batch


def supplement(actor: Actor, number: str, run_id: int, now: datetime) -> Batch:
    """A supplementary batch beside *number*: corrected data, and who was struck for a reason that
    is gone (S9-A17). Raises as :func:`open_batch`, BatchNotFound."""
    from yishi.systems.direct_benefits.sight import batch_of

    batch = batch_of(actor, number)
    return open_batch(actor, batch.item_key, batch.period, run_id, now, area=batch.area)


def unit_of(item: Benefit, found: City, limits: Book, area: str, now: datetime) -> int:
    """The department that answers for the list: the item's own, of the city, or of the county
    whose item it is."""
    path = area if item.level == "county" and area else found.places.root
    return found.unit(item.department or limits.fallback, path, now)


def _mine(actor: Actor, unit: int) -> None:
    if actor.kind == "system":
        return
    if not any(g.role == s.OFFICER and g.unit_id == unit for g in actor.grants):
        raise FieldError("item", "该事项由其他部门确认", "not_yours")


def _one_at_a_time(item_key: str) -> None:
    """Two who open batches of one item wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"benefit:{item_key}"])


def _first(item_key: str, period: str, area: str) -> Batch | None:
    rows = Batch.objects.unscoped("the first batch of an item, whoever opened it")
    found: Batch | None = rows.filter(
        item_key=item_key, period=period, area=area, kind=Batch.FIRST
    ).first()
    return found


def _within(one: Listed, area: str) -> bool:
    return not area or one.path == area or one.path.startswith(area + "/")


def due(found: City, days: Days, start: datetime) -> datetime:
    """The last instant of a limit that begins at *start*."""
    return found.calendar.due(start, parse_limit(*days.clock)).at


def _batch(
    actor: Actor,
    item: Benefit,
    period: str,
    area: str,
    run: lists.RunInfo,
    unit: int,
    parent: Batch | None,
    now: datetime,
    found: City,
    limits: Book,
) -> Batch:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('direct_benefits_batch', 'id'))")
        pk = int(cursor.fetchone()[0])
    batch = Batch(
        pk=pk,
        number=f"{found.places.number_prefix}DX{day_of(now):%Y%m%d}{pk % 10_000:04d}",
        item_key=item.key,
        item_version_id=item.version_id,
        item_name=item.name[:200],
        period=period,
        area=area,
        managed_path=area or found.places.root,
        kind=Batch.SUPPLEMENTARY if parent else Batch.FIRST,
        parent=parent,
        run_id=run.run_id,
        snapshot_hash=run.snapshot_hash,
        calendar_version=found.calendar.version,
        unit_id=unit,
        review_due=due(found, limits.limits["review"], now),
        opened_at=now,
        opened_by=actor.ref,
        simulated=run.simulated,
    )
    batch.save(force_insert=True)
    return batch


def _list(opening: Opening, listed: Sequence[Listed]) -> None:
    """Cases and payouts of all who are listed, in one commit; who can get nothing is struck at
    once, with the reason on its case."""
    parties = [one.party_id for one in listed]
    names = dict(Party.objects.filter(pk__in=parties).values_list("pk", "name"))
    known = before.known(opening.item, opening.batch.period, parties)
    rows: Rows = []
    changes: list[Change] = []
    dropped: list[int] = []
    seen: set[uuid.UUID] = set()
    with uncollected():
        for case_id, one in zip(reserve(len(listed)), listed, strict=True):
            code, reason, fen = _stands(opening, one, known, seen)
            seen.add(one.party_id)
            case = _case(opening, case_id, one, names.get(one.party_id, ""))
            made = _planned(opening, case, one, fen, code, reason)
            changes += made
            rows.append(party_row(case_id, one.party_id, APPLICANT, opening.now))
            rows.append((Payout, _payout(opening, case_id, one, fen, code, reason)))
            if code and one.candidate_id:
                dropped.append(one.candidate_id)
        commit(changes, rows)
    gone = frozenset(dropped)
    taken = [one.candidate_id for one in listed if one.candidate_id]
    lists.mark([pk for pk in taken if pk not in gone], lists.BATCHED)
    lists.mark(dropped, lists.DROPPED)


def _stands(
    opening: Opening, one: Listed, known: before.Known, seen: Collection[uuid.UUID]
) -> tuple[str, str, int]:
    """(code, reason, claim): why it is struck at once, or how much it claims."""
    if one.party_id in seen or one.party_id in known.had:
        return "paid_before", known.had.get(one.party_id, "同一事项同一期间已在名单中"), 0
    fen = stacking.claim(one.award_fen, opening.item, known.group.get(one.party_id, ()))
    if opening.item.fiscal and fen == 0:
        return "stacked", "同类政策从高不重复，已享受的金额不低于本项", 0
    return "", "", fen


def _case(opening: Opening, case_id: int, one: Listed, name: str) -> CaseState:
    places, today = opening.found.places, day_of(opening.now)
    path = one.path or opening.batch.area or places.root
    return CaseState(
        id=case_id,
        number=f"{places.number_prefix}DF{today:%Y%m%d}{case_id % 100_000_000:08d}",
        system=s.SYSTEM,
        type_key=opening.item.key[:64],
        catalogue_id=opening.catalogue_id,
        subject=f"{opening.item.name}：{name}"[:200],
        division=path.rpartition("/")[2],
        managed_path=path,
        received_at=opening.now,
        received_on=today,
    )


def _planned(
    opening: Opening, case: CaseState, one: Listed, fen: int, code: str, reason: str
) -> list[Change]:
    batch = opening.batch
    facts: dict[str, Any] = {
        "unit": batch.unit_id,
        "batch": batch.number,
        "item_version": batch.item_version_id,
        "period": batch.period,
        "award": one.award_fen,
        "claim": fen,
        "source": opening.source,
        "run": batch.run_id,
        "snapshot": batch.snapshot_hash,
        "note": opening.reason,
    }
    context = opening.found.for_case(case)
    first = plan(
        LIFECYCLE, case, "receive", opening.actor, facts, opening.now, context, trusted=True
    )
    if not code:
        return [first]
    facts = {"code": code, "note": reason}
    return [
        first,
        plan(LIFECYCLE, first.after, "strike", ITSELF, facts, opening.now, context),
    ]


def _payout(
    opening: Opening, case_id: int, one: Listed, fen: int, code: str, reason: str
) -> dict[str, Any]:
    item, batch = opening.item, opening.batch
    return {
        "case_id": case_id,
        "batch_id": batch.pk,
        "party_id": one.party_id,
        "item_key": item.key,
        "period": stacking.period_of(item, batch.period),
        "stack_group": stacking.group_of(item, batch.period),
        "candidate_id": one.candidate_id,
        "award_fen": one.award_fen,
        "claim_fen": fen,
        "amount_fen": fen,
        "paid_fen": 0,
        "set_off_fen": 0,
        "shares": {},
        "state": "struck" if code else "listed",
        "reason_code": code,
        "reason": reason[:300],
        "account_id": None,
        "attempts": 0,
        "reserved": False,
        "source": opening.source,
        "fact_on": one.fact_on,
        "listed_at": opening.now,
        "paid_at": None,
        "published_at": None,
    }


def opening_of(actor: Actor, batch: Batch, now: datetime, reason: str) -> Opening:
    """What adding to an open batch shares with opening it."""
    found = city()
    catalogue_id, limits = found.limits_at(now)
    item = items.benefit(batch.item_version_id)
    return Opening(actor, now, found, catalogue_id, limits, item, batch, "added", reason)


def put(opening: Opening, listed: Sequence[Listed]) -> None:
    """List more parties on a batch that is not confirmed yet."""
    _list(opening, listed)
