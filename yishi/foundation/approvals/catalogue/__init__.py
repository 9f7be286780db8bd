"""The catalogue of single items (单项事项): read from a city's folders, checked, written.

A folder holds ``fields/*.yaml``, ``materials/*.yaml`` and ``items/*.yaml`` (one file a
department). Beside the general one (``services``) systems register folders of their own with the
same format; all of a city's folders make one book.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from yishi.foundation.approvals.catalogue import checks
from yishi.foundation.approvals.catalogue.checks import Offices, Placed
from yishi.foundation.approvals.catalogue.conditions import AnyOf, Term, When, holds, read_when
from yishi.foundation.approvals.catalogue.model import (
    Book,
    FieldSpec,
    Item,
    Material,
    Result,
    Source,
    Wanted,
)
from yishi.foundation.approvals.catalogue.reading import (
    days_of,
    read_field,
    read_item,
    read_material,
)
from yishi.foundation.approvals.catalogue.writing import (
    field_content,
    item_content,
    material_content,
    write_files,
)
from yishi.foundation.cases.catalogue_errors import CatalogueError, Problem
from yishi.foundation.cases.catalogue_fields import Fields
from yishi.foundation.cases.catalogue_yaml import Located, from_plain, read_yaml

__all__ = [
    "AnyOf",
    "Book",
    "CatalogueError",
    "FieldSpec",
    "Item",
    "Material",
    "Problem",
    "Result",
    "Source",
    "Term",
    "Wanted",
    "When",
    "book_of",
    "days_of",
    "dump_folder",
    "from_content",
    "holds",
    "load_book",
    "parse_folder",
    "read_when",
    "register_folder",
    "to_content",
]

SYSTEM = "approvals"
FORMAT = "1"
#: Folders of a city that hold items, by name.
FOLDERS: list[str] = ["services"]
_Reader = Callable[[Located, str, list[Problem]], Iterator[Placed[Any]]]


def register_folder(name: str) -> None:
    """Let a further folder of cities hold items (called from a system's ``ready``)."""
    if name not in FOLDERS:
        FOLDERS.append(name)


def load_book(folder: Path) -> Book:
    """Read and check the items of *folder* and of the registered folders beside it.

    Raises:
        CatalogueError: with every fault, its file and line.
    """
    folder = Path(folder)
    problems: list[Problem] = []
    offices = checks.read_offices(folder.parent)
    folders = [folder, *(folder.parent / name for name in FOLDERS if name != folder.name)]
    found: dict[str, list[Placed[Any]]] = {"fields": [], "materials": [], "items": []}
    for one in folders:
        for what, reader in _READERS.items():
            for path in sorted((one / what).glob("*.yaml")):
                name = f"{one.name}/{what}/{path.name}"
                try:
                    tree = read_yaml(path.read_bytes(), name)
                except CatalogueError as error:
                    problems.extend(error.problems)
                except OSError as error:
                    problems.append(Problem(name, 0, "", f"无法读取：{error.strerror}"))
                else:
                    found[what] += reader(tree, name, problems)
    if not found["items"] and not problems:
        raise CatalogueError([Problem(folder.name, 0, "", "没有事项文件 items/*.yaml")])
    return _assemble(found, problems, offices)


def parse_folder(folder: Path) -> dict[str, Any]:
    """Canonical content of *folder* and the registered ones beside it (see :func:`load_book`)."""
    return to_content(load_book(folder))


def to_content(book: Book) -> dict[str, Any]:
    """Canonical content for storage: the same book always gives the same content."""
    return {
        "format": int(FORMAT),
        "fields": [field_content(one) for one in book.fields.values()],
        "materials": [material_content(one) for one in book.materials.values()],
        "items": [item_content(one) for one in book.items.values()],
    }


def from_content(content: Mapping[str, Any], *, checked: bool = False) -> Book:
    """The book that stored *content* describes; *checked*: its names were compared before.

    Raises:
        CatalogueError: if it describes none.
    """
    problems: list[Problem] = []
    root = Fields(from_plain(dict(content)), "content", problems)
    if root.text("format", most=4) != FORMAT:
        root.fault("format", f"只能读取格式 {FORMAT}")
    found: dict[str, list[Placed[Any]]] = {}
    for what in _READERS:
        found[what] = []
        for node in root.items(what, required=False):
            own = dict(node.value) if isinstance(node.value, dict) else {}
            file = str(own.pop("file", Located("content", 0)).value)
            if what == "items":
                department = str(own.pop("department", Located("", 0)).value)
                read: Any = read_item(Located(own, 0), department, file, problems)
            else:
                key = str(own.pop("key", Located("", 0)).value)
                read = (read_field if what == "fields" else read_material)(
                    key, Located(own, 0), file, problems
                )
            found[what].append(Placed(read, file, 0))
    root.done()
    return _assemble(found, problems, None, names=not checked)


def dump_folder(content: Mapping[str, Any], folder: Path) -> None:
    """Write *content* as files below the city folder that *folder* lies in: each entry goes back
    into its own file; reading them gives the same content."""
    from_content(content)
    write_files(content, Path(folder))


@lru_cache(maxsize=8)
def book_of(version: int) -> Book:
    """The book of one stored version; versions never change, so the copy never ages."""
    from yishi.foundation.cases.models import CatalogueVersion

    content = CatalogueVersion.objects.values_list("content", flat=True).get(pk=version)
    return from_content(content, checked=True)


def _entries(
    what: str, read: Callable[[str, Located, str, list[Problem]], Any]
) -> Callable[[Located, str, list[Problem]], Iterator[Placed[Any]]]:
    def reader(tree: Located, file: str, problems: list[Problem]) -> Iterator[Placed[Any]]:
        root = Fields(tree, file, problems)
        nested = root.nested(what)
        root.done()
        if nested is None:
            root.fault(what, "缺少必填字段")
            return
        for key, node in nested.members:
            yield Placed(read(key, node, file, problems), file, node.line)

    return reader


def _items(tree: Located, file: str, problems: list[Problem]) -> Iterator[Placed[Item]]:
    root = Fields(tree, file, problems)
    department = root.text("department", most=40)
    nodes = root.items("items")
    root.done()
    for node in nodes:
        yield Placed(read_item(node, department, file, problems), file, node.line)


_READERS: dict[str, _Reader] = {
    "fields": _entries("fields", read_field),
    "materials": _entries("materials", read_material),
    "items": _items,
}


def _assemble(
    found: Mapping[str, Sequence[Placed[Any]]],
    problems: list[Problem],
    offices: Offices | None,
    *,
    names: bool = True,
) -> Book:
    fields, materials, items = (list(found[what]) for what in ("fields", "materials", "items"))
    for what, placed in (("字段", fields), ("材料", materials), ("事项", items)):
        problems += checks.double_keys(what, placed)
    book = Book(
        {one.found.key: one.found for one in fields},
        {one.found.key: one.found for one in materials},
        {one.found.key: one.found for one in items},
    )
    problems += checks.item_references(items, book.fields, book.materials, offices)
    if names:
        problems += checks.field_names(fields)
        problems += checks.material_names(materials)
        problems += checks.item_names(items)
    if problems:
        raise CatalogueError(problems)
    return book
