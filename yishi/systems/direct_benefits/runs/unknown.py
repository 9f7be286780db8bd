"""What is unknown becomes a task for the data's owner: one for each source, fact and reason,
however many pairs wait for it; or the other mode, where the enterprise applies (即申即享)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from yishi.foundation.access.actors import Actor
from yishi.foundation.calendars.active import active_calendar
from yishi.foundation.calendars.limits import parse_limit
from yishi.foundation.facts import store
from yishi.foundation.facts.models import Source
from yishi.foundation.facts.scope import owned_units
from yishi.foundation.parties.normalise import clean_text
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.columns import EPOCH, NO_TIME, Column
from yishi.foundation.rulebook.engine import Book, Match
from yishi.foundation.rulebook.facts import Fact
from yishi.systems.direct_benefits.policies.model import BenefitItem
from yishi.systems.direct_benefits.runs import keeping
from yishi.systems.direct_benefits.runs.books import Frozen
from yishi.systems.direct_benefits.runs.candidates import DIRECT
from yishi.systems.direct_benefits.runs.models import QuickMode, Run, UnknownTask
from yishi.systems.direct_benefits.runs.scope import BENEFIT_ROLES

#: How long the owner of data has to answer.
ANSWER_WITHIN = "5工作日"
Flags = NDArray[np.bool_]
MISSING, STALE, UNDATED = UnknownTask.Why.MISSING, UnknownTask.Why.STALE, UnknownTask.Why.UNDATED


@dataclass(slots=True)
class Group:
    """What waits for one fact: items by key with the rows that are unknown because of it."""

    rows: Flags
    items: dict[str, int] = field(default_factory=dict)
    pairs: int = 0


def groups(
    frozen: Frozen, found: Match, kept: store.Store, keys: Sequence[str]
) -> dict[tuple[str, str], Group]:
    """Of the unknown pairs of some items: by (fact, why), which rows and items wait for it.

    A pair counts where a condition of it is unknown and the fact, or one that the condition's
    derived fact is made of, is not there, too old or without its time.
    """
    faults = {
        name: _faults(fact, kept.column(name), frozen, kept.rows)
        for name, fact in frozen.book.facts.items()
    }
    below = _below(frozen.book)
    made: dict[tuple[str, str], Group] = {}
    for key in keys:
        for name, why, rows in _of_item(frozen.book, found, key, below, faults):
            group = made.setdefault((name, why), Group(np.zeros(kept.rows, np.bool_)))
            count = int(rows.sum())
            group.items[key] = count
            group.pairs += count
            group.rows |= rows
    return made


def _of_item(
    book: Book,
    found: Match,
    key: str,
    below: dict[str, frozenset[str]],
    faults: dict[str, dict[str, Flags]],
) -> Iterator[tuple[str, str, Flags]]:
    sure, possible = found.bits(key)
    waiting = _flags(possible & ~sure, found.rows)
    if not waiting.any():
        return
    item = book.items[book.index[key]]
    touched: dict[str, Flags] = {}
    for number in book.flat[book.index[key]]:
        open_ = waiting & _unknown(found, number)
        for name in below[book.conditions[number].fact.name]:
            touched[name] = touched[name] | open_ if name in touched else open_
    if item.amount is not None and item.amount.fact is not None:
        for name in below[item.amount.fact.name]:
            touched[name] = waiting
    for name, rows in touched.items():
        for why, lacking in faults[name].items():
            both = rows & lacking
            if both.any():
                yield name, why, both


def _unknown(found: Match, number: int) -> Flags:
    """The rows where a comparison can come out neither way."""
    row = found.known_index[number]
    if row < 0:
        return np.ones(found.rows, np.bool_)
    assert found.known is not None
    return ~_flags(found.known[row], found.rows)


def _flags(bits: NDArray[np.uint64], rows: int) -> Flags:
    packed = np.ascontiguousarray(bits).view(np.uint8)
    return np.unpackbits(packed, bitorder="little", count=rows).view(np.bool_)


def _faults(fact: Fact, column: Column | None, frozen: Frozen, rows: int) -> dict[str, Flags]:
    """By reason, the rows whose value does not count."""
    if column is None:
        return {MISSING.value: np.ones(rows, np.bool_)}
    made: dict[str, Flags] = {}
    there = np.ones(rows, np.bool_) if column.valid is None else np.asarray(column.valid)
    if not there.all():
        made[MISSING.value] = ~there
    if fact.freshness is not None:
        taken = np.full(rows, NO_TIME) if column.as_of is None else np.asarray(column.as_of)
        undated = there & (taken == NO_TIME)
        oldest = int((frozen.at - EPOCH - fact.freshness).total_seconds() * 1_000_000)
        made[UNDATED.value] = undated
        made[STALE.value] = there & ~undated & (taken < oldest)
    return {why: flags for why, flags in made.items() if flags.any()}


def _below(book: Book) -> dict[str, frozenset[str]]:
    """For each fact, derived or not, the supplied facts that it is made of."""
    found = {name: frozenset([name]) for name in book.facts}
    for one in book.derived:
        names = [found.get(name, frozenset()) for name in one.formula.facts]
        found[one.fact.name] = frozenset().union(*names)
    return found


def renew(
    run: Run, frozen: Frozen, items: Sequence[BenefitItem], found: Match, now: datetime
) -> int:
    """Bring the tasks up to date with a whole run; returns how many are open."""
    keys = [item.key for item in items if item.mode == DIRECT]
    waiting = groups(frozen, found, store.opened(run.snapshot), keys)
    sources = {source.key: source for source in Source.objects.all()}
    due = active_calendar().due(now, parse_limit(ANSWER_WITHIN, "licence")).at
    rows = UnknownTask.objects.unscoped("a run brings tasks up to date").select_for_update()
    known = {(one.fact, one.why): one for one in rows.exclude(state=UnknownTask.State.CLOSED)}
    new = []
    for (name, why), group in waiting.items():
        source = sources.get(frozen.book.facts[name].source)
        if source is None:
            continue
        task = known.pop((name, why), None)
        if task is None:
            task = UnknownTask(source=source, fact=name, why=why, opened_at=now, due_at=due)
            new.append(task)
        elif _answered_in_vain(task, run):
            task.state, task.due_at = UnknownTask.State.OPEN, due
        task.run, task.item_keys = run, sorted(group.items, key=lambda key: -group.items[key])
        task.parties, task.pairs = int(group.rows.sum()), group.pairs
        if task.pk:
            task.save()
    UnknownTask.objects.bulk_create(new)
    for task in known.values():
        if set(task.item_keys) <= set(keys):  # a run of few items says nothing of the others
            task.state = UnknownTask.State.CLOSED
            task.save(update_fields=["state"])
    return len(waiting)


def _answered_in_vain(task: UnknownTask, run: Run) -> bool:
    """The owner said that it is settled, and data that came later still leave it unknown."""
    answered = task.answered_at
    return (
        task.state == UnknownTask.State.ANSWERED
        and answered is not None
        and run.snapshot.taken_at > answered
    )


def tasks(actor: Actor, *, closed: bool = False) -> Any:
    """The tasks that *actor* sees, most urgent first."""
    rows = UnknownTask.objects.visible_to(actor).select_related("source", "run__snapshot")
    if closed:
        return rows.filter(state=UnknownTask.State.CLOSED).order_by("-opened_at", "pk")
    return rows.exclude(state=UnknownTask.State.CLOSED).order_by("due_at", "-pairs", "pk")


def may_answer(actor: Actor, task: UnknownTask) -> bool:
    """The owner of the data answers, or who works on benefits writes down what it said."""
    return task.source.unit_id in owned_units(actor) or may_switch(actor)


def may_switch(actor: Actor) -> bool:
    """Whoever works on benefits offers an item on application instead."""
    return actor.kind == "system" or actor.has(*BENEFIT_ROLES)


@transaction.atomic
def answer(task: UnknownTask, text: object, actor: Actor, now: datetime) -> UnknownTask:
    """The owner says what is the matter; new data close the task by themselves.

    Raises:
        FieldError: on ``answer`` or ``state``.
    """
    if not may_answer(actor, task):
        raise FieldError("state", "只有数据所属单位和惠企政策岗位可以答复", "role")
    return _decided(task, UnknownTask.State.ANSWERED, text, actor, now)


@transaction.atomic
def to_quick(task: UnknownTask, text: object, actor: Actor, now: datetime) -> UnknownTask:
    """Offer the items on application (即申即享) to the enterprises that wait for this fact.

    Raises:
        FieldError: on ``answer`` or ``state``.
    """
    if not may_switch(actor):
        raise FieldError("state", "只有惠企政策岗位可以转为即申即享", "role")
    return _decided(task, UnknownTask.State.QUICK, text, actor, now)


def _decided(
    task: UnknownTask, state: str, text: object, actor: Actor, now: datetime
) -> UnknownTask:
    said = clean_text("answer", text, longest=500, required=True)
    locked = UnknownTask.objects.unscoped("checked by the caller").select_for_update()
    row: UnknownTask = locked.select_related("source").get(pk=task.pk)
    if row.state == UnknownTask.State.CLOSED:
        raise FieldError("state", "这个待核实事项已经解决", "closed")
    row.state, row.answer, row.answered_by, row.answered_at = state, said, actor.ref, now
    row.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    return row


class Waiting(NamedTuple):
    """An enterprise that waits for a fact."""

    code: str
    name: str


def pairs(task: UnknownTask, start: int = 0, limit: int = 30) -> list[Waiting]:
    """Some of the enterprises that wait, read from the run."""
    run = task.run
    kept = store.opened(run.snapshot)
    frozen = keeping.frozen_of(run)
    keys = [key for key in task.item_keys if key in frozen.book.index]
    group = groups(frozen, keeping.opened(run), kept, keys).get((task.fact, task.why))
    if group is None:
        return []
    rows = np.flatnonzero(group.rows)[max(start, 0) : max(start, 0) + limit]
    names = kept.names_at(rows).to_pylist()
    codes = kept.codes[rows].astype(str).tolist()
    return [Waiting(code, name or code) for code, name in zip(codes, names, strict=True)]


def quick_pair(
    item_key: str,
    party_id: uuid.UUID,
    period: str,
    fact: str,
    reason: object,
    actor: Actor,
    now: datetime,
) -> QuickMode:
    """Offer one item to one enterprise on application. Twice is once.

    Raises:
        FieldError: on ``reason`` or ``state``.
    """
    if not may_switch(actor):
        raise FieldError("state", "只有惠企政策岗位可以转为即申即享", "role")
    said = clean_text("reason", reason, longest=300, required=True)
    made: QuickMode
    made, _ = QuickMode.objects.unscoped("one pair").get_or_create(
        item_key=item_key,
        party_id=party_id,
        period=period,
        defaults={"fact": fact, "reason": said, "decided_by": actor.ref, "decided_at": now},
    )
    return made


def quick(item_key: str, party_id: uuid.UUID, period: str, facts: Sequence[str]) -> bool:
    """Whether an unknown pair is offered on application: decided for the pair, or for a fact that
    it waits for (2 statements)."""
    own = QuickMode.objects.unscoped("asked for one pair").filter(
        item_key=item_key, party_id=party_id, period=period
    )
    if own.exists():
        return True
    rows = UnknownTask.objects.unscoped("asked for one pair").filter(
        state=UnknownTask.State.QUICK, fact__in=list(facts)
    )
    return any(item_key in keys for keys in rows.values_list("item_keys", flat=True))
