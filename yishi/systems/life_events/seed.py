"""Loading the themes with the city."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from yishi.foundation.approvals.catalogue import SYSTEM as ITEMS
from yishi.foundation.approvals.catalogue import book_of, load_book
from yishi.foundation.cases import catalogue as versions
from yishi.foundation.cases.models import CatalogueVersion
from yishi.systems.life_events import catalogue

#: The first version has none before it, so it holds for whatever is brought in from the past.
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


def load_city(folder: Path, *, now: datetime) -> str:
    """Load ``services/themes`` if the city has any; what was changed in the browser stays.

    Raises:
        CatalogueError: naming file and line.
    """
    services = folder / catalogue.FOLDER
    if not (services / catalogue.THEMES).is_dir():
        return f"{catalogue.SYSTEM}: the city has no themes"
    items = versions.effective(ITEMS, now)
    content = catalogue.parse(services, book_of(items.pk) if items else load_book(services))
    first = not CatalogueVersion.objects.filter(system=catalogue.SYSTEM).exists()
    try:
        result = versions.load(
            catalogue.SYSTEM,
            content,
            effective_from=BEGINNING if first else now,
            origin="file",
            actor_ref="system:seed",
            now=now,
            checked=True,
        )
    except versions.CatalogueConflict as conflict:
        return f"{catalogue.SYSTEM}: {conflict.message}"
    news = f"{len(content['themes'])} themes" if result.created else "unchanged"
    return f"{catalogue.SYSTEM}: {news}"
