"""The catalogue of city events: read from a folder or from stored content, checked, written.

A folder holds one YAML file a main class (``component-01-public-utilities.yaml``) and, where a
limit runs only in part of the year, ``seasons.yaml``. The city's vocabulary of functions is
``functions.yaml`` beside the folder.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from yishi.foundation.cases.catalogue_errors import CatalogueError, Problem
from yishi.foundation.cases.catalogue_fields import Fields
from yishi.foundation.cases.catalogue_yaml import Located, from_plain, read_yaml
from yishi.systems.city_events.catalogue.schema import FORMAT, read_group, read_seasons
from yishi.systems.city_events.catalogue.types import (
    Catalogue,
    EventType,
    Group,
    Merge,
    Season,
    Standard,
    Suggestion,
    plain,
)
from yishi.systems.city_events.catalogue.writing import group_content, season_content

__all__ = [
    "Catalogue",
    "CatalogueError",
    "EventType",
    "Group",
    "Merge",
    "Problem",
    "Season",
    "Standard",
    "Suggestion",
    "dump_folder",
    "folder_notes",
    "from_content",
    "load_catalogue",
    "parse_folder",
    "to_content",
    "with_files",
]

SYSTEM = "city_events"
SEASONS = "seasons.yaml"
NEAR = 0.2
"""Names whose edit distance is at most this share of the longer one are near-duplicates."""


def load_catalogue(
    folder: Path,
    *,
    vocabulary: Collection[str] | None = None,
    staffed: Collection[str] | None = None,
) -> Catalogue:
    """Read and check the catalogue in *folder*.

    *vocabulary*: function codes that exist; by default those of ``functions.yaml`` beside the
    folder, unchecked if there is none. *staffed*: function codes that some unit has.

    Raises:
        CatalogueError: with every fault, its file and line.
    """
    folder = Path(folder)
    if vocabulary is None:
        vocabulary = read_vocabulary(folder.parent / "functions.yaml")
    files = sorted(folder.glob("*.yaml")) if folder.is_dir() else []
    if not [path for path in files if path.name != SEASONS]:
        raise CatalogueError([Problem(folder.name, 0, "", "文件夹不存在，或者没有事项文件 *.yaml")])
    problems: list[Problem] = []
    seasons: tuple[Season, ...] = ()
    trees: list[tuple[str, Located]] = []
    for path in files:
        try:
            tree = read_yaml(path.read_bytes(), path.name)
        except CatalogueError as error:
            problems.extend(error.problems)
        except OSError as error:
            problems.append(Problem(path.name, 0, "", f"无法读取：{error.strerror}"))
        else:
            if path.name == SEASONS:
                seasons = read_seasons(tree, path.name, problems)
            else:
                trees.append((path.name, tree))
    return _assemble(trees, seasons, problems, vocabulary, staffed)


def from_content(content: Mapping[str, Any], *, checked: bool = False) -> Catalogue:
    """The catalogue that stored *content* describes; *checked*: its names were compared before.

    Raises:
        CatalogueError: if it describes none.
    """
    problems: list[Problem] = []
    root = Fields(from_plain(dict(content)), "content", problems)
    if root.text("format", most=4) != FORMAT:
        root.fault("format", f"只能读取格式 {FORMAT}")
    season_items = root.items("seasons", required=False)
    seasons: tuple[Season, ...] = ()
    if season_items:
        tree = Located({"format": Located(FORMAT, 0), "seasons": Located(list(season_items), 0)}, 0)
        seasons = read_seasons(tree, "content", problems)
    trees = []
    for item in root.items("groups"):
        fields = {"format": Located(FORMAT, 0)} | item.value if isinstance(item.value, dict) else {}
        trees.append(("content", Located(fields or item.value, item.line)))
    root.done()
    return _assemble(trees, seasons, problems, None, None, names=not checked)


def with_files(
    catalogue: Catalogue, files: Mapping[str, bytes], vocabulary: Collection[str]
) -> Catalogue:
    """*catalogue* with *files* in the place of those of the same names.

    Raises:
        CatalogueError: with every fault, its file and line.
    """
    problems: list[Problem] = []
    seasons, trees = catalogue.seasons, []
    for name, data in files.items():
        try:
            tree = read_yaml(data, name)
        except CatalogueError as error:
            problems.extend(error.problems)
            continue
        if name == SEASONS:
            seasons = read_seasons(tree, name, problems)
        else:
            trees.append((name, tree))
    for group in catalogue.groups:
        if file_name(group) not in files:
            content = {"format": int(FORMAT)} | group_content(group)
            trees.append((file_name(group), from_plain(content)))
    return _assemble(trees, seasons, problems, vocabulary, None)


def to_content(catalogue: Catalogue) -> dict[str, Any]:
    """Canonical content for storage: the same catalogue always gives the same content."""
    return {
        "format": int(FORMAT),
        "seasons": [season_content(season) for season in catalogue.seasons],
        "groups": [group_content(group) for group in catalogue.groups],
    }


def parse_folder(folder: Path) -> dict[str, Any]:
    """Canonical content of *folder* (see ``load_catalogue``); the routing table and the model of
    the recogniser beside it, where there are any, are checked against it."""
    from yishi.systems.city_events.recognition.telling_apart import check_examples
    from yishi.systems.city_events.routing.seed import check_beside

    found = load_catalogue(folder)
    check_beside(Path(folder), found)
    check_examples(Path(folder), found)
    return to_content(found)


def folder_notes(folder: Path) -> Sequence[str]:
    """What is no fault of *folder* and still wants to be seen."""
    from yishi.systems.city_events.recognition.telling_apart import unlearnt
    from yishi.systems.city_events.routing.seed import notes

    found = load_catalogue(folder)
    new = unlearnt(Path(folder), found)
    learn = [f"注意：识别模型还没有学过：{'、'.join(new)}（yishi events learn）"] if new else []
    return [*notes(Path(folder), found), *learn]


def dump_folder(content: Mapping[str, Any], folder: Path) -> None:
    """Write *content* as files; reading them gives the same content, writing again the same bytes.

    Files of main classes that *content* does not have are left alone.
    """
    catalogue = from_content(content)
    folder.mkdir(parents=True, exist_ok=True)
    if catalogue.seasons:
        seasons = [season_content(season) for season in catalogue.seasons]
        _write(folder / SEASONS, {"format": int(FORMAT), "seasons": seasons})
    for group in catalogue.groups:
        _write(folder / file_name(group), {"format": int(FORMAT)} | group_content(group))


def file_name(group: Group) -> str:
    """The name of a main class's file."""
    return f"{group.kind}-{group.main}-{group.slug}.yaml"


def read_vocabulary(path: Path) -> frozenset[str] | None:
    """Function codes of ``functions.yaml`` (a list of mappings with ``code``, or code: name).

    None if there is no such file. Raises CatalogueError for a file that cannot be read.
    """
    if not path.is_file():
        return None
    tree = read_yaml(path.read_bytes(), path.name)
    while isinstance(tree.value, dict) and isinstance(tree.value.get("functions"), Located):
        tree = tree.value["functions"]
    if isinstance(tree.value, dict):
        return frozenset(tree.value)
    codes = set()
    for item in tree.value if isinstance(tree.value, list) else ():
        code = item.value.get("code") if isinstance(item.value, dict) else item
        if code is not None and isinstance(code.value, str):
            codes.add(code.value)
    return frozenset(codes)


class _Dumper(yaml.SafeDumper):
    """Block style, with short lists and merge rules on one line."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> Any:
        flat = all(isinstance(item, str) for item in sequence)
        return super().represent_sequence(tag, sequence, flow_style=flat)

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> Any:
        flat = isinstance(mapping, dict) and ("metres" in mapping or "object" in mapping)
        return super().represent_mapping(tag, mapping, flow_style=flat)


def _write(path: Path, content: Mapping[str, Any]) -> None:
    text = yaml.dump(
        dict(content), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1_000
    )
    path.write_text(text, encoding="utf-8", newline="\n")


def _assemble(
    trees: list[tuple[str, Located]],
    seasons: tuple[Season, ...],
    problems: list[Problem],
    vocabulary: Collection[str] | None,
    staffed: Collection[str] | None,
    *,
    names: bool = True,
) -> Catalogue:
    groups: list[Group] = []
    placed: list[tuple[EventType, str, int]] = []
    for file, tree in trees:
        group, lines = read_group(tree, file, seasons, problems)
        for other in groups:
            if (other.kind, other.main) == (group.kind, group.main):
                problems.append(Problem(file, tree.line, "main", "同一大类出现在两个文件中"))
        groups.append(group)
        placed.extend((found, file, lines[found.key]) for found in group.types)
    problems.extend(_function_problems(placed, vocabulary, staffed))
    if names:
        problems.extend(_name_problems(placed))
    if problems:
        raise CatalogueError(problems)
    groups.sort(key=lambda group: (group.kind, group.main))
    return Catalogue(tuple(groups), seasons)


def _function_problems(
    placed: list[tuple[EventType, str, int]],
    vocabulary: Collection[str] | None,
    staffed: Collection[str] | None,
) -> Iterator[Problem]:
    for found, file, line in placed:
        for field, code in (
            ("function", found.function),
            ("supervision", found.supervision),
            *(("whistle", code) for code in found.whistle),
        ):
            if not code:
                continue
            if vocabulary is not None and code not in vocabulary:
                yield Problem(file, line, field, f"{found.name}：未知职能“{code}”")
            elif staffed is not None and code not in staffed:
                yield Problem(file, line, field, f"{found.name}：没有单位承担职能“{code}”")


def _name_problems(placed: list[tuple[EventType, str, int]]) -> Iterator[Problem]:
    """Doubled names and aliases, and names so near that one is probably the other."""
    owners: dict[str, EventType] = {}
    for found, file, line in placed:
        for text in (found.name, *found.aliases):
            key = _compared(text)
            other = owners.setdefault(key, found) if key else found
            if other is not found:
                yield Problem(file, line, "name", f"“{text}”与 {other.key} {other.name} 重名")
    names = [_compared(found.name) for found, _, _ in placed]
    for later, earlier in _near(names):
        found, file, line = placed[later]
        before = placed[earlier][0]
        if not _declared(found, before):
            message = f"“{found.name}”与 {before.key}“{before.name}”过于相近"
            remedy = "；确属不同事项请写入 distinct_from"
            yield Problem(file, line, "name", message + remedy)


def _near(names: Sequence[str]) -> Iterator[tuple[int, int]]:
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


def _declared(one: EventType, other: EventType) -> bool:
    return other.name in one.distinct_from or one.name in other.distinct_from


def _compared(name: str) -> str:
    """A name without signs and filler words."""
    text = "".join(char for char in plain(name) if char.isalnum())
    for filler in ("问题", "现象", "行为"):
        text = text.removesuffix(filler) or text
    return text
