"""Loading ``benefits.yaml`` of a city's folder."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from yishi.foundation.cases.catalogue import load_with_city
from yishi.systems.direct_benefits.catalogue import FILE, parse
from yishi.systems.direct_benefits.states import SYSTEM


def load_city(folder: Path, *, now: datetime) -> str:
    """Load the limits of the steps; the same content again changes nothing.

    Raises:
        CatalogueError: with every fault, its file and line.
    """
    if not (folder / FILE).exists():
        return f"{SYSTEM}: the city has no {FILE}"
    return load_with_city(SYSTEM, parse(folder), now)
