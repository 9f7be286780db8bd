"""Reading a stored decision: does it still hold, and why did it come out so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from yishi.foundation.rulebook.content import parameter_from_json
from yishi.foundation.rulebook.errors import FactError, RuleError
from yishi.foundation.rulebook.facts import facts_from_json
from yishi.foundation.rulebook.outcome import STATE_NAMES, Outcome, Truth
from yishi.foundation.rulebook.rules import AnyGroup, Condition, Rule, evaluate
from yishi.foundation.rulebook.wording import headline, item_label, pick

_STATES = {name: state for state, name in enumerate(STATE_NAMES)}


class Stored(Protocol):
    """What `models.Decision` and `models.DecisionRow` have in common."""

    @property
    def rule_key(self) -> str: ...
    @property
    def rule_version(self) -> int: ...
    @property
    def rule_hash(self) -> str: ...
    @property
    def subject_kind(self) -> str: ...
    @property
    def subject_id(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def facts(self) -> Mapping[str, Any]: ...
    @property
    def parameters(self) -> Mapping[str, Any]: ...
    @property
    def conditions(self) -> Mapping[str, str]: ...
    @property
    def outcome(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the page 为什么: ``truth`` is true, false or unknown; ``level`` indents;
    ``basis`` is the legal basis with its clause."""

    text: str
    truth: str
    level: int = 0
    basis: str = ""

    def __str__(self) -> str:
        mark = {"true": "✓", "false": "✗", "unknown": "?"}[self.truth]
        basis = f"  [{self.basis}]" if self.basis else ""
        return f"{'  ' * self.level}{mark} {self.text}{basis}"


def rule_of(decision: Stored) -> Rule:
    """The stored version that made *decision*. Raises RuleError when it is not there."""
    from yishi.foundation.rulebook.store import rulebook

    return rulebook().version(decision.rule_key, decision.rule_version)


def reconstruct(decision: Stored, rule: Rule) -> Outcome:
    """*decision* as the outcome that was stored, for its wording (nothing is evaluated again).

    Raises:
        FactError, RuleError: when what is stored does not fit the rule.
    """
    try:
        states = [_STATES[decision.conditions[condition.key]] for _, condition in rule.flat]
        truth = Truth(decision.outcome)
    except (KeyError, ValueError) as error:
        raise RuleError("conditions", f"决定与规则版本不符：{error}") from error
    facts = facts_from_json(decision.facts, rule.facts.values())
    return Outcome(rule, truth, states, facts, stored_parameters(decision, rule), decision.at)


def stored_parameters(decision: Stored, rule: Rule) -> dict[str, Any]:
    """The parameter values that were in force. Raises RuleError for one of another type."""
    values = {}
    for name, declared in rule.parameters.items():
        raw = decision.parameters.get(name)
        if raw is None:
            continue
        try:
            values[name] = parameter_from_json(declared, raw)
        except ValueError as error:
            raise RuleError(f"parameters.{name}", str(error), "type") from error
    return values


def verify(decision: Stored, rule: Rule | None = None) -> list[str]:
    """Evaluate the stored facts with the stored version again: what differs, [] when it holds."""
    try:
        rule = rule or rule_of(decision)
        if decision.rule_hash != rule.hash:
            return [f"规则内容的摘要不符：{decision.rule_hash}"]
        facts = facts_from_json(decision.facts, rule.facts.values())
        again = evaluate(rule, facts, stored_parameters(decision, rule), decision.at)
    except (FactError, RuleError) as error:
        return [str(error)]
    wrong = []
    if again.truth.value != decision.outcome:
        wrong.append(f"结论应为 {again.truth.value}，存为 {decision.outcome}")
    for one in again:
        stored = decision.conditions.get(one.condition.key)
        if stored != STATE_NAMES[one.state]:
            wrong.append(f"条件 {one.condition.key} 应为 {STATE_NAMES[one.state]}，存为 {stored}")
    known = {condition.key for _, condition in rule.flat}
    wrong += [f"规则没有条件 {key}" for key in decision.conditions if key not in known]
    return wrong


def explain(decision: Stored, language: str = "zh", rule: Rule | None = None) -> list[Line]:
    """The lines of the page 为什么 (why): the outcome, then every condition with its reason.

    Raises:
        FactError, RuleError: when the rule's version is gone or does not fit the decision.
    """
    outcome = reconstruct(decision, rule or rule_of(decision))
    return explain_outcome(outcome, language)


def explain_outcome(outcome: Outcome, language: str = "zh") -> list[Line]:
    """The same for an outcome that was not stored (a rehearsal, a preview)."""
    rule = outcome.rule
    lines = [
        Line(headline(rule, outcome.truth.value, language), outcome.truth.value, 0, rule.basis)
    ]
    truths, shown = outcome.item_truths(), -1
    for one in outcome:
        item = rule.items[one.item]
        if isinstance(item, AnyGroup) and one.item != shown:
            lines.append(Line(item_label(item, language), truths[one.item].value, 1))
        shown = one.item
        level = 2 if isinstance(item, AnyGroup) else 1
        basis = _basis(one.condition, language)
        lines.append(Line(one.reason(language), one.truth.value, level, basis))
    return lines


def _basis(condition: Condition, language: str) -> str:
    gap = pick(language, "", ", ") if condition.basis and condition.clause else ""
    return f"{condition.basis}{gap}{condition.clause}"
