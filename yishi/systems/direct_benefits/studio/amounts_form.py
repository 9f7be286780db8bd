"""The amount of an item: from the form's texts to content and back. Yuan and percent in the form,
fen and plain rates in the content; each operand a value or a dated parameter."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.facts import Fact, FactType
from yishi.systems.direct_benefits.studio import literals
from yishi.systems.direct_benefits.studio.shape import Tree
from yishi.systems.direct_benefits.studio.vocabulary import Vocabulary

Errors = dict[str, str]
#: Which facts an amount is counted from.
COUNTED: Mapping[str, frozenset[FactType]] = {
    "rate": frozenset({FactType.MONEY}),
    "tiers": frozenset({FactType.MONEY, FactType.INT, FactType.DECIMAL}),
    "per_unit": frozenset({FactType.INT}),
}
#: Inputs of each kind that may be a parameter instead: name of the input → name in the content.
OPERANDS: Mapping[str, tuple[str, ...]] = {
    "fixed": ("fen",),
    "rate": ("rate", "floor", "cap"),
    "per_unit": ("fen", "cap"),
}
OPTIONAL = frozenset({"floor", "cap"})


def content_of(tree: Tree, words: Vocabulary, errors: Errors) -> dict[str, Any] | None:
    """The ``amount`` of the content; None where the item pays nothing."""
    kind = tree["amount"]
    if kind == "fixed":
        return {"fixed": _operand(tree, words, "fen", errors)}
    if kind not in COUNTED:
        if kind:
            errors["amount"] = "请选择金额的算法"
        return None
    made: dict[str, Any] = {"fact": tree["amount_fact"]}
    fact = words.facts.get(tree["amount_fact"])
    if fact is None or fact.type not in COUNTED[kind]:
        errors["amount_fact"] = "请选择按哪一项计算"
        return {kind: made | _unread(tree, kind)}
    if kind == "tiers":
        return {kind: made | {"steps": _steps(tree, fact, errors)}}
    for name in OPERANDS[kind]:
        value = _operand(tree, words, name, errors)
        if value is not None:
            made[name] = value
    return {kind: made}


def _unread(tree: Tree, kind: str) -> dict[str, Any]:
    if kind == "tiers":
        return {"steps": [dict(one) for one in tree.tiers]}
    return {name: tree[f"amount_{name}"] for name in OPERANDS[kind] if tree[f"amount_{name}"]}


def _operand(tree: Tree, words: Vocabulary, name: str, errors: Errors) -> Any:
    where = f"amount_{name}"
    parameter, text = tree[f"{where}_parameter"], tree[where]
    if parameter:
        wanted = FactType.DECIMAL if name == "rate" else FactType.MONEY
        declared = words.parameters.get(parameter)
        if declared is None or declared.many or declared.type is not wanted:
            errors[f"{where}_parameter"] = "这个参数不能用在这里，请另选或填写固定值"
        return {"parameter": parameter}
    if not text and name in OPTIONAL:
        return None
    try:
        return _percent(where, text) if name == "rate" else _money(where, text)
    except FieldError as error:
        errors[where] = error.message
        return {"unread": text}


def _money(where: str, text: str) -> int:
    fen = literals.fen_of(where, text) if text else 0
    if fen <= 0:
        raise FieldError(where, "请填写大于零的金额（元）", "required")
    return fen


def _percent(where: str, text: str) -> str:
    plain = literals.decimal_of(where, text.removesuffix("%"), 8) if text else "0"
    rate = Decimal(plain) / 100
    if not 0 < rate <= 10:
        raise FieldError(where, "请填写比例（%），大于 0、不超过 1000", "range")
    return format(rate.normalize(), "f")


def _steps(tree: Tree, fact: Fact, errors: Errors) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = []
    for n, one in enumerate(tree.tiers):
        step: dict[str, Any] = dict(one)
        try:
            step = {"from": literals.literal_of(f"t-{n}-from", fact, one.get("from", ""))}
            step["fen"] = literals.fen_of(f"t-{n}-fen", one.get("fen", ""))
        except FieldError as error:
            errors[error.field] = error.message
            step = dict(one)
        steps.append(step)
    if not steps:
        errors["tiers"] = "请至少写一档"
    return steps


def fill(tree: Tree, amount: Any, words: Vocabulary) -> None:
    """Put a kept amount into the form's tree."""
    kind, made = next(iter(amount.items())) if amount else ("", {})
    tree.texts["amount"] = str(kind)
    if kind == "fixed":
        _fill_operand(tree, "fen", made)
        return
    if not isinstance(made, dict):
        return
    tree.texts["amount_fact"] = str(made.get("fact", ""))
    for name in OPERANDS.get(kind, ()):
        _fill_operand(tree, name, made.get(name))
    fact = words.facts.get(str(made.get("fact", "")))
    for step in made.get("steps", ()):
        start, fen = step.get("from"), step.get("fen")
        tree.tiers.append(
            {
                "from": literals.text_of(fact, start) if fact else str(start or ""),
                "fen": literals.yuan_text(fen) if type(fen) is int else str(fen or ""),
            }
        )


def _fill_operand(tree: Tree, name: str, value: Any) -> None:
    if isinstance(value, dict):
        tree.texts[f"amount_{name}_parameter"] = str(value.get("parameter", ""))
        tree.texts[f"amount_{name}"] = str(value.get("unread", ""))
    elif type(value) is int and name != "rate":
        tree.texts[f"amount_{name}"] = literals.yuan_text(value)
    elif value is not None:
        tree.texts[f"amount_{name}"] = percent_text(value) if name == "rate" else str(value)


def percent_text(value: Any) -> str:
    """A kept rate in percent."""
    try:
        return format((Decimal(str(value)) * 100).normalize(), "f")
    except ArithmeticError:
        return str(value)
