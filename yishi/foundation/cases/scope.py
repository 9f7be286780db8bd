"""Which cases, and what hangs on them, somebody may see."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models
from django.db.models import Q

from yishi.foundation.access.actors import Actor, Reach
from yishi.foundation.access.loud import LoudQuerySet, UnscopedQuery

__all__ = ["ScopedQuerySet", "UnscopedQuery", "assigned_to", "storable_number", "visible"]

M = TypeVar("M", bound=models.Model)


class ScopedQuerySet(LoudQuerySet[M]):
    """Cases, or rows of a case."""

    #: Path from this model to the case, ``""`` for the case itself.
    case_path = ""

    def allowed(self, actor: Actor) -> Q:
        """The rows whose case *actor* may see."""
        return visible(actor, self.case_path)


def visible(actor: Actor, case_path: str = "") -> Q:
    """The rows that *actor* may see, as a condition on *case_path* (``""`` or ``"case"``)."""
    prefix = f"{case_path}__" if case_path else ""
    if actor.kind == "system":
        return Q()
    condition = Q(pk__in=[])
    for grant in actor.with_reach(Reach.SCOPE):
        condition |= Q(**{f"{prefix}managed_path": grant.scope})
        condition |= Q(**{f"{prefix}managed_path__startswith": grant.scope + "/"})
    units = [g.unit_id for g in actor.with_reach(Reach.UNIT) if g.unit_id]
    people = {actor.holder_of(grant) for grant in actor.with_reach(Reach.PERSON)}
    assigned = assigned_to(units, sorted(person for person in people if person))
    if assigned is not None:
        condition |= Q(**{f"{prefix}id__in": assigned})
    if actor.party_id is not None:
        from yishi.foundation.cases.party_access import followed_cases

        condition |= Q(**{f"{prefix}id__in": followed_cases(actor)})
    if actor.own_cases:
        condition |= Q(**{f"{prefix}id__in": actor.own_cases})
    return condition


def storable_number(text: str) -> bool:
    """Whether *text* could be a case's number at all: what the database may be asked for."""
    return text.isascii() and "\x00" not in text and len(text) <= 40


def assigned_to(units: list[int], people: list[int]) -> models.QuerySet[Any] | None:
    """Ids of the cases on which one of *units* or *people* ever held an assignment."""
    from yishi.foundation.cases.models import Assignment

    if not units and not people:
        return None
    who = Q(pk__in=[])
    if units:
        who |= Q(unit_id__in=units)
    if people:
        who |= Q(person_id__in=people)
    held = Assignment.objects.unscoped("the scope itself").filter(who)
    # Each id once and newest first, so that a list in that order reads the index of the unit and
    # stops when its page is full; without, PostgreSQL walks through everybody's cases.
    return held.order_by("-case_id").distinct("case_id").values("case_id")
