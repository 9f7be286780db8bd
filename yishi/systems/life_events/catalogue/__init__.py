"""The themes of a city: folder → content → themes, with every fault named by file and line.

The items themselves are the foundation's (`approvals`); a theme refers to them by key.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from yishi.foundation.approvals.catalogue import Book, load_book
from yishi.foundation.approvals.catalogue.checks import read_offices
from yishi.foundation.cases.catalogue_errors import CatalogueError, Problem
from yishi.foundation.cases.catalogue_yaml import Located, from_plain, read_yaml
from yishi.systems.life_events.catalogue.checking import Placed, notes_of, problems_of
from yishi.systems.life_events.catalogue.model import National, Theme, Themes
from yishi.systems.life_events.catalogue.reading import (
    file_content,
    read_national,
    read_theme,
    theme_content,
)

SYSTEM = "life_events"
FOLDER = "services"
THEMES, NATIONAL = "themes", "national"


def parse_folder(folder: Path) -> dict[str, Any]:
    """The content of a city's ``services`` folder, checked against its items.

    Raises:
        CatalogueError: naming every fault with file and line.
    """
    return parse(folder, load_book(folder))


def parse(folder: Path, book: Book) -> dict[str, Any]:
    """The content of ``themes/`` and ``national/`` below *folder*, checked against *book*.

    Raises:
        CatalogueError: naming every fault with file and line.
    """
    problems: list[Problem] = []
    national: dict[str, National] = {}
    for path in sorted((folder / NATIONAL).glob("*.yaml")):
        file = f"{NATIONAL}/{path.name}"
        tree = _tree(path, file, problems)
        if tree is not None:
            national[path.stem] = read_national(tree, path.stem, file, problems)
    placed: list[Placed] = []
    for path in sorted((folder / THEMES).glob("*.yaml")):
        file = f"{THEMES}/{path.name}"
        tree = _tree(path, file, problems)
        if tree is None:
            continue
        theme, lines = read_theme(tree, file, problems)
        if theme.key and theme.key != path.stem:
            problems.append(
                Problem(file, lines.get("key", 0), "key", f"文件名应为 {theme.key}.yaml")
            )
        placed.append(Placed(theme, file, lines))
    if not problems:
        offices = read_offices(folder.parent)
        functions = offices.functions if offices else None
        problems += problems_of(placed, national, book, functions)
    if problems:
        raise CatalogueError(problems)
    return content_of(Themes({one.theme.key: one.theme for one in placed}, national))


def _tree(path: Path, file: str, problems: list[Problem]) -> Located | None:
    try:
        return read_yaml(path.read_bytes(), file)
    except CatalogueError as error:
        problems += error.problems
        return None


def content_of(themes: Themes) -> dict[str, Any]:
    """What is stored of *themes*."""
    return {
        "themes": [theme_content(theme) for _, theme in sorted(themes.themes.items())],
        "national": {
            key: {"list": one.title, "document": one.document, "names": list(one.names)}
            for key, one in sorted(themes.national.items())
        },
    }


def from_content(content: Mapping[str, Any]) -> Themes:
    """The themes of stored *content*; raises CatalogueError for what cannot be read.

    What themes say of items was checked against the items in force when they were stored.
    """
    problems: list[Problem] = []
    found: dict[str, Theme] = {}
    listed = content.get("themes")
    for raw in listed if isinstance(listed, list) else ():
        theme, _ = read_theme(from_plain(raw), "content", problems)
        if theme.key in found:
            problems.append(Problem("content", 0, "key", f"{theme.key} 重复"))
        found[theme.key] = theme
    lists = content.get("national")
    national = {
        str(key): read_national(from_plain(raw), str(key), "content", problems)
        for key, raw in (lists.items() if isinstance(lists, Mapping) else ())
    }
    if problems:
        raise CatalogueError(problems)
    return Themes(found, national)


def check_theme(raw: Mapping[str, Any], themes: Themes, book: Book) -> Theme:
    """A theme as the browser sends it, checked beside all others; raises CatalogueError."""
    problems: list[Problem] = []
    theme, lines = read_theme(from_plain(raw), "", problems)
    if not problems:
        others = [Placed(one, "", {}) for key, one in themes.themes.items() if key != theme.key]
        placed = Placed(theme, theme.key, lines)
        problems += [
            problem
            for problem in problems_of([*others, placed], themes.national, book, None)
            if problem.file == theme.key
        ]
    if problems:
        raise CatalogueError(Problem("", 0, one.field, one.message) for one in problems)
    return theme


def with_theme(themes: Themes, theme: Theme) -> Themes:
    """*themes* with *theme* in the place of the one of its key."""
    return Themes({**themes.themes, theme.key: theme}, themes.national)


def notes(themes: Themes) -> list[str]:
    """What is no fault and still wants to be seen."""
    return list(notes_of(themes))


def folder_notes(folder: Path) -> list[str]:
    """Notes on a city's ``services`` folder."""
    return notes(from_content(parse_folder(folder)))


class _Dumper(yaml.SafeDumper):
    """Block style with conditions, orders and short lists on one line."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> Any:
        flat = all(not isinstance(item, (list, dict)) or "fact" in item for item in sequence)
        return super().represent_sequence(tag, sequence, flow_style=flat)

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> Any:
        flat = isinstance(mapping, dict) and bool({"fact", "gives"} & set(mapping))
        return super().represent_mapping(tag, mapping, flow_style=flat)


ILLUSTRATIVE = "# 示意：事项组合、顺序和承诺时限为示意，以本地发布的办事指南为准。\n"


def dump_folder(content: Mapping[str, Any], folder: Path) -> None:
    """Write *content* as files; reading them gives the same content."""
    themes = from_content(content)
    for name in (THEMES, NATIONAL):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for theme in themes.themes.values():
        _write(folder / THEMES / f"{theme.key}.yaml", file_content(theme))
    for key, one in content_of(themes)["national"].items():
        _write(folder / NATIONAL / f"{key}.yaml", one)


def _write(path: Path, content: Mapping[str, Any]) -> None:
    text = yaml.dump(
        dict(content), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1_000
    )
    path.write_text(ILLUSTRATIVE + text, encoding="utf-8", newline="\n")
