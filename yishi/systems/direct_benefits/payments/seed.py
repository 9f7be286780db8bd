"""Loading the paying accounts with the city."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from yishi.systems.direct_benefits.payments import payers


def load_city(folder: Path, *, now: datetime) -> str:
    """Load ``payments.yaml`` if the city has one; the same content again changes nothing."""
    return payers.load(folder)
