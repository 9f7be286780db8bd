"""What the screen shows, built from one board: cards, the table, ranking, ticker and charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from yishi.faces.screen.scope import Asked
from yishi.foundation.cases.board import Board, Sent
from yishi.foundation.cases.figures import RATES, STAGE, Figure, figures
from yishi.foundation.cases.kpis import LIVE
from yishi.foundation.places.values import PlaceError
from yishi.foundation.ui.desk import Family

#: Figures on cards, in their order; the rate follows them.
CARDS = ("received", "filed", "open", "closed", "running_late", "late")
LATENESS = ("running_late", "late")
#: Figures of a scenario's tile.
TILE = ("received", "open", "running_late")
#: Hot spots and ranked units that are shown.
SHOWN = 8
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
class RankedUnit:
    """A unit's share closed in time among those with enough due cases."""

    place: int
    name: str
    rate: float
    on_time: int
    due: int
    url: str


@dataclass(frozen=True, slots=True)
class Hot:
    """A place where most was reported, and how much of it is open."""

    name: str
    received: int
    open: int
    url: str


@dataclass(frozen=True, slots=True)
class Tile:
    """A scenario: what is open and late of what was received in the days that are looked at."""

    name: str
    url: str
    received: Number
    open: Number
    late: Number


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
        return self._number(
            name, self.board.count(name, branch), self.asked.cases_url(name, branch)
        )

    def _number(self, name: str, value: int, url: str) -> Number:
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
                register.path_names(one.branch)[-1],
                one.at,
            )
            for one in sent
        ]

    def tiles(self, families: Sequence[Family]) -> list[tuple[str, list[Tile]]]:
        """The scenarios by section, with their cases of the days that are looked at."""
        found: dict[str, list[Tile]] = {}
        for one in families:
            found.setdefault(one.section, []).append(
                Tile(one.label, one.url, *(self._of(one.key, name) for name in TILE))
            )
        return list(found.items())

    def _of(self, family: str, name: str) -> Number:
        url = self.asked.cases_url(name, family=family)
        return self._number(name, self.board.families.get((family, name), 0), url)

    def hot(self) -> list[Hot]:
        """The places with the most reports, in words."""
        register = self.asked.register
        return [
            Hot(
                "".join(register.path_names(spot.key)[-2:]),
                spot.received,
                spot.open,
                self.asked.cases_url("received", spot.key),
            )
            for spot in self.board.spots[:SHOWN]
        ]

    def unit_ranking(self) -> list[RankedUnit]:
        """Units by their share closed in time; equal shares share a place."""
        rows = [(one.on_time / one.due, one) for one in self.board.units[:SHOWN]]
        return [
            RankedUnit(
                1 + sum(other > rate for other, _one in rows),
                self._unit(one.unit_id),
                rate,
                one.on_time,
                one.due,
                self.asked.cases_url("due", unit=one.unit_id),
            )
            for rate, one in rows
        ]

    def _unit(self, unit: int) -> str:
        try:
            return self.asked.register.unit(unit).name
        except PlaceError:
            return _("已撤并单位")

    def cells(self) -> list[Hot]:
        """The grid cells of a community, those with the most open cases first."""
        rows = sorted(self.board.cells, key=lambda one: (-one.open, -one.received, one.key))
        return [
            Hot(
                one.key or _("未定位到网格"),
                one.received,
                one.open,
                self.asked.cases_url("received", cell=one.key) if one.key else "",
            )
            for one in rows
        ]
