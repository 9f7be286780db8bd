"""The rows that were not taken in, as a workbook: wrong cells marked, each with its reason.

It can be corrected and uploaded as it is.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.tables.workbook import INTERNAL, clean
from yishi.systems.city_events.importing.errors import Rejection
from yishi.systems.city_events.importing.reading import open_text, read_header, source_rows
from yishi.systems.city_events.importing.sheet import LABELS, REASON, open_sheet, texts

NOTE = f"{INTERNAL} · 退回的行：改正标红的单元格后，可以把本文件再次上传"


def returned(file: Path, rejections: Sequence[Rejection]) -> bytes:
    """The rejected rows of *file* (.xlsx or .csv) as a workbook; it is read once more."""
    import xlsxwriter

    wanted = {found.row: found for found in rejections}
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("退回")
        looks = {
            "note": book.add_format({"bold": True, "font_color": "#A61B1B"}),
            "head": book.add_format({"bold": True, "bg_color": "#E8F0F4", "bottom": 1}),
            "wrong": book.add_format({"bg_color": "#F8C9C4", "num_format": "@"}),
            "text": book.add_format({"num_format": "@"}),
        }
        fields, rows = _rows(file)
        sheet.set_column(0, len(fields), 22)
        sheet.set_column(len(fields), len(fields), 60)
        sheet.write_string(0, 0, NOTE, looks["note"])
        for place, name in enumerate([*fields, REASON]):
            sheet.write_string(1, place, clean(LABELS.get(name, name)), looks["head"])
        at = 2
        for number, cells in rows:
            if number in wanted:
                _write(sheet, at, fields, cells, wanted[number], looks)
                at += 1
        sheet.freeze_panes(2, 1)
    return stream.getvalue()


def _write(
    sheet: Any,
    at: int,
    fields: Sequence[str],
    cells: Mapping[str, str],
    found: Rejection,
    looks: Mapping[str, Any],
) -> None:
    marked = _marked(found.field, fields)
    for place, name in enumerate(fields):
        look = looks["wrong" if not marked or name in marked else "text"]
        text = clean(cells.get(name, ""))
        if text:
            sheet.write_string(at, place, text, look)
        else:
            sheet.write_blank(at, place, None, look)
    label = LABELS.get(found.field, "")
    reason = f"第 {found.row} 行 {label}：{found.reason}"
    sheet.write_string(at, len(fields), clean(reason), looks["wrong"])


def _marked(field: str, fields: Sequence[str]) -> set[str]:
    """The columns to mark for an error on *field*; none of them means the whole row."""
    near = {"type": {"type", "type_name"}, "place": {"division", "landmark", "address"}}
    base = field.partition(".")[0]
    return ({base} | near.get(base, set())) & set(fields)


def _rows(file: Path) -> tuple[list[str], Iterator[tuple[int, Mapping[str, str]]]]:
    """The fields of the file and its rows as texts, by the spreadsheet's row numbers."""
    if file.suffix == ".csv":
        return _csv_rows(file)
    table = open_sheet(file)
    fields = sorted(table.places, key=lambda name: table.places[name])

    def rows() -> Iterator[tuple[int, Mapping[str, str]]]:
        for row in table.rows():
            yield row.number, {name: _text(row, name) for name in fields}

    return fields, rows()


def _text(row: Any, name: str) -> str:
    try:
        return texts(row, name)
    except FieldError:
        return str(row.text(name))


def _csv_rows(file: Path) -> tuple[list[str], Iterator[tuple[int, Mapping[str, str]]]]:
    with open_text(file) as text:
        fields = read_header(source_rows(text))

    def rows() -> Iterator[tuple[int, Mapping[str, str]]]:
        with open_text(file) as text:
            for row in source_rows(text):
                yield row.number, dict(zip(fields, row.cells, strict=False))

    return fields, rows()
