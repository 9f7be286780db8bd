"""What comes in, as blocks of texts with the lines they stood on: CSV, Excel, rows of values."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from yishi.foundation.facts.columnar import NAME, PARTY
from yishi.foundation.facts.reading import Fault
from yishi.foundation.rulebook.facts import Fact, FactType
from yishi.foundation.tables.sheets import Limits, SheetError, read_table

BLOCK = 65_536
SHEET_LIMITS = Limits(size=40 * 1024 * 1024, unpacked=400 * 1024 * 1024, rows=100_000, columns=300)
_CHUNK = 1 << 20
_PARTY_HEADING, _NAME_HEADING = "统一社会信用代码", "名称"


@dataclass(slots=True)
class Block:
    """Rows as columns of texts, the lines they stood on, and what could not even be read so far."""

    columns: dict[str, pa.Array]
    lines: NDArray[np.int64]
    faults: list[Fault] = field(default_factory=list)


@dataclass(slots=True)
class Table:
    """A table whose header was understood: its columns by field, and its blocks, read once."""

    fields: list[str]
    blocks: Iterator[Block]


def heading(fact: Fact) -> str:
    """What stands above a fact's column in files that people see."""
    unit = "元" if fact.type is FactType.MONEY else fact.unit
    return f"{fact.label}（{unit}）" if unit else fact.label


def headings(facts: Mapping[str, Fact], *, names: bool) -> dict[str, str]:
    """The columns that a source's files may have: field → heading."""
    first = {PARTY: _PARTY_HEADING} | ({NAME: _NAME_HEADING} if names else {})
    return first | {name: heading(fact) for name, fact in facts.items()}


def read_csv(path: Path, wanted: Mapping[str, str]) -> Table:
    """The table of a CSV file in UTF-8 or GB 18030, the header in its first line.

    Raises:
        SheetError: for what is no such file, or has other columns.
    """
    encoding = _encoding(path)
    rows = _csv_rows(path, encoding)
    try:
        _, header = next(rows)
    except StopIteration:
        raise SheetError("file", "文件为空") from None
    fields = _fields(header, wanted)
    return Table(fields, _blocks(rows, fields))


def _encoding(path: Path) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    if b"\0" in chunk:
                        raise SheetError("file", "文件不是文本，请另存为 CSV（UTF-8）")
                    decoder.decode(chunk)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise SheetError("file", "文件不是 UTF-8 或 GB 18030 编码的文本")


def _csv_rows(path: Path, encoding: str) -> Iterator[tuple[int, list[str]]]:
    """(line on which a row begins, its cells); empty lines are passed over."""
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, strict=True)
        line = 1
        while True:
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                message = f"第 {max(line, 1)} 行起读不懂：引号没有成对，或一格过长"
                raise SheetError("file", message) from error
            if any(cell.strip() for cell in row):
                yield line, row
            line = reader.line_num + 1


def _fields(header: Sequence[str], wanted: Mapping[str, str]) -> list[str]:
    by_heading = {label: name for name, label in wanted.items()} | {name: name for name in wanted}
    fields, unknown = [], []
    for cell in header:
        name = by_heading.get(cell.strip())
        if name is None:
            unknown.append(cell.strip()[:40] or "（空）")
        else:
            fields.append(name)
    if unknown:
        shown = "、".join(unknown[:10])
        raise SheetError("header", f"不认识的列：{shown}。可用的列：{'、'.join(wanted.values())}")
    _check_fields(fields, wanted)
    return fields


def _check_fields(fields: Sequence[str], wanted: Mapping[str, str]) -> None:
    twice = {name for name in fields if fields.count(name) > 1}
    if twice:
        raise SheetError("header", f"表头中有重复的列：{wanted[min(twice)]}")
    if PARTY not in fields:
        raise SheetError("header", f"缺少必需的列：{wanted[PARTY]}")


def _blocks(rows: Iterable[tuple[int, Sequence[str]]], fields: Sequence[str]) -> Iterator[Block]:
    """Texts by column, `BLOCK` rows at a time."""
    kept: list[Sequence[str]] = []
    lines: list[int] = []
    faults: list[Fault] = []
    for line, row in rows:
        if len(row) != len(fields):
            faults.append(Fault(line, "", "", f"应有 {len(fields)} 列，本行有 {len(row)} 列"))
            continue
        kept.append(row)
        lines.append(line)
        if len(kept) >= BLOCK:
            yield _block(kept, lines, faults, fields)
            kept, lines, faults = [], [], []
    yield _block(kept, lines, faults, fields)


def _block(
    rows: Sequence[Sequence[str]], lines: list[int], faults: list[Fault], fields: Sequence[str]
) -> Block:
    columns = zip(*rows, strict=True) if rows else ((),) * len(fields)
    arrays = {
        name: pa.array(column, pa.string()) for name, column in zip(fields, columns, strict=True)
    }
    return Block(arrays, np.array(lines, np.int64), faults)


def read_xlsx(path: Path, wanted: Mapping[str, str]) -> Table:
    """The table of a workbook (at most 100,000 rows; beyond that CSV). Raises SheetError."""
    table = read_table(path, wanted, required=(PARTY,), limits=SHEET_LIMITS)
    fields = list(table.places)

    def blocks() -> Iterator[Block]:
        faults: list[Fault] = []

        def rows() -> Iterator[tuple[int, list[str]]]:
            for row in table.rows():
                found = row.faults()
                if found:
                    faults.extend(Fault(row.number, name, "", why) for name, why in found)
                else:
                    yield row.number, [row.text(name) for name in fields]

        for block in _blocks(rows(), fields):
            block.faults += faults
            faults.clear()
            yield block

    return Table(fields, blocks())


def read_rows(
    fields: Sequence[str],
    rows: Iterable[Sequence[Any]],
    wanted: Mapping[str, str],
    seen: Callable[[bytes], object],
) -> Table:
    """A table of Python values (an interface, a database): *seen* is told each row as it came.

    Raises:
        SheetError: for other columns than *wanted*.
    """
    checked = _fields([str(name) for name in fields], wanted)

    def texts() -> Iterator[tuple[int, list[str]]]:
        for number, row in enumerate(rows, 1):
            found = [text_of(value) for value in row]
            seen(("\x1f".join(found) + "\x1e").encode("utf-8", "replace"))
            yield number, found

    return Table(checked, _blocks(texts(), checked))


def text_of(value: Any) -> str:
    """A value as somebody would type it into a file."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple, set, frozenset)):
        return "|".join(sorted(str(one) for one in value)) or "无"
    # A text of an interface may hold what no file can (a lone surrogate).
    return str(value).encode("utf-8", "replace").decode("utf-8")
