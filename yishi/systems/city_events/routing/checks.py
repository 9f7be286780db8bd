"""What is wrong with a routing table beside a catalogue and a register: found when it is loaded.

A row is taken apart into cells (a day, a kind of day, a minute, urgent, channel, object): every
border that some row draws is one, so that what is true of the first point of a cell is true of all
of it. A row that decides in no cell can never match; two of equal rank that decide in one conflict.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

from yishi.foundation.cases.catalogue_errors import Problem
from yishi.foundation.places.snapshot import Register
from yishi.foundation.places.values import Place, PlaceError, in_scope
from yishi.systems.city_events.catalogue.types import Catalogue, EventType
from yishi.systems.city_events.routing.reading import FILE
from yishi.systems.city_events.routing.table import Row, Table

OTHER = "·"  # a channel or an object that no row names
DAY = timedelta(days=1)
YEAR = timedelta(days=366)
#: Steps of a managed path down to each level.
DEPTH = {"city": 1, "county": 2, "township": 3, "community": 4}


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two rows of equal rank that match the same report: of a type, for example."""

    first: Row
    second: Row
    type: EventType


@dataclass(frozen=True, slots=True)
class Gap:
    """Types of one county that nobody is responsible for: no unit there has the function."""

    path: str
    function: str
    level: str
    types: tuple[EventType, ...]
    #: Places within the county without such a unit; the county itself when it is all of it.
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything found: ``never`` are rows that decide nothing, each with why."""

    conflicts: tuple[Conflict, ...]
    never: tuple[tuple[Row, str], ...]


def find(table: Table, catalogue: Catalogue) -> Findings:
    """Conflicts, and rows that never decide."""
    conflicts: dict[tuple[str, str], Conflict] = {}
    never: list[tuple[Row, str]] = []
    for row in table.rows:
        kinds = _kinds(row, table, catalogue)
        if not kinds:
            never.append((row, "目录中没有这样的类别"))
            continue
        decides = matched = False
        for kind in kinds:
            for equal, above in _cells(row, kind, table):
                matched = True
                decides |= not above
                if above:
                    continue
                for other in equal:
                    pair = (min(row.key, other.key), max(row.key, other.key))
                    conflicts.setdefault(pair, Conflict(row, other, kind))
        if not matched:
            never.append((row, "其条件在任何日期和类别下都不成立"))
        elif not decides:
            never.append((row, "更具体的规则已全部涵盖"))
    return Findings(tuple(conflicts.values()), tuple(never))


def problems(table: Table, catalogue: Catalogue, register: Register | None) -> list[Problem]:
    """Every fault with its line: unknown types, places, functions and units; conflicts; rows that
    can never match."""
    found = [
        Problem(FILE, row.line, name, message)
        for row in table.rows
        for name, message in _unknown(row, catalogue, register)
    ]
    told = {problem.line for problem in found}
    findings = find(table, catalogue)
    for one in findings.conflicts:
        later, earlier = sorted((one.first, one.second), key=lambda row: -row.line)
        message = (
            f"规则 {later.key} 与第 {earlier.line} 行的 {earlier.key} 同级，"
            f"会同时匹配同一上报（如 {one.type.key} {one.type.name}）"
        )
        found.append(Problem(FILE, later.line, "key", message))
    found += [
        Problem(FILE, row.line, "key", f"规则 {row.key} 永远不会匹配：{why}")
        for row, why in findings.never
        if row.line not in told
    ]
    return found


def gaps(catalogue: Catalogue, register: Register, on: date) -> list[Gap]:
    """Types × counties that no unit is responsible for."""
    wanted: dict[tuple[str, str, str], list[EventType]] = {}
    for kind in catalogue.types:
        wanted.setdefault((kind.function, kind.level, kind.order), []).append(kind)
    found = []
    for county in register.children(register.root):
        if not county.public:
            continue
        for (function, level, order), kinds in sorted(wanted.items()):
            bare = list(_bare(register, county.code, function, level, order, on))
            if bare:
                path = register.managed_path(county.code)
                found.append(Gap(path, function, level, tuple(kinds), tuple(bare)))
    return found


def gap_lines(found: Sequence[Gap], register: Register) -> Iterator[str]:
    """Gaps as lines for a terminal."""
    for gap in found:
        name = register.functions.get(gap.function, gap.function)
        where = register.label(gap.path)
        inside = "" if gap.places == (gap.path,) else f"（{len(gap.places)} 处下级区域）"
        yield (
            f"{where}{inside}没有承担“{name}”的单位：{len(gap.types)} 个类别无人承办，"
            f"如 {gap.types[0].name}"
        )


def _bare(
    register: Register, code: str, function: str, level: str, order: str, on: date
) -> Iterator[str]:
    """The managed paths from *code* down to *level* where nobody has the function."""
    path = register.managed_path(code)
    steps = path.split("/")
    sought = "/".join(steps[: DEPTH[level]])
    place = Place(None, None, None, code, sought, True)
    try:
        found = register.responsible(function, place, order=order, at=on)
    except PlaceError:
        yield path
        return
    if found is not None:
        return  # whoever is found for the whole is found for every part of it
    below = [node for node in register.children(code) if node.public]
    if len(steps) >= DEPTH[level] or not below:
        yield path
        return
    parts = [
        one for node in below for one in _bare(register, node.code, function, level, order, on)
    ]
    yield from [path] if len(parts) == len(below) else parts


def _unknown(
    row: Row, catalogue: Catalogue, register: Register | None
) -> Iterator[tuple[str, str]]:
    if row.type_key and row.type_key not in catalogue.by_key:
        yield "type", f"目录中没有类别 {row.type_key}"
    if row.scenario and not any(
        f"{group.kind}/{group.main}" == row.scenario for group in catalogue.groups
    ):
        yield "scenario", f"目录中没有场景 {row.scenario}"
    if register is None:
        return
    if row.area:
        node = register.tree.nodes.get(row.area.rpartition("/")[2])
        if node is None or register.managed_path(node.code) != row.area:
            yield "area", f"没有管理区域 {row.area}"
    if row.function and row.function not in register.functions:
        yield "function", f"没有职能 {row.function}"
    if row.unit:
        try:
            unit = register.unit_by_code(row.unit)
        except PlaceError as error:
            yield "unit", error.message
        else:
            if unit.valid_to is not None:
                yield "unit", f"{unit.name}已撤并"
    elif row.function in register.functions and not any(
        in_scope(unit.managed_path, row.area) or in_scope(row.area, unit.managed_path)
        for unit in register.units(function=row.function)
    ):
        yield "function", f"该区域没有承担“{register.functions[row.function]}”的单位"


def _kinds(row: Row, table: Table, catalogue: Catalogue) -> list[EventType]:
    """The types that a row speaks of, one of each sort: types that the same rows speak of, and
    that are urgent alike, come out alike."""
    if row.type_key:
        one = catalogue.by_key.get(row.type_key)
        return [one] if one else []
    sorts: dict[tuple[object, ...], EventType] = {}
    for kind in catalogue.types:
        scenario = kind.key.rpartition("/")[0]
        if row.scenario and scenario != row.scenario:
            continue
        speaks = tuple(other.key for other in table.of_type(kind.key))
        sorts.setdefault((speaks, _urgencies(kind)), kind)
    return list(sorts.values())


def _urgencies(kind: EventType) -> tuple[bool, ...]:
    return tuple(sorted({standard.urgent for standard in kind.standards}))


def _cells(row: Row, kind: EventType, table: Table) -> Iterator[tuple[list[Row], bool]]:
    """For each cell that *row* matches: other rows of its rank that match, and whether one of a
    higher rank does. The place of all of them is the row's own area: a row of a deeper one never
    covers it, and rows of equal rank are of the same depth."""
    others = [
        other
        for other in table.of_type(kind.key)
        if other.key != row.key and in_scope(row.area, other.area)
    ]
    rows = [row, *others]
    channels = {name for one in rows for name in one.channels} | {OTHER}
    objects = {name for one in rows for name in one.objects} | {OTHER}
    for day, work, minute, urgent, channel, ref in product(
        _some_days(row, rows),
        ("workday", "restday"),
        _minutes(rows),
        _urgencies(kind),
        sorted(channels),
        sorted(objects),
    ):
        if not _matches(row, day, work, minute, urgent, channel, ref):
            continue
        hit = [one for one in others if _matches(one, day, work, minute, urgent, channel, ref)]
        equal = [one for one in hit if one.rank == row.rank]
        yield equal, any(one.rank > row.rank for one in hit)


def _matches(
    row: Row, day: date, work: str, minute: int, urgent: bool, channel: str, ref: str
) -> bool:
    return (
        row.holds_on(day)
        and row.days in ("", work)
        and row.holds_at(minute)
        and row.suits(urgent, channel, ref)
    )


def _minutes(rows: Iterable[Row]) -> list[int]:
    found = {0}
    for row in rows:
        found |= {minute % (24 * 60) for minute in row.hours or ()}
    return sorted(found)


def _some_days(row: Row, rows: Sequence[Row]) -> list[date]:
    """A day of each stretch of the calendar in which *row* is in force and *rows* do not change."""
    turns = {one.start for one in rows} | {one.end + DAY for one in rows if one.end is not None}
    last = row.end or max(turns) + YEAR
    seasons = [one.season for one in rows if one.season is not None]
    for year in range(row.start.year, last.year + 1):
        for season in seasons:
            turns.add(_day(year, season.start))
            turns.add(_day(year, season.end) + DAY)
    turns.add(row.start)
    return sorted(day for day in turns if row.start <= day <= last)


def _day(year: int, month_day: tuple[int, int]) -> date:
    month, day = month_day
    try:
        return date(year, month, day)
    except ValueError:  # 02-29 in a year without it
        return date(year, 3, 1)
