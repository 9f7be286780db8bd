"""Labelled texts from CSV and Excel files, by the names of their columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from yishi.foundation.recognition.grams import FIELD

#: UTF-8 with or without a mark, then what Chinese office programs write.
ENCODINGS = ("utf-8-sig", "gb18030")


class RowsError(ValueError):
    """A file that cannot be read as asked; names the file, and the row or column."""


@dataclass(frozen=True, slots=True)
class Row:
    """A text with its label; ``number`` counts the rows of the file from 1, after the header."""

    number: int
    text: str
    label: str


def read_rows(path: Path, columns: Sequence[str], label: str | None) -> list[Row]:
    """The rows of *path* that have words: the *columns* side by side (see ``grams.FIELD``), and the
    *label*.

    Raises:
        RowsError: when a column is missing, or the file cannot be read.
    """
    lines = _workbook(path) if path.suffix.lower() == ".xlsx" else _csv(path)
    header = next(lines, None)
    if not header:
        raise RowsError(f"{path.name}：文件为空")
    names = [name.strip() for name in header]
    wanted = [*columns, *([label] if label else [])]
    missing = [name for name in wanted if name not in names]
    if missing:
        raise RowsError(f"{path.name}：没有列 {'、'.join(missing)}；已有 {'、'.join(names)}")
    places = [names.index(name) for name in columns]
    own = names.index(label) if label else None
    rows = []
    for number, line in enumerate(lines, start=1):
        cells = [*line, *[""] * (len(names) - len(line))]
        text = FIELD.join(cells[place].strip() for place in places)
        known = cells[own].strip() if own is not None else ""
        if text.strip(FIELD) and (known or own is None):
            rows.append(Row(number, text, known))
    return rows


def _csv(path: Path) -> Iterator[list[str]]:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise RowsError(f"{path.name}：{error.strerror}") from error
    for encoding in ENCODINGS:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        break
    else:
        raise RowsError(f"{path.name}：编码应为 UTF-8 或 GB18030")
    csv.field_size_limit(10_000_000)
    try:
        yield from csv.reader(io.StringIO(text, newline=""))
    except csv.Error as error:
        raise RowsError(f"{path.name}：{error}") from error


def _workbook(path: Path) -> Iterator[list[str]]:
    import zipfile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (OSError, InvalidFileException, zipfile.BadZipFile, KeyError) as error:
        raise RowsError(f"{path.name}：不是可以读取的工作簿") from error
    try:
        for line in book.worksheets[0].iter_rows(values_only=True):
            yield ["" if cell is None else str(cell) for cell in line]
    finally:
        book.close()
