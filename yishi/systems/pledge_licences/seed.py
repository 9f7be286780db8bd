"""Loading ``licences/`` of a city's folder."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from yishi.foundation.cases import catalogue as versions
from yishi.foundation.cases.models import CatalogueVersion
from yishi.systems.pledge_licences.catalogue import FOLDER, parse_folder
from yishi.systems.pledge_licences.states import SYSTEM

#: The first version has none before it, so it holds for whatever is brought in from the past.
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


def load_city(folder: Path, *, now: datetime) -> str:
    """Load the published list, texts and rules; the same content again changes nothing.

    Raises:
        CatalogueError: with every fault, its file and line.
    """
    if not (folder / FOLDER).is_dir():
        return f"{SYSTEM}: the city has no {FOLDER}/"
    first = not CatalogueVersion.objects.filter(system=SYSTEM).exists()
    try:
        result = versions.load(
            SYSTEM,
            parse_folder(folder / FOLDER),
            effective_from=BEGINNING if first else now,
            origin="file",
            actor_ref="system:seed",
            now=now,
        )
    except versions.CatalogueConflict as conflict:
        return f"{SYSTEM}（{conflict.message}）"
    return f"{SYSTEM}: {'loaded' if result.created else 'unchanged'}"
