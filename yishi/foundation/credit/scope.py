"""Who may see which records. As with cases, a query that nobody narrowed raises.

Keepers of credit records, auditors and administrators of the whole city see every record; officers
of a unit those that their unit recorded; a party its own; everybody what is published.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import Q

from yishi.foundation.access.actors import Actor, Reach
from yishi.foundation.cases.scope import UnscopedQuery

M = TypeVar("M", bound=models.Model)
#: Roles of the whole city that see every record.
KEEPERS = ("credit_officer", "auditor", "administrator")


def keeps_records(actor: Actor, *roles: str) -> bool:
    """Whether *actor* holds one of *roles* (or any keeping role) for the whole city."""
    wanted = roles or KEEPERS
    held = any(g.role in wanted and g.scope and "/" not in g.scope for g in actor.grants)
    return actor.kind == "system" or held


def visible(actor: Actor, path: str = "") -> Q:
    """The records that *actor* may see, as a condition on *path* (``""`` or ``"record"``)."""
    prefix = f"{path}__" if path else ""
    if keeps_records(actor):
        return Q()
    condition = Q(**{f"{prefix}visible": True})
    units = [g.unit_id for g in actor.with_reach(Reach.UNIT) if g.unit_id]
    if units:
        condition |= Q(**{f"{prefix}unit_id__in": units})
    if actor.party_ids:
        condition |= Q(**{f"{prefix}party__file_id__in": actor.party_ids})
    return condition


class RecordQuerySet(models.QuerySet[M]):
    """Raises `UnscopedQuery` when read before it was narrowed."""

    _scoped = False
    record_path = ""

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]
        clone._scoped = self._scoped
        return clone

    def _check(self) -> None:
        if not self._scoped:
            raise UnscopedQuery(f"{self.model.__name__}: say visible_to(actor) or unscoped(reason)")

    def unscoped(self, reason: str) -> Self:
        """Everything, for a stated *reason*."""
        if not reason:
            raise ValueError("a reason is needed")
        clone = self._clone()
        clone._scoped = True
        return clone

    def visible_to(self, actor: Actor) -> Self:
        """Only what *actor* may see."""
        clone = self.filter(visible(actor, self.record_path))
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

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        """As a subquery too it must have been narrowed."""
        self._check()
        return super().resolve_expression(*args, **kwargs)
