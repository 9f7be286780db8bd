"""Made-up enterprises and items of the shape of real ones; nothing in them is about anybody.

A hundred facts of eight types (a third with gaps, some with a freshness limit), six derived ones,
and 305 items of three to eight conditions each: one or two that nearly all items share (status,
bad-faith list, region), then an audience, thresholds, honours; fixed amounts, rates, tiers and so
much a unit.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from yishi.foundation.rulebook.amounts import Amount, Fixed, PerUnit, Rate, Tiers
from yishi.foundation.rulebook.columns import EPOCH, Column, column_of
from yishi.foundation.rulebook.comparing import Operator as Op
from yishi.foundation.rulebook.engine import Book, Item
from yishi.foundation.rulebook.facts import Fact, FactType
from yishi.foundation.rulebook.formulas import Derived, derived_from
from yishi.foundation.rulebook.rules import AnyGroup, Condition, ParameterDeclaration, Rule

AT = datetime(2026, 5, 8, 1, 0, tzinfo=UTC)
ITEMS = 305
REGIONS = [f"4206/42060{d}/{s:03d}" for d in range(1, 8) for s in range(1, 13)]
INDUSTRIES = [f"{letter}{number}" for letter in "ABCDEFGHIJKLMNOPQR" for number in range(10, 32)]
SIZES = ["large", "medium", "micro", "small"]
STATES = ["active", "cancelled", "closing", "revoked"]
HONOURS = [f"honour{n:02d}" for n in range(24)]
_DAY = timedelta(days=1)


def facts() -> dict[str, Fact]:
    """A hundred declared facts."""
    made = [
        Fact("status", FactType.TEXT, "登记状态", freshness=31 * _DAY),
        Fact("region", FactType.TEXT, "注册地"),
        Fact("industry", FactType.TEXT, "行业"),
        Fact("size", FactType.TEXT, "规模"),
        Fact("tax_credit", FactType.TEXT, "纳税信用等级"),
        Fact("bad_faith", FactType.BOOL, "严重失信"),
        Fact("honours", FactType.SET, "荣誉"),
        Fact("permits", FactType.SET, "资质"),
    ]
    made += [Fact(f"flag{n}", FactType.BOOL, f"标志 {n}") for n in range(16)]
    made += [Fact(f"count{n}", FactType.INT, f"数量 {n}", unit="个") for n in range(24)]
    made += [
        Fact(f"money{n}", FactType.MONEY, f"金额 {n}", freshness=60 * _DAY if n < 6 else None)
        for n in range(26)
    ]
    made += [Fact(f"share{n}", FactType.DECIMAL, f"占比 {n}", scale=2) for n in range(12)]
    made += [Fact(f"day{n}", FactType.DATE, f"日期 {n}") for n in range(14)]
    return {fact.name: fact for fact in made}


def derived(declared: Mapping[str, Fact]) -> list[Derived]:
    """Six facts with formulas."""
    parameters: dict[str, ParameterDeclaration] = {}
    texts = {
        ("layoff_rate", FactType.DECIMAL): "div(GREATEST(count0 - count1, 0), count0, 4)",
        ("growth", FactType.DECIMAL): "div(money0 - money1, money1, 4)",
        ("increment", FactType.MONEY): "GREATEST(money2 - money3, 0)",
        ("rd_share", FactType.DECIMAL): "div(money4 * 100, money5, 2)",
        ("years_here", FactType.INT): "full_years(day0, today())",
        ("interest", FactType.MONEY): "div(money6 * share0 * count2, 36500, 0)",
    }
    found: list[Derived] = []
    known = dict(declared)
    for (name, kind), text in texts.items():
        scale = 2 if name == "rd_share" else 4
        fact = Fact(name, kind, name, scale=scale)
        found.append(derived_from(fact, text, known, parameters))
        known[name] = fact
    return found


def columns(count: int, seed: int = 1) -> dict[str, Column]:
    """The facts of *count* enterprises."""
    rng = np.random.default_rng(seed)
    found: dict[str, Column] = {}
    for n, fact in enumerate(facts().values()):
        values, words = _values(fact, count, rng)
        valid = None
        if n % 3 == 0:
            valid = rng.random(count) > 0.02 + 0.1 * (n % 7) / 7
            if words:
                values = np.where(valid, values, -1).astype(values.dtype)
        taken = None
        if fact.freshness is not None:
            now = (AT - EPOCH) // timedelta(microseconds=1)
            age = rng.integers(0, int(fact.freshness.total_seconds() * 1.08), count)
            taken = now - age * 1_000_000
        found[fact.name] = Column(values, valid, taken, words)
    return found


def _values(fact: Fact, count: int, rng: np.random.Generator) -> tuple[Any, tuple[Any, ...]]:
    vocabulary = {
        "status": STATES,
        "region": REGIONS,
        "industry": INDUSTRIES,
        "size": SIZES,
        "tax_credit": ["A", "B", "C", "D", "M"],
    }.get(fact.name)
    if vocabulary is not None:
        weights = [0.9, 0.05, 0.03, 0.02] if fact.name == "status" else None
        codes = rng.choice(len(vocabulary), count, p=weights)
        return codes.astype(np.int16 if len(vocabulary) > 100 else np.int8), tuple(vocabulary)
    if fact.type is FactType.SET:
        words = [frozenset()] + [
            frozenset(rng.choice(HONOURS, size, replace=False).tolist())
            for size in rng.integers(1, 4, 90)
        ]
        words = list(dict.fromkeys(words))
        codes = np.where(rng.random(count) < 0.6, 0, rng.integers(0, len(words), count))
        return codes.astype(np.int8), tuple(words)
    if fact.type is FactType.BOOL:
        share = 0.03 if fact.name == "bad_faith" else rng.uniform(0.1, 0.6)
        return rng.random(count) < share, ()
    if fact.type is FactType.INT:
        return (rng.lognormal(2.5, 1.2, count)).astype(np.int32), ()
    if fact.type is FactType.MONEY:
        return (rng.lognormal(16, 2, count)).astype(np.int64), ()
    if fact.type is FactType.DECIMAL:
        return rng.integers(0, 2_000, count).astype(np.int16), ()
    first = (date(2005, 1, 1) - date(1970, 1, 1)).days
    return (first + rng.integers(0, 7_800, count)).astype(np.int32), ()


def items(seed: int = 7) -> tuple[list[Item], dict[str, Any]]:
    """305 items and the parameters in force."""
    declared = facts()
    made = derived(declared)
    rng = random.Random(seed)
    every = {**declared, **{one.fact.name: one.fact for one in made}}
    values: dict[str, Any] = {}
    found = [_item(n, every, rng, values) for n in range(ITEMS)]
    return found, values


def book(seed: int = 7) -> tuple[Book, dict[str, Any]]:
    """The same, compiled."""
    found, values = items(seed)
    return Book(found, derived(facts())), values


def _item(n: int, every: Mapping[str, Fact], rng: random.Random, values: dict[str, Any]) -> Item:
    parts: list[tuple[Fact, Op, Any]] = [
        (every["status"], Op.EQ, "active"),
        (every["bad_faith"], Op.IS_FALSE, None),
    ]
    wanted = rng.randrange(3, 9)
    if rng.random() < 0.3:
        district = f"4206/42060{rng.randrange(1, 8)}"
        parts.append((every["region"], Op.STARTS_WITH, rng.choice(["4206", "4206", district])))
    if rng.random() < 0.25:
        parts.append((every["size"], Op.IN, frozenset(rng.sample(SIZES, rng.randrange(2, 4)))))
    if rng.random() < 0.15:
        letters = rng.sample("ABCDEFGHIJKLMNOPQR", 6)
        chosen = frozenset(one for one in INDUSTRIES if one[0] in letters)
        parts.append((every["industry"], Op.IN, chosen))
    if rng.random() < 0.3:
        some = frozenset(rng.sample(HONOURS, rng.randrange(3, 9)))
        parts.append((every[rng.choice(["honours", "permits"])], Op.CONTAINS_ANY, some))
    names = [name for name in every if name.rstrip("0123456789") in _DRAWN]
    while len(parts) < wanted:
        parts.append(_drawn(every[rng.choice(names)], rng))
    parameters: dict[str, ParameterDeclaration] = {}
    conditions: list[Condition] = []
    for number, (fact, op, operand) in enumerate(parts[:wanted]):
        key = f"c{number}"
        if op is Op.GE and fact.type is FactType.INT and rng.random() < 0.3:
            name = f"least_{operand}"
            parameters[name] = ParameterDeclaration(name, FactType.INT, "下限")
            values[name] = operand
            conditions.append(Condition(key, fact, op, parameter=name))
        else:
            conditions.append(Condition(key, fact, op, operand))
    rows: list[Condition | AnyGroup] = list(conditions)
    if len(rows) > 4 and rng.random() < 0.3:
        rows[-2:] = [AnyGroup(tuple(conditions[-2:]))]
    rule = Rule(f"bench.item{n}", tuple(rows), f"事项 {n}", parameters=parameters)
    return Item(f"item{n:03d}", rule, _amount(every, rng))


_DRAWN = {"flag", "count", "money", "share", "day", "layoff_rate", "growth", "rd_share"}


def _drawn(fact: Fact, rng: random.Random) -> tuple[Fact, Op, Any]:
    """A condition that a good half of the enterprises meet."""
    if fact.type is FactType.BOOL:
        return fact, Op.IS_FALSE if rng.random() < 0.6 else Op.IS_TRUE, None
    if fact.type is FactType.INT:
        return fact, Op.GE, rng.choice([5, 10, 15, 25, 40])
    if fact.type is FactType.MONEY:
        return fact, rng.choice([Op.GE, Op.GT]), rng.choice([3 * 10**6, 10**7, 3 * 10**7, 10**8])
    if fact.type is FactType.DECIMAL:
        places = Decimal(rng.randrange(0, 1_000)).scaleb(-2)
        return fact, rng.choice([Op.GE, Op.LE]) if fact.name == "growth" else Op.GE, places
    year = rng.randrange(2010, 2024)
    return fact, Op.GE, date(year, 1, 1)


def _amount(every: Mapping[str, Fact], rng: random.Random) -> Amount | None:
    dice = rng.random()
    if dice < 0.05:
        return None
    if dice < 0.45:
        return Fixed(rng.choice([5, 10, 20, 50, 100]) * 1_000_000)
    if dice < 0.75:
        fact = every[rng.choice([f"money{n}" for n in range(26)] + ["increment", "interest"])]
        rate = Decimal(rng.choice(["0.3", "0.6", "0.05", "0.125", "0.015"]))
        return Rate(fact, rate, None, rng.choice([None, 50_000_000, 200_000_000]))
    if dice < 0.88:
        fact = every[f"money{rng.randrange(26)}"]
        return Tiers(fact, ((0, 1_000_000), (10**7, 3_000_000), (10**8, 10_000_000)))
    return PerUnit(every[f"count{rng.randrange(24)}"], rng.choice([50_000, 100_000]), 30_000_000)


def rows_of(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """The facts of a few enterprises one by one, as one-row evaluation takes them."""
    from yishi.foundation.rulebook.facts import Seen

    found: list[dict[str, Any]] = [{} for _ in range(count)]
    for name, column in columns(count, seed).items():
        fact = facts()[name]
        for i in range(count):
            if column.valid is not None and not column.valid[i]:
                continue
            value = _plain(fact, column, i)
            if column.as_of is not None:
                value = Seen(value, EPOCH + timedelta(microseconds=int(column.as_of[i])))
            found[i][name] = value
    return found


def _plain(fact: Fact, column: Column, row: int) -> Any:
    value = column.values[row]
    if column.categories:
        return column.categories[value]
    if fact.type is FactType.BOOL:
        return bool(value)
    if fact.type is FactType.DECIMAL:
        return Decimal(int(value)).scaleb(-fact.scale)
    return date(1970, 1, 1) + int(value) * _DAY if fact.type is FactType.DATE else int(value)


__all__ = ["AT", "Book", "book", "column_of", "columns", "derived", "facts", "items", "rows_of"]
