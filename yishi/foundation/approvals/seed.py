"""Loading the catalogue of items with the city."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from yishi.foundation.approvals.catalogue import FOLDERS, SYSTEM, load_book, to_content
from yishi.foundation.cases import catalogue as versions
from yishi.foundation.cases.models import CatalogueVersion

FOLDER = "services"


def _digest(folder: Path) -> str:
    """What the files and the city's offices say, in short: a thousand items are not read again
    when nothing was changed."""
    found = hashlib.sha256()
    paths = [folder / "functions.yaml", folder / "units.yaml"]
    for name in sorted(FOLDERS):
        paths += sorted((folder / name).glob("*/*.yaml"))
    for path in paths:
        if path.is_file():
            found.update(f"{path.relative_to(folder)}\0".encode())
            found.update(path.read_bytes())
    return f"files sha256:{found.hexdigest()}"


def load_city(folder: Path, *, now: datetime) -> str:
    """Load ``services`` and the registered folders beside it, if the city has any items.

    Raises:
        CatalogueError: naming file and line.
    """
    if not (folder / FOLDER).is_dir():
        return f"{SYSTEM}: the city has no {FOLDER}"
    digest = _digest(folder)
    rows = CatalogueVersion.objects.filter(system=SYSTEM)
    latest = rows.filter(origin="file").order_by("-id").values_list("note", flat=True).first()
    if latest == digest:
        return f"{SYSTEM}: unchanged"
    book = load_book(folder / FOLDER)
    try:
        result = versions.load_files(SYSTEM, to_content(book), now, note=digest, checked=True)
    except versions.CatalogueConflict as conflict:
        return f"{SYSTEM}: {conflict.message}"
    counts = f"{len(book.items)} items, {len(book.materials)} materials, {len(book.fields)} fields"
    return f"{SYSTEM}: {counts}" if result.created else f"{SYSTEM}: unchanged"
