"""Sums for the screen are the cases counted: of any area, folded or not, whatever is put right."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yishi.foundation.cases import rollups, sums
from yishi.foundation.cases.board import Board, Span, read_board, true_count
from yishi.foundation.cases.figures import figures
from yishi.foundation.cases.models import Case, RollUp, RollUpDelta, RollUpSum
from yishi.systems.city_events.context import city as city_registers
from yishi.systems.city_events.figures import FIGURE_STAGES
from yishi.systems.city_events.tests.conftest import Town

DAY = date(2026, 3, 10)
#: Areas of every depth, some of them without a sum of their own.
PATHS = ("4206", "4206/1", "4206/1/2", "4206/1/2/3", "4206/1/2/4", "4206/10/2", "4206/GX/5")
SCOPES = ("4206", "4206/1", "4206/GX", "4206/1/2", "4206/1/2/3")
_CELLS = st.tuples(
    st.integers(0, 3),
    st.sampled_from(PATHS),
    st.sampled_from(["event/01/10", "event/01/11", "component/02/01", ""]),
    st.sampled_from([0, 7, 8]),
    st.sampled_from(["handle", "evaluate"]),
    st.sampled_from(["", "late", "on_time"]),
)


def _write(cell: tuple[Any, ...], n: int) -> None:
    back, path, kind, unit, stage, timeliness = cell
    RollUpDelta.objects.create(
        day=DAY - timedelta(days=back),
        system="city_events",
        managed_path=path,
        type_key=kind,
        unit_id=unit,
        stage=stage,
        timeliness=timeliness,
        n=n,
    )


def _read(scope: str, days: int) -> Counter[tuple[Any, ...]]:
    where = (
        "system = %(system)s AND day BETWEEN %(since)s AND %(until)s"
        " AND (managed_path = %(scope)s OR managed_path LIKE %(under)s)"
    )
    params: dict[str, Any] = {
        "system": "city_events",
        "scope": scope,
        "under": scope + "/%",
        "since": DAY - timedelta(days=days - 1),
        "until": DAY,
    }
    found: Counter[tuple[Any, ...]] = Counter()
    with connection.cursor() as cursor:
        cursor.execute(sums.read_of(scope, where), params)
        for *key, n in cursor.fetchall():
            found[tuple(key)] += int(n)
    return Counter({key: n for key, n in found.items() if n})


def _counted(cells: Counter[tuple[Any, ...]], scope: str, days: int) -> Counter[tuple[Any, ...]]:
    """What the sums have to be, by their definition."""
    found: Counter[tuple[Any, ...]] = Counter()
    for (back, path, kind, unit, stage, timeliness), n in cells.items():
        if back >= days or not f"{path}/".startswith(f"{scope}/"):
            continue
        day = DAY - timedelta(days=back)
        below = "/".join(path.split("/")[: scope.count("/") + 2])
        family = "/".join(kind.split("/")[:2])
        found["below", day, below, stage, timeliness] += n
        found["family", day, family, stage, timeliness] += n
        found["place", day, path, stage, ""] += n
        if unit:
            found["unit", day, str(unit), stage, timeliness] += n
    return Counter({key: n for key, n in found.items() if n})


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    blocks=st.lists(
        st.tuples(
            st.lists(_CELLS, min_size=1, max_size=8),
            st.sampled_from(["leave", "fold some", "fold", "prune", "take back"]),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_sums_of_every_area_are_those_of_its_cells_folded_or_not(
    blocks: list[tuple[list[Any], str]],
) -> None:
    for model in (RollUp, RollUpDelta, RollUpSum):
        model.objects.all().delete()
    cells: Counter[tuple[Any, ...]] = Counter()
    for written, then in blocks:
        for cell in written:
            _write(cell, 1)
            cells[cell] += 1
        if then == "take back":
            _write(written[0], -1)
            cells[written[0]] -= 1
        elif then == "prune":
            rollups.prune()
        elif then != "leave":
            rollups.fold(3 if then == "fold some" else 50_000)
        for scope in SCOPES:
            for days in (1, 3):
                assert _read(scope, days) == _counted(cells, scope, days), (scope, days, then)
        assert rollups.sum_differences() == []


def _board_equals_cases(town: Town) -> Board:
    """The board of every area above the cases, compared with the cases themselves."""
    until = town.now.date()
    paths = Case.objects.unscoped("a test").values_list("managed_path", flat=True)
    scopes = {
        "/".join(path.split("/")[:depth])
        for path in paths
        for depth in range(1, path.count("/") + 2)
    }
    known = figures(FIGURE_STAGES)
    for scope in sorted(scopes):
        span = Span(FIGURE_STAGES, scope, until - timedelta(days=6), until)
        board = read_board(span, town.now)
        for name, figure in known.items():
            assert board.count(name) == true_count(figure, span, town.now), (scope, name)
        mine = [
            case
            for case in Case.objects.unscoped("a test")
            if f"{case.managed_path}/".startswith(f"{scope}/")
        ]
        assert _received(board) == Counter("/".join(c.type_key.split("/")[:2]) for c in mine)
        spots = Counter(c.managed_path for c in mine if c.managed_path != scope)
        assert {spot.key: spot.received for spot in board.spots} == spots
        assert sum(n for n, _closed in board.days.values()) == len(mine)
    return read_board(Span(FIGURE_STAGES, "4206", until - timedelta(days=6), until), town.now)


def _received(board: Board) -> Counter[str]:
    return Counter({key: n for (key, name), n in board.families.items() if name == "received"})


@pytest.mark.django_db
@pytest.mark.parametrize("folded", [False, True])
def test_what_is_put_right_counts_where_it_stands_now(town: Town, folded: bool) -> None:
    def look() -> Board:
        if folded:
            while rollups.fold():
                pass
        board = _board_equals_cases(town)
        assert rollups.differences() == [] and rollups.sum_differences() == []
        return board

    number = town.report().number
    before = look()
    first = town.state(number).unit_id
    town.act("unit_officer", number, "give_back", reason="duty", note="不属于本单位职责")
    look()
    _, catalogue = city_registers().catalogue(town.now)
    other = next(kind for kind in catalogue.types if kind.key.startswith("event/02/"))
    standard = other.standards[0].code
    town.act("dispatcher", number, "amend", type=other.key, standard=standard, note="类别有误")
    after = look()
    assert _received(before) != _received(after)
    town.act("dispatcher", number, "dispatch", unit=town.officer_unit_other_than(first))
    look()
    rejected = town.report(type=None, description="这里有点不对劲").number
    look()
    town.act("acceptor", rejected, "reject", reason="7", note="现场没有")
    board = look()
    assert (board.count("received"), board.count("filed")) == (2, 1)
