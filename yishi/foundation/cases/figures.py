"""Figures: what a number on a screen means, in SQL over cases; the roll-ups only make it fast.

A figure is a condition on ``cases_case``. Screens count it from the roll-ups (with the deltas that
are not folded yet), lists open it as a filter, and ``yishi kpi verify`` compares the two.
Voided cases leave numerator and denominator; a denominator of zero is "no data".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yishi.foundation.cases.state import EXEMPT

#: Whether a case that stands in (stage, timeliness) counts.
Counts = Callable[[str, str], bool]
LATE, ON_TIME = "late", "on_time"
#: Names of the figures of single stages begin so.
STAGE = "stage-"


@dataclass(frozen=True, slots=True)
class Stages:
    """What figures need to know of a system's lifecycle: stages by kind, in their order.

    ``main_clock``: the clock that decides whether a case was in time; ``sending``: the move that
    gives a case to the unit that handles it.
    """

    system: str
    unfiled: tuple[str, ...]
    filed: tuple[str, ...]
    closed: tuple[str, ...]
    void: tuple[str, ...]
    main_clock: str
    sending: str
    labels: Mapping[str, Any]
    #: Stages of cases that ended without being settled (强制结案): filed, but counted apart.
    apart: tuple[str, ...] = ()

    @property
    def open(self) -> tuple[str, ...]:
        """Stages of cases that somebody still works on."""
        return self.unfiled + self.filed


@dataclass(frozen=True, slots=True)
class Figure:
    """A number: its name, official label, formula in words, condition on ``cases_case``.

    ``where`` may use ``:now``. ``counts`` says the same of a cell of the roll-up; ``live`` names
    the column of the running deadlines that is added, which no roll-up can hold.
    """

    name: str
    label: Any
    formula: Any
    where: str
    counts: Counts
    live: str = ""
    source: Any = ""

    def condition(self, now: datetime) -> Q:
        """The condition as a filter of cases (the list behind the number)."""
        params = [now] * self.where.count(":now")
        raw = RawSQL(f"({self.where.replace(':now', '%s')})", params, output_field=BooleanField())
        return Q(raw)


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of two figures; ``None`` where the denominator is zero."""

    name: str
    label: Any
    formula: Any
    numerator: str
    denominator: str
    source: Any = ""


_SYSTEMS: dict[str, Stages] = {}


def register_stages(stages: Stages) -> None:
    """Give a system figures (called from its app's ``ready``)."""
    _SYSTEMS[stages.system] = stages


def systems() -> list[Stages]:
    """The systems that have figures, by name."""
    return [_SYSTEMS[name] for name in sorted(_SYSTEMS)]


def _in(stages: Iterable[str]) -> str:
    names = ", ".join(f"'{name}'" for name in stages)
    return f"cases_case.stage IN ({names})"


def _main(stages: Stages) -> str:
    return (
        "EXISTS (SELECT 1 FROM cases_clock k WHERE k.case_id = cases_case.id"
        f" AND k.kind = '{stages.main_clock}' AND k.stopped_at IS NULL"
        " AND k.paused_at IS NULL AND k.due_at < :now)"
    )


_EXEMPT = (
    "EXISTS (SELECT 1 FROM cases_exemption e WHERE e.case_id = cases_case.id"
    " AND e.round = coalesce((cases_case.data->>'round')::int, 1))"
)


def figures(stages: Stages) -> dict[str, Figure]:
    """All figures of a system by name; those of single stages begin with :data:`STAGE`."""
    found = [*_amounts(stages), *_timeliness(stages)]
    found += [
        _stage(stages, name) for name in (*stages.open, *stages.closed, *stages.apart, *stages.void)
    ]
    return {figure.name: figure for figure in found}


def _amounts(s: Stages) -> list[Figure]:
    own = f"cases_case.system = '{s.system}'"
    filed = s.filed + s.closed + s.apart
    return [
        Figure(
            "received",
            pgettext_lazy("figure", "上报"),
            _("所选日期内收到的全部案件，含不予立案的案件；按上报日期（北京时间）计。"),
            own,
            lambda stage, timeliness: True,
        ),
        Figure(
            "filed",
            pgettext_lazy("figure", "立案"),
            _("所选日期内上报、现已立案的案件；不予立案和作废的不计。"),
            f"{own} AND {_in(filed)}",
            lambda stage, timeliness: stage in filed,
            source=_("《数字化城市管理信息系统》GB/T 30428 立案率的分子"),
        ),
        Figure(
            "open",
            _("在办"),
            _("所选日期内上报、现在尚未结案也未作废的案件，含待受理。"),
            f"{own} AND {_in(s.open)}",
            lambda stage, timeliness: stage in s.open,
        ),
        Figure(
            "closed",
            _("已结案"),
            _("所选日期内上报、现已结案的案件；重新办理的案件不计。"),
            f"{own} AND {_in(s.closed)}",
            lambda stage, timeliness: stage in s.closed,
        ),
    ]


def _timeliness(s: Stages) -> list[Figure]:
    own = f"cases_case.system = '{s.system}'"
    return [
        Figure(
            "running_late",
            _("超时在办"),
            _(
                "在办案件中，正在计时的任一时限（受理、派遣、处置、核实……）此刻已过；暂停的时限不计。"
            ),
            f"{own} AND {_in(s.open)} AND cases_case.next_due_at < :now",
            lambda stage, timeliness: False,
            live="running",
        ),
        Figure(
            "late",
            _("处置逾期"),
            _("处置时限停止时已超过期限的案件；事实不因以后办结而改变，作废的和经申诉免责的不计。"),
            f"{own} AND cases_case.timeliness = 'late' AND NOT {_EXEMPT}"
            f" AND {_in(s.open + s.closed + s.apart)}",
            lambda stage, timeliness: timeliness == LATE and stage not in s.void,
        ),
        Figure(
            "due",
            _("应结案"),
            _("已结案的案件，加上已立案未结案而处置已经逾期或处置期限此刻已过的案件。"),
            f"{own} AND ({_in(s.closed)} OR {_in(s.filed)}"
            f" AND (cases_case.timeliness = 'late' AND NOT {_EXEMPT} OR {_main(s)}))",
            lambda stage, timeliness: (
                stage in s.closed or (stage in s.filed and timeliness == LATE)
            ),
            live="main",
            source=_("应结案的口径各地不一，本系统以此为准"),
        ),
        Figure(
            "on_time",
            _("按期结案"),
            _("已结案且处置在期限内完成（完成时刻不晚于期限）的案件，含经申诉免责的案件。"),
            f"{own} AND {_in(s.closed)} AND (cases_case.timeliness = 'on_time' OR {_EXEMPT})",
            lambda stage, timeliness: stage in s.closed and timeliness in (ON_TIME, EXEMPT),
        ),
    ]


def _stage(s: Stages, stage: str) -> Figure:
    return Figure(
        f"{STAGE}{stage}",
        s.labels[stage],
        _("所选日期内上报、现处于这一环节的案件。"),
        f"cases_case.system = '{s.system}' AND {_in((stage,))}",
        lambda found, timeliness: found == stage,
    )


RATES = (
    Rate(
        "on_time_rate",
        _("按期结案率"),
        _("按期结案 ÷ 应结案；应结案为零时没有数据，不作0%或100%。"),
        "on_time",
        "due",
        source=_("GB/T 30428 评价指标"),
    ),
    Rate(
        "filing_rate",
        _("立案率"),
        _("立案 ÷ 上报；没有上报时没有数据。"),
        "filed",
        "received",
        source=_("GB/T 30428 评价指标"),
    ),
)


def figure_condition(name: str, now: datetime) -> Q:
    """The filter of cases for a figure of any system.

    Raises:
        KeyError: for a name that no system has.
    """
    found = [figures(s)[name] for s in systems() if name in figures(s)]
    if not found:
        raise KeyError(name)
    condition = found[0].condition(now)
    for figure in found[1:]:
        condition |= figure.condition(now)
    return condition


def figure_choices() -> list[tuple[str, Any]]:
    """(name, label) of the figures, for forms; stages have a filter of their own."""
    named = {f.name: f.label for s in systems() for f in figures(s).values()}
    return [pair for pair in named.items() if not pair[0].startswith(STAGE)]
