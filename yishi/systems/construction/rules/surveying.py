"""Merged surveying (多测合一): one order for many disciplines, and how many days that must save.

What is measured by two disciplines under the same word (the floor area of the property register
and the floor area that planning counts) is two quantities: both are kept, under their rules' names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from yishi.foundation.calendars import Calendar
from yishi.systems.construction.catalogue.types import GRADES, Discipline, Surveyor

INDUSTRIAL, REAL_ESTATE, OTHER = "industrial", "real_estate", "other"


@dataclass(frozen=True, slots=True)
class Target:
    """*baseline*: working days of separate orders; *merged*: at most so many for the merged one.

    ``unsatisfiable``: the rule for real estate would leave no day, so half the baseline holds.
    """

    baseline: int
    merged: int
    unsatisfiable: bool = False

    @property
    def saving(self) -> int:
        """The working days that the order must save at least."""
        return self.baseline - self.merged


def target(
    disciplines: Iterable[Discipline],
    *,
    industrial: bool,
    real_estate: bool,
    share: int = 50,
    saving: int = 20,
) -> Target:
    """The limit of a merged order: industrial at most *share* percent of the baseline (rounded up),
    real estate at least *saving* days less; other projects keep the baseline.

    A project that is both keeps the smaller limit.
    """
    baseline = sum(one.days for one in disciplines)
    half = max(1, -(-baseline * share // 100))
    limits = [baseline]
    unsatisfiable = False
    if industrial:
        limits.append(half)
    if real_estate:
        unsatisfiable = baseline <= saving
        limits.append(max(1, -(-baseline // 2)) if unsatisfiable else baseline - saving)
    return Target(baseline, min(limits), unsatisfiable)


def saved(baseline: int, ordered: date, delivered: date, calendar: Calendar) -> int:
    """Working days saved: the baseline minus what the order really took."""
    return baseline - calendar.working_days_between(ordered, delivered)


def not_qualified(surveyor: Surveyor, disciplines: Iterable[Discipline]) -> list[Discipline]:
    """The disciplines for which the institution lacks the grade or the field: one is enough that it
    must not take the merged order."""
    rank = GRADES.index(surveyor.grade)
    return [
        one
        for one in disciplines
        if one.key not in surveyor.disciplines or rank > GRADES.index(one.grade)
    ]


@dataclass(frozen=True, slots=True)
class Result:
    """One version of one discipline's result for one unit ("" for the whole site)."""

    discipline: str
    unit: str
    version: int
    state: str = "current"
    area: Decimal | None = None
    rule: str = ""


#: What of a building touches which disciplines: a change makes only those results stale.
AFFECTS: Mapping[str, tuple[str, ...]] = {
    "footprint": (
        "setting_out",
        "line_check",
        "planning_completion",
        "cadastre",
        "land_check",
        "green_area",
    ),
    "height": ("planning_completion",),
    "floors": ("planning_completion", "floor_area", "cadastre"),
    "use": ("floor_area", "cadastre"),
    "basement": ("civil_defence", "floor_area", "planning_completion"),
    "outdoor": ("green_area", "pipelines", "land_check"),
}
CHANGES = {
    "footprint": "建筑轮廓或位置",
    "height": "建筑高度",
    "floors": "层数或层高",
    "use": "用途或分户",
    "basement": "地下室与人防",
    "outdoor": "室外绿化、管线与用地",
}


def stale(
    results: Sequence[Result], changes: Collection[str], unit: str
) -> tuple[list[Result], list[str]]:
    """The current results that a change of *unit* makes stale, and the disciplines to measure anew.

    A result of the whole site is touched by a change of any unit, one of a unit only by its own.
    """
    touched = {key for change in changes for key in AFFECTS[change]}
    found = [
        result
        for result in results
        if result.state == "current" and result.discipline in touched and result.unit in ("", unit)
    ]
    return found, sorted({result.discipline for result in found})
