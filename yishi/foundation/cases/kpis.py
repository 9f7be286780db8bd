"""Every figure as data: name, formula in words, exact SQL, source, denominator, freshness.

Systems register a provider; the desk draws one page of all of them, which every figure opens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yishi.foundation.cases.figures import RATES, Figure, Stages, figures, systems

#: What the ids of the screen's figures begin with on the page.
LIVE = "live-"
_NO_DATA = _("分母为零时没有数据，不作0%或100%。")
_OWN = _("本系统定义")


@dataclass(frozen=True, slots=True)
class Kpi:
    """One figure. ``id`` is its anchor; ``denominator`` says what a share is of and what holds
    where that is nought; ``parts``: (anchor, label) of the figures that a share is made of."""

    id: str
    label: Any
    formula: Any
    sql: str
    source: Any = _OWN
    denominator: Any = ""
    parts: Sequence[tuple[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Book:
    """The figures of one way of counting. ``fresh``: how old they may be; ``reads``: SQL that the
    figures' own SQL builds on, with its name; ``facts``: (label, value) of parameters in force."""

    key: str
    title: Any
    lead: Any
    fresh: Any
    kpis: Sequence[Kpi]
    reads: tuple[str, str] = ("", "")
    facts: Sequence[tuple[str, str]] = ()


#: Gives the books of a system, for the revisions of the registers.
Provider = Callable[[Mapping[str, int], datetime], Sequence[Book]]
_PROVIDERS: dict[str, Provider] = {}


def register_kpis(system: str, provider: Provider) -> None:
    """Give a system's figures to the page of definitions (called from its app's ``ready``)."""
    _PROVIDERS[system] = provider


def books(numbers: Mapping[str, int], now: datetime) -> list[Book]:
    """Every book: what is counted live first, then those of the systems."""
    found = [_live(stages, "") for stages in systems()]
    for name in sorted(_PROVIDERS):
        found += _PROVIDERS[name](numbers, now)
    return found


def share_sql(source: str, numerator: str, denominator: str) -> str:
    """A share in per cent with two places; NULL (no data) where the denominator is nought."""
    return (
        f"SELECT round(100.0 * count(*) FILTER (WHERE {numerator})\n"
        f"             / nullif(count(*) FILTER (WHERE {denominator}), 0), 2)\n  FROM {source}"
    )


_SCOPE = (
    "received_on BETWEEN :since AND :until\n"
    "   AND (managed_path = :path OR managed_path LIKE :path || '/%')"
)


def _live(stages: Stages, title: str) -> Book:
    known = figures(stages)
    source = f"cases_case\n WHERE {_SCOPE}"
    shares = [
        Kpi(
            LIVE + rate.name,
            rate.label,
            rate.formula,
            share_sql(source, known[rate.numerator].where, known[rate.denominator].where),
            rate.source or _OWN,
            gettext("%(label)s。%(rule)s")
            % {"label": known[rate.denominator].label, "rule": _NO_DATA},
            [(LIVE + n, known[n].label) for n in (rate.numerator, rate.denominator)],
        )
        for rate in RATES
    ]
    return Book(
        "live",
        title or gettext("运行一屏（此刻）"),
        gettext("大屏上的数字：所选日期内上报的案件，此刻处在什么环节、是否超时。"),
        gettext("实时：汇总表每10秒合并一次，尚未合并的变动同时计入，因此不滞后。"),
        [*shares, *(_kpi(figure) for figure in known.values())],
    )


def _kpi(figure: Figure) -> Kpi:
    sql = f"SELECT count(*)\n  FROM cases_case\n WHERE {figure.where}\n   AND {_SCOPE}"
    return Kpi(LIVE + figure.name, figure.label, figure.formula, sql, figure.source or _OWN)
