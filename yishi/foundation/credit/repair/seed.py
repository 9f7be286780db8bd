"""Loading the city's way of repairing credit."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from yishi.foundation.cases.catalogue import load_with_city
from yishi.foundation.credit.repair.catalogue import FILE, parse
from yishi.foundation.credit.repair.states import SYSTEM


def load_city(folder: Path, *, now: datetime) -> str:
    """Load the file if the city has one; the same content again changes nothing.

    Raises:
        CatalogueError: naming file and line.
    """
    if not (folder / FILE).exists():
        return f"{SYSTEM}: the city has no {FILE}"
    return load_with_city(SYSTEM, parse(folder), now)
