"""Datums of positions: everything is kept in CGCS2000 (EPSG:4490).

WGS 84 and CGCS2000 differ by centimetres and are treated as equal here. GCJ-02 (Chinese map apps)
and BD-09 (Baidu) are shifted by some 600 m at Xiangyang and are converted by fixed-point iteration.
The shift is defined for mainland China; outside its bounding box positions stay as they are.
"""

from __future__ import annotations

import math

from yishi.foundation.places.values import PlaceError

CGCS2000 = "EPSG:4490"
_PLAIN = {"EPSG:4490", "CGCS2000", "EPSG:4326", "WGS84", "WGS-84"}
_GCJ = {"GCJ-02", "GCJ02"}
_BD = {"BD-09", "BD09"}
NAMES = ("EPSG:4490", "EPSG:4326", "GCJ-02", "BD-09")

_AXIS = 6378245.0  # semi-major axis of the Krasovsky 1940 ellipsoid, metres
_E2 = 0.00669342162296594323
_BD_PI = math.pi * 3000.0 / 180.0


def check(lon: object, lat: object) -> tuple[float, float]:
    """Both as finite degrees in range; raises PlaceError naming ``lon`` or ``lat``."""
    return _degrees("lon", "经度", lon, 180.0), _degrees("lat", "纬度", lat, 90.0)


def _degrees(field: str, label: str, value: object, limit: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise PlaceError(field, f"{label}必须是数字")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number) or abs(number) > limit:
        raise PlaceError(field, f"{label}必须在 ±{limit:g} 度之内")
    return number


def to_cgcs2000(lon: float, lat: float, datum: str = CGCS2000) -> tuple[float, float]:
    """Degrees in *datum* → degrees in CGCS2000. Raises PlaceError for an unknown datum."""
    name = datum.upper() if isinstance(datum, str) else ""
    if name in _PLAIN:
        return lon, lat
    if name in _GCJ:
        return from_gcj02(lon, lat)
    if name in _BD:
        return from_gcj02(*_bd09_to_gcj02(lon, lat))
    raise PlaceError("datum", f"不认识的坐标系；可用：{'、'.join(NAMES)}")


def to_gcj02(lon: float, lat: float) -> tuple[float, float]:
    """CGCS2000 → GCJ-02, both in degrees."""
    if not (72.004 <= lon <= 137.8347 and 0.8293 <= lat <= 55.8271):
        return lon, lat
    x, y = lon - 105.0, lat - 35.0
    waves = (20.0 * math.sin(6.0 * x * math.pi) + 20.0 * math.sin(2.0 * x * math.pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    north += waves + _series(y, (20.0, 40.0, 160.0, 320.0))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    east += waves + _series(x, (20.0, 40.0, 150.0, 300.0))
    phi = math.radians(lat)
    w2 = 1.0 - _E2 * math.sin(phi) ** 2
    metres_lat = math.radians(_AXIS * (1.0 - _E2) / (w2 * math.sqrt(w2)))
    metres_lon = math.radians(_AXIS / math.sqrt(w2) * math.cos(phi))
    return lon + east / metres_lon, lat + north / metres_lat


def _series(v: float, amplitudes: tuple[float, float, float, float]) -> float:
    """Four sines of growing wave length (2, 6, 24 and 60 degrees), metres."""
    periods = (1.0, 3.0, 12.0, 30.0)
    waves = zip(amplitudes, periods, strict=True)
    return sum(size * math.sin(v / period * math.pi) for size, period in waves) * 2.0 / 3.0


def from_gcj02(lon: float, lat: float) -> tuple[float, float]:
    """GCJ-02 → CGCS2000, exact to well below a metre (three iterations contract by 1e-3 each)."""
    x, y = lon, lat
    for _ in range(4):
        shifted_x, shifted_y = to_gcj02(x, y)
        x, y = x + lon - shifted_x, y + lat - shifted_y
    return x, y


def to_bd09(lon: float, lat: float) -> tuple[float, float]:
    """CGCS2000 → BD-09, both in degrees."""
    x, y = to_gcj02(lon, lat)
    z = math.hypot(x, y) + 0.00002 * math.sin(y * _BD_PI)
    theta = math.atan2(y, x) + 0.000003 * math.cos(x * _BD_PI)
    return z * math.cos(theta) + 0.0065, z * math.sin(theta) + 0.006


def _bd09_to_gcj02(lon: float, lat: float) -> tuple[float, float]:
    x, y = lon - 0.0065, lat - 0.006
    z = math.hypot(x, y) - 0.00002 * math.sin(y * _BD_PI)
    theta = math.atan2(y, x) - 0.000003 * math.cos(x * _BD_PI)
    return z * math.cos(theta), z * math.sin(theta)


def metres(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Great-circle distance in metres (sphere of 6,371,008.8 m)."""
    a1, a2 = math.radians(lat1), math.radians(lat2)
    half = math.sin((a2 - a1) / 2) ** 2
    half += math.cos(a1) * math.cos(a2) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * 6371008.8 * math.asin(min(1.0, math.sqrt(half)))
