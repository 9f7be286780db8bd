"""Rehearsal: what a changed rule would have decided, from the facts stored with past decisions.

Read-only, and only automatic decisions are replayed: what people did stays as it happened. A fact
that the new rule needs and history never asked for is UNKNOWN and counted apart.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from yishi.foundation.rulebook.decisions import Stored
from yishi.foundation.rulebook.errors import FactError
from yishi.foundation.rulebook.facts import facts_from_json
from yishi.foundation.rulebook.models import Decision, RuleVersion
from yishi.foundation.rulebook.outcome import Outcome, Truth
from yishi.foundation.rulebook.rulefile import Placed, RuleFile, read_rules
from yishi.foundation.rulebook.rules import Rule, evaluate
from yishi.foundation.rulebook.store import Dated, resolve


@dataclass(frozen=True, slots=True)
class Changed:
    """A decision that would come out differently, with the new outcome and its reasons."""

    decision: Stored
    before: str
    after: Outcome


@dataclass(slots=True)
class Replay:
    """``counts`` by (before, after); ``absent`` counts the UNKNOWN ones that lacked facts history
    never asked for (not in ``counts``), ``absent_facts`` by name; ``unreadable`` those whose stored
    facts are of another type now. ``changed`` holds at most as many as were asked for."""

    total: int = 0
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    absent: int = 0
    absent_facts: Counter[str] = field(default_factory=Counter)
    unreadable: int = 0
    changed: list[Changed] = field(default_factory=list)

    @property
    def differing(self) -> int:
        """How many would come out differently."""
        return sum(n for (before, after), n in self.counts.items() if before != after)


@dataclass(frozen=True, slots=True)
class Again:
    """A decision made again: ``outcome`` is None where the stored facts are of another type now;
    ``absent`` are facts that history never asked for and whose lack leaves it UNKNOWN."""

    outcome: Outcome | None
    absent: tuple[str, ...] = ()


class Replayer:
    """Decides again with one rule and the values of its parameters; equal facts only once, where
    none of them grows stale."""

    def __init__(self, rule: Rule, params: Mapping[str, Any]) -> None:
        self.rule, self.params = rule, params
        self._dated = any(fact.freshness is not None for fact in rule.facts.values())
        self._known: dict[str, Again] = {}

    def again(self, facts: Mapping[str, Any], at: datetime, key: str = "") -> Again:
        """The outcome for *facts* as they are stored, at the moment *at*; *key* is equal for equal
        facts, where the caller has one."""
        if self._dated:
            return self._decide(facts, at)
        key = key or json.dumps(facts, sort_keys=True, ensure_ascii=False)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._decide(facts, at)
        return known

    def _decide(self, stored: Mapping[str, Any], at: datetime) -> Again:
        try:
            facts = facts_from_json(stored, self.rule.facts.values())
            outcome = evaluate(self.rule, facts, self.params, at)
        except FactError:
            return Again(None)
        absent = tuple(name for name in self.rule.facts if name not in stored)
        return Again(outcome, absent if outcome.truth is Truth.UNKNOWN else ())


def replay(
    rule: Rule,
    decisions: Iterable[Stored],
    params: Mapping[str, Any],
    *,
    keep: int = 1000,
) -> Replay:
    """Decide every one of *decisions* again with *rule* and *params* (the values to rehearse).

    Decisions are read once and may come from a server-side cursor.
    """
    result, replayer = Replay(), Replayer(rule, params)
    for decision in decisions:
        result.total += 1
        again = replayer.again(decision.facts, decision.at)
        outcome = again.outcome
        if outcome is None:
            result.unreadable += 1
            continue
        if again.absent:
            result.absent += 1
            result.absent_facts.update(again.absent)
            continue
        result.counts[decision.outcome, outcome.truth.value] += 1
        if decision.outcome != outcome.truth.value and len(result.changed) < keep:
            result.changed.append(Changed(decision, decision.outcome, outcome))
    return result


@contextmanager
def read_only() -> Iterator[None]:
    """A transaction in which the database itself refuses to write, should a replay ever try to.

    A transaction of somebody else's (a test's) may have written already and is left as it is.
    """
    with transaction.atomic():
        if not connection.savepoint_ids:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def rehearse_file(path: Path, *, keep: int = 1000) -> Iterator[tuple[Placed, Replay]]:
    """Each rule of the file with its replay over the decisions made by that rule in its area.

    Raises:
        RuleFileError: when the file is refused.
    """
    file = read_rules(path)
    for placed in file.rules:
        with read_only():
            versions = RuleVersion.objects.filter(key=placed.value.key, area=placed.area)
            decisions = Decision.objects.filter(
                rule_key=placed.value.key,
                rule_version__in=list(versions.values_list("version", flat=True)),
            ).order_by("id")
            params = file_parameters(file, placed)
            yield placed, replay(placed.value, decisions.iterator(5000), params, keep=keep)


def file_parameters(file: RuleFile, placed: Placed) -> dict[str, object]:
    """The values of the file's parameters that hold on the rule's first day in its area."""
    values: dict[str, object] = {}
    for name in placed.value.parameters:
        dated = [
            Dated(one.area, one.start, one.end, one.value[1])
            for one in file.parameters
            if one.value[0].name == name
        ]
        value = resolve(dated, placed.area, placed.start)
        if value is not None:
            values[name] = value
    return values


def report_lines(placed: Placed, result: Replay, language: str) -> Iterator[str]:
    """The replay as lines for a terminal."""
    rule = placed.value
    yield f"{rule.key} ({placed.start}): {result.total} decisions, {result.differing} differ"
    for (before, after), n in sorted(result.counts.items()):
        yield f"  {before} -> {after}: {n}"
    if result.absent:
        names = ", ".join(sorted(result.absent_facts))
        yield f"  unknown, history lacks {names}: {result.absent}"
    if result.unreadable:
        yield f"  cannot be replayed (facts of another type): {result.unreadable}"
    for one in result.changed:
        decision = one.decision
        why = one.after.against(language) or "; ".join(one.after.reasons(language))
        subject = f"{decision.subject_kind} {decision.subject_id}"
        yield f"  {subject}: {one.before} -> {one.after.truth.value}: {why}"
