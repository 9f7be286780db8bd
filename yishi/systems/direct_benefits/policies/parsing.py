"""An item from plain values, strictly; and its stored form.

`parse_item` reads what an officer or a file says against the vocabulary now in force;
`from_stored` reads a published version against the declarations that it carries itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from yishi.foundation.rulebook.amounts import content_of as amount_content
from yishi.foundation.rulebook.content import fact_from_json, parameter_content
from yishi.foundation.rulebook.facts import Fact
from yishi.foundation.rulebook.formulas import Derived, derived_from
from yishi.foundation.rulebook.outcome import Truth
from yishi.foundation.rulebook.rules import KEY
from yishi.foundation.rulebook.store import declaration
from yishi.systems.direct_benefits.policies import conditions, paying, words
from yishi.systems.direct_benefits.policies.facts import Declared
from yishi.systems.direct_benefits.policies.facts import declared as in_force
from yishi.systems.direct_benefits.policies.grounds import check_item
from yishi.systems.direct_benefits.policies.model import BenefitItem, Example
from yishi.systems.direct_benefits.policies.parts import Part, wrong
from yishi.systems.direct_benefits.policies.stored import digest, fact_content, lean

MEMBERS = (
    "key name policy policy_number clause level department mode kind fiscal audience region "
    "evidence when amount right asks pledge valid_date recognised_on period once stack caps budget "
    "notice pay_within clawback payer how examples illustrative declared"
)
_PLAIN = (
    "key name policy policy_number clause level department mode kind fiscal region evidence right "
    "pledge valid_date recognised_on period once payer how illustrative"
)
_REGION = re.compile(r"[0-9A-Za-z]+(/[0-9A-Za-z]+)*", re.ASCII)


def parse_item(content: Mapping[str, Any], declared: Declared | None = None) -> BenefitItem:
    """The item that *content* says.

    Raises:
        FieldError: with the path of what cannot be accepted. Examples are read but not run
            (`examples.run`).
    """
    words_ = in_force() if declared is None else declared
    given = {name: value for name, value in content.items() if name != "declared"}
    return _parsed(Part(given, "", MEMBERS), words_)


def from_stored(content: Mapping[str, Any], words_: Declared | None = None) -> BenefitItem:
    """The item of a published version, with the names of values that *words_* still knows."""
    carried = content["declared"]
    facts = {name: fact_from_json(name, stored) for name, stored in carried["facts"].items()}
    for name, fact in facts.items():
        known = words_.facts.get(name) if words_ is not None and fact.values else None
        if known is not None:
            facts[name] = replace(fact, values={**known.values, **fact.values})
    parameters = {name: declaration(name, one) for name, one in carried["parameters"].items()}
    derived: dict[str, Derived] = {}
    for name, stored, formula in carried["derived"]:
        above = {**facts, **{key: one.fact for key, one in derived.items()}}
        derived[name] = derived_from(fact_from_json(name, stored), formula, above, parameters)
    return parse_item(content, Declared({}, {}, facts, derived, parameters))


def _parsed(part: Part, words_: Declared) -> BenefitItem:
    key, name, region = part.text("key", most=120), part.text("name", most=60), _region(part)
    if not KEY.fullmatch(key):
        raise wrong("key", "事项键应形如 部门.事项，只用小写字母、数字和下划线")
    facts = words_.every
    items = conditions.conditions_of(part.listed("when"), facts, words_.parameters)
    illustrative = part.flag("illustrative", True)
    rule = conditions.rule_of(
        key,
        name,
        region,
        facts.get("area"),
        items,
        words_.parameters,
        illustrative=illustrative,
    )
    raw_amount = part.get("amount")
    amount = None
    named = set(rule.facts)
    if raw_amount is not None:
        amount = conditions.amount_of(raw_amount, facts, words_.parameters)
        named |= conditions.named_in(raw_amount, "fact")
    made: dict[str, Any] = {
        "key": key,
        "name": name,
        "policy": part.text("policy", most=80),
        "policy_number": part.text("policy_number", most=80),
        "clause": part.text("clause", most=60),
        "level": part.choice("level", words.LEVELS),
        "department": part.text("department", most=60),
        "mode": part.choice("mode", words.MODES),
        "kind": part.choice("kind", words.KINDS),
        "fiscal": part.flag("fiscal"),
        "audience": _audience(part, words_),
        "region": region,
        "evidence": part.text("evidence", required=False),
        "rule": rule,
        "derived": words_.needed(sorted(named)),
        "amount": amount,
        "right": part.text("right", required=False),
        "asks": part.texts("asks", required=False),
        "pledge": part.text("pledge", required=False),
        "valid_date": part.choice("valid_date", words.VALID_DATES),
        "recognised_on": _recognised(part, facts),
        "how": part.text("how"),
        "examples": _examples(part, facts),
        "illustrative": illustrative,
        **paying.read(part),
    }
    stored = _content(made, items, words_, named)
    item = BenefitItem(**made, content=stored, hash=digest(stored))
    check_item(item)
    return item


def _region(part: Part) -> str:
    region = part.text("region", most=100)
    if not _REGION.fullmatch(region):
        raise wrong("region", "应为管理路径，如 4206/420606")
    return region


def _audience(part: Part, words_: Declared) -> tuple[str, ...]:
    labels = part.texts("audience", most=20)
    for i, label in enumerate(labels):
        if words_.labels and label not in words_.labels:
            raise wrong(f"audience[{i}]", f"没有声明的标签 {label}", "unknown")
    return labels


def _recognised(part: Part, facts: Mapping[str, Fact]) -> str:
    """The fact that says the day of recognition, where there is one."""
    name = part.text("recognised_on", required=False)
    if name and (name not in facts or facts[name].type.value != "date"):
        raise wrong("recognised_on", f"{name} 不是已声明的日期事实", "unknown")
    return name


def _examples(part: Part, facts: Mapping[str, Fact]) -> tuple[Example, ...]:
    found = []
    for i, raw in enumerate(part.listed("examples")):
        one = Part(raw, f"examples[{i}]", "facts on expect amount why")
        given = one.part("facts", " ".join(one.need("facts")) if one.get("facts") else "")
        expect = one.get("expect")
        # true and false are words of YAML too.
        text = {True: "true", False: "false"}.get(expect, expect) if expect is not None else ""
        if text not in set(Truth):
            raise wrong(one.at("expect"), "应为 true、false 或 unknown")
        amount = None if one.get("amount") is None else one.whole("amount", 0, 10**15)
        day = one.day("on")
        assert day is not None
        stored = {
            name: _given(name, value, given.at(name), facts) for name, value in given.raw.items()
        }
        found.append(Example(stored, day, Truth(text), amount, one.text("why", required=False)))
    return tuple(found)


def _given(name: str, raw: Any, where: str, facts: Mapping[str, Fact]) -> Any:
    """A fact of an example in stored form; ``{value, as_of}`` where its age matters."""
    from yishi.foundation.rulebook.facts import to_json

    fact = facts.get(name)
    if fact is None:
        raise wrong(where, f"没有声明的事实 {name}", "unknown")
    if isinstance(raw, Mapping):
        part = Part(raw, where, "value as_of")
        day = part.day("as_of")
        assert day is not None
        return {
            "value": _given(name, part.get("value"), part.at("value"), facts),
            "as_of": day.isoformat(),
        }
    if raw is None:
        return None
    value = conditions.typed_value(fact.type, raw, where)
    listed = value if isinstance(value, frozenset) else (value,)
    if fact.values and any(one not in fact.values for one in listed):
        raise wrong(where, f"{fact.label}没有这个取值", "unknown")
    return to_json(value)


def _content(
    made: Mapping[str, Any], items: Any, words_: Declared, named: set[str]
) -> dict[str, Any]:
    """The canonical stored form: what was said, and the declarations of all that it names."""
    inner = {name for one in made["derived"] for name in one.formula.facts}
    facts = {
        name: fact_content(
            words_.facts[name] if name in inner else _narrowed(words_.facts[name], made)
        )
        for name in sorted(named | inner)
        if name in words_.facts
    }
    parameters = set(made["rule"].parameters)
    parameters |= {name for one in made["derived"] for name in one.formula.parameters}
    amount = None if made["amount"] is None else amount_content(made["amount"])
    parameters |= conditions.named_in(amount, "parameter")
    plain = {name: made[name] for name in _PLAIN.split()}
    return lean(
        {
            **plain,
            "audience": list(made["audience"]),
            "asks": list(made["asks"]),
            "when": conditions.stored_items(items),
            "amount": amount,
            **paying.stored(made),
            "examples": [_example(one) for one in made["examples"]],
            "declared": {
                "facts": facts,
                "parameters": {
                    name: parameter_content(words_.parameters[name]) for name in sorted(parameters)
                },
                "derived": [
                    [one.fact.name, fact_content(one.fact), one.formula.text]
                    for one in made["derived"]
                ],
            },
        }
    )


def _narrowed(fact: Fact, made: Mapping[str, Any]) -> Fact:
    """*fact* with only the values that the item itself names: a value added to the vocabulary later
    does not make another item of it."""
    if not fact.values:
        return fact
    used: set[str] = set()
    for _, condition in made["rule"].flat:
        if condition.fact.name == fact.name:
            operand = condition.operand
            used |= set(operand) if isinstance(operand, frozenset) else {str(operand)}
    for one in made["examples"]:
        value = one.facts.get(fact.name)
        value = value["value"] if isinstance(value, Mapping) else value
        used |= set(value) if isinstance(value, list) else {value}
    kept = {code: names for code, names in fact.values.items() if code in used}
    return replace(fact, values=kept)


def _example(one: Example) -> dict[str, Any]:
    pairs = {"on": one.on.isoformat(), "expect": one.expect.value, "amount": one.amount}
    return {"facts": dict(one.facts), **lean({**pairs, "why": one.why})}
