"""Durations, moments and due lights."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.ui import parts, timetext

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "不到 1 分"),
        (59, "不到 1 分"),
        (60, "1 分"),
        (35 * 60, "35 分"),
        (3600, "1 小时"),
        (7800, "2 小时 10 分"),
        (86400, "1 天"),
        (86400 + 59 * 60, "1 天"),
        (27 * 3600, "1 天 3 小时"),
        (-2100, "35 分"),
    ],
)
def test_a_duration_is_its_two_largest_units_rounded_down(seconds: int, text: str) -> None:
    assert timetext.duration_text(seconds) == text
    assert timetext.duration_text(timedelta(seconds=seconds)) == text


def test_moments_are_those_of_shanghai() -> None:
    assert timetext.moment_text(NOW) == "2026年11月24日 10:00"
    assert timetext.moment_text(NOW, NOW) == "11月24日 10:00"
    assert timetext.date_text(datetime(2026, 12, 31, 16, 0, tzinfo=UTC)) == "2027年1月1日"
    assert timetext.date_text(date(2026, 1, 2)) == "2026年1月2日"
    with translation.override("en"):
        assert timetext.moment_text(NOW) == "2026-11-24 10:00"
    with pytest.raises(ValueError, match="naive"):
        timetext.moment_text(datetime(2026, 1, 1))


def test_relative_times_say_before_and_after() -> None:
    assert timetext.relative_text(NOW, NOW) == "刚刚"
    assert timetext.relative_text(NOW - 35 * MINUTE, NOW) == "35 分前"
    assert timetext.relative_text(NOW + 130 * MINUTE, NOW) == "2 小时 10 分后"
    assert timetext.relative_text(NOW - 200 * HOUR, NOW) == "11月16日 02:00"


@pytest.mark.parametrize(
    ("light", "level", "text"),
    [
        (parts.light(NOW + 130 * MINUTE, NOW), "green", "剩 2 小时 10 分"),
        (parts.light(NOW + 2 * HOUR, NOW), "yellow", "剩 2 小时"),
        (parts.light(NOW + 5 * HOUR, NOW, warn_at=NOW), "yellow", "剩 5 小时"),
        (parts.light(NOW, NOW), "red", "逾期 不到 1 分"),
        (parts.light(NOW - 35 * MINUTE, NOW), "red", "逾期 35 分"),
        (parts.light(NOW - HOUR, NOW, paused=True), "paused", "计时暂停"),
        (parts.light(NOW, NOW, done_at=NOW), "done", "按时办结"),
        (parts.light(NOW - HOUR, NOW + HOUR, done_at=NOW), "red", "逾期 1 小时办结"),
        (parts.light(None, NOW), "none", "不计时"),
    ],
)
def test_a_light_says_its_state_in_words(light: parts.Light, level: str, text: str) -> None:
    assert (light.level, light.text) == (level, text)


@given(
    st.timedeltas(timedelta(days=-400), timedelta(days=400)),
    st.timedeltas(timedelta(0), timedelta(days=30)),
)
def test_a_light_never_turns_back_while_time_goes_on(left: timedelta, warning: timedelta) -> None:
    order = ["green", "yellow", "red"]
    due = NOW + left
    levels = [
        order.index(parts.light(due, moment, warn_at=due - warning).level)
        for moment in (NOW - HOUR, NOW, NOW + HOUR)
    ]
    assert levels == sorted(levels)
    assert (levels[1] == 2) == (left <= timedelta(0))


def test_a_provisional_deadline_says_so() -> None:
    assert parts.light(NOW, NOW, provisional=True).due_text == "11月24日 10:00（暂定）"
