"""Loading a city folder into the database: each package loads its own part, from the bottom up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

#: Packages with a ``seed.load_city``, in the order of their floors.
LOADERS = (
    "yishi.foundation.calendars",
    "yishi.foundation.places",
    "yishi.foundation.rulebook",
    "yishi.systems.city_events",
)


def load_city(
    folder: Path, *, now: datetime, tell: Callable[[str], None] = lambda line: None
) -> None:
    """Load all of *folder*; what is loaded already stays as it is.

    Raises:
        ValueError: from a package whose files are wrong; its text names file and line.
    """
    for package in LOADERS:
        if find_spec(f"{package}.seed") is None:
            continue
        seed = import_module(f"{package}.seed")
        tell(str(seed.load_city(folder, now=now)))
