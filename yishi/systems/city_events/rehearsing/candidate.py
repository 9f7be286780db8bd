"""What is rehearsed: the files that differ from what is in force, and in what they differ.

Only that is put in place of what held when a decision was made; all else stays as it was then. A
file that says nothing new changes nothing, whatever older versions history was decided by.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from yishi.foundation.cases.catalogue_errors import CatalogueError
from yishi.foundation.recognition.model import Model, ModelError
from yishi.foundation.recognition.model import load as load_model
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.errors import RuleFileError
from yishi.foundation.rulebook.proposals import Proposal, propose
from yishi.foundation.rulebook.rulefile import RuleFile, parse_rules
from yishi.foundation.rulebook.store import Rulebook
from yishi.systems.city_events.catalogue import SEASONS, with_files
from yishi.systems.city_events.catalogue.types import Catalogue, EventType, Group, Standard, plain
from yishi.systems.city_events.routing.checks import problems
from yishi.systems.city_events.routing.reading import FILE as ROUTING
from yishi.systems.city_events.routing.reading import read_routing, row_content
from yishi.systems.city_events.routing.table import Row, Table

T = TypeVar("T")
_GROUP = re.compile(r"(component|event)-[0-9]{2}-[A-Za-z0-9-]+\.yaml")
MODEL_FILES = ("model.json", "weights.npz")


@dataclass(frozen=True, slots=True)
class Input:
    """A file that was given: what it is, its SHA-256, and how many things it changes."""

    name: str
    kind: str
    hash: str
    changes: int = 0


@dataclass(frozen=True)
class Types:
    """Changed types: as they are in force, and as proposed; ``None`` for one that is not there."""

    before: Mapping[str, EventType | None] = field(default_factory=dict)
    after: Mapping[str, EventType | None] = field(default_factory=dict)
    #: Words whose meaning changes: a text without any of them means what it meant.
    words: tuple[str, ...] = ()

    @cached_property
    def texts_matter(self) -> frozenset[str]:
        """The types for which the words of a report decide otherwise."""
        return frozenset(
            key
            for key, kind in self.after.items()
            if kind is not None and _pointers(kind) != _pointers(self.before.get(key))
        )

    def patched(self, past: Catalogue) -> Catalogue:
        """*past* with what changes put in its place; the very same when nothing does."""
        if not self.after:
            return past
        left = dict(self.after)
        groups = []
        for group in past.groups:
            kinds = []
            for kind in group.types:
                after = left.pop(kind.key, kind)
                if after is not None:
                    before = self.before.get(kind.key)
                    kinds.append(merged(kind, before, after) if before else after)
            groups.append(replace(group, types=tuple(kinds)))
        for kind in filter(None, left.values()):
            groups.append(Group(kind.small, kind.kind, kind.main, kind.main_name, (kind,)))
        return Catalogue(tuple(groups), past.seasons)


def merged(past: EventType, before: EventType, after: EventType) -> EventType:
    """*past* with only those fields of *after* in which it differs from *before*."""
    found = _merged(past, before, after, {"key", "standards"})
    known = {one.code: one for one in past.standards}
    first = {one.code: one for one in before.standards}
    standards: list[Standard] = []
    for one in after.standards:
        if one.code in first and one.code in known:
            standards.append(_merged(known[one.code], first[one.code], one, set()))
        elif one.code not in first:
            standards.append(one)
    gone = {one.code for one in after.standards}
    standards += [one for one in past.standards if one.code not in first and one.code not in gone]
    return replace(found, standards=tuple(standards))


def _merged(past: T, before: T, after: T, leave: set[str]) -> T:
    changed = {
        one.name: getattr(after, one.name)
        for one in fields(after)  # type: ignore[arg-type]
        if one.name not in leave and getattr(after, one.name) != getattr(before, one.name)
    }
    return replace(past, **changed) if changed else past  # type: ignore[type-var]


def _pointers(kind: EventType | None) -> Any:
    """What the words of a report are compared with to find the standard."""
    return None if kind is None else [(one.code, one.signs) for one in kind.standards]


@dataclass(frozen=True)
class Routes:
    """Rows that go (their keys) and rows that come, as if they had held already."""

    gone: frozenset[str] = frozenset()
    new: tuple[Row, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.gone or self.new)

    def patched(self, past: Table) -> Table:
        """*past* with what changes put in its place."""
        if not self:
            return past
        kept = tuple(row for row in past.rows if row.key not in self.gone)
        return replace(past, rows=kept + self.new)


@dataclass(frozen=True)
class Candidate:
    """Everything that is rehearsed at once."""

    types: Types = field(default_factory=Types)
    routes: Routes = field(default_factory=Routes)
    rules: Proposal = field(default_factory=Proposal)
    model: Model | None = None
    inputs: tuple[Input, ...] = ()

    @property
    def reads_texts(self) -> bool:
        """Whether reporters' words are needed."""
        return bool(self.types.after or self.model or self.surer)

    @property
    def surer(self) -> bool:
        """Whether a text must be surer, or less sure, than now."""
        return "text_confidence" in self.rules.values


def read_candidate(
    files: Mapping[str, bytes],
    catalogue: Catalogue,
    table: Table,
    book: Rulebook,
    functions: Collection[str],
    model: str,
) -> Candidate:
    """What *files* (by their plain names) change of what is in force.

    A file of the catalogue takes the place of the file of the same name; the others stay. *model*
    is the version of the recogniser that is in force.

    Raises:
        FieldError: on ``files``, with file and line of every fault.
    """
    sorts, of = _sorted_files(files)
    try:
        given = of.get("catalogue", {})
        after = with_files(catalogue, given, functions) if given else catalogue
        types = changed_types(catalogue, after)
        proposed = read_routing(files[ROUTING]) if ROUTING in files else table
        wrong = problems(proposed, types.patched(catalogue), None)
        if wrong and proposed is not table:
            raise CatalogueError(wrong)
        rules = propose(_rule_files(of.get("rules", {})), book)
    except (CatalogueError, RuleFileError) as error:
        raise FieldError("files", str(error)) from error
    routes = changed_rows(table, proposed)
    read = _model(of.get("model", {}))
    proposed_model = None if read is None or read.version == model else read
    counts = {
        "catalogue": len(types.after),
        "routing": len(routes.gone | {row.key for row in routes.new}),
        "rules": len(rules.rules) + len(rules.values),
        "model": int(proposed_model is not None),
    }
    inputs = tuple(
        Input(name, sorts[name], hashlib.sha256(files[name]).hexdigest(), counts[sorts[name]])
        for name in sorted(files)
    )
    return Candidate(types, routes, rules, proposed_model, inputs)


def _sorted_files(
    files: Mapping[str, bytes],
) -> tuple[dict[str, str], dict[str, dict[str, bytes]]]:
    """The sort of each file by name, and the files of each sort.

    Raises:
        FieldError: on ``files``, for none at all or one that is of no sort.
    """
    sorts = {name: sort_of(name) for name in files}
    if not files or "" in sorts.values():
        odd = next((name for name, sort in sorts.items() if not sort), "")
        raise FieldError("files", f"不认识的文件“{odd}”" if odd else "请选择要预演的文件")
    of = {
        sort: {name: data for name, data in files.items() if sorts[name] == sort}
        for sort in set(sorts.values())
    }
    return sorts, of


def sort_of(name: str) -> str:
    """What a file is, by its name: ``catalogue``, ``routing``, ``rules``, ``model`` or nothing."""
    if name == ROUTING:
        return "routing"
    if name == SEASONS or _GROUP.fullmatch(name):
        return "catalogue"
    if name in MODEL_FILES:
        return "model"
    return "rules" if name.endswith(".yaml") else ""


def changed_types(before: Catalogue, after: Catalogue) -> Types:
    """In which types two catalogues differ."""
    keys = list({**before.by_key, **after.by_key})
    changed = [key for key in keys if before.by_key.get(key) != after.by_key.get(key)]
    return Types(
        {key: before.by_key.get(key) for key in changed},
        {key: after.by_key.get(key) for key in changed},
        changed_words(before, after) if changed else (),
    )


def changed_words(before: Catalogue, after: Catalogue) -> tuple[str, ...]:
    """The words of names, aliases and keywords that other types use, or with another weight."""
    one, other = _words(before), _words(after)
    return tuple(sorted(word for word in {*one, *other} if one.get(word) != other.get(word)))


def _words(catalogue: Catalogue) -> dict[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = {}
    for kind in catalogue.types:
        for weight, texts in ((2, kind.keywords), (3, (kind.name, *kind.aliases))):
            for text in texts:
                found.setdefault(plain(text), []).append((kind.key, weight))
    return found


def changed_rows(before: Table, after: Table) -> Routes:
    """In which rows two tables differ. New rows count from the beginning, and a row that is given
    an end goes: both are rehearsed as if it were so already."""
    known = {row.key: row for row in before.rows}
    changed = [
        row
        for row in after.rows
        if row.key not in known or row_content(known[row.key]) != row_content(row)
    ]
    gone = set(known) - {row.key for row in after.rows} | {row.key for row in changed}
    new = [
        replace(row, start=date.min, end=None)
        for row in changed
        if row.end is None or (row.key in known and known[row.key].end == row.end)
    ]
    return Routes(frozenset(gone), tuple(new))


def _rule_files(files: Mapping[str, bytes]) -> list[RuleFile]:
    return [parse_rules(data, name) for name, data in sorted(files.items())]


def _model(files: Mapping[str, bytes]) -> Model | None:
    if not files:
        return None
    with tempfile.TemporaryDirectory(prefix="yishi-rehearsal-") as name:
        for file, data in files.items():
            (Path(name) / file).write_bytes(data)
        try:
            return load_model(Path(name))
        except ModelError as error:
            raise FieldError(
                "files", "识别模型的两个文件 model.json 和 weights.npz 不完整"
            ) from error
