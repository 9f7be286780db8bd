"""Loading the themes with the city."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from yishi.foundation.approvals.catalogue import SYSTEM as ITEMS
from yishi.foundation.approvals.catalogue import book_of, load_book
from yishi.foundation.cases import catalogue as versions
from yishi.systems.life_events import catalogue


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
    try:
        result = versions.load_files(catalogue.SYSTEM, content, now, checked=True)
    except versions.CatalogueConflict as conflict:
        return f"{catalogue.SYSTEM}: {conflict.message}"
    news = f"{len(content['themes'])} themes" if result.created else "unchanged"
    return f"{catalogue.SYSTEM}: {news}"
