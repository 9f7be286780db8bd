"""Versions of the routing table: immutable, in force from a moment, kept beside the catalogue's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from yishi.systems.city_events.routing.reading import SYSTEM, from_content
from yishi.systems.city_events.routing.table import EMPTY, Table


@dataclass(frozen=True, slots=True)
class Tables:
    """The versions, newest first: (id, effective from)."""

    versions: tuple[tuple[int, datetime], ...] = ()

    def version_at(self, moment: datetime) -> int:
        """Id of the version in force; 0 before the first."""
        return next((number for number, start in self.versions if start <= moment), 0)

    def at(self, moment: datetime) -> Table:
        """The table in force; an empty one before the first."""
        return table_version(self.version_at(moment))


def load_tables() -> Tables:
    """All versions (1 statement)."""
    from yishi.foundation.cases.models import CatalogueVersion

    rows = CatalogueVersion.objects.filter(system=SYSTEM).order_by("-effective_from", "-id")
    return Tables(tuple(rows.values_list("id", "effective_from")))


@lru_cache(maxsize=32)
def table_version(version: int) -> Table:
    """The table of a stored version (they never change)."""
    if not version:
        return EMPTY
    from yishi.foundation.cases.models import CatalogueVersion

    content = CatalogueVersion.objects.values_list("content", flat=True).get(pk=version)
    return from_content(content)
