"""A city's own landmarks: header check, every refused row with its reason, repeatable."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from yishi.foundation import places
from yishi.foundation.places import models
from yishi.foundation.places.cityfiles import CityFileError
from yishi.foundation.places.commands import places as places_command
from yishi.foundation.places.datum import to_gcj02
from yishi.foundation.places.seed import load_city
from yishi.foundation.places.services import import_landmarks
from yishi.foundation.places.tests.conftest import NOW, XIANGYANG

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_city")]
HEADER = "key,name,kind,division,lon,lat,address,datum,synthetic\n"


def test_rows_are_stored_or_refused_one_by_one(small_city: Path) -> None:
    load_city(small_city, now=NOW)
    text = HEADER + (
        "1,河口小学,学校,,10.05,50.05,,,\n"
        "2,山前医院,医院,99E2,10.15,50.05,中心路1号,EPSG:4326,false\n"
        "3,别处,,99E2,10.05,50.05,,,\n"  # the stated division counts, the cell is left open
        "4,,,,10.05,50.05,,,\n"
        "5,无坐标,,99E2,,,,,\n"
        "6,坏坐标,,,east,50.05,,,\n"
        "7,太远,,,200,50.05,,,\n"
        "8,城外,,,10.9,50.05,,,\n"
        "9,没有的区划,,98,10.05,50.05,,,\n"
        "1,重复,,,10.05,50.05,,,\n"
        "11,坐标系,,,10.05,50.05,,moon,\n"
        "12,标记,,,10.05,50.05,,,maybe\n"
        "13,示意,,99E2,,,,,true\n"
    )
    report = import_landmarks(text, source="own")
    assert report.stored == 3
    assert [(row, column) for row, column, _ in report.rejected] == [
        (5, "name"), (6, "lon"), (7, "lon"), (8, "lon"), (9, "lon"), (10, "division"),
        (11, "key"), (12, "datum"), (13, "synthetic"), (14, "lon"),
    ]  # fmt: skip
    register = places.register()
    place = register.place_of_landmark(register.search("河口小学")[0].landmark.id)
    assert (place.cell, place.managed_path) == ("c1", "99/99E/99E1/99E1A")
    place = register.place_of_landmark(register.search("别处")[0].landmark.id)
    assert (place.cell, place.managed_path) == (None, "99/99E/99E2")
    kept = models.Landmark.objects.get(key="1").pk
    import_landmarks(HEADER + "1,河口一小,学校,,10.05,50.05,,,\n", source="own")
    assert list(models.Landmark.objects.values_list("pk", "name")) == [(kept, "河口一小")]


def test_gcj02_rows_are_converted() -> None:
    load_city(XIANGYANG, now=NOW)
    lon, lat = to_gcj02(112.135, 32.047)
    import_landmarks(HEADER + f"1,我的门口,,,{lon},{lat},,GCJ-02,\n", source="own")
    mark = models.Landmark.objects.get(source="own")
    assert (mark.lon, mark.lat) == pytest.approx((112.135, 32.047), abs=1e-7)


def test_a_wrong_header_or_a_reserved_source_is_refused(small_city: Path) -> None:
    load_city(small_city, now=NOW)
    with pytest.raises(CityFileError, match="表头缺少 key"):
        import_landmarks("id,name\n1,x\n", source="own")
    with pytest.raises(places.PlaceError):
        import_landmarks(HEADER, source="synthetic")


def test_the_commands_say_what_they_did(small_city: Path) -> None:
    load_city(small_city, now=NOW)
    run = CliRunner()

    def ready() -> None:
        """The test's database is ready already."""

    found = run.invoke(
        places_command, ["locate", "10.05", "50.05", "--function", "roads"], obj=ready
    )
    assert found.exit_code == 0, found.output
    assert "99/99E/99E1/99E1A" in found.output
    assert "东区市政处" in found.output
    refused = run.invoke(places_command, ["locate", "200", "50"], obj=ready)
    assert refused.exit_code == 1
    assert "lon" in refused.output
    file = small_city / "own.csv"
    file.write_text(HEADER + "1,河口小学,,,10.05,50.05,,,\n2,坏,,,x,50,,,\n", "utf-8")
    done = run.invoke(places_command, ["import-landmarks", str(file)], obj=ready)
    assert done.exit_code == 0, done.output
    assert "own.csv:3: lon" in done.output
    assert "1 stored, 1 rejected" in done.output
