"""The studio's form as a plain tree of texts: read from what was posted, changed by its buttons,
and made again from kept content. Nothing is checked here; `composing` does that.

Names of inputs: ``w-2-0-fact`` is the fact of the first condition of the third entry under 条件
(an entry is one condition or an any-group), ``t-1-from`` the second tier, ``e-0-f-revenue_last`` a
fact of the first example; everything else has its own name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from yishi.foundation.revisions.errors import FieldError

MOST_ENTRIES, MOST_IN_GROUP, MOST_TIERS, MOST_EXAMPLES = 30, 20, 20, 40
LONGEST = 4_000
_NAME = re.compile(r"([wte])-(\d{1,2})-(.{1,90})", re.ASCII | re.DOTALL)
_IN_GROUP = re.compile(r"(\d{1,2})-([a-z0-9]{1,12})", re.ASCII)
PARTS = ("fact", "is", "value", "value2", "parameter", "label", "basis", "clause", "key")

Texts = dict[str, str]


@dataclass(slots=True)
class Row:
    """One condition as texts; ``values`` are ticked boxes."""

    texts: Texts = field(default_factory=dict)
    values: list[str] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return self.texts.get(name, "")


@dataclass(slots=True)
class Entry:
    """One condition, or a group of which one suffices."""

    rows: list[Row] = field(default_factory=lambda: [Row()])
    any: bool = False
    label: str = ""


@dataclass(slots=True)
class Tree:
    """The whole form."""

    texts: Texts = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    tiers: list[Texts] = field(default_factory=list)
    examples: list[Texts] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return self.texts.get(name, "")


def posted(post: QueryDict) -> Tree:
    """The tree of a posted form. Numbers in names only order; gaps close.

    Raises:
        FieldError: for more entries than an item may have.
    """
    tree = Tree()
    found: dict[str, dict[int, dict[str, list[str]]]] = {"w": {}, "t": {}, "e": {}}
    for name in post:
        match = _NAME.fullmatch(name)
        values = [_clean(value) for value in post.getlist(name)[:200]]
        if match:
            found[match[1]].setdefault(int(match[2]), {})[match[3]] = values
        else:
            tree.texts[name] = values[-1] if values else ""
    for _number, parts in sorted(found["w"].items()):
        tree.entries.append(_entry(parts))
    tree.tiers = [_flat(parts) for _number, parts in sorted(found["t"].items())]
    tree.examples = [_flat(parts) for _number, parts in sorted(found["e"].items())]
    _limit("when", tree.entries, MOST_ENTRIES, "条件")
    for entry in tree.entries:
        _limit("when", entry.rows, MOST_IN_GROUP, "一组中的条件")
    _limit("tiers", tree.tiers, MOST_TIERS, "档")
    _limit("examples", tree.examples, MOST_EXAMPLES, "示例")
    return tree


def _clean(value: str) -> str:
    # The database stores no NUL and no half of a surrogate pair.
    return re.sub("[\x00\ud800-\udfff]", "", value)[:LONGEST].strip()


def _flat(parts: Mapping[str, list[str]]) -> Texts:
    return {name: values[-1] for name, values in parts.items() if values}


def _limit(where: str, found: list[Any], most: int, what: str) -> None:
    if len(found) > most:
        raise FieldError(where, f"{what}最多 {most} 个", "too_long")


def _entry(parts: Mapping[str, list[str]]) -> Entry:
    rows: dict[int, Row] = {}
    for name, values in parts.items():
        match = _IN_GROUP.fullmatch(name)
        if not match:
            continue
        row = rows.setdefault(int(match[1]), Row())
        if match[2] == "values":
            row.values = [value for value in values if value]
        elif match[2] in PARTS and values:
            row.texts[match[2]] = values[-1]
    label = parts.get("label", [""])[-1]
    made = [rows[number] for number in sorted(rows)] or [Row()]
    return Entry(made, bool(parts.get("any", [""])[-1]), label)


def changed(tree: Tree, act: str) -> bool:
    """Do what a button says: ``add``, ``add-any``, ``add:2`` (a condition to that group),
    ``remove:2`` (an entry), ``remove:2-1`` (one condition), ``up:2``, ``down:2``, ``add-tier``,
    ``remove-tier:1``, ``add-example``, ``remove-example:1``. Returns whether it was one of these.
    """
    verb, _colon, rest = act.partition(":")
    place, _dash, inner = rest.partition("-")
    at = int(place) if place.isascii() and place.isdigit() and len(place) < 3 else -1
    below = int(inner) if inner.isascii() and inner.isdigit() and len(inner) < 3 else -1
    if verb == "add" and not rest:
        tree.entries.append(Entry())
    elif verb == "add-any":
        tree.entries.append(Entry([Row(), Row()], any=True))
    elif verb == "add" and 0 <= at < len(tree.entries):
        tree.entries[at].any = True
        tree.entries[at].rows.append(Row())
    elif verb == "remove" and 0 <= at < len(tree.entries):
        _remove(tree, at, below)
    elif verb in ("up", "down"):
        _shift(tree.entries, at, -1 if verb == "up" else 1)
    elif verb in ("add-tier", "add-example"):
        (tree.tiers if verb == "add-tier" else tree.examples).append({})
    elif verb in ("remove-tier", "remove-example"):
        rows = tree.tiers if verb == "remove-tier" else tree.examples
        del rows[at : at + 1 if at >= 0 else 0]
    else:
        return False
    return True


def _remove(tree: Tree, at: int, below: int) -> None:
    entry = tree.entries[at]
    if not 0 <= below < len(entry.rows) or len(entry.rows) == 1:
        del tree.entries[at]
        return
    del entry.rows[below]


def _shift(entries: list[Entry], at: int, by: int) -> None:
    other = at + by
    if 0 <= at < len(entries) and 0 <= other < len(entries):
        entries[at], entries[other] = entries[other], entries[at]
