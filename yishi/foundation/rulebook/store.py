"""The rulebook as one immutable copy per process: every version, every parameter, resolved by area
and day without a statement."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from yishi.foundation import revisions
from yishi.foundation.rulebook.content import parameter_from_json, rule_from_content
from yishi.foundation.rulebook.errors import RuleError
from yishi.foundation.rulebook.facts import FactType
from yishi.foundation.rulebook.outcome import Outcome
from yishi.foundation.rulebook.rules import ParameterDeclaration, Rule, evaluate

CITY_TIME = ZoneInfo("Asia/Shanghai")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Dated:
    """Something in force in an *area* from the day *start* to the day *end* (inclusive)."""

    area: str
    start: date
    end: date | None
    value: Any

    def holds(self, area: str, day: date) -> bool:
        """Whether it is in force for the managed path *area* on *day*."""
        return (
            self.start <= day
            and (self.end is None or day <= self.end)
            and (not self.area or area == self.area or area.startswith(self.area + "/"))
        )


def resolve(candidates: Iterable[Dated], area: str, day: date) -> Any:
    """The value in force for a managed path on a day: the longest prefix wins; None without any."""
    found = [one for one in candidates if one.holds(area, day)]
    return max(found, key=lambda one: len(one.area)).value if found else None


class Rulebook:
    """Immutable: all rule versions and parameters. Thread-safe; made by `load_rulebook`."""

    def __init__(
        self, rules: Mapping[str, tuple[Dated, ...]], parameters: Mapping[str, tuple[Dated, ...]]
    ) -> None:
        self._rules = rules
        self._parameters = parameters
        self._by_version: dict[tuple[str, int], Rule] = {
            (key, dated.value.version): dated.value
            for key, versions in rules.items()
            for dated in versions
        }
        every = [one for many in (*rules.values(), *parameters.values()) for one in many]
        self._areas = frozenset(one.area for one in every)
        ends = {one.end + timedelta(days=1) for one in every if one.end}
        self._turns = sorted({one.start for one in every} | ends)
        # Few areas and few days differ: (area, span of days) is all that an answer depends on.
        self._found: dict[tuple[str, str, int], tuple[Rule, dict[str, Any]]] = {}

    def __bool__(self) -> bool:
        return bool(self._rules)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all rules."""
        return tuple(self._rules)

    def version(self, key: str, version: int) -> Rule:
        """The rule of a stored decision.

        Raises:
            RuleError: when there is no such version.
        """
        try:
            return self._by_version[key, version]
        except KeyError:
            raise RuleError("rule", f"没有规则 {key} 第 {version} 版", "unknown") from None

    def versions(self, key: str) -> tuple[Dated, ...]:
        """All versions of a rule, with their areas and days."""
        return self._rules.get(key, ())

    def values(self, name: str) -> tuple[Dated, ...]:
        """All values of a parameter: pairs (declaration, value), with their areas and days."""
        return self._parameters.get(name, ())

    def rule(self, key: str, at: datetime, area: str = "") -> Rule:
        """The rule in force at a moment for a managed path.

        Raises:
            RuleError: when none is in force.
        """
        return self._resolved(key, at, area)[0]

    def parameters(self, rule: Rule, at: datetime, area: str = "") -> dict[str, Any]:
        """The values in force of the parameters that *rule* names; absent where none is."""
        day = at.astimezone(CITY_TIME).date()
        return self._values(rule, area, day)

    def value(self, name: str, at: datetime, area: str = "", default: Any = None) -> Any:
        """The value of a parameter in force, also of one that no rule compares with."""
        day = at.astimezone(CITY_TIME).date()
        found = resolve(self._parameters.get(name, ()), self._prefix(area), day)
        return default if found is None else found[1]

    def decide(self, key: str, facts: Mapping[str, Any], at: datetime, area: str = "") -> Outcome:
        """Evaluate the rule in force at *at* for the managed path *area*.

        Raises:
            RuleError: when no such rule is in force.
            FactError: when a fact has another type than declared.
        """
        rule, params = self._resolved(key, at, area)
        return evaluate(rule, {name: facts.get(name) for name in rule.facts}, params, at)

    def _resolved(self, key: str, at: datetime, area: str) -> tuple[Rule, dict[str, Any]]:
        day = at.astimezone(CITY_TIME).date()
        place = self._prefix(area)
        span = bisect_right(self._turns, day)
        known = self._found.get((key, place, span))
        if known is None:
            rule = resolve(self._rules.get(key, ()), place, day)
            if rule is None:
                raise RuleError(
                    "rule",
                    f"规则 {key} 在 {day} 没有生效的版本，请先运行 yishi rules load",
                    "unknown",
                )
            known = rule, self._values(rule, place, day)
            self._found[key, place, span] = known
        return known

    def _values(self, rule: Rule, area: str, day: date) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, declared in rule.parameters.items():
            found = resolve(self._parameters.get(name, ()), area, day)
            # A parameter redeclared with another type is none for rules of the old declaration.
            if found is not None and (found[0].type, found[0].many) == (
                declared.type,
                declared.many,
            ):
                values[name] = found[1]
        return values

    def _prefix(self, area: str) -> str:
        while area and area not in self._areas:
            area = area.rpartition("/")[0]
        return area


def declaration(name: str, stored: Mapping[str, Any]) -> ParameterDeclaration:
    """The declaration stored with a parameter's value."""
    return ParameterDeclaration(name, **{**stored, "type": FactType(stored["type"])})


def load_rulebook() -> Rulebook:
    """The rulebook as stored now (2 statements)."""
    from yishi.foundation.rulebook.models import Parameter, RuleVersion

    rules: dict[str, list[Dated]] = {}
    for row in RuleVersion.objects.order_by("key", "version"):
        rule = rule_from_content(row.content, row.version)
        dated = Dated(row.area, row.effective_from, row.effective_to, rule)
        rules.setdefault(row.key, []).append(dated)
    parameters: dict[str, list[Dated]] = {}
    for one in Parameter.objects.order_by("name", "effective_from"):
        declared = declaration(one.name, one.declaration)
        value = declared, parameter_from_json(declared, one.value)
        dated = Dated(one.area, one.effective_from, one.effective_to, value)
        parameters.setdefault(one.name, []).append(dated)
    return Rulebook(
        {key: tuple(versions) for key, versions in rules.items()},
        {name: tuple(values) for name, values in parameters.items()},
    )


def rulebook() -> Rulebook:
    """The rulebook in force (1 statement to look whether it changed)."""
    return revisions.current("rulebook", load_rulebook)
