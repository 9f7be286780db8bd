"""Conditions on answers: one comparison each, joined by AND, ``any`` groups for OR.

The operators are the rulebook's. An answer that was not given is unknown and never counts as yes:
the outcome is ``None`` then, unless the other conditions decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from yishi.foundation.cases.catalogue_fields import Fields
from yishi.foundation.cases.catalogue_yaml import Located
from yishi.foundation.rulebook.comparing import HOLDS, Operator

TRUTH = frozenset({Operator.IS_TRUE, Operator.IS_FALSE})
LISTS = frozenset({Operator.IN, Operator.NOT_IN})
OPERATORS = TRUTH | LISTS | {Operator.EQ, Operator.NE}


@dataclass(frozen=True, slots=True)
class Term:
    """One comparison of an answer. ``value``: a text, a tuple of texts (in, not_in) or ``None``."""

    fact: str
    op: Operator
    value: str | tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Comparisons of which one suffices."""

    terms: tuple[Term, ...]


When = tuple[Term | AnyOf, ...]


def holds(when: When, answers: Mapping[str, Any]) -> bool | None:
    """Whether all of *when* holds for *answers* (texts, and booleans for yes/no questions);
    ``None`` where an answer that matters is missing. Nothing wanted always holds."""
    outcomes = [
        _some(_term(term, answers) for term in item.terms)
        if isinstance(item, AnyOf)
        else _term(item, answers)
        for item in when
    ]
    if False in outcomes:
        return False
    return None if None in outcomes else True


def facts_of(when: When) -> Iterator[Term]:
    """Every comparison in *when*."""
    for item in when:
        yield from item.terms if isinstance(item, AnyOf) else (item,)


def _some(outcomes: Iterable[bool | None]) -> bool | None:
    seen = list(outcomes)
    if True in seen:
        return True
    return None if None in seen else False


def _term(term: Term, answers: Mapping[str, Any]) -> bool | None:
    answer = answers.get(term.fact)
    if answer is None or answer == "":
        return None
    if term.op in TRUTH:
        return HOLDS[term.op](answer, None) if isinstance(answer, bool) else None
    return bool(HOLDS[term.op](answer, term.value))


def read_when(parent: Fields, field: str = "when") -> When:
    """The conditions in the list *field* of *parent*; faults are noted there."""
    return tuple(
        found
        for node in parent.items(field, required=False)
        if (found := _item(parent, node)) is not None
    )


def _item(parent: Fields, node: Located) -> Term | AnyOf | None:
    fields = Fields(node, parent.file, parent.problems)
    if isinstance(node.value, dict) and "any" in node.value:
        terms = [
            _read_term(Fields(one, parent.file, parent.problems)) for one in fields.items("any")
        ]
        fields.done()
        kept = tuple(term for term in terms if term is not None)
        return AnyOf(kept) if kept else None
    return _read_term(fields)


def _read_term(fields: Fields) -> Term | None:
    fact = fields.text("fact", most=48)
    written = fields.choice("is", {op.value: "" for op in sorted(OPERATORS)})
    op = Operator(written) if written in {op.value for op in OPERATORS} else None
    value: str | tuple[str, ...] | None = None
    if op in LISTS:
        value = fields.texts("value", least=1, most=40, length=48)
    elif op is not None and op not in TRUTH:
        value = fields.text("value", most=48)
    fields.done()
    return Term(fact, op, value) if op is not None and fact else None


def plain_when(when: When) -> list[dict[str, Any]]:
    """*when* as files write it."""
    return [
        {"any": [_plain(term) for term in item.terms]} if isinstance(item, AnyOf) else _plain(item)
        for item in when
    ]


def _plain(term: Term) -> dict[str, Any]:
    written: dict[str, Any] = {"fact": term.fact, "is": term.op.value}
    if term.value is not None:
        written["value"] = list(term.value) if isinstance(term.value, tuple) else term.value
    return written
