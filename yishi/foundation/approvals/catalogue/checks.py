"""What makes a catalogue of items wrong as a whole: double keys, unknown names, near names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from yishi.foundation.approvals.catalogue.model import FieldSpec, Item, Material
from yishi.foundation.cases.catalogue_errors import CatalogueError, Problem
from yishi.foundation.cases.catalogue_yaml import Located, read_yaml

T = TypeVar("T")
Named = TypeVar("Named", Item, Material)

#: Names that differ in no more than this share of the longer one are near-duplicates.
NEAR = 0.1
#: Which rules of ``units.yaml`` hold the units of a level; the province is represented by the city.
UNIT_LEVELS = {
    "province": "city",
    "city": "city",
    "county": "county",
    "town": "township",
    "village": "community",
}
_FILLERS = re.compile(r"核发|办理|审批|事项|申请|复印件|原件|[的、，。“”‘’\s\-—/]")
_VARIANT = re.compile(r"[（(【\[].*?[）)】\]]")
_NUMERALS = frozenset("一二三四五六七八九十甲乙丙丁ABCDabcd0123456789")


@dataclass(frozen=True, slots=True)
class Placed(Generic[T]):
    """Something read, and where it stands."""

    found: T
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Offices:
    """The city's vocabulary of functions, and those that units of each level have."""

    functions: frozenset[str]
    staffed: Mapping[str, frozenset[str]]


def read_offices(city: Path) -> Offices | None:
    """Functions and units of a city's folder; None where it has none (a catalogue on its own).

    Raises:
        CatalogueError: for files that cannot be read.
    """
    paths = [city / "functions.yaml", city / "units.yaml"]
    if not all(path.is_file() for path in paths):
        return None
    functions, units = (read_yaml(path.read_bytes(), path.name) for path in paths)
    if not isinstance(functions.value, dict) or not isinstance(units.value, dict):
        raise CatalogueError([Problem("functions.yaml", 1, "", "应为 代码: 名称 的对照表")])
    staffed: dict[str, set[str]] = {}
    rules = units.value.get("rules")
    for level, rows in (_map(rules) if rules else {}).items():
        for row in rows.value if isinstance(rows.value, list) else ():
            staffed.setdefault(level, set()).update(_texts(_map(row).get("functions")))
    single = units.value.get("units")
    for row in single.value if single and isinstance(single.value, list) else ():
        at = _map(row).get("level")
        if at is not None and isinstance(at.value, str):
            staffed.setdefault(at.value, set()).update(_texts(_map(row).get("functions")))
    return Offices(
        frozenset(functions.value), {level: frozenset(codes) for level, codes in staffed.items()}
    )


def _map(node: Located) -> dict[str, Located]:
    return node.value if isinstance(node.value, dict) else {}


def _texts(node: Located | None) -> Iterator[str]:
    for one in node.value if node and isinstance(node.value, list) else ():
        if isinstance(one.value, str):
            yield one.value


def double_keys(
    what: str, placed: Iterable[Placed[FieldSpec | Material | Item]]
) -> Iterator[Problem]:
    """Keys that two entries share."""
    first: dict[str, Placed[FieldSpec | Material | Item]] = {}
    for one in placed:
        other = first.setdefault(one.found.key, one)
        if other is not one and one.found.key:
            where = f"{other.file}:{other.line}" if other.line else other.file
            message = f"{what}代码 {one.found.key} 已在 {where} 使用"
            yield Problem(one.file, one.line, "key", message)


def field_names(placed: Iterable[Placed[FieldSpec]]) -> Iterator[Problem]:
    """Two fields of one section with the same label."""
    first: dict[tuple[str, str], FieldSpec] = {}
    for one in placed:
        key = (one.found.section, _plain(one.found.label))
        other = first.setdefault(key, one.found)
        if other.key != one.found.key:
            message = f"“{one.found.label}”与字段 {other.key} 重名"
            yield Problem(one.file, one.line, "label", message)


def material_names(placed: list[Placed[Material]]) -> Iterator[Problem]:
    """Materials whose names or aliases are those of another, and names nearly the same."""
    first: dict[str, Material] = {}
    for one in placed:
        first.setdefault(_plain(one.found.name), one.found)
    for one in placed:
        for text in (one.found.name, *one.found.aliases):
            other = first.setdefault(_plain(text), one.found)
            if other.key != one.found.key:
                message = f"“{text}”与材料 {other.key}“{other.name}”重名"
                yield Problem(one.file, one.line, "name", message)
    yield from _near(placed, lambda found: found.name, lambda one, other: False)


def item_names(placed: list[Placed[Item]]) -> Iterator[Problem]:
    """Items of one folder and level with the same name, or nearly so. Variants in brackets (新办,
    变更) and items that name each other in ``distinct_from`` differ."""
    first: dict[tuple[str, str, str], Item] = {}
    for one in placed:
        key = (one.found.folder, one.found.level, _plain(one.found.name))
        other = first.setdefault(key, one.found)
        if other.key != one.found.key:
            message = f"“{one.found.name}”与事项 {other.key} 重名"
            yield Problem(one.file, one.line, "name", message)

    def declared(one: Item, other: Item) -> bool:
        return (
            (one.folder, one.level) != (other.folder, other.level)
            or other.name in one.distinct_from
            or one.name in other.distinct_from
        )

    yield from _near(placed, lambda found: found.name, declared)


def _near(
    placed: list[Placed[Named]],
    name: Callable[[Named], str],
    declared: Callable[[Named, Named], bool],
) -> Iterator[Problem]:
    names = [(_plain(name(one.found)), _stem(name(one.found))) for one in placed]
    for later, earlier in _close([text for text, _ in names]):
        (text, stem), (other, other_stem) = names[later], names[earlier]
        if stem == other_stem != text or _numbered(text, other):
            continue
        one, before = placed[later], placed[earlier].found
        if declared(one.found, before):
            continue
        message = f"“{name(one.found)}”与 {before.key}“{name(before)}”过于相近"
        hint = "；确属不同请写入 distinct_from" if isinstance(before, Item) else ""
        yield Problem(one.file, one.line, "name", message + hint)


def _close(names: list[str]) -> Iterator[tuple[int, int]]:
    """Pairs (later, earlier) of names that differ, but in no more than NEAR of the longer one."""
    import numpy as np
    from rapidfuzz.distance import Levenshtein
    from rapidfuzz.process import cdist

    if not names:
        return
    sizes = np.array([len(name) for name in names])
    most = (np.maximum.outer(sizes, sizes) * NEAR).astype(int)
    apart = cdist(names, names, scorer=Levenshtein.distance, score_cutoff=int(most.max()) + 1)
    later, earlier = np.nonzero(np.tril((apart <= most) & (apart > 0), -1))
    yield from zip(later.tolist(), earlier.tolist(), strict=True)


def _numbered(one: str, other: str) -> bool:
    """Whether two names differ in numerals only: 第一类, 第二类."""
    kept = [[char for char in text if char not in _NUMERALS] for text in (one, other)]
    return kept[0] == kept[1]


def _plain(name: str) -> str:
    return _FILLERS.sub("", name).casefold()


def _stem(name: str) -> str:
    return _plain(_VARIANT.sub("", name))


def item_references(
    placed: Iterable[Placed[Item]],
    fields: Mapping[str, FieldSpec],
    materials: Mapping[str, Material],
    offices: Offices | None,
) -> Iterator[Problem]:
    """Fields, materials and functions that items name and nobody knows."""
    for one in placed:
        found = one.found
        for key in found.fields:
            if key not in fields:
                yield Problem(one.file, one.line, "fields", f"{found.name}：没有字段 {key}")
        for wanted in found.materials:
            if wanted.material and wanted.material not in materials:
                message = f"{found.name}：没有材料 {wanted.material}"
                yield Problem(one.file, one.line, "materials", message)
        if offices is None or not found.function:
            continue
        if found.function not in offices.functions:
            yield Problem(
                one.file, one.line, "function", f"{found.name}：未知职能 {found.function}"
            )
        elif found.level in UNIT_LEVELS and found.function not in offices.staffed.get(
            UNIT_LEVELS[found.level], frozenset()
        ):
            message = f"{found.name}：{found.level} 级没有单位承担职能 {found.function}"
            yield Problem(one.file, one.line, "function", message)
