"""Loading ``licences/`` of a city's folder."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from yishi.foundation.cases.catalogue import load_with_city
from yishi.systems.pledge_licences.catalogue import FOLDER, parse_folder
from yishi.systems.pledge_licences.states import SYSTEM


def load_city(folder: Path, *, now: datetime) -> str:
    """Load the published list, texts and rules; the same content again changes nothing.

    Raises:
        CatalogueError: with every fault, its file and line.
    """
    if not (folder / FOLDER).is_dir():
        return f"{SYSTEM}: the city has no {FOLDER}/"
    return load_with_city(SYSTEM, parse_folder(folder / FOLDER), now)
