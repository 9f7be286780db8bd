"""GCJ-02 and BD-09 come back within a metre; the shift at Xiangyang is some 610 m to the ESE."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.places import datum
from yishi.foundation.places.values import PlaceError

LONS = st.floats(110.7, 113.4)
LATS = st.floats(31.2, 32.7)


def test_the_shift_at_xiangyang() -> None:
    lon, lat = 112.082219, 31.926066
    east, north = datum.to_gcj02(lon, lat)
    assert datum.metres(lon, lat, east, north) == pytest.approx(614, abs=10)
    assert east > lon
    assert north < lat
    assert east - lon > lat - north


def test_a_published_pair() -> None:
    """Tiananmen, as given by the usual test vectors of converters."""
    assert datum.to_gcj02(116.397428, 39.90923) == pytest.approx((116.40367, 39.91063), abs=1e-5)


@given(LONS, LATS)
def test_gcj02_comes_back(lon: float, lat: float) -> None:
    assert datum.metres(lon, lat, *datum.from_gcj02(*datum.to_gcj02(lon, lat))) < 0.01


@given(LONS, LATS)
def test_bd09_comes_back(lon: float, lat: float) -> None:
    x, y = datum.to_bd09(lon, lat)
    assert datum.metres(lon, lat, x, y) > 300
    assert datum.metres(lon, lat, *datum.to_cgcs2000(x, y, "BD-09")) < 1


@pytest.mark.parametrize("name", ["EPSG:4490", "epsg:4326", "WGS84", "CGCS2000"])
def test_wgs84_is_taken_as_cgcs2000(name: str) -> None:
    assert datum.to_cgcs2000(112.0, 32.0, name) == (112.0, 32.0)


def test_outside_china_nothing_is_shifted() -> None:
    assert datum.to_gcj02(-73.98, 40.75) == (-73.98, 40.75)


def test_an_unknown_datum_is_refused() -> None:
    with pytest.raises(PlaceError) as caught:
        datum.to_cgcs2000(112.0, 32.0, "beijing-54")
    assert caught.value.field == "datum"


@pytest.mark.parametrize(
    ("lon", "lat", "field"),
    [
        (math.nan, 32.0, "lon"),
        (112.0, math.inf, "lat"),
        (181.0, 32.0, "lon"),
        (112.0, -90.5, "lat"),
        ("112", 32.0, "lon"),
        (True, 32.0, "lon"),
        (10**400, 32.0, "lon"),
    ],
)
def test_what_is_no_position_is_refused(lon: object, lat: object, field: str) -> None:
    with pytest.raises(PlaceError) as caught:
        datum.check(lon, lat)
    assert caught.value.field == field
