"""The city's construction folder, and copies of it with one text changed."""

from __future__ import annotations

import shutil
from pathlib import Path

from yishi.systems.construction.catalogue import Book, from_content, parse_folder

FOLDER = Path(__file__).parents[4] / "cities" / "xiangyang" / "construction"


def book() -> Book:
    return from_content(parse_folder(FOLDER))


def changed(target: Path, file: str, old: str, new: str) -> Path:
    """A copy of the folder in which *old* (once) in *file* reads *new*."""
    shutil.copytree(FOLDER, target)
    path = target / file
    text = path.read_text(encoding="utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return target


def line_of(file: str, text: str) -> int:
    """The line on which *text* first stands in the city's *file*."""
    lines = (FOLDER / file).read_text(encoding="utf-8").splitlines()
    return next(n for n, line in enumerate(lines, 1) if text in line)
