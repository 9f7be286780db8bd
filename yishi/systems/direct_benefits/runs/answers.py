"""Why, and why not: any pair of a run, with every reason and how little was missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from yishi.foundation.facts import snapshots, store
from yishi.foundation.rulebook.columns import as_integer
from yishi.foundation.rulebook.comparing import Operator
from yishi.foundation.rulebook.engine import ItemOutcome, Match, match_one
from yishi.foundation.rulebook.facts import Fact, FactType, Seen, is_nan, typed
from yishi.foundation.rulebook.outcome import (
    ConditionOutcome,
    Outcome,
    Truth,
)
from yishi.systems.direct_benefits.policies.book import shelf
from yishi.systems.direct_benefits.policies.model import BenefitItem
from yishi.systems.direct_benefits.runs import keeping
from yishi.systems.direct_benefits.runs.models import Run

_COUNTED = (FactType.INT, FactType.MONEY, FactType.DECIMAL, FactType.DATE)


@dataclass(frozen=True, slots=True)
class Reason:
    """One condition of a pair, put in words when it is read. ``state``: true, false, or why unknown
    (missing, stale …)."""

    outcome: ConditionOutcome

    @property
    def key(self) -> str:
        """The condition's key."""
        return self.outcome.condition.key

    @property
    def truth(self) -> Truth:
        """How it came out."""
        return self.outcome.truth

    @property
    def state(self) -> str:
        """How it came out, or why it is unknown."""
        return self.outcome.why or self.outcome.truth.value

    @property
    def fact(self) -> str:
        """The fact that was compared."""
        return self.outcome.condition.fact.name

    @property
    def source(self) -> str:
        """The source that answers for it; "" for a derived fact."""
        return self.outcome.condition.fact.source

    @property
    def text(self) -> str:
        """What was compared with what."""
        return self.outcome.reason("zh")

    @property
    def text_en(self) -> str:
        """The same in English."""
        return self.outcome.reason("en")


@dataclass(frozen=True, slots=True)
class Missed:
    """The one condition (or group of which one suffices) that stands in the way, and by how much,
    in the fact's unit (fen for money, days for dates); None where there is no distance."""

    reasons: tuple[Reason, ...]
    fact: Fact
    gap: Decimal | None

    @property
    def text(self) -> str:
        """It in words."""
        return "，或".join(one.text for one in self.reasons)

    @property
    def text_en(self) -> str:
        """It in English words."""
        return ", or ".join(one.text_en for one in self.reasons)


@dataclass(frozen=True, slots=True)
class ItemAnswer:
    """The answer of a pair as the run recorded it, with its reasons."""

    item: BenefitItem
    truth: Truth
    amount_fen: int | None
    outcome: Outcome
    reasons: tuple[Reason, ...]
    near: Missed | None

    @property
    def item_key(self) -> str:
        """The item's key."""
        return self.item.key

    @property
    def against(self) -> tuple[Reason, ...]:
        """What was not true."""
        return tuple(one for one in self.reasons if one.truth is not Truth.TRUE)

    @property
    def waits_for(self) -> tuple[str, ...]:
        """The facts that are unknown."""
        return tuple(sorted({one.fact for one in self.reasons if one.truth is Truth.UNKNOWN}))


@dataclass(frozen=True, slots=True)
class Answers:
    """Everything about one enterprise in a run. ``facts`` are what the snapshot says of it."""

    run: Run
    code: str
    name: str
    row: int
    facts: dict[str, Seen]
    items: tuple[ItemAnswer, ...]


def newest(run: Run, code: str) -> tuple[Run, int] | None:
    """The run that looked at an enterprise last (*run* or a refresh of it), and the row there."""
    refreshes = Run.objects.filter(base=run).select_related("snapshot").order_by("-started_at")
    for one in (*refreshes, run):
        row = row_of(one, code)
        if row is not None:
            return one, row
    return None


def row_of(run: Run, code: str) -> int | None:
    """The row of an enterprise in a run."""
    if len(code) != 18 or not code.isascii():
        return None
    row = int(store.opened(run.snapshot).rows_of(np.array([code.encode()], "S18"))[0])
    return row if row >= 0 else None


def about(run: Run, code: str, keys: Sequence[str] | None = None) -> Answers:
    """All items (or *keys* of them) for one enterprise, as the run or its newest refresh saw it.

    Raises:
        LookupError: for an enterprise that the run does not know, or an item it did not look at.
    """
    found = newest(run, code)
    if found is None:
        raise LookupError(f"{run.number}: {code}")
    return at(*found, keys)


def of_party(run: Run, code: str, keys: Sequence[str] | None = None) -> list[ItemAnswer]:
    """The answers of `about`. Raises LookupError."""
    return list(about(run, code, keys).items)


def why(run: Run, item_key: str, code: str) -> ItemAnswer:
    """One pair. Raises LookupError."""
    return about(run, code, [item_key]).items[0]


def at(run: Run, row: int, keys: Sequence[str] | None = None) -> Answers:
    """The answers for a row of a run."""
    frozen, match = keeping.frozen_of(run), keeping.opened(run)
    facts = facts_at(run, row)
    book = frozen.book if keys is None else frozen.only(*keys)
    outcomes = match_one(book, facts, frozen.params, frozen.at)
    known = shelf().by_id  # looked up once: each look is a statement
    items = tuple(_answer(known[frozen.versions[one.key]], match, row, one) for one in outcomes)
    ((code, name),) = named(run, [row])
    return Answers(run, code, name, row, facts, items)


def facts_at(run: Run, row: int) -> dict[str, Seen]:
    """What the run's snapshot says of a row (only that row's values are read)."""
    kept = store.opened(run.snapshot)
    declared = snapshots.declared(run.snapshot)
    return {
        name: seen for name, fact in declared.items() if (seen := kept.seen(fact, row)) is not None
    }


def named(run: Run, rows: Sequence[int]) -> list[tuple[str, str]]:
    """(code, name) of some rows; the code stands for an unknown name."""
    kept = store.opened(run.snapshot)
    places = np.array(rows, np.int64)
    names = kept.names_at(places).to_pylist()
    codes = kept.codes[places].astype(str).tolist()
    return [(code, name or code) for code, name in zip(codes, names, strict=True)]


def _answer(item: BenefitItem, match: Match, row: int, one: ItemOutcome) -> ItemAnswer:
    truth = match.state(one.key, row)
    if truth is not one.truth:
        # Both paths are the same code by contract (`rulebook.engine`); a page must not choose.
        raise keeping.RunTampered(f"{one.key}: 单户计算与批量结果不一致")
    reasons = tuple(Reason(condition) for condition in one.outcome)
    return ItemAnswer(
        item,
        truth,
        match.amount(one.key, row),
        one.outcome,
        reasons,
        _near(one.outcome, reasons) if truth is Truth.FALSE else None,
    )


def _near(outcome: Outcome, reasons: Sequence[Reason]) -> Missed | None:
    """What alone stands in the way: all else is TRUE and this FALSE."""
    truths = outcome.item_truths()
    against = [place for place, truth in enumerate(truths) if truth is not Truth.TRUE]
    if len(against) != 1 or truths[against[0]] is not Truth.FALSE:
        return None
    start, stop = outcome.rule.spans[against[0]]
    conditions = [one for one in outcome if one.item == against[0]]
    gap = _gap(conditions[0]) if len(conditions) == 1 else None
    return Missed(tuple(reasons[start:stop]), conditions[0].condition.fact, gap)


def _gap(one: ConditionOutcome) -> Decimal | None:
    condition, outcome = one.condition, one.rule_outcome
    fact = condition.fact
    if fact.type not in _COUNTED:
        return None
    value = outcome.facts.get(fact.name)
    value = value.value if isinstance(value, Seen) else value
    operand: Any = condition.operand
    if condition.parameter:
        operand = outcome.params.get(condition.parameter)
    if value is None or operand is None:
        return None
    value = typed(fact.name, fact.type, value)
    if is_nan(value):
        return None
    places = fact.scale if fact.type is FactType.DECIMAL else 0
    here, step = _number(fact, value), 1
    op = condition.operator
    if op in (Operator.GE, Operator.GT):
        missing = _number(fact, operand) - here + (step if op is Operator.GT else 0)
    elif op in (Operator.LE, Operator.LT):
        missing = here - _number(fact, operand) + (step if op is Operator.LT else 0)
    elif op is Operator.EQ:
        missing = abs(_number(fact, operand) - here)
    elif op is Operator.BETWEEN:
        low, high = (_number(fact, end) for end in operand)
        missing = max(low - here, here - high)
    else:
        return None
    return Decimal(missing).scaleb(-places)


def _number(fact: Fact, value: Any) -> int:
    return as_integer(fact, value)


def parties(
    run: Run, item_key: str, truth: Truth | str, start: int = 0, limit: int = 30
) -> list[tuple[str, str, int | None]]:
    """Some enterprises of one outcome as (code, name, fen), straight from the run's bits."""
    match = keeping.opened(run)
    wanted = Truth(truth)
    if wanted is Truth.TRUE:
        rows = match.true_rows(item_key)
    elif wanted is Truth.UNKNOWN:
        rows = match.unknown_rows(item_key)
    else:
        rows = false_rows(match, item_key)
    some = rows[max(start, 0) : max(start, 0) + limit].tolist()
    amounts = [match.amount(item_key, row) for row in some]
    return [(code, name, fen) for (code, name), fen in zip(named(run, some), amounts, strict=True)]


def false_rows(match: Match, item_key: str) -> Any:
    """The rows that are FALSE."""
    packed = np.ascontiguousarray(~match.bits(item_key)[1]).view(np.uint8)
    return np.flatnonzero(np.unpackbits(packed, bitorder="little", count=match.rows))
