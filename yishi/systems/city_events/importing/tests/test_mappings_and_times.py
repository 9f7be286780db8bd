"""Headers and mappings are checked before the first row; times are read strictly."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st

from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events.importing.commands import events
from yishi.systems.city_events.importing.errors import ImportFileError
from yishi.systems.city_events.importing.mapping import mapping_of
from yishi.systems.city_events.importing.moments import read_moment
from yishi.systems.city_events.importing.tests.conftest import (
    NOW,
    RUBBISH,
    SPOT,
    Importer,
    rows_of,
)

CHINA, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ("external_id,typ,description", "typ"),
        ("type,description", "external_id"),
        ("external_id,lon", "description"),
        ("external_id,description,description", "description"),
    ],
)
def test_a_header_that_cannot_be_used_is_refused_by_name(
    bring: Importer, header: str, named: str
) -> None:
    with pytest.raises(ImportFileError, match=named):
        bring(f"{header}\nx,y,z\n")


def test_an_empty_file_is_refused(bring: Importer) -> None:
    with pytest.raises(ImportFileError, match="空"):
        bring("\n,,\n")


def test_a_mapping_joins_columns_and_replaces_values(bring: Importer) -> None:
    mapping = mapping_of(
        {
            "timezone": "UTC",
            "fields": {
                "external_id": "id",
                "type": {
                    "columns": ["class", "sub"],
                    "join": "/",
                    "values": {"waste/street": RUBBISH},
                },
                "lon": {"column": "x", "empty": ["0"]},
                "lat": {"column": "y", "empty": ["0"]},
                "datum": {"constant": "EPSG:4326"},
                "received_at": {"column": "at", "pattern": "%d/%m/%Y %H:%M"},
            },
        },
        CHINA,
    )
    text = (
        "id,class,sub,x,y,at,ignored\n"
        f"1,waste,street,{SPOT},01/03/2026 08:00,z\n"
        "2,waste,street,0,0,01/03/2026 08:00,z\n"
        f"3,else,,{SPOT},01/03/2026 08:00,z\n"
        f"4,waste,street,{SPOT},2026-03-01,z\n"
    )
    tally = bring(text, mapping)
    assert (tally.filed, tally.manual, tally.rejected) == (1, 2, 1)
    with pytest.raises(ImportFileError, match="class"):
        bring("id,sub,x,y,at\n", mapping)


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {"fields": []},
        {"fields": {"external_id": "id"}},
        {"fields": {"external_id": "id", "typ": "x", "description": "d"}},
        {"fields": {"external_id": "id", "description": {"colum": "x"}}},
        {"fields": {"external_id": "id", "description": {}}},
        {"fields": {"external_id": "id", "description": {"columns": "x"}}},
        {"fields": {"external_id": "id", "description": {"column": "x", "constant": "y"}}},
        {"fields": {"external_id": "id", "description": {"column": "x", "otherwise": "drop"}}},
        {"fields": {"external_id": "id", "description": "d"}, "timezone": "Mars/Base"},
        {"fields": {"external_id": "id", "description": "d"}, "other": 1},
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(document: Any) -> None:
    with pytest.raises(ImportFileError):
        mapping_of(document, CHINA)


@pytest.mark.parametrize(
    ("text", "zone", "utc"),
    [
        ("2026-03-01", CHINA, "2026-02-28T16:00:00"),
        ("2026-03-01 08:30", CHINA, "2026-03-01T00:30:00"),
        ("2026-03-01T08:30:15.5", CHINA, "2026-03-01T00:30:15.500000"),
        ("2026-03-01 08:30:00+00:00", CHINA, "2026-03-01T08:30:00"),
        ("2026-03-01T08:30:00Z", CHINA, "2026-03-01T08:30:00"),
        ("2025-11-02 01:30", NEW_YORK, "2025-11-02T05:30:00"),  # twice that day: the first
    ],
)
def test_times_are_local_to_their_zone(text: str, zone: ZoneInfo, utc: str) -> None:
    assert read_moment(text, zone, NOW) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["2026-02-30", "2026-3-1", "01.03.2026", "2026-03-01 24:00", "2026-03-01 8:30",
     "1999-12-31", "2026-03-12", "20260301", "2026-03-01 08:30 +8", "٢٠٢٦-03-01"],
)  # fmt: skip
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(FieldError) as caught:
        read_moment(text, CHINA, NOW)
    assert caught.value.field == "received_at"


def test_an_hour_that_was_skipped_is_refused() -> None:
    with pytest.raises(FieldError, match="夏令时"):
        read_moment("2026-03-08 02:30", NEW_YORK, NOW)


@given(text=st.text(max_size=30), pattern=st.sampled_from(["", "%Y-%m-%d", "%d/%m/%Y %H:%M%z"]))
@example(text="0001-01-01", pattern="")
@example(text="9999-12-31T23:59:59-12:00", pattern="")
def test_any_text_is_a_past_time_or_refused(text: str, pattern: str) -> None:
    try:
        moment = read_moment(text, CHINA, NOW, pattern)
    except FieldError:
        return
    assert moment.utcoffset() is not None
    assert moment <= NOW


def test_the_command_imports_and_reports(city: None, tmp_path: Path) -> None:
    path, rejects = tmp_path / "r.csv", tmp_path / "rejected.csv"
    path.write_text(rows_of(3) + f"bad,{RUBBISH},999,32,垃圾\n", encoding="utf-8")
    arguments = ["import", str(path), "--rejects", str(rejects)]
    dry = CliRunner().invoke(events, [*arguments, "--dry-run"], obj=lambda: None)
    assert dry.exit_code == 0, dry.output
    assert "nothing stored" in dry.output
    done = CliRunner().invoke(events, arguments, obj=lambda: None)
    assert "4 rows = 3 filed (3 dispatched) + 0 manual + 1 rejected" in done.output
    assert rejects.read_text("utf-8-sig").splitlines()[1].startswith("5,5,bad,lon,")


def test_the_command_names_what_is_wrong_with_a_file(city: None, tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("external_id,what\n1,2\n", encoding="utf-8")
    refused = CliRunner().invoke(events, ["import", str(path)], obj=lambda: None)
    assert refused.exit_code == 1
    assert "what" in refused.output
    zone = CliRunner().invoke(events, ["import", str(path), "--timezone", "X/Y"], obj=lambda: None)
    assert "X/Y" in zone.output
    columns = CliRunner().invoke(events, ["columns"])
    assert "external_id" in columns.output
