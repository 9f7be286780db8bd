"""Devices from a table (.xlsx or .csv): checked as a whole, taken in whole or not at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import IO

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext

from yishi.foundation import revisions
from yishi.foundation.access.actors import Actor
from yishi.foundation.access.sheet_rows import LIMITS, Outcome, Rows, read, run
from yishi.foundation.audit import access_log
from yishi.foundation.tables.sheets import SheetError
from yishi.systems.city_events.context import City
from yishi.systems.city_events.devices.models import Device
from yishi.systems.city_events.devices.planning import marks_of_city, planned, within_scope
from yishi.systems.city_events.devices.register import NAME
from yishi.systems.city_events.devices.seed import keep

COLUMNS = {
    "ref": "设备编号",
    "name": "设备名称",
    "kind": "设备种类",
    "landmark": "地标编号",
    "lon": "经度",
    "lat": "纬度",
    "division": "区划编码",
    "address": "补充地址",
    "object": "监测对象编号",
    "object_name": "监测对象",
    "types": "上报类别",
    "upkeep": "失联上报类别",
    "silent_minutes": "失联分钟数",
    "from": "启用日期",
    "to": "停用日期",
}
REQUIRED = ("ref", "name", "kind")
EXAMPLE = {
    "ref": "WATER-0001",
    "name": "襄阳站下穿通道积水监测仪",
    "kind": "积水监测仪",
    "division": "420606007",
    "object": "underpass-0001",
    "silent_minutes": "30",
    "from": "2026-01-01",
}


def rows_of(name: str, file: IO[bytes]) -> Rows:
    """The rows of an uploaded workbook or CSV file.

    Raises:
        SheetError: for a file that cannot be used as a whole.
    """
    if not name.lower().endswith(".csv"):
        return read(file, COLUMNS, REQUIRED)
    data = file.read(LIMITS.size + 1)
    if len(data) > LIMITS.size:
        raise SheetError("file", "文件超过 2 MB")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise SheetError("file", "读不懂文件的编码，请另存为 UTF-8 的 CSV")
    return _rows_of_text(text)


def _rows_of_text(text: str) -> Rows:
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise SheetError("file", f"不是完整的 CSV 文件：{error}") from error
    if not lines:
        raise SheetError("file", "文件是空的")
    if len(lines) > LIMITS.rows + 1:
        raise SheetError("file", f"表中超过 {LIMITS.rows} 行，请分成几个文件")
    headings = {heading: name for name, heading in COLUMNS.items()}
    names = [headings.get(cell.strip(), cell.strip()) for cell in lines[0]]
    for name in names:
        if name and name not in COLUMNS:
            raise SheetError("header", f"没有“{name[:30]}”这一列")
    missing = [COLUMNS[name] for name in REQUIRED if name not in names]
    if missing or len(set(filter(None, names))) != len(list(filter(None, names))):
        text = f"缺少：{'、'.join(missing)}" if missing else "有重复的列"
        raise SheetError("header", text)
    rows = []
    for number, cells in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        given = dict(zip(names, cells, strict=False))
        values = {name: given.get(name, "").strip()[:500] for name in COLUMNS}
        if any("\x00" in value for value in values.values()):
            values["!ref"] = "含有无法保存的字符"
        rows.append((number, values))
    places = {name: place for place, name in enumerate(names, start=1) if name}
    return Rows(rows, places)


def take(actor: Actor, rows: Rows, registers: City, now: datetime, *, apply: bool) -> Outcome:
    """Store the devices of *rows*, all or none; without *apply* only say what would change.

    A device is known by its number: a row about a known one changes it.
    """
    _, catalogue = registers.catalogue(now)
    marks = marks_of_city()

    def verb(values: dict[str, str]) -> Sequence[str]:
        given = {name: value for name, value in values.items() if value}
        row = planned(given, registers.register, catalogue, marks, now)
        old = Device.objects.unscoped("whether it may be changed").filter(ref=row["ref"]).first()
        if old is not None and "from" not in given:
            row["active_from"] = old.active_from
        for path in filter(None, (row["managed_path"], old.managed_path if old else "")):
            if not within_scope(actor, path):
                raise PermissionDenied
        if not keep(row, now):
            return []
        access_log.look(actor.ref, "device.keep", f"device:{row['ref']}", "", now)
        text = gettext("修改 %(name)s") if old else gettext("新增 %(name)s")
        return [text % {"name": row["name"]}]

    outcome = run(rows, COLUMNS, verb, apply=apply)
    if outcome.done and outcome.changes:
        revisions.bump(NAME)
    return outcome
