"""Loading the city's way of repairing credit."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from yishi.foundation.cases import catalogue as versions
from yishi.foundation.cases.models import CatalogueVersion
from yishi.foundation.credit.repair.catalogue import FILE, parse
from yishi.foundation.credit.repair.states import SYSTEM

#: The first version has none before it, so it holds for whatever is brought in from the past.
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


def load_city(folder: Path, *, now: datetime) -> str:
    """Load the file if the city has one; the same content again changes nothing.

    Raises:
        CatalogueError: naming file and line.
    """
    if not (folder / FILE).exists():
        return f"{SYSTEM}: the city has no {FILE}"
    first = not CatalogueVersion.objects.filter(system=SYSTEM).exists()
    result = versions.load(
        SYSTEM,
        parse(folder),
        effective_from=BEGINNING if first else now,
        origin="file",
        actor_ref="system:seed",
        now=now,
    )
    return f"{SYSTEM}: {'loaded' if result.created else 'unchanged'}"
