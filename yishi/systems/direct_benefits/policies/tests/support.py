"""A small folder of policies for tests, to be changed word by word."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from yishi.systems.direct_benefits.policies.facts import Declared, read_declared
from yishi.systems.direct_benefits.policies.folder import Folder, read_folder

CITY = Path(__file__).resolve().parents[5] / "cities" / "xiangyang"
POLICIES = CITY / "policies"

FACTS = """\
document: 示意
illustrative: true
labels: {企业: Firms}
sources:
  market: {name: 市场监管, absent: unknown}
  science: {name: 科技, absent: none}
facts:
  area: {type: text, label: 注册地, source: market}
  status:
    {type: text, label: 状态, source: market, values: {active: {zh: 存续}, gone: {zh: 注销}}}
  awarded_on: {type: date, label: 认定日期, source: science}
  spend: {type: money, label: 研发投入, source: science}
  revenue: {type: money, label: 营业收入, source: science}
  heads: {type: int, label: 人数, unit: 人, source: science, freshness: 31d}
derived:
  share: {type: decimal, scale: 4, unit: "%", label: 占比, formula: "div(spend * 100, revenue, 4)"}
"""
PARAMETERS = """\
illustrative: true
document: 示意
parameters:
  least:
    type: decimal
    label: 下限
    unit: "%"
    values:
      - {value: 3, from: 2025-01-01, to: 2026-12-31}
"""
FILE = """\
department: science_technology
document: 示意
illustrative: true
budgets:
  - line: XY-01
    name: 资金
    functional: "2060499"
    economic: "50799"
    shares: {city: 60, county: 40}
    yearly: 100000000
defaults:
  payer: 财政局
  notice: {days: 5, unit: wd, mode: INCLUSIVE}
  pay_within: {days: 7, unit: calendar, from: finance_received}
  clawback: {grounds: [false_data], years: 3}
  valid_date: recognition
policies:
  - key: test.policy
    number: 襄测〔2026〕1号
    title: 测试政策
    issuer: 市科技局
    level: city
    text:
      - {clause: 第一条, says: 研发投入占比达标的给予补助。}
    plain: 研发花得多就有补助。
    valid: {from: 2026-01-01, to: 2027-12-31}
    when:
      - {fact: status, is: eq, value: active}
    given: {on: 2026-03-02, facts: {status: active, area: "4206/420606"}}
    items:
      - key: test.spend
        name: 研发投入补助
        clause: 第一条
        mode: direct
        kind: award
        fiscal: true
        audience: [企业]
        evidence: 研发统计
        when:
          - {fact: share, is: ge, parameter: least}
          - {fact: heads, is: ge, value: 5}
        amount: {rate: {fact: spend, rate: 0.05, cap: 10000000}}
        period: year
        once: period
        budget: XY-01
        how: 提高研发投入。
        examples:
          - {facts: {spend: 5000000, revenue: 100000000, heads: 9}, expect: true, amount: 250000}
          - {facts: {spend: 2000000, revenue: 100000000, heads: 9}, expect: false}
          - {facts: {spend: 2000000, revenue: 0, heads: 9}, expect: unknown}
"""


def written(
    folder: Path, *, file: str = FILE, facts: str = FACTS, parameters: str = PARAMETERS
) -> Path:
    """A city's folder with these policies."""
    place = folder / "policies"
    place.mkdir(exist_ok=True)
    (place / "facts.yaml").write_text(facts, encoding="utf-8")
    (place / "parameters.yaml").write_text(parameters, encoding="utf-8")
    (place / "a.yaml").write_text(file, encoding="utf-8")
    return folder


@lru_cache(1)
def city() -> Folder:
    """The demo city's policies, read once."""
    return read_folder(POLICIES)


@lru_cache(1)
def city_words() -> Declared:
    """The demo city's vocabulary."""
    return read_declared(POLICIES)


def line_with(text: str, needle: str) -> int:
    """The line of *text* in which *needle* first stands."""
    return next(i for i, line in enumerate(text.splitlines(), 1) if needle in line)


def content_of(key: str) -> dict[str, Any]:
    """The content of one of the city's items, to be edited."""
    return dict(next(item for item in city().items if item.key == key).content)
