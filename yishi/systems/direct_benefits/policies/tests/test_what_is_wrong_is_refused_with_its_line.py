"""Every kind of refusal names the file, the line and the reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from yishi.foundation.rulebook.errors import RuleFileError
from yishi.systems.direct_benefits.policies.folder import read_folder
from yishi.systems.direct_benefits.policies.parsing import from_stored
from yishi.systems.direct_benefits.policies.reading import parse_file
from yishi.systems.direct_benefits.policies.tests.support import (
    FACTS,
    FILE,
    PARAMETERS,
    city,
    city_words,
    line_with,
    written,
)
from yishi.systems.direct_benefits.policies.writing import dump_file

SECOND = FILE[FILE.index("      - key: test.spend") :].replace("test.spend", "test.second")


def _refused(folder: Path) -> list[str]:
    with pytest.raises(RuleFileError) as refused:
        read_folder(folder / "policies")
    return [str(problem) for problem in refused.value.problems]


def test_the_sample_itself_is_accepted(tmp_path: Path) -> None:
    found = read_folder(written(tmp_path) / "policies")
    assert [item.key for item in found.items] == ["test.spend"]


#: What is put in place of what, the line where the complaint stands, and what it says.
WRONG = {
    "unknown fact": ("fact: heads, is", "fact: haeds, is", "没有声明的事实 haeds"),
    "unknown fact of an amount": ("rate: {fact: spend,", "rate: {fact: spent,", "spent"),
    "unknown fact of an example": ("heads: 9}, expect: false", "hats: 9}, expect: false", "hats"),
    "unknown operator": ("fact: heads, is: ge", "fact: heads, is: about", "没有运算符 about"),
    "unknown parameter": ("parameter: least", "parameter: lowest", "未声明的参数 lowest"),
    "a date compared with money": (
        "{fact: heads, is: ge, value: 5}",
        "{fact: spend, is: ge, value: 2026-01-01}",
        "金额",
    ),
    "money compared with a date": (
        "{fact: heads, is: ge, value: 5}",
        "{fact: awarded_on, is: ge, value: 500}",
        "日期",
    ),
    "text compared by size": (
        "{fact: heads, is: ge, value: 5}",
        "{fact: status, is: ge, value: active}",
        "不能用 ge",
    ),
    "a value outside the vocabulary": ("value: active}", "value: alive}", "alive"),
    "an example with another amount": (
        "amount: 250000}",
        "amount: 250001}",
        "示例金额应为 2,500.01 元，结果为 2,500.00 元",
    ),
    "an example with another outcome": (
        "spend: 2000000, revenue: 100000000, heads: 9}, expect: false",
        "spend: 4000000, revenue: 100000000, heads: 9}, expect: false",
        "示例应为不符合，结果为符合",
    ),
    "a known outcome said to be unknown": (
        "revenue: 0, heads: 9}, expect: unknown",
        "revenue: 1, heads: 9}, expect: unknown",
        "示例应为未知",
    ),
    "dates reversed": ("to: 2027-12-31}", "to: 2025-12-31}", "to 早于 from"),
    "a date that does not exist": ("to: 2027-12-31}", "to: 2027-02-30}", "2027-02-30"),
    "shares that do not add up": ("county: 40}", "county: 30}", "合计应为 100，得到 90"),
    "an unknown bearer": ("county: 40}", "village: 40}", "没有字段 village"),
    "a functional code of no class": ('"2060499"', '"2990499"', "功能分类科目编码 2990499"),
    "a functional code too short": ('"2060499"', '"20604"', "功能分类科目编码 20604"),
    "an economic code of no class": ('"50799"', '"60799"', "经济分类编码 60799"),
    "a budget that is not there": ("budget: XY-01", "budget: XY-02", "没有预算项目 XY-02"),
    "an unknown label": ("audience: [企业]", "audience: [企鹅]", "没有声明的标签 企鹅"),
    "an unknown mode": ("mode: direct", "mode: instant", "没有 instant"),
    "an unknown field": ("kind: award", "kindness: award", "没有字段 kindness"),
    "an unknown ground": ("grounds: [false_data]", "grounds: [mood]", "没有 mood"),
    "notice counted in no way": ("mode: INCLUSIVE", "mode: SOMEHOW", "没有 SOMEHOW"),
    "once without period once": ("once: period", "once: party_lifetime", "period: once"),
    "direct without evidence": ("        evidence: 研发统计\n", "", "结果认定有据"),
    "direct without a date of end": (
        "from: 2026-01-01, to: 2027-12-31}",
        "from: 2026-01-01}",
        "文件时限有效",
    ),
    "direct for everybody": (
        "          - {fact: share, is: ge, parameter: least}\n"
        "          - {fact: heads, is: ge, value: 5}\n",
        "          - {fact: status, is: ne, value: gone, key: there}\n",
        "受益对象明确",
    ),
    "quick without what is asked": ("mode: direct", "mode: quick", "即申即享须写明"),
    "promise without a pledge": ("mode: direct", "mode: promise", "承诺兑现须写明"),
    "money without an amount": (
        "        amount: {rate: {fact: spend, rate: 0.05, cap: 10000000}}\n",
        "",
        "amount",
    ),
    "a rate of a count": ("rate: {fact: spend,", "rate: {fact: heads,", "人数不是金额"),
    "a rate above everything": ("rate: 0.05", "rate: -0.05", "不小于零"),
    "a cap of a party above the item's": (
        "period: year\n",
        "period: year\n        caps: {per_party: 200, per_item: 100}\n",
        "单户上限大于",
    ),
    "a sum without its cap": (
        "period: year\n",
        "period: year\n        stack: {group: some, rule: sum, priority: 1}\n",
        "须写明合计上限",
    ),
    "a group of one": (
        "period: year\n",
        "period: year\n        stack: {group: some, rule: exclusive, priority: 1}\n",
        "只有一个事项",
    ),
    "a key without its system": ("key: test.spend", "key: spend", "部门.事项"),
    "a text where a flag belongs": ("fiscal: true", 'fiscal: "yes"', "应为 true 或 false"),
    "yes for true": ("fiscal: true", "fiscal: yes", "应写 true 或 false"),
    "the policy's own condition": (
        "fact: status, is: eq",
        "fact: state, is: eq",
        "没有声明的事实 state",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_file_is_refused(what: str, tmp_path: Path) -> None:
    old, new, reason = WRONG[what]
    assert old in FILE
    text = FILE.replace(old, new, 1)
    complaints = _refused(written(tmp_path, file=text))
    assert any("a.yaml:" in one and reason in one for one in complaints), complaints
    assert all("a.yaml:0" not in one for one in complaints)


@pytest.mark.parametrize(
    ("what", "needle"),
    [
        ("unknown fact", "haeds"),
        ("unknown parameter", "lowest"),
        ("money compared with a date", "awarded_on"),
        ("an example with another amount", "250001"),
        ("an unknown label", "企鹅"),
        ("an unknown ground", "mood"),
        ("a functional code too short", 'functional: "20604"'),
        ("shares that do not add up", "county: 30"),
        ("notice counted in no way", "SOMEHOW"),
        ("the policy's own condition", "fact: state"),
    ],
)
def test_the_line_is_where_it_is_written(what: str, needle: str, tmp_path: Path) -> None:
    old, new, reason = WRONG[what]
    text = FILE.replace(old, new, 1)
    complaints = _refused(written(tmp_path, file=text))
    assert any(f"a.yaml:{line_with(text, needle)}:" in one and reason in one for one in complaints)


def test_what_contradicts_another_item_is_refused(tmp_path: Path) -> None:
    stack = "        stack: {group: some, rule: %s, priority: %d}\n"
    first = FILE.replace("period: year\n", "period: year\n" + stack % ("exclusive", 1))
    for rule, priority, reason in (
        ("highest_less_paid", 2, "规则与 test.spend 不一致"),
        ("exclusive", 1, "次序 1 与 test.spend 相同"),
    ):
        second = SECOND.replace("period: year\n", "period: year\n" + stack % (rule, priority))
        assert any(reason in one for one in _refused(written(tmp_path, file=first + second)))
    same = SECOND.replace("test.second", "test.spend")
    assert any("事项键重复" in one for one in _refused(written(tmp_path, file=FILE + same)))
    (tmp_path / "policies" / "b.yaml").write_text(
        FILE.replace("test.spend", "test.other").replace("test.policy", "test.more"),
        encoding="utf-8",
    )
    written(tmp_path)
    complaints = _refused(tmp_path)
    assert any("政策 襄测〔2026〕1号 重复" in one and "a.yaml" in one for one in complaints)


def test_a_budget_line_is_the_same_everywhere(tmp_path: Path) -> None:
    written(tmp_path)
    other = (
        FILE.replace("test.spend", "test.other")
        .replace("test.policy", "test.more")
        .replace("1号", "2号")
        .replace("city: 60, county: 40", "city: 50, county: 50")
    )
    (tmp_path / "policies" / "b.yaml").write_text(other, encoding="utf-8")
    assert any("预算项目 XY-01 与" in one for one in _refused(tmp_path))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("div(spend * 100, revenue, 4)", "spend * 100 / revenue", "/"),
        ("div(spend * 100, revenue, 4)", "div(spend, awarded_on, 4)", "得到日期"),
        ("div(spend * 100, revenue, 4)", "div(spend * 100, turnover, 4)", "turnover"),
        ("div(spend * 100, revenue, 4)", "COALESCE(div(spend, revenue, 4), 0)", "coalesce"),
        ("div(spend * 100, revenue, 4)", "(SELECT 1)", ""),
        ("div(spend * 100, revenue, 4)", "pg_read_file('x')", ""),
        ("decimal, scale: 4, unit", "money, unit", "事实为金额"),
        ("source: science, freshness", "source: sience, freshness", "没有来源 sience"),
        ("absent: none", "absent: maybe", "没有 maybe"),
        ("spend: {type: money", "spend: {type: dollars", "没有类型 dollars"),
        ("  share: {type", "  least: {type", "已是事实或参数的名称"),
    ],
)
def test_a_wrong_vocabulary_is_refused(old: str, new: str, reason: str, tmp_path: Path) -> None:
    assert old in FACTS
    complaints = _refused(written(tmp_path, facts=FACTS.replace(old, new, 1)))
    line = line_with(FACTS.replace(old, new, 1), new)
    assert any(f"facts.yaml:{line}:" in one and reason in one for one in complaints), complaints


def test_duplicate_fields_and_wrong_parameters_are_refused(tmp_path: Path) -> None:
    twice = FILE.replace("kind: award\n", "kind: award\n        kind: award\n")
    assert any("字段重复" in one for one in _refused(written(tmp_path, file=twice)))
    turned = PARAMETERS.replace("to: 2026-12-31", "to: 2024-12-31")
    complaints = _refused(written(tmp_path, parameters=turned))
    assert any("parameters.yaml:" in one and "to 早于 from" in one for one in complaints)


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = FILE.replace("fact: heads, is", "fact: haeds, is") + SECOND.replace("250000}", "1}")
    complaints = _refused(written(tmp_path, file=text))
    assert len(complaints) == 2


def test_what_is_written_out_is_read_the_same() -> None:
    """dump → read gives the same items and policies; so does the stored form."""
    found = city()
    for policy in found.policies:
        items = [item for item in found.items if item.policy == policy.key]
        text = dump_file(items[0].department, "示意", [policy], items)
        again = parse_file(text.encode(), "again.yaml", city_words())
        assert [one.item for one in again.items] == items
        assert [one.item.content for one in again.items] == [item.content for item in items]
        read = replace(again.policies[0], file=policy.file, line=policy.line)
        assert read == policy
    for item in found.items:
        assert from_stored(item.content).content == item.content
