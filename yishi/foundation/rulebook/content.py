"""The canonical JSON of a rule, and the rule made again from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from yishi.foundation.rulebook.comparing import MANY, Operator
from yishi.foundation.rulebook.errors import RuleError
from yishi.foundation.rulebook.facts import Fact, FactType, from_json, to_json
from yishi.foundation.rulebook.rules import (
    AnyGroup,
    Condition,
    ParameterDeclaration,
    Rule,
    element_type,
)


def _lean(pairs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in pairs.items() if value not in ("", None, False, {})}


def content_of(rule: Rule) -> dict[str, Any]:
    """What is hashed and stored of *rule*: everything but its version number and validity."""
    named = {condition.parameter for _, condition in rule.flat if condition.parameter}
    return _lean(
        {
            "key": rule.key,
            "label": rule.label,
            "label_en": rule.label_en,
            "basis": rule.basis,
            "document": rule.document,
            "illustrative": rule.illustrative,
            "facts": {name: fact_content(fact) for name, fact in rule.facts.items()},
            "parameters": {
                name: parameter_content(rule.parameters[name]) for name in sorted(named)
            },
            "when": [_item(item) for item in rule.items],
        }
    )


def fact_content(fact: Fact) -> dict[str, Any]:
    """The stored form of a fact's declaration."""
    seconds = int(fact.freshness.total_seconds()) if fact.freshness is not None else None
    return _lean(
        {
            "type": fact.type.value,
            "label": fact.label,
            "label_en": fact.label_en,
            "unit": fact.unit,
            "source": fact.source,
            "freshness": seconds,
            "scale": fact.scale if fact.type is FactType.DECIMAL else None,
            "values": {code: list(names) for code, names in fact.values.items()},
        }
    )


def parameter_content(declared: ParameterDeclaration) -> dict[str, Any]:
    """The stored form of a parameter's declaration."""
    return _lean(
        {
            "type": declared.type.value,
            "label": declared.label,
            "label_en": declared.label_en,
            "unit": declared.unit,
            "many": declared.many,
        }
    )


def _item(item: Condition | AnyGroup) -> dict[str, Any]:
    if isinstance(item, AnyGroup):
        group = {"label": item.label, "label_en": item.label_en}
        return {"any": [_item(condition) for condition in item.conditions], **_lean(group)}
    stored = _lean(
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
        stored["value"] = operand_to_json(item.fact, item.operand)
    return stored


def operand_to_json(fact: Fact, operand: Any) -> Any:
    """The stored form of an operand; lists sorted, so that equal rules hash alike."""
    if isinstance(operand, frozenset):
        return [to_json(value) for value in sorted(operand)]
    return to_json(operand)


def operand_from_json(fact: Fact, op: Operator, raw: Any) -> Any:
    """The typed operand of a stored form. Raises ValueError."""
    kind = element_type(fact)
    if raw is None:
        return None
    if op in MANY or op is Operator.BETWEEN:
        if not isinstance(raw, list):
            raise ValueError("应为列表")
        values = tuple(from_json(kind, one) for one in raw)
        return values if op is Operator.BETWEEN else frozenset(values)
    return from_json(kind, raw)


def parameter_from_json(declared: ParameterDeclaration, raw: Any) -> Any:
    """The typed value of a parameter's stored form. Raises ValueError."""
    if not declared.many:
        return from_json(declared.type, raw)
    if not isinstance(raw, list) or not raw:
        raise ValueError("应为非空列表")
    return frozenset(from_json(declared.type, one) for one in raw)


def rule_from_content(content: Mapping[str, Any], version: int = 0) -> Rule:
    """The rule whose `content_of` is *content*.

    Raises:
        RuleError: when the content is not that of a rule.
    """
    try:
        facts = {name: fact_from_json(name, stored) for name, stored in content["facts"].items()}
        parameters = {
            name: ParameterDeclaration(name, **{**stored, "type": FactType(stored["type"])})
            for name, stored in content.get("parameters", {}).items()
        }
        items = tuple(_read_item(stored, facts) for stored in content["when"])
        return Rule(
            key=content["key"],
            items=items,
            label=content["label"],
            label_en=content.get("label_en", ""),
            basis=content.get("basis", ""),
            document=content.get("document", ""),
            illustrative=content.get("illustrative", False),
            parameters=parameters,
            version=version,
        )
    except RuleError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise RuleError("content", f"不是规则内容：{error}") from error


def fact_from_json(name: str, stored: Mapping[str, Any]) -> Fact:
    """The declaration stored under *name*. Raises KeyError, TypeError or ValueError."""
    seconds = stored.get("freshness")
    return Fact(
        name=name,
        type=FactType(stored["type"]),
        label=stored["label"],
        label_en=stored.get("label_en", ""),
        unit=stored.get("unit", ""),
        source=stored.get("source", ""),
        freshness=None if seconds is None else timedelta(seconds=seconds),
        scale=stored.get("scale", 4),
        values={code: (zh, en) for code, (zh, en) in stored.get("values", {}).items()},
    )


def _read_item(stored: Mapping[str, Any], facts: Mapping[str, Fact]) -> Condition | AnyGroup:
    if "any" in stored:
        conditions = tuple(_read_condition(one, facts) for one in stored["any"])
        return AnyGroup(conditions, stored.get("label", ""), stored.get("label_en", ""))
    return _read_condition(stored, facts)


def _read_condition(stored: Mapping[str, Any], facts: Mapping[str, Fact]) -> Condition:
    fact, op = facts[stored["fact"]], Operator(stored["is"])
    return Condition(
        key=stored["key"],
        fact=fact,
        operator=op,
        operand=operand_from_json(fact, op, stored.get("value")),
        parameter=stored.get("parameter", ""),
        label=stored.get("label", ""),
        label_en=stored.get("label_en", ""),
        basis=stored.get("basis", ""),
        clause=stored.get("clause", ""),
    )
