"""The conditions and the amount of an item, from plain values; each complaint has its path."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.amounts import Amount, amount_from
from yishi.foundation.rulebook.comparing import MANY, Operator
from yishi.foundation.rulebook.errors import RuleError
from yishi.foundation.rulebook.facts import Fact, FactType, from_json
from yishi.foundation.rulebook.rules import (
    AnyGroup,
    Condition,
    ParameterDeclaration,
    Rule,
    check_condition,
    element_type,
)
from yishi.systems.direct_benefits.policies.parts import Part, wrong
from yishi.systems.direct_benefits.policies.stored import lean

CONDITION = "fact is value parameter key label label_en basis clause"
REGION = "region"


def conditions_of(
    raw: list[Any], facts: Mapping[str, Fact], parameters: Mapping[str, ParameterDeclaration]
) -> tuple[Condition | AnyGroup, ...]:
    """What ``when`` says."""
    found: list[Condition | AnyGroup] = []
    keys: set[str] = {REGION}
    for i, one in enumerate(raw):
        where = f"when[{i}]"
        if isinstance(one, Mapping) and "any" in one:
            part = Part(one, where, "any label label_en")
            inner = [
                _condition(member, f"{where}.any[{j}]", facts, parameters, keys)
                for j, member in enumerate(part.listed("any"))
            ]
            label, english = (
                part.text("label", required=False),
                part.text("label_en", required=False),
            )
            found.append(AnyGroup(tuple(inner), label, english))
        else:
            found.append(_condition(one, where, facts, parameters, keys))
    return tuple(found)


def _condition(
    raw: Any,
    where: str,
    facts: Mapping[str, Fact],
    parameters: Mapping[str, ParameterDeclaration],
    keys: set[str],
) -> Condition:
    part = Part(raw, where, CONDITION)
    name = part.text("fact")
    fact = facts.get(name)
    if fact is None:
        raise wrong(part.at("fact"), f"没有声明的事实 {name}", "unknown")
    written = part.text("is")
    if written not in set(Operator):
        raise wrong(part.at("is"), f"没有运算符 {written}", "unknown")
    op = Operator(written)
    made = Condition(
        key=_key(part, name, keys),
        fact=fact,
        operator=op,
        operand=_operand(part, fact, op),
        parameter=part.text("parameter", required=False),
        label=part.text("label", required=False),
        label_en=part.text("label_en", required=False),
        basis=part.text("basis", required=False),
        clause=part.text("clause", required=False),
    )
    try:
        check_condition(made, parameters)
    except RuleError as error:
        raise wrong(part.at(error.field.rpartition(".")[2]), error.message, error.code) from error
    return made


def _key(part: Part, name: str, keys: set[str]) -> str:
    """The condition's own key, or its fact's name with a number where that is taken."""
    own = part.text("key", required=False)
    key, number = own or name, 1
    while key in keys:
        if own:
            raise wrong(part.at("key"), f"条件键 {own} 重复", "duplicate")
        number += 1
        key = f"{name}_{number}"
    keys.add(key)
    return key


def _operand(part: Part, fact: Fact, op: Operator) -> Any:
    raw = part.get("value")
    if raw is None:
        return None
    kind = element_type(fact)
    if op in MANY or op is Operator.BETWEEN:
        if not isinstance(raw, (list, tuple)):
            raise wrong(part.at("value"), f"{op} 需要列表", "type")
        values = tuple(
            typed_value(kind, one, f"{part.at('value')}[{i}]") for i, one in enumerate(raw)
        )
        return frozenset(values) if op in MANY else values
    return typed_value(kind, raw, part.at("value"))


def typed_value(kind: FactType, raw: Any, where: str) -> Any:
    """A plain value as *kind*: dates and decimals as themselves or in their stored form."""
    if kind is FactType.DATE and type(raw) is date:
        return raw
    if kind is FactType.DATETIME and isinstance(raw, datetime) and raw.tzinfo is not None:
        return raw
    if kind is FactType.DECIMAL and type(raw) in (Decimal, int):
        return Decimal(raw)
    try:
        return from_json(kind, raw)
    except ValueError as error:
        raise wrong(where, str(error), "type") from error


def rule_of(
    key: str,
    name: str,
    region: str,
    area: Fact | None,
    items: tuple[Condition | AnyGroup, ...],
    parameters: Mapping[str, ParameterDeclaration],
    *,
    illustrative: bool,
) -> Rule:
    """The rule: the region first, then what ``when`` says."""
    if area is None:
        raise wrong("region", "没有声明事实 area，无法按地域筛选", "unknown")
    place = Condition(
        REGION, area, Operator.STARTS_WITH, region, label="注册地在适用地域", label_en="Region"
    )
    named = {
        condition.parameter
        for one in items
        for condition in (one.conditions if isinstance(one, AnyGroup) else (one,))
        if condition.parameter
    }
    try:
        return Rule(
            key=key,
            items=(place, *items),
            label=name,
            illustrative=illustrative,
            parameters={one: parameters[one] for one in named},
        )
    except RuleError as error:
        field = error.field if error.field in ("key", "label") else "when"
        raise wrong(field, error.message, error.code) from error


def amount_of(
    raw: Any, facts: Mapping[str, Fact], parameters: Mapping[str, ParameterDeclaration]
) -> Amount:
    """The amount; decimals may be given as numbers of YAML."""
    if not isinstance(raw, Mapping) or len(raw) != 1:
        raise wrong("amount", "应为 fixed、rate、tiers、per_unit 中的一种", "invalid")
    try:
        return amount_from(raw, facts, parameters)
    except FieldError as error:
        field = error.field.removeprefix("amount").lstrip(".")
        raise wrong(f"amount.{field}" if field else "amount", error.message, error.code) from error


def named_in(raw: Any, member: str) -> set[str]:
    """Every text under *member* (``fact``, ``parameter``) anywhere in a plain value."""
    found: set[str] = set()
    if isinstance(raw, Mapping):
        for name, value in raw.items():
            if name == member and isinstance(value, str) and value:
                found.add(value)
            else:
                found |= named_in(value, member)
    elif isinstance(raw, (list, tuple)):
        for value in raw:
            found |= named_in(value, member)
    return found


def stored_items(items: tuple[Condition | AnyGroup, ...]) -> list[dict[str, Any]]:
    """``when`` in its stored form."""
    from yishi.foundation.rulebook.content import operand_to_json

    def one(item: Condition | AnyGroup) -> dict[str, Any]:
        if isinstance(item, AnyGroup):
            inner = [one(member) for member in item.conditions]
            return lean({"any": inner, "label": item.label, "label_en": item.label_en})
        made = lean(
            {
                "key": item.key,
                "fact": item.fact.name,
                "is": item.operator.value,
                "parameter": item.parameter,
                "label": item.label,
                "label_en": item.label_en,
                "basis": item.basis,
                "clause": item.clause,
            }
        )
        if item.operand is not None:
            made["value"] = operand_to_json(item.fact, item.operand)
        return made

    return [one(item) for item in items]
