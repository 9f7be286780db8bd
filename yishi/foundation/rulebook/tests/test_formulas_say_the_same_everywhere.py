"""A drawn formula gives one value, or UNKNOWN, on one row, on columns and in Polars."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yishi.foundation.rulebook.columns import column_of
from yishi.foundation.rulebook.engine import Book, Item, polars_path
from yishi.foundation.rulebook.engine.arrow import table_of
from yishi.foundation.rulebook.engine.one import match_one
from yishi.foundation.rulebook.facts import Fact, FactType, Seen
from yishi.foundation.rulebook.formulas import Formula, parse
from yishi.foundation.rulebook.formulas.formula import raw
from yishi.foundation.rulebook.tests import corpus, support

KINDS = ("int", "money", "decimal", "date", "text", "bool")


def _raws(formula: Formula, values: list[Any]) -> list[Any]:
    fact = Fact("x", formula.type, "x", scale=formula.scale)
    return [None if value is None else raw(fact, value) for value in values]


def _of_columns(formula: Formula, rows: list[dict[str, Any]], params: dict[str, Any]) -> list[Any]:
    columns = {f.name: column_of(f, [row.get(f.name) for row in rows]) for f in support.FACTS}
    found = formula.columns(columns, params, support.AT, len(rows))
    valid = [True] * len(rows) if found.valid is None else found.valid.tolist()
    values = found.values.tolist()
    if formula.type is FactType.TEXT:
        values = [
            found.categories[n] if there else None for n, there in zip(values, valid, strict=True)
        ]
    return [value if there else None for value, there in zip(values, valid, strict=True)]


def _of_polars(formula: Formula, rows: list[dict[str, Any]], params: dict[str, Any]) -> list[Any]:
    table = table_of([str(n) for n in range(len(rows))], rows, support.FACTS)
    frame = pl.DataFrame(pl.from_arrow(table))
    columns = [
        polars_path.seen(fact, frame, support.AT).alias(name) for name, fact in corpus.FACTS.items()
    ]
    frame = frame.select(columns)
    env = polars_path.environment(formula.facts)
    value = formula.polars(env, params, support.AT)
    if formula.type is FactType.DATE:
        value = value.cast(pl.Int32)
    series = frame.select(pl.lit(0).alias("row") + pl.int_range(pl.len()), value.alias("x"))["x"]
    return series.to_list()


@pytest.mark.parametrize("kind", KINDS)
@given(rng=st.integers(0, 2**32).map(random.Random))
@settings(max_examples=60)
def test_every_drawn_formula_comes_out_alike_on_three_paths(kind: str, rng: random.Random) -> None:
    formula, params = corpus.formula(rng, kind), corpus.params(rng)
    rows = [support.row(rng) for _ in range(12)]
    one = [formula.one(row, params, support.AT) for row in rows]
    assert _of_columns(formula, rows, params) == _raws(formula, one), formula.text
    assert _of_polars(formula, rows, params) == _raws(formula, one), formula.text


@pytest.mark.parametrize(
    ("text", "facts", "expected"),
    [
        ("div(1, staff, 2)", {"staff": 3}, Decimal("0.33")),
        ("div(1, staff, 2)", {"staff": 0}, None),
        ("div(1, staff, 2)", {}, None),
        ("div(staff, 2, 0)", {"staff": 5}, Decimal(3)),
        ("div(staff, 2, 0)", {"staff": -5}, Decimal(-3)),
        ("div(staff, 8, 2)", {"staff": 1}, Decimal("0.13")),
        ("LEAST(staff, 3)", {}, None),
        ("GREATEST(staff, 3)", {}, None),
        ("CASE WHEN staff > 1 THEN 5 ELSE 6 END", {}, None),
        ("CASE WHEN known THEN 5 ELSE staff END", {"known": True}, 5),
        ("known AND staff > 1", {"known": False}, False),
        ("known OR staff > 1", {"known": True}, True),
        ("known AND staff > 1", {"known": True}, None),
        ("staff + 1", {"staff": 2**63 - 1}, None),
        ("staff * 2 - staff", {"staff": 2**62}, None),
        ("full_months(since, DATE '2026-02-28')", {"since": date(2026, 1, 31)}, 1),
        ("full_months(since, DATE '2026-02-27')", {"since": date(2026, 1, 31)}, 0),
        ("full_months(since, DATE '2025-12-31')", {"since": date(2026, 1, 31)}, -1),
        ("full_years(since, DATE '2025-02-28')", {"since": date(2024, 2, 29)}, 1),
        ("since + 4000000", {"since": date(2026, 1, 1)}, None),
        ("today()", {}, date(2026, 5, 8)),
        ("fen(paid * 0.335)", {"paid": Seen(100, support.AT)}, 34),
        ("paid", {"paid": 100}, None),
    ],
)
def test_what_a_formula_gives(text: str, facts: dict[str, Any], expected: Any) -> None:
    formula = parse(text, corpus.FACTS, corpus.PARAMETERS)
    assert formula.one(facts, {}, support.AT) == expected
    wanted = _raws(formula, [expected])
    assert _of_columns(formula, [facts], {}) == wanted
    assert _of_polars(formula, [facts], {}) == wanted


def test_a_derived_fact_tells_which_inputs_it_lacks() -> None:
    from yishi.foundation.rulebook.comparing import Operator
    from yishi.foundation.rulebook.formulas import derived_from
    from yishi.foundation.rulebook.outcome import STALE, UNDATED
    from yishi.foundation.rulebook.rules import Condition, Rule

    fact = Fact("per_head", FactType.MONEY, "人均纳税")
    made = derived_from(fact, "div(paid, staff, 0)", corpus.FACTS, {})
    rule = Rule("test.per_head", (Condition("own", fact, Operator.GE, 1),), "人均")
    book = Book([Item("a", rule)], [made])
    old = Seen(100, support.AT - timedelta(days=60))
    for facts, expected in (
        ({"paid": old, "staff": 2}, [("paid", STALE)]),
        ({"paid": 100, "staff": 2}, [("paid", UNDATED)]),
        ({"paid": Seen(100, support.AT), "staff": 0}, [("per_head", 2)]),
    ):
        assert made.states(facts, {}, support.AT) == expected
        (outcome,) = match_one(book, facts, {}, support.AT)
        assert outcome.truth == "unknown"


def test_rows_that_overflow_64_bits_are_unknown_and_their_neighbours_are_not() -> None:
    formula = parse("staff * staff", corpus.FACTS, {})
    values = [3, 2**40, -5, 2**62]
    columns = {"staff": column_of(corpus.FACTS["staff"], values)}
    found = formula.columns(columns, {}, support.AT, 4)
    assert found.valid is not None
    assert found.valid.tolist() == [True, False, True, False]
    assert np.asarray(found.values)[[0, 2]].tolist() == [9, 25]
