"""What changed files of rules say that the rulebook in force does not.

Only that is put in place of what held when a decision was made, as if it had held already; all
else stays as it was then. A file that says nothing new therefore changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from yishi.foundation.rulebook.decisions import Stored, stored_parameters
from yishi.foundation.rulebook.rehearsal import Replayer
from yishi.foundation.rulebook.rulefile import Placed, RuleFile
from yishi.foundation.rulebook.rules import Rule
from yishi.foundation.rulebook.store import CITY_TIME, Dated, Rulebook


@dataclass(frozen=True, slots=True)
class Proposal:
    """Changed rules by key and changed values by parameter."""

    rules: Mapping[str, tuple[Placed, ...]] = field(default_factory=dict)
    values: Mapping[str, tuple[Placed, ...]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.rules or self.values)


def propose(files: Iterable[RuleFile], book: Rulebook) -> Proposal:
    """What *files* change of *book*."""
    rules: dict[str, list[Placed]] = {}
    values: dict[str, list[Placed]] = {}
    for file in files:
        for placed in file.rules:
            rule: Rule = placed.value
            if not any(
                _same(one, placed) and one.value.hash == rule.hash
                for one in book.versions(rule.key)
            ):
                rules.setdefault(rule.key, []).append(placed)
        for placed in file.parameters:
            declared, value = placed.value
            known = book.values(declared.name)
            if not any(_same(one, placed) and one.value == (declared, value) for one in known):
                values.setdefault(declared.name, []).append(placed)
    return Proposal(
        {key: tuple(found) for key, found in rules.items()},
        {name: tuple(found) for name, found in values.items()},
    )


class Rehearsed:
    """Decides again as stored and as proposed; one replayer for each rule with its values."""

    def __init__(self, book: Rulebook, proposal: Proposal) -> None:
        self._book, self._proposal = book, proposal
        self._areas = {
            one.area
            for placed in (*proposal.rules.values(), *proposal.values.values())
            for one in placed
        }
        self._pairs: dict[tuple[str, int, str, frozenset[str]], tuple[Replayer, Replayer]] = {}

    def pair(self, decision: Stored, path: str, values: str = "") -> tuple[Replayer, Replayer]:
        """The replayers of a decision about something at the managed path *path*: as stored, and as
        proposed; *values* is equal for equal parameters, where the caller has it.

        Raises:
            RuleError: when the stored version or its values are not there.
        """
        areas = frozenset(area for area in self._areas if _within(path, area))
        values = values or json.dumps(decision.parameters, sort_keys=True)
        key = (decision.rule_key, decision.rule_version, values, areas)
        known = self._pairs.get(key)
        if known is None:
            known = self._pairs[key] = self._made(decision, path)
        return known

    def _made(self, decision: Stored, path: str) -> tuple[Replayer, Replayer]:
        rule = self._book.version(decision.rule_key, decision.rule_version)
        params = stored_parameters(decision, rule)
        stored = Replayer(rule, params)
        versions = self._book.versions(rule.key)
        area = next((one.area for one in versions if one.value.version == rule.version), "")
        changed = _chosen(self._proposal.rules.get(rule.key, ()), path, area)
        proposed: Rule = rule if changed is None else changed.value
        values: dict[str, Any] = {}
        for name, declared in proposed.parameters.items():
            place = _place(self._book.values(name), decision.at, path)
            placed = _chosen(self._proposal.values.get(name, ()), path, place.area if place else "")
            if placed is not None:
                values[name] = placed.value[1]
            elif name in params:
                values[name] = params[name]
            elif place is not None and place.value[0].type is declared.type:
                values[name] = place.value[1]
        if changed is None and values == params:
            return stored, stored
        return stored, Replayer(proposed, values)


def _same(one: Dated, placed: Placed) -> bool:
    return (one.area, one.start, one.end) == (placed.area, placed.start, placed.end)


def _within(path: str, area: str) -> bool:
    return not area or path == area or path.startswith(area + "/")


def _chosen(placed: Iterable[Placed], path: str, least: str) -> Placed | None:
    """What is proposed for *path*: the deepest area, then the latest day; nothing for an area that
    is wider than *least*, where what holds now is more particular."""
    found = [one for one in placed if _within(path, one.area) and len(one.area) >= len(least)]
    return max(found, key=lambda one: (len(one.area), one.start), default=None)


def _place(known: Iterable[Dated], at: datetime, path: str) -> Dated | None:
    day = at.astimezone(CITY_TIME).date()
    found = [one for one in known if one.holds(path, day)]
    return max(found, key=lambda one: len(one.area), default=None)
