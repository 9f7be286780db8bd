"""Loading a city folder into the database: each package loads its own part, from the bottom up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from pathlib import Path

#: Packages with a ``seed.load_city``, in the order of their floors.
LOADERS = (
    "yishi.foundation.calendars",
    "yishi.foundation.places",
    "yishi.foundation.rulebook",
    "yishi.foundation.credit",
    "yishi.foundation.credit.repair",
    "yishi.foundation.facts",
    "yishi.foundation.approvals",
    "yishi.systems.city_events",
    "yishi.systems.life_events",
    "yishi.systems.construction",
    "yishi.systems.pledge_licences",
    "yishi.systems.direct_benefits.policies",
    "yishi.systems.direct_benefits.payments",
    "yishi.systems.direct_benefits",
)


def load_city(
    folder: Path, *, now: datetime, tell: Callable[[str], None] = lambda line: None
) -> None:
    """Load all of *folder*, or nothing; what is loaded already stays as it is.

    Raises:
        ValueError: from a package whose files are wrong; its text names file and line.
    """
    from django.db import transaction

    from yishi.foundation.audit import retention

    retention.periods(folder)  # refused before anything is stored
    with transaction.atomic():
        for package in LOADERS:
            seed = import_module(f"{package}.seed")
            tell(str(seed.load_city(folder, now=now)))
