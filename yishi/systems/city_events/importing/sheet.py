"""Reports in a workbook: the template that people fill in, and its rows as any import has them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.tables.sheets import SheetRow, SheetTable, read_table
from yishi.systems.city_events.catalogue import Catalogue
from yishi.systems.city_events.catalogue.types import KINDS
from yishi.systems.city_events.context import City
from yishi.systems.city_events.importing.errors import Rejection
from yishi.systems.city_events.importing.mapping import REQUIRED, Source
from yishi.systems.city_events.importing.mapping import Mapping as Columns
from yishi.systems.city_events.importing.reading import SourceRow, shown
from yishi.systems.city_events.importing.rows import ImportRow, checked, refused

#: Field → heading in workbooks.
LABELS: Mapping[str, str] = {
    "external_id": "编号",
    "received_at": "接收时间",
    "type_name": "事部件类别",
    "description": "问题描述",
    "division": "区划",
    "landmark": "地标",
    "address": "地址",
    "lon": "经度",
    "lat": "纬度",
    "datum": "坐标系",
    "name": "上报人姓名",
    "phone": "上报人电话",
    "email": "上报人邮箱",
    "secret": "是否保密",
    "object_ref": "对象编号",
    "type": "类别代码",
    "standard": "立案标准",
    "confidence": "识别置信度",
}
#: Columns of the template; the others are understood too.
OFFERED = tuple(LABELS)[:15]
REASON = "错误原因"
_TYPE = re.compile(r".*（(部件|事件) (\d\d)-(\d\d)）")
_CODE = re.compile(r".*（(\d{6,12})）")
_KIND_OF = {label: key for key, label in KINDS.items()}
_HELP = (
    ("编号", "必填，例如热线工单号。同一渠道内唯一；同一编号再次上传不会重复登记。"),
    ("接收时间", "可不填，不填为上传时间。用日期格式的单元格，或写成 2026-03-01 08:30。"),
    ("事部件类别", "从下拉列表选择。不确定可以不选，但要写问题描述，由受理员判断。"),
    ("问题描述", "最多2000字。没有选择类别时必填。"),
    ("区划", "从下拉列表选择到县（市、区）或乡镇（街道）。"),
    ("地标", "地标名称，例如“诸葛亮广场”。同名的地标要同时选择区划。"),
    ("经度、纬度", "有坐标时填写，单位为度；坐标系不填时为 EPSG:4490。"),
    ("上报人", "姓名、电话、邮箱都可不填；是否保密填“是”或“否”。"),
    ("注意", "不要合并单元格，不要使用公式；一个文件最多5000行、5 MB。"),
)


def sheet_rows(
    file: Path | IO[bytes], zone: ZoneInfo, now: datetime
) -> Iterator[ImportRow | Rejection]:
    """The rows of a workbook below its header. A wrong cell rejects its row, by field.

    Raises:
        SheetError: for a workbook or header that cannot be used; also where it breaks off.
    """
    table = open_sheet(file)
    used = Columns({name: Source((name,)) for name in table.places}, zone, own=True)
    return (_read(row, used, now) for row in table.rows())


def open_sheet(file: Path | IO[bytes]) -> SheetTable:
    """The table of reports in a workbook; raises SheetError."""
    return read_table(file, LABELS, required=REQUIRED, ignored=(REASON,))


def _read(row: SheetRow, columns: Columns, now: datetime) -> ImportRow | Rejection:
    external_id = row.text("external_id")
    try:
        for name, reason in row.faults():
            raise FieldError(name, reason, "cell")
        given = {name: texts(row, name) for name in row.cells}
        _resolve(given)
        return checked(SourceRow(row.number, row.number, []), given, columns, now)
    except FieldError as error:
        return refused(row.number, row.number, shown(external_id, 128), error)


def texts(row: SheetRow, name: str) -> str:
    """A cell as the text that a CSV would have; raises FieldError for a number that is no date."""
    if name != "received_at":
        return row.text(name)
    moment = row.moment(name)
    return moment.isoformat(" ", "seconds") if isinstance(moment, datetime) else moment or ""


def _resolve(given: dict[str, str]) -> None:
    """Choices of the template's lists as the keys that they stand for."""
    chosen = _TYPE.fullmatch(given.get("type_name", ""))
    if chosen:
        given["type"] = f"{_KIND_OF[chosen[1]]}/{chosen[2]}/{chosen[3]}"
        given["type_name"] = ""
    place = _CODE.fullmatch(given.get("division", ""))
    if place:
        given["division"] = place[1]


def type_choices(catalogue: Catalogue) -> list[str]:
    """The entries of the list of types."""
    return [
        f"{kind.name}（{KINDS[kind.kind]} {kind.main}-{kind.small}）"
        for group in catalogue.groups
        for kind in group.types
    ]


def division_choices(registers: City) -> list[str]:
    """The entries of the list of places: counties, and the townships below each."""
    register = registers.register
    found = []
    for county in register.picker_children():
        found.append(f"{county.name}（{county.code}）")
        found += [
            f"{county.name} {one.name}（{one.code}）"
            for one in register.picker_children(county.code)
        ]
    return found


def template(registers: City, now: datetime, most: int) -> bytes:
    """An empty workbook for *most* reports, with lists for type, place and secrecy.

    Raises LookupError when no catalogue is loaded.
    """
    import xlsxwriter

    _, catalogue = registers.catalogue(now)
    lists = [type_choices(catalogue), division_choices(registers)]
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet("上报")
        _heads(book, sheet)
        _explanations(book)
        choices = book.add_worksheet("选项")
        choices.hide()
        for place, entries in enumerate(lists):
            choices.write_column(0, place, entries)
        for name, letter, entries in zip(("type_name", "division"), "AB", lists, strict=True):
            source = f"=选项!${letter}$1:${letter}${len(entries)}"
            _list(sheet, name, most, source, "请从列表中选择")
        _list(sheet, "secret", most, ["是", "否"], "请选择“是”或“否”")
    return stream.getvalue()


def _list(sheet: Any, name: str, most: int, source: str | list[str], said: str) -> None:
    place = OFFERED.index(name)
    rule = {"validate": "list", "source": source, "error_title": LABELS[name]}
    sheet.data_validation(1, place, most, place, rule | {"error_message": said})


def _heads(book: Any, sheet: Any) -> None:
    head = book.add_format({"bold": True, "bg_color": "#E8F0F4", "bottom": 1})
    needed = book.add_format({"bold": True, "bg_color": "#FBE5C8", "bottom": 1})
    text, moment = (
        book.add_format({"num_format": "@"}),
        book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
    )
    for place, name in enumerate(OFFERED):
        look = moment if name == "received_at" else None if name in ("lon", "lat") else text
        sheet.set_column(place, place, 40 if name == "description" else 20, look)
        sheet.write_string(0, place, LABELS[name], needed if name in REQUIRED else head)
    sheet.freeze_panes(1, 1)


def _explanations(book: Any) -> None:
    sheet = book.add_worksheet("填写说明")
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 80)
    for row, pair in enumerate(_HELP):
        sheet.write_row(row, 0, pair)
