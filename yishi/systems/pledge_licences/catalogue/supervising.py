"""Rules of supervision read from ``supervision.yaml``."""

from __future__ import annotations

from collections.abc import Mapping

from yishi.foundation.cases.catalogue_errors import Problem
from yishi.foundation.cases.catalogue_fields import Fields
from yishi.foundation.cases.catalogue_yaml import Located
from yishi.systems.pledge_licences.catalogue.model import Level, Rule, Supervision, Term
from yishi.systems.pledge_licences.catalogue.reading import KEY

_FACT_TYPES = {"bool": "是否", "integer": "整数", "choice": "选项"}
_TERMS = {
    "bool": ("is_true", "is_false"),
    "integer": ("gte", "gt", "lte", "lt", "eq"),
    "choice": ("eq",),
}
#: What the program knows of a holder (see services/supervision.py).
KNOWN_FACTS = frozenset(
    {
        "item_risk",
        "listed_after",
        "false_pledge_before",
        "not_met_before",
        "record_in_force",
        "checks_met",
        "health_or_safety",
        "months_held",
    }
)


def read_supervision(tree: Located, file: str, problems: list[Problem]) -> Supervision:
    """``supervision.yaml``: facts, levels, rules from the top, and what holds otherwise."""
    fields = Fields(tree, file, problems)
    facts = _facts(fields)
    levels: dict[str, Level] = {}
    for node in fields.items("levels"):
        level = _level(Fields(node, file, problems))
        if level.key in levels:
            fields.fault("levels", f"等级 {level.key} 重复", node.line)
        levels[level.key] = level
    rules: list[Rule] = []
    for node in fields.items("rules", required=False):
        inner = Fields(node, file, problems)
        rule = _rule(inner, inner.text("key", pattern=KEY, most=48), facts, levels)
        if any(other.key == rule.key for other in rules):
            inner.fault("key", f"规则 {rule.key} 重复")
        rules.append(rule)
    nested = fields.nested("default")
    if nested is None:
        fields.fault("default", "缺少必填字段")
    default = _rule(nested, "default", facts, levels) if nested else Rule("default", "", "", ())
    fields.done()
    return Supervision(facts, levels, tuple(rules), default)


def _facts(fields: Fields) -> dict[str, str]:
    nested = fields.nested("facts")
    found: dict[str, str] = {}
    for name, node in nested.members if nested is not None else ():
        inner = Fields(node, fields.file, fields.problems)
        inner.text("label", most=60)
        inner.text("unit", required=False, most=10)
        found[name] = inner.choice("type", _FACT_TYPES)
        choices = inner.nested("choices")
        for _key, _node in choices.members if choices is not None else ():
            pass
        inner.done()
        if name not in KNOWN_FACTS:
            inner.fault("", f"系统没有事实 {name}，可用：{'、'.join(sorted(KNOWN_FACTS))}")
    return found


def _level(fields: Fields) -> Level:
    found = Level(
        fields.text("key", pattern=KEY, most=24),
        fields.text("name", most=20),
        fields.share("share") or 0.0,
        fields.number("times_a_year", 1, 12) or 1,
        fields.number("order", 1, 99) or 99,
        fields.flag("full", True),
    )
    fields.done()
    return found


def _rule(fields: Fields, key: str, facts: Mapping[str, str], levels: Mapping[str, Level]) -> Rule:
    level = fields.choice("level", {name: one.name for name, one in levels.items()})
    found = Rule(
        key,
        level,
        fields.text("text", most=120),
        () if key == "default" else _terms(fields, facts),
        fields.choice("visit", {"before_opening": "开业前先查"}, required=False) != "",
    )
    fields.done()
    return found


def _terms(fields: Fields, facts: Mapping[str, str]) -> tuple[Term, ...]:
    found: list[Term] = []
    for node in fields.items("when"):
        nested = Fields(node, fields.file, fields.problems)
        fact = nested.choice("fact", dict.fromkeys(facts, ""))
        how = nested.text("is", most=10)
        value = nested.text("value", required=False, most=20)
        nested.done()
        allowed = _TERMS.get(facts.get(fact, ""), ())
        if how not in allowed:
            nested.fault("is", f"“{how}”不能用于此事实，可用：{'、'.join(allowed)}")
        elif how not in ("is_true", "is_false") and not value:
            nested.fault("value", "缺少必填字段")
        elif facts[fact] == "integer" and not (value.isascii() and value.isdigit()):
            nested.fault("value", "应为不小于零的整数")
        else:
            found.append(Term(fact, how, value))
    return tuple(found)
