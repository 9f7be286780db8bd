"""A file of rules is refused, with file, line, rule and condition, for whatever is typed wrong."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.rulebook.content import content_of, rule_from_content
from yishi.foundation.rulebook.errors import RuleError, RuleFileError
from yishi.foundation.rulebook.rulefile import parse_rules, read_rules
from yishi.foundation.rulebook.rules import AnyGroup

FILE = """\
document: 示意文件
illustrative: true
facts:
  known: {type: bool, label: 已识别}
  staff: {type: int, label: 人数, unit: 人, freshness: 30d}
  share: {type: decimal, label: 占比, scale: 2}
  paid: {type: money, label: 纳税额}
  channel: {type: text, label: 渠道, values: {app: {zh: 应用}, camera: {zh: 摄像头}}}
  since: {type: date, label: 注册日期}
  seen: {type: datetime, label: 巡查}
  tags: {type: set, label: 标签}
parameters:
  least: {type: decimal, label: 下限, values: [{value: 0.85, from: 2026-01-01}]}
  machines: {type: text, label: 机器, many: true, values: [{value: [camera], from: 2026-01-01}]}
rules:
  - key: test.rule
    label: 规则
    from: 2026-01-01
    when:
      - CONDITION
"""
LINE = 20


def _parse(condition: str) -> list[str]:
    try:
        parse_rules(FILE.replace("CONDITION", condition).encode(), "f.yaml")
    except RuleFileError as error:
        return [str(problem) for problem in error.problems]
    return []


@pytest.mark.parametrize(
    "condition",
    [
        "{fact: known, is: is_true}",
        "{fact: staff, is: between, value: [1, 3]}",
        "{fact: share, is: ge, value: 3}",
        "{fact: share, is: ge, parameter: least}",
        "{fact: channel, is: not_in, parameter: machines}",
        "{fact: channel, is: starts_with, value: app}",
        "{fact: since, is: lt, value: 2026-05-08}",
        "{fact: seen, is: lt, value: 2026-05-08T08:00:00+08:00}",
        "{fact: tags, is: contains_any, value: [a, b]}",
        "{any: [{fact: known, is: is_true}, {fact: paid, is: gt, value: 100}]}",
    ],
)
def test_each_kind_of_condition_can_be_written(condition: str) -> None:
    assert _parse(condition) == []


@pytest.mark.parametrize(
    ("condition", "part", "message"),
    [
        ("{fact: since, is: ge, value: 5}", "value", "应为日期，得到整数 5"),
        ("{fact: staff, is: ge, value: 2026-05-08}", "value", "应为整数，得到日期或时间"),
        ('{fact: staff, is: ge, value: "5"}', "value", "应为整数，得到文字 5"),
        ("{fact: staff, is: ge, value: 5.0}", "value", "应为整数，得到小数"),
        ("{fact: staff, is: ge, value: 010}", "value", "应为整数"),
        ("{fact: staff, is: ge, value: 1:30}", "value", "应为整数"),
        ("{fact: staff, is: ge, value: 9223372036854775808}", "value", "64 位"),
        ("{fact: paid, is: ge, value: 100.50}", "value", "应为金额（分），得到小数"),
        ('{fact: share, is: ge, value: "3"}', "value", "应为小数，得到文字"),
        ("{fact: share, is: ge, value: 0.125}", "value", "最多 2 位小数"),
        ("{fact: share, is: ge, value: .nan}", "value", "应为小数"),
        ("{fact: seen, is: lt, value: 2026-05-08T08:00:00}", "value", "时区"),
        ("{fact: since, is: lt, value: 2026-02-30}", "value", "不是有效的日期"),
        ("{fact: channel, is: eq, value: radio}", "value", "没有 'radio' 这个取值"),
        ("{fact: channel, is: in, value: app}", "", "应为列表"),
        ("{fact: channel, is: in, value: []}", "value", "非空列表"),
        ("{fact: staff, is: between, value: [3, 1]}", "value", "下限大于上限"),
        ("{fact: staff, is: between, value: [3]}", "value", "两个值"),
        ("{fact: channel, is: lt, value: app}", "is", "文字不能用 lt 比较"),
        ("{fact: known, is: eq, value: true}", "value", "应为是否"),
        ("{fact: known, is: is_true, value: 1}", "value", "应为是否"),
        ("{fact: staff, is: like, value: 1}", "is", "没有运算符 like"),
        ("{fact: nobody, is: is_true}", "fact", "未声明的事实 nobody"),
        ("{fact: staff, is: ge, parameter: nothing}", "parameter", "未声明的参数"),
        ("{fact: staff, is: ge, parameter: least}", "parameter", "事实为整数，参数为小数"),
        ("{fact: share, is: in, parameter: least}", "parameter", "in 需要列表参数"),
        ("{fact: channel, is: eq, parameter: machines}", "parameter", "不接受列表参数"),
        ("{fact: staff, is: ge, value: 1, if: x}", "if", "没有字段 if"),
        ("{fact: staff, is: ge}", "value", "不能与 None 比较"),
    ],
)
def test_a_wrong_condition_is_refused_where_it_stands(
    condition: str, part: str, message: str
) -> None:
    problems = _parse(condition)
    assert len(problems) == 1, problems
    where = f"test.rule.when[0].{part}".removesuffix(".")
    assert problems[0].startswith(f"f.yaml:{LINE}: {where}: ")
    assert message in problems[0]


def test_all_problems_of_a_file_are_told_at_once() -> None:
    data = FILE.replace("CONDITION", "{fact: since, is: ge, value: 5}").replace(
        "freshness: 30d", "freshness: 30"
    )
    with pytest.raises(RuleFileError) as caught:
        parse_rules(data.encode(), "f.yaml")
    assert [(one.line, one.where) for one in caught.value.problems] == [
        (5, "facts.staff.freshness"),
        (LINE, "test.rule.when[0].value"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a",
        "a: &x [1]\nb: *x",
        "facts: {a: 1, a: 2}",
        "a: !!python/object:os.system x",
        "{",
        "[",
    ],
)
def test_what_is_no_plain_mapping_is_refused(text: str) -> None:
    with pytest.raises(RuleFileError):
        parse_rules(text.encode(), "f.yaml")


@given(st.binary(max_size=200))
def test_no_bytes_end_in_another_error(data: bytes) -> None:
    with suppress(RuleFileError):
        parse_rules(data, "f.yaml")


@given(st.data())
def test_no_damaged_file_ends_in_another_error(data: st.DataObject) -> None:
    text = FILE.replace("CONDITION", "{fact: share, is: ge, parameter: least}")
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, min(len(text), start + 20)))
    filling = data.draw(st.sampled_from(["", "[", "{", ": ", "null", "- x", "1", "2026-99-99"]))
    with suppress(RuleFileError):
        parse_rules((text[:start] + filling + text[stop:]).encode(), "f.yaml")


def test_a_rule_survives_its_stored_form() -> None:
    condition = (
        "{any: [{fact: share, is: ge, parameter: least}, {fact: staff, is: in, value: [3, 1]}]}"
    )
    file = parse_rules(FILE.replace("CONDITION", condition).encode(), "f.yaml")
    rule = file.rules[0].value
    again = rule_from_content(content_of(rule), 7)
    assert (again.hash, again.items, again.version) == (rule.hash, rule.items, 7)
    assert again.facts["staff"].freshness == timedelta(days=30)
    assert isinstance(rule.items[0], AnyGroup)
    assert file.parameters[0].value[1] == Decimal("0.85")
    assert (file.rules[0].start, file.rules[0].illustrative) == (date(2026, 1, 1), True)


def test_stored_content_that_is_no_rule_is_refused() -> None:
    for broken in ({}, {"facts": [], "when": 3}, {"facts": {}, "when": [{"fact": "a"}]}):
        with pytest.raises(RuleError):
            rule_from_content(broken)


def test_the_rules_of_every_city_folder_are_sound() -> None:
    folder = Path(settings.BASE_DIR) / "cities"
    files = sorted(folder.glob("*/rules/*.yaml"))
    assert files
    for path in files:
        read = read_rules(path)
        assert read.rules or read.parameters
