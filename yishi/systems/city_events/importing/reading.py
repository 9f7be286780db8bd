"""A CSV file as numbered rows: whatever is wrong with a row stays with that row."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from yishi.systems.city_events.importing.errors import ImportFileError

CHUNK = 1 << 20
#: More columns than any table of reports has: a file that is not CSV at all.
MOST_COLUMNS = 400
_ESCAPED = re.compile("[\udc80-\udcff]")
_BEYOND_ASCII = re.compile("[\x80-\udc7f\ue000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row as it stands in the file. ``fault`` says why it could not be cut into cells."""

    number: int
    line: int
    cells: list[str]
    fault: str = ""

    @property
    def blank(self) -> bool:
        """True for an empty line, and for one with nothing but separators."""
        return not self.fault and not any(cell.strip() for cell in self.cells)


def open_text(path: Path) -> TextIO:
    """The file as text, UTF-8 (with or without BOM) or GB18030, recognised by its content.

    Bytes that are neither become lone surrogates, so that only the rows they stand in are refused.

    Raises:
        ImportFileError: for UTF-16, which spreadsheets call Unicode text.
    """
    return path.open("r", encoding=encoding_of(path), errors="surrogateescape", newline="")


def encoding_of(path: Path) -> str:
    """``utf-8-sig`` or ``gb18030``: UTF-8 unless most of what is beyond ASCII is none."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    wrong = right = 0
    with path.open("rb") as file:
        first = file.read(CHUNK)
        if first[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            raise ImportFileError("file", "文件是 UTF-16 编码，请另存为 UTF-8 编码的 CSV")
        chunk = first
        while chunk:
            text = decoder.decode(chunk)
            if not text.isascii():
                wrong += len(_ESCAPED.findall(text))
                right += len(_BEYOND_ASCII.findall(text))
            chunk = file.read(CHUNK)
    # Text in GB18030 read as UTF-8 is nearly all wrong; a damaged UTF-8 file is nearly all right.
    return "gb18030" if wrong > right else "utf-8-sig"


def source_rows(text: Iterable[str]) -> Iterator[SourceRow]:
    """The rows of CSV *text*, the header first; a row that is no CSV comes with its fault."""
    reader = csv.reader(text)
    number = 0
    while True:
        number += 1
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield SourceRow(number, line, [], f"不是有效的 CSV：{error}")
            continue
        except UnicodeDecodeError:
            raise ImportFileError("file", "文件不是 UTF-8 或 GB18030 编码的文字") from None
        yield SourceRow(number, line, cells)


def read_header(rows: Iterator[SourceRow]) -> list[str]:
    """The names of the columns: the first row that is not blank.

    Raises:
        ImportFileError: when there is none, or names are doubled.
    """
    header = next((row for row in rows if not row.blank), None)
    if header is None:
        raise ImportFileError("header", "文件是空的")
    if header.fault:
        raise ImportFileError("header", f"第 {header.line} 行：{header.fault}")
    names = [cell.strip().removeprefix("\ufeff") for cell in header.cells]
    while names and not names[-1]:
        names.pop()
    if len(names) > MOST_COLUMNS:
        raise ImportFileError("header", f"表头有 {len(names)} 列，这不像一份上报表")
    twice = sorted({shown(name) for name in names if names.count(name) > 1})
    if twice:
        raise ImportFileError("header", f"表头中有重复的列：{'、'.join(twice)}")
    return names


def shown(text: str, longest: int = 60) -> str:
    """*text* as it can be printed anywhere: short, without control signs or lone surrogates."""
    plain = "".join(char if char.isprintable() else "�" for char in text[:longest])
    return plain + "…" if len(text) > longest else plain
