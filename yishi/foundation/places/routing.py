"""Who is responsible: the most local unit with a function, walking up the managed path.

Components go to their owner first, then to the area (部件先属主、后属地); events to the area first,
then to the owner (事件先属地、后属主): practice of digital city management, see the domain notes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache

from yishi.foundation.places.tree import Tree
from yishi.foundation.places.values import (
    Away,
    Place,
    PlaceError,
    Responsibility,
    UnitInfo,
)

MERGERS_FOLLOWED = 8
#: Answers kept by a router: a city asks for few functions at few places again and again.
ANSWERS_KEPT = 16_384
NOBODY_AWAY: Mapping[int, Away] = {}


class Router:
    """Units by function and path; the smaller code wins where two units are equally local."""

    def __init__(self, tree: Tree, units: Sequence[UnitInfo], functions: Mapping[str, str]) -> None:
        self._tree = tree
        self._functions = functions
        self._by_id = {unit.id: unit for unit in units}
        self._by_code = {unit.code: unit for unit in units}
        self._at: dict[tuple[str, str], list[UnitInfo]] = defaultdict(list)
        for unit in sorted(units, key=lambda u: u.code):
            for function in unit.functions:
                self._at[function, unit.managed_path].append(unit)
        days = {day for unit in units for day in (unit.valid_from, unit.valid_to)} - {None}
        #: The days on which an answer may change.
        self._turns: list[date] = sorted(day for day in days if day is not None)
        self._answer = lru_cache(maxsize=ANSWERS_KEPT)(self._find)

    def responsible(
        self,
        function: str,
        place: Place,
        order: str,
        owner: str | None,
        at: date,
        away: Mapping[int, Away] = NOBODY_AWAY,
    ) -> Responsibility | None:
        """See ``Register.responsible``."""
        if function not in self._functions:
            raise PlaceError("function", f"没有职能 {function}")
        if order not in ("territory", "owner"):
            raise PlaceError("order", "只能是 territory（先属地）或 owner（先属主）")
        turn = bisect_right(self._turns, at)
        day = self._turns[turn - 1] if turn else date.min
        found = (
            self._find(function, place.managed_path, order, owner, at, away)
            if away
            else self._answer(function, place.managed_path, order, owner, day)
        )
        return None if found is None else _answer(*found)

    def _find(
        self,
        function: str,
        path: str,
        order: str,
        owner: str | None,
        at: date,
        away: Mapping[int, Away] = NOBODY_AWAY,
    ) -> tuple[UnitInfo, tuple[str, ...]] | None:
        reason = [
            f"位置：{self._tree.label(path)}。",
            f"需要的职能：{self._functions[function]}。",
        ]
        if order == "owner":
            reason.append("部件先属主、后属地。")
            found = self._named_owner(owner, at, reason, away) or self._climb(
                function, path, at, reason, away, only_owners=True
            )
            if found is not None:
                return found, tuple(reason)
            reason.append("没有找到权属单位，转按属地查找。")
        else:
            reason.append("事件先属地、后属主。")
        found = self._climb(function, path, at, reason, away, only_owners=False)
        if found is None and order == "territory":
            found = self._named_owner(owner, at, reason, away)
        return None if found is None else (found, tuple(reason))

    def named(
        self, code: str, at: date, away: Mapping[int, Away] = NOBODY_AWAY
    ) -> tuple[Responsibility | None, list[str]]:
        """The unit *code*, or whoever stands for it: its successor, its deputy while it is away."""
        unit = self._by_code.get(code)
        if unit is None:
            return None, [f"指定的单位 {code} 不在单位库中。"]
        reason = [f"指定单位：{unit.name}。"]
        living = self._living(unit, at, reason)
        present = self._present(living, at, reason, away) if living is not None else None
        return (None if present is None else _answer(present, reason)), reason

    def _named_owner(
        self, owner: str | None, at: date, reason: list[str], away: Mapping[int, Away]
    ) -> UnitInfo | None:
        if not owner:
            return None
        unit = self._by_code.get(owner)
        if unit is None:
            reason.append(f"登记的权属单位 {owner} 不在单位库中。")
            return None
        living = self._living(unit, at, reason)
        if living is not None:
            reason.append(f"登记的权属单位是{living.name}。")
            return self._present(living, at, reason, away)
        return None

    def _present(
        self, unit: UnitInfo, at: date, reason: list[str], away: Mapping[int, Away]
    ) -> UnitInfo | None:
        """*unit*, its deputy while it is away, or nobody: then it is passed over."""
        gone = away.get(unit.id)
        if gone is None:
            return unit
        deputy = self._by_id.get(gone.deputy_id) if gone.deputy_id else None
        if deputy is not None and deputy.valid(at) and deputy.id not in away:
            reason.append(f"{unit.name}{gone.text}，由{deputy.name}代行。")
            return deputy
        reason.append(f"{unit.name}{gone.text}，没有可以代行的单位，跳过。")
        return None

    def _living(self, unit: UnitInfo, at: date, reason: list[str]) -> UnitInfo | None:
        for _ in range(MERGERS_FOLLOWED):
            if unit.valid(at):
                return unit
            after = self._by_id.get(unit.successor_id) if unit.successor_id else None
            if after is None:
                reason.append(f"{unit.name}已撤销，没有承接单位。")
                return None
            reason.append(f"{unit.name}的职责已由{after.name}承接。")
            unit = after
        return None

    def _climb(
        self,
        function: str,
        path: str,
        at: date,
        reason: list[str],
        away: Mapping[int, Away],
        *,
        only_owners: bool,
    ) -> UnitInfo | None:
        passed: list[str] = []
        while path:
            for unit in self._at.get((function, path), ()):
                if only_owners and unit.kind != "owner":
                    continue
                if not unit.valid(at):
                    continue
                kind = "权属单位" if only_owners else "单位"
                if passed:
                    reason.append(f"{'、'.join(passed)}没有承担这项职能的{kind}。")
                where = self._tree.names(path)[-1]
                reason.append(f"{where}承担这项职能的{kind}是{unit.name}。")
                present = self._present(unit, at, reason, away)
                if present is not None:
                    return present
            passed.append(self._tree.names(path)[-1])
            path = path.rpartition("/")[0]
        return None


def _answer(unit: UnitInfo, reason: Sequence[str]) -> Responsibility:
    return Responsibility(unit.id, unit.code, unit.name, list(reason))
