"""What the tests of routing share: a copy of the city's folder, rows, and a town."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from yishi.systems.city_events.routing.table import Row
from yishi.systems.city_events.tests.conftest import Town, at, town

__all__ = ["Town", "at", "town"]
XIANGYANG = Path(settings.BASE_DIR) / "cities/xiangyang"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the city's folder."""
    shutil.copytree(XIANGYANG, tmp_path / "city")
    return tmp_path / "city"


def row(key: str, **more: object) -> Row:
    """A row of the table."""
    base = Row(key, date(2020, 1, 1), None, "理由", "依据", function="ecology", level="county")
    return replace(base, **more)  # type: ignore[arg-type]
