"""Amounts as data: ``{rate: {fact, rate, floor, cap}}`` and so on; operands may be parameters."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from yishi.foundation.rulebook.amounts.kinds import Amount, Fixed, PerUnit, Rate, Tiers
from yishi.foundation.rulebook.errors import RuleError
from yishi.foundation.rulebook.facts import Fact, FactType, to_json
from yishi.foundation.rulebook.rules import ParameterDeclaration

Facts = Mapping[str, Fact]
Parameters = Mapping[str, ParameterDeclaration]
_FIELDS = {
    "rate": {"fact", "rate", "floor", "cap"},
    "tiers": {"fact", "steps"},
    "per_unit": {"fact", "fen", "cap"},
}


def content_of(amount: Amount) -> dict[str, Any]:
    """The canonical JSON of an amount; decimals as text."""
    if isinstance(amount, Fixed):
        return {"fixed": _out(amount.fen)}
    inner: dict[str, Any] = {"fact": amount.fact.name if amount.fact else ""}
    if isinstance(amount, Rate):
        inner |= {"rate": amount.rate, "floor": amount.floor, "cap": amount.cap}
    elif isinstance(amount, PerUnit):
        inner |= {"fen": amount.fen, "cap": amount.cap}
    elif isinstance(amount, Tiers):
        inner["steps"] = [{"from": to_json(at), "fen": _out(fen)} for at, fen in amount.steps]
    return {amount.kind: {name: _out(value) for name, value in inner.items() if value is not None}}


def _out(value: Any) -> Any:
    return {"parameter": value.name} if isinstance(value, ParameterDeclaration) else to_json(value)


def amount_from(content: Mapping[str, Any], facts: Facts, parameters: Parameters) -> Amount:
    """The amount whose `content_of` is *content*.

    Raises:
        RuleError: naming the field that is wrong.
    """
    if not isinstance(content, Mapping) or len(content) != 1:
        raise RuleError("amount", "应恰有 fixed、rate、tiers、per_unit 之一")
    ((kind, inner),) = content.items()
    if kind == "fixed":
        return Fixed(_fen("fixed", inner, parameters))
    if kind not in _FIELDS:
        raise RuleError("amount", f"没有 {kind}，可用：fixed、rate、tiers、per_unit", "unknown")
    if not isinstance(inner, Mapping):
        raise RuleError(kind, "应为对象", "type")
    for name in inner:
        if name not in _FIELDS[kind]:
            raise RuleError(f"{kind}.{name}", "没有这个字段", "unknown")
    fact = facts.get(inner.get("fact", ""))
    if fact is None:
        raise RuleError(f"{kind}.fact", f"未声明的事实 {inner.get('fact', '')}", "unknown")

    def optional(name: str) -> Any:
        given = inner.get(name)
        return None if given is None else _fen(f"{kind}.{name}", given, parameters)

    if kind == "rate":
        rate = _rate(inner.get("rate"), parameters)
        return Rate(fact, rate, optional("floor"), optional("cap"))
    if kind == "per_unit":
        return PerUnit(fact, _fen("per_unit.fen", inner.get("fen"), parameters), optional("cap"))
    return Tiers(fact, _steps(fact, inner.get("steps"), parameters))


def _parameter(where: str, given: Any, parameters: Parameters) -> ParameterDeclaration | None:
    if not isinstance(given, Mapping):
        return None
    name = str(given.get("parameter"))
    if set(given) != {"parameter"} or name not in parameters:
        raise RuleError(where, f"未声明的参数 {name}", "unknown")
    return parameters[name]


def _fen(where: str, given: Any, parameters: Parameters) -> Any:
    if given is None:
        raise RuleError(where, "缺少金额", "required")
    return _parameter(where, given, parameters) or given


def _decimal(where: str, given: Any) -> Decimal:
    """A decimal literal: text, a whole number or what YAML's reader made of 0.6 exactly."""
    if isinstance(given, bool) or not isinstance(given, (str, int, Decimal)):
        raise RuleError(where, "应为小数", "type")
    try:
        return Decimal(given)
    except InvalidOperation:
        raise RuleError(where, f"不是小数：{given}", "type") from None


def _rate(given: Any, parameters: Parameters) -> Any:
    if given is None:
        raise RuleError("rate.rate", "缺少比例", "required")
    return _parameter("rate.rate", given, parameters) or _decimal("rate.rate", given)


def _steps(fact: Fact, given: Any, parameters: Parameters) -> tuple[tuple[Any, Any], ...]:
    if not isinstance(given, (list, tuple)):
        raise RuleError("tiers.steps", "应为列表", "type")
    steps = []
    for one in given:
        if not isinstance(one, Mapping) or set(one) != {"from", "fen"}:
            raise RuleError("tiers.steps", "每档应有 from 和 fen", "type")
        start = one["from"]
        if fact.type is FactType.DECIMAL:
            start = _decimal("tiers.steps.from", start)
        steps.append((start, _fen("tiers.steps.fen", one["fen"], parameters)))
    return tuple(steps)
