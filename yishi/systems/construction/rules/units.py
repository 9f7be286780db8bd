"""Single buildings (单位工程): who may be accepted early, and when all of them make the project.

Early acceptance is a full acceptance of one unit, never a conditional one: not accepted must not be
handed over (建筑法 61), no fire acceptance must not be used (消防法 13), planning check comes first
(城乡规划法 45).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from yishi.foundation.calendars import Calendar
from yishi.foundation.calendars.dates import DueDate

#: Codes of what stands against an early acceptance, with what is said about each.
GATES = {
    "NOT_INDUSTRIAL": "单体提前验收只适用于产业（工业）项目",
    "NOT_IN_PLANNING_PERMIT": "该单位工程未列入建设工程规划许可证",
    "ALREADY_ACCEPTED": "该单位工程已经验收",
    "PLANNING_CHECK_MISSING": "尚未通过规划核实，建设单位不得组织竣工验收（城乡规划法第四十五条）",
    "NOT_INDEPENDENT": "该单位工程不具备独立的使用功能和结构体系",
    "FIRE_NOT_SEPARATED": "消防车道、消防水源、疏散与施工区域的安全分隔未落实",
    "SURVEY_MISSING": "没有该单位工程有效的竣工测量成果",
    "SURVEY_STALE": "该单位工程的测量成果已过时，须补充测量",
    "UTILITIES_MISSING": "水、电等公用设施不能使用",
}
#: What the owner declares and the window checks on site.
DECLARED = {
    "independent": "NOT_INDEPENDENT",
    "fire_separated": "FIRE_NOT_SEPARATED",
    "utilities": "UTILITIES_MISSING",
}
#: The measuring that an acceptance rests on.
SURVEY = "planning_completion"


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """What is known of one unit. *survey*: ``current``, ``stale`` or empty."""

    code: str
    area: Decimal
    in_permit: bool = True
    planning_checked: bool = False
    accepted_on: date | None = None
    survey: str = ""
    declared: frozenset[str] = field(default_factory=frozenset)


def gates(unit: UnitFacts, *, industrial: bool) -> list[str]:
    """The codes of everything that stands against an early acceptance, in the order of law."""
    found = []
    if not industrial:
        found.append("NOT_INDUSTRIAL")
    if not unit.in_permit:
        found.append("NOT_IN_PLANNING_PERMIT")
    if unit.accepted_on is not None:
        found.append("ALREADY_ACCEPTED")
    if not unit.planning_checked:
        found.append("PLANNING_CHECK_MISSING")
    found += [code for name, code in DECLARED.items() if name not in unit.declared]
    if unit.survey != "current":
        found.append("SURVEY_STALE" if unit.survey else "SURVEY_MISSING")
    return found


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the units of a project are. Areas in m²."""

    total: int
    accepted: int
    area: Decimal
    accepted_area: Decimal
    outdoor_open: tuple[str, ...]

    @property
    def open(self) -> int:
        """Units that are not accepted yet."""
        return self.total - self.accepted

    @property
    def closes(self) -> bool:
        """Whether the project as a whole may be accepted: all units and the outdoor works."""
        return self.total > 0 and self.open == 0 and not self.outdoor_open


def standing(units: Sequence[UnitFacts], outdoor_open: Collection[str] = ()) -> Standing:
    """Counts and areas of *units*; *outdoor_open* names outdoor works that are not accepted."""
    done = [unit for unit in units if unit.accepted_on is not None]
    return Standing(
        len(units),
        len(done),
        sum((unit.area for unit in units), Decimal(0)),
        sum((unit.area for unit in done), Decimal(0)),
        tuple(sorted(outdoor_open)),
    )


def area_difference(units: Sequence[UnitFacts], permitted: Decimal) -> Decimal:
    """The units' areas together minus the permitted area, in percent of it (two places)."""
    if permitted <= 0:
        return Decimal(0)
    total = sum((unit.area for unit in units), Decimal(0))
    return ((total - permitted) * 100 / permitted).quantize(Decimal("0.01"))


def area_fits(units: Sequence[UnitFacts], permitted: Decimal, tolerance: Decimal) -> bool:
    """Whether the units' areas sum to the permitted area within *tolerance* percent."""
    total = sum((unit.area for unit in units), Decimal(0))
    return permitted <= 0 or abs(total - permitted) * 100 <= tolerance * permitted


def filing_due(passed_on: date, days: int, calendar: Calendar) -> DueDate:
    """By when a passed acceptance is filed (建设工程质量管理条例 49): calendar days, rolled over
    rest days, counted per unit from its own day."""
    return calendar.calendar_days_rolled(passed_on, days)


def start_by(
    issued_on: date, extensions: Sequence[int], calendar: Calendar, *, months: int = 3
) -> DueDate:
    """By when works must start after the construction permit (建筑法 9), with *extensions* in
    months (each at most *months*). All count from the day of issue, not from a rolled day."""
    return calendar.calendar_months_rolled(issued_on, months + sum(extensions))


def refuse_extension(granted: int, most: int = 2) -> str | None:
    """Why a further extension of the start is refused, or ``None``."""
    if granted >= most:
        text = f"开工延期以{most}次为限（建筑法第九条），已经延期{granted}次"
        return f"{text}；施工许可证自行废止，请重新申领"
    return None
