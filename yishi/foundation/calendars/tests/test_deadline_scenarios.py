"""Acceptance scenarios of city events that are questions of time, under their numbers."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from yishi.foundation.calendars import (
    CalendarRangeError,
    Light,
    PauseError,
    end_of_day,
    on_time,
    parse_limit,
)
from yishi.foundation.calendars.explain import Remark
from yishi.foundation.calendars.tests.support import CALENDAR, at

HOUR = timedelta(hours=1)


def test_s2_a1_emergency_hours_run_through_the_evening() -> None:
    due = CALENDAR.due(at("2026-02-14 17:30"), parse_limit("2紧急工作时"))
    assert due.at == at("2026-02-14 19:30")
    assert not due.provisional


def test_s2_a2_working_hours_skip_the_spring_festival_after_a_make_up_saturday() -> None:
    due = CALENDAR.due(at("2026-02-14 16:00"), parse_limit("4小时"))
    assert due.at == at("2026-02-24 10:00")


def test_s2_a4_a_working_day_ends_at_the_same_minute_of_the_make_up_saturday() -> None:
    assert CALENDAR.due(at("2026-05-08 16:30"), parse_limit("1工作日")).at == at("2026-05-09 16:30")


def test_s2_a5_a_suspension_to_the_end_of_a_day_resumes_with_what_was_left() -> None:
    start, limit = at("2026-03-02 09:00"), parse_limit("5工作日")
    pauses = [(at("2026-03-04 10:00"), end_of_day(date(2026, 3, 18)))]
    assert CALENDAR.due(start, limit).at == at("2026-03-09 09:00")
    assert CALENDAR.used(start, limit, at("2026-03-10 12:00"), pauses) == 17 * HOUR
    assert CALENDAR.remaining(start, limit, at("2026-03-19 08:00"), pauses) == 23 * HOUR
    assert CALENDAR.due(start, limit, pauses).at == at("2026-03-23 17:00")
    # Resuming at 8:00 of the next morning is the same thing: nothing is worked in between.
    assert CALENDAR.due(start, limit, [(pauses[0][0], at("2026-03-19 08:00"))]).at == at(
        "2026-03-23 17:00"
    )


def test_s2_a7_extensions_add_the_original_limit_to_the_current_deadline() -> None:
    limit = parse_limit("2工作日")
    first = CALENDAR.due(at("2026-03-10 09:00"), limit)
    second = CALENDAR.extend(first.at, limit)
    third = CALENDAR.extend(second.at, limit)
    assert [first.at, second.at, third.at] == [
        at("2026-03-12 09:00"),
        at("2026-03-16 09:00"),
        at("2026-03-18 09:00"),
    ]
    assert third.light(at("2026-03-18 09:00")) is Light.YELLOW
    assert third.light(at("2026-03-18 09:01")) is Light.RED


def test_s2_a8_the_deadline_itself_is_on_time_and_a_second_later_is_late() -> None:
    due = CALENDAR.due(at("2026-03-10 09:00"), parse_limit("2工作日"))
    assert due.on_time(at("2026-03-12 09:00:00"))
    assert not due.on_time(at("2026-03-12 09:00:01"))
    assert on_time(at("2026-03-12 09:00:00"), due.at)


def test_s2_a14_a_hotline_ticket_counts_whole_working_days_and_extends_by_as_many() -> None:
    limit = parse_limit("5工作日", "hotline")
    due = CALENDAR.due(at("2026-04-29 15:20"), limit)
    assert due.day == date(2026, 5, 9)
    assert due.on_time(at("2026-05-09 23:59:59"))
    assert not due.on_time(at("2026-05-11 08:00"))
    extended = CALENDAR.extend(due.at, limit)
    assert extended.day == date(2026, 5, 15)
    assert extended.on_time(at("2026-05-11 08:00"))


def test_five_working_days_from_three_in_the_afternoon_end_at_three() -> None:
    assert CALENDAR.due(at("2026-03-02 15:00"), parse_limit("5工作日")).at == at("2026-03-09 15:00")


@pytest.mark.parametrize("start", ["2026-03-02 12:00", "2026-03-02 13:10", "2026-03-02 14:00"])
def test_a_dispatch_in_the_lunch_break_counts_from_two(start: str) -> None:
    assert CALENDAR.due(at(start), parse_limit("1工作时")).at == at("2026-03-02 15:00")


def test_a_limit_that_fills_the_afternoon_ends_at_its_close_not_next_morning() -> None:
    assert CALENDAR.due(at("2026-03-02 16:00"), parse_limit("2工作时")).at == at("2026-03-02 18:00")


def test_a_public_notice_counts_its_first_day() -> None:
    start = at("2026-04-29 09:00")
    assert CALENDAR.due(start, parse_limit("5工作日", "notice")).day == date(2026, 5, 8)
    assert CALENDAR.due(start, parse_limit("5工作日", "licence")).day == date(2026, 5, 9)


@pytest.mark.parametrize(
    ("start", "text", "day"),
    [
        ("2025-12-31", "2个月", date(2026, 2, 28)),
        ("2026-03-10", "2个月", date(2026, 5, 11)),
        ("2026-08-03", "2个月", date(2026, 10, 8)),
        ("2026-09-18", "15日", date(2026, 10, 8)),
    ],
)
def test_calendar_days_and_months_move_past_rest_days(start: str, text: str, day: date) -> None:
    assert CALENDAR.due(at(f"{start} 10:00"), parse_limit(text, "civil")).day == day


def test_s10_7_light_is_yellow_in_the_last_fifth_and_red_after_the_day() -> None:
    due = CALENDAR.due(at("2026-09-16 10:00"), parse_limit("20工作日", "licence"))
    assert due.light(at("2026-10-13 23:59:59")) is Light.GREEN
    assert due.light(at("2026-10-14 00:00")) is Light.YELLOW
    assert due.light(at("2026-10-20 23:59:59")) is Light.YELLOW
    assert due.light(at("2026-10-21 00:00")) is Light.RED


def test_s10_1_seventy_days_are_yellow_on_the_last_evening_and_one_day_over_next() -> None:
    due = CALENDAR.due(at("2026-02-10 10:00"), parse_limit("70工作日", "licence"))
    assert due.day == date(2026, 5, 28)
    assert due.light(at("2026-05-28 23:59")) is Light.YELLOW
    assert due.light(at("2026-05-29 00:00")) is Light.RED
    assert CALENDAR.working_days_between(due.day, date(2026, 5, 29)) == 1


def test_hour_limits_turn_yellow_for_their_last_fifth_but_at_least_one_unit() -> None:
    due = CALENDAR.due(at("2026-03-02 09:00"), parse_limit("10工作时"))
    assert due.at == at("2026-03-03 11:00")
    assert due.warn_at == at("2026-03-03 09:00")
    assert CALENDAR.due(at("2026-03-02 09:00"), parse_limit("1工作时")).warn_at == at(
        "2026-03-02 09:00"
    )


def test_an_open_pause_gives_only_the_earliest_deadline() -> None:
    start, limit = at("2026-03-02 09:00"), parse_limit("5工作日")
    due = CALENDAR.due(start, limit, [(at("2026-03-04 10:00"), None)])
    assert due.paused
    assert due.at == CALENDAR.due(start, limit).at
    assert CALENDAR.used(
        start, limit, at("2026-06-01 10:00"), [(at("2026-03-04 10:00"), None)]
    ) == (17 * HOUR)


@pytest.mark.parametrize("text", ["15日", "2个月"])
def test_calendar_days_and_months_take_no_pause(text: str) -> None:
    with pytest.raises(PauseError):
        CALENDAR.due(
            at("2026-03-02 09:00"),
            parse_limit(text, "civil"),
            [(at("2026-03-04 10:00"), at("2026-03-05 10:00"))],
        )


def test_a_pause_that_ends_first_is_refused() -> None:
    with pytest.raises(PauseError):
        CALENDAR.due(
            at("2026-03-02 09:00"),
            parse_limit("5工作日"),
            [(at("2026-03-05 10:00"), at("2026-03-04 10:00"))],
        )


def test_beyond_the_published_years_is_provisional_and_strict_refuses() -> None:
    limit = parse_limit("30工作日", "licence")
    due = CALENDAR.due(at("2026-11-23 09:00"), limit)
    assert (due.day, due.provisional) == (date(2027, 1, 5), True)
    with pytest.raises(CalendarRangeError):
        CALENDAR.due(at("2026-11-23 09:00"), limit, strict=True)
    assert not CALENDAR.due(at("2026-12-31 17:00"), parse_limit("1工作时")).provisional
    assert CALENDAR.due(at("2026-12-31 17:01"), parse_limit("1工作时")).provisional
    assert not CALENDAR.due(at("2026-12-31 17:01"), parse_limit("9紧急工作时")).provisional


@pytest.mark.parametrize("start", ["1991-12-31 23:00", "2100-01-01 00:00", "2099-12-31 17:00"])
def test_outside_the_horizon_is_refused(start: str) -> None:
    with pytest.raises(CalendarRangeError):
        CALENDAR.due(at(start), parse_limit("5工作日"))


def test_an_explanation_ends_where_an_open_pause_began() -> None:
    start, limit = at("2026-03-02 09:00"), parse_limit("5工作日")
    lines = CALENDAR.explain(start, limit, [(at("2026-03-04 10:00"), None)])
    assert lines[-1].day == date(2026, 3, 4)
    assert lines[-1].total == 17 * HOUR
    assert lines[-1].remarks == (Remark.PAUSED, Remark.OPEN)


def test_an_explanation_names_days_in_chinese() -> None:
    first, second, *_, last = CALENDAR.explain(at("2026-02-14 16:00"), parse_limit("4小时"))
    assert first.text == "2026-02-14 星期六 调休上班（春节），计 2 小时，累计 2 小时"
    assert second.text == "2026-02-15 星期日 节假日（春节），计 0 小时，累计 2 小时"
    assert last.text == "2026-02-24 星期二 工作日，计 2 小时，累计 4 小时，到期"
