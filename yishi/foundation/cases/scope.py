"""Scope is loud: a query over cases that nobody narrowed raises instead of answering.

``Model.objects.filter(…)`` may be composed freely, but reading it needs
``.visible_to(actor)`` or ``.unscoped("reason")`` somewhere in the chain.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import Q

from yishi.foundation.access.actors import Actor, Reach

M = TypeVar("M", bound=models.Model)


class UnscopedQuery(RuntimeError):
    """A query over protected rows was read without saying for whom."""


class ScopedQuerySet(models.QuerySet[M]):
    """Raises :class:`UnscopedQuery` when read before it was narrowed."""

    _scoped = False
    #: Path from this model to the case, ``""`` for the case itself.
    case_path = ""

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]
        clone._scoped = self._scoped
        return clone

    def _check(self) -> None:
        if not self._scoped:
            raise UnscopedQuery(f"{self.model.__name__}: say visible_to(actor) or unscoped(reason)")

    def unscoped(self, reason: str) -> Self:
        """Everything, for a stated *reason* (workers, verification, the writer itself)."""
        if not reason:
            raise ValueError("a reason is needed")
        clone = self._clone()
        clone._scoped = True
        return clone

    def visible_to(self, actor: Actor) -> Self:
        """Only the rows whose case *actor* may see."""
        clone = self.filter(visible(actor, self.case_path))
        clone._scoped = True
        return clone

    def _fetch_all(self) -> None:
        if self._result_cache is None:
            self._check()
        super()._fetch_all()

    def iterator(self, *args: Any, **kwargs: Any) -> Iterator[M]:
        self._check()
        return super().iterator(*args, **kwargs)

    def count(self) -> int:
        self._check()
        return super().count()

    def exists(self) -> bool:
        self._check()
        return super().exists()

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self._check()
        return super().aggregate(*args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        self._check()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        self._check()
        return super().delete()

    def explain(self, *args: Any, **kwargs: Any) -> str:
        self._check()
        return super().explain(*args, **kwargs)

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        """As a subquery too it must have been narrowed."""
        self._check()
        return super().resolve_expression(*args, **kwargs)


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
