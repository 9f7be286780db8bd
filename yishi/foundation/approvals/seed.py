"""Loading the catalogue of items with the city."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from yishi.foundation.approvals.catalogue import SYSTEM, load_book, to_content
from yishi.foundation.cases import catalogue as versions
from yishi.foundation.cases.models import CatalogueVersion

FOLDER = "services"
#: The first version has none before it, so it holds for whatever is brought in from the past.
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


def load_city(folder: Path, *, now: datetime) -> str:
    """Load ``services`` and the registered folders beside it, if the city has any items.

    Raises:
        CatalogueError: naming file and line.
    """
    if not (folder / FOLDER).is_dir():
        return f"{SYSTEM}: the city has no {FOLDER}"
    book = load_book(folder / FOLDER)
    first = not CatalogueVersion.objects.filter(system=SYSTEM).exists()
    try:
        result = versions.load(
            SYSTEM,
            to_content(book),
            effective_from=BEGINNING if first else now,
            origin="file",
            actor_ref="system:seed",
            now=now,
            checked=True,
        )
    except versions.CatalogueConflict as conflict:
        return f"{SYSTEM}: {conflict.message}"
    counts = f"{len(book.items)} items, {len(book.materials)} materials, {len(book.fields)} fields"
    return f"{SYSTEM}: {counts}" if result.created else f"{SYSTEM}: unchanged"
