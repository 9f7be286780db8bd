"""The golden date vectors: working days, suspensions, calendar days and months rolled over."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from yishi.foundation.calendars import CalendarRangeError
from yishi.foundation.calendars.tests.support import CALENDAR

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "golden-dates.json").read_text(encoding="utf-8")
)["vectors"]


def arguments(raw: dict[str, Any]) -> dict[str, Any]:
    def read(value: Any) -> Any:
        if isinstance(value, str):
            return date.fromisoformat(value)
        if isinstance(value, list):
            return [tuple(map(date.fromisoformat, pair)) for pair in value]
        return value

    return {name: read(value) for name, value in raw.items()}


def test_all_vectors_are_here() -> None:
    assert len(VECTORS) == 31


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["id"])
def test_golden_vector(vector: dict[str, Any]) -> None:
    found = getattr(CALENDAR, vector["kind"])(**arguments(vector["input"]))
    assert found.day.isoformat() == vector["expected"]
    assert found.provisional is vector["provisional"]


@pytest.mark.parametrize("vector", [v for v in VECTORS if v["provisional"]], ids=lambda v: v["id"])
def test_payment_dates_refuse_what_is_not_published(vector: dict[str, Any]) -> None:
    with pytest.raises(CalendarRangeError):
        getattr(CALENDAR, vector["kind"])(**arguments(vector["input"]), strict=True)
