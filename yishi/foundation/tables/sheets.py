"""Reading workbooks (.xlsx) that people send: one sheet, one header, rows of checked cells.

The shared reader of every upload::

    COLUMNS = {"username": "用户名", "name": "姓名", "unit": "单位"}     # field → heading
    table = read_table(path_or_file, COLUMNS, required=("username", "name"))
    for row in table.rows():                      # reads as it goes
        for name, reason in row.faults():         # formulas, errors, merged cells …
            ...
        row.text("username"); row.moment("since"); row.number

Headings may be the Chinese label or the field's own name; rows above the header (a title, a note)
are passed over; rows without content too. The numbers of rows and columns are the spreadsheet's.

What is refused as a whole, with :class:`SheetError` (a ``FieldError`` on ``file`` or ``header``):
files that are no workbook, old ``.xls`` and encrypted ones, macros, archives that unpack to more
than ``Limits.unpacked``, more rows or columns than the limits, unknown, doubled or missing columns.
What is wrong with one cell stays with that cell. Dates come as dates, whatever their format, and
serial numbers are read with the workbook's own epoch (1900 or 1904). Nothing is ever computed:
a formula is a fault. Declarations of entities are refused by defusedxml, which openpyxl uses.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.tables.cells import BLANK, Cell, as_moment, cell_of

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

#: Rows in which the header is looked for.
HEADER_WITHIN = 20
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=\"([A-Z]{1,3}\d+):([A-Z]{1,3}\d+)\"")
_PLACE = re.compile(r"([A-Z]+)(\d+)")
_OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0"
_MOST_PARTS, _MOST_MERGES, _CHUNK = 2000, 20_000, 1 << 20


class SheetError(FieldError):
    """The file as a whole cannot be used; *field* is ``file`` or ``header``."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(field, message, "file")

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a workbook may be: bytes as sent and unpacked, rows with content, columns."""

    size: int = 10 * 1024 * 1024
    unpacked: int = 48 * 1024 * 1024
    rows: int = 5000
    columns: int = 60


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row below the header, by field; ``number`` as the spreadsheet counts (from 1)."""

    number: int
    cells: Mapping[str, Cell]
    epoch: datetime

    def text(self, name: str) -> str:
        """The field as text, ``""`` when the cell is blank or the column is missing."""
        return self.cells.get(name, BLANK).text

    def moment(self, name: str) -> datetime | str | None:
        """The field as a wall-clock time (naive), text that is none as it stands, or ``None``.

        Raises FieldError on *name* for a number or a time of day that is no date.
        """
        return as_moment(name, self.cells.get(name, BLANK), self.epoch)

    def faults(self) -> list[tuple[str, str]]:
        """(field, reason) of the cells that cannot be used."""
        return [(name, cell.fault) for name, cell in self.cells.items() if cell.fault]

    @property
    def blank(self) -> bool:
        """True for a row without content."""
        return all(cell.blank for cell in self.cells.values())


@dataclass(slots=True)
class SheetTable:
    """A sheet with a known header: ``places`` gives each field's column (from 1)."""

    title: str
    header_row: int
    places: Mapping[str, int]
    headings: Sequence[str]
    epoch: datetime
    _sheet: Any
    _limits: Limits
    _merged: Mapping[tuple[int, int], str] = field(default_factory=dict)

    def rows(self) -> Iterator[SheetRow]:
        """The rows with content, in their order; may be asked for again.

        Raises SheetError past the limit of rows, and for a sheet that breaks off.
        """
        count = 0
        width = max(self.places.values())
        for number, cells in _cells(self._sheet, self.header_row + 1, width):
            found = {name: self._cell(number, place, cells) for name, place in self.places.items()}
            row = SheetRow(number, found, self.epoch)
            if row.blank:
                continue
            count += 1
            if count > self._limits.rows:
                raise SheetError("file", f"表中超过 {self._limits.rows} 行，请分成几个文件")
            yield row

    def _cell(self, number: int, place: int, cells: Sequence[Any]) -> Cell:
        merged = self._merged.get((number, place))
        if merged:
            return Cell(None, f"单元格已合并（{merged}），请取消合并后逐格填写")
        if place > len(cells):
            return BLANK
        cell = cells[place - 1]
        return cell_of(cell.value, getattr(cell, "data_type", "n"))


def read_table(
    file: Path | IO[bytes],
    columns: Mapping[str, str],
    *,
    required: Sequence[str] = (),
    ignored: Sequence[str] = (),
    sheet: str = "",
    limits: Limits = LIMITS,
) -> SheetTable:
    """The table of a workbook: *columns* are field → heading, of which *required* must be there.

    Columns headed as in *ignored* are passed over, others that are unknown are refused. *sheet*
    names the sheet; without it the first visible one is read. Raises SheetError.
    """
    if isinstance(file, Path):
        file = _in_memory(file, limits)  # nothing stays open behind the rows
    merged_of = _checked_archive(file, limits)
    book = _opened(file)
    found = _sheet(book, sheet)
    number, headings = _header(found, columns, required, limits)
    places = _places(headings, columns, required, ignored)
    part = str(getattr(found, "_worksheet_path", "")).lstrip("/")
    merged = {
        at: text for at, text in merged_of(part).items() if at[0] > number
    }  # a title above the header may be merged
    return SheetTable(found.title, number, places, headings, book.epoch, found, limits, merged)


def _checked_archive(file: IO[bytes], limits: Limits) -> Any:
    """Refuse what must not be unpacked at all; returns a function that finds merged cells."""
    size, head = _size_and_head(file)
    if size > limits.size:
        raise SheetError("file", f"文件超过 {limits.size // 1024 // 1024} MB")
    if head.startswith(_OLD_OR_LOCKED):
        raise SheetError("file", "文件有密码保护，或是旧的 .xls 格式；请另存为不加密的 .xlsx")
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise SheetError("file", "文件不是 Excel 工作簿（.xlsx）") from error
    names = {part.filename.lower() for part in parts}
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > limits.unpacked:
        # zipfile never unpacks more than a part declares, so the sum is a bound that holds.
        raise SheetError("file", "文件解压后过大，可能是损坏或恶意的文件")
    if any(part.flag_bits & 1 for part in parts):
        raise SheetError("file", "文件有密码保护，请去掉密码")
    if any("vbaproject" in name or "macrosheets/" in name for name in names):
        raise SheetError("file", "文件带有宏，请另存为不带宏的 .xlsx")
    if "[content_types].xml" not in names or not any("workbook" in name for name in names):
        raise SheetError("file", "文件不是 Excel 工作簿（.xlsx）")
    return lambda part: _merged(file, part)


def _in_memory(path: Path, limits: Limits) -> IO[bytes]:
    with path.open("rb") as stream:
        return io.BytesIO(stream.read(limits.size + 1))


def _size_and_head(file: IO[bytes]) -> tuple[int, bytes]:
    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    head = file.read(8)
    file.seek(0)
    return size, head


def _opened(file: IO[bytes]) -> Workbook:
    from openpyxl import load_workbook

    try:
        return load_workbook(file, read_only=True, keep_links=False)
    except Exception as error:  # a parser on a stranger's file: it fails in any way there is
        raise SheetError("file", "读不懂这个工作簿，文件可能已损坏") from error


def _sheet(book: Workbook, wanted: str) -> Any:
    sheets = [s for s in book.worksheets if s.sheet_state == "visible"]
    if wanted:
        sheets = [s for s in sheets if s.title == wanted]
    if not sheets:
        raise SheetError("file", f"没有工作表“{wanted}”" if wanted else "工作簿里没有工作表")
    return sheets[0]


def _cells(sheet: Any, first: int, width: int) -> Iterator[tuple[int, Sequence[Any]]]:
    """(row number, cells) from row *first* on. A declared size of the sheet is not believed."""
    sheet.reset_dimensions()
    rows = sheet.iter_rows(min_row=first, max_col=width)
    number = first - 1
    while True:
        number += 1
        try:
            cells = next(rows)
        except StopIteration:
            return
        except Exception as error:  # as above: whatever the parser meets
            raise SheetError("file", f"工作表从第 {number} 行起读不懂，文件可能已损坏") from error
        if cells:
            yield number, cells


def _header(
    sheet: Any, columns: Mapping[str, str], required: Sequence[str], limits: Limits
) -> tuple[int, list[str]]:
    """The row that holds most of the headings among the first ones, and its texts."""
    known = {*columns, *columns.values()}
    best: tuple[int, int, list[str]] = (0, 0, [])
    for number, cells in _cells(sheet, 1, limits.columns + 1):
        if number > HEADER_WITHIN:
            break
        texts = [cell_of(c.value, getattr(c, "data_type", "n")).text for c in cells]
        while texts and not texts[-1]:
            texts.pop()
        score = sum(text in known for text in texts)
        if score > best[0]:
            best = (score, number, texts)
    if not best[0]:
        wanted = "、".join(columns[name] for name in required or columns)
        raise SheetError("header", f"找不到表头。表头应有这些列：{wanted}")
    if len(best[2]) > limits.columns:
        raise SheetError("header", f"表头超过 {limits.columns} 列")
    return best[1], best[2]


def _places(
    headings: Sequence[str],
    columns: Mapping[str, str],
    required: Sequence[str],
    ignored: Sequence[str],
) -> dict[str, int]:
    by_heading = {label: name for name, label in columns.items()} | {n: n for n in columns}
    places: dict[str, int] = {}
    unknown: list[str] = []
    for place, heading in enumerate(headings, start=1):
        name = by_heading.get(heading)
        if name is None:
            if heading and heading not in ignored:
                unknown.append(heading[:40])
        elif name in places:
            raise SheetError("header", f"表头中有重复的列：{columns[name]}")
        else:
            places[name] = place
    if unknown:
        allowed = "、".join(columns.values())
        raise SheetError("header", f"不认识的列：{'、'.join(unknown[:10])}。可用的列：{allowed}")
    missing = [columns[name] for name in required if name not in places]
    if missing:
        raise SheetError("header", f"缺少必需的列：{'、'.join(missing)}")
    return places


def _merged(file: IO[bytes], part: str) -> dict[tuple[int, int], str]:
    """The merged cells of a sheet as (row, column) → range, found without parsing the sheet."""
    found: dict[tuple[int, int], str] = {}
    try:
        with zipfile.ZipFile(file) as archive, archive.open(part) as stream:
            rest = b""
            while chunk := stream.read(_CHUNK):
                text = rest + chunk
                end = 0
                for match in _MERGED.finditer(text):
                    end = match.end()
                    _add_range(found, match[1].decode(), match[2].decode())
                rest = text[max(end, len(text) - 200) :]
    except (zipfile.BadZipFile, zlib.error, KeyError, OSError, EOFError) as error:
        raise SheetError("file", "读不懂这个工作簿，文件可能已损坏") from error
    return found


def _add_range(found: dict[tuple[int, int], str], first: str, last: str) -> None:
    (left, top), (right, bottom) = _place(first), _place(last)
    if (right - left + 1) * (bottom - top + 1) + len(found) > _MOST_MERGES:
        raise SheetError("file", "表中有大片合并的单元格，请取消合并")
    for row in range(top, bottom + 1):
        for column in range(left, right + 1):
            found[row, column] = f"{first}:{last}"


def _place(text: str) -> tuple[int, int]:
    from openpyxl.utils import column_index_from_string

    matched = _PLACE.fullmatch(text)
    if matched is None:
        raise SheetError("file", "合并单元格的范围无效")
    try:
        return column_index_from_string(matched[1]), int(matched[2])
    except ValueError as error:
        raise SheetError("file", "合并单元格的范围无效") from error
