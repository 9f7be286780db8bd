"""A deadline asked for in texts: the answer of the API, and the command line."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.calendars.commands import deadline
from yishi.foundation.calendars.presentation import explain_deadline
from yishi.foundation.calendars.tests.support import CALENDAR, CITY
from yishi.foundation.revisions.errors import FieldError

FILE = ["--calendar", str(CITY / "calendar.json")]


def test_s2_a5_is_explained_day_by_day() -> None:
    answer = explain_deadline(
        "2026-03-02T09:00", "5工作日", ["2026-03-04T10:00..2026-03-18"], calendar=CALENDAR
    )
    assert answer["due_at"] == "2026-03-23T17:00:00+08:00"
    assert len(answer["lines"]) == 22
    assert answer["lines"][2]["total"] == 17 * 3600
    assert answer["lines"][-1]["total_text"] == "40 小时"
    json.dumps(answer)


def test_times_with_an_offset_are_converted_and_dates_do_for_date_limits() -> None:
    utc = explain_deadline("2026-03-02T01:00Z", "5工作日", [], calendar=CALENDAR)
    assert utc["due_at"] == "2026-03-09T09:00:00+08:00"
    day = explain_deadline("2026-02-10", "70日", [], profile="licence", calendar=CALENDAR)
    assert day["due_day"] == "2026-05-28"


def test_an_open_pause_promises_no_deadline() -> None:
    answer = explain_deadline(
        "2026-03-02T09:00", "5工作日", ["2026-03-04T10:00.."], calendar=CALENDAR
    )
    assert answer["paused"] and answer["due_at"] is None


@pytest.mark.parametrize(
    ("start", "limit", "pauses", "field"),
    [
        ("2026-03-02", "5工作日", [], "start"),
        ("2026-02-30T09:00", "5工作日", [], "start"),
        ("2026-03-02T25:00", "5工作日", [], "start"),
        ("0001-01-01T00:00+14:00", "5工作日", [], "start"),
        ("１９９９", "5工作日", [], "start"),
        ("2026-03-02T09:00", "5", [], "limit"),
        ("2026-03-02T09:00", "5工作日", ["2026-03-04"], "pauses"),
        ("2026-03-02T09:00", "5工作日", ["..2026-03-04"], "pauses"),
        ("2026-03-02T09:00", "5工作日", ["2026-03-05..2026-03-03"], "pauses"),
        ("2026-03-02T09:00", "5工作日", ["2026-03-05..9999-12-31"], "pauses"),
        ("2026-03-02T09:00", "5工作日", ["2026-03-04..2026-03-05"] * 101, "pauses"),
    ],
)
def test_bad_input_names_its_field(start: str, limit: str, pauses: list[str], field: str) -> None:
    with pytest.raises(FieldError) as caught:
        explain_deadline(start, limit, pauses, calendar=CALENDAR)
    assert caught.value.field == field


@given(st.text(max_size=30), st.text(max_size=12), st.lists(st.text(max_size=30), max_size=2))
def test_any_text_is_answered_or_refused(start: str, limit: str, pauses: list[str]) -> None:
    try:
        explain_deadline(start, limit, pauses, calendar=CALENDAR)
    except FieldError:
        return


def test_s2_a2_on_the_command_line() -> None:
    result = CliRunner().invoke(deadline, ["2026-02-14T16:00", "4小时", *FILE])
    assert result.exit_code == 0
    assert "2026-02-14 星期六  计 2 小时，累计 2 小时  调休上班（春节）" in result.output
    assert "到期：2026-02-24 10:00" in result.output


def test_the_command_line_gives_json_with_a_pause() -> None:
    arguments = ["2026-03-02T09:00", "5工作日", "--pause", "2026-03-04T10:00..2026-03-18"]
    result = CliRunner().invoke(deadline, [*arguments, "--json", *FILE])
    assert json.loads(result.output)["due_text"] == "2026-03-23 17:00"


def test_the_command_line_refuses_with_exit_code_2_and_the_field() -> None:
    result = CliRunner().invoke(deadline, ["2026-03-02T09:00", "种植季节15工作日", *FILE])
    assert result.exit_code == 2
    assert "limit" in result.stderr and "种植季节" in result.stderr
