"""Items in plain words: what is asked for, what one gets, and by how much something is missed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from yishi.foundation.rulebook.amounts import Amount, Fixed, PerUnit, Rate, Tiers
from yishi.foundation.rulebook.comparing import Operator
from yishi.foundation.rulebook.facts import Fact, FactType, Seen
from yishi.foundation.rulebook.outcome import FALSE, ConditionOutcome
from yishi.foundation.rulebook.rules import AnyGroup, Condition, ParameterDeclaration, Rule
from yishi.foundation.rulebook.wording import (
    CITY_TIME,
    condition_label,
    item_label,
    pick,
    text_shown,
    with_unit,
)
from yishi.systems.direct_benefits.policies.areas import AREA

_SIGNS = {
    Operator.EQ: ("为", "is"),
    Operator.NE: ("不为", "is not"),
    Operator.LT: ("低于", "below"),
    Operator.LE: ("不超过", "at most"),
    Operator.GT: ("超过", "above"),
    Operator.GE: ("不低于", "at least"),
}
_DATES = {
    Operator.LT: ("早于", "before"),
    Operator.LE: ("不晚于", "on or before"),
    Operator.GT: ("晚于", "after"),
    Operator.GE: ("不早于", "on or after"),
}


def yuan(fen: int, language: str = "zh") -> str:
    """``1234567`` → ``12,345.67 元``."""
    sign, rest = ("-" if fen < 0 else ""), abs(fen)
    text = f"{sign}{rest // 100:,}.{rest % 100:02d}"
    return pick(language, f"{text} 元", f"CNY {text}")


def short_yuan(fen: int, language: str = "zh") -> str:
    """A round amount as it is spoken: ``50 万元``; others as :func:`yuan`."""
    if language.startswith("zh") and fen and fen % 1_000_000 == 0:
        return f"{fen // 1_000_000:,} 万元"
    if fen % 100 == 0:
        return pick(language, f"{fen // 100:,} 元", f"CNY {fen // 100:,}")
    return yuan(fen, language)


def value_text(fact: Fact, value: Any, language: str = "zh") -> str:
    """A value with its unit, codes by their names."""
    if isinstance(value, Seen):
        value = value.value
    if value is None:
        return pick(language, "没有数据", "no data")
    if isinstance(value, bool):
        return pick(language, "是" if value else "否", "yes" if value else "no")
    if isinstance(value, (frozenset, set)):
        mark = "、" if language.startswith("zh") else ", "
        named = [value_text(fact, one, language) for one in sorted(value)]
        return mark.join(named) or pick(language, "无", "none")
    if isinstance(value, str):
        return text_shown(fact, value, language)
    if isinstance(value, datetime):
        return f"{value.astimezone(CITY_TIME):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if fact.type is FactType.MONEY:
        return short_yuan(value, language)
    return with_unit(fact, _number(value), language)


def _number(value: Any) -> str:
    text = format(value, "f") if isinstance(value, Decimal) else f"{value:,}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def requirement(condition: Condition, params: Mapping[str, Any], language: str = "zh") -> str:
    """What one condition asks for: ``上年度研发费用不低于 50 万元``."""
    fact, op = condition.fact, condition.operator
    label = condition_label(condition, language)
    if fact.type is FactType.BOOL:
        yes = op is Operator.IS_TRUE
        return pick(
            language, f"{label}：{'是' if yes else '否'}", f"{label}: {'yes' if yes else 'no'}"
        )
    wanted = params.get(condition.parameter) if condition.parameter else condition.operand
    if wanted is None:
        return pick(language, f"{label}：当前没有公布标准", f"{label}: no standard in force")
    return _asked(label, fact, op, wanted, language)


def _asked(label: str, fact: Fact, op: Operator, wanted: Any, language: str) -> str:
    space = "" if language.startswith("zh") else " "
    if op in _SIGNS:
        signs = _DATES if fact.type in (FactType.DATE, FactType.DATETIME) else _SIGNS
        sign = pick(language, *signs.get(op, _SIGNS[op]))
        return f"{label}{space}{sign} {value_text(fact, wanted, language)}"
    if op is Operator.BETWEEN:
        low, high = (value_text(fact, end, language) for end in wanted)
        return pick(
            language, f"{label}在 {low} 至 {high} 之间", f"{label} between {low} and {high}"
        )
    if op is Operator.STARTS_WITH and fact.name == AREA:
        return label  # the page names the region; a managed path says nothing to people
    if op is Operator.STARTS_WITH:
        text = value_text(fact, wanted, language)
        return pick(language, f"{label}以 {text} 开头", f"{label} starts with {text}")
    listed = value_text(fact, frozenset(wanted), language)
    if op is Operator.CONTAINS_ANY:
        return pick(language, f"{label}含有下列之一：{listed}", f"{label} has one of: {listed}")
    inside = op is Operator.IN
    return pick(
        language,
        f"{label}{'属于' if inside else '不属于'}：{listed}",
        f"{label} is {'' if inside else 'not '}one of: {listed}",
    )


def requirements(rule: Rule, params: Mapping[str, Any], language: str = "zh") -> list[Any]:
    """All conditions: a text for each that must hold, a (headline, texts) for groups of which one
    suffices."""
    found: list[Any] = []
    for item in rule.items:
        if isinstance(item, AnyGroup):
            texts = [requirement(one, params, language) for one in item.conditions]
            found.append((item_label(item, language), texts))
        else:
            found.append(requirement(item, params, language))
    return found


def flat_requirements(rule: Rule, params: Mapping[str, Any], language: str = "zh") -> list[str]:
    """The same as one line each."""
    joint = "；" if language.startswith("zh") else "; "
    return [
        one if isinstance(one, str) else f"{one[0]}：{joint.join(one[1])}"
        for one in requirements(rule, params, language)
    ]


def bases(rule: Rule) -> list[str]:
    """The documents and clauses that the conditions rest on, each once."""
    named = [f"{c.basis}{c.clause}" for _, c in rule.flat if c.basis or c.clause]
    return list(dict.fromkeys([*([rule.basis] if rule.basis else []), *named]))


# --- Amounts --------------------------------------------------------------------------------------


def amount_words(amount: Amount | None, params: Mapping[str, Any], language: str = "zh") -> str:
    """How much: ``一次性 50 万元``, ``按上年度利息的 50%，最高 100 万元``."""
    if amount is None:
        return pick(language, "不涉及资金", "no money is paid")
    if isinstance(amount, Fixed):
        return _money(amount.fen, params, language)
    assert amount.fact is not None  # all other kinds are of a fact
    label = pick(language, amount.fact.label, amount.fact.label_en)
    if isinstance(amount, Rate):
        rate = _percent(amount.rate, params, language)
        text = pick(language, f"按{label}的 {rate}", f"{rate} of: {label}")
        return text + _bounds(amount.floor, amount.cap, params, language)
    if isinstance(amount, PerUnit):
        each, unit = _money(amount.fen, params, language), amount.fact.unit
        text = pick(language, f"按{label}，每{unit or '单位'} {each}", f"{each} for each: {label}")
        return text + _bounds(None, amount.cap, params, language)
    assert isinstance(amount, Tiers)
    return _tiers(amount, label, params, language)


def _tiers(amount: Tiers, label: str, params: Mapping[str, Any], language: str) -> str:
    steps = [
        pick(
            language,
            f"达到 {value_text(amount.fact, _value(start, params), language)} 的 "
            f"{_money(fen, params, language)}",
            f"{_money(fen, params, language)} from "
            f"{value_text(amount.fact, _value(start, params), language)}",
        )
        for start, fen in amount.steps
    ]
    return pick(language, f"按{label}分档：", f"by {label}: ") + pick(language, "，", ", ").join(
        steps
    )


def _value(operand: Any, params: Mapping[str, Any]) -> Any:
    return params.get(operand.name) if isinstance(operand, ParameterDeclaration) else operand


def _money(operand: Any, params: Mapping[str, Any], language: str) -> str:
    fen = _value(operand, params)
    return (
        pick(language, "（标准未公布）", "(not published)")
        if fen is None
        else short_yuan(fen, language)
    )


def _percent(operand: Any, params: Mapping[str, Any], language: str) -> str:
    rate = _value(operand, params)
    if rate is None:
        return pick(language, "（比例未公布）", "(not published)")
    whole = isinstance(operand, ParameterDeclaration) and operand.unit == "%"
    return f"{_number(Decimal(rate) * (1 if whole else 100))}%"


def _bounds(floor: Any, cap: Any, params: Mapping[str, Any], language: str) -> str:
    text = ""
    if floor is not None:
        low = _money(floor, params, language)
        text += pick(language, f"，最低 {low}", f", at least {low}")
    if cap is not None:
        high = _money(cap, params, language)
        text += pick(language, f"，最高 {high}", f", at most {high}")
    return text


# --- By how much ----------------------------------------------------------------------------------


def gap(one: ConditionOutcome, language: str = "zh") -> str:
    """By how much a FALSE condition is missed: ``还差 12 人``; empty where nothing counts."""
    condition, outcome = one.condition, one.rule_outcome
    if one.state != FALSE or condition.operator not in _SIGNS:
        return ""
    value = outcome.facts.get(condition.fact.name)
    value = value.value if isinstance(value, Seen) else value
    wanted = outcome.params.get(condition.parameter) if condition.parameter else condition.operand
    return _distance(condition, value, wanted, language)


def _distance(condition: Condition, value: Any, wanted: Any, language: str) -> str:
    op, fact = condition.operator, condition.fact
    if value is None or wanted is None or fact.type not in _COUNTED:
        return ""
    if fact.type is FactType.DATE:
        days = abs((wanted - value).days)
        return pick(language, f"相差 {days} 天", f"{days} days apart")
    step = 1 if fact.type in (FactType.INT, FactType.MONEY) else 0
    if op in (Operator.GE, Operator.GT):
        short = wanted - value + (step if op is Operator.GT else 0)
        return pick(
            language,
            f"还差 {value_text(fact, short, language)}",
            f"{value_text(fact, short, language)} short",
        )
    if op in (Operator.LE, Operator.LT):
        over = value - wanted + (step if op is Operator.LT else 0)
        return pick(
            language,
            f"超出 {value_text(fact, over, language)}",
            f"{value_text(fact, over, language)} over",
        )
    return ""


_COUNTED = frozenset({FactType.INT, FactType.DECIMAL, FactType.MONEY, FactType.DATE})


def missed(truths: Iterable[str]) -> int:
    """How many parts of a rule did not come out TRUE."""
    return sum(one != "true" for one in truths)
