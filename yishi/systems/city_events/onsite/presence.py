"""Place check: how far the phone was from the case. Told and kept as a fact, never a condition.

Only the distance goes into the trace, not the officer's position: it answers what is asked (was
somebody there), and a position would follow a person for as long as the trace is kept.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from yishi.foundation.places import datum as datums
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.timetext import moment_text

#: Browsers say how good a position is, in metres; beyond this it says nothing.
WORST_ACCURACY = 100_000
_LIMITS = {"lon": 180.0, "lat": 90.0, "accuracy": float(WORST_ACCURACY)}


@dataclass(frozen=True, slots=True)
class Position:
    """Where a phone was (degrees, WGS 84, taken as CGCS2000; metres), and by its own clock when
    the form was filled in. Without a position ``lon`` and ``lat`` are ``None``."""

    lon: float | None = None
    lat: float | None = None
    accuracy: int | None = None
    entered: datetime | None = None

    def fact(self, lon: float | None, lat: float | None) -> dict[str, Any]:
        """What the trace keeps, against the case's point: metres, accuracy, phone's time."""
        found: dict[str, Any] = {}
        if self.entered is not None:
            found["entered"] = self.entered.isoformat()
        if None not in (self.lon, self.lat, lon, lat):
            found["metres"] = round(datums.metres(self.lon, self.lat, lon, lat))  # type: ignore[arg-type]
            if self.accuracy is not None:
                found["accuracy"] = self.accuracy
        return found


def read_position(raw: Any, entered: Any) -> Position | None:
    """What the phone sent; ``None`` where it sent nothing.

    Raises:
        FieldError: on ``place`` or ``entered`` for what is no position or no time.
    """
    at = _moment(entered)
    if raw in (None, "", {}):
        return Position(entered=at) if at is not None else None
    if not isinstance(raw, Mapping) or set(raw) - {"lon", "lat", "accuracy", "at"}:
        raise FieldError("place", "应包含经度、纬度和精度", "type")
    lon, lat = _number(raw, "lon"), _number(raw, "lat")
    if lon is None or lat is None:
        raise FieldError("place", "应包含经度和纬度", "required")
    accuracy = _number(raw, "accuracy")
    return Position(lon, lat, None if accuracy is None else round(accuracy), at)


def _number(raw: Mapping[str, Any], name: str) -> float | None:
    value = raw.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise FieldError(f"place.{name}", "应为数值", "type")
    if name == "accuracy":  # a poor one is no error of the officer's
        return min(max(float(value), 0.0), _LIMITS[name])
    limit = _LIMITS[name]
    if abs(value) > limit:
        raise FieldError(f"place.{name}", f"应在 -{limit:g} 与 {limit:g} 之间", "range")
    return float(value)


def _moment(value: Any) -> datetime | None:
    if value in (None, ""):
        return None
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise FieldError("entered", "应为带时区的时间", "format") from error
    if at.tzinfo is None:
        raise FieldError("entered", "应为带时区的时间", "format")
    return at


def lines(fact: Mapping[str, Any]) -> list[str]:
    """The fact in words, for the history."""
    said = []
    if "metres" in fact:
        text = gettext("现场核对位置：手机距案发地点%(n)d米") % {"n": fact["metres"]}
        if "accuracy" in fact:
            text += gettext("（定位精度±%(n)d米）") % {"n": fact["accuracy"]}
        said.append(text)
    if fact.get("entered"):
        at = moment_text(datetime.fromisoformat(fact["entered"]))
        said.append(gettext("现场填写时间（手机时钟）：%(at)s") % {"at": at})
    return said
