"""The drawings of 兑现公开, as plain ECharts options. Each says nothing that its table does not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from yishi.systems.direct_benefits.portal.paid_lists import Group

_GRID = {"left": 8, "right": 24, "top": 28, "bottom": 8, "containLabel": True}
#: Bars of one drawing; the table has them all.
MOST = 12


def wan(fen: int) -> float:
    """Fen as 万元 for an axis, two places."""
    return round(fen / 1_000_000, 2)


def bars(groups: Sequence[Group], *, across: bool = False) -> dict[str, Any]:
    """Money by group; *across*: long names, so the bars lie."""
    shown = list(groups[:MOST])
    names = [one.label for one in shown]
    values = [wan(one.fen) for one in shown]
    if across:
        names, values = names[::-1], values[::-1]
    category: dict[str, Any] = {"type": "category", "data": names, "axisTick": {"show": False}}
    if across:
        category["axisLabel"] = {"width": 120, "overflow": "truncate"}
    else:
        category["axisLabel"] = {"interval": 0, "rotate": 30 if len(names) > 6 else 0}
    value = {"type": "value", "name": _("万元"), "nameLocation": "end"}
    return {
        "grid": _GRID,
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "xAxis": value if across else category,
        "yAxis": category if across else value,
        "series": [{"type": "bar", "name": _("万元"), "data": values, "barMaxWidth": 28}],
    }


def line(groups: Sequence[Group]) -> dict[str, Any]:
    """Money by month."""
    return {
        "grid": _GRID,
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": [one.label for one in groups]},
        "yAxis": {"type": "value", "name": _("万元")},
        "series": [
            {
                "type": "line" if len(groups) > 1 else "bar",
                "barMaxWidth": 28,
                "name": _("万元"),
                "data": [wan(one.fen) for one in groups],
                "areaStyle": {"opacity": 0.15},
                "symbolSize": 7,
            }
        ],
    }


def counts(groups: Sequence[Group]) -> dict[str, Any]:
    """How many payouts took how long."""
    return {
        "grid": _GRID,
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "xAxis": {
            "type": "category",
            "data": [one.label for one in groups],
            "axisLabel": {"interval": 0, "rotate": 30 if len(groups) > 6 else 0},
        },
        "yAxis": {"type": "value", "name": _("笔"), "minInterval": 1},
        "series": [
            {
                "type": "bar",
                "name": _("笔"),
                "data": [one.count for one in groups],
                "barMaxWidth": 36,
            }
        ],
    }
