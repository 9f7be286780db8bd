"""Conditions in plain words, Chinese first: 研发投入占比 2.1% < 3%."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from yishi.foundation.rulebook.comparing import Operator
from yishi.foundation.rulebook.facts import Fact, FactType, Seen, typed
from yishi.foundation.rulebook.outcome import (
    MISSING,
    NAN,
    NO_PARAMETER,
    STALE,
    TRUE,
    UNDATED,
    ConditionOutcome,
)
from yishi.foundation.rulebook.rules import AnyGroup, Condition, Rule

CITY_TIME = ZoneInfo("Asia/Shanghai")
_GLUED = ("%", "‰", "℃", "°")
_SIGNS = {
    Operator.EQ: ("=", "≠"),
    Operator.NE: ("≠", "="),
    Operator.LT: ("<", "≥"),
    Operator.LE: ("≤", ">"),
    Operator.GT: (">", "≤"),
    Operator.GE: ("≥", "<"),
}


#: How the texts of a fact are written where they are codes too many to list, by the fact's name.
NAMERS: dict[str, Callable[[str], str]] = {}


def register_namer(fact: str, namer: Callable[[str], str]) -> None:
    """Write the texts of *fact* as *namer* says, such as a managed path by its places' names."""
    NAMERS[fact] = namer


def text_shown(fact: Fact, value: str, language: str) -> str:
    """A text as people write it: by the name in its fact's vocabulary, or as its namer says."""
    names = fact.values.get(value)
    if names:
        return pick(language, *names)
    namer = NAMERS.get(fact.name)
    return namer(value) if namer else value


#: English of the units that facts are counted in; a unit that stands not here stays as it is.
_UNITS_EN = {
    "人": "people",
    "人次": "visits",
    "人月": "person-months",
    "个": "",
    "项": "",
    "件": "",
    "部": "",
    "家": "firms",
    "户": "households",
    "级": "",
    "星": "stars",
    "场": "shows",
    "次": "times",
    "架": "racks",
    "辆": "vehicles",
    "张": "beds",
    "床月": "bed-months",
    "头": "head",
    "标箱": "TEU",
    "亩": "mu",
    "平方米": "m²",
    "立方米": "m³",
    "吨": "t",
    "蒸吨": "t/h",
    "吨标准煤": "tce",
    "千克": "kg",
    "千瓦": "kW",
    "千瓦时": "kWh",
    "个月": "months",
    "天": "days",
    "小时": "hours",
    "分钟": "minutes",
    "秒": "seconds",
}


def unit_text(fact: Fact, language: str) -> str:
    """The unit of *fact* in words."""
    return fact.unit if language.startswith("zh") else _UNITS_EN.get(fact.unit, fact.unit)


def with_unit(fact: Fact, number: str, language: str) -> str:
    """A number of *fact* with its unit."""
    unit = unit_text(fact, language)
    return f"{number}{unit}" if unit in _GLUED else f"{number} {unit}".rstrip()


def pick(language: str, zh: str, en: str) -> str:
    """*en* for English where there is one, else *zh*."""
    return zh if language.startswith("zh") or not en else en


def condition_label(condition: Condition, language: str) -> str:
    """The condition's own label, or its fact's."""
    if condition.label:
        return pick(language, condition.label, condition.label_en)
    return pick(language, condition.fact.label, condition.fact.label_en)


def reason(one: ConditionOutcome, language: str) -> str:
    """What was compared with what, and how it came out. The sign shown is the one that holds."""
    condition, outcome, fact = one.condition, one.rule_outcome, one.condition.fact
    chinese = language.startswith("zh")
    label = condition_label(condition, language)
    colon = "：" if chinese else ": "
    if one.state > TRUE:
        return f"{label}{colon}{_unknown(one, language)}"
    value = outcome.facts.get(fact.name)
    if type(value) is Seen:
        value = value.value
    value = typed(fact.name, fact.type, value)
    if fact.type is FactType.BOOL:
        return f"{label}{colon}{_yes(value, language)}"
    wanted = condition.operand
    if condition.parameter:
        wanted = outcome.params.get(condition.parameter)
    return f"{label} {_shown(fact, value, language)}{_compared(one, wanted, language)}"


def _yes(value: bool, language: str) -> str:
    return pick(language, "是" if value else "否", "yes" if value else "no")


def _compared(one: ConditionOutcome, wanted: Any, language: str) -> str:
    fact, op, holds = one.condition.fact, one.condition.operator, one.state == TRUE
    chinese = language.startswith("zh")
    if op in _SIGNS:
        return f" {_SIGNS[op][0 if holds else 1]} {_shown(fact, wanted, language)}"
    if op is Operator.BETWEEN:
        low, high = (_shown(fact, end, language) for end in wanted)
        if chinese:
            return f" {'在' if holds else '不在'} {low} 至 {high} 之间"
        return f" is {'' if holds else 'not '}between {low} and {high}"
    if op is Operator.STARTS_WITH:
        start = _shown(fact, wanted, language)
        if fact.name in NAMERS:
            return f" {'属于' if holds else '不属于'}{start}" if chinese else _within(holds, start)
        if chinese:
            return f" {'以' if holds else '不以'} {start} 开头"
        return f" {'starts' if holds else 'does not start'} with {start}"
    listed = _listed(fact, wanted, language)
    if op is Operator.CONTAINS_ANY:
        if chinese:
            return f" {'含有' if holds else '不含'}（{listed}）{'之一' if holds else '中任何一项'}"
        return f" {'contains one' if holds else 'contains none'} of ({listed})"
    inside = holds is (op is Operator.IN)
    if chinese:
        return f" {'属于' if inside else '不属于'}（{listed}）"
    return f" is {'' if inside else 'not '}one of ({listed})"


def _within(holds: bool, place: str) -> str:
    return f" is {'' if holds else 'not '}within {place}"


def _unknown(one: ConditionOutcome, language: str) -> str:
    fact = one.condition.fact
    texts = {
        MISSING: ("缺少数据", "no data"),
        UNDATED: ("数据没有取得时间，不能确认是否过期", "data without a time, may be stale"),
        NAN: ("数据不是有效数值", "not a finite number"),
        NO_PARAMETER: (
            f"参数 {one.condition.parameter} 当日没有有效值",
            f"parameter {one.condition.parameter} had no value in force that day",
        ),
    }
    if one.state == STALE and fact.freshness is not None:
        seen = one.rule_outcome.facts.get(fact.name)
        taken = seen.as_of.astimezone(CITY_TIME) if isinstance(seen, Seen) and seen.as_of else None
        taken_text = f"{taken:%Y-%m-%d %H:%M}" if taken else "?"
        zh, en = _duration(fact.freshness)
        return pick(
            language,
            f"数据已过期（取得于 {taken_text}，有效期 {zh}）",
            f"stale data (of {taken_text}, good for {en})",
        )
    return pick(language, *texts[one.state])


def _duration(span: timedelta) -> tuple[str, str]:
    seconds = int(span.total_seconds())
    for size, zh, en in ((86400, "天", "d"), (3600, "小时", "h"), (60, "分钟", "min")):
        if seconds % size == 0:
            return f"{seconds // size} {zh}", f"{seconds // size} {en}"
    return f"{seconds} 秒", f"{seconds} s"


def _listed(fact: Fact, values: Iterable[Any], language: str) -> str:
    mark = "、" if language.startswith("zh") else ", "
    return mark.join(_shown(fact, value, language) for value in sorted(values))


def _shown(fact: Fact, value: Any, language: str) -> str:
    """*value* as people write it, with its unit."""
    if isinstance(value, frozenset):
        inner = _listed(fact, value, language) or pick(language, "无", "none")
        return f"（{inner}）" if language.startswith("zh") else f"({inner})"
    if isinstance(value, str):
        return text_shown(fact, value, language)
    if isinstance(value, datetime):
        return f"{value.astimezone(CITY_TIME):%Y-%m-%d %H:%M:%S}".removesuffix(":00")
    if isinstance(value, date):
        return value.isoformat()
    if fact.type is FactType.MONEY:
        sign, fen = ("-" if value < 0 else ""), abs(value)
        yuan = f"{sign}{fen // 100:,}.{fen % 100:02d}"
        return pick(language, f"{yuan} 元", f"CNY {yuan}")
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return with_unit(fact, text, language)


def item_label(item: AnyGroup, language: str) -> str:
    """The headline of an ``any`` group."""
    return pick(language, item.label or "下列任一项", item.label_en or "any of these")


def headline(rule: Rule, truth: str, language: str) -> str:
    """The rule's name, version and outcome on one line."""
    words = {
        "true": ("成立", "holds"),
        "false": ("不成立", "does not hold"),
        "unknown": ("无法判定", "cannot be decided"),
    }
    name = pick(language, rule.label, rule.label_en)
    sample = pick(language, "（示意）", " (illustrative)") if rule.illustrative else ""
    version = pick(language, f"第 {rule.version} 版", f"version {rule.version}")
    colon = pick(language, "：", ": ")
    return f"{name}{sample} {rule.key} {version}{colon}{pick(language, *words[truth])}"
