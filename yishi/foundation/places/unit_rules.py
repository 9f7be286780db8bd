"""Units from rules: the same offices for every county, zone, township and community."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yishi.foundation.places.synthetic import village_name
from yishi.foundation.places.tree import Tree
from yishi.foundation.places.values import Node, PlaceError

LEVELS = {
    "city": ("city",),
    "county": ("county", "zone"),
    "township": ("township",),
    "community": ("village",),
}
KINDS = ("office", "owner")


@dataclass(frozen=True, slots=True)
class PlannedUnit:
    """A unit that a city folder asks for. *division* may be a zone's code."""

    code: str
    name: str
    level: str
    division: str
    functions: tuple[str, ...]
    kind: str = "office"
    parent: str | None = None
    public: bool = True


def kind_of(node: Node) -> str:
    """What a rule's ``only`` and ``names`` speak of: district, county, zone, or the NBS kind."""
    if node.level == "county":
        return "district" if node.name.endswith("区") else "county"
    return "zone" if node.level == "zone" else node.kind


def expand(
    rules: Mapping[str, Sequence[Mapping[str, Any]]],
    tree: Tree,
    functions: Mapping[str, str],
) -> list[PlannedUnit]:
    """The units that the rules give for every public, living division and zone of the tree.

    Raises PlaceError (``units``) for unknown levels and functions and for rules without key, name
    or functions.
    """
    check_rules(rules, functions)
    nodes = [n for n in tree.nodes.values() if n.public and n.valid_to is None]
    units: list[PlannedUnit] = []
    first: dict[str, str] = {}  # division → its first unit, which the level below answers to
    for level, node_levels in LEVELS.items():
        for node in sorted(nodes, key=lambda n: n.code):
            if node.level not in node_levels:
                continue
            for rule in rules.get(level, ()):
                unit = _unit(rule, level, node, tree, first)
                if unit is not None:
                    first.setdefault(node.code, unit.code)
                    units.append(unit)
    return units


def check_rules(
    rules: Mapping[str, Sequence[Mapping[str, Any]]], functions: Mapping[str, str]
) -> None:
    """Refuse rules that could never work."""
    for level, rows in rules.items():
        if level not in LEVELS:
            raise PlaceError("units", f"没有单位级别 {level}")
        for row in rows:
            if not row.get("key") or not row.get("name") or not row.get("functions"):
                raise PlaceError("units", f"{level} 级规则缺少 key、name 或 functions：{dict(row)}")
            check_functions(row["functions"], functions, str(row["name"]))
            if row.get("kind", "office") not in KINDS:
                raise PlaceError("units", f"{row['name']}：没有单位类别 {row['kind']}")


def check_functions(wanted: Sequence[str], functions: Mapping[str, str], name: str) -> None:
    """Every function of a unit must be in the vocabulary."""
    for function in wanted:
        if function not in functions:
            raise PlaceError("units", f"{name}：没有职能 {function}")


def _unit(
    rule: Mapping[str, Any],
    level: str,
    node: Node,
    tree: Tree,
    first: Mapping[str, str],
) -> PlannedUnit | None:
    kind = kind_of(node)
    if "only" in rule and kind not in rule["only"]:
        return None
    template = str(rule.get("names", {}).get(kind, rule["name"]))
    name = template.format(
        name=node.name,
        place=village_name(node.name),
        city=tree.nodes[tree.root].name,
    )
    code = f"{node.code}-{rule['key']}"
    parent = first.get(node.code) or _above(node.code, tree, first)
    return PlannedUnit(
        code=code,
        name=name,
        level=level,
        division=node.code,
        functions=tuple(rule["functions"]),
        kind=str(rule.get("kind", "office")),
        parent=parent,
    )


def _above(code: str, tree: Tree, first: Mapping[str, str]) -> str | None:
    above = tree.manager(code)
    while above is not None:
        if above in first:
            return first[above]
        above = tree.manager(above)
    return None
