"""Conflicts, rows that never match and gaps are found when the table is loaded, with their line."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from yishi.foundation.calendars.tests.support import CALENDAR
from yishi.foundation.cases.catalogue_errors import CatalogueError
from yishi.foundation.cases.commands import catalogue as command
from yishi.systems.city_events.catalogue import load_catalogue
from yishi.systems.city_events.routing.checks import find, gaps, problems
from yishi.systems.city_events.routing.city_folder import register_of
from yishi.systems.city_events.routing.reading import (
    from_content,
    parse_folder,
    read_routing,
    to_content,
    written,
)
from yishi.systems.city_events.routing.table import Question, Row, Table
from yishi.systems.city_events.routing.tests.conftest import XIANGYANG, at, row

CATALOGUE = load_catalogue(XIANGYANG / "events")
CONFLICT = """  - key: T-1
    from: 2026-01-01
    type: event/03/01
    hours: "23:00-01:00"
    unit: 4206-GA
    reason: 测试
    source: 测试
"""


def append(folder: Path, text: str) -> int:
    """Add a row to the folder's table; returns its first line."""
    path = folder / "routing.yaml"
    before = path.read_text("utf-8")
    path.write_text(before + text, encoding="utf-8")
    return before.count("\n") + 1


def test_the_citys_table_is_sound_and_every_county_has_somebody_for_every_type() -> None:
    table = read_routing((XIANGYANG / "routing.yaml").read_bytes())
    register = register_of(XIANGYANG)
    assert register is not None
    assert table.illustrative
    assert problems(table, CATALOGUE, register) == []
    assert gaps(CATALOGUE, register, date(2026, 5, 1)) == []


def test_a_table_reads_back_as_it_was_written() -> None:
    content = parse_folder(XIANGYANG)
    assert to_content(from_content(content)) == content
    assert to_content(read_routing(written(content).encode())) == content


def test_conflicts_stop_a_check_with_file_and_line(folder: Path) -> None:
    line = append(folder, CONFLICT)
    result = CliRunner().invoke(command, ["check", str(folder / "events")])
    assert result.exit_code == 1
    assert f"routing.yaml:{line}: key: 规则 T-1 与第 9 行的 XY-001 同级" in result.output


def test_what_does_not_exist_is_named_with_its_line(folder: Path) -> None:
    line = append(folder, CONFLICT.replace("event/03/01", "event/99/99").replace("-GA", "-NO"))
    result = CliRunner().invoke(command, ["check", str(folder / "events")])
    assert f"routing.yaml:{line}: type: 目录中没有类别 event/99/99" in result.output
    assert f"routing.yaml:{line}: unit: 没有编码为 4206-NO 的单位" in result.output


def test_a_function_that_a_county_lacks_is_told(folder: Path) -> None:
    path = folder / "units.yaml"
    lines = path.read_text("utf-8").splitlines()
    kept = [one for one in lines if "functions: [commerce]" not in one]
    path.write_text("\n".join(kept), "utf-8")
    result = CliRunner().invoke(command, ["check", str(folder / "events")])
    assert "樊城区没有承担“商务”的单位" in result.output


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("hours", "'25:00-26:00'"),
        ("season", "02-30~03-01"),
        ("channels", "[telegraph]"),
        ("level", "galaxy"),
        ("from", "yesterday"),
        ("to", "2019-01-01"),
        ("odd", "1"),
    ],
)
def test_a_field_that_cannot_be_read_is_named(field: str, value: str) -> None:
    fields = {"key": "A", "from": "2020-01-01", "unit": "X", "reason": "r", "source": "s"}
    row_text = ", ".join(f"{name}: {text}" for name, text in {**fields, field: value}.items())
    with pytest.raises(CatalogueError, match=field):
        read_routing(f"format: 1\nrows:\n- {{{row_text}}}\n".encode())


def test_a_row_that_more_particular_ones_cover_can_never_match() -> None:
    halves = (
        row("DAY", type_key="event/01/10", hours=(360, 1320)),
        row("NIGHT", type_key="event/01/10", hours=(1320, 360)),
    )
    covered = row("ALL", type_key="event/01/10")
    never = find(Table((*halves, covered)), CATALOGUE).never
    assert [(one.key, "涵盖" in why) for one, why in never] == [("ALL", True)]
    gap = replace(halves[1], hours=(1330, 360))
    assert find(Table((halves[0], gap, covered)), CATALOGUE).never == ()


_ROWS = st.lists(
    st.builds(
        lambda **more: row("", **more),
        type_key=st.sampled_from(["", "event/01/10", "event/01/11"]),
        area=st.sampled_from(["", "4206/420606", "4206/420602"]),
        hours=st.sampled_from([None, (0, 360), (300, 1320), (1320, 360)]),
        days=st.sampled_from(["", "workday", "restday"]),
        channels=st.sampled_from([(), ("portal",), ("portal", "hotline"), ("camera",)]),
    ),
    max_size=5,
)
_QUESTIONS = st.builds(
    Question,
    st.sampled_from(["event/01/10", "event/01/11", "event/01/12"]),
    st.sampled_from(["4206", "4206/420606", "4206/420606/420606001", "4206/420602"]),
    st.integers(0, 24 * 14).map(lambda n: at("2026-03-02 00:30") + timedelta(hours=n)),
    st.booleans(),
    st.sampled_from(["portal", "hotline", "camera", "api"]),
)


@hypothesis(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=_ROWS, questions=st.lists(_QUESTIONS, min_size=10, max_size=20))
def test_what_the_check_finds_is_what_deciding_does(
    rows: list[Row], questions: list[Question]
) -> None:
    table = Table(tuple(replace(one, key=f"R{n}") for n, one in enumerate(rows)))
    found = find(table, CATALOGUE)
    never = {one.key for one, _ in found.never}
    pairs = {frozenset({one.first.key, one.second.key}) for one in found.conflicts}
    for question in questions:
        picked = table.pick(question, CALENDAR)
        if picked is None:
            continue
        assert picked.key not in never
        rest = Table(tuple(one for one in table.rows if one.key != picked.key))
        other = rest.pick(question, CALENDAR)
        if other is not None and other.rank == picked.rank:
            assert frozenset({picked.key, other.key}) in pairs
