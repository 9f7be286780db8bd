"""Work lists: the open assignments an actor works on, by due time. One statement a page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db.models import F, Q, QuerySet

from yishi.foundation.access.actors import ROLES, Actor, Reach
from yishi.foundation.cases.lifecycle import LIFECYCLES
from yishi.foundation.cases.models import Assignment, Case

PAGE = 50


@dataclass(frozen=True, slots=True)
class Page:
    """One page of rows, and the cursor of the next one (``None`` at the end)."""

    rows: list[Any]
    next: str | None


def duties_of(actor: Actor) -> list[str]:
    """The duties whose lists *actor* works on, in the order in which the systems label them: the
    main line first."""
    held = {duty for g in actor.grants if g.role in ROLES for duty in ROLES[g.role].duties}
    labelled = [duty for life in LIFECYCLES.values() for duty in life.duty_labels]
    rank = {duty: place for place, duty in reversed(list(enumerate(labelled)))}
    return sorted(held, key=lambda duty: (rank.get(duty, len(rank)), duty))


def work(actor: Actor, duty: str | None = None, *, off_duty: bool = False) -> QuerySet[Assignment]:
    """The open assignments that *actor* works on now, narrowed to one duty if given.

    While somebody else is on shift for a post, its work is theirs; *off_duty* lists it all the
    same (what may be done does not depend on it).
    """
    condition = Q(pk__in=[])
    for grant in actor.grants:
        role = ROLES.get(grant.role)
        if role is None or (grant.off_duty and not off_duty):
            continue
        duties = role.duties & {duty} if duty else role.duties
        if not duties:
            continue
        mine = Q(role__in=sorted(duties))
        if role.reach is Reach.SCOPE:
            mine &= Q(managed_path=grant.scope) | Q(managed_path__startswith=grant.scope + "/")
        elif role.reach is Reach.UNIT:
            mine &= Q(unit_id=grant.unit_id)
        else:
            mine &= Q(person_id=actor.holder_of(grant))
        condition |= mine
    open_ones: QuerySet[Assignment] = (
        Assignment.objects.unscoped("a work list is its own scope")
        .filter(condition, state="open")
        .select_related("case", "unit", "person")
    )
    return open_ones


def work_page(
    actor: Actor,
    duty: str | None,
    cursor: str | None,
    size: int = PAGE,
    *,
    only: Q | None = None,
    off_duty: bool = False,
) -> Page:
    """One page of the work list: due first, then what has no running clock (1 statement).

    *only* narrows it further; *off_duty*: see :func:`work`.
    """
    rows = work(actor, duty, off_duty=off_duty).filter(only or Q())
    rows = rows.order_by(F("due_at").asc(nulls_last=True), "id")
    after = read_cursor(cursor)
    if after is not None:
        due, pk = after
        if due is None:
            rows = rows.filter(due_at__isnull=True, id__gt=pk)
        else:
            rows = rows.filter(
                Q(due_at__gt=due) | Q(due_at=due, id__gt=pk) | Q(due_at__isnull=True)
            )
    found = list(rows[: size + 1])
    last = found[size - 1] if len(found) > size else None
    return Page(found[:size], make_cursor(last.due_at, last.pk) if last else None)


def make_cursor(due: datetime | None, pk: int) -> str:
    """Cursor text after a row."""
    return f"{due.timestamp() if due else ''}~{pk}"


def read_cursor(text: str | None) -> tuple[datetime | None, int] | None:
    """A cursor's due time and id; what is not a cursor counts as none."""
    from datetime import UTC

    head, _, tail = (text or "").partition("~")
    try:
        due = datetime.fromtimestamp(float(head), UTC) if head else None
        return due, int(tail)
    except (ValueError, OverflowError, OSError):
        return None


#: Orders of a list of cases: by id, by day of receipt, by number; the newest first in each.
Order = Literal["id", "day", "number"]
_ORDERS: dict[Order, tuple[str, ...]] = {
    "id": ("-pk",),
    "day": ("-received_on", "-pk"),
    "number": ("-number",),
}
_NUMBER = re.compile(r"[0-9A-Z-]{1,40}")


def case_page(
    rows: QuerySet[Case],
    cursor: str | None,
    size: int = PAGE,
    *,
    columns: tuple[str, ...] = (),
    order: Order = "id",
) -> Page:
    """One page of an already narrowed list of cases, newest first (1 statement).

    A list that is narrowed to some days or to a beginning of the number is read in that *order*:
    in the order of ids all newer cases would have to be passed over. A cursor is good for one.
    """
    after = _after(cursor or "", order)
    found = list(rows.filter(after).select_related("unit").order_by(*_ORDERS[order])[: size + 1])
    return Page(found[:size], _cursor(found[size - 1], order) if len(found) > size else None)


def _cursor(last: Case, order: Order) -> str:
    if order == "day":
        return f"{last.received_on:%Y%m%d}~{last.pk}"
    return f"~{last.number}" if order == "number" else str(last.pk)


def _after(cursor: str, order: Order) -> Q:
    """The condition of the rows after *cursor*; what is not a cursor counts as none."""
    head, mark, tail = cursor.rpartition("~")
    if order == "number":
        return Q(number__lt=tail) if mark and not head and _NUMBER.fullmatch(tail) else Q()
    if not (tail.isascii() and tail.isdigit() and len(tail) < 19):
        return Q()
    if order == "id":
        return Q() if mark else Q(pk__lt=int(tail))
    try:
        day = datetime.strptime(head, "%Y%m%d").date()
    except ValueError:
        return Q()
    return Q(received_on__lte=day) & (Q(received_on__lt=day) | Q(pk__lt=int(tail)))
