"""An item's own examples: facts of a made-up or a real enterprise, and what must come out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.facts import Fact, FactType
from yishi.systems.direct_benefits.policies.areas import AREA
from yishi.systems.direct_benefits.studio import literals
from yishi.systems.direct_benefits.studio.shape import Texts, Tree
from yishi.systems.direct_benefits.studio.vocabulary import Vocabulary

Errors = dict[str, str]
FACT, AGE = "f-", "a-"
EXPECTED = ("true", "false", "unknown")


def named(content: Mapping[str, Any], words: Vocabulary) -> list[Fact]:
    """The plain facts that decide an item: its region, its conditions and its amount."""
    names: list[str] = [AREA]
    for one in content.get("when") or ():
        names += [str(c.get("fact", "")) for c in one.get("any", [one])]
    amount = content.get("amount") or {}
    for made in amount.values():
        if isinstance(made, dict):
            names.append(str(made.get("fact", "")))
    found: dict[str, Fact] = {}
    for name in names:
        for plain in sorted(words.plain(name)):
            if plain in words.facts:
                found.setdefault(plain, words.facts[plain])
    return list(found.values())


def content_of(tree: Tree, words: Vocabulary, errors: Errors) -> list[dict[str, Any]]:
    """The ``examples`` of the content."""
    found = [_example(n, one, words, errors) for n, one in enumerate(tree.examples)]
    if not found:
        errors["examples"] = "请至少写一个示例：给什么数据、应当得出什么结论"
    return found


def _example(n: int, one: Texts, words: Vocabulary, errors: Errors) -> dict[str, Any]:
    where = f"e-{n}-"
    made: dict[str, Any] = {"facts": {}}
    for name, text in one.items():
        fact = words.facts.get(name.removeprefix(FACT)) if name.startswith(FACT) else None
        if fact is not None and text:
            value = _fact(where + name, fact, text, errors)
            age = one.get(AGE + fact.name, "")
            if age and fact.freshness is not None:
                value = {"value": value, "as_of": _day(where + AGE + fact.name, age, errors)}
            made["facts"][fact.name] = value
    made["on"] = _day(f"{where}on", one.get("on", ""), errors)
    made["expect"] = one.get("expect", "")
    if made["expect"] not in EXPECTED:
        errors[f"{where}expect"] = "请选择应当得出的结论"
    if one.get("amount"):
        try:
            made["amount"] = literals.fen_of(f"{where}amount", one["amount"])
        except FieldError as error:
            made["amount"] = one["amount"]
            errors[error.field] = error.message
    if one.get("why"):
        made["why"] = one["why"][:200]
    return made


def _day(where: str, text: str, errors: Errors) -> str:
    try:
        return literals.day_of(where, text)
    except FieldError as error:
        errors[error.field] = error.message
        return text


def _fact(where: str, fact: Fact, text: str, errors: Errors) -> Any:
    try:
        if fact.type is FactType.BOOL:
            return _bool(where, fact, text)
        if fact.type is FactType.SET:
            none = text.strip() in ("无", "-")
            return [] if none else sorted(literals.literals_of(where, fact, [text]))
        return literals.literal_of(where, fact, text)
    except FieldError as error:
        errors[error.field] = error.message
        return text


def _bool(where: str, fact: Fact, text: str) -> bool:
    if text not in ("true", "false"):
        raise FieldError(where, f"请选择“{fact.label}”是或否", "format")
    return text == "true"


def fill(tree: Tree, examples: Any, words: Vocabulary) -> None:
    """Put kept examples into the form's tree."""
    for one in examples if isinstance(examples, list) else ():
        texts = {name: str(one.get(name) or "") for name in ("on", "expect", "why")}
        amount = one.get("amount")
        if amount is not None:
            texts["amount"] = literals.yuan_text(amount) if type(amount) is int else str(amount)
        for name, value in (one.get("facts") or {}).items():
            dated = isinstance(value, dict)
            said = value.get("value") if dated else value
            if dated:
                texts[AGE + name] = str(value.get("as_of") or "")
            if said is not None:
                texts[FACT + name] = fact_text(words.facts.get(name), said)
        tree.examples.append(texts)


def fact_text(fact: Fact | None, value: Any) -> str:
    """A fact of an example as it stands in the form."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        shown = [fact.values[one][0] if fact and one in fact.values else str(one) for one in value]
        return "、".join(shown) or "无"
    return literals.text_of(fact, value) if fact else str(value)


def shown(fact: Fact, value: Any) -> str:
    """A kept fact of an example in words; its age where that is said."""
    from yishi.systems.direct_benefits.studio import saying

    if isinstance(value, dict):
        return f"{shown(fact, value.get('value'))}（{value.get('as_of', '')}）"
    if value is None:
        return "—"
    if isinstance(value, bool):
        return gettext("是") if value else gettext("否")
    return saying.value(fact, value) if value != [] else gettext("无")
