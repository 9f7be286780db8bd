"""Every condition explains itself in Chinese, and in English on request."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from yishi.foundation.rulebook.comparing import Operator
from yishi.foundation.rulebook.decisions import explain_outcome
from yishi.foundation.rulebook.facts import Fact, FactType, Seen
from yishi.foundation.rulebook.rules import AnyGroup, Condition, Rule, evaluate
from yishi.foundation.rulebook.tests.support import AT

CHANNELS = {"camera": ("摄像头", "camera"), "app": ("手机应用", "app"), "tv": ("电视", "")}


@pytest.mark.parametrize(
    ("fact", "op", "operand", "value", "texts"),
    [
        (
            Fact("x", FactType.DECIMAL, "识别置信度", "Confidence"),
            "ge",
            Decimal("0.85"),
            Decimal("0.93"),
            ("识别置信度 0.93 ≥ 0.85", "Confidence 0.93 ≥ 0.85"),
        ),
        (
            Fact("x", FactType.DECIMAL, "研发投入占比", "R&D share", unit="%"),
            "ge",
            Decimal("3.00"),
            Decimal("2.10"),
            ("研发投入占比 2.1% < 3%", "R&D share 2.1% < 3%"),
        ),
        (
            Fact("x", FactType.INT, "人数", "Staff", unit="人"),
            "between",
            (10, 300),
            301,
            (
                "人数 301 人 不在 10 人 至 300 人 之间",
                "Staff 301 people is not between 10 people and 300 people",
            ),
        ),
        (
            Fact("x", FactType.MONEY, "纳税额", "Tax"),
            "lt",
            -5,
            1_234_567,
            ("纳税额 12,345.67 元 ≥ -0.05 元", "Tax CNY 12,345.67 ≥ CNY -0.05"),
        ),
        (
            Fact("x", FactType.TEXT, "渠道", "Channel", values=CHANNELS),
            "not_in",
            frozenset({"camera", "tv"}),
            "camera",
            ("渠道 摄像头 属于（摄像头、电视）", "Channel camera is one of (camera, 电视)"),
        ),
        (
            Fact("x", FactType.TEXT, "路径", "Path"),
            "starts_with",
            "4206/GX",
            "4206/420606",
            ("路径 4206/420606 不以 4206/GX 开头", "Path 4206/420606 does not start with 4206/GX"),
        ),
        (
            Fact("x", FactType.SET, "标签", "Tags"),
            "contains_any",
            frozenset({"a", "b"}),
            frozenset(),
            ("标签 （无） 不含（a、b）中任何一项", "Tags (none) contains none of (a, b)"),
        ),
        (
            Fact("x", FactType.DATE, "注册日期", "Registered"),
            "eq",
            date(2026, 1, 1),
            date(2026, 1, 2),
            ("注册日期 2026-01-02 ≠ 2026-01-01", "Registered 2026-01-02 ≠ 2026-01-01"),
        ),
        (
            Fact("x", FactType.DATETIME, "巡查", "Patrol"),
            "le",
            datetime(2026, 1, 1, tzinfo=UTC),
            datetime(2025, 12, 31, 23, 0, 1, tzinfo=UTC),
            (
                "巡查 2026-01-01 07:00:01 ≤ 2026-01-01 08:00",
                "Patrol 2026-01-01 07:00:01 ≤ 2026-01-01 08:00",
            ),
        ),
        (
            Fact("x", FactType.BOOL, "位置确定", "Place certain"),
            "is_true",
            None,
            False,
            ("位置确定：否", "Place certain: no"),
        ),
    ],
)
def test_a_reason_shows_what_was_compared(
    fact: Fact, op: str, operand: Any, value: Any, texts: tuple[str, str]
) -> None:
    rule = Rule("test.words", (Condition("x", fact, Operator(op), operand),), "规则")
    outcome = evaluate(rule, {"x": value}, {}, AT)
    assert outcome.reasons("zh-hans") == [texts[0]]
    assert outcome.reasons("en") == [texts[1]]


def test_stale_data_says_its_age_limit() -> None:
    fact = Fact("x", FactType.INT, "人数", "Staff", freshness=timedelta(hours=36))
    rule = Rule("test.stale", (Condition("x", fact, Operator.GE, 1),), "规则")
    seen = Seen(1, datetime(2026, 5, 1, 0, 0, tzinfo=UTC))
    outcome = evaluate(rule, {"x": seen}, {}, AT)
    assert outcome.reasons() == ["人数：数据已过期（取得于 2026-05-01 08:00，有效期 36 小时）"]
    assert outcome.reasons("en") == ["Staff: stale data (of 2026-05-01 08:00, good for 36 h)"]


def test_why_is_told_item_by_item_with_its_basis() -> None:
    known = Fact("known", FactType.BOOL, "已识别", "Recognised")
    share = Fact("share", FactType.DECIMAL, "占比", "Share")
    rule = Rule(
        "test.page",
        (
            Condition("known", known, Operator.IS_TRUE, basis="办法", clause="第一条"),
            AnyGroup(
                (
                    Condition("low", share, Operator.LT, Decimal(1)),
                    Condition("high", share, Operator.GT, Decimal(3)),
                ),
                "过低或过高",
                "too low or too high",
            ),
        ),
        "自动立案",
        "Automatic filing",
        illustrative=True,
        version=2,
    )
    outcome = evaluate(rule, {"known": True, "share": Decimal(2)}, {}, AT)
    assert [str(line) for line in explain_outcome(outcome)] == [
        "✗ 自动立案（示意） test.page 第 2 版：不成立",
        "  ✓ 已识别：是  [办法第一条]",
        "  ✗ 过低或过高",
        "    ✗ 占比 2 ≥ 1",
        "    ✗ 占比 2 ≤ 3",
    ]
    assert outcome.against() == "占比 2 ≥ 1，且占比 2 ≤ 3"
    assert outcome.against("en") == "Share 2 ≥ 1 and Share 2 ≤ 3"
    english = [str(line) for line in explain_outcome(outcome, "en")]
    assert english[0] == "✗ Automatic filing (illustrative) test.page version 2: does not hold"
