"""What the screen shows, built from one board: cards, the table, ranking, ticker and charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from yishi.faces.screen.scope import Asked
from yishi.foundation.cases.board import Board, Sent
from yishi.foundation.cases.figures import RATES, STAGE, Figure, figures
from yishi.foundation.cases.kpis import LIVE

#: Figures on cards, in their order; the rate follows them.
CARDS = ("received", "filed", "open", "closed", "running_late", "late")
LATENESS = ("running_late", "late")
STAGE_COLOURS = [
    *("#a9b7e8", "#d8c979", "#f0b45b", "#e58a7b", "#c58fd0", "#4fb6d6", "#6fd6a0", "#7d8f99"),
]
#: What a chart without bars says in its middle.
NOTE = {"left": "center", "top": "middle", "textStyle": {"color": "#a9c3cd", "fontSize": 15}}
RATE = next(rate for rate in RATES if rate.name == "on_time_rate")


@dataclass(frozen=True, slots=True)
class Number:
    """A figure's value with the list behind it and the definition that it follows."""

    name: str
    label: str
    value: int
    url: str
    definition: str
    alarm: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    """A row: an area right below the one that is looked at, or (``here``) what lies no deeper."""

    path: str
    name: str
    kind: str
    url: str
    numbers: Sequence[Number]


@dataclass(frozen=True, slots=True)
class Ranked:
    """An area's share closed in time; ``place`` and ``rate`` are ``None`` without due cases."""

    place: int | None
    name: str
    rate: float | None
    numerator: Number
    denominator: Number


@dataclass(frozen=True, slots=True)
class Told:
    """A line of the ticker."""

    number: str
    url: str
    type: str
    area: str
    at: datetime


def definition_url(name: str) -> str:
    """Where a figure or rate is defined."""
    return reverse("desk:kpis") + f"#{LIVE}{name}"


class Show:
    """Builds the parts of the page; asks the database nothing."""

    def __init__(self, asked: Asked, board: Board) -> None:
        self.asked = asked
        self.board = board
        self.figures: Mapping[str, Figure] = figures(asked.stages)
        stages = asked.stages
        shown = (*stages.open, *stages.closed, *stages.void)
        self.stage_names = tuple(STAGE + stage for stage in shown)
        self.columns = ("received", *self.stage_names, *LATENESS)

    def number(self, name: str, branch: str = "") -> Number:
        """A figure of a branch, or of the whole area."""
        value = self.board.count(name, branch)
        url = self.asked.cases_url(name, branch)
        alarm = name in LATENESS and value > 0
        label = str(self.figures[name].label)
        return Number(name, label, value, url, definition_url(name), alarm)

    def cards(self) -> list[Number]:
        """The figures of the whole area."""
        return [self.number(name) for name in CARDS]

    def head(self) -> list[Number]:
        """The columns of the table; their values are the totals."""
        return [self.number(name) for name in self.columns]

    def branches(self) -> list[Branch]:
        """A row for each area below, counties before zones, then what lies no deeper."""
        asked, register = self.asked, self.asked.register
        code = asked.path.rpartition("/")[2]
        nodes = register.children(code)
        paths = [register.managed_path(n.code) for n in nodes if n.public or self._has(n.code)]
        others = {branch for branch, _name in self.board.counts} - set(paths) - {asked.path}
        rows = [self._branch(path) for path in [*paths, *sorted(others)]]
        if self.board.count("received", asked.path):
            name = _("未定位到下级")
            rows.append(Branch(asked.path, name, "here", "", self._numbers(asked.path)))
        return rows

    def _has(self, code: str) -> bool:
        path = self.asked.register.managed_path(code)
        return bool(self.board.count("received", path))

    def _branch(self, path: str) -> Branch:
        register = self.asked.register
        code = path.rpartition("/")[2]
        node = register.tree.nodes.get(code)
        name, kind = (node.name, node.level) if node else (path, "")
        deeper = self.asked.url(path=path) if node and register.children(code) else ""
        return Branch(path, name, kind, deeper, self._numbers(path))

    def _numbers(self, path: str) -> list[Number]:
        return [self.number(name, path) for name in self.columns]

    def rate(self, branch: str = "", name: str = "", place: int | None = None) -> Ranked:
        """The share closed in time of a branch, or of the whole area."""
        return Ranked(
            place,
            name,
            self.board.rate(RATE.numerator, RATE.denominator, branch),
            self.number(RATE.numerator, branch),
            self.number(RATE.denominator, branch),
        )

    def ranking(self, branches: Sequence[Branch]) -> list[Ranked]:
        """Areas by their share closed in time; equal shares share a place, no data comes last."""
        rows = [self.rate(b.path, b.name) for b in branches if b.kind != "here"]
        rated = [row.rate for row in rows if row.rate is not None]
        placed = [
            Ranked(
                None if row.rate is None else 1 + sum(other > row.rate for other in rated),
                row.name,
                row.rate,
                row.numerator,
                row.denominator,
            )
            for row in rows
        ]
        return sorted(placed, key=lambda row: row.place or len(placed) + 1)

    def ticker(self, sent: Sequence[Sent], types: Mapping[str, str]) -> list[Told]:
        """The cases that were last given to a unit: number, type and area."""
        register = self.asked.register
        return [
            Told(
                one.number,
                reverse("desk:case", args=[one.number]),
                types.get(one.type_key, one.type_key) or _("类别待定"),
                register.label(one.branch),
                one.at,
            )
            for one in sent
        ]

    # --- charts (plain ECharts options) --------------------------------------------------------

    def stage_chart(self, branches: Sequence[Branch]) -> dict[str, Any]:
        """Cases by area and stage, stacked."""
        return self._bars(branches, self.stage_names, stack="all") | {"color": STAGE_COLOURS}

    def lateness_chart(self, branches: Sequence[Branch]) -> dict[str, Any]:
        """Late cases by area; a case may be both, so the bars stand side by side."""
        return self._bars(branches, LATENESS) | {"color": ["#ff8a75", "#ffd166"]}

    def _bars(
        self, branches: Sequence[Branch], names: Sequence[str], stack: str = ""
    ) -> dict[str, Any]:
        counts = {name: [self.board.count(name, b.path) for b in branches] for name in names}
        nothing = "" if any(map(any, counts.values())) else _("没有这样的案件")
        series = [
            {
                "type": "bar",
                "stack": stack,
                "name": str(self.figures[name].label),
                "data": counts[name],
            }
            for name in names
        ]
        return {
            "grid": {"left": 8, "right": 8, "top": 34, "bottom": 4, "containLabel": True},
            "title": NOTE | {"text": nothing},
            "legend": {
                "top": 0,
                "type": "scroll",
                "itemWidth": 14,
                "itemHeight": 10,
                "itemGap": 8,
            },
            "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
            "xAxis": {
                "type": "category",
                "data": [branch.name for branch in branches],
                "axisLabel": {"interval": 0, "rotate": 30 if len(branches) > 9 else 0},
            },
            "yAxis": {"type": "value", "minInterval": 1},
            "series": series,
        }

    def map_chart(self, branches: Sequence[Branch]) -> dict[str, Any]:
        """Received cases on the areas that have an outline."""
        data = [
            {"name": branch.name, "value": self.board.count("received", branch.path)}
            for branch in branches
            if branch.kind not in ("zone", "here")
        ]
        most = max((self.board.count("received", b.path) for b in branches), default=0)
        return {
            "tooltip": {"formatter": "{b}：{c}"},
            "visualMap": {
                "min": 0,
                "max": max(most, 1),
                "calculable": False,
                "left": 4,
                "bottom": 4,
                "itemHeight": 70,
                "inRange": {"color": ["#123848", "#1f6f8c", "#63c5e3"]},
            },
            "series": [
                {
                    "type": "map",
                    "map": self.map_name,
                    "data": data,
                    "selectedMode": False,
                    "labelLayout": {"hideOverlap": True},
                    "label": {
                        "show": True,
                        "color": "#fff",
                        "textBorderWidth": 2,
                        "textBorderColor": "#071a24",
                    },
                    "emphasis": {"label": {"color": "#fff"}, "itemStyle": {"areaColor": "#d9902f"}},
                }
            ],
        }

    @property
    def map_name(self) -> str:
        """What ECharts knows the outlines by."""
        return "areas-" + self.asked.path.replace("/", "-")
