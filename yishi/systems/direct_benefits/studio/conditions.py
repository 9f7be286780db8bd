"""Conditions of an item: from the form's texts to content and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.comparing import ALLOWED, MANY, NO_VALUE, Operator
from yishi.foundation.rulebook.facts import Fact, FactType
from yishi.foundation.rulebook.rules import ParameterDeclaration, element_type
from yishi.systems.direct_benefits.studio import literals
from yishi.systems.direct_benefits.studio.shape import Entry, Row, Tree
from yishi.systems.direct_benefits.studio.vocabulary import Vocabulary

Errors = dict[str, str]


def content_of(tree: Tree, words: Vocabulary, errors: Errors) -> list[dict[str, Any]]:
    """The ``when`` of the content; what is wrong is put into *errors* by name of the input."""
    used: set[str] = set()
    found: list[dict[str, Any]] = []
    for i, entry in enumerate(tree.entries):
        made = [
            _condition(f"w-{i}-{j}", row, words, errors, used) for j, row in enumerate(entry.rows)
        ]
        if entry.any:
            group: dict[str, Any] = {"any": made}
            found.append(group | ({"label": entry.label} if entry.label else {}))
        else:
            found += made
    if not found:
        errors.setdefault("when", "至少要有一个条件")
    return found


def _condition(
    where: str, row: Row, words: Vocabulary, errors: Errors, used: set[str]
) -> dict[str, Any]:
    made: dict[str, Any] = {"fact": row["fact"], "is": row["is"]}
    made |= {name: row[name] for name in ("label", "basis", "clause") if row[name]}
    fact = words.facts.get(row["fact"])
    if fact is None:
        errors[f"{where}-fact"] = "请选择一项事实" if not row["fact"] else "没有这项事实，请重选"
        return made | _unread(row)
    made["key"] = _key(row["key"] or fact.name, used)
    op = Operator(row["is"]) if row["is"] in set(Operator) else None
    if op is None or op not in ALLOWED[fact.type]:
        errors[f"{where}-is"] = f"请选择与“{fact.label}”的比较方式"
        return made | _unread(row)
    if op in NO_VALUE:
        return made
    if row["parameter"]:
        made["parameter"] = row["parameter"]
        if not fits(fact, op, words.parameters.get(row["parameter"])):
            errors[f"{where}-parameter"] = "这个参数与事实的类型或比较方式不合，请另选或填写固定值"
        return made
    try:
        made["value"] = _value(where, fact, op, row)
    except FieldError as error:
        errors[error.field] = error.message
        made |= _unread(row)
    return made


def _key(name: str, used: set[str]) -> str:
    key, number = name[:60], 1
    while key in used:
        number += 1
        key = f"{name[:57]}_{number}"
    used.add(key)
    return key


def _unread(row: Row) -> dict[str, Any]:
    """What was written, kept until it can be read."""
    kept = {"value": row["value"], "value2": row["value2"], "parameter": row["parameter"]}
    found: dict[str, Any] = {name: text for name, text in kept.items() if text}
    return found | ({"values": row.values} if row.values else {})


def _value(where: str, fact: Fact, op: Operator, row: Row) -> Any:
    if op is Operator.BETWEEN:
        low = literals.literal_of(f"{where}-value", fact, row["value"])
        high = literals.literal_of(f"{where}-value2", fact, row["value2"])
        if _comparable(fact, low) > _comparable(fact, high):
            raise FieldError(f"{where}-value2", "上限小于下限", "range")
        return [low, high]
    if op in MANY:
        texts = [*row.values, row["value"]] if row["value"] else row.values
        return sorted(literals.literals_of(f"{where}-value", fact, texts))
    return literals.literal_of(f"{where}-value", fact, row["value"])


def _comparable(fact: Fact, value: Any) -> Any:
    from decimal import Decimal

    return Decimal(value) if fact.type is FactType.DECIMAL else value


def fits(fact: Fact, op: Operator, declared: ParameterDeclaration | None) -> bool:
    """Whether *fact* may be compared with a parameter by *op*."""
    return (
        declared is not None
        and op not in NO_VALUE
        and op is not Operator.BETWEEN
        and declared.type is element_type(fact)
        and declared.many is (op in MANY)
    )


def entries_of(when: Any, words: Vocabulary) -> list[Entry]:
    """The form's entries of kept content."""
    found = []
    for one in when if isinstance(when, list) else ():
        if "any" in one:
            rows = [_row(c, words) for c in one["any"]]
            found.append(Entry(rows, True, str(one.get("label", ""))))
        else:
            found.append(Entry([_row(one, words)]))
    return found


def _row(made: Mapping[str, Any], words: Vocabulary) -> Row:
    texts = {
        name: str(made[name])
        for name in ("fact", "is", "parameter", "label", "basis", "clause", "key", "value2")
        if made.get(name)
    }
    row = Row(texts, [str(one) for one in made.get("values", ())])
    fact, value = words.facts.get(row["fact"]), made.get("value")
    if fact is None or value is None:
        texts |= {"value": str(value)} if value is not None else {}
        return row
    if not isinstance(value, list):
        texts["value"] = literals.text_of(fact, value)
    elif row["is"] == Operator.BETWEEN:
        texts["value"], texts["value2"] = (literals.text_of(fact, one) for one in value[:2])
    elif fact.values:
        row.values = [str(one) for one in value]
    else:
        texts["value"] = "、".join(literals.text_of(fact, one) for one in value)
    return row
