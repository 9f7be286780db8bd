"""``licences/`` of a city's folder as one content: read, checked, written back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from yishi.foundation.approvals import catalogue as approvals
from yishi.foundation.approvals.catalogue.checks import read_offices
from yishi.foundation.cases.catalogue_errors import CatalogueError, Problem
from yishi.foundation.cases.catalogue_fields import Fields
from yishi.foundation.cases.catalogue_yaml import Located, from_plain, plain, read_folder
from yishi.systems.pledge_licences.catalogue import reading
from yishi.systems.pledge_licences.catalogue.checks import Placed, problems_of
from yishi.systems.pledge_licences.catalogue.model import (
    Book,
    Forbidden,
    Licence,
    Limits,
    Profile,
    Text,
    Trade,
)
from yishi.systems.pledge_licences.catalogue.supervising import read_supervision
from yishi.systems.pledge_licences.catalogue.texting import read_text

FOLDER = "licences"
PROFILES, FORBIDDEN, SUPERVISION = "profiles.yaml", "forbidden.yaml", "supervision.yaml"
_SINGLE = (PROFILES, FORBIDDEN, SUPERVISION)
_MANY = ("items", "texts", "trades")


def parse_folder(folder: Path) -> dict[str, Any]:
    """Canonical content of ``licences/``, compared with the city's single items beside it.

    Raises:
        CatalogueError: with every fault, its file and line.
    """
    paths = [folder / name for name in _SINGLE]
    for part in _MANY:
        paths += sorted((folder / part).glob("*.yaml"))
    trees = read_folder(folder, paths)
    items = approvals.load_book(folder.parent / "services")
    offices = read_offices(folder.parent)
    functions = offices.functions if offices else None
    _assemble(trees, items, functions)
    return {name: plain(tree) for name, tree in trees.items()}


def from_content(content: Mapping[str, Any]) -> Book:
    """The book of a stored version. Raises CatalogueError."""
    trees = {str(name): from_plain(value) for name, value in content.items()}
    return _assemble(trees, None, None)


def dump_folder(content: Mapping[str, Any], folder: Path) -> None:
    """Write *content* as files; reading them gives the same content."""
    for name, value in content.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=1_000)
        path.write_text(text, encoding="utf-8", newline="\n")


class _Reader:
    """Collects what the files hold."""

    def __init__(self, trees: Mapping[str, Located]) -> None:
        self.trees, self.problems = trees, list[Problem]()

    def part(self, name: str) -> list[tuple[str, Located]]:
        """The files of a folder with their trees."""
        return [(file, tree) for file, tree in self.trees.items() if file.startswith(name + "/")]

    def profiles(self) -> tuple[list[Placed[Profile]], Limits]:
        """How long a first check may take, and the limits of what follows."""
        fields = Fields(self.trees[PROFILES], PROFILES, self.problems)
        found = [
            Placed(reading.read_profile(node, PROFILES, self.problems), PROFILES, node.line)
            for node in fields.items("profiles")
        ]
        limits = reading.read_limits(fields.nested("limits"))
        fields.done()
        return found, limits

    def licences(self) -> list[Placed[Licence]]:
        found: list[Placed[Licence]] = []
        for file, tree in self.part("items"):
            fields = Fields(tree, file, self.problems)
            department = fields.text("department", most=60)
            for node in fields.items("items"):
                read = reading.read_licence(node, department, file, self.problems)
                found.append(Placed(read, file, node.line))
            fields.done()
        return found

    def trades(self) -> list[Placed[Trade]]:
        found: list[Placed[Trade]] = []
        for file, tree in self.part("trades"):
            fields = Fields(tree, file, self.problems)
            group = fields.text("group", required=False, most=40)
            for node in fields.items("trades"):
                read = reading.read_trade(node, group, file, self.problems)
                found.append(Placed(read, file, node.line))
            fields.done()
        return found

    def texts(self) -> dict[str, Text]:
        found: dict[str, Text] = {}
        for file, tree in self.part("texts"):
            text = read_text(tree, file, self.problems)
            if text.key in found:
                self.problems.append(Problem(file, tree.line, "key", f"文本 {text.key} 重复"))
            found[text.key] = text
        return found

    def forbidden(self) -> tuple[Forbidden, ...]:
        fields = Fields(self.trees[FORBIDDEN], FORBIDDEN, self.problems)
        found = [
            read(node, FORBIDDEN, self.problems)
            for name, read in (("words", reading.read_word), ("items", reading.read_never))
            for node in fields.items(name, required=False)
        ]
        fields.done()
        return tuple(found)


def _assemble(
    trees: Mapping[str, Located], items: approvals.Book | None, functions: frozenset[str] | None
) -> Book:
    missing = [Problem(name, 0, "", "缺少文件") for name in _SINGLE if name not in trees]
    reader = _Reader(trees)
    if not missing and not reader.part("items"):
        missing.append(Problem("items", 0, "", "没有清单文件 items/*.yaml"))
    if missing:
        raise CatalogueError(missing)
    licences = reader.licences()
    trades = reader.trades()
    profiles, limits = reader.profiles()
    book = Book(
        {one.found.key: one.found for one in licences},
        {one.found.key: one.found for one in profiles},
        reader.texts(),
        {one.found.key: one.found for one in trades},
        read_supervision(trees[SUPERVISION], SUPERVISION, reader.problems),
        reader.forbidden(),
        limits,
    )
    problems = [*reader.problems, *problems_of(licences, trades, book, items, functions)]
    if problems:
        raise CatalogueError(problems)
    return book
