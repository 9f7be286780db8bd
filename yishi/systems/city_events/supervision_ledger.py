"""督办台账: how many cards each unit got, the newest cards, and what the paper of one card says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Count, Exists, F, JSONField, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.fields.json import KeyTextTransform, KeyTransform

from yishi.foundation.access.actors import Actor, Reach
from yishi.foundation.cases.models import Assignment
from yishi.foundation.cases.scope import assigned_to
from yishi.foundation.cases.state import CaseState
from yishi.foundation.places.snapshot import Register
from yishi.systems.city_events import roles
from yishi.systems.city_events.models import Card
from yishi.systems.city_events.notices import CITY_TIME
from yishi.systems.city_events.states import LEVELS, SUPERVISE_REASONS
from yishi.systems.city_events.supervision_order import SupervisionOrder

#: Newest cards that the page lists.
MOST_CARDS = 50
#: Number of the card that is open on the case.
_HELD = KeyTextTransform("number", KeyTransform("supervision", "case__data"))


@dataclass(frozen=True, slots=True)
class UnitCards:
    """Cards of one unit: by level (in the order of ``LEVELS``), all, and not lifted yet."""

    unit_id: int
    unit: str
    levels: tuple[int, ...]
    total: int
    open: int


def by_unit(newest_cards: Sequence[Any], register: Register) -> list[UnitCards]:
    """The units with their cards as counted beside *newest_cards* (of :func:`newest`), most cards
    first (no statement)."""
    found: dict[int, dict[int, tuple[int, int]]] = {}
    for row in newest_cards[0].counts if newest_cards else ():
        found.setdefault(row["unit"], {})[row["level"]] = (row["n"], row["still"])
    units = [_unit_cards(unit, levels, register) for unit, levels in found.items()]
    return sorted(units, key=lambda one: (-one.total, one.unit))


def _counts(actor: Actor, since: datetime) -> RawSQL:
    """How many cards each unit got by level on cases that *actor* sees, as one value that is read
    once. Where a case was placed when the card was given decides who counts it."""
    pressed = Assignment.objects.unscoped("the cards that ask are narrowed").filter(
        state="open", role__in=(roles.SUPERVISED, roles.REVIEW)
    )
    later = Card.objects.unscoped("the card that asks is narrowed").filter(
        case_id=OuterRef("case_id"), id__gt=OuterRef("id")
    )
    rows = (
        Card.objects.unscoped("narrowed in the same line")
        .filter(counted_by(actor), at__gte=since)
        .values("unit_id", "level")
        .annotate(
            n=Count("id"),
            still=Count("id", filter=Q(~Exists(later), case_id__in=pressed.values("case_id"))),
        )
    )
    counted = rows.order_by().values_list("unit_id", "level", "n", "still")
    try:
        sql, params = counted.query.sql_with_params()
    except EmptyResultSet:
        return RawSQL("'[]'::jsonb", [], output_field=JSONField())
    return RawSQL(
        f"(SELECT coalesce(jsonb_agg(to_jsonb(g)), '[]') FROM ({sql}) g (unit, level, n, still))",
        params,
        output_field=JSONField(),
    )


def counted_by(actor: Actor) -> Q:
    """`visible` for cards without a look at their cases, which are many in a year."""
    condition = Q(pk__in=[])
    for grant in actor.with_reach(Reach.SCOPE):
        condition |= Q(managed_path=grant.scope) | Q(managed_path__startswith=grant.scope + "/")
    units = [g.unit_id for g in actor.with_reach(Reach.UNIT) if g.unit_id]
    people = {actor.holder_of(grant) for grant in actor.with_reach(Reach.PERSON)}
    assigned = assigned_to(units, sorted(person for person in people if person))
    return condition if assigned is None else condition | Q(case_id__in=assigned)


def _unit_cards(unit_id: int, levels: dict[int, tuple[int, int]], register: Register) -> UnitCards:
    counts = tuple(levels.get(level, (0, 0))[0] for level in LEVELS)
    still = sum(open_ones for _, open_ones in levels.values())
    return UnitCards(unit_id, register.unit(unit_id).name, counts, sum(counts), still)


def newest(actor: Actor, since: datetime, most: int = MOST_CARDS) -> list[Any]:
    """The newest cards on cases that *actor* sees, with ``held``: the number of the card that is
    open there now, and ``counts``: those of all cards since then (1 statement)."""
    return list(cards(actor, since).annotate(counts=_counts(actor, since))[:most])


def cards(actor: Actor, since: datetime) -> QuerySet[Any]:
    """All those cards, newest first, not read yet."""
    rows = Card.objects.visible_to(actor).filter(at__gte=since)
    found: QuerySet[Any] = rows.select_related("case", "unit").annotate(held=_HELD)
    return found.order_by(F("at").desc(), F("id").desc())


def order_of(
    card: Card, case: CaseState, register: Register, demand: str, *, demo: bool
) -> SupervisionOrder:
    """What the paper of *card* says, which is of *case*; *demand* with numbers masked already."""
    handling = case.last_clock("handling")
    due = handling.due_at if handling else None
    late = card.at - due if due and card.at > due else None
    return SupervisionOrder(
        city=register.node(register.root).name,
        number=case.number,
        subject=case.subject,
        unit=register.unit(card.unit_id).name,
        level=LEVELS[card.level],
        reason=dict(SUPERVISE_REASONS).get(card.reason, card.reason),
        demand=demand,
        answer_by=_time(card.due_at),
        ordered_at=_time(card.at),
        supervisor="系统（按规则自动发出）" if card.automatic else "",
        type=str(case.data.get("type_name") or ""),
        place=str(case.data.get("where") or ""),
        due_at=_time(due) if due else "",
        overdue=f"{late.total_seconds() / 3600:.1f}小时" if late else "",
        demo=demo,
    )


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(CITY_TIME):%Y-%m-%d %H:%M}"
