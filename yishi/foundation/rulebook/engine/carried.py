"""A book as JSON, so that another process (a worker of Spark) makes the same one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yishi.foundation.rulebook.amounts import amount_from
from yishi.foundation.rulebook.amounts import content_of as amount_content
from yishi.foundation.rulebook.content import (
    content_of,
    fact_content,
    fact_from_json,
    parameter_content,
    parameter_from_json,
    rule_from_content,
)
from yishi.foundation.rulebook.engine.book import Book, Item
from yishi.foundation.rulebook.facts import Fact, FactType, to_json
from yishi.foundation.rulebook.formulas import derived_from
from yishi.foundation.rulebook.rules import ParameterDeclaration


def book_content(book: Book) -> dict[str, Any]:
    """Everything that decides the outcome, in canonical form."""
    facts = {**book.facts, **{one.fact.name: one.fact for one in book.derived}}
    return {
        "facts": {name: fact_content(fact) for name, fact in sorted(facts.items())},
        "parameters": {
            name: parameter_content(one) for name, one in sorted(declarations(book).items())
        },
        "derived": [{"name": one.fact.name, "formula": one.formula.text} for one in book.derived],
        "items": [
            {
                "key": item.key,
                "rule": content_of(item.rule),
                "version": item.rule.version,
                "amount": amount_content(item.amount) if item.amount else None,
            }
            for item in book.items
        ],
    }


def declarations(book: Book) -> dict[str, ParameterDeclaration]:
    """Every parameter that the book names."""
    found: dict[str, ParameterDeclaration] = {}
    for one in book.derived:
        found |= one.formula.parameters
    for item in book.items:
        named = {c.parameter for _, c in item.rule.flat if c.parameter}
        found |= {name: item.rule.parameters[name] for name in named}
        found |= item.amount.parameters if item.amount else {}
    return found


def book_from_content(content: Mapping[str, Any]) -> Book:
    """The book whose `book_content` is *content*. Raises RuleError, KeyError or ValueError."""
    facts: dict[str, Fact] = {
        name: fact_from_json(name, stored) for name, stored in content["facts"].items()
    }
    parameters = parameters_from(content)
    derived = [
        derived_from(facts[one["name"]], one["formula"], facts, parameters)
        for one in content["derived"]
    ]
    items = [
        Item(
            one["key"],
            rule_from_content(one["rule"], one["version"]),
            amount_from(one["amount"], facts, parameters) if one["amount"] else None,
        )
        for one in content["items"]
    ]
    return Book(items, derived)


def parameters_from(content: Mapping[str, Any]) -> dict[str, ParameterDeclaration]:
    """The declarations of parameters in a book's content."""
    return {
        name: ParameterDeclaration(name, **{**stored, "type": FactType(stored["type"])})
        for name, stored in content["parameters"].items()
    }


def params_content(book: Book, params: Mapping[str, Any]) -> dict[str, Any]:
    """The values in force of the book's parameters, as JSON."""
    return {name: to_json(params.get(name)) for name in declarations(book)} | {
        name: sorted(to_json(x) for x in params[name])
        for name, declared in declarations(book).items()
        if declared.many and params.get(name) is not None
    }


def params_from(book: Book, stored: Mapping[str, Any]) -> dict[str, Any]:
    """The values that `params_content` stored."""
    return {
        name: parameter_from_json(declared, stored[name])
        for name, declared in declarations(book).items()
        if stored.get(name) is not None
    }
