"""The generated corpus: formulas, amounts and books drawn over the facts of `support`, with gaps,
stale and undated values, zero divisors and numbers at the ends of 64 bits."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa

from yishi.foundation.rulebook.amounts import Amount, Fixed, PerUnit, Rate, Tiers
from yishi.foundation.rulebook.comparing import Operator
from yishi.foundation.rulebook.engine import Book, Item
from yishi.foundation.rulebook.engine.arrow import table_of
from yishi.foundation.rulebook.errors import RuleError
from yishi.foundation.rulebook.facts import Fact, FactType
from yishi.foundation.rulebook.formulas import Derived, Formula, derived_from, parse
from yishi.foundation.rulebook.rules import Condition, ParameterDeclaration, Rule
from yishi.foundation.rulebook.tests import support

FACTS = {fact.name: fact for fact in support.FACTS}
PARAMETERS = {
    "floor_staff": ParameterDeclaration("floor_staff", FactType.INT, "人数下限"),
    "quota": ParameterDeclaration("quota", FactType.MONEY, "额度"),
    "ratio": ParameterDeclaration("ratio", FactType.DECIMAL, "比例", unit="%"),
    "deadline": ParameterDeclaration("deadline", FactType.DATE, "截止日"),
}
_FORMS: dict[str, tuple[str, ...]] = {
    "int": (
        "staff",
        "floor_staff",
        "3",
        "({int} + {int})",
        "({int} - {int})",
        "{int} * {int}",
        "-{int}",
        "abs({int})",
        "({date} - {date})",
        "year({date})",
        "month({date})",
        "day({date})",
        "full_months({date}, {date})",
        "full_years({date}, {date})",
        "LEAST({int}, {int}, 2)",
        "CASE WHEN {bool} THEN {int} WHEN {bool} THEN 0 ELSE {int} END",
    ),
    "money": (
        "paid",
        "quota",
        "({money} + {money})",
        "({money} - 1)",
        "fen(paid * share)",
        "fen({money} * 0.335)",
        "div({money}, {int}, 0)",
        "div(paid * share, {int}, 0)",
        "GREATEST({money}, 0)",
        "paid * staff",
        "CASE WHEN {bool} THEN {money} ELSE 0 END",
    ),
    "decimal": (
        "share",
        "ratio",
        "1.25",
        "div({int}, {int}, 3)",
        "div({money}, {money}, 4)",
        "div(share, ratio, 1)",
        "round(share * share, 2)",
        "decimal({int})",
        "({decimal} - {decimal})",
        "-{decimal}",
    ),
    "date": (
        "since",
        "deadline",
        "DATE '2026-02-28'",
        "DATE '2024-02-29'",
        "today()",
        "date_of(seen)",
        "(since + {int})",
        "({date} - 31)",
        "LEAST({date}, {date})",
    ),
    "text": ("channel", "'4206'", "CASE WHEN {bool} THEN {text} ELSE 'ai' END"),
    "bool": (
        "known",
        "TRUE",
        "{int} >= {int}",
        "{money} < {money}",
        "{decimal} <> {decimal}",
        "{decimal} <= 2",
        "{date} > {date}",
        "{text} = {text}",
        "{int} BETWEEN 0 AND {int}",
        "{int} IN (0, 1, 3)",
        "{text} NOT IN ('app', 'ai')",
        "starts_with({text}, '4206')",
        "contains(tags, 'ai')",
        "({bool} AND {bool})",
        "({bool} OR {bool} OR {bool})",
        "NOT ({bool})",
        "CASE WHEN {bool} THEN {bool} ELSE {bool} END",
    ),
}


def formula_text(rng: random.Random, kind: str, depth: int) -> str:
    """A random formula of a kind, at most *depth* forms deep."""
    forms = _FORMS[kind]
    if depth <= 0:
        forms = tuple(form for form in forms if "{" not in form)
    text = rng.choice(forms)
    while "{" in text:
        start, stop = text.index("{"), text.index("}")
        inner = formula_text(rng, text[start + 1 : stop], depth - 1)
        text = (
            f"{text[:start]}({inner}){text[stop + 1 :]}"
            if " " in inner
            else (text[:start] + inner + text[stop + 1 :])
        )
    return text


def formula(rng: random.Random, kind: str, depth: int = 3) -> Formula:
    """The same, read; what the language refuses (too many places) is drawn again, flatter."""
    for less in range(depth + 1):
        try:
            return parse(formula_text(rng, kind, depth - less), FACTS, PARAMETERS)
        except RuleError:
            continue
    return parse(_FORMS[kind][0], FACTS, PARAMETERS)


def params(rng: random.Random) -> dict[str, Any]:
    """Values of the parameters; now and then one is not in force."""
    given = {
        "floor_staff": rng.choice([0, 1, 3]),
        "quota": rng.choice([0, 1, 99_999]),
        "ratio": rng.choice([Decimal("60"), Decimal("0.5"), Decimal("33.335")]),
        "deadline": support.value_of(FactType.DATE, rng),
    }
    return {name: value for name, value in given.items() if rng.random() < 0.9}


def derived(rng: random.Random) -> list[Derived]:
    """Two derived facts, the second of which may name the first."""
    kinds = {"int": FactType.INT, "money": FactType.MONEY, "decimal": FactType.DECIMAL}
    known = dict(FACTS)
    found: list[Derived] = []
    for n in range(2):
        kind = rng.choice(sorted(kinds))
        text = formula(rng, kind).text
        if found and rng.random() < 0.5 and found[0].fact.type is kinds[kind]:
            text = f"LEAST(({text}), first)"
        fact = Fact(("first", "second")[n], kinds[kind], "派生", scale=12)
        try:
            found.append(derived_from(fact, text, known, PARAMETERS))
        except RuleError:
            continue
        known[fact.name] = fact
    return found


def amount(rng: random.Random, made: Sequence[Derived]) -> Amount | None:
    """An amount of any kind, of facts and derived facts, with literals or parameters."""
    facts = [*FACTS.values(), *(one.fact for one in made)]
    money = [fact for fact in facts if fact.type is FactType.MONEY]
    numbers = [fact for fact in facts if fact.type in (FactType.INT, FactType.DECIMAL)]
    quota = PARAMETERS["quota"]
    fen: Any = rng.choice([0, 1, 500, 10**16, quota])
    cap = rng.choice([None, 50_000, quota])
    kind = rng.randrange(5)
    if kind == 0:
        return None
    if kind == 1:
        return Fixed(fen)
    if kind == 2:
        rate: Any = rng.choice(
            [Decimal("0.6"), Decimal("0.005"), Decimal("1"), PARAMETERS["ratio"]]
        )
        return Rate(rng.choice(money), rate, rng.choice([None, 0, 7]), cap)
    if kind == 3:
        return PerUnit(rng.choice(numbers), fen, cap)
    fact = rng.choice([*money, *numbers])
    starts: list[Any] = [-1, 0, 2, 211]
    if fact.type is FactType.DECIMAL:
        starts = [Decimal(start) for start in starts]
    steps: list[tuple[Any, Any]] = [(at, rng.choice([0, 3, 10**6, quota])) for at in starts]
    return Tiers(fact, tuple(steps))


@dataclass(frozen=True)
class Corpus:
    """One drawn book with its rows and parameters."""

    book: Book
    rows: list[dict[str, Any]]
    params: Mapping[str, Any]

    @property
    def parties(self) -> list[str]:
        return [f"P{n:017d}" for n in range(len(self.rows))]

    def table(self) -> pa.Table:
        """The rows as a snapshot."""
        return table_of(self.parties, self.rows, support.FACTS)


def corpus(rng: random.Random, items: int, rows: int) -> Corpus:
    """A book of *items* over *rows*."""
    made = derived(rng)
    values = params(rng)
    found = []
    for n in range(items):
        rule, given = support.rule(rng, f"test.item{n}")
        values |= given
        if made and rng.random() < 0.5:
            extra = _on_derived(rng.choice(made).fact, rng)
            parameters = rule.parameters
            rule = Rule(rule.key, (*rule.items, extra), "规则", parameters=parameters)
        found.append(Item(f"item{n}", rule, amount(rng, made)))
    return Corpus(Book(found, made), [support.row(rng) for _ in range(rows)], values)


def _on_derived(fact: Fact, rng: random.Random) -> Condition:
    op = rng.choice([Operator.GE, Operator.LT, Operator.NE])
    operand: Any = rng.choice([0, 1, 2])
    return Condition(
        "own", fact, op, Decimal(operand) if fact.type is FactType.DECIMAL else operand
    )
