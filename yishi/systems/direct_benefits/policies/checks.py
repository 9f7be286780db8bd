"""What several items must agree on: keys, stacking groups, budget lines, derived facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from yishi.foundation.rulebook.errors import Problem
from yishi.systems.direct_benefits.policies.model import BenefitItem
from yishi.systems.direct_benefits.policies.reading import Placed, PolicyFile


def problems_of(files: Sequence[PolicyFile]) -> list[Problem]:
    """Everything that the files say against each other."""
    placed = [one for file in files for one in file.items]
    return [*_duplicates(files, placed), *_stacks(placed), *_lines(placed)]


def _duplicates(files: Sequence[PolicyFile], placed: Sequence[Placed]) -> list[Problem]:
    problems: list[Problem] = []
    items: dict[str, Placed] = {}
    for one in placed:
        first = items.setdefault(one.item.key, one)
        if first is not one:
            message = f"事项键重复，已在 {first.file}:{first.line}"
            problems.append(Problem(one.file, one.line, one.item.key, message))
    policies: dict[str, str] = {}
    for policy in (policy for file in files for policy in file.policies):
        place = f"{policy.file}:{policy.line}"
        for name in (policy.key, policy.number):
            before = policies.setdefault(name, place)
            if before != place:
                message = f"政策 {name} 重复，已在 {before}"
                problems.append(Problem(policy.file, policy.line, policy.key, message))
    return problems


def _stacks(placed: Sequence[Placed]) -> list[Problem]:
    groups: dict[str, list[Placed]] = defaultdict(list)
    for one in placed:
        if one.item.stack is not None:
            groups[one.item.stack.group].append(one)
    problems = []
    for name, members in groups.items():
        for i, one in enumerate(members):
            others = [other.item for other in members[:i]]
            message = stack_conflict(one.item, others)
            if not message and len(members) == 1:
                message = f"叠加组 {name} 只有一个事项"
            if message:
                problems.append(Problem(one.file, one.line, f"{one.item.key}.stack", message))
    return problems


def stack_conflict(item: BenefitItem, others: Iterable[BenefitItem]) -> str:
    """What the stacking of *item* has against items of its group; '' where they go together."""
    own = item.stack
    if own is None:
        return ""
    for other in others:
        that = other.stack
        if that is None or that.group != own.group or other.key == item.key:
            continue
        if that.rule != own.rule or that.cap != own.cap:
            return f"叠加组 {own.group} 的规则与 {other.key} 不一致"
        if that.priority == own.priority:
            return f"叠加组 {own.group} 的次序 {own.priority} 与 {other.key} 相同"
        if other.period != item.period and own.rule != "highest_less_paid":
            return f"叠加组 {own.group} 的享受周期与 {other.key} 不一致"
    return ""


def _lines(placed: Sequence[Placed]) -> list[Problem]:
    known: dict[str, Placed] = {}
    problems = []
    for one in placed:
        budget = one.item.budget
        if budget is None:
            continue
        first = known.setdefault(budget.line, one)
        if first.item.budget != budget:
            message = f"预算项目 {budget.line} 与 {first.file}:{first.line} 所写不一致"
            problems.append(Problem(one.file, one.line, f"{one.item.key}.budget", message))
    return problems


def line_conflict(item: BenefitItem, others: Iterable[BenefitItem]) -> str:
    """What the budget line of *item* has against the same line of other items."""
    own = item.budget
    for other in others:
        that = other.budget
        if (
            own
            and that
            and that.line == own.line
            and other.key != item.key
            and _codes(that) != _codes(own)
        ):
            return f"预算项目 {own.line} 与 {other.key} 所写不一致"
    return ""


def _codes(budget: object) -> tuple[object, ...]:
    return tuple(getattr(budget, name) for name in ("functional", "economic", "shares"))


def derived_conflict(item: BenefitItem, others: Iterable[BenefitItem]) -> str:
    """A derived fact of *item* that another item in force computes by another formula."""
    formulas = {one.fact.name: one.formula.text for one in item.derived}
    for other in others:
        if other.key == item.key:
            continue
        for one in other.derived:
            if formulas.get(one.fact.name, one.formula.text) != one.formula.text:
                return f"计算事实 {one.fact.name} 的公式与现行事项 {other.key} 所用不同"
    return ""
