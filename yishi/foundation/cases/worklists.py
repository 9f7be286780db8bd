"""Work lists: the open assignments an actor works on, by due time. One statement a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from yishi.foundation.access.actors import ROLES, Actor, Reach
from yishi.foundation.cases.models import Assignment, Case

PAGE = 50


@dataclass(frozen=True, slots=True)
class Page:
    """One page of rows, and the cursor of the next one (``None`` at the end)."""

    rows: list[Any]
    next: str | None


def duties_of(actor: Actor) -> list[str]:
    """The duties whose lists *actor* works on, in a stable order."""
    return sorted({duty for g in actor.grants if g.role in ROLES for duty in ROLES[g.role].duties})


def work(actor: Actor, duty: str | None = None) -> QuerySet[Assignment]:
    """The open assignments that *actor* may act on, narrowed to one duty if given."""
    condition = Q(pk__in=[])
    for grant in actor.grants:
        role = ROLES.get(grant.role)
        if role is None:
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
            mine &= Q(person_id=actor.user_id)
        condition |= mine
    open_ones: QuerySet[Assignment] = (
        Assignment.objects.unscoped("a work list is its own scope")
        .filter(condition, state="open")
        .select_related("case", "unit", "person")
    )
    return open_ones


def work_page(
    actor: Actor, duty: str | None, cursor: str | None, size: int = PAGE, *, only: Q | None = None
) -> Page:
    """One page of the work list: due first, then what has no running clock (1 statement).

    *only* narrows it further.
    """
    rows = work(actor, duty).filter(only or Q())
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


def case_page(
    rows: QuerySet[Case], cursor: str | None, size: int = PAGE, *, columns: tuple[str, ...] = ()
) -> Page:
    """One page of an already narrowed list of cases, newest first (1 statement)."""
    if cursor and cursor.isascii() and cursor.isdigit() and len(cursor) < 19:
        rows = rows.filter(pk__lt=int(cursor))
    found = list(rows.select_related("unit").order_by("-pk")[: size + 1])
    more = len(found) > size
    return Page(found[:size], str(found[size - 1].pk) if more else None)
