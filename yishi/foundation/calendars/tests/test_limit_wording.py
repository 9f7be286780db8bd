"""Limits are read from official wording; what needs guessing is refused with a reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.calendars import CountMode, Limit, LimitError, Unit, parse_limit
from yishi.foundation.calendars.limits import PROFILES, parse_rows

READ = [
    ("2紧急工作时", "events", 2, Unit.EMERGENCY_HOUR),
    ("2紧急工作日", "events", 2, Unit.EMERGENCY_DAY),
    ("1紧急工作时\n", "events", 1, Unit.EMERGENCY_HOUR),
    (" 5工作日", "events", 5, Unit.WORKING_DAY_FROM_MINUTE),
    ("5 工作日", "events", 5, Unit.WORKING_DAY_FROM_MINUTE),
    ("４工作时", "events", 4, Unit.WORKING_HOUR),
    ("4小时", "events", 4, Unit.WORKING_HOUR),
    ("4小时", "hotline", 4, Unit.EMERGENCY_HOUR),
    ("15天", "events", 15, Unit.WORKING_DAY_FROM_MINUTE),
    ("30自然日", "events", 30, Unit.NATURAL_DAY),
    ("30自然日", "civil", 30, Unit.CALENDAR_DAY),
    ("3个月", "events", 3, Unit.MONTH),
    ("一年", "civil", 12, Unit.MONTH),
    ("15分钟", "events", 15, Unit.MINUTE),
    ("20日", "licence", 20, Unit.WORKING_DAY),
    ("20日", "civil", 20, Unit.CALENDAR_DAY),
    ("七日内", "penalty", 7, Unit.WORKING_DAY),
    ("10日", "penalty", 10, Unit.CALENDAR_DAY),
    ("5个工作日", "hotline", 5, Unit.WORKING_DAY),
    ("十五个工作日以内", "events", 15, Unit.WORKING_DAY_FROM_MINUTE),
    ("一百零五工作日", "licence", 105, Unit.WORKING_DAY),
    ("两小时", "events", 2, Unit.WORKING_HOUR),
]


@pytest.mark.parametrize(("text", "profile", "amount", "unit"), READ)
def test_official_wording_is_read(text: str, profile: str, amount: int, unit: Unit) -> None:
    limit = parse_limit(text, profile)
    assert (limit.amount, limit.unit, limit.text) == (amount, unit, text.strip())
    assert limit.count_mode is CountMode.EXCLUSIVE


def test_a_public_notice_counts_the_day_of_posting() -> None:
    assert parse_limit("5工作日", "notice").count_mode is CountMode.INCLUSIVE


REFUSED = [
    ("种植季节15工作日", "种植季节"),
    ("1紧急工作时制止", "制止"),
    ("", "为空"),
    (" \n　", "为空"),
    ("0工作日", "大于零"),
    ("零工作日", "大于零"),
    ("-5工作日", "负"),
    ("1.5小时", "整数"),
    ("半小时", "整数"),
    ("3-5工作日", "范围"),
    ("三至五工作日", "范围"),
    ("5", "单位"),
    ("3月", "单位"),
    ("工作日", "缺少"),
    ("尽快", "缺少"),
    ("20日", "含义不明"),
    ("10000000工作日", "过大"),
    ("1001工作日", "过大"),
    ("9" * 5000 + "天", "过大"),
    ("一五工作日", "歧义"),
    ("一百五工作日", "歧义"),
    ("1 5工作日", "条件"),
    ("\ud800工作日", "缺少"),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED, ids=lambda value: ascii(value)[:30])
def test_what_needs_guessing_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(LimitError) as caught:
        parse_limit(text)
    assert reason in caught.value.reason
    assert caught.value.field == "limit"
    caught.value.message.encode()


def test_unknown_profile_is_refused() -> None:
    with pytest.raises(LimitError, match="口径"):
        parse_limit("5工作日", "nothing")


def test_s2_a19_an_import_row_with_a_season_is_refused_with_its_row_number() -> None:
    limits, refused = parse_rows([(2, "2工作日"), (3, "种植季节15工作日"), (4, "1紧急工作时制止")])
    assert list(limits) == [2]
    assert [error.row for error in refused] == [3, 4]
    assert str(refused[0].row) in refused[0].message
    assert "种植季节" in refused[0].reason


@pytest.mark.parametrize("amount", [0, -1, True, 10**9])
def test_no_limit_object_can_hold_an_absurd_amount(amount: int) -> None:
    with pytest.raises(LimitError):
        Limit(amount, Unit.WORKING_DAY, "x")


@given(st.text(alphabet="0123456789一二三十百千零两个紧急工作自然时日天小分钟月年内半-. 制止５"))
def test_any_text_is_read_or_refused_and_never_anything_else(text: str) -> None:
    for profile in PROFILES:
        try:
            limit = parse_limit(text, profile)
        except LimitError as error:
            assert error.reason
        else:
            assert limit.amount >= 1


def in_chinese(n: int) -> str:
    """n (1 … 999) as it is written."""
    digits = "零一二三四五六七八九"
    hundreds, rest = divmod(n, 100)
    tens, ones = divmod(rest, 10)
    text = f"{digits[hundreds]}百" if hundreds else ""
    if tens:
        text += f"{'' if tens == 1 and not hundreds else digits[tens]}十"
    elif hundreds and ones:
        text += "零"
    return text + (digits[ones] if ones else "")


@given(st.integers(1, 999))
def test_chinese_numerals_are_read_as_written(n: int) -> None:
    assert parse_limit(f"{in_chinese(n)}工作日").amount == n
