"""What is wrong with a row is said with row number and field, and the others go in."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yishi.foundation.cases.models import Case
from yishi.systems.city_events.importing.errors import ImportFileError, Rejection
from yishi.systems.city_events.importing.files import FileImport, import_file
from yishi.systems.city_events.importing.reading import encoding_of
from yishi.systems.city_events.importing.rejects import RejectReport
from yishi.systems.city_events.importing.service import Tally
from yishi.systems.city_events.importing.tests.conftest import (
    HEADER,
    NOW,
    RUBBISH,
    SPOT,
    Importer,
    rows_of,
)

Write = Callable[[bytes], Path]
FULL = (
    "external_id,received_at,type,type_name,lon,lat,datum,division,landmark,description,"
    "phone,email,secret,confidence"
)


def quiet(tally: Tally) -> None:
    """Tells nobody."""


def brought(path: Path, channel: str = "fuzz") -> Tally:
    """Import a file."""
    tally = import_file(path, FileImport(channel=channel), now=NOW, tell=quiet)
    assert tally.adds_up
    return tally


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (f"x,{RUBBISH},999,32,d", "lon"),
        (f"x,{RUBBISH},112.1,,d", "lat"),
        (f"x,{RUBBISH},nan,32,d", "lon"),
        (f"x,{RUBBISH},{SPOT},{'长' * 2001}", "description"),
        (f"x,{RUBBISH},{SPOT},a\x00b", "description"),
        (f"x,{RUBBISH},{SPOT},a\ud800b", "description"),
        (f"x\udcff,{RUBBISH},{SPOT},d", "external_id"),
        (f",{RUBBISH},{SPOT},d", "external_id"),
        (f"{'9' * 129},{RUBBISH},{SPOT},d", "external_id"),
        (f"x,{RUBBISH}", "row"),
        (f"x,{RUBBISH},{SPOT},d,more", "row"),
        (f"x,,{SPOT},", "description"),
        (f"x,{RUBBISH},{SPOT},{'y' * 140_000}", "row"),
    ],
)
def test_a_bad_row_is_named_and_its_neighbours_go_in(
    bring: Importer, line: str, field: str
) -> None:
    before = f"before,{RUBBISH},{SPOT},垃圾\n"
    tally = bring(f"{HEADER}{before}\n{line}\nafter,{RUBBISH},{SPOT},垃圾\n")
    assert (tally.rows, tally.filed, tally.rejected) == (3, 2, 1)
    assert (bring.rejected[0].row, bring.rejected[0].field) == (4, field)


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("received_at", "2030-01-01", "received_at"),
        ("received_at", "昨天", "received_at"),
        ("phone", "12", "phone"),
        ("email", "nobody", "email"),
        ("secret", "maybe", "secret"),
        ("datum", "moon", "datum"),
        ("confidence", "sure", "confidence"),
        ("division", "没有的区", "division"),
        ("landmark", "没有的地标", "landmark"),
    ],
)
def test_every_column_has_its_own_refusal(
    bring: Importer, name: str, value: str, field: str
) -> None:
    lon, lat = ("", "") if name in ("division", "landmark") else SPOT.split(",")
    cells = {"external_id": "x", "type": RUBBISH, "lon": lon, "lat": lat, name: value}
    columns = FULL.split(",")
    text = f"{FULL}\n{','.join(cells.get(column, '') for column in columns)}\n"
    assert bring(text).rejected == 1
    assert bring.rejected[0].field == field


def test_a_quoted_line_break_is_part_of_the_text(bring: Importer) -> None:
    text = f'{HEADER}x,{RUBBISH},{SPOT},"垃圾\n很多"\ny,{RUBBISH},999,32,垃圾\n'
    assert bring(text).filed == 1
    assert (bring.rejected[0].row, bring.rejected[0].line) == (3, 4)


def test_names_stand_for_keys(bring: Importer) -> None:
    text = (
        "external_id,type_name,division,description\n"
        "known,暴露生活垃圾,樊城区,路边有垃圾\n"
        "unknown,从没听说过的类别,樊城区,\n"
    )
    tally = bring(text)
    # A county alone is no certain place: both wait for a person.
    assert (tally.manual, tally.rejected) == (2, 0)
    case = Case.objects.unscoped("a test looks").order_by("-id")
    assert [row.type_key for row in case[:2]] == ["", RUBBISH]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings_are_recognised(city: None, file_of: Write, encoding: str) -> None:
    path = file_of(rows_of(3).encode(encoding))
    assert brought(path, encoding).filed == 3


def test_damaged_bytes_refuse_their_row_only(city: None, file_of: Write) -> None:
    data = rows_of(3).encode() + f"z,{RUBBISH},{SPOT},".encode() + b"\xff\xfe\n"
    path = file_of(data)
    assert encoding_of(path) == "utf-8-sig"
    tally = brought(path)
    assert (tally.filed, tally.rejected) == (3, 1)


def test_utf_16_is_refused_with_advice(city: None, file_of: Write) -> None:
    with pytest.raises(ImportFileError, match="UTF-16"):
        brought(file_of(rows_of(1).encode("utf-16")))


CELL = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", "a1", "a2", RUBBISH, "112.1420", "32.0500", "2026-01-01", "x" * 129, '"', "=1+1"]
    ),
)
TABLE = st.lists(st.lists(CELL, min_size=0, max_size=6), max_size=12)


def _csv(table: list[list[str]]) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(table)
    return stream.getvalue().encode("utf-8", "surrogatepass")


@given(
    head=st.sampled_from([HEADER.encode(), b"", f"{FULL}\n".encode(), b"external_id,type\n"]),
    body=st.one_of(st.binary(max_size=300), TABLE.map(_csv)),
    number=st.integers(0, 10**9),
)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_bytes_are_counted_to_the_row_and_never_twice(
    city: None, file_of: Write, head: bytes, body: bytes, number: int
) -> None:
    path = file_of(head + body)
    channel = f"f{number}"
    try:
        first = brought(path, channel)
    except ImportFileError:
        return
    before = Case.objects.unscoped("a test counts").count()
    again = brought(path, channel)
    taken = first.filed + first.manual + first.repeated
    assert (again.filed, again.manual) == (0, 0)
    assert (again.repeated, again.rejected) == (taken, first.rejected)
    assert Case.objects.unscoped("a test counts").count() == before


def test_the_report_of_rejects_is_safe_to_open() -> None:
    stream = io.StringIO()
    report = RejectReport(stream)
    report(Rejection(2, 2, "=HYPERLINK(1)\ud800", "lon", "应为经纬度数值"))
    rows = list(csv.reader(io.StringIO(stream.getvalue())))
    assert rows[0] == ["row", "line", "external_id", "field", "reason"]
    assert rows[1] == ["2", "2", "'=HYPERLINK(1)?", "lon", "应为经纬度数值"]
