"""The screen's drawings, as plain ECharts options. Each says nothing that a table does not say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from yishi.faces.screen.boards import LATENESS, Branch, Show
from yishi.faces.screen.scope import CITY_TIME, Asked

STAGE_COLOURS = [
    *("#a9b7e8", "#d8c979", "#f0b45b", "#e58a7b", "#c58fd0", "#4fb6d6", "#6fd6a0", "#7d8f99"),
]
LATE_COLOURS = ["#ff8a75", "#ffd166"]
#: What a chart without bars says in its middle.
NOTE = {"left": "center", "top": "middle", "textStyle": {"color": "#a9c3cd", "fontSize": 15}}
_GRID = {"left": 8, "right": 26, "top": 40, "bottom": 4, "containLabel": True}
_LEGEND = {"top": 0, "type": "scroll", "itemWidth": 14, "itemHeight": 10, "itemGap": 10}
#: A map's layers: figure → colours from few to many.
LAYERS = {
    "received": ["#123848", "#1f6f8c", "#63c5e3"],
    "open": ["#2a3313", "#7a8a2b", "#d8c979"],
    "running_late": ["#3a1a17", "#a8482f", "#ff8a75"],
}


def stages(show: Show, branches: Sequence[Branch]) -> dict[str, Any]:
    """Cases by area and stage, stacked."""
    return _bars(show, branches, show.stage_names, stack="all") | {"color": STAGE_COLOURS}


def lateness(show: Show, branches: Sequence[Branch]) -> dict[str, Any]:
    """Late cases by area; a case may be both, so the bars stand side by side."""
    return _bars(show, branches, LATENESS) | {"color": LATE_COLOURS}


def _bars(
    show: Show, branches: Sequence[Branch], names: Sequence[str], stack: str = ""
) -> dict[str, Any]:
    counts = {name: [show.board.count(name, b.path) for b in branches] for name in names}
    nothing = "" if any(map(any, counts.values())) else _("没有这样的案件")
    series = [
        {
            "type": "bar",
            "stack": stack,
            "name": str(show.figures[name].label),
            "data": counts[name],
        }
        for name in names
    ]
    return {
        "grid": _GRID,
        "title": NOTE | {"text": nothing},
        "legend": _LEGEND,
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "xAxis": {
            "type": "category",
            "data": [branch.name for branch in branches],
            "axisLabel": {"interval": 0, "rotate": 30 if len(branches) > 9 else 0},
        },
        "yAxis": {"type": "value", "minInterval": 1},
        "series": series,
    }


def trend_rows(asked: Asked, show: Show) -> tuple[list[str], list[tuple[str, int, int]]]:
    """The trend as a table: its heads, then (hour or day, …): today's and yesterday's reports by
    hour, or what was received by day and how much of it is closed."""
    board = show.board
    if asked.days == 1:
        rows = [
            (_("%(n)d时") % {"n": n}, board.hours.get((0, n), 0), board.hours.get((-1, n), 0))
            for n in range(24)
        ]
        return [_("时"), _("今日上报"), _("昨日上报")], rows
    days = [asked.since + timedelta(days=n) for n in range(asked.days)]
    return [_("日期"), _("上报"), _("其中已结案")], [
        (f"{day:%m-%d}", *board.days.get(day, (0, 0))) for day in days
    ]


def trend(
    asked: Asked, head: Sequence[str], rows: Sequence[tuple[str, int, int]]
) -> dict[str, Any]:
    """Reports by hour (today and yesterday) or by day (received and closed)."""
    now = asked.now.astimezone(CITY_TIME).hour
    first: list[int | None] = [row[1] for row in rows]
    if asked.days == 1:
        first = [n if n is not None and hour <= now else None for hour, n in enumerate(first)]
    return {
        "grid": _GRID,
        "legend": _LEGEND,
        "color": ["#4fb6d6", "#6fd6a0" if asked.days > 1 else "#7d8f99"],
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "boundaryGap": False, "data": [row[0] for row in rows]},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {
                "type": "line",
                "name": head[1],
                "data": first,
                "areaStyle": {"opacity": 0.25},
                "lineStyle": {"width": 3},
                "symbolSize": 7,
            },
            {
                "type": "line",
                "name": head[2],
                "data": [row[2] for row in rows],
                "lineStyle": {"width": 2, "type": "dashed" if asked.days == 1 else "solid"},
                "symbol": "none",
            },
        ],
    }


def outline_map(show: Show, branches: Sequence[Branch]) -> dict[str, Any]:
    """The chosen figure on the areas that have an outline (or the cells of a community)."""
    layer = show.asked.layer
    data = [
        {"name": branch.name, "value": show.board.count(layer, branch.path)}
        for branch in branches
        if branch.kind not in ("zone", "here")
    ]
    for one in show.board.cells:
        value = {"received": one.received, "open": one.open}.get(layer, one.running_late)
        data.append({"name": one.key[-4:], "value": value})
    most = max((int(str(one["value"])) for one in data), default=0)
    return {
        "tooltip": {"formatter": "{b}：{c}"},
        "visualMap": {
            "min": 0,
            "max": max(most, 1),
            "calculable": False,
            "left": 4,
            "bottom": 4,
            "itemHeight": 90,
            "inRange": {"color": LAYERS[layer]},
        },
        "series": [
            {
                "type": "map",
                "map": map_name(show.asked),
                "data": data,
                "selectedMode": False,
                "roam": False,
                "preserveAspect": "contain",
                **dict.fromkeys(("left", "right", "top", "bottom"), 12),
                "labelLayout": {"hideOverlap": True},
                "label": {
                    "show": True,
                    "color": "#fff",
                    "textBorderWidth": 3,
                    "textBorderColor": "#071a24",
                },
                "emphasis": {"label": {"color": "#fff"}, "itemStyle": {"areaColor": "#d9902f"}},
            }
        ],
    }


def map_name(asked: Asked) -> str:
    """What ECharts knows the outlines by."""
    return "areas-" + asked.path.replace("/", "-")


def map_links(branches: Sequence[Branch]) -> dict[str, str]:
    """Where a click on an area leads, by its name on the map."""
    return {b.name: b.url for b in branches if b.url and b.kind not in ("zone", "here")}
