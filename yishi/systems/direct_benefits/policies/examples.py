"""Running the examples of an item through the engine, as a run would treat that enterprise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from yishi.foundation.rulebook.engine import Book, ItemOutcome, match_one
from yishi.foundation.rulebook.facts import Fact, Seen, from_json
from yishi.foundation.rulebook.outcome import Truth
from yishi.systems.direct_benefits.policies.facts import Declared, moment
from yishi.systems.direct_benefits.policies.model import BenefitItem, Example
from yishi.systems.direct_benefits.policies.parts import wrong

_TRUTHS = {Truth.TRUE: "符合", Truth.FALSE: "不符合", Truth.UNKNOWN: "未知"}


def run(item: BenefitItem, declared: Declared) -> None:
    """Run every example of *item* with the parameters of *declared*.

    Raises:
        FieldError: at ``examples[i]``, with the reasons, when something else comes out than said.
    """
    book = Book([item.engine_item()], item.derived)
    for i, example in enumerate(item.examples):
        outcome = outcome_of(book, example, declared)
        message = _difference(item, example, outcome)
        if message:
            raise wrong(f"examples[{i}]", message, "example")


def outcome_of(book: Book, example: Example, declared: Declared) -> ItemOutcome:
    """What the only item of *book* says of the example's enterprise."""
    facts = facts_of(example.facts, book.facts, example.on)
    params = declared.params_on(example.on)
    return match_one(book, facts, params, moment(example.on))[0]


def facts_of(stored: Mapping[str, Any], declared: Mapping[str, Fact], on: date) -> dict[str, Any]:
    """The facts of an example as the engine takes them; a fact with a freshness limit is of the
    day itself unless the example says another."""
    facts: dict[str, Any] = {}
    for name, raw in stored.items():
        fact = declared.get(name)
        if fact is None or raw is None:
            continue
        dated = raw if isinstance(raw, Mapping) else {"value": raw, "as_of": on.isoformat()}
        as_of = moment(date.fromisoformat(dated["as_of"]))
        value = None if dated["value"] is None else from_json(fact.type, dated["value"])
        facts[name] = value if fact.freshness is None else Seen(value, as_of)
    return facts


def _difference(item: BenefitItem, example: Example, found: ItemOutcome) -> str:
    if found.truth is not example.expect:
        said, came = _TRUTHS[example.expect], _TRUTHS[found.truth]
        against = found.outcome.against() or "；".join(found.outcome.reasons())
        return f"示例应为{said}，结果为{came}：{against}"
    if example.expect is Truth.TRUE and found.amount != example.amount:
        return f"示例金额应为 {yuan(example.amount)} 元，结果为 {yuan(found.amount)} 元"
    return ""


def yuan(fen: int | None) -> str:
    """Fen as 1,234.56."""
    return "未知" if fen is None else f"{fen // 100:,}.{fen % 100:02d}"
