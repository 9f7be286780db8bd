"""Scope is loud: a query over protected rows that nobody narrowed raises instead of answering.

``Model.objects.filter(…)`` may be composed freely, but reading it needs
``.visible_to(actor)`` or ``.unscoped("reason")`` somewhere in the chain.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import Q

from yishi.foundation.access.actors import Actor

M = TypeVar("M", bound=models.Model)


class UnscopedQuery(RuntimeError):
    """A query over protected rows was read without saying for whom."""


class LoudQuerySet(models.QuerySet[M]):
    """Raises :class:`UnscopedQuery` when read before it was narrowed. A package says in
    ``allowed`` which rows somebody may see."""

    _scoped = False

    def allowed(self, actor: Actor) -> Q:
        """The rows that *actor* may see, as a condition."""
        raise NotImplementedError

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
        """Only the rows that *actor* may see."""
        clone = self.filter(self.allowed(actor))
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
